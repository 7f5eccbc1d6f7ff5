import { choice, flag, integer } from '../values.ts';
import { divisible, floorDivide, multiply, nameOf, type Extent } from './extent.ts';
import { expectInputs, expectWhole, formatShape, withShape, type OpSpec, type OpenType } from './spec.ts';

/** Attributes of `reorg`. */
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
  infer(inputs, { block, inverse, order }) {
    const bad = expectInputs(inputs, 1, 4) ?? expectWhole('the block', block, 1);
    if (bad) return bad;
    const input = inputs[0] as OpenType;
    const [batch = 1, channels = 1, height = 1, width = 1] = input.shape;
    const area = block * block;
    if (inverse) {
      return divisible(channels, area)
        ? [
            withShape(input, [
              batch,
              floorDivide(channels, area),
              multiply(height, block),
              multiply(width, block),
            ]),
          ]
        : {
            problem: `${nameOf(channels)} channels make no squares of ${String(block)}x${String(block)} positions`,
            fix: `give the map a multiple of ${String(area)} channels`,
          };
    }
    // Darknet passes over the last rows and columns of an odd map; SpaceToDepth of others refuses it.
    const whole = (extent: Extent): boolean =>
      divisible(extent, block) || (order === 'reorg' && (typeof extent !== 'number' || extent >= block));
    return whole(height) && whole(width)
      ? [
          withShape(input, [
            batch,
            multiply(channels, area),
            floorDivide(height, block),
            floorDivide(width, block),
          ]),
        ]
      : {
          problem: `a map of ${formatShape([height, width])} has no whole squares of ${String(block)}x${String(block)} positions`,
          fix: `choose an input size that makes the map a multiple of ${String(block)}`,
        };
  },
  work: 'none',
  isMap: true,
  memory: 'kernel',
};
