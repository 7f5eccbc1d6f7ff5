import type { MeasuredRuntime } from '../../../src/devices/device.ts';
import type {
  MeasuredFile,
  MeasuredRun,
  MeasuredTable,
  MeasuredTables,
  PackedRun,
} from '../../../src/devices/measured/measured.ts';
import { adapted, adaptedLeavingOut, type KnownDevice } from '../../../src/latency/measured/adapt.ts';
import { leftOutError, quantile } from '../../../src/latency/measured/error.ts';
import {
  Fitting,
  predictTime,
  type Coefficients,
  type MeasuredNetwork,
} from '../../../src/latency/measured/fit.ts';
import { FORMS } from '../../../src/latency/measured/forms.ts';
import { TERM_NAMES } from '../../../src/latency/measured/terms.ts';
import type { Generator } from '../generate.ts';
import { aihubRuns, deviceFacts, ncnnRuns, networkFacts, type NetworkFacts, type RunFacts } from './facts.ts';

/** Networks that a run needs for a model of its own; with fewer, the models of similar devices are adapted. */
const ENOUGH = { ncnn: 15, aihub: 12 } as const;
const FEW = 5;
/** A sample that a fit to the others misses by more than this factor, where other devices' fits do not, is broken. */
const BROKEN = 2;

type Kind = keyof typeof FORMS;

/** A run with what a fit makes of it. */
export interface FittedRun {
  readonly facts: RunFacts;
  readonly table: keyof typeof ENOUGH;
  readonly kind: Kind;
  readonly networks: readonly NetworkFacts[];
  readonly samples: readonly MeasuredNetwork[];
  readonly coefficients: Coefficients;
  /** predicted over measured, each network left out, in the order of `samples` */
  readonly ratios: readonly number[];
  /** the fits behind them; of a run that others were adapted to, or of a sample passed over, the one of all */
  readonly without: readonly Coefficients[];
  /** networks that the fit passes over, and why */
  readonly passedOver: ReadonlyMap<string, string>;
  /** too few networks: adapted from other devices */
  readonly few: boolean;
}

const kindOf = (table: keyof typeof ENOUGH, { row }: RunFacts): Kind =>
  table === 'aihub'
    ? row['precision'] === 'float'
      ? 'npu'
      : 'npu8'
    : row['backend'] === 'vulkan'
      ? 'gpu'
      : row['threads'] === '1'
        ? 'cpu1'
        : 'cpu';

const PRECISIONS = new Set(['float', 'w8a8']);

/** Runs of both tables with their models, in the order of the tables. */
export const fittedRuns = (): readonly FittedRun[] => (known ??= fitted());

let known: readonly FittedRun[] | undefined;

function fitted(): readonly FittedRun[] {
  return [
    ...fittedTable('ncnn', ncnnRuns(), networkFacts('ncnn')),
    ...fittedTable(
      'aihub',
      aihubRuns().filter(({ row }) => PRECISIONS.has(row['precision'] ?? '')),
      networkFacts('aihub'),
    ),
  ];
}

interface Draft extends Omit<FittedRun, 'few'> {
  readonly fitting: Fitting;
}

function fittedTable(
  table: keyof typeof ENOUGH,
  runs: readonly RunFacts[],
  networks: readonly NetworkFacts[],
): readonly FittedRun[] {
  const measured = runs.map((facts) => measuredRunFacts(table, facts, networks));
  const drafts = measured
    .filter(({ samples }) => samples.length >= ENOUGH[table])
    .map(({ facts, kind, samples }): Draft => {
      const fitting = new Fitting(samples);
      const leftOut = fitting.leavingOut(FORMS[kind]);
      return {
        facts,
        table,
        kind,
        networks,
        samples,
        fitting,
        coefficients: {},
        ratios: leftOut.map(({ ratio }) => ratio),
        without: leftOut.map(({ coefficients }) => coefficients),
        passedOver: new Map(),
      };
    });
  const usual = usualRatios(drafts);
  const models = drafts.map((draft): FittedRun => {
    const passedOver = passedOverBy(draft, usual);
    const { facts, kind, samples } = draft;
    if (passedOver.size === 0) {
      const { fitting, ...rest } = draft;
      return { ...rest, coefficients: fitting.fit(FORMS[kind]), few: false };
    }
    // What is passed over is predicted all the same, and its miss counts.
    const kept = samples.filter(({ network }) => !passedOver.has(network));
    const fitting = new Fitting(kept);
    const coefficients = fitting.fit(FORMS[kind]);
    const leftOut = new Map(fitting.leavingOut(FORMS[kind]).map((each, i) => [kept[i]?.network, each]));
    const each = samples.map(
      ({ network, terms, time }) =>
        leftOut.get(network) ?? { coefficients, ratio: predictTime(coefficients, terms) / time },
    );
    return {
      facts,
      table,
      kind,
      networks,
      samples,
      coefficients,
      passedOver,
      ratios: each.map(({ ratio }) => ratio),
      without: each.map((one) => one.coefficients),
      few: false,
    };
  });
  const adaptations = measured
    .filter(({ samples }) => samples.length >= FEW && samples.length < ENOUGH[table])
    .map(({ facts, kind, samples }): FittedRun => {
      const pool = poolOf(models, kind, facts.device);
      return {
        facts,
        table,
        kind,
        networks,
        samples,
        coefficients: adapted(samples, pool),
        ratios: adaptedLeavingOut(samples, pool),
        without: [],
        passedOver: new Map(),
        few: true,
      };
    });
  return [...models, ...adaptations];
}

