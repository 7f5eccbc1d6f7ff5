/**
 * An extent that only a run can tell (the rows that a search finds, say). Equal symbols are equal extents; a symbol
 * may be an expression over others, as `symbolic` makes it. The empty symbol is an extent that has no name yet:
 * it equals no other, and who applies the operator names it.
 */
export interface UnknownExtent {
  /** name, or an expression over names */
  readonly symbol: string;
  /** a proven upper bound, undefined where there is none */
  readonly atMost: number | undefined;
}

/** A dimension during inference. Graphs hold numbers only. */
export type Extent = number | UnknownExtent;

export const isKnown = (extent: Extent | undefined): extent is number => typeof extent === 'number';

/** An extent that an operator knows nothing of but its bound. */
export const unnamed = (atMost: number | undefined): UnknownExtent => ({ symbol: '', atMost });

/** The largest that the extent can be. */
export const bound = (extent: Extent): number | undefined =>
  typeof extent === 'number' ? extent : extent.atMost;

/** Whether two extents are equal in every run. */
export const sameExtent = (a: Extent, b: Extent): boolean =>
  typeof a === 'number' || typeof b === 'number' ? a === b : a.symbol !== '' && a.symbol === b.symbol;

/** Whether two extents can be equal. */
export const compatible = (a: Extent, b: Extent): boolean => !(isKnown(a) && isKnown(b)) || a === b;

/** Whether the extent can be a multiple of a number. */
export const divisible = (extent: Extent, by: number): boolean => !isKnown(extent) || extent % by === 0;

/** Whether two shapes can be equal. */
export function compatibleShapes(a: readonly Extent[], b: readonly Extent[]): boolean {
  if (a.length !== b.length) return false;
  for (let axis = 0; axis < a.length; axis++) {
    if (!compatible(a[axis] as Extent, b[axis] as Extent)) return false;
  }
  return true;
}

/** The shape, if all of it is numbers. */
export function knownShape(shape: readonly Extent[] | undefined): readonly number[] | undefined {
  if (shape === undefined) return undefined;
  // All shapes pass here, before engines optimise anything: a plain loop takes half as long as one over the entries.
  for (let axis = 0; axis < shape.length; axis++) if (typeof shape[axis] !== 'number') return undefined;
  // Every entry was looked at.
  return shape as readonly number[];
}

/** The more certain of two extents that are equal. */
export const moreCertain = (a: Extent, b: Extent): Extent => (isKnown(a) ? a : isKnown(b) ? b : a);

export const plus = (a: Extent, b: Extent): Extent =>
  typeof a === 'number' && typeof b === 'number' ? a + b : symbolic('+', a, b);

export const minus = (a: Extent, b: Extent): Extent =>
  typeof a === 'number' && typeof b === 'number' ? a - b : symbolic('-', a, b);

export const multiply = (a: Extent, b: Extent): Extent =>
  typeof a === 'number' && typeof b === 'number' ? a * b : symbolic('*', a, b);

export const floorDivide = (a: Extent, b: number): Extent =>
  typeof a === 'number' ? Math.floor(a / b) : symbolic('/', a, b);

/** Product of the dimensions. */
export function count(shape: readonly Extent[]): Extent {
  let product: Extent = 1;
  for (const extent of shape) product = multiply(product, extent);
  return product;
}

/** Shape of an elementwise result of operands with these shapes (numpy's broadcasting); undefined where they do not fit. */
export function broadcast(shapes: readonly (readonly Extent[])[]): readonly Extent[] | undefined {
  let rank = 0;
  for (const { length } of shapes) rank = Math.max(rank, length);
  const result: Extent[] = [];
  for (let axis = 0; axis < rank; axis++) {
    let extent: Extent = 1;
    for (const shape of shapes) {
      const other = shape[axis - rank + shape.length] ?? 1;
      if (other === 1 || sameExtent(other, extent)) continue;
      if (!compatible(extent, other) && extent !== 1) return undefined;
      extent = extent === 1 ? other : met(extent, other);
    }
    result.push(extent);
  }
  return result;
}

/** What two extents that are not 1 for sure make together: either may be 1 in a run, and then the other counts. */
function met(a: Extent, b: Extent): Extent {
  if (isKnown(a) || isKnown(b)) return moreCertain(a, b);
  return (a.atMost ?? Infinity) < (b.atMost ?? -Infinity) ? b : a;
}

/** What is certain of an extent that is one or the other. */
export const either = (a: Extent, b: Extent): Extent =>
  sameExtent(a, b) ? a : derived(`(${nameOf(a)}|${nameOf(b)})`, both(a, b, Math.max));

/** Arithmetic on extents, where at least one operand is unknown. Extents are never negative. */
export function symbolic(operator: '+' | '-' | '*' | '/' | 'min' | 'max', a: Extent, b: Extent): Extent {
  const x = typeof a === 'number' ? a : undefined;
  const y = typeof b === 'number' ? b : undefined;
  const expression = nameless(a) || nameless(b) ? '' : `(${nameOf(a)}${operator}${nameOf(b)})`;
  switch (operator) {
    case '+':
      if (y === 0) return a;
      if (x === 0) return b;
      return derived(
        expression,
        both(a, b, (p, q) => p + q),
      );
    case '-':
      if (y === 0) return a;
      if (x === undefined && y === undefined && sameExtent(a, b)) return 0;
      return derived(expression, y === undefined ? bound(a) : both(a, b, (p, q) => p - q));
    case '*':
      if (x === 1) return b;
      if (y === 1) return a;
      if (x === 0 || y === 0) return 0;
      return derived(expression, (x ?? 0) < 0 || (y ?? 0) < 0 ? undefined : both(a, b, (p, q) => p * q));
    case '/':
      if (y === 1) return a;
      if (x === undefined && y === undefined && sameExtent(a, b)) return 1;
      return y !== undefined && y > 0
        ? derived(
            expression,
            both(a, b, (p, q) => Math.floor(p / q)),
          )
        : derived(expression, bound(a));
    case 'min': {
      if (sameExtent(a, b)) return a;
      const p = bound(a);
      const q = bound(b);
      if (y !== undefined && p !== undefined && p <= y) return a;
      if (x !== undefined && q !== undefined && q <= x) return b;
      return derived(expression, p === undefined ? q : q === undefined ? p : Math.min(p, q));
    }
    case 'max':
      if (sameExtent(a, b)) return a;
      return derived(expression, both(a, b, Math.max));
  }
}

const SYMBOL_LENGTH = 80;

/** An extent computed from others; equal expressions give equal symbols, long ones are shortened to a hash. */
function derived(expression: string, atMost: number | undefined): UnknownExtent {
  if (expression.length <= SYMBOL_LENGTH) return { symbol: expression, atMost };
  let hash = 0x811c9dc5;
  for (let i = 0; i < expression.length; i++) hash = Math.imul(hash ^ expression.charCodeAt(i), 0x01000193);
  return { symbol: `(~${(hash >>> 0).toString(36)}${String(expression.length)})`, atMost };
}

/** The extent as messages have it. */
export const nameOf = (extent: Extent): string =>
  typeof extent === 'number' ? String(extent) : extent.symbol === '' ? '?' : extent.symbol;

const nameless = (extent: Extent): boolean => typeof extent !== 'number' && extent.symbol === '';

const both = (a: Extent, b: Extent, f: (x: number, y: number) => number): number | undefined => {
  const x = bound(a);
  const y = bound(b);
  return x === undefined || y === undefined ? undefined : f(x, y);
};
