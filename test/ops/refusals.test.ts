import { describe, expect, it } from 'vitest';
import { specOf, OPS, type OpAttrs, type OpKind } from '../../src/ops/registry.ts';
import type { OpSpec, Shape } from '../../src/ops/spec.ts';
import { square } from '../../src/ops/window.ts';

const CONNECT = 'connect each input once';
const FEED = 'feed it a tensor of batch, channels and spatial extents';
const ENTRIES = 'give kernel, stride, dilation and padding one entry per spatial axis';
const UNFIT = 'a window over 2 axes does not fit a tensor of 4 dimensions';
const WHOLE = 'use whole numbers, kernel, stride and dilation at least 1';
const SHAPE = 'give the maps the same shape, for example by a 1x1 convolution on the shortcut';
const TAKE = 'take entries that exist, of each axis once';
const OFFSETS = 'give each tap two offsets (and one weight) at every position of the result';
const SMALLER = 'use a smaller kernel or dilation, more padding, or a larger input';
const BORDER = 'give one number per axis, and cut off no more than there is';
const whole = (what: string): string => `make ${what} a whole number of at least 1`;

const x: Shape = [1, 6, 4, 4];
const CONV = { ...square(3, 1, 1), outChannels: 6, groups: 1, bias: false };
const TRANSPOSED = { ...CONV, outputPadding: [0, 0] };
const DEFORMED = { ...square(2), outChannels: 6, groups: 1, bias: false, masked: false };
const EXPERTS = { experts: 4, active: 2, interSize: 16, fn: 'relu', biases: [false, false] } as const;
const AXIS = 'connect an input, and take an axis that it has, or -1 for all elements together';
const HEADS = { heads: 2, size: 4, valueSize: 4, outputs: [] };
const ATTENTION = { ...HEADS, queries: 3, keys: 3, masked: false };
const LINEAR_ATTENTION = { ...HEADS, tokens: 3, keyHeads: 2, gated: false, delta: false };
const SORTED = { op: 'Sort', axis: 1, outputs: [] };
const REGION = { classes: 3, anchors: 2, coords: 6, softmax: false };

type Refusal<Attrs> = readonly [inputs: readonly Shape[], attrs: Attrs, problem: string, fix: string];

/** Kinds whose attributes state the results: nothing about them can be wrong that their files do not check. */
type Stated = 'opaque' | 'rearrange';

