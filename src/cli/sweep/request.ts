import { createHash } from 'node:crypto';
import { resolve } from 'node:path';
import type { Parameter, ParameterValue } from '../../../architectures/parameter.ts';
import { findFamily } from '../../../architectures/zoo.ts';
import { GATE_METRICS } from '../../analysis/gate/metrics.ts';
import type { Device } from '../../devices/device.ts';
import { ProfileError, problem } from '../../diagnostics.ts';
import { familySource, hardwareText, modelText, parameterValue } from '../../library/sweep.ts';
import { constraintsOf } from '../../sweep/constraints.ts';
import { axisValues, type AxisSyntax } from '../../sweep/axes.ts';
import { camelCased, DesignEvaluator, type NetworkSource, type SweepSettings } from '../../sweep/evaluate.ts';
import type { Objective } from '../../sweep/front.ts';
import { ROW_NAMES, fingerprint } from '../../sweep/row.ts';
import type { Sampling } from '../../sweep/samples.ts';
import { DesignSpace, type Axis, type AxisKind, type AxisValue } from '../../sweep/space.ts';
import { VERSION } from '../../version.ts';
import { byteCount } from '../bytes.ts';
import { conventionsOf, list, text, type Args } from '../command.ts';
import { deviceOf, energyTable, trafficOptions } from '../device.ts';
import { readBytes } from '../files.ts';
import { findFiles, isPattern } from '../glob.ts';
import type { Io } from '../io.ts';
import { isFile, loadModel, parseSpec, parseParameter } from '../model.ts';
import { usageError, wholeNumber } from '../usage.ts';
import { joinedColumns, readJoined } from './join.ts';

/** A sweep as its options say, ready to compute. */
export interface Sweep {
  readonly space: DesignSpace;
  readonly sampling:
    Sampling | { readonly strategy: 'search'; readonly samples: number; readonly seed: number };
  readonly objectives: readonly Objective[];
  readonly settings: SweepSettings;
  readonly source: NetworkSource;
}

/** The evaluator of a sweep, in this thread. */
export const evaluatorOf = ({ space, source, settings }: Sweep): DesignEvaluator =>
  new DesignEvaluator(space, source, settings);

/** Numbers of a design that are always there. */
const COUNTED = [
  'layers',
  'flops',
  'macs',
  'weights',
  'params',
  'cio',
  'memoryAccessCost',
  'activationElements',
  'peakActivationBytes',
  'bottleneckFlops',
  'bottleneckShare',
  'bottleneckMaxOverMean',
  'uncountedOperators',
];

/**
 * The sweep that the command line asks for.
 *
 * @throws ProfileError CSP801 to CSP803 and CSP810 where an option makes no sense
 */
export async function sweepOf(args: Args, io: Io): Promise<Sweep> {
  const models = modelsOf(list(args, 'models'), io);
  const axes = axesOf(models, args);
  const space = new DesignSpace(axes);
  const devices = await devicesOf(space, io);
  const energyName = text(args, 'energy');
  const joinFile = text(args, 'join');
  const joined = joinFile === undefined ? undefined : readJoined(joinFile, io);
  const metrics = metricsOf(args, space, devices, energyName !== undefined);
  const names = [
    ...metrics,
    ...space.axes
      .filter(({ values }) => values.every((value) => typeof value === 'number'))
      .map(({ name }) => name),
    ...(joined === undefined ? [] : joinedColumns(joined, space)),
  ];
  for (const { name } of space.axes) {
    if (ROW_NAMES.includes(name) || GATE_METRICS.some(({ id }) => id === name))
      throw usageError(`a parameter may not be called ${name}`, 'rename it: rows have a column of that name');
  }
  const constraints = list(args, 'constraint');
  const hardware = {
    ...trafficOptions(args),
    ...(energyName === undefined ? {} : { energy: await energyTable(energyName, io) }),
  };
  const conventions = conventionsOf(args);
  const settings: SweepSettings = {
    ...conventions,
    metrics,
    devices,
    hardware,
    ...(constraints.length === 0 ? {} : { constraints: await constraintsOf(constraints, names) }),
    ...(joined === undefined ? {} : { joined: joined.valuesFor }),
    fingerprint: fingerprint(
      JSON.stringify([
        VERSION,
        conventions,
        metrics,
        [...devices],
        hardware,
        constraints,
        models.filter(isFileModel).map((model) => digest(parseSpec(model).path, io)),
        joinFile === undefined ? '' : digest(joinFile, io),
        OTHER_OPTIONS.map((name) => args[name]),
      ]),
    ),
  };
  return {
    space,
    sampling: samplingOf(args),
    objectives: objectivesOf(list(args, 'objective'), names, metrics, devices),
    settings,
    source: sourceOf(models, space, args, io),
  };
}

/** Options of models that change the numbers of files. */
const OTHER_OPTIONS = ['input', 'value', 'branch', 'assume', 'qdq', 'on-unknown'];

const isFileModel = (model: string): boolean => isFile(parseSpec(model).path);

