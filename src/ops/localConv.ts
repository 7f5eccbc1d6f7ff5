import { elements } from '../units.ts';
import { integer } from '../values.ts';
import { type Extent, knownShape } from './extent.ts';
import {
  dim,
  expectInputs,
  expectWhole,
  isProblem,
  withShape,
  type OpSpec,
  type Problem,
  type TensorType,
  type OpenType,
} from './spec.ts';
import { WINDOW, slide, taps, type SlidingWindow } from './window.ts';

/** Attributes of `localConv`. */
export interface LocalConvAttrs extends SlidingWindow {
  /** channels of the result */
  readonly outChannels: number;
}

function outputOf(inputs: readonly OpenType[], attrs: LocalConvAttrs): readonly Extent[] | Problem {
  const { shape } = inputs[0] as OpenType;
  const spatial = slide(shape, attrs);
  return isProblem(spatial) ? spatial : [dim(shape, 0), attrs.outChannels, ...spatial];
}

/** Locally connected layer: a convolution with weights and a bias of its own at every position. */
export const localConv: OpSpec<LocalConvAttrs> = {
  summary: 'locally connected layer: a convolution whose weights differ from position to position',
  attrs: { ...WINDOW, outChannels: integer },
  infer(inputs, attrs) {
    const bad =
      expectInputs(inputs, 1, 3) ?? expectWhole('the number of output channels', attrs.outChannels, 1);
    if (bad) return bad;
    const shape = outputOf(inputs, attrs);
    return isProblem(shape) ? shape : [withShape(inputs[0] as OpenType, shape)];
  },
  params(inputs, attrs) {
    const input = inputs[0] as TensorType;
    const shape = outputOf(inputs, attrs);
    const spatial = isProblem(shape) ? undefined : knownShape(shape)?.slice(2);
    if (spatial === undefined) return [];
    const filter = [attrs.outChannels, dim(input.shape, 1), ...attrs.kernel];
    return [
      { role: 'weight', type: withShape(input, [...spatial, ...filter]) },
      { role: 'bias', type: withShape(input, [attrs.outChannels, ...spatial]) },
    ];
  },
  work(inputs, outputs, attrs) {
    const count = elements((outputs[0] as TensorType).shape);
    return { mac: count * taps(attrs) * dim((inputs[0] as TensorType).shape, 1), add: count };
  },
  isMap: true,
  memory: 'kernel',
};