/** A run of a table, before anything is fitted. */
export interface MeasuredRunFacts {
  readonly facts: RunFacts;
  readonly kind: Kind;
  readonly samples: readonly MeasuredNetwork[];
}

const measuredRunFacts = (
  table: keyof typeof ENOUGH,
  facts: RunFacts,
  networks: readonly NetworkFacts[],
): MeasuredRunFacts => ({ facts, kind: kindOf(table, facts), samples: samplesOf(facts, networks) });

/** The runs of ncnn with enough networks for a model of their own, in the order of the table. */
export const measuredRuns = (): readonly MeasuredRunFacts[] =>
  ncnnRuns()
    .map((facts) => measuredRunFacts('ncnn', facts, networkFacts('ncnn')))
    .filter(({ samples }) => samples.length >= ENOUGH.ncnn);

/** Models of the other devices with runs of a kind. */
const poolOf = (fitted: readonly FittedRun[], kind: Kind, without: string): readonly KnownDevice[] =>
  fitted
    .filter((run) => run.kind === kind && run.facts.device !== without)
    .map(({ coefficients, samples }) => ({
      coefficients,
      times: new Map(samples.map(({ network, time }) => [network, time])),
    }));

/** Networks of a run, in seconds. */
const samplesOf = (
  { milliseconds }: RunFacts,
  networks: readonly NetworkFacts[],
): readonly MeasuredNetwork[] =>
  networks.flatMap(({ network, terms }) => {
    const time = milliseconds.get(network);
    return time === undefined || time === 0 ? [] : [{ network, terms, time: time / 1000 }];
  });

/** What fits to the other networks make of a network on most devices: the median of predicted over measured. */
function usualRatios(drafts: readonly Draft[]): ReadonlyMap<string, number> {
  const all = new Map<string, number[]>();
  for (const { kind, samples, ratios } of drafts) {
    samples.forEach(({ network }, i) => {
      const key = `${kind} ${network}`;
      all.set(key, [...(all.get(key) ?? []), ratios[i] as number]);
    });
  }
  return new Map(
    [...all].map(([key, ratios]) => [
      key,
      quantile(
        [...ratios].sort((a, b) => a - b),
        0.5,
      ),
    ]),
  );
}

/** Samples that are no measure of the machine: interrupted, throttled or broken. */
function passedOverBy(
  { kind, facts, samples, ratios }: Draft,
  usual: ReadonlyMap<string, number>,
): ReadonlyMap<string, string> {
  return new Map(
    samples.flatMap(({ network }, i): readonly (readonly [string, string])[] => {
      if (facts.unsteady.has(network)) return [[network, 'unsteady']];
      const off = (ratios[i] as number) / (usual.get(`${kind} ${network}`) as number);
      return Math.max(off, 1 / off) > BROKEN ? [[network, off > 1 ? 'too fast' : 'too slow']] : [];
    }),
  );
}

const slug = (text: string): string =>
  text
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-|-$/g, '');

/** What ran: as far as the tables say. */
function runtimeOf({ table, facts: { row } }: FittedRun): MeasuredRuntime {
  const text = (column: string): string => row[column] ?? '';
  if (table === 'aihub') {
    return {
      name: AIHUB_RUNTIMES[text('runtime')] ?? text('runtime'),
      version: 'Qualcomm AI Hub Models 0.47.0',
      date: '2026-02-24',
      backend: 'npu',
      precision: text('precision'),
    };
  }
  const cpu = text('backend') === 'cpu';
  return {
    name: 'ncnn',
    ...(text('ncnn') === '' ? {} : { version: text('ncnn') }),
    date: text('date'),
    backend: cpu ? 'cpu' : 'vulkan',
    ...(text('chip') === '' ? {} : { chip: text('chip') }),
    ...(cpu ? { threads: Number(text('threads')) } : {}),
    precision: 'float16 where the hardware has it, float32 elsewhere',
  };
}

