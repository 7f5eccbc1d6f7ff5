import type { TensorId } from '../../../graph/graph.ts';
import { elements } from '../../../units.ts';
import type { Operation, Results } from '../operation.ts';
import type { Rules } from '../rule.ts';
import { OPTIONS } from '../schema.ts';

/** Weights [out, in]; all dimensions of the data but the last join the batch, which is what is left of it. */
function fullyConnected(op: Operation): Results {
  const { fused, keepDims } = op.options(OPTIONS.FullyConnected);
  const [outFeatures = 0, features = 0] = op.shapeOf(1, 2);
  const shape = op.shape(0);
  const rows = elements(shape) / features;
  if (!Number.isSafeInteger(rows) || (keepDims && shape.at(-1) !== features)) {
    op.fail(`has weights for ${String(features)} features, and data of ${shape.join('x')}`);
  }
  const flat = keepDims || shape.length === 2;
  const data = flat && shape.at(-1) === features ? op.id(0) : op.reshape(op.id(0), [rows, features]);
  const made = matrix(op, data, { outFeatures, features });
  const second = op.outputs[1];
  // A second output is the weights in another order, for the kernel itself.
  return [op.fused(made, fused), ...(second === undefined ? [] : op.moved([[], second.shape], [1]).slice(1))];
}

function matrix(
  op: Operation,
  data: TensorId,
  { outFeatures, features }: { readonly outFeatures: number; readonly features: number },
): TensorId {
  const dtype = op.resultType();
  if (!op.isConstant(1)) {
    const product = op.one('matMul', [data, op.id(1)], { transposeA: false, transposeB: true, dtype });
    return op.has(2)
      ? op.one('elementwise', [product, op.learned(2, 'bias')], { fn: 'add', dtype })
      : product;
  }
  const bias = op.has(2);
  const blocks = op.blocks(1);
  const attrs = { outFeatures, bias, flatten: false, ...op.dtypeUnless(data), ...blocks.attrs };
  return op.one('linear', [data], attrs, [
    op.param(1, 'weight', [outFeatures, features]),
    ...(bias ? [op.param(2, 'bias', [outFeatures])] : []),
    ...blocks.params,
  ]);
}

function batchMatMul(op: Operation): Results {
  const { adjointX, adjointY } = op.options(OPTIONS.BatchMatMul);
  const attrs = { transposeA: adjointX, transposeB: adjointY, dtype: op.resultType() };
  return [op.one('matMul', [op.learned(0, 'weight'), op.learned(1, 'weight')], attrs)];
}

export const LINEAR: Rules = {
  FULLY_CONNECTED: { lower: fullyConnected },
  BATCH_MATMUL: { lower: batchMatMul },
};
