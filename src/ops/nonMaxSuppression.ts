import { list } from '../values.ts';
import { TENSOR_TYPE, expectInputs, type OpSpec, type TensorType } from './spec.ts';

/** Attributes of `nonMaxSuppression`. */
export interface NonMaxSuppressionAttrs {
  /** types of what it gives, in order */
  readonly outputs: readonly TensorType[];
}

/**
 * Boxes without a better one on top of them. Counted as the worst case, where no box suppresses another:
 * every box of every class is ordered by score and meets every better one.
 */
export const nonMaxSuppression: OpSpec<NonMaxSuppressionAttrs> = {
  summary: 'non-maximum suppression of boxes (worst case)',
  attrs: { outputs: list(TENSOR_TYPE) },
  infer: (inputs, attrs) => expectInputs(inputs, 2, 3) ?? attrs.outputs,
  work(inputs) {
    const [, scores] = inputs as [TensorType, TensorType];
    const [batch = 1, classes = 1, boxes = 1] = scores.shape;
    const rows = batch * classes;
    const pairs = (rows * boxes * (boxes - 1)) / 2;
    // Intersection over union: 4 comparisons of corners and 2 with 0, 2 differences and a product, the two areas
    // summed less the intersection, a quotient and its comparison. Areas: 2 differences and a product per box.
    return {
      compare: rows * boxes * Math.ceil(Math.log2(Math.max(1, boxes))) + 7 * pairs,
      add: 2 * rows * boxes + 4 * pairs,
      mul: rows * boxes + pairs,
      divide: pairs,
    };
  },
  memory: 'kernel',
};
