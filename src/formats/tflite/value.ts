import type { TensorId } from '../../graph/graph.ts';
import type { DType } from '../../ops/dtype.ts';
import type { Shape } from '../../ops/spec.ts';

/** Small whole numbers that a network computes with: shapes, axes, indices. */
export interface Content {
  readonly shape: Shape;
  readonly values: readonly number[];
}

/** Where the numbers of a constant are stored, and as what. */
export interface Storage {
  readonly name: string;
  readonly dtype: DType;
  /** the numbers, where they are whole and few */
  readonly content: () => readonly number[] | undefined;
  /** scales and zero points of numbers that are quantised in blocks */
  readonly blocks?: () => Blocks | undefined;
}

/** What numbers in blocks are turned into real ones with. */
export interface Blocks {
  readonly scales: BlockNumbers;
  readonly zeroPoints?: BlockNumbers;
}

/** A stored tensor with a number for each block. */
export interface BlockNumbers {
  readonly name: string;
  readonly shape: Shape;
  readonly dtype: DType | undefined;
}

/** A tensor on its way into our graph. Shapes and axes are those of the file: maps have their channels last. */
export interface Value {
  readonly shape: Shape;
  readonly dtype: DType | undefined;
  /** set: no input changes it, and the file stores it (perhaps in another type or order) */
  readonly storage?: Storage;
  /** set: a shape operand that was computed while reading */
  readonly content?: readonly number[];
  /** extents depend on the data, and no bound is known: the shape is what the file assumes */
  readonly uncertain?: true;
  /** the tensor of our graph with the shape of the file, and with the channels second; made where they are needed */
  stored: TensorId | undefined;
  channelsFirst: TensorId | undefined;
  /** a constant's tensors, by role and shape */
  readonly constants: Map<string, TensorId>;
}

/** Order of the axes that puts the channels second, and the one that puts them last again. */
export const toFirst = (rank: number): readonly number[] => [
  0,
  rank - 1,
  ...Array.from({ length: rank - 2 }, (_, axis) => axis + 1),
];
export const toLast = (rank: number): readonly number[] => [
  0,
  ...Array.from({ length: rank - 2 }, (_, axis) => axis + 2),
  1,
];

/** Axis of a map with the channels second, from the same axis with the channels last. */
export const axisFirst = (axis: number, rank: number): number =>
  axis === 0 ? 0 : axis === rank - 1 ? 1 : axis + 1;

export const channelsSecond = (shape: Shape): Shape =>
  toFirst(shape.length).map((axis) => shape[axis] as number);
