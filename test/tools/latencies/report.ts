import { kendallTau } from '../../../src/analysis/paper/kendall.ts';
import { adapted, standIns, type KnownDevice } from '../../../src/latency/measured/adapt.ts';
import { intervalFactor, quantile } from '../../../src/latency/measured/error.ts';
import { Fitting, predictTime, type MeasuredNetwork } from '../../../src/latency/measured/fit.ts';
import { isUseful } from '../../../src/devices/measured/measured.ts';
import { leftOutError } from '../../../src/latency/measured/error.ts';
import { gridOf, renderDocument, type Section } from '../../../src/report/document.ts';
import { formatPercent } from '../../../src/report/format.ts';
import type { GridColumn } from '../../../src/report/grid.ts';
import { renderSvg } from '../../../src/report/charts/svg.ts';
import type { Generator } from '../generate.ts';
import { deviceFacts } from './facts.ts';
import { fittedRuns, type FittedRun } from './models.ts';
import { chosenNetworks, everySecond, SPLITS, strictForms } from './strict.ts';

/** Networks measured on many devices: how well counts rank them, and how well the models that ship predict them. */
export const devicesReport: Generator = async () => {
  const runs = fittedRuns().filter(({ few }) => !few);
  const shown = [...byClass(runs)].map(([group, own]) => ranksOf(group, own));
  const sections = [
    ranks(shown),
    nearlyEqual(runs),
    errors(runs),
    strict(runs),
    fewShot(runs),
    shipped(fittedRuns()),
    passedOver(runs),
  ];
  const spec = chart(shown);
  return new Map([
    ['reports/measured/devices.md', `${INTRODUCTION}\n${renderDocument('markdown', sections, 110)}`],
    ['reports/measured/devices.vl.json', `${JSON.stringify(spec, undefined, 1)}\n`],
    ['reports/measured/devices.svg', await renderSvg(spec)],
  ]);
};

const INTRODUCTION = `# What counts say of time, on a hundred devices

<!-- Written by \`npm run generate\`; do not edit. -->

The CSPNet paper argues with FLOPs, memory traffic and the input and output of convolutions (CIO). Latencies that others
measured say how far each count carries: Tencent/ncnn's benchmark (a4d2ea1d, benchmark/README.md, 2018 to 2026) on CPUs and
through Vulkan, and Qualcomm's AI Hub models (b61a0090, perf.yaml, February 2026) on neural processors. What was carried
over is in [latencies](latencies); every number below is computed from it.

![Rank correlation of counts with time, by class of device](devices.svg)
`;

const CLASSES: Readonly<Record<string, string>> = {
  phone: 'phone CPU',
  sbc: 'single board CPU',
  desktop: 'desktop CPU',
  server: 'server CPU',
  jetson: 'Jetson CPU',
  embedded: 'embedded CPU',
  riscv: 'RISC-V CPU',
};

function byClass(runs: readonly FittedRun[]): ReadonlyMap<string, readonly FittedRun[]> {
  const about = new Map(deviceFacts().map((row) => [row['device'], row['class'] ?? '']));
  const groups = new Map<string, FittedRun[]>();
  const order = [...Object.values(CLASSES), 'Vulkan GPU', 'NPU, float', 'NPU, 8 bits'];
  for (const name of order) groups.set(name, []);
  for (const run of runs) {
    const name = {
      gpu: 'Vulkan GPU',
      npu: 'NPU, float',
      npu8: 'NPU, 8 bits',
      cpu: undefined,
      cpu1: undefined,
    }[run.kind];
    groups.get(name ?? CLASSES[about.get(run.facts.device) ?? ''] ?? '')?.push(run);
  }
  return groups;
}

/** Counts that rank networks. */
const COUNTS = {
  FLOPs: 'flops',
  MACs: 'macs',
  CIO: 'cio',
  'memory access cost': 'memoryAccessCost',
  elements: 'elements',
} as const;
type CountName = keyof typeof COUNTS;
const COUNT_NAMES = Object.keys(COUNTS) as readonly CountName[];
const PAIRS = [
  ['MACs', 'CIO'],
  ['MACs', 'elements'],
  ['CIO', 'memory access cost'],
] as const satisfies readonly (readonly [CountName, CountName])[];