/** What makes no sense, and what is said of it. */
const REFUSALS: { readonly [K in Exclude<OpKind, Stated>]: readonly Refusal<OpAttrs<K>>[] } = {
  activation: [
    [[], { fn: 'relu' }, 'takes 1 input, not 0', CONNECT],
    [[x, x], { fn: 'relu' }, 'takes 1 input, not 2', CONNECT],
  ],
  add: [
    [[x], { align: 'exact' }, 'adds 1 maps', 'connect at least two'],
    [[], { align: 'common' }, 'adds 0 maps', 'connect at least two'],
    [[x, [1, 6, 4, 5]], { align: 'exact' }, 'cannot add 1x6x4x5 to 1x6x4x4', SHAPE],
    [[x, [2, 6, 4, 4]], { align: 'common' }, 'cannot add 2x6x4x4 to 1x6x4x4', SHAPE],
    [[x, [1, 6, 4]], { align: 'common' }, 'cannot add 1x6x4 to 1x6x4x4', SHAPE],
    [[x, x, [1, 6, 4]], { align: 'exact' }, 'cannot add 1x6x4 to 1x6x4x4', SHAPE],
  ],
  attention: [[[], ATTENTION, 'has no input', 'connect one at least']],
  avgPool: [
    [[[1, 6]], square(2), 'the first input has shape 1x6, of fewer than 3 dimensions', FEED],
    [[x, x], square(2), 'takes 1 input, not 2', CONNECT],
  ],
  batchNorm: [
    [[[6]], {}, 'the first input has shape 6, of fewer than 2 dimensions', FEED],
    [[x, x], {}, 'takes 1 input, not 2', CONNECT],
  ],
  blur: [[[[1, 6]], square(2), 'the first input has shape 1x6, of fewer than 3 dimensions', FEED]],
  lpPool: [[[[1, 6]], square(2), 'the first input has shape 1x6, of fewer than 3 dimensions', FEED]],
  maxPool: [
    [[[1, 6]], square(2), 'the first input has shape 1x6, of fewer than 3 dimensions', FEED],
    [[x], square(5), 'the window of 5 does not fit the input extent 4 with padding 0 and 0', SMALLER],
  ],
  channelShuffle: [
    [[[6]], { groups: 2 }, 'the first input has shape 6, of fewer than 2 dimensions', FEED],
    [[x], { groups: 0 }, 'the number of groups is 0', whole('the number of groups')],
    [[x], { groups: 4 }, '4 groups do not divide 6 channels', 'choose a number of groups that divides them'],
  ],
  concat: [
    [[], { axis: 0 }, 'concatenates nothing', 'connect at least one input'],
    [[x], { axis: 4 }, 'axis 4 does not exist in 1x6x4x4', 'name an axis of the inputs'],
    [[x], { axis: -1 }, 'axis -1 does not exist in 1x6x4x4', 'name an axis of the inputs'],
    [
      [x, [1, 6, 4, 5]],
      { axis: 1 },
      'cannot concatenate 1x6x4x4, 1x6x4x5 along axis 1',
      'give the maps the same extents everywhere else',
    ],
    [
      [x, [1, 6, 4]],
      { axis: 1 },
      'cannot concatenate 1x6x4x4, 1x6x4 along axis 1',
      'give the maps the same extents everywhere else',
    ],
  ],
  conv: [
    [[[1, 6]], CONV, 'the first input has shape 1x6, of fewer than 3 dimensions', FEED],
    [[x, x], CONV, 'takes 1 input, not 2', CONNECT],
    [
      [x],
      { ...CONV, outChannels: 0 },
      'the number of output channels is 0',
      whole('the number of output channels'),
    ],
    [[x], { ...CONV, groups: 0 }, 'the number of groups is 0', whole('the number of groups')],
    [
      [x],
      { ...CONV, groups: 4, outChannels: 8 },
      '4 groups do not divide 6 input channels and 8 output channels',
      'choose a number of groups that divides both',
    ],
    [
      [x],
      { ...CONV, groups: 3, outChannels: 8 },
      '3 groups do not divide 6 input channels and 8 output channels',
      'choose a number of groups that divides both',
    ],
    [
      [x],
      { ...CONV, ...square(7) },
      'the window of 7 does not fit the input extent 4 with padding 0 and 0',
      SMALLER,
    ],
    [[x], { ...CONV, ...square(0) }, 'kernel 0, stride 1, dilation 1, padding 0 and 0 make no window', WHOLE],
    [
      [x],
      { ...CONV, stride: [1, 0] },
      'kernel 3, stride 0, dilation 1, padding 1 and 1 make no window',
      WHOLE,
    ],
    [
      [x],
      { ...CONV, dilation: [0, 1] },
      'kernel 3, stride 1, dilation 0, padding 1 and 1 make no window',
      WHOLE,
    ],
    [[x], { ...CONV, kernel: [3] }, 'a window over 1 axes does not fit a tensor of 4 dimensions', ENTRIES],
    [[x], { ...CONV, stride: [1] }, 'a window over 2 axes does not fit a tensor of 4 dimensions', ENTRIES],
    [[x], { ...CONV, dilation: [1] }, 'a window over 2 axes does not fit a tensor of 4 dimensions', ENTRIES],
    [
      [x],
      { ...CONV, padding: { begin: [1], end: [1, 1] } },
      'a window over 2 axes does not fit a tensor of 4 dimensions',
      ENTRIES,
    ],
    [
      [x],
      { ...CONV, padding: { begin: [1, 1], end: [1] } },
      'a window over 2 axes does not fit a tensor of 4 dimensions',
      ENTRIES,
    ],
    [
      [x],
      { ...CONV, padding: { begin: [1, 0.5], end: [1, 1] } },
      'kernel 3, stride 1, dilation 1, padding 0.5 and 1 make no window',
      WHOLE,
    ],
    [
      [x],
      { ...CONV, padding: { begin: [1, 1], end: [1, 0.5] } },
      'kernel 3, stride 1, dilation 1, padding 1 and 0.5 make no window',
      WHOLE,
    ],
    [[[1, 6, 4]], CONV, 'a window over 2 axes does not fit a tensor of 3 dimensions', ENTRIES],
    [[[1, 6, 4, 4, 4]], CONV, 'a window over 2 axes does not fit a tensor of 5 dimensions', ENTRIES],
  ],
  convTranspose: [
    [[[1, 6]], TRANSPOSED, 'the first input has shape 1x6, of fewer than 3 dimensions', FEED],
    [
      [x],
      { ...TRANSPOSED, groups: 4 },
      '4 groups do not divide 6 input channels and 6 output channels',
      'choose a number of groups that divides both',
    ],
    [
      [x],
      { ...TRANSPOSED, kernel: [3] },
      'a window over 1 axes does not fit a tensor of 4 dimensions',
      ENTRIES,
    ],
    [[x], { ...TRANSPOSED, stride: [1] }, UNFIT, ENTRIES],
    [[x], { ...TRANSPOSED, dilation: [1] }, UNFIT, ENTRIES],
    [[x], { ...TRANSPOSED, padding: { begin: [1], end: [1, 1] } }, UNFIT, ENTRIES],
    [[x], { ...TRANSPOSED, padding: { begin: [1, 1], end: [1] } }, UNFIT, ENTRIES],
    [
      [x],
      { ...TRANSPOSED, kernel: [-1, 3] },
      'kernel -1, stride 1, dilation 1, padding 1 and 1 make no window',
      WHOLE,
    ],
    [
      [x],
      { ...TRANSPOSED, outputPadding: [0] },
      'output padding of 1 axes does not fit 2 spatial axes',
      'give output padding one entry per spatial axis',
    ],
    [
      [x],
      { ...TRANSPOSED, padding: { begin: [3, 3], end: [3, 3] } },
      'padding 3 and 3 crops all of the result',
      'use less padding',
    ],
  ],
  deformConv: [
    [[x], DEFORMED, 'takes 2 inputs, not 1', CONNECT],
    [[x, [1, 8, 3, 3]], { ...DEFORMED, masked: true }, 'takes 3 inputs, not 2', CONNECT],
    [
      [x, [1, 8, 3, 3]],
      { ...DEFORMED, groups: 5 },
      '5 groups do not divide 6 input channels and 6 output channels',
      'choose a number of groups that divides both',
    ],
    [
      [x, [1, 8, 3, 3]],
      { ...DEFORMED, ...square(5) },
      'the window of 5 does not fit the input extent 4 with padding 0 and 0',
      SMALLER,
    ],
    [[x, [1, 9, 3, 3]], DEFORMED, 'offsets 1x9x3x3 do not displace 4 taps at 3x3 positions', OFFSETS],
    [[x, [1, 32, 3, 3]], DEFORMED, 'offsets 1x32x3x3 do not displace 4 taps at 3x3 positions', OFFSETS],
    [[x, [1, 8, 3, 4]], DEFORMED, 'offsets 1x8x3x4 do not displace 4 taps at 3x3 positions', OFFSETS],
    [
      [x, [1, 8, 3, 3], [1, 8, 3, 3]],
      { ...DEFORMED, masked: true },
      'offsets 1x8x3x3 and weights 1x8x3x3 do not displace 4 taps at 3x3 positions',
      OFFSETS,
    ],
  ],
  dequantize: [
    [
      [[4, 32]],
      { axis: 1, blockSize: 16, dtype: 'float32' },
      'takes numbers with an axis 1, scales and perhaps zero points, not 4x32',
      'give it two or three inputs',
    ],
    [
      [
        [4, 32],
        [4, 2],
      ],
      { axis: 2, blockSize: 16, dtype: 'float32' },
      'takes numbers with an axis 2, scales and perhaps zero points, not 4x32, 4x2',
      'give it two or three inputs',
    ],
    [
      [
        [4, 40],
        [4, 2],
      ],
      { axis: 1, blockSize: 16, dtype: 'float32' },
      'has 4x2 scales for 4x40 in blocks of 16 along axis 1',
      'give 40 / 16 scales along that axis, rounded up',
    ],
    [
      [
        [4, 32],
        [4, 2],
        [3, 2],
      ],
      { axis: 1, blockSize: 16, dtype: 'float32' },
      'has 3x2 scales for 4x32 in blocks of 16 along axis 1',
      'give 32 / 16 scales along that axis, rounded up',
    ],
  ],
  determinant: [
    [[[4]], {}, 'the first input has shape 4, of fewer than 2 dimensions', FEED],
    [[[2, 3]], {}, 'the matrices of 2x3 are not square', 'take the determinant of square ones'],
  ],
  einsum: [
    [
      [[2, 3]],
      { operands: [['i']], result: ['i'], dtype: 'float32' },
      'operand 1 has 2 dimensions for "i"',
      'name each dimension once',
    ],
    [
      [
        [2, 3],
        [4, 5],
      ],
      {
        operands: [
          ['i', 'j'],
          ['j', 'k'],
        ],
        result: ['i', 'k'],
        dtype: 'float32',
      },
      '"j" is 3 and 4',
      'give equal letters equal extents',
    ],
    [
      [[2]],
      { operands: [['i'], ['j']], result: ['i'], dtype: 'float32' },
      'operand 2 has 0 dimensions for "j"',
      'name each dimension once',
    ],
  ],
  fourier: [
    [
      [],
      { length: 8, transforms: 1, output: { dtype: 'float32', shape: [8, 2] } },
      'has no input',
      'connect one at least',
    ],
  ],
  linearAttention: [[[], LINEAR_ATTENTION, 'has no input', 'connect one at least']],
  elementwise: [
    [[], { fn: 'mean', dtype: 'float32' }, 'has no input', 'connect one at least'],
    [
      [
        [2, 3],
        [2, 4],
      ],
      { fn: 'add', dtype: 'float32' },
      'cannot broadcast 2x3 with 2x4',
      'give the operands the same extent or 1 in every dimension',
    ],
    [
      [[2, 3], [], [4, 1]],
      { fn: 'add', dtype: 'float32' },
      'cannot broadcast 2x3 with scalar with 4x1',
      'give the operands the same extent or 1 in every dimension',
    ],
  ],
  expand: [
    [[], { shape: [2] }, 'takes 1 input, not 0', CONNECT],
    [[[3]], { shape: [2] }, 'cannot repeat 3 to 2', 'give it the same extent or 1 in every dimension'],
    [[[2, 3]], { shape: [3] }, 'cannot repeat 2x3 to 3', 'give it the same extent or 1 in every dimension'],
  ],
  experts: [
    [[[6, 8]], EXPERTS, 'takes 2 inputs, not 1', CONNECT],
    [
      [
        [6, 8],
        [6, 4],
      ],
      { ...EXPERTS, active: 5 },
      'sends a token through 5 of 4 experts',
      'choose one expert at least, and no more than there are',
    ],
  ],
  fill: [[[x], { dtype: 'float32', shape: [1], value: 0 }, 'takes 0 inputs, not 1', CONNECT]],
  gate: [
    [[x], {}, 'adds 1 maps', 'connect at least two'],
    [[x, [1, 6, 4, 5]], {}, 'cannot add 1x6x4x5 to 1x6x4x4', SHAPE],
  ],
  gather: [
    [[x], { axis: 0 }, 'takes 2 inputs, not 1', CONNECT],
    [[[2, 3], [4]], { axis: 2 }, 'picks along axis 2 of 2x3', 'name an axis that exists'],
  ],
  gatherND: [
    [[x], { batchDims: 0 }, 'takes 2 inputs, not 1', CONNECT],
    [[[2, 3], []], { batchDims: 0 }, 'the second input has shape scalar, of fewer than 1 dimensions', FEED],
    [
      [
        [2, 3],
        [4, 3],
      ],
      { batchDims: 0 },
      'rows of 3 indices do not fit 2x3 behind 0 axes',
      'give at most one index for each axis',
    ],
    [
      [
        [2, 3],
        [2, 2],
      ],
      { batchDims: 1 },
      'rows of 2 indices do not fit 2x3 behind 1 axes',
      'give at most one index for each axis',
    ],
    [
      [[2, 3, 4], [2]],
      { batchDims: 1 },
      'rows of 2 indices do not fit 2x3x4 behind 1 axes',
      'give at most one index for each axis',
    ],
  ],
  yolo: [
    [
      [[1, 18, 4]],
      { classes: 1, anchors: 3 },
      'the first input has shape 1x18x4, of fewer than 4 dimensions',
      FEED,
    ],
    [
      [[1, 18, 4, 4]],
      { classes: 0, anchors: 3 },
      'the number of classes is 0',
      whole('the number of classes'),
    ],
    [
      [[1, 18, 4, 4]],
      { classes: 1, anchors: 0 },
      'the number of anchors is 0',
      whole('the number of anchors'),
    ],
    [
      [[1, 17, 4, 4]],
      { classes: 1, anchors: 3 },
      '3 anchors of 1 classes need 18 channels, the map has 17',
      'set filters=18 in the convolution before it',
    ],
  ],
  gaussianYolo: [
    [
      [[1, 18, 4]],
      { classes: 1, anchors: 3 },
      'the first input has shape 1x18x4, of fewer than 4 dimensions',
      FEED,
    ],
    [
      [[1, 18, 4, 4]],
      { classes: 0, anchors: 3 },
      'the number of classes is 0',
      whole('the number of classes'),
    ],
    [
      [[1, 18, 4, 4]],
      { classes: 1, anchors: 0 },
      'the number of anchors is 0',
      whole('the number of anchors'),
    ],
    [
      [[1, 17, 4, 4]],
      { classes: 1, anchors: 3 },
      '3 anchors of 1 classes need 30 channels, the map has 17',
      'set filters=30 in the convolution before it',
    ],
  ],
  globalPool: [[[[3]], { mode: 'max' }, 'the first input has shape 3, of fewer than 2 dimensions', FEED]],
  identity: [[[], {}, 'takes 1 input, not 0', CONNECT]],
  layout: [
    [[], { perm: [] }, 'takes 1 input, not 0', CONNECT],
    [[[2, 3]], { perm: [0, 0] }, '0, 0 is no order of the axes of 2x3', 'name each axis once'],
  ],
  linear: [
    [
      [[]],
      { outFeatures: 3, bias: false, flatten: false },
      'the first input has shape scalar, of fewer than 1 dimensions',
      FEED,
    ],
    [
      [[2, 3]],
      { outFeatures: 0, bias: false, flatten: false },
      'the number of output features is 0',
      whole('the number of output features'),
    ],
    [
      [
        [2, 3],
        [2, 3],
      ],
      { outFeatures: 1, bias: false, flatten: true },
      'takes 1 input, not 2',
      CONNECT,
    ],
  ],
  localConv: [
    [
      [[1, 6]],
      { ...square(3), outChannels: 2 },
      'the first input has shape 1x6, of fewer than 3 dimensions',
      FEED,
    ],
    [
      [x],
      { ...square(3), outChannels: 0 },
      'the number of output channels is 0',
      whole('the number of output channels'),
    ],
    [
      [x],
      { ...square(5), outChannels: 2 },
      'the window of 5 does not fit the input extent 4 with padding 0 and 0',
      SMALLER,
    ],
  ],
  lrn: [
    [[[3]], { size: 3 }, 'the first input has shape 3, of fewer than 2 dimensions', FEED],
    [[x], { size: 0 }, 'the size is 0', whole('the size')],
  ],
  matMul: [
    [[x], { transposeA: false, transposeB: false, dtype: 'float32' }, 'takes 2 inputs, not 1', CONNECT],
    [
      [[2, 3], []],
      { transposeA: false, transposeB: false, dtype: 'float32' },
      'the second input has shape scalar, of fewer than 1 dimensions',
      FEED,
    ],
    [
      [
        [2, 3],
        [4, 5],
      ],
      { transposeA: false, transposeB: false, dtype: 'float32' },
      'cannot multiply 2x3 by 4x5',
      'give the first as many columns as the second has rows',
    ],
    [
      [
        [2, 2, 3],
        [3, 3, 5],
      ],
      { transposeA: false, transposeB: false, dtype: 'float32' },
      'cannot multiply 2x2x3 by 3x3x5',
      'give the first as many columns as the second has rows',
    ],
  ],
  maxout: [
    [[[3]], { outChannels: 1 }, 'the first input has shape 3, of fewer than 2 dimensions', FEED],
    [[x], { outChannels: 0 }, 'the number of output channels is 0', whole('the number of output channels')],
  ],
  mul: [
    [[x], {}, 'takes 2 inputs, not 1', CONNECT],
    [
      [x, [1, 6, 4]],
      {},
      'cannot scale 1x6x4x4 by 1x6x4',
      'give the scale the same extent or 1 in every dimension',
    ],
    [
      [x, [1, 5, 1, 1]],
      {},
      'cannot scale 1x6x4x4 by 1x5x1x1',
      'give the scale the same extent or 1 in every dimension',
    ],
  ],
  nonMaxSuppression: [
    [[[1, 8, 4]], { outputs: [] }, 'takes 2 inputs, not 1', CONNECT],
    [
      [
        [1, 8, 4],
        [2, 8],
      ],
      { outputs: [] },
      'the second input has shape 2x8, of fewer than 3 dimensions',
      FEED,
    ],
  ],
  normalize: [
    [[], { fn: 'layer', axes: [0], groups: 1, scale: false, shift: false }, 'takes 1 input, not 0', CONNECT],
    [
      [[2, 3]],
      { fn: 'layer', axes: [0, 2], groups: 1, scale: false, shift: false },
      'normalises axis 2 of 2x3',
      'name axes that exist',
    ],
  ],
  pad: [
    [[], { begin: [], end: [], mode: 'edge', value: 0 }, 'takes 1 input, not 0', CONNECT],
    [
      [[3, 4]],
      { begin: [1], end: [1, 1], mode: 'edge', value: 0 },
      'a border of 1 and 1, 1 does not fit 3x4',
      BORDER,
    ],
    [
      [[3, 4]],
      { begin: [1, 1], end: [1], mode: 'edge', value: 0 },
      'a border of 1, 1 and 1 does not fit 3x4',
      BORDER,
    ],
    [
      [[3, 4]],
      { begin: [-2, 0], end: [-2, 0], mode: 'edge', value: 0 },
      'a border of -2, 0 and -2, 0 does not fit 3x4',
      BORDER,
    ],
    [
      [[3]],
      { begin: [1, 1], end: [1], mode: 'edge', value: 0 },
      'a border of 1, 1 and 1 does not fit 3',
      BORDER,
    ],
    [
      [[3]],
      { begin: [1], end: [1, 1], mode: 'edge', value: 0 },
      'a border of 1 and 1, 1 does not fit 3',
      BORDER,
    ],
  ],
  psRoiAlign: [
    [[[1, 12, 9, 9]], { size: [2, 3], points: 1 }, 'takes 2 inputs, not 1', CONNECT],
    [
      [
        [1, 12, 9, 9],
        [3, 4],
      ],
      { size: [2, 3], points: 0 },
      'the number of samples is 0',
      whole('the number of samples'),
    ],
    [
      [
        [2, 12, 9, 9],
        [3, 4],
      ],
      { size: [2, 3], points: 1 },
      'it is not known which image a region is of',
      'give an image index for each region',
    ],
    [
      [[2, 12, 9, 9], [3, 4], [2]],
      { size: [2, 3], points: 1 },
      'it is not known which image a region is of',
      'give an image index for each region',
    ],
    [
      [
        [1, 11, 9, 9],
        [3, 4],
      ],
      { size: [2, 3], points: 1 },
      '11 channels are no multiple of 6 bins',
      'give the map as many channels for every bin',
    ],
  ],
  recurrent: [
    [
      [[5, 2]],
      {
        cell: 'rnn',
        hiddenSize: 2,
        directions: 1,
        batchFirst: false,
        bias: false,
        peepholes: false,
        outputs: [true],
      },
      'the first input has shape 5x2, of fewer than 3 dimensions',
      FEED,
    ],
  ],
  reduce: [
    [[], { fn: 'sum', axes: [0], keepDims: false }, 'takes 1 input, not 0', CONNECT],
    [[[2, 3]], { fn: 'sum', axes: [1, 2], keepDims: false }, 'reduces axis 2 of 2x3', 'name axes that exist'],
  ],
  region: [
    [[[1, 20, 2]], REGION, 'the first input has shape 1x20x2, of fewer than 4 dimensions', FEED],
    [
      [[1, 20, 2, 3]],
      { ...REGION, classes: 0 },
      'the number of classes is 0',
      whole('the number of classes'),
    ],
    [
      [[1, 20, 2, 3]],
      { ...REGION, anchors: 0 },
      'the number of anchors is 0',
      whole('the number of anchors'),
    ],
    [
      [[1, 21, 2, 3]],
      REGION,
      '2 anchors of 6 coordinates and 3 classes need 20 channels, the map has 21',
      'set filters=20 in the convolution before it',
    ],
  ],
  reorg: [
    [
      [[1, 6, 4]],
      { block: 2, inverse: false, order: 'reorg' },
      'the first input has shape 1x6x4, of fewer than 4 dimensions',
      FEED,
    ],
    [[x], { block: 0, inverse: false, order: 'reorg' }, 'the block is 0', whole('the block')],
    [
      [x],
      { block: 2, inverse: true, order: 'reorg' },
      '6 channels make no squares of 2x2 positions',
      'give the map a multiple of 4 channels',
    ],
    [
      [[1, 6, 3, 4]],
      { block: 2, inverse: false, order: 'reorg3d' },
      'a map of 3x4 has no whole squares of 2x2 positions',
      'choose an input size that makes the map a multiple of 2',
    ],
    [
      [[1, 6, 4, 3]],
      { block: 2, inverse: false, order: 'reorg3d' },
      'a map of 4x3 has no whole squares of 2x2 positions',
      'choose an input size that makes the map a multiple of 2',
    ],
    [
      [[1, 6, 5, 1]],
      { block: 2, inverse: false, order: 'reorg' },
      'a map of 5x1 has no whole squares of 2x2 positions',
      'choose an input size that makes the map a multiple of 2',
    ],
  ],
  reshape: [
    [[], { shape: [1] }, 'takes 1 input, not 0', CONNECT],
    [[[2, 3]], { shape: [5] }, '2x3 has 6 elements, 5 5', 'choose a shape with as many elements'],
  ],
  resize: [
    [
      [[1, 6]],
      { size: [], mode: 'nearest' },
      'the first input has shape 1x6, of fewer than 3 dimensions',
      FEED,
    ],
    [
      [x],
      { size: [4], mode: 'nearest' },
      '1 extents do not fit 2 spatial axes',
      'give one extent per spatial axis',
    ],
    [[x], { size: [4, 0], mode: 'nearest' }, 'the extent is 0', whole('the extent')],
  ],
  sample: [
    [[x], { mode: 'nearest', dims: 2, points: 1, size: [2, 2] }, 'takes 2 inputs, not 1', CONNECT],
    [
      [x, [3, 4]],
      { mode: 'nearest', dims: 2, points: 0, size: [2, 2] },
      'the number of samples is 0',
      whole('the number of samples'),
    ],
  ],
  slice: [
    [
      [[]],
      { axis: 0, start: 0, end: 1 },
      'the first input has shape scalar, of fewer than 1 dimensions',
      FEED,
    ],
    [
      [x],
      { axis: 4, start: 0, end: 1 },
      'entries 0 to 1 of axis 4 do not exist in 1x6x4x4',
      'take a part that lies inside the map',
    ],
    [
      [x],
      { axis: 1, start: -1, end: 1 },
      'entries -1 to 1 of axis 1 do not exist in 1x6x4x4',
      'take a part that lies inside the map',
    ],
    [
      [x],
      { axis: 1, start: 0, end: 7 },
      'entries 0 to 7 of axis 1 do not exist in 1x6x4x4',
      'take a part that lies inside the map',
    ],
    [
      [x],
      { axis: 1, start: 2, end: 2 },
      'entries 2 to 2 of axis 1 do not exist in 1x6x4x4',
      'take a part that lies inside the map',
    ],
  ],
  softmax: [[[[]], { axis: 0 }, 'the first input has shape scalar, of fewer than 1 dimensions', FEED]],
  split: [
    [[[]], { axis: 0, sizes: [1] }, 'the first input has shape scalar, of fewer than 1 dimensions', FEED],
    [
      [x],
      { axis: 1, sizes: [2, 3] },
      'parts of 2, 3 are not axis 1 of 1x6x4x4',
      'make the parts add up to the extent',
    ],
  ],
  stored: [[[x], { types: [] }, 'takes no input, not 1', 'leave its inputs empty']],
  sort: [
    [[], SORTED, 'compares along axis 1 of nothing', AXIS],
    [[[4]], SORTED, 'compares along axis 1 of 4', AXIS],
    [[[4, 4]], { ...SORTED, axis: -2 }, 'compares along axis -2 of 4x4', AXIS],
  ],
  stridedSlice: [
    [
      [[10]],
      { axes: [1], starts: [0], steps: [1], sizes: [0] },
      '0 entries of axis 1 from 0 in steps of 1 do not exist in 10',
      TAKE,
    ],
    [[], { axes: [], starts: [], steps: [], sizes: [] }, 'takes 1 input, not 0', CONNECT],
    [
      [[10]],
      { axes: [0], starts: [8], steps: [2], sizes: [2] },
      '2 entries of axis 0 from 8 in steps of 2 do not exist in 10',
      TAKE,
    ],
    [
      [[10]],
      { axes: [0], starts: [1], steps: [-1], sizes: [3] },
      '3 entries of axis 0 from 1 in steps of -1 do not exist in 10',
      TAKE,
    ],
    [
      [[10]],
      { axes: [0], starts: [1], steps: [0], sizes: [3] },
      '3 entries of axis 0 from 1 in steps of 0 do not exist in 10',
      TAKE,
    ],
    [
      [[10]],
      { axes: [0], starts: [10], steps: [-1], sizes: [3] },
      '3 entries of axis 0 from 10 in steps of -1 do not exist in 10',
      TAKE,
    ],
    [
      [[10, 10]],
      { axes: [0, 0], starts: [0, 0], steps: [1, 1], sizes: [3, 3] },
      '3 entries of axis 0 from 0 in steps of 1 do not exist in 10x10',
      TAKE,
    ],
    [
      [[10]],
      { axes: [1], starts: [0], steps: [1], sizes: [1] },
      '1 entries of axis 1 from 0 in steps of 1 do not exist in 10',
      TAKE,
    ],
  ],
  sumPool: [
    [[[1, 6]], { factor: 2 }, 'the first input has shape 1x6, of fewer than 3 dimensions', FEED],
    [[x], { factor: 0 }, 'the factor is 0', whole('the factor')],
    [
      [[1, 6, 4, 2]],
      { factor: 3 },
      'a map of 4x2 cannot shrink by 3',
      'use a smaller factor or a larger input',
    ],
  ],
  transpose: [
    [[], { perm: [] }, 'takes 1 input, not 0', CONNECT],
    [[[2, 3]], { perm: [0] }, '0 is no order of the axes of 2x3', 'name each axis once'],
    [[[2, 3]], { perm: [0, 0] }, '0, 0 is no order of the axes of 2x3', 'name each axis once'],
    [[[2, 3]], { perm: [1, 2] }, '1, 2 is no order of the axes of 2x3', 'name each axis once'],
  ],
  upsample: [
    [[[1, 6]], { factor: 2 }, 'the first input has shape 1x6, of fewer than 3 dimensions', FEED],
    [[x], { factor: 0 }, 'the factor is 0', whole('the factor')],
    [[x], { factor: 1.5 }, 'the factor is 1.5', whole('the factor')],
  ],
  weightedAdd: [
    [[x], { per: 'map', normalize: 'relu' }, 'adds 1 maps', 'connect at least two'],
    [
      [[4], [4]],
      { per: 'channel', normalize: 'relu' },
      'weighs channels of what has none',
      'give it maps, or one weight per map',
    ],
    [[x, [2, 6, 4, 4]], { per: 'map', normalize: 'relu' }, 'cannot add 2x6x4x4 to 1x6x4x4', SHAPE],
  ],
};

