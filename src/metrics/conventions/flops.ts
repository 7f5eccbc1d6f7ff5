import type { OpKind } from '../../ops/registry.ts';
import type { Primitive } from '../../ops/spec.ts';

/** FLOPs per primitive, and per element that the operator makes, for rules that look at sizes only. */
type Weights = Readonly<Partial<Record<Primitive | 'outputElement', number>>>;

/** How work becomes FLOPs: weights per kind of operator, and nothing for what is not listed. */
export interface FlopConvention {
  readonly id: string;
  readonly title: string;
  readonly source: string;
  readonly kinds: Readonly<Partial<Record<OpKind, Weights>>>;
  /** weights for the kinds not listed; absent: they count nothing */
  readonly others?: Weights;
}

const MAC_IS_TWO: Weights = { mac: 2, binaryMac: 2 };

/** xnor convolutions count a 32nd: 32 one-bit products are one instruction. */
const DARKNET_CONV: Weights = { mac: 2, binaryMac: 1 / 16 };

const DARKNET_2019: FlopConvention = {
  id: 'darknet-2019',
  title: 'conv 2 per MAC, max pooling 1 per tap, nothing else (the paper)',
  source: 'AlexeyAB/darknet of November 2019; agrees with the published cfgs and arXiv 1911.11929',
  kinds: { conv: DARKNET_CONV, maxPool: { compare: 1 }, maxout: { compare: 1 } },
};

const DARKNET: FlopConvention = {
  id: 'darknet',
  title: 'conv 2 per MAC, pooling 1 per tap, shortcut 1 per added element (2 if weighted), nothing else',
  source: 'AlexeyAB/darknet since January 2020 (shortcut: b267e344, local_avgpool: 005714a1)',
  kinds: {
    ...DARKNET_2019.kinds,
    avgPool: { add: 1 },
    add: { add: 1 },
    weightedAdd: { add: 2 },
    // 9 per element of a conv_lstm, 12 with peepholes: 3 or 4 for each of three gates.
    gate: { add: 1, divide: 1 },
  },
};

const STANDARD: FlopConvention = {
  id: 'standard',
  title: '2 per MAC of conv, linear and matmul, nothing else',
  source: 'twice what torchvision publishes as GFLOPS, which are MACs',
  kinds: {},
  others: MAC_IS_TWO,
};

const MAC_IS_ONE: Weights = { mac: 1, binaryMac: 1 };

const FVCORE: FlopConvention = {
  id: 'fvcore',
  title:
    '1 per MAC, batch normalisation 2 per element, average pooling to 1x1 1 per input, upsampling 1 per output',
  source: 'facebookresearch/fvcore 3378afe, flop_count.py and jit_handles.py, in evaluation mode',
  kinds: {
    conv: MAC_IS_ONE,
    linear: MAC_IS_ONE,
    batchNorm: { mul: 1, add: 1 },
    globalPool: { add: 1 },
    upsample: { outputElement: 1 },
  },
};

const THOP: FlopConvention = {
  id: 'thop',
  title: '1 per MAC, batch normalisation 4 per element, average pooling, upsampling 1 per output',
  source:
    'Lyken17/pytorch-OpCounter 43c064a, basic_hooks.py and calc_func.py; what are modules there, not functions',
  kinds: {
    conv: MAC_IS_ONE,
    linear: MAC_IS_ONE,
    batchNorm: { mul: 2, add: 2 },
    avgPool: { divide: 1 },
    globalPool: { add: 1, divide: 1 },
    upsample: { outputElement: 1 },
  },
};

const FULL: FlopConvention = {
  id: 'full',
  title: 'every primitive 1, a MAC 2',
  source: 'the graph itself',
  kinds: {},
  others: { mac: 2, binaryMac: 2, add: 1, mul: 1, compare: 1, divide: 1, transcendental: 1 },
};

export const FLOP_CONVENTIONS: readonly FlopConvention[] = [
  DARKNET,
  DARKNET_2019,
  STANDARD,
  FULL,
  FVCORE,
  THOP,
];
