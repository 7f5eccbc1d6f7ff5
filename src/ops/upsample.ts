import { integer } from '../values.ts';
import { multiply } from './extent.ts';
import { dim, expectInputs, expectWhole, withShape, type OpSpec, type OpenType } from './spec.ts';

/** Attributes of `upsample`. */
export interface UpsampleAttrs {
  /** how often each row and column is repeated */
  readonly factor: number;
}

/** Nearest-neighbour upsampling of the spatial axes by a whole factor. */
export const upsample: OpSpec<UpsampleAttrs> = {
  summary: 'nearest-neighbour upsampling by a whole factor',
  attrs: { factor: integer },
  infer(inputs, attrs) {
    const bad = expectInputs(inputs, 1, 3) ?? expectWhole('the factor', attrs.factor, 1);
    if (bad) return bad;
    const input = inputs[0] as OpenType;
    const spatial = input.shape.slice(2).map((extent) => multiply(extent, attrs.factor));
    return [withShape(input, [dim(input.shape, 0), dim(input.shape, 1), ...spatial])];
  },
  work: 'none',
  isMap: true,
  memory: 'kernel',
};