const median = (values: readonly number[]): number =>
  quantile(
    [...values].sort((a, b) => a - b),
    0.5,
  );
const mean = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length;

function countOf(run: FittedRun, name: CountName, network: string): number {
  const found = run.networks.find((each) => each.network === network);
  return found?.counts[COUNTS[name]] ?? Number.NaN;
}

/** Predicted over measured by one count, scaled by the median of the other networks. */
function ratiosOfCount(run: FittedRun, name: CountName): readonly number[] {
  const rates = run.samples.map(({ network, time }) => time / countOf(run, name, network));
  return rates.map((rate, i) => median(rates.filter((_, j) => j !== i)) / rate);
}

/** The same by two counts and a least-deviation fit; the counts stand in the places of two terms. */
const ratiosOfPair = (run: FittedRun, [a, b]: readonly [CountName, CountName]): readonly number[] =>
  new Fitting(
    run.samples.map(({ network, time }) => ({
      network,
      time,
      terms: { products: countOf(run, a, network), elements: countOf(run, b, network) },
    })),
  )
    .leavingOut([['products', 'elements']])
    .map(({ ratio }) => ratio);

const missOf = (ratios: readonly number[]): number => median(ratios.map((ratio) => Math.abs(ratio - 1)));

interface Ranks {
  readonly group: string;
  readonly devices: number;
  readonly runs: number;
  /** mean over the runs of Kendall's tau with time */
  readonly tau: Readonly<Record<string, number>>;
  /** median miss of left-out networks */
  readonly miss: Readonly<Record<string, number>>;
}

const MODEL = 'the model';
const pairName = ([a, b]: readonly [string, string]): string => `${a} + ${b}`;

function ranksOf(group: string, runs: readonly FittedRun[]): Ranks {
  const times = (run: FittedRun): readonly number[] => run.samples.map(({ time }) => time);
  const tauOf = (predicted: (run: FittedRun) => readonly number[]): number =>
    mean(runs.flatMap((run) => kendallTau(predicted(run), times(run)) ?? []));
  const byRatios = (ratios: (run: FittedRun) => readonly number[]) => (run: FittedRun) =>
    ratios(run).map((ratio, i) => ratio * (times(run)[i] as number));
  const predictors: readonly (readonly [string, (run: FittedRun) => readonly number[]])[] = [
    ...COUNT_NAMES.map((name) => [name, (run: FittedRun) => ratiosOfCount(run, name)] as const),
    ...PAIRS.map((pair) => [pairName(pair), (run: FittedRun) => ratiosOfPair(run, pair)] as const),
    [MODEL, ({ ratios }: FittedRun) => ratios],
  ];
  return {
    group,
    devices: new Set(runs.map(({ facts }) => facts.device)).size,
    runs: runs.length,
    tau: Object.fromEntries(
      predictors.map(([name, ratios]) => [
        name,
        // A count ranks by itself, whatever its scale.
        name in COUNTS
          ? tauOf((run) => run.samples.map(({ network }) => countOf(run, name as CountName, network)))
          : tauOf(byRatios(ratios)),
      ]),
    ),
    miss: Object.fromEntries(predictors.map(([name, ratios]) => [name, missOf(runs.flatMap(ratios))])),
  };
}

const SHOWN = [...COUNT_NAMES, ...PAIRS.map(pairName), MODEL];

