import type { GivenValues } from '../../architectures/family.ts';
import type { ParameterValue } from '../../architectures/parameter.ts';
import type { Grouping } from '../analysis/grouping.ts';
import type { ReadModelOptions } from '../formats/model.ts';

/** What a file leaves open, as a person fills it in. */
export type FileOptions = Pick<
  ReadModelOptions,
  'extent' | 'batch' | 'input' | 'bind' | 'value' | 'branch' | 'assume' | 'qdq'
>;

/** A network, as the page asks for it. */
export type Wanted =
  | { readonly kind: 'zoo'; readonly name: string; readonly parameters: GivenValues }
  | {
      readonly kind: 'file';
      /** of the file, whose ending tells the format */
      readonly name: string;
      readonly options: FileOptions;
      /** number among the files that `csp-profile open` serves; absent: the person gives the file */
      readonly served?: number;
    };

/** How everything is counted, and on what it is costed. */
export interface Settings {
  /** id of a FLOP convention; absent: that of the first network's format */
  readonly flops?: string;
  /** id of a CIO convention; absent: `cspnet` */
  readonly cio?: string;
  readonly group?: Grouping;
  readonly dtype?: 'float32' | 'float16' | 'bfloat16' | 'int16' | 'int8';
  /** id of a device */
  readonly device?: string;
  readonly bufferBytes?: number;
  readonly fusion?: 'pairs' | 'stages';
  readonly doubleBuffering?: boolean;
  readonly haloReuse?: boolean;
}

/** All that a person chose, without the files. */
export interface State {
  /** the first one is the baseline */
  readonly networks: readonly Wanted[];
  readonly settings: Settings;
}

export const NOTHING: State = { networks: [], settings: {} };

/** The object without one of its keys. */
export const without = <T extends object, K extends keyof T>(object: T, key: K): Omit<T, K> =>
  Object.fromEntries(Object.entries(object).filter(([each]) => each !== key)) as Omit<T, K>;

/** The key of the state in the page's address; what else stands there belongs to others. */
const KEY = 'explore';

/** The address's fragment with this state, other keys as they were. */
export function withState(fragment: string, state: State): string {
  const keys = new URLSearchParams(fragment.replace(/^#/, ''));
  if (state.networks.length === 0 && Object.keys(state.settings).length === 0) keys.delete(KEY);
  else keys.set(KEY, JSON.stringify(state));
  return keys.size === 0 ? '' : `#${keys.toString()}`;
}

/** The state in an address's fragment; what is no state, as whoever made the link may have it, is none. */
export function stateIn(fragment: string): State {
  const text = new URLSearchParams(fragment.replace(/^#/, '')).get(KEY);
  if (text === null) return NOTHING;
  try {
    return readState(JSON.parse(text));
  } catch (error) {
    if (error instanceof SyntaxError) return NOTHING;
    throw error;
  }
}

type Fields = Readonly<Record<string, unknown>>;

const isObject = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Only what is of the right type is taken over: names and values are checked by whoever uses them. */
function readState(value: unknown): State {
  if (!isObject(value)) return NOTHING;
  const networks = Array.isArray(value['networks']) ? value['networks'] : [];
  return {
    networks: networks.flatMap((each) => (isObject(each) ? readWanted(each) : [])),
    settings: isObject(value['settings']) ? readSettings(value['settings']) : {},
  };
}

function readWanted({ kind, name, parameters, options, served }: Fields): Wanted[] {
  if (typeof name !== 'string') return [];
  if (kind === 'zoo') {
    return [{ kind, name, parameters: mapOf(parameters, isParameter) }];
  }
  if (kind !== 'file') return [];
  return [
    {
      kind,
      name,
      options: isObject(options) ? readOptions(options) : {},
      ...(isNatural(served) ? { served } : {}),
    },
  ];
}

function readOptions({ extent, batch, input, bind, value, branch, assume, qdq }: Fields): FileOptions {
  const [height, width] = isNaturals(extent) ? extent : [];
  return {
    ...(height === undefined || width === undefined ? {} : { extent: [height, width] }),
    ...(isNatural(batch) ? { batch } : {}),
    ...filled('input', mapOf(input, isNaturals)),
    ...filled('bind', mapOf(bind, isNatural)),
    ...filled('value', mapOf(value, isNumbers)),
    ...filled('branch', mapOf(branch, oneOf('then', 'else'))),
    ...filled('assume', mapOf(assume, oneOf('same-shape'))),
    ...(oneOf('quantised', 'literal')(qdq) ? { qdq } : {}),
  };
}

function readSettings(fields: Fields): Settings {
  const { flops, cio, group, dtype, device, bufferBytes, fusion, doubleBuffering, haloReuse } = fields;
  return {
    ...(typeof flops === 'string' ? { flops } : {}),
    ...(typeof cio === 'string' ? { cio } : {}),
    ...(isGrouping(group) ? { group } : {}),
    ...(oneOf(...DTYPES)(dtype) ? { dtype } : {}),
    ...(typeof device === 'string' ? { device } : {}),
    ...(isNatural(bufferBytes) ? { bufferBytes } : {}),
    ...(oneOf('pairs', 'stages')(fusion) ? { fusion } : {}),
    ...(doubleBuffering === true ? { doubleBuffering } : {}),
    ...(haloReuse === true ? { haloReuse } : {}),
  };
}

const isGrouping = (value: unknown): value is Grouping =>
  oneOf('layer', 'fused', 'module')(value) ||
  (typeof value === 'string' && /^module:[1-9][0-9]*$/.test(value));

/** Element types to choose from. */
export const DTYPES = ['float32', 'float16', 'bfloat16', 'int16', 'int8'] as const;

const isNatural = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 0;
const isNaturals = (value: unknown): value is number[] => Array.isArray(value) && value.every(isNatural);
const isNumbers = (value: unknown): value is number[] =>
  Array.isArray(value) && value.every((each) => typeof each === 'number');
const isParameter = (value: unknown): value is ParameterValue =>
  typeof value === 'string' || typeof value === 'number' || (isNaturals(value) && value.length === 2);
const oneOf =
  <const T extends string>(...choices: readonly T[]) =>
  (value: unknown): value is T =>
    choices.some((each) => each === value);

function mapOf<T>(value: unknown, fits: (each: unknown) => each is T): Readonly<Record<string, T>> {
  return Object.fromEntries(
    Object.entries(isObject(value) ? value : {}).flatMap(([key, each]) => (fits(each) ? [[key, each]] : [])),
  );
}

const filled = <K extends string, T>(
  key: K,
  map: Readonly<Record<string, T>>,
): { readonly [key in K]?: typeof map } =>
  Object.keys(map).length === 0 ? {} : ({ [key]: map } as { readonly [key in K]: typeof map });