const digest = (path: string, io: Io): string =>
  createHash('sha256')
    .update(readBytes(path, resolve(io.cwd, path)))
    .digest('hex')
    .slice(0, 16);

/** The models that arguments name; a pattern stands for the files that it describes. */
function modelsOf(asked: readonly string[], io: Io): readonly [string, ...string[]] {
  const models = asked.flatMap((each) => {
    if (!isPattern(each)) return [each];
    const found = findFiles(each, io.cwd);
    if (found.length === 0) throw usageError(`no file is called like ${each}`, 'check the pattern', each);
    return found;
  });
  const [first, ...others] = new Set(models);
  if (first === undefined)
    throw usageError('no model is named', 'name one: csp-profile sweep csppeleenet --param gamma=0.25,0.5');
  return [first, ...others];
}

const numberOf = (value: string): number | undefined =>
  value.trim() === '' || !Number.isFinite(Number(value)) ? undefined : Number(value);

const wholeOf = (value: string): number | undefined => {
  const number = numberOf(value);
  return Number.isSafeInteger(number) ? number : undefined;
};

const word = (value: string): string => value;

/** `224` or `224x320` */
const extentOf = (value: string): AxisValue | undefined =>
  /^[0-9]+x[0-9]+$/.test(value) ? value : wholeOf(value);

const SYNTAX: Readonly<Record<Exclude<AxisKind, 'parameter' | 'model'>, AxisSyntax>> = {
  extent: { parse: extentOf, step: 32 },
  batch: { parse: wholeOf, step: 1 },
  symbol: { parse: wholeOf, step: 1 },
  dtype: { parse: word },
  device: { parse: word },
  array: { parse: word },
  buffer: { parse: (value) => byteCount('buffer', value), step: { factor: 2 } },
};

function axesOf(models: readonly [string, ...string[]], args: Args): readonly Axis[] {
  const axes: Axis[] = [];
  if (models.length > 1) axes.push({ name: 'model', kind: 'model', values: models });
  const specs = models.map(parseSpec);
  for (const option of list(args, 'param')) {
    const [id, values] = named('param', option);
    const parameters = specs.map(({ path }) => (isFile(path) ? undefined : parameterOf(path, id)));
    const kind = id === 'input' ? 'extent' : id === 'batch' ? 'batch' : 'parameter';
    axes.push({ name: id, kind, values: axisValues(id, values, syntaxOf(kind, parameters[0])) });
  }
  for (const option of list(args, 'bind')) {
    const [symbol, values] = named('bind', option);
    axes.push({ name: symbol, kind: 'symbol', values: axisValues(symbol, values, SYNTAX.symbol) });
  }
  for (const kind of ['batch', 'dtype', 'device', 'array', 'buffer'] as const) {
    const values = list(args, kind).join(',');
    if (values !== '') axes.push({ name: kind, kind, values: axisValues(kind, values, SYNTAX[kind]) });
  }
  if (axes.length === 0) {
    throw usageError(
      'nothing varies',
      'give an axis, such as --param gamma=0.25,0.5 (csp-profile list --params names them), --bind or --buffer',
    );
  }
  return axes;
}

function syntaxOf(kind: 'extent' | 'batch' | 'parameter', parameter: Parameter | undefined): AxisSyntax {
  if (kind === 'extent')
    return { ...SYNTAX.extent, ...(parameter?.kind === 'extent' ? { step: parameter.step } : {}) };
  if (kind === 'batch') return SYNTAX.batch;
  return {
    parse: (value) => numberOf(value) ?? value,
    ...(parameter === undefined || parameter.kind === 'choice' ? {} : { step: parameter.step }),
  };
}

/** @throws ProfileError CSP801 where the network has no such parameter */
function parameterOf(path: string, id: string): Parameter {
  const { family } = findFamily(path);
  const parameter = family.parameters[id];
  if (parameter !== undefined) return parameter;
  throw usageError(
    `${path} has no parameter "${id}"`,
    `use one of ${Object.keys(family.parameters).join(', ')}`,
  );
}

function named(option: string, given: string): readonly [string, string] {
  const [, id, values] = /^([^=]+)=(.+)$/.exec(given) ?? [];
  if (id !== undefined && values !== undefined) return [id, values];
  throw usageError(`--${option} is "${given}"`, 'write a name and its values, such as gamma=0.25,0.5');
}

async function devicesOf(space: DesignSpace, io: Io): Promise<ReadonlyMap<string, Device>> {
  const names = space.axes.find(({ kind }) => kind === 'device')?.values.map(String) ?? [];
  return new Map(await Promise.all(names.map(async (name) => [name, await deviceOf(name, io)] as const)));
}

