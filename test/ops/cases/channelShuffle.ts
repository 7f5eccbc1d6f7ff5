import { type ChannelShuffleAttrs } from '../../../src/ops/channelShuffle.ts';
import type { OpCase } from '../opCase.ts';

export const cases: readonly OpCase<ChannelShuffleAttrs>[] = [
  {
    name: 'two groups',
    inputs: [[1, 116, 28, 28]],
    attrs: { groups: 2 },
    outputs: [[1, 116, 28, 28]],
    work: {},
    source: 'arXiv 1807.11164: moves, never computes',
  },
  {
    name: 'three groups of features',
    inputs: [[2, 12]],
    attrs: { groups: 3 },
    outputs: [[2, 12]],
    work: {},
    source: 'arXiv 1707.01083',
  },
];
