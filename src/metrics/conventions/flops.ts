import type { ActivationFunction } from '../../ops/activation.ts';
import type { NormalizeFunction } from '../../ops/normalize.ts';
import type { OpKind } from '../../ops/registry.ts';
import type { Primitive } from '../../ops/spec.ts';

/** What rules that look at sizes only count of an operator. */
export type FlopSize =
  /** elements of its operands */
  | 'inputElement'
  /** elements of its results */
  | 'outputElement'
  /** elements of its results, once for each operand */
  | 'combinedElement'
  /** elements that a normalisation multiplies by a learned vector */
  | 'scaledElement'
  /** elements of its weights */
  | 'weight'
  /** MACs of a convolution if it had no groups */
  | 'ungroupedMac'
  /** elements of the network's inputs */
  | 'imageElement';

/** FLOPs per primitive, and per size. */
export type FlopWeights = Readonly<Partial<Record<Primitive | FlopSize, number>>>;

/** How work becomes FLOPs: weights per kind of operator, and nothing for what is not listed. */
export interface FlopConvention {
  /** what `ProfileOptions.flops` names */
  readonly id: string;
  /** the rule, in a line */
  readonly title: string;
  /** tool, with its commit, or publication that counts so */
  readonly source: string;
  /** FLOPs per primitive, by kind of operator */
  readonly kinds: Readonly<Partial<Record<OpKind, FlopWeights>>>;
  /** weights for the kinds not listed; absent: they count nothing */
  readonly others?: FlopWeights;
  /** weights of single activation functions, instead of those of the kind */
  readonly activations?: Readonly<Partial<Record<ActivationFunction, FlopWeights>>>;
  /** weights of single normalisations, instead of those of the kind */
  readonly normalizations?: Readonly<Partial<Record<NormalizeFunction, FlopWeights>>>;
  /** kinds that the tool counts by a rule that weights cannot state: they count nothing here */
  readonly unstated?: readonly OpKind[];
}

const MAC_IS_TWO: FlopWeights = { mac: 2, binaryMac: 2 };

/** xnor convolutions count a 32nd: 32 one-bit products are one instruction. */
const DARKNET_CONV: FlopWeights = { mac: 2, binaryMac: 1 / 16 };

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

const MAC_IS_ONE: FlopWeights = { mac: 1, binaryMac: 1 };

/** Five for each element, four where nothing is learned. */
const FVCORE_NORM: FlopWeights = { inputElement: 4, scaledElement: 1 };

const FVCORE: FlopConvention = {
  id: 'fvcore',
  title:
    '1 per MAC, batch normalisation 2 and layer, group, instance normalisation 5 (4 if not learned) per element, average pooling to 1x1 1 per input, upsampling 1 per output',
  source: 'facebookresearch/fvcore 3378afe, flop_count.py and jit_handles.py, in evaluation mode',
  kinds: {
    conv: MAC_IS_ONE,
    convTranspose: MAC_IS_ONE,
    linear: MAC_IS_ONE,
    matMul: MAC_IS_ONE,
    batchNorm: { mul: 1, add: 1 },
    globalPool: { add: 1 },
    upsample: { outputElement: 1 },
  },
  normalizations: { layer: FVCORE_NORM, group: FVCORE_NORM, instance: FVCORE_NORM },
  unstated: ['attention', 'einsum', 'resize', 'sample'],
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
  activations: { prelu: { outputElement: 1 } },
  unstated: ['convTranspose', 'normalize', 'recurrent', 'resize', 'softmax'],
};

const MAC_AND_BIAS: FlopWeights = { ...MAC_IS_ONE, add: 1 };

const PER_ELEMENT: FlopWeights = { outputElement: 1 };
const TWICE_PER_ELEMENT: FlopWeights = { outputElement: 2 };
const TWICE_PER_INPUT: FlopWeights = { inputElement: 2 };

const PTFLOPS_NORM: FlopWeights = { outputElement: 1, scaledElement: 1 };

