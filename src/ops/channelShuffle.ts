import { integer } from '../values.ts';
import { divisible, nameOf } from './extent.ts';
import { dim, expectInputs, expectWhole, type OpSpec, type OpenType } from './spec.ts';

/** Attributes of `channelShuffle`. */
export interface ChannelShuffleAttrs {
  /** groups of neighbouring channels that take turns in the result */
  readonly groups: number;
}

/** Channels reordered so that each group takes turns with the others: 1, 3, 2, 4 of two groups of two. */
export const channelShuffle: OpSpec<ChannelShuffleAttrs> = {
  summary: 'channels of several groups taking turns',
  attrs: { groups: integer },
  infer(inputs, { groups }) {
    const bad = expectInputs(inputs, 1, 2) ?? expectWhole('the number of groups', groups, 1);
    if (bad) return bad;
    const input = inputs[0] as OpenType;
    const channels = dim(input.shape, 1);
    return divisible(channels, groups)
      ? [input]
      : {
          problem: `${String(groups)} groups do not divide ${nameOf(channels)} channels`,
          fix: 'choose a number of groups that divides them',
        };
  },
  work: 'none',
  memory: 'kernel',
};
