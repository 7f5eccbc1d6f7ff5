import type { DType } from '../../ops/dtype.ts';

/**
 * An extent that only a run can tell (the rows that NonZero finds, say). Equal symbols are equal extents.
 * `atMost` is a proven upper bound, undefined where there is none.
 */
export interface UnknownDim {
  readonly symbol: string;
  readonly atMost: number | undefined;
}

export type Dim = number | UnknownDim;

/** One element of a tensor whose content is followed: a number, an extent, or undefined where unknown. */
export type Scalar = Dim | undefined;

/** A tensor during inference. `shape` undefined: not even the rank is known. */
export interface Tensor {
  readonly kind: 'tensor';
  readonly dtype: DType | undefined;
  readonly shape: readonly Dim[] | undefined;
  /** the content, where it is small and known, in row-major order; read from the file when asked for */
  readonly elements: (() => readonly Scalar[] | undefined) | undefined;
  /** the initialiser or constant whose numbers these are (perhaps cast, dequantised or rearranged) */
  readonly constant: Constant | undefined;
}

/** Stored numbers: an initialiser or the value of a Constant node. */
export interface Constant {
  readonly name: string;
  readonly dtype: DType;
  readonly shape: readonly number[];
  /** an initialiser, not the value of a Constant node */
  readonly initializer: boolean;
}

export interface Sequence {
  readonly kind: 'sequence';
  /** what each item is, as far as all items agree */
  readonly element: Value;
  /** every item, where the number of items is known */
  readonly items: readonly Value[] | undefined;
}

export interface Optional {
  readonly kind: 'optional';
  readonly element: Value;
  readonly present: boolean | undefined;
}

/** A map of the ai.onnx.ml operators, or what an unknown operator gives. */
export interface Other {
  readonly kind: 'map' | 'unknown';
}

export type Value = Tensor | Sequence | Optional | Other;

export const UNKNOWN: Other = { kind: 'unknown' };
export const MAP: Other = { kind: 'map' };

export function tensor(dtype: DType | undefined, shape: readonly Dim[] | undefined): Tensor {
  const known = knownShape(shape);
  return {
    kind: 'tensor',
    dtype,
    shape: known === undefined ? shape?.slice() : sharedShape(known),
    elements: undefined,
    constant: undefined,
  };
}

/** The shape, as the same list as of equal ones not long ago: long networks have few. */
export function sharedShape(shape: readonly number[]): readonly number[] {
  let hash = shape.length;
  for (const extent of shape) hash = Math.imul(hash, 31) + extent;
  const at = (hash >>> 0) % RECENT_SHAPES.length;
  const recent = RECENT_SHAPES[at];
  if (recent !== undefined && isSameShape(recent, shape)) return recent;
  return (RECENT_SHAPES[at] = shape.slice());
}

const RECENT_SHAPES = new Array<readonly number[] | undefined>(256).fill(undefined);

export function isSameShape(a: readonly Dim[], b: readonly Dim[]): boolean {
  if (a === b) return true;
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}

/** Content of more elements than this is not followed. */
export const FOLDED = 2048;

/** A tensor with known content; content that is too large to follow is dropped. */
export function filled(
  dtype: DType | undefined,
  shape: readonly Dim[],
  elements: readonly Scalar[] | undefined,
): Tensor {
  const bare = tensor(dtype, shape);
  return elements === undefined || elements.length > FOLDED ? bare : { ...bare, elements: () => elements };
}

export const isKnown = (dim: Scalar): dim is number => typeof dim === 'number';

/** The shape, if all of it is numbers. */
export function knownShape(shape: readonly Dim[] | undefined): readonly number[] | undefined {
  if (shape === undefined) return undefined;
  for (const dim of shape) if (!isKnown(dim)) return undefined;
  // Every entry was looked at.
  return shape as readonly number[];
}

/** Product of the dimensions. */
export function count(shape: readonly Dim[]): Dim {
  return shape.reduce<Dim>(multiply, 1);
}

/** The largest that the extent can be. */
export const bound = (dim: Dim): number | undefined => (typeof dim === 'number' ? dim : dim.atMost);

export const sameDim = (a: Dim, b: Dim): boolean =>
  typeof a === 'number' || typeof b === 'number' ? a === b : a.symbol === b.symbol;

const SYMBOL_LENGTH = 80;

