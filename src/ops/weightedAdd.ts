import { add } from './add.ts';
import { elements } from '../units.ts';
import { choice } from '../values.ts';
import { dim, withShape, type OpCase, type OpSpec, type TensorType } from './spec.ts';

export interface WeightedAddAttrs {
  /** one learned weight per map, or one per map and channel */
  readonly per: 'map' | 'channel';
  /** what makes the weights sum to one */
  readonly normalize: 'relu' | 'softmax';
}

/** Sum of maps, each times a learned weight; operands meet as in `add` with align `common`. */
export const weightedAdd: OpSpec<WeightedAddAttrs> = {
  summary: 'sum of feature maps with a learned weight each (as in BiFPN)',
  attrs: { per: choice(['map', 'channel']), normalize: choice(['relu', 'softmax']) },
  infer: (inputs) => add.infer(inputs, { align: 'common' }),
  params(inputs, { per }) {
    const first = inputs[0] as TensorType;
    const shape = per === 'map' ? [inputs.length] : [inputs.length, dim(first.shape, 1)];
    return [{ role: 'scale', type: withShape(first, shape) }];
  },
  work(inputs) {
    const count = elements((inputs[0] as TensorType).shape);
    return { mul: count * inputs.length, add: count * (inputs.length - 1) };
  },
  memory: 'stream',
};

export const cases: readonly OpCase<WeightedAddAttrs>[] = [
  {
    name: 'three maps, one weight each',
    inputs: [
      [1, 64, 8, 8],
      [1, 64, 8, 8],
      [1, 64, 8, 8],
    ],
    attrs: { per: 'map', normalize: 'relu' },
    outputs: [[1, 64, 8, 8]],
    params: [[3]],
    work: { mul: 3 * 4096, add: 2 * 4096 },
    source: 'arXiv 1911.09070, section 3.3 (fast normalised fusion)',
  },
  {
    name: 'two maps, one weight per channel',
    inputs: [
      [1, 6, 4, 4],
      [1, 6, 4, 4],
    ],
    attrs: { per: 'channel', normalize: 'softmax' },
    outputs: [[1, 6, 4, 4]],
    params: [[2, 6]],
    work: { mul: 192, add: 96 },
    source: 'by hand',
  },
];