describe.each(Object.entries(REFUSALS) as [OpKind, readonly Refusal<OpAttrs<OpKind>>[]][])(
  '%s',
  (kind, refusals) => {
    it.each(refusals)('of %j with %j: %s', (shapes, attrs, problem, fix) => {
      const spec: OpSpec<OpAttrs<OpKind>> = specOf(kind);
      const inputs = shapes.map((shape) => ({ dtype: 'float32' as const, shape }));
      expect(spec.infer(inputs, attrs)).toEqual({ problem, fix });
    });
  },
);

/** How each kind touches memory: what may overwrite its operand, what shares its storage, what needs a buffer. */
const MEMORY: Readonly<Record<OpSpec<unknown>['memory'], readonly OpKind[]>> = {
  stream: [
    'activation',
    'add',
    'batchNorm',
    'dequantize',
    'elementwise',
    'gate',
    'gaussianYolo',
    'mul',
    'normalize',
    'region',
    'softmax',
    'weightedAdd',
    'yolo',
  ],
  kernel: [
    'attention',
    'avgPool',
    'blur',
    'channelShuffle',
    'concat',
    'conv',
    'convTranspose',
    'deformConv',
    'determinant',
    'einsum',
    'expand',
    'experts',
    'fill',
    'fourier',
    'gather',
    'gatherND',
    'linear',
    'linearAttention',
    'localConv',
    'lpPool',
    'lrn',
    'matMul',
    'maxPool',
    'nonMaxSuppression',
    'opaque',
    'pad',
    'psRoiAlign',
    'rearrange',
    'recurrent',
    'reorg',
    'resize',
    'sample',
    'sort',
    'split',
    'stridedSlice',
    'transpose',
    'upsample',
  ],
  reduction: ['globalPool', 'maxout', 'reduce', 'sumPool'],
  view: ['identity', 'layout', 'reshape', 'stored', 'slice'],
};

