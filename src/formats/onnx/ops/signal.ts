import type { Operator, Operators } from '../operator.ts';
import type { Node } from '../node.ts';
import { bound, type Extent, floorDivide, isKnown, minus, multiply, plus } from '../../../ops/extent.ts';

function transformed(node: Node): {
  readonly axis: number | undefined;
  readonly length: Extent;
  readonly result: readonly Extent[];
} {
  const input = node.shape(0);
  const given = node.opset < 20 ? node.int('axis', 1) : node.has(2) ? node.numbers(2)?.[0] : -2;
  const axis = given === undefined ? undefined : node.axis(given, input.length);
  const inverse = node.int('inverse', 0) === 1;
  const half = node.int('onesided', 0) === 1;
  const extent = (axis === undefined ? undefined : input[axis]) ?? node.unknown(0, 0, undefined);
  const otherwise = half && inverse ? multiply(2, minus(extent, 1)) : extent;
  const length = node.has(1) ? (node.elements(1)?.[0] ?? node.unknown(0, axis ?? 0, undefined)) : otherwise;
  const changes = half || node.has(1);
  const result = input.map((dim, i) => {
    if (i === input.length - 1) return half && inverse ? 1 : 2;
    if (axis === undefined) return changes ? node.unknown(0, i, undefined) : dim;
    if (i !== axis) return dim;
    return half && !inverse ? plus(floorDivide(length, 2), 1) : length;
  });
  return { axis, length, result };
}

const dft: Operator = {
  infer: (node) => [node.like(0, transformed(node).result)],
  lower(emit) {
    const { axis, length } = transformed(emit.node);
    if (axis === undefined)
      return emit.add('opaque', emit.operands(), { op: 'DFT', outputs: [emit.output(0)] });
    const shape = emit.output(0).shape;
    const transforms = shape.reduce(
      (product, extent, i) => (i === 0 || i === axis || i === shape.length - 1 ? product : product * extent),
      1,
    );
    return emit.add('fourier', [emit.operand(0)], {
      length: isKnown(length) ? length : (emit.input(0).shape[axis] ?? 1),
      transforms,
      output: emit.output(0),
    });
  },
};

function frames(node: Node): { readonly length: Extent; readonly frames: Extent } {
  const signal = node.dim(0, 1);
  const step = node.elements(1)?.[0];
  const length = node.has(3) ? node.elements(3)?.[0] : node.has(2) ? node.dim(2, 0) : undefined;
  if (length === undefined || !isKnown(step) || step < 1) {
    return { length: length ?? node.unknown(0, 2, undefined), frames: node.unknown(0, 1, bound(signal)) };
  }
  return { length, frames: plus(floorDivide(minus(signal, length), step), 1) };
}

const stft: Operator = {
  infer(node) {
    const found = frames(node);
    const bins = node.int('onesided', 1) === 1 ? plus(floorDivide(found.length, 2), 1) : found.length;
    return [node.like(0, [node.dim(0, 0), found.frames, bins, 2])];
  },
  lower(emit) {
    const { length } = frames(emit.node);
    const [, count = 1, bins = 1] = emit.output(0).shape;
    return emit.add('fourier', [emit.operand(0)], {
      length: isKnown(length) ? length : bins,
      transforms: count,
      output: emit.output(0),
    });
  },
};

export const SIGNAL: Operators = { DFT: dft, STFT: stft };
