import { choice, flag, integer } from '../values.ts';
import { dim, expectInputs, expectWhole, withShape, type OpSpec, type TensorType } from './spec.ts';

export interface ReorgAttrs {
  /** edge of the square of positions that becomes channels */
  readonly block: number;
  /** channels become positions instead */
  readonly inverse: boolean;
  /** which of the two orders of channels; the cost is the same */
  readonly order: 'reorg' | 'reorg3d';
}

/** Squares of positions moved into the channels (space to depth), or back. */
export const reorg: OpSpec<ReorgAttrs> = {
  summary: 'squares of positions moved into the channels, or back',
  attrs: { block: integer, inverse: flag, order: choice(['reorg', 'reorg3d']) },
  infer(inputs, { block, inverse }) {
    const bad = expectInputs(inputs, 1, 4) ?? expectWhole('the block', block, 1);
    if (bad) return bad;
    const input = inputs[0] as TensorType;
    const [batch, channels, height, width] = [0, 1, 2, 3].map((axis) => dim(input.shape, axis)) as [
      number,
      number,
      number,
      number,
    ];
    const area = block * block;
    if (inverse) {
      return channels % area === 0
        ? [withShape(input, [batch, channels / area, height * block, width * block])]
        : {
            problem: `${String(channels)} channels make no squares of ${String(block)}x${String(block)} positions`,
            fix: `give the map a multiple of ${String(area)} channels`,
          };
    }
    return height % block === 0 && width % block === 0
      ? [withShape(input, [batch, channels * area, height / block, width / block])]
      : {
          problem: `a map of ${String(height)}x${String(width)} has no whole squares of ${String(block)}x${String(block)} positions`,
          fix: `choose an input size that makes the map a multiple of ${String(block)}`,
        };
  },
  work: 'none',
  memory: 'kernel',
};
