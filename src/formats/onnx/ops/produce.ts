import type { DType } from '../../../ops/dtype.ts';
import { dtypeOf } from '../dtype.ts';
import type { Node } from '../node.ts';
import type { Operator, Operators } from '../operator.ts';
import { smallCount } from '../shape.ts';
import { type Extent, isKnown, knownShape, minus } from '../../../ops/extent.ts';
import { filled, FOLDED, tensor } from '../values.ts';
import { extents, moved } from './move.ts';

const constant: Operator = {
  infer(node) {
    const stored = node.stored('value');
    if (stored !== undefined) return [stored];
    const float = node.float('value_float');
    if (float !== undefined) return [filled('float32', [], [float])];
    const int = node.int('value_int');
    if (int !== undefined) return [filled('int64', [], [int])];
    const floats = node.floats('value_floats');
    if (floats !== undefined) return [filled('float32', [floats.length], floats)];
    const ints = node.ints('value_ints');
    if (ints !== undefined) return [filled('int64', [ints.length], ints)];
    if (node.hasAttribute('value_string')) return [tensor('string', [])];
    const texts = node.texts('value_strings');
    if (texts !== undefined) return [tensor('string', [texts.length])];
    const sparse = node.raw('sparse_value')?.sparseTensor;
    if (sparse !== undefined) return [tensor(dtypeOf(sparse.values?.dataType), sparse.dims)];
    return node.fail('has no value');
  },
  lower: moved,
};

const constantOfShape: Operator = {
  infer(node) {
    const value = node.stored('value');
    const dtype = value?.dtype ?? 'float32';
    const shape = extents(node, 0);
    if (shape === undefined) return [tensor(dtype, undefined)];
    if (shape.some((dim) => isKnown(dim) && dim < 0)) node.fail('makes a negative dimension');
    const one = value === undefined ? 0 : value.elements?.()?.[0];
    const count = smallCount(shape, FOLDED);
    return [filled(dtype, shape, count === undefined ? undefined : Array.from({ length: count }, () => one))];
  },
  lower: moved,
};

const range: Operator = {
  infer(node) {
    const dtype = node.dtype(0);
    const [start, limit] = [node.elements(0)?.[0], node.elements(1)?.[0]];
    const delta = node.has(2) ? node.elements(2)?.[0] : 1;
    if (isKnown(start) && isKnown(limit) && isKnown(delta)) {
      if (delta === 0) node.fail('counts in steps of 0');
      const length = Math.max(0, Math.ceil((limit - start) / delta));
      const elements = length > FOLDED ? undefined : Array.from({ length }, (_, i) => start + i * delta);
      return [filled(dtype, [length], elements)];
    }
    if (limit !== undefined && isKnown(start) && delta === 1) return [tensor(dtype, [minus(limit, start)])];
    return [tensor(dtype, [node.unknown(0, 0, undefined)])];
  },
  lower: moved,
};

const eyeLike: Operator = {
  infer(node) {
    const shape = node.shapeOf(0, 2);
    const dtype = dtypeAttribute(node, 'dtype') ?? node.dtype(0);
    const [rows, columns] = knownShape(shape) ?? [];
    const k = node.int('k', 0);
    const elements =
      rows === undefined || columns === undefined || rows * columns > FOLDED
        ? undefined
        : Array.from({ length: rows * columns }, (_, i) =>
            Number((i % columns) - Math.floor(i / columns) === k),
          );
    return [filled(dtype, shape, elements)];
  },
  lower: moved,
};

export function dtypeAttribute(node: Node, name: string): DType | undefined {
  const number = node.int(name);
  if (number === undefined) return undefined;
  return dtypeOf(number) ?? node.fail(`names data type ${String(number)}, which does not exist`);
}

const random = (
  shape: (node: Node) => readonly Extent[],
  otherwise: (node: Node) => DType | undefined,
): Operator => ({
  infer: (node) => [tensor(dtypeAttribute(node, 'dtype') ?? otherwise(node), shape(node))],
  lower: moved,
});

const stated = (node: Node): readonly Extent[] => node.ints('shape') ?? node.fail('has no attribute "shape"');
const likeInput = (node: Node): readonly Extent[] => node.shape(0);

const multinomial: Operator = {
  infer: (node) => [
    tensor(dtypeAttribute(node, 'dtype') ?? 'int32', [node.dim(0, 0), node.int('sample_size', 1)]),
  ],
  lower: moved,
};

/** Windows of signal processing: one cosine or more per element, made once. */
const window: Operator = {
  infer(node) {
    const length = node.elements(0)?.[0] ?? node.unknown(0, 0, undefined);
    return [tensor(dtypeAttribute(node, 'output_datatype') ?? 'float32', [length])];
  },
  lower: moved,
};

const melWeightMatrix: Operator = {
  infer(node) {
    const [bins, length] = [node.elements(0)?.[0], node.elements(1)?.[0]];
    const rows = isKnown(length) ? Math.floor(length / 2) + 1 : node.unknown(0, 0, undefined);
    return [
      tensor(dtypeAttribute(node, 'output_datatype') ?? 'float32', [
        rows,
        bins ?? node.unknown(0, 1, undefined),
      ]),
    ];
  },
  lower: moved,
};

export const PRODUCE: Operators = {
  Bernoulli: random(likeInput, (node) => node.dtype(0)),
  BlackmanWindow: window,
  Constant: constant,
  ConstantOfShape: constantOfShape,
  EyeLike: eyeLike,
  HammingWindow: window,
  HannWindow: window,
  MelWeightMatrix: melWeightMatrix,
  Multinomial: multinomial,
  RandomNormal: random(stated, () => 'float32'),
  RandomNormalLike: random(likeInput, (node) => node.dtype(0)),
  RandomUniform: random(stated, () => 'float32'),
  RandomUniformLike: random(likeInput, (node) => node.dtype(0)),
  Range: range,
};