function ranks(rows: readonly Ranks[]): Section {
  const columns: readonly GridColumn<Ranks>[] = [
    { id: 'class', title: 'class', align: 'left', value: ({ group }) => group },
    {
      id: 'devices',
      title: 'devices / runs',
      align: 'right',
      value: ({ devices, runs }) => `${String(devices)} / ${String(runs)}`,
    },
    ...SHOWN.map((name): GridColumn<Ranks> => ({
      id: name,
      title: `${name}: tau, miss`,
      align: 'right',
      value: ({ tau, miss }) => `${(tau[name] as number).toFixed(2)}, ${formatPercent(miss[name] as number)}`,
    })),
  ];
  return {
    id: 'ranks',
    title: 'How counts rank networks, and how far they miss',
    sentences: [
      'Tau: the rank correlation of the count with the time over the networks of a run (1: the same order), mean over the runs. Miss: half of the networks are missed by less, each predicted from the other networks of its run; one count by the median rate, two by a fit, the model as it ships.',
      'FLOPs are counted as `full` does, CIO over convolutions alone (`hardnet`), elements over every kernel, in and out.',
      'Beside the argument of the paper: alone, CIO ranks networks worse than MACs on every class of CPU, and predicts time worse on most. What it adds is beside MACs: both together miss by far less than MACs alone. The elements of all layers, those of activations, sums and concatenations with them, say more than those of convolutions.',
      'The networks span four decades of MACs (VGG-16, a ViT at 384x384), which stretches every correlation of MACs.',
    ],
    grid: gridOf(columns, rows),
  };
}

/** Pairs of networks of about equal MACs in one run: which count tells the faster one. */
function nearlyEqual(runs: readonly FittedRun[]): Section {
  const names = [...COUNT_NAMES, MODEL];
  const rows = ['ncnn', 'aihub'].map((table) => {
    const right: Record<string, number> = Object.fromEntries(names.map((name) => [name, 0]));
    let pairs = 0;
    for (const run of runs.filter((each) => each.table === table)) {
      run.samples.forEach((a, i) => {
        run.samples.slice(0, i).forEach((b, j) => {
          const macs = countOf(run, 'MACs', a.network) / countOf(run, 'MACs', b.network);
          const time = a.time / b.time;
          if (Math.max(macs, 1 / macs) > 1.25 || Math.max(time, 1 / time) < 1.1) return;
          pairs++;
          for (const name of names) {
            const by =
              name === MODEL
                ? ((run.ratios[i] as number) * a.time) / ((run.ratios[j] as number) * b.time)
                : countOf(run, name as CountName, a.network) / countOf(run, name as CountName, b.network);
            if (by > 1 === time > 1) right[name] = (right[name] as number) + 1;
          }
        });
      });
    }
    return { table, pairs, right };
  });
  return {
    id: 'equal',
    title: 'Networks of nearly equal MACs: which count tells the faster one',
    sentences: [
      'Pairs of networks of one run within 1.25 times the MACs and more than 10 % apart in time; the share that is ordered right (a coin: 50 %).',
    ],
    grid: gridOf<(typeof rows)[number]>(
      [
        { id: 'table', title: 'table', align: 'left', value: ({ table }) => table },
        { id: 'pairs', title: 'pairs', align: 'right', value: ({ pairs }) => pairs },
        ...names.map((name) => ({
          id: name,
          title: name,
          align: 'right' as const,
          value: ({ pairs, right }: (typeof rows)[number]) => formatPercent((right[name] as number) / pairs),
        })),
      ],
      rows,
    ),
  };
}

/** Devices that no form was chosen on: every second one, from the second on, in the order of their ids. */
function others(runs: readonly FittedRun[], table: string): readonly FittedRun[] {
  const own = runs.filter((run) => run.table === table);
  const chosen = everySecond(own.map(({ facts }) => facts.device));
  return own.filter(({ facts }) => !chosen.has(facts.device));
}

interface ErrorRow {
  readonly what: string;
  readonly runs: readonly FittedRun[];
}

function errorRows(runs: readonly FittedRun[]): readonly ErrorRow[] {
  const ncnn = others(runs, 'ncnn');
  const npu = others(runs, 'aihub');
  const threads = ({ facts: { row } }: FittedRun): number => Number(row['threads']);
  return [
    { what: 'CPU, 1 thread', runs: ncnn.filter(({ kind }) => kind === 'cpu1') },
    { what: 'CPU, 2 to 16 threads', runs: ncnn.filter((run) => run.kind === 'cpu' && threads(run) <= 16) },
    { what: 'CPU, more threads', runs: ncnn.filter((run) => run.kind === 'cpu' && threads(run) > 16) },
    { what: 'Vulkan', runs: ncnn.filter(({ kind }) => kind === 'gpu') },
    { what: 'NPU, float', runs: npu.filter(({ kind }) => kind === 'npu') },
    { what: 'NPU, 8 bits', runs: npu.filter(({ kind }) => kind === 'npu8') },
  ].filter((row) => row.runs.length > 0);
}

