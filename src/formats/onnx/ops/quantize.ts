import type { DType } from '../../../ops/dtype.ts';
import type { Lowering } from '../emit.ts';
import type { Node } from '../node.ts';
import type { Operator, Operators } from '../operator.ts';
import { type Constant, tensor } from '../values.ts';
import { dtypeAttribute } from './produce.ts';

/** Quantised weights stay the stored numbers that they are. */
const scaled =
  (fn: 'quantize' | 'dequantize'): Lowering =>
  (emit) =>
    emit.add('elementwise', [emit.operand(0)], { fn, dtype: emit.output(0).dtype });

function quantizedType(node: Node): DType | undefined {
  return (node.has(2) ? node.dtype(2) : undefined) ?? dtypeAttribute(node, 'output_dtype') ?? 'uint8';
}

const linear = (fn: 'quantize' | 'dequantize', dtype: (node: Node) => DType | undefined): Operator => ({
  infer(node) {
    const type = dtype(node);
    const { constant } = node.tensor(0);
    const stored = constant && withScales(node, constant, fn === 'quantize' ? type : undefined);
    return [{ ...tensor(type, node.shape(0)), constant: stored }];
  },
  lower: scaled(fn),
});

/** Stored numbers with the scales and zero points that the node reads them by; quantised ones are folded so. */
function withScales(node: Node, numbers: Constant, quantized: DType | undefined): Constant {
  const { name, dtype, shape, initializer, sources = [numbers], scales = [] } = numbers;
  const own = [1, 2].flatMap((index) => {
    const value = node.inputs[index];
    return value?.kind === 'tensor' && value.constant !== undefined ? [value.constant] : [];
  });
  const all = [...scales, ...own.filter((scale) => !scales.includes(scale))];
  return { name, dtype: quantized ?? dtype, shape, initializer, sources, scales: all };
}

const dynamic: Operator = {
  infer: (node) => [tensor('uint8', node.shape(0)), tensor('float32', []), tensor('uint8', [])],
  lower(emit) {
    const range = (['max', 'min'] as const).flatMap((fn) =>
      emit.add('reduce', [emit.operand(0)], {
        fn,
        axes: emit.input(0).shape.map((_, axis) => axis),
        keepDims: false,
        dtype: 'float32',
      }),
    );
    const zero = emit.outputs[2];
    return [
      ...emit.add('elementwise', [emit.operand(0), ...range], { fn: 'quantize', dtype: 'uint8' }),
      ...range.slice(0, 1),
      ...(zero === undefined
        ? []
        : emit.add('elementwise', range.slice(1), { fn: 'quantize', dtype: 'uint8' })),
    ];
  },
};

export const QUANTIZE: Operators = {
  DequantizeLinear: linear('dequantize', (node) => dtypeAttribute(node, 'output_dtype') ?? node.dtype(1)),
  DynamicQuantizeLinear: dynamic,
  QuantizeLinear: linear('quantize', quantizedType),
};