/** An extent computed from others; equal expressions give equal symbols, long ones are shortened to a hash. */
function derived(expression: string, atMost: number | undefined): UnknownDim {
  if (expression.length <= SYMBOL_LENGTH) return { symbol: expression, atMost };
  let hash = 0x811c9dc5;
  for (let i = 0; i < expression.length; i++) hash = Math.imul(hash ^ expression.charCodeAt(i), 0x01000193);
  return { symbol: `(~${(hash >>> 0).toString(36)}${String(expression.length)})`, atMost };
}

const nameOf = (dim: Dim): string => (typeof dim === 'number' ? String(dim) : dim.symbol);

const both = (a: Dim, b: Dim, f: (x: number, y: number) => number): number | undefined => {
  const x = bound(a);
  const y = bound(b);
  return x === undefined || y === undefined ? undefined : f(x, y);
};

/** Arithmetic on extents, where at least one operand is unknown. Extents are never negative. */
export function symbolic(operator: '+' | '-' | '*' | '/' | 'min' | 'max', a: Dim, b: Dim): Dim {
  const x = typeof a === 'number' ? a : undefined;
  const y = typeof b === 'number' ? b : undefined;
  const expression = `(${nameOf(a)}${operator}${nameOf(b)})`;
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
      if (x === undefined && y === undefined && sameDim(a, b)) return 0;
      return derived(expression, y === undefined ? bound(a) : both(a, b, (p, q) => p - q));
    case '*':
      if (x === 1) return b;
      if (y === 1) return a;
      if (x === 0 || y === 0) return 0;
      return derived(expression, (x ?? 0) < 0 || (y ?? 0) < 0 ? undefined : both(a, b, (p, q) => p * q));
    case '/':
      if (y === 1) return a;
      if (x === undefined && y === undefined && sameDim(a, b)) return 1;
      return y !== undefined && y > 0
        ? derived(
            expression,
            both(a, b, (p, q) => Math.floor(p / q)),
          )
        : derived(expression, bound(a));
    case 'min': {
      if (sameDim(a, b)) return a;
      const p = bound(a);
      const q = bound(b);
      if (y !== undefined && p !== undefined && p <= y) return a;
      if (x !== undefined && q !== undefined && q <= x) return b;
      return derived(expression, p === undefined ? q : q === undefined ? p : Math.min(p, q));
    }
    case 'max':
      if (sameDim(a, b)) return a;
      return derived(expression, both(a, b, Math.max));
  }
}

export const plus = (a: Dim, b: Dim): Dim =>
  typeof a === 'number' && typeof b === 'number' ? a + b : symbolic('+', a, b);

export const minus = (a: Dim, b: Dim): Dim =>
  typeof a === 'number' && typeof b === 'number' ? a - b : symbolic('-', a, b);

export const multiply = (a: Dim, b: Dim): Dim =>
  typeof a === 'number' && typeof b === 'number' ? a * b : symbolic('*', a, b);

export const floorDivide = (a: Dim, b: number): Dim =>
  typeof a === 'number' ? Math.floor(a / b) : symbolic('/', a, b);

/** What is certain of a value that is one or the other (branches of If, items of a sequence). */
export function join(a: Value, b: Value): Value {
  if (a === b) return a;
  if (a.kind === 'tensor' && b.kind === 'tensor') {
    const dtype = a.dtype === b.dtype ? a.dtype : undefined;
    const [p, q] = [a.shape, b.shape];
    if (p === undefined || q?.length !== p.length) return tensor(dtype, undefined);
    return tensor(
      dtype,
      p.map((dim, i) => {
        const other = q[i] ?? dim;
        return sameDim(dim, other)
          ? dim
          : derived(`(${nameOf(dim)}|${nameOf(other)})`, both(dim, other, Math.max));
      }),
    );
  }
  if (a.kind === 'sequence' && b.kind === 'sequence') {
    return { kind: 'sequence', element: join(a.element, b.element), items: undefined };
  }
  if (a.kind === 'optional' || b.kind === 'optional') {
    const present =
      a.kind === 'optional' && b.kind === 'optional' && a.present === b.present ? a.present : undefined;
    return { kind: 'optional', element: join(bare(a), bare(b)), present };
  }
  return UNKNOWN;
}

const bare = (value: Value): Value => (value.kind === 'optional' ? value.element : value);
