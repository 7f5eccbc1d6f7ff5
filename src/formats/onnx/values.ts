import type { DType } from '../../ops/dtype.ts';
import { type Extent, either, knownShape } from '../../ops/extent.ts';

/** One element of a tensor whose content is followed: a number, an extent, or undefined where unknown. */
export type Scalar = Extent | undefined;

/** A tensor during inference. `shape` undefined: not even the rank is known. */
export interface Tensor {
  readonly kind: 'tensor';
  readonly dtype: DType | undefined;
  readonly shape: readonly Extent[] | undefined;
  /** the content, where it is small and known, in row-major order; read from the file when asked for */
  readonly elements: (() => readonly Scalar[] | undefined) | undefined;
  /** the initialiser or constant whose numbers these are (perhaps cast, dequantised or rearranged) */
  readonly constant: Constant | undefined;
}

/** A tensor of which at least the rank is known. */
export interface RankedTensor extends Tensor {
  readonly shape: readonly Extent[];
}

export const isRanked = (value: Tensor): value is RankedTensor => value.shape !== undefined;

/** Stored numbers: an initialiser or the value of a Constant node. */
export interface Constant {
  readonly name: string;
  readonly dtype: DType;
  readonly shape: readonly number[];
  /** an initialiser, not the value of a Constant node */
  readonly initializer: boolean;
  /** its numbers are in another file, which is never opened */
  readonly external?: boolean;
  /** what it is made of before the first inference; absent: of itself */
  readonly sources?: readonly Constant[] | undefined;
  /** scales and zero points of its numbers, or of the blocks of them: they say what the numbers stand for */
  readonly scales?: readonly Constant[] | undefined;
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

export function tensor(dtype: DType | undefined, shape: readonly Extent[] | undefined): Tensor {
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

export function isSameShape(a: readonly Extent[], b: readonly Extent[]): boolean {
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
  shape: readonly Extent[],
  elements: readonly Scalar[] | undefined,
): Tensor {
  const bare = tensor(dtype, shape);
  return elements === undefined || elements.length > FOLDED ? bare : { ...bare, elements: () => elements };
}

/** What is certain of a value that is one or the other (branches of If, items of a sequence). */
export function join(a: Value, b: Value): Value {
  if (a === b) return a;
  if (a.kind === 'tensor' && b.kind === 'tensor') {
    const dtype = a.dtype === b.dtype ? a.dtype : undefined;
    const [p, q] = [a.shape, b.shape];
    if (p === undefined || q?.length !== p.length) return tensor(dtype, undefined);
    return tensor(
      dtype,
      p.map((dim, i) => either(dim, q[i] ?? dim)),
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
