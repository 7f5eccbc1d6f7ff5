import { ProfileError, quoted, type Sizes } from '../../diagnostics.ts';
import {
  isBatch,
  isChannelsLast,
  placeOf,
  type OpenExtent,
  type StatedExtent,
  type StatedInput,
} from '../../graph/bind.ts';

/** Extents by symbol. */
export type Extents = ReadonlyMap<string, number>;

/** Heights and widths that networks are made for, the usual first. */
const SIZES = [224, 256, 320, 416, 512, 640, 1024, 299, 128, 64, 32, 28, 96] as const;
/** Tokens, samples and steps. */
const LENGTHS = [16, 128, 512, 1, 64, 77, 1000, 4096, 16_000, 48_000] as const;

type Role = 'batch' | 'size' | 'past' | 'total' | 'length';

/** What an extent is, by its name and its place. */
function roleOf({ symbol, input, axis }: OpenExtent): Role {
  const extents = input.extents ?? [];
  if (isBatch(symbol)) return 'batch';
  if (/past|cache/i.test(symbol)) return /total|\+/.test(symbol) ? 'total' : 'past';
  if (/total/i.test(symbol)) return 'total';
  if (extents.length >= 4 && isImageAxis(extents, axis)) return 'size';
  if (isState(extents, axis) && !/seq|len|time|frame|token/i.test(symbol)) return 'batch';
  if (extents.length === 3 && axis > 0 && (extents[0] === 3 || extents[0] === 1) && isOpen(extents[2]))
    return 'size';
  return axis === 0 ? 'batch' : 'length';
}

/** The state of a recurrent layer, layers x batch x width, leaves the second extent open, and no other. */
const isState = (extents: readonly StatedExtent[], axis: number): boolean =>
  extents.length === 3 &&
  axis === 1 &&
  isOpen(extents[1]) &&
  !isOpen(extents[0]) &&
  !isOpen(extents[2]) &&
  extents[0] !== 1;

const isOpen = (extent: StatedExtent): boolean => typeof extent !== 'number';

function isImageAxis(extents: readonly StatedExtent[], axis: number): boolean {
  if (isChannelsLast(extents)) return axis === 1 || axis === 2;
  // The heads of a cache are a fixed extent in front of its length, as channels are in front of an image.
  return axis >= 2 && extents.slice(2).every(isOpen);
}

/** Extents for everything that is open, the likeliest first. */
function* candidates(open: readonly OpenExtent[]): Generator<Extents> {
  const roles = open.map((extent) => [extent.symbol, roleOf(extent)] as const);
  const has = (role: Role): boolean => roles.some(([, other]) => other === role);
  const hasLength = has('length') || has('past') || has('total');
  for (const length of hasLength ? LENGTHS : LENGTHS.slice(0, 1)) {
    for (const size of has('size') ? SIZES : SIZES.slice(0, 1)) {
      const of: Record<Role, number> = { batch: 1, size, past: length - 1, total: 2 * length - 1, length };
      yield new Map(roles.map(([symbol, role]) => [symbol, of[role]]));
    }
  }
}

/** What gives these extents: a symbol by its name, an input with nameless ones as a whole. */
function sizesOf(open: readonly OpenExtent[], inputs: readonly StatedInput[], extents: Extents): Sizes {
  const nameless = inputs.filter(({ extents: stated = [] }) => stated.includes(undefined));
  const whole = new Map<string, string>();
  for (const { name, extents: stated = [] } of nameless) {
    const shape = stated.map((extent, axis) =>
      typeof extent === 'number' ? extent : extents.get(extent ?? placeOf(name, axis)),
    );
    if (!shape.includes(undefined)) whole.set(name, shape.join('x'));
  }
  const solvedBy = new Set(
    nameless.flatMap(({ name, extents: stated = [] }) =>
      whole.has(name) ? stated.filter((extent) => typeof extent === 'string') : [],
    ),
  );
  const bound = open.flatMap(({ symbol, input, axis }): [string, number][] => {
    const extent = extents.get(symbol);
    const isGiven = solvedBy.has(symbol) || (whole.has(input.name) && symbol === placeOf(input.name, axis));
    return isGiven || extent === undefined ? [] : [[symbol, extent]];
  });
  return { bind: Object.fromEntries(bound), input: Object.fromEntries(whole) };
}

const flagsOf = ({ bind, input }: Sizes): string =>
  [
    ...Object.entries(bind).map(([symbol, extent]) => `--bind ${quoted(`${symbol}=${String(extent)}`)}`),
    ...Object.entries(input).map(([name, shape]) => `--input ${quoted(`${name}:${shape}`)}`),
  ].join(' ');

/** What to do about open extents; `sizes` where some are known to fit. */
interface Suggestion {
  readonly fix: string;
  readonly sizes?: Sizes;
}

const pass = (sizes: Sizes): Suggestion => ({ fix: `pass ${flagsOf(sizes)}`, sizes });

/**
 * The flags that make a model with open extents readable: the first of the usual sizes that its operators accept.
 *
 * @param reads reads the model with these extents, and says whether all of it fits them, branches included, of which
 *   one alone may run; throws a ProfileError where they do not fit
 */
export function suggestion(
  open: readonly OpenExtent[],
  inputs: readonly StatedInput[],
  reads: (extents: Extents) => boolean,
): Suggestion {
  let first: { readonly flags: string; readonly why: string } | undefined;
  let readable: Sizes | undefined;
  for (const extents of candidates(open)) {
    const sizes = sizesOf(open, inputs, extents);
    try {
      if (reads(extents)) return pass(sizes);
      readable ??= sizes;
    } catch (error) {
      if (!(error instanceof ProfileError)) throw error;
      first ??= { flags: flagsOf(sizes), why: error.diagnostics[0]?.message ?? '' };
    }
  }
  if (readable !== undefined) return pass(readable);
  return {
    fix: `no usual size fits its operators; give your own in the form of ${first?.flags ?? ''} (${first?.why ?? ''})`,
  };
}