/** Modules whose function is counted as well (ReLU, pooling, upsampling) count twice. */
const PTFLOPS: FlopConvention = {
  id: 'ptflops',
  title:
    '1 per MAC and bias, batch normalisation 2 (layer normalisation 1), ReLU 2 (ReLU6, leaky 1) per element, pooling 2 per input, upsampling 2 per output',
  source: 'sovrasov/flops-counter.pytorch d612c75, pytorch_ops.py, backend pytorch with functions counted',
  kinds: {
    conv: MAC_AND_BIAS,
    convTranspose: MAC_AND_BIAS,
    linear: MAC_AND_BIAS,
    batchNorm: { mul: 1, add: 1 },
    maxPool: TWICE_PER_INPUT,
    avgPool: TWICE_PER_INPUT,
    globalPool: TWICE_PER_INPUT,
    softmax: PER_ELEMENT,
    upsample: TWICE_PER_ELEMENT,
  },
  activations: {
    relu: TWICE_PER_ELEMENT,
    prelu: TWICE_PER_ELEMENT,
    elu: TWICE_PER_ELEMENT,
    gelu: TWICE_PER_ELEMENT,
    relu6: PER_ELEMENT,
    leaky: PER_ELEMENT,
    swish: PER_ELEMENT,
  },
  normalizations: { layer: PER_ELEMENT, group: PTFLOPS_NORM, instance: PTFLOPS_NORM },
  unstated: ['attention', 'deformConv', 'matMul', 'recurrent', 'resize'],
};

/** What onnx-tool takes a division, an exponential and so on to cost. */
const [DIV, EXP, LOG, TANH] = [4, 32, 43, 2 * (32 + 2 + 4)];

const ONNX_TOOL: FlopConvention = {
  id: 'onnx-tool',
  title:
    '1 per MAC, bias, sum, product, comparison; batch normalisation 31, sigmoid 32, tanh 76, softmax 36 per element',
  source:
    'ThanatosShinji/onnx-tool 00f5f0a, node.py, the graph as it is (exporters fold batch normalisation)',
  kinds: {
    conv: MAC_AND_BIAS,
    linear: MAC_AND_BIAS,
    matMul: MAC_IS_ONE,
    batchNorm: { outputElement: 31 },
    add: { add: 1 },
    mul: { mul: 1 },
    maxPool: { compare: 1 },
    avgPool: { add: 1 },
    globalPool: { add: 1, divide: DIV },
    softmax: { outputElement: EXP + DIV },
  },
  activations: {
    relu: { compare: 1 },
    relu6: { compare: 1 },
    leaky: { compare: 1, mul: 1 },
    prelu: { compare: 1, mul: 1 },
    logistic: { outputElement: EXP },
    swish: { outputElement: EXP + 1 },
    tanh: { outputElement: TANH },
    mish: { outputElement: EXP + 1 + LOG + TANH + 1 },
    elu: { outputElement: EXP + 3 },
    hardSigmoid: { outputElement: 4 },
    hardSwish: { outputElement: 5 },
  },
  unstated: ['convTranspose', 'elementwise', 'normalize', 'recurrent', 'reduce', 'resize'],
};

const THREE_PER_ELEMENT: FlopWeights = { outputElement: 3 };
/** A detection layer takes its map and the image as its inputs, and counts 60 for each element of both. */
const OPENCV_DETECTION: FlopWeights = { inputElement: 60, imageElement: 60 };

const OPENCV: FlopConvention = {
  id: 'opencv',
  title:
    'conv 2 per MAC as if it had no groups and 1 per output, linear 3 per weight, max pooling 1 per tap, batch normalisation and sigmoid 3, ReLU 1, softmax 4 per element, detection 60 per element of map and image',
  source: 'opencv/opencv 4.6.0, modules/dnn/src/layers (getFLOPS), Net::getFLOPS run on Darknet files',
  kinds: {
    conv: { ungroupedMac: 2, outputElement: 1 },
    linear: { weight: 3 },
    maxPool: { compare: 1 },
    globalPool: { outputElement: 2 },
    softmax: { outputElement: 4 },
    batchNorm: THREE_PER_ELEMENT,
    add: { combinedElement: 1 },
    mul: { combinedElement: 1 },
    reorg: { outputElement: 21 },
    yolo: OPENCV_DETECTION,
    region: OPENCV_DETECTION,
  },
  activations: {
    relu: { outputElement: 1 },
    leaky: { outputElement: 1 },
    logistic: THREE_PER_ELEMENT,
    tanh: THREE_PER_ELEMENT,
    mish: THREE_PER_ELEMENT,
    swish: THREE_PER_ELEMENT,
  },
  unstated: ['avgPool', 'convTranspose', 'maxout', 'normalize', 'recurrent', 'weightedAdd'],
};

const FULL: FlopConvention = {
  id: 'full',
  title: 'every primitive 1, a MAC 2',
  source: 'the graph itself',
  kinds: {},
  others: { mac: 2, binaryMac: 2, add: 1, mul: 1, compare: 1, divide: 1, transcendental: 1 },
};

/** Every convention for FLOPs. */
export const FLOP_CONVENTIONS: readonly FlopConvention[] = [
  DARKNET,
  DARKNET_2019,
  STANDARD,
  FULL,
  FVCORE,
  THOP,
  PTFLOPS,
  ONNX_TOOL,
  OPENCV,
];
