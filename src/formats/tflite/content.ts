import type { Shape } from '../../ops/spec.ts';
import { elements } from '../../units.ts';
import type { Content } from './value.ts';

/** Shapes are computed with few numbers; more are data. */
export const MOST_VALUES = 256;

/** Distance between neighbours along each axis, in row-major order. */
function strides(shape: Shape): readonly number[] {
  const result = new Array<number>(shape.length).fill(1);
  for (let axis = shape.length - 2; axis >= 0; axis--) {
    result[axis] = (result[axis + 1] as number) * (shape[axis + 1] as number);
  }
  return result;
}

/** The content of this shape whose entry at each index is what `at` says; undefined where it is too much to follow. */
export function filled(shape: Shape, at: (index: readonly number[]) => number): Content | undefined {
  const count = elements(shape);
  if (!(count <= MOST_VALUES)) return undefined;
  const steps = strides(shape);
  const values = Array.from({ length: count }, (_, flat) =>
    at(shape.map((extent, axis) => Math.floor(flat / (steps[axis] as number)) % extent)),
  );
  return { shape, values };
}

/** The entry at an index, which counts from the last axes: what is missing or of extent 1 is repeated. */
export function entry({ shape, values }: Content, index: readonly number[]): number {
  const steps = strides(shape);
  let flat = 0;
  for (let axis = 0; axis < shape.length; axis++) {
    const at = index[axis + index.length - shape.length] ?? 0;
    flat += (shape[axis] === 1 ? 0 : at) * (steps[axis] as number);
  }
  return values[flat] ?? Number.NaN;
}

/** Shape of operands broadcast to each other; undefined where they do not fit. */
export function broadcastShape(shapes: readonly Shape[]): Shape | undefined {
  const rank = Math.max(0, ...shapes.map(({ length }) => length));
  const result: number[] = [];
  for (let axis = 0; axis < rank; axis++) {
    let extent = 1;
    for (const shape of shapes) {
      const other = shape[axis - rank + shape.length] ?? 1;
      if (other === 1) continue;
      if (extent !== 1 && extent !== other) return undefined;
      extent = other;
    }
    result.push(extent);
  }
  return result;
}

/** A function of the entries of operands that are broadcast to each other. */
export function combined(
  operands: readonly Content[],
  fn: (...entries: number[]) => number,
): Content | undefined {
  const shape = broadcastShape(operands.map((operand) => operand.shape));
  return shape && filled(shape, (index) => fn(...operands.map((operand) => entry(operand, index))));
}