const within = (ratios: readonly number[], share: number): string =>
  formatPercent(ratios.filter((ratio) => Math.abs(ratio - 1) <= share).length / ratios.length);

/** The share of networks inside of the interval that the other networks of their run give. */
function coverage(runs: readonly FittedRun[]): number {
  const inside = runs.flatMap(({ ratios }) =>
    ratios.map((ratio, i) => {
      const factor = intervalFactor(ratios.filter((_, j) => j !== i));
      return Math.max(ratio, 1 / ratio) <= factor ? 1 : 0;
    }),
  );
  return mean(inside);
}

function errors(runs: readonly FittedRun[]): Section {
  const all = ({ runs: own }: ErrorRow): readonly number[] => own.flatMap(({ ratios }) => ratios);
  const column = (
    id: string,
    title: string,
    value: (row: ErrorRow) => string | number,
  ): GridColumn<ErrorRow> => ({
    id,
    title,
    align: id === 'what' ? 'left' : 'right',
    value,
  });
  return {
    id: 'errors',
    title: 'Networks that a model has not seen, on devices that its form was not chosen on',
    sentences: [
      'Every network is left out of its own run in turn. Samples that a fit passes over count here like all others.',
      'Covered: networks inside of an interval of 80 % that comes from the other networks of the run.',
    ],
    grid: gridOf(
      [
        column('what', 'what', ({ what }) => what),
        column('runs', 'runs', ({ runs: own }) => own.length),
        column('networks', 'networks', (row) => all(row).length),
        column('median', 'median miss', (row) => formatPercent(missOf(all(row)))),
        column('w10', 'within 10 %', (row) => within(all(row), 0.1)),
        column('w20', 'within 20 %', (row) => within(all(row), 0.2)),
        column('tau', 'tau, mean / median', ({ runs: own }) => {
          const taus = own.flatMap(
            ({ samples, ratios }) =>
              kendallTau(
                samples.map(({ time }, i) => time * (ratios[i] as number)),
                samples.map(({ time }) => time),
              ) ?? [],
          );
          return `${mean(taus).toFixed(2)} / ${median(taus).toFixed(2)}`;
        }),
        column('covered', 'covered', ({ runs: own }) => formatPercent(coverage(own))),
        column('macs', 'MACs alone', ({ runs: own }) =>
          formatPercent(missOf(own.flatMap((run) => ratiosOfCount(run, 'MACs')))),
        ),
        column('cio', 'CIO alone', ({ runs: own }) =>
          formatPercent(missOf(own.flatMap((run) => ratiosOfCount(run, 'CIO')))),
        ),
      ],
      errorRows(runs),
    ),
  };
}