function metricsOf(
  args: Args,
  space: DesignSpace,
  devices: ReadonlyMap<string, Device>,
  energy: boolean,
): readonly string[] {
  const asked = text(args, 'metrics');
  if (asked !== undefined) {
    return asked.split(',').map((name) => {
      const id = camelCased(name.trim());
      if (GATE_METRICS.some((metric) => metric.id === id) || id === 'energy') return id;
      throw usageError(
        `there is no metric "${name}"`,
        `use ${GATE_METRICS.map((metric) => metric.id).join(', ')}`,
      );
    });
  }
  const has = (kind: AxisKind): boolean => space.axes.some((axis) => axis.kind === kind);
  const all = [...devices.values()];
  return [
    ...COUNTED,
    ...(has('device') || has('buffer') ? ['dramBytes'] : []),
    ...(has('device') ? ['floorSeconds'] : []),
    ...(all.some(({ calibration }) => calibration?.kind === 'features') ? ['predictedSeconds'] : []),
    ...(has('array') || all.some(({ array }) => array !== undefined) ? ['cycles'] : []),
    ...(energy ? ['energy'] : []),
  ];
}

function samplingOf(args: Args): Sweep['sampling'] {
  const given = (['random', 'latin', 'search'] as const).filter((name) => text(args, name) !== undefined);
  const [strategy, other] = given;
  if (other !== undefined)
    throw usageError(`--${String(strategy)} and --${other} exclude each other`, 'give one of them');
  const seed = wholeNumber('seed', text(args, 'seed') ?? '1', 0);
  if (strategy === undefined) return { strategy: 'grid' };
  return { strategy, samples: wholeNumber(strategy, text(args, strategy) ?? '', 1), seed };
}

/** What designs are chosen by where nobody says. */
export const defaultObjectives = (names: readonly string[]): readonly Objective[] =>
  ['flops', 'cio', 'floorSeconds']
    .filter((name) => names.includes(name))
    .map((name) => ({ name, direction: 'min' }));

function objectivesOf(
  asked: readonly string[],
  names: readonly string[],
  metrics: readonly string[],
  devices: ReadonlyMap<string, Device>,
): readonly Objective[] {
  const calibrated = [...devices.values()].every(({ calibration }) => calibration?.kind === 'features');
  const seconds = calibrated ? 'predictedSeconds' : 'floorSeconds';
  if (asked.length === 0) return defaultObjectives(metrics);
  const wanted = asked.flatMap((each) => each.split(','));
  return wanted.map((each) => {
    const [, given = '', direction = 'min'] = /^([^:]+?)(?::(min|max))?$/.exec(each.trim()) ?? [];
    const name = given === 'seconds' ? seconds : camelCased(given);
    if (names.includes(name)) return { name, direction: direction === 'max' ? 'max' : 'min' };
    throw new ProfileError(
      problem(
        'CSP810',
        `"${each}" is no objective`,
        `write a number of the rows and its direction: ${names.join(', ')}`,
      ),
    );
  });
}

/** Where the networks come from: the zoo builds them here, all others are loaded as `analyze` does. */
function sourceOf(models: readonly string[], space: DesignSpace, args: Args, io: Io): NetworkSource {
  const sources = new Map(
    models.map((model) => {
      const { path, parameters = '', extent } = parseSpec(model);
      const fixed: Record<string, ParameterValue> = Object.fromEntries(
        parameters === ''
          ? []
          : parameters
              .split(',')
              .map((each) => named('param', each))
              .map(([id, value]) => [id, parseParameter(value)]),
      );
      if (extent !== undefined) fixed['input'] = extent[0] === extent[1] ? extent[0] : extent;
      return [
        model,
        isFile(path) ? fileSource(path, space, fixed, args, io) : familySource(path, space, fixed),
      ];
    }),
  );
  const only = sources.get(models[0] as string) as NetworkSource;
  const of = (model: AxisValue | undefined): NetworkSource =>
    model === undefined ? only : (sources.get(String(model)) as NetworkSource);
  return {
    network: (values, inference) => of(values['model']).network(values, inference),
    command: (values) => of(values['model']).command(values),
  };
}

function fileSource(
  path: string,
  space: DesignSpace,
  fixed: Readonly<Record<string, ParameterValue>>,
  args: Args,
  io: Io,
): NetworkSource {
  const of = (kind: AxisKind): readonly Axis[] => space.axes.filter((axis) => axis.kind === kind);
  const specOf = (values: Readonly<Record<string, AxisValue | undefined>>): string => {
    const own: Record<string, ParameterValue> = { ...fixed };
    for (const { name } of [...of('parameter'), ...of('extent')])
      own[name] = parameterValue(values[name] as AxisValue);
    return modelText(path, own);
  };
  const bindingsOf = (values: Readonly<Record<string, AxisValue | undefined>>): readonly string[] =>
    of('symbol').map(({ name }) => `${name}=${String(values[name])}`);
  return {
    async network(values) {
      const batch = values['batch'];
      const own = {
        ...args,
        dtype: undefined,
        bind: bindingsOf(values),
        batch: batch === undefined ? undefined : String(batch),
      };
      return (await loadModel(specOf(values), own, io)).graph;
    },
    command: (values) =>
      specOf(values) +
      bindingsOf(values)
        .map((binding) => ` --bind ${binding}`)
        .join('') +
      (values['batch'] === undefined ? '' : ` --batch ${String(values['batch'])}`) +
      hardwareText(values),
  };
}
