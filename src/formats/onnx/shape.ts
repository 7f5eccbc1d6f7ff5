import type { Node } from './node.ts';
import { formatDims } from './node.ts';
import { bound, broadcast as broadcastTogether, type Extent, isKnown } from '../../ops/extent.ts';
import { type Scalar } from './values.ts';

/** Shape of an elementwise result of operands with these shapes. */
export const broadcast = (node: Node, shapes: readonly (readonly Extent[])[]): readonly Extent[] =>
  broadcastTogether(shapes) ?? node.fail(`cannot broadcast ${shapes.map(formatDims).join(' with ')}`);

/** Steps in the row-major order of a shape, one per axis. */
export function strides(shape: readonly number[]): readonly number[] {
  const result = shape.map(() => 1);
  for (let axis = shape.length - 2; axis >= 0; axis--) {
    result[axis] = (result[axis + 1] ?? 1) * (shape[axis + 1] ?? 1);
  }
  return result;
}

/** Calls `visit` with every index into a shape, in row-major order. */
export function eachIndex(shape: readonly number[], visit: (index: readonly number[]) => void): void {
  if (shape.some((extent) => extent <= 0)) return;
  const index = shape.map(() => 0);
  for (;;) {
    visit(index);
    let axis = shape.length - 1;
    while (axis >= 0 && (index[axis] ?? 0) + 1 >= (shape[axis] ?? 0)) index[axis--] = 0;
    if (axis < 0) return;
    index[axis] = (index[axis] ?? 0) + 1;
  }
}

/** Elements of a result whose element at `index` is the input's element at `from(index)`. */
export function rearranged(
  elements: readonly Scalar[],
  inputShape: readonly number[],
  shape: readonly number[],
  from: (index: readonly number[]) => readonly number[],
): Scalar[] {
  const step = strides(inputShape);
  const result: Scalar[] = [];
  eachIndex(shape, (index) => {
    result.push(elements[from(index).reduce((sum, i, axis) => sum + i * (step[axis] ?? 0), 0)]);
  });
  return result;
}

/** Elements of an operand as an elementwise operator sees them, broadcast to `shape`. */
export function stretched(
  elements: readonly Scalar[],
  inputShape: readonly number[],
  shape: readonly number[],
): readonly Scalar[] {
  if (inputShape.length === shape.length && inputShape.every((extent, axis) => extent === shape[axis])) {
    return elements;
  }
  const offset = shape.length - inputShape.length;
  return rearranged(elements, inputShape, shape, (index) =>
    inputShape.map((extent, axis) => (extent === 1 ? 0 : (index[axis + offset] ?? 0))),
  );
}

/** The number of elements, if it is known and small enough to follow their content. */
export function smallCount(shape: readonly Extent[], limit: number): number | undefined {
  let elements = 1;
  for (const dim of shape) {
    if (!isKnown(dim)) return undefined;
    elements *= dim;
  }
  return elements <= limit ? elements : undefined;
}

export const boundOf = (shape: readonly Extent[]): number | undefined =>
  shape.reduce<number | undefined>((product, dim) => {
    const most = bound(dim);
    return product === undefined || most === undefined ? undefined : product * most;
  }, 1);