/** Forms that know neither the devices nor the networks that they are judged by. */
function strict(runs: readonly FittedRun[]): Section {
  const rows = errorRows(runs).flatMap(({ what, runs: own }) => {
    const [{ kind } = { kind: undefined }] = own;
    const forms = strictForms().filter((each) => each.kind === kind);
    if (forms.length === 0 || what.includes('more')) return [];
    const networks = runs
      .filter(({ table }) => table === 'ncnn')
      .flatMap(({ samples }) => samples.map(({ network }) => network));
    const ratios = SPLITS.flatMap((split) => {
      const mean = forms.filter((each) => each.split === split).map(({ form }) => form);
      const chosen = chosenNetworks(networks, split);
      return own.flatMap(({ samples }) =>
        new Fitting(samples)
          .leavingOut(mean)
          .filter((_, i) => !chosen.has(samples[i]?.network ?? ''))
          .map(({ ratio }) => ratio),
      );
    });
    return [{ what, ratios, forms: forms.length }];
  });
  return {
    id: 'strict',
    title: 'The same for networks that the form was not chosen on either',
    sentences: [
      'Three forms for each of four ways to halve the networks, each chosen on a third of half of the devices and half of the networks (searchForms.ts in test/tools/latencies, its steps in strict-forms.csv); their mean is judged by the other networks on the other devices. All samples count, and none is passed over.',
    ],
    grid: gridOf<(typeof rows)[number]>(
      [
        { id: 'what', title: 'what', align: 'left', value: ({ what }) => what },
        { id: 'forms', title: 'forms', align: 'right', value: ({ forms }) => forms },
        { id: 'networks', title: 'networks', align: 'right', value: ({ ratios }) => ratios.length },
        {
          id: 'median',
          title: 'median miss',
          align: 'right',
          value: ({ ratios }) => formatPercent(missOf(ratios)),
        },
        { id: 'w10', title: 'within 10 %', align: 'right', value: ({ ratios }) => within(ratios, 0.1) },
        { id: 'w20', title: 'within 20 %', align: 'right', value: ({ ratios }) => within(ratios, 0.2) },
      ],
      rows,
    ),
  };
}

/** Networks to measure first. */
const FIRST = ['mobilenet', 'googlenet', 'shufflenet_v2'];

/** Devices of which three networks are known: predicted over measured of the others. */
function fewShotRatios(
  runs: readonly FittedRun[],
  all: readonly FittedRun[],
  known: boolean,
): readonly number[] {
  return runs.flatMap((run) => {
    const measured = run.samples.filter(({ network }) => FIRST.includes(network));
    if (measured.length < FIRST.length) return [];
    const others = all.filter((each) => each.kind === run.kind && each.facts.device !== run.facts.device);
    return run.samples
      .filter(({ network }) => !FIRST.includes(network))
      .flatMap(({ network, terms, time }) => {
        const pool = others.flatMap((other) => {
          const times = new Map(other.samples.map((sample) => [sample.network, sample.time]));
          const at = other.samples.findIndex((sample) => sample.network === network);
          const took = times.get(network);
          return known && took === undefined
            ? []
            : [{ took, times, coefficients: other.without[at] ?? other.coefficients }];
        });
        if (pool.length === 0) return [];
        return [(known ? knownTime(measured, pool) : predictTime(adapted(measured, pool), terms)) / time];
      });
  });
}

/** What a network takes that others have measured: the mean, in logarithms, of what it took there. */
const knownTime = (
  measured: readonly MeasuredNetwork[],
  pool: readonly (KnownDevice & { readonly took: number | undefined })[],
): number =>
  Math.exp(
    standIns(measured, pool).reduce(
      (sum, { device: { took }, scale, share }) =>
        took === undefined ? Number.NaN : sum + share * Math.log(scale * took),
      0,
    ),
  );

function fewShot(runs: readonly FittedRun[]): Section {
  const own = errorRows(runs).filter(({ what }) => what.startsWith('CPU') || what === 'Vulkan');
  const rows = own.flatMap(({ what, runs: some }) =>
    [false, true].map((known) => ({ what, known, ratios: fewShotRatios(some, runs, known) })),
  );
  return {
    id: 'few',
    title: `A new device with three measured networks (${FIRST.join(', ')})`,
    sentences: [
      'The device and all of its runs are left out; "known" networks were measured on other devices.',
    ],
    grid: gridOf<(typeof rows)[number]>(
      [
        { id: 'what', title: 'what', align: 'left', value: ({ what }) => what },
        {
          id: 'network',
          title: 'network',
          align: 'left',
          value: ({ known }) => (known ? 'known' : 'unknown'),
        },
        { id: 'networks', title: 'networks', align: 'right', value: ({ ratios }) => ratios.length },
        {
          id: 'median',
          title: 'median miss',
          align: 'right',
          value: ({ ratios }) => formatPercent(missOf(ratios)),
        },
        { id: 'w10', title: 'within 10 %', align: 'right', value: ({ ratios }) => within(ratios, 0.1) },
      ],
      rows.filter(({ ratios }) => ratios.length > 0),
    ),
  };
}