it('every kind touches memory as it should', () => {
  for (const [memory, kinds] of Object.entries(MEMORY))
    for (const kind of kinds) expect(OPS[kind].memory, kind).toBe(memory);
  expect(Object.values(MEMORY).flat().sort()).toEqual(Object.keys(OPS).sort());
});

describe('a label', () => {
  const label = <K extends OpKind>(kind: K, shape: Shape, attrs: OpAttrs<K>): string | undefined =>
    specOf(kind).label?.([{ dtype: 'float32', shape }], attrs);

  it('says window, channels and groups', () => {
    expect(label('conv', x, CONV)).toBe('3x3 6->6');
    expect(label('conv', x, { ...CONV, ...square(3, 2), groups: 2 })).toBe('3x3/2 6->6 g2');
    expect(label('conv', x, { ...CONV, ...square(1, 1, 0, 3), outChannels: 8 })).toBe('1x1 d3 6->8');
    expect(label('conv', x, { ...CONV, kernel: [3, 1], stride: [2, 1], dilation: [1, 2] })).toBe(
      '3x1/2x1 d1x2 6->6',
    );
    expect(label('maxPool', x, square(2, 2))).toBe('2x2/2');
    expect(label('avgPool', x, square(3))).toBe('3x3');
  });

  it('says function and features', () => {
    expect(label('activation', x, { fn: 'mish' })).toBe('mish');
    expect(label('linear', [2, 5], { outFeatures: 7, bias: true, flatten: false })).toBe('5->7');
    expect(label('linear', [2, 5, 3], { outFeatures: 7, bias: true, flatten: true })).toBe('15->7');
  });
});