const AIHUB_RUNTIMES: Readonly<Record<string, string>> = {
  tflite: 'TensorFlow Lite with the QNN delegate',
  qnn_dlc: 'Qualcomm AI Engine Direct (QNN DLC)',
  onnx: 'ONNX Runtime with the QNN provider',
};

/** Cores that a run was bound to. */
const BOUND: Readonly<Record<string, string>> = { '1': 'little', '2': 'big' };

/** What a run is called behind its device. */
function nameOf({ table, facts: { row } }: FittedRun): string {
  if (table === 'aihub') return slug(`${row['precision'] ?? ''} ${row['runtime'] ?? ''}`);
  const bound = BOUND[row['powersave'] ?? ''];
  const parts =
    row['backend'] === 'cpu'
      ? ['cpu', row['threads'], bound, slug(row['variant'] ?? '').replace('oryon-cpu', '')]
      : ['vulkan'];
  return parts.filter((part) => part !== undefined && part !== '').join('-');
}

/** Runs by device, each with a name of its own. */
function named(runs: readonly FittedRun[]): readonly (readonly [string, FittedRun])[] {
  const taken = new Map<string, number>();
  return runs.map((run) => {
    const name = nameOf(run);
    const count = (taken.get(name) ?? 0) + 1;
    taken.set(name, count);
    return [count === 1 ? name : `${name}-${String(count)}`, run];
  });
}

const digits = (value: number, count: number): number => Number(value.toPrecision(count));

const USED = TERM_NAMES.filter((term) =>
  Object.values(FORMS).some((forms) => forms.some((form: readonly string[]) => form.includes(term))),
);

function packed(run: FittedRun): PackedRun {
  const { coefficients, samples, ratios, passedOver, networks, table, facts, few } = run;
  const misses = samples
    .map(({ terms, time }) => Math.abs(predictTime(coefficients, terms) / time - 1))
    .sort((a, b) => a - b);
  return {
    table,
    place:
      table === 'ncnn'
        ? `line ${facts.row['line'] ?? ''}${few ? ', with the models of similar devices' : ''}`
        : `${facts.row['chipset'] ?? ''}, ${facts.row['precision'] ?? ''}, ${facts.row['runtime'] ?? ''}`,
    picoseconds: USED.map((term) => {
      const value = coefficients[term];
      return value === undefined ? 0 : digits(value * 1e12, 3);
    }),
    fit: digits(quantile(misses, 0.5), 3),
    factor: digits(leftOutError(ratios).factor, 4),
    samples: networks.map(({ network }) => {
      const i = samples.findIndex((sample) => sample.network === network);
      if (i < 0) return null;
      const milliseconds = digits((samples[i] as MeasuredNetwork).time * 1000, 5);
      const ratio = Math.round((ratios[i] as number) * 1000);
      const reason = passedOver.get(network);
      return reason === undefined ? [milliseconds, ratio] : [milliseconds, ratio, reason];
    }),
  };
}

function measuredRun(id: string, run: FittedRun): MeasuredRun {
  const { median, p90 } = leftOutError(run.ratios);
  return {
    id,
    samples: run.samples.length,
    median: digits(median, 3),
    p90: digits(p90, 3),
    runtime: runtimeOf(run),
  };
}

const SOURCES = {
  ncnn: {
    source: 'https://github.com/Tencent/ncnn, a4d2ea1d, benchmark/README.md (BSD-3)',
    note: 'least time of each network, weights all zero; the error is that of networks left out of the fit',
  },
  aihub: {
    source: 'https://github.com/qualcomm/ai-hub-models, b61a0090, perf.yaml (BSD-3)',
    note: 'one latency of each network, on the NPU for the most part; the error is that of networks left out of the fit',
  },
} as const;

function tableOf(table: keyof typeof ENOUGH): MeasuredTable {
  const networks = networkFacts(table);
  const most: Record<string, number> = {};
  for (const { terms, counts } of networks) {
    for (const [name, value] of [...Object.entries(terms), ['macs', counts['macs'] as number] as const]) {
      const before = most[name];
      if (name !== 'starts') most[name] = before === undefined ? value : Math.max(before, value);
    }
  }
  return {
    networks: networks.map(({ network }) => network),
    macs: networks.map(({ counts }) => counts['macs'] as number),
    operators: [...new Set(networks.flatMap(({ operators }) => operators))].sort(),
    most: Object.fromEntries(
      ['macs', 'elements', 'linearWeights', 'kernels'].map((name) => [name, most[name] as number]),
    ),
    ...SOURCES[table],
  };
}

const GENERATED = 'src/devices/measured/generated';