/** What ships, by the least error of a device. */
function shipped(runs: readonly FittedRun[]): Section {
  const best = new Map<string, number>();
  for (const { facts, ratios } of runs) {
    const { median: miss } = leftOutError(ratios);
    best.set(facts.device, Math.min(best.get(facts.device) ?? Infinity, miss));
  }
  const misses = [...best.values()];
  const upTo = (share: number): string => String(misses.filter((miss) => miss <= share).length);
  const rough = runs.filter(({ ratios }) => !isUseful(leftOutError(ratios)));
  return {
    id: 'shipped',
    title: 'What ships',
    sentences: [
      `${String(best.size)} devices with ${String(runs.length)} runs; the best run misses half of the networks left out by at most 10 % on ${upTo(0.1)} devices, by at most 15 % on ${upTo(0.15)}.`,
      `Runs that miss half of the networks left out by more than 25 % predict only on request (--rough): ${rough.map(({ facts, kind }) => `${facts.device} ${kind} ${facts.row['threads'] ?? facts.row['runtime'] ?? ''}`.trim()).join(', ')}.`,
      `Adapted from similar devices, for want of networks: ${runs
        .filter(({ few }) => few)
        .map(({ facts, samples }) => `${facts.device} (${String(samples.length)} networks)`)
        .join(', ')}.`,
    ],
  };
}

function passedOver(runs: readonly FittedRun[]): Section {
  const rows = runs.flatMap((run) =>
    [...run.passedOver].map(([network, why]) => ({
      device: run.facts.device,
      kind: run.kind,
      threads: run.facts.row['threads'] ?? '',
      network,
      why,
    })),
  );
  return {
    id: 'passedOver',
    title: 'Samples that no fit uses',
    sentences: [
      'Unsteady: the mean of the repetitions is more than twice the least. Too slow, too fast: a fit to the other networks of the run misses it by more than twice what is usual for this network on other devices. They count in every error above.',
    ],
    grid: gridOf<(typeof rows)[number]>(
      (['device', 'kind', 'threads', 'network', 'why'] as const).map((id) => ({
        id,
        title: id,
        align: 'left',
        value: (row) => row[id],
      })),
      rows,
    ),
  };
}

/** Rank correlation by class: a dot for each count. */
function chart(rows: readonly Ranks[]) {
  const names = [...COUNT_NAMES, MODEL];
  return {
    $schema: 'https://vega.github.io/schema/vega-lite/v6.json',
    title: {
      text: 'MACs rank networks by measured time better than CIO, on every class of device',
      subtitle: "Kendall's tau of a count with the measured time, mean over the runs of a class",
      anchor: 'start' as const,
    },
    width: 520,
    height: { step: 30 },
    data: {
      name: 'tau',
      values: rows.flatMap(({ group, tau }) =>
        names.map((name) => ({ class: group, count: name, tau: Number((tau[name] as number).toFixed(3)) })),
      ),
    },
    encoding: {
      y: {
        field: 'class',
        type: 'nominal',
        sort: rows.map(({ group }) => group),
        title: null,
        axis: { grid: true, domain: false, ticks: false, labelPadding: 8 },
      },
      x: {
        field: 'tau',
        type: 'quantitative',
        title: 'tau (1: the order of the times)',
        scale: { domain: [0, 1] },
      },
    },
    layer: [
      {
        mark: { type: 'point', filled: true, size: 90, opacity: 0.9 },
        encoding: {
          color: {
            field: 'count',
            type: 'nominal',
            sort: names,
            title: null,
            scale: {
              domain: names,
              range: ['#9c755f', '#e15759', '#4e79a7', '#76b7b2', '#59a14f', '#222222'],
            },
            legend: { orient: 'top', columns: 6 },
          },
          shape: { field: 'count', type: 'nominal', sort: names, legend: null },
        },
      },
    ],
    config: { view: { stroke: null } },
  };
}