/** What ships: the list of devices, a file for each, what loads them, and what all of them refer to. */
export const deviceModels: Generator = () => {
  const groups = new Map<string, FittedRun[]>();
  for (const run of fittedRuns()) {
    const id = run.table === 'aihub' ? `snapdragon-npu-${aihubId(run)}` : run.facts.device;
    groups.set(id, [...(groups.get(id) ?? []), run]);
  }
  const about = new Map(deviceFacts().map((row) => [row['device'] ?? '', row]));
  const files = [...groups]
    .map(([id, runs]) => fileOf(id, runs, about.get(id)))
    .sort((a, b) => (a.device.id < b.device.id ? -1 : 1));
  const tables: MeasuredTables = {
    terms: USED,
    tables: { ncnn: tableOf('ncnn'), aihub: tableOf('aihub') },
  };
  return new Map([
    [
      `${GENERATED}/list.ts`,
      moduleOf(
        '../measured.ts',
        'MeasuredDevice',
        'readonly MeasuredDevice[]',
        'MEASURED_DEVICES',
        files.map(({ device }) => device),
      ),
    ],
    [
      `${GENERATED}/tables.ts`,
      moduleOf('../measured.ts', 'MeasuredTables', 'MeasuredTables', 'measuredTables', tables, '() => '),
    ],
    [`${GENERATED}/files.ts`, loadersOf(shelves(files))],
    ...shelves(files).map((shelf, i): [string, string] => [
      `${GENERATED}/models${String(i)}.ts`,
      shelfOf(shelf),
    ]),
  ]);
};

/** Devices of a file: each file weighs as much again in a package, and a device is to load little beside its own. */
const SHELF = 5;

const shelves = (files: readonly MeasuredFile[]): readonly (readonly MeasuredFile[])[] =>
  Array.from({ length: Math.ceil(files.length / SHELF) }, (_, i) => files.slice(i * SHELF, (i + 1) * SHELF));

function fileOf(
  id: string,
  runs: readonly FittedRun[],
  about: Readonly<Record<string, string>> | undefined,
): MeasuredFile {
  const own = named(runs);
  const [{ facts } = { facts: undefined }] = runs;
  return {
    device: {
      id,
      title: about?.['title'] ?? `${facts?.device ?? ''} (${facts?.row['chipset'] ?? ''}), NPU`,
      class: about?.['class'] ?? 'npu',
      runs: own
        .map(([name, run]) => measuredRun(name, run))
        .sort((a, b) => rankOf(a) - rankOf(b) || a.median - b.median),
    },
    models: Object.fromEntries(own.map(([name, run]) => [name, packed(run)])),
  };
}

/** A device is its CPU first, and computes in floating point unless somebody says otherwise. */
const rankOf = ({ id, runtime: { backend } }: MeasuredRun): number =>
  (backend === 'vulkan' ? 1 : 0) + (id.startsWith('w8') ? 1 : 0);

const aihubId = ({ facts: { row } }: FittedRun): string =>
  (row['chipset'] ?? '').replace('snapdragon-', '').replace('-proxy', '');

const GENERATED_FROM = '// Generated by `npm run generate` from reports/measured/latencies.';

/** A module whose value is parsed, sooner than as code: when it is loaded, or whenever it is asked for. */
const moduleOf = (
  from: string,
  type: string,
  whole: string,
  name: string,
  value: unknown,
  when: '' | '() => ' = '',
): string =>
  [
    GENERATED_FROM,
    `import type { ${type} } from '${from}';`,
    '',
    `export const ${name} = ${when}JSON.parse(`,
    `  ${quoted(JSON.stringify(value))},`,
    `) as ${whole};`,
    '',
  ].join('\n');

/** A module with devices as text, each to be parsed when it is asked for. */
const shelfOf = (files: readonly MeasuredFile[]): string =>
  [
    GENERATED_FROM,
    '',
    'export const MODELS: Readonly<Record<string, string>> = {',
    ...files.map((file) => `  '${file.device.id}': ${quoted(JSON.stringify(file))},`),
    '};',
    '',
  ].join('\n');

const quoted = (text: string): string => `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;

/** The module that loads the file with a device. */
const loadersOf = (files: readonly (readonly MeasuredFile[])[]): string =>
  [
    GENERATED_FROM,
    '',
    '/** Ids of devices, and what loads the text of each, a `MeasuredFile`. */',
    'export const MEASURED_FILES: readonly (readonly [',
    '  ids: string,',
    '  load: () => Promise<Readonly<Record<string, string>>>,',
    '])[] = [',
    ...files.map(
      (shelf, i) =>
        `  ['${shelf.map(({ device }) => device.id).join(' ')}', async () => (await import('./models${String(i)}.ts')).MODELS],`,
    ),
    '];',
    '',
  ].join('\n');
