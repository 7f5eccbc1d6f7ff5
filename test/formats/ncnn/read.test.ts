import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { buildNetwork } from '../../../architectures/zoo.ts';
import { profile, type Profile } from '../../../src/analysis/profile.ts';
import { RULES } from '../../../src/formats/ncnn/layers/index.ts';
import { readNcnn, type NcnnOptions } from '../../../src/formats/ncnn/read.ts';
import { tensorOf } from '../../../src/graph/graph.ts';
import { validate } from '../../../src/graph/validate.ts';
import { Lines, inputLine, paramText } from './param.ts';

const read = (text: string, options: NcnnOptions = {}) =>
  readNcnn(text, { file: 'net.param', onUnknown: 'opaque', ...options });
const measure = (text: string, options?: NcnnOptions): Profile =>
  profile(read(text, options).graph, { flops: 'standard' });

/** Shapes that one layer makes of inputs with these extents. */
function shapesOf(type: string, inputs: readonly (readonly number[])[], params: string, outputs = 1): string {
  const names = inputs.map((_, i) => `in${String(i)}`);
  const made = Array.from({ length: outputs }, (_, i) => `out${String(i)}`);
  const layer = [type, 'layer', inputs.length, outputs, ...names, ...made, params].join(' ');
  const { graph } = read(paramText([...inputs.map((dims, i) => inputLine(dims, names[i])), layer]));
  expect(validate(graph)).toEqual([]);
  return graph.outputs.map(({ tensor }) => tensorOf(graph, tensor).type.shape.join('x')).join(' ');
}

/** src/CMakeLists.txt of Tencent/ncnn, July 2026. */
const REGISTERED =
  'AbsVal ArgMax BatchNorm Bias BNLL Concat Convolution Crop Deconvolution Dropout Eltwise ELU Embed Exp Flatten ' +
  'InnerProduct Input Log LRN MemoryData MVN Pooling Power PReLU Proposal Reduction ReLU Reshape ROIPooling Scale ' +
  'Sigmoid Slice Softmax Split SPP TanH Threshold Tile RNN LSTM BinaryOp UnaryOp ConvolutionDepthWise Padding ' +
  'Squeeze ExpandDims Normalize Permute PriorBox DetectionOutput Interp DeconvolutionDepthWise ShuffleChannel ' +
  'InstanceNorm Clip Reorg YoloDetectionOutput Quantize Dequantize Yolov3DetectionOutput PSROIPooling ROIAlign ' +
  'Packing Requantize Cast HardSigmoid SELU HardSwish Noop PixelShuffle DeepCopy Mish StatisticsPooling Swish Gemm ' +
  'GroupNorm LayerNorm Softplus GRU MultiHeadAttention GELU Convolution1D Pooling1D ConvolutionDepthWise1D ' +
  'Convolution3D ConvolutionDepthWise3D Pooling3D MatMul Deconvolution1D DeconvolutionDepthWise1D Deconvolution3D ' +
  'DeconvolutionDepthWise3D Einsum DeformableConv2D GLU Fold Unfold GridSample CumulativeSum CopyTo Erf Diag CELU ' +
  'Shrink RMSNorm Spectrogram InverseSpectrogram Flip SDPA RotaryEmbed';

it('has a rule for every layer that ncnn registers, and for no other', () => {
  const named = ['Input', 'MemoryData', 'Split', 'Noop'];
  expect([...RULES.keys(), ...named].sort()).toEqual(REGISTERED.split(' ').sort());
});

describe('shapes, as the forward functions of the layers make them', () => {
  it.each<
    [type: string, inputs: readonly (readonly number[])[], params: string, shapes: string, outputs?: number]
  >([
    // What is not given is that of the width: kernel_h, stride_h, dilation_h, pad_right, pad_top; pad_bottom of the top.
    ['Convolution', [[3, 20, 30]], '0=8 1=3 11=5 2=2 12=1 3=2 13=3 4=1 14=2 6=360', '1x8x7x14'],
    ['Convolution', [[3, 20, 30]], '0=8 1=3 6=216', '1x8x18x28'],
    ['Convolution', [[3, 20, 30]], '0=8 1=3 4=1 15=2 6=216', '1x8x20x31'],
    ['Convolution', [[3, 20, 30]], '0=8 1=3 14=1 6=216', '1x8x20x28'],
    ['Convolution', [[3, 20, 30]], '0=8 1=3 14=1 16=0 6=216', '1x8x19x28'],
    ['Convolution', [[3, 21, 30]], '0=8 1=3 3=2 4=-233 6=216', '1x8x11x15'],
    ['Convolution', [[3, 21, 30]], '0=8 1=3 3=2 4=-234 6=216', '1x8x11x15'],
    // A vector is a map of one position.
    ['Convolution', [[12]], '0=8 1=1 6=96', '1x8'],
    ['ConvolutionDepthWise', [[8, 9, 9]], '0=16 1=3 7=4 6=288', '1x16x7x7'],
    ['Convolution1D', [[8, 20]], '0=4 1=3 3=2 4=1 6=96', '1x4x10'],
    ['ConvolutionDepthWise1D', [[8, 20]], '0=8 1=3 7=8 6=24', '1x8x18'],
    ['Convolution3D', [[2, 9, 10, 11]], '0=4 1=3 11=2 21=1 6=48', '1x4x9x9x9'],
    ['Convolution3D', [[2, 9, 10, 11]], '0=4 1=1 4=0 24=1 17=2 6=8', '1x4x12x10x11'],
    ['ConvolutionDepthWise3D', [[2, 9, 10, 11]], '0=2 1=3 7=2 6=54', '1x2x7x8x9'],
    ['Deconvolution', [[4, 5, 6]], '0=8 1=4 3=2 4=1 6=512', '1x8x10x12'],
    ['Deconvolution', [[4, 5, 6]], '0=8 1=4 3=2 4=1 18=1 6=512', '1x8x11x13'],
    ['Deconvolution', [[4, 5, 6]], '0=8 1=3 3=2 4=-233 20=12 21=10 6=288', '1x8x10x12'],
    ['Deconvolution', [[4, 5, 6]], '0=8 1=3 3=2 6=288', '1x8x11x13'],
    ['DeconvolutionDepthWise', [[4, 5, 6]], '0=4 1=2 3=2 7=4 6=16', '1x4x10x12'],
    ['Deconvolution1D', [[4, 6]], '0=8 1=4 3=2 4=1 6=128', '1x8x12'],
    ['DeconvolutionDepthWise1D', [[4, 6]], '0=4 1=2 3=2 7=4 6=8', '1x4x12'],
    ['Deconvolution3D', [[4, 3, 5, 6]], '0=2 1=2 3=2 18=1 6=64', '1x2x7x11x13'],
    ['DeconvolutionDepthWise3D', [[4, 3, 5, 6]], '0=4 1=2 3=2 7=4 6=32', '1x4x6x10x12'],
    [
      'DeformableConv2D',
      [
        [4, 9, 9],
        [18, 7, 7],
        [9, 7, 7],
      ],
      '0=8 1=3 6=288',
      '1x8x7x7',
    ],
    ['Pooling', [[4, 112, 112]], '1=3 2=2', '1x4x56x56'],
    ['Pooling', [[4, 112, 112]], '1=3 2=2 5=1', '1x4x55x55'],
    ['Pooling', [[4, 113, 112]], '1=3 2=2 5=2', '1x4x57x56'],
    ['Pooling', [[4, 113, 112]], '1=3 2=2 5=3', '1x4x57x56'],
    ['Pooling', [[4, 10, 12]], '0=1 1=3 11=2 2=3 12=2 3=1 13=0', '1x4x5x5'],
    ['Pooling', [[4, 10, 12]], '0=1 4=1', '1x4'],
    ['Pooling', [[4, 10, 12]], '0=1 7=1 8=3 18=5', '1x4x5x3'],
    ['Pooling', [[4, 10, 12]], '7=1 8=-233 18=2', '1x4x2x12'],
    ['Pooling1D', [[4, 11]], '1=2 2=2', '1x4x6'],
    ['Pooling3D', [[4, 4, 6, 8]], '1=2 2=2 21=1 22=1', '1x4x4x3x4'],
    ['Pooling3D', [[4, 4, 6, 8]], '7=1 8=4 18=3 28=2', '1x4x2x3x4'],
    ['InnerProduct', [[4, 5, 6]], '0=7 2=840', '1x7'],
    ['InnerProduct', [[5, 6]], '0=7 2=42', '1x5x7'],
    ['InnerProduct', [[5, 6]], '0=7 2=210', '1x7'],
    ['Gemm', [[5, 6]], '3=1 5=1 6=1 8=7 9=6 10=4', '1x5x7'],
    [
      'Gemm',
      [
        [6, 5],
        [6, 7],
      ],
      '2=1',
      '1x5x7',
    ],
    [
      'Gemm',
      [
        [5, 6],
        [7, 6],
      ],
      '3=1 14=1',
      '1x7x5',
    ],
    ['Gemm', [[5, 6]], '3=1 5=1 6=1 8=7 9=6 10=-1 11=1', '1x5x1x7'],
    [
      'MatMul',
      [
        [2, 5, 6],
        [2, 7, 6],
      ],
      '0=1',
      '1x2x5x7',
    ],
    ['MatMul', [[6], [6]], '', '1x1'],
    ['MatMul', [[5, 6], [6]], '', '1x5'],
    ['MatMul', [[6], [2, 6, 7]], '', '1x2x7'],
    ['MultiHeadAttention', [[5, 8]], '0=16 1=4 2=128 3=8 4=8', '1x5x8'],
    [
      'MultiHeadAttention',
      [
        [5, 16],
        [7, 16],
      ],
      '0=16 1=4 2=256',
      '1x5x16',
    ],
    [
      'SDPA',
      [
        [8, 5, 16],
        [2, 7, 16],
        [2, 7, 12],
      ],
      '',
      '1x8x5x12',
    ],
    [
      'SDPA',
      [
        [8, 1, 16],
        [2, 1, 16],
        [2, 1, 12],
        [2, 9, 16],
        [2, 9, 12],
      ],
      '7=1',
      '1x8x1x12 1x2x10x16 1x2x10x12',
      3,
    ],
    ['LSTM', [[9, 6]], '0=8 1=384 2=2', '1x9x16'],
    ['GRU', [[9, 6]], '0=8 1=144', '1x9x8'],
    ['RNN', [[9, 6]], '0=8 1=48', '1x9x8'],
    ['Embed', [[9]], '0=16 1=100 3=1600', '1x9x16'],
    [
      'Einsum',
      [
        [5, 6],
        [7, 6],
      ],
      '-23300=9,105,106,44,107,106,45,62,105,107',
      '1x5x7',
    ],
    ['GLU', [[8, 3]], '0=0', '1x4x3'],
    [
      'Concat',
      [
        [2, 3, 4],
        [5, 3, 4],
      ],
      '',
      '1x7x3x4',
    ],
    [
      'Concat',
      [
        [2, 3, 4],
        [2, 3, 5],
      ],
      '0=-1',
      '1x2x3x9',
    ],
    ['Slice', [[8, 3, 4]], '-23300=2,-233,-233', '1x4x3x4 1x4x3x4', 2],
    ['Slice', [[8, 3, 4]], '-23300=3,1,-233,-233', '1x1x3x4 1x3x3x4 1x4x3x4', 3],
    ['Slice', [[8, 3, 4]], '-23302=2,3,-1 1=0', '1x3x3x4 1x4x3x4 1x1x3x4', 3],
    ['Crop', [[64, 9, 9]], '2=32 3=9 4=9 5=32', '1x32x9x9'],
    ['Crop', [[64, 9, 9]], '0=1 1=2 3=-233 4=-233 5=-233 6=1 7=1 8=4', '1x60x6x7'],
    [
      'Crop',
      [
        [64, 9, 9],
        [3, 5, 7],
      ],
      '0=1 1=1',
      '1x3x5x7',
    ],
    [
      'Crop',
      [
        [64, 9, 9],
        [5, 7],
      ],
      '',
      '1x64x5x7',
    ],
    ['Crop', [[64, 9, 9]], '-23309=2,16,-4 -23310=2,48,-233 -23311=2,0,-1', '1x32x9x4'],
    ['Permute', [[2, 3, 4]], '0=3', '1x3x4x2'],
    ['Permute', [[2, 3, 4]], '0=5', '1x4x3x2'],
    ['Permute', [[2, 3]], '0=1', '1x3x2'],
    ['Permute', [[2, 3, 4, 5]], '0=16', '1x4x5x2x3'],
    ['Permute', [[2, 3, 4, 5]], '0=21', '1x5x3x4x2'],
    ['Reshape', [[6, 4, 5]], '0=-1', '1x120'],
    ['Reshape', [[6, 4, 5]], '0=0 1=-1', '1x24x5'],
    ['Reshape', [[6, 4, 5]], '0=20 1=2 2=-1', '1x3x2x20'],
    ['Reshape', [[6, 4, 5]], '0=0 1=0 11=2 2=-1', '1x3x2x4x5'],
    ['Flatten', [[6, 4, 5]], '', '1x120'],
    ['Squeeze', [[1, 4, 1]], '1=1 0=1', '1x1x4'],
    ['Squeeze', [[1, 4, 1]], '-23303=2,0,-1', '1x4'],
    ['ExpandDims', [[4, 5]], '-23303=1,-1', '1x4x5x1'],
    ['ExpandDims', [[5]], '-23303=2,0,1', '1x1x1x5'],
    ['Tile', [[2, 1, 3]], '0=1 1=5', '1x2x5x3'],
    ['Tile', [[2, 3]], '-23302=3,2,1,2', '1x2x2x6'],
    ['Padding', [[2, 3, 4]], '0=1 1=2 2=3 3=4 7=5 8=6', '1x13x6x11'],
    ['Padding', [[2, 3, 4, 5]], '7=1 8=2', '1x2x6x4x5'],
    ['PixelShuffle', [[8, 3, 4]], '0=2', '1x2x6x8'],
    ['Reorg', [[2, 6, 8]], '0=2', '1x8x3x4'],
    ['ShuffleChannel', [[6, 2, 2]], '0=3', '1x6x2x2'],
    ['Interp', [[3, 5, 7]], '0=2 1=5.0e-01 2=2.5', '1x3x2x17'],
    ['Interp', [[3, 5, 7]], '0=1 3=9 4=8', '1x3x9x8'],
    [
      'Interp',
      [
        [3, 5, 7],
        [1, 4, 6],
      ],
      '0=3 5=1',
      '1x3x4x6',
    ],
    ['Interp', [[3]], '0=1 3=9 4=8', '1x3x9x8'],
    ['Interp', [[3, 5]], '0=1 3=1 4=8', '1x3x8'],
    ['Reduction', [[6, 4, 5]], '0=3 1=0 -23303=2,1,2 4=1 5=1', '1x6x1x1'],
    ['Reduction', [[6, 4, 5]], '0=0 1=0 -23303=1,-1 5=1', '1x6x4'],
    ['Reduction', [[6, 4, 5]], '0=4', '1x1'],
    ['StatisticsPooling', [[6, 4, 5]], '0=1', '1x12'],
    ['ArgMax', [[20]], '1=3', '1x1x3'],
    ['Unfold', [[3, 5, 6]], '1=3 4=1 3=2', '1x27x9'],
    ['Diag', [[4]], '0=-2', '1x6x6'],
    ['Diag', [[4, 6]], '0=1', '1x4'],
    ['Flip', [[4, 6]], '-23300=1,0', '1x4x6'],
    ['BinaryOp', [[8, 3, 4], [8]], '0=2', '1x8x3x4'],
    ['BinaryOp', [[8, 3, 4], [4]], '0=0', '1x8x3x4'],
    [
      'BinaryOp',
      [
        [8, 3],
        [8, 3, 4],
      ],
      '0=1',
      '1x8x3x4',
    ],
    ['BinaryOp', [[8, 3, 4]], '0=3 1=1 2=2.0', '1x8x3x4'],
    ['Spectrogram', [[400]], '0=64 1=2 2=16', '1x33x26'],
    ['Spectrogram', [[400]], '0=64 2=16 5=0 8=0', '1x64x22x2'],
    ['InverseSpectrogram', [[33, 26, 2]], '0=64 1=1 2=16', '1x400'],
    [
      'GridSample',
      [
        [4, 9, 9],
        [5, 6, 2],
      ],
      '0=1',
      '1x4x5x6',
    ],
    [
      'GridSample',
      [
        [4, 9, 9],
        [2, 5, 6],
      ],
      '0=2 3=1',
      '1x4x5x6',
    ],
    ['ROIAlign', [[4, 9, 9], [4]], '0=7 1=6 2=0.5 3=2', '1x4x6x7'],
    ['PSROIPooling', [[49, 9, 9], [4]], '3=1', '1x1x7x7'],
    [
      'PriorBox',
      [
        [4, 3, 5],
        [3, 30, 50],
      ],
      '-23300=1,60.0 -23301=1,99.0 -23302=2,2.0,3.0 9=-233 10=-233',
      '1x2x360',
    ],
    [
      'PriorBox',
      [
        [4, 3, 5],
        [3, 30, 50],
      ],
      '-23300=1,60.0 -23302=1,2.0 7=0 9=-233 10=-233',
      '1x2x120',
    ],
    ['DetectionOutput', [[80], [42], [2, 80]], '0=21 3=50', '1x50x6'],
    ['Yolov3DetectionOutput', [[255, 2, 3]], '0=80 1=3', '1x18x6'],
    ['Proposal', [[18, 4, 4], [36, 4, 4], [3]], '3=100', '1x100x1x4 1x100x1x1', 2],
  ])('%s of %j with %s', (type, inputs, params, shapes, outputs) => {
    expect(shapesOf(type, inputs, params, outputs)).toBe(shapes);
  });

  it('pads as "same" to ceil(extent / stride), whatever the window', () => {
    const extent = fc.integer({ min: 1, max: 40 });
    const small = fc.integer({ min: 1, max: 5 });
    fc.assert(
      fc.property(extent, small, small, small, fc.constantFrom(-233, -234), (w, k, s, d, pad) => {
        const params = `0=1 1=${String(k)} 2=${String(d)} 3=${String(s)} 4=${String(pad)} 6=${String(k)}`;
        expect(shapesOf('Convolution1D', [[1, w]], params)).toBe(`1x1x${String(Math.ceil(w / s))}`);
      }),
    );
  });

  it('counts every full pooling window up to the one that reaches the end', () => {
    const extent = fc.integer({ min: 6, max: 40 });
    const small = fc.integer({ min: 1, max: 5 });
    const pad = fc.integer({ min: 0, max: 2 });
    fc.assert(
      fc.property(extent, small, small, pad, pad, (w, k, s, before, after) => {
        let windows = 1;
        while ((windows - 1) * s + k < w + before + after) windows++;
        const params = `1=${String(k)} 2=${String(s)} 3=${String(before)} 14=${String(after)}`;
        expect(shapesOf('Pooling1D', [[2, w]], params)).toBe(`1x2x${String(windows)}`);
      }),
    );
  });

  it('keeps the shape of a function of each element', () => {
    const plain =
      'AbsVal BNLL CELU CumulativeSum DeepCopy Dequantize Dropout ELU Erf Exp GELU HardSigmoid HardSwish Log ' +
      'LRN Mish MVN Power Quantize ReLU Requantize RotaryEmbed SELU Shrink Sigmoid Softmax Softplus Swish TanH ' +
      'Threshold Cast Packing Clip LayerNorm RMSNorm';
    for (const type of plain.split(' ')) expect(shapesOf(type, [[4, 3, 5]], '1=1')).toBe('1x4x3x5');
    for (const type of ['BatchNorm', 'Bias', 'Scale', 'PReLU']) {
      expect(shapesOf(type, [[4, 3, 5]], '0=4')).toBe('1x4x3x5');
    }
    for (const [type, params] of [
      ['InstanceNorm', '0=4'],
      ['GroupNorm', '0=2 1=4'],
      ['Normalize', '3=4'],
      ['CopyTo', ''],
      ['Eltwise', '0=1'],
      ['Scale', '0=-233'],
    ] as const) {
      const inputs = ['CopyTo', 'Eltwise'].includes(type) ? 2 : 1;
      const shapes = Array.from({ length: params === '0=-233' ? 2 : inputs }, (_, i) =>
        params === '0=-233' && i === 1 ? [4] : [4, 3, 5],
      );
      expect(shapesOf(type, shapes, params)).toBe('1x4x3x5');
    }
  });

  it('has all operations of BinaryOp and UnaryOp, and of Reduction', () => {
    for (let i = 0; i < 19; i++) expect(shapesOf('BinaryOp', [[4], [4]], `0=${String(i)}`)).toBe('1x4');
    for (let i = 0; i < 28; i++) expect(shapesOf('UnaryOp', [[4]], `0=${String(i)}`)).toBe('1x4');
    for (let i = 0; i < 11; i++) expect(shapesOf('Reduction', [[4, 2]], `0=${String(i)} 4=1`)).toBe('1x1x1');
  });
});

describe('counts', () => {
  const totals = (type: string, dims: readonly number[], params: string) => {
    const {
      macs,
      weights,
      params: all,
    } = measure(paramText([inputLine(dims), `${type} layer 1 1 data out ${params}`])).totals;
    return { macs, weights, params: all };
  };

  it.each<
    [type: string, dims: readonly number[], params: string, macs: number, weights: number, all: number]
  >([
    ['Convolution', [3, 8, 8], '0=4 1=3 4=1 5=1 6=108', 8 * 8 * 4 * 27, 108, 112],
    ['ConvolutionDepthWise', [4, 8, 8], '0=8 1=3 4=1 6=72 7=4', 8 * 8 * 8 * 9, 72, 72],
    // Every input position adds a kernel to the result.
    ['Deconvolution', [4, 5, 6], '0=8 1=4 3=2 4=1 5=1 6=512', 5 * 6 * 4 * 8 * 16, 512, 520],
    ['InnerProduct', [4, 5, 6], '0=7 1=1 2=840', 840, 840, 847],
    ['InnerProduct', [5, 6], '0=7 1=1 2=42', 5 * 42, 42, 49],
    ['Gemm', [5, 6], '3=1 5=1 6=1 8=7 9=6 10=4', 5 * 42, 42, 49],
    ['Gemm', [5, 6], '3=1 5=1 6=1 8=7 9=6 10=3', 5 * 42, 42, 77],
    // Queries, keys, values and result are projected, with a bias each; two products of 5 x 5 tokens.
    ['MultiHeadAttention', [5, 8], '0=16 1=4 2=128 3=8 4=8', 4 * 5 * 128 + 2 * 25 * 16, 512, 568],
    // Four gates of two products; ncnn stores one bias for each gate.
    ['LSTM', [9, 6], '0=8 1=384 2=2', 9 * 2 * 32 * (6 + 8), 2 * 32 * 14, 2 * 32 * 15],
    // Three gates, and four biases: the state's share of the new one stands apart.
    // The state of 8 is projected to 5, which the gates read and the layer gives.
    ['LSTM', [9, 6], '0=5 1=192 3=8', 9 * (32 * (6 + 5) + 5 * 8), 32 * 11 + 40, 32 * 12 + 40],
    ['GRU', [9, 6], '0=8 1=144', 9 * 24 * 14, 24 * 14, 24 * 14 + 32],
    ['RNN', [9, 6], '0=8 1=48', 9 * 8 * 14, 8 * 14, 8 * 15],
    ['Embed', [9], '0=16 1=100 2=1 3=1600', 0, 0, 1616],
    ['LayerNorm', [9, 16], '0=16', 0, 0, 32],
    ['RMSNorm', [9, 16], '0=16', 0, 0, 16],
    ['BatchNorm', [4, 3, 3], '0=4', 0, 0, 16],
    ['Scale', [4, 3, 3], '0=4 1=1', 0, 0, 8],
    ['PReLU', [4, 3, 3], '0=1', 0, 0, 1],
  ])('%s of %j with %s', (type, dims, params, macs, weights, all) => {
    const found = totals(type, dims, params);
    expect([found.macs ?? 0, found.weights ?? 0, found.params]).toEqual([macs, weights, all]);
  });

  it('sees the function that a layer applies to its result', () => {
    const work = (activation: string) =>
      profile(
        read(paramText([inputLine([3, 4, 4]), `Convolution c 1 1 data out 0=2 1=1 6=6 ${activation}`])).graph,
        { flops: 'full' },
      ).totals.flops;
    // 2 per MAC; of the 32 elements: max(x, 0); and a product; two bounds; exp, sum and quotient; mish; x * hsigmoid.
    expect(
      [
        '',
        '9=1',
        '9=2 -23310=1,0.1',
        '9=3 -23310=2,0.0,6.0',
        '9=3 -23310=2,0.0,1.0',
        '9=4',
        '9=5',
        '9=6',
      ].map(work),
    ).toEqual([0, 1, 2, 2, 2, 3, 5, 5].map((each) => 192 + 32 * each));
  });

  it('computes in eight bits where parameter 8 says so, and stays in them above 100', () => {
    const text = paramText([
      inputLine([3, 8, 8]),
      'Convolution a 1 1 data a 0=4 1=3 5=1 6=108 8=101 9=1',
      'Convolution b 1 1 a b 0=4 1=1 5=1 6=16 8=1',
    ]);
    const { graph } = read(text);
    const kinds = graph.layers.map(({ first, last }) =>
      graph.nodes.slice(first, last).map((node) => (node.kind === 'elementwise' ? node.attrs.fn : node.kind)),
    );
    expect(kinds).toEqual([['quantize', 'conv', 'activation', 'quantize'], ['conv']]);
    const types = graph.nodes.flatMap(({ outputs }) => outputs).map((id) => tensorOf(graph, id).type.dtype);
    expect(types).toEqual(['int8', 'float32', 'float32', 'int8', 'float32']);
    const [, conv] = graph.nodes;
    expect(conv?.params.map((id) => tensorOf(graph, id).type.dtype)).toEqual(['int8', 'float32']);
    // The row is of the convolution, not of what comes before it.
    expect(profile(graph).layers.map(({ kind }) => kind)).toEqual(['conv', 'conv']);
  });

  it('has no layer for Input, MemoryData, Split and Noop', () => {
    const { graph } = read(
      paramText([
        inputLine([4, 3, 3]),
        'MemoryData scale 0 1 scale 0=4',
        'Split split 1 2 data left right',
        'BinaryOp mul 2 1 left scale scaled 0=2',
        'BinaryOp add 2 1 scaled right sum',
        'Noop end 1 1 sum out',
      ]),
    );
    expect(graph.layers.map(({ name }) => name)).toEqual(['mul', 'add']);
    expect(graph.outputs.map(({ name }) => name)).toEqual(['out']);
    // Stored data that scales is no weight.
    expect(
      measure(paramText([inputLine([4, 3, 3]), 'MemoryData s 0 1 s 0=4', 'BinaryOp m 2 1 data s o 0=2']))
        .totals,
    ).toMatchObject({ params: 4, weights: 0 });
  });
});

describe('inputs', () => {
  const OPEN = paramText(['Input in0 0 1 in0', 'Convolution conv1 1 1 in0 out 0=8 1=3 11=5 6=480']);

  it('asks for the size of an input that has none, in a way that works when pasted', () => {
    let message = '';
    try {
      read(OPEN);
    } catch (error) {
      message = String(error);
    }
    expect(message).toContain(
      'net.param:3 Input "in0": input "in0" has no size (fix: give it one, such as --input in0:1x4x224x224) CSP363',
    );
    const [, name = '', shape = ''] = /--input (.+):([0-9x]+)\)/.exec(message) ?? [];
    const { graph } = read(OPEN, { inputs: new Map([[name, shape.split('x').map(Number)]]) });
    expect(graph.outputs.map(({ tensor }) => tensorOf(graph, tensor).type.shape)).toEqual([[1, 8, 220, 222]]);
  });

  it('takes the channels from the weights of the convolution where only height and width are given', () => {
    const { graph } = read(OPEN, { extent: [32, 40] });
    expect(tensorOf(graph, graph.inputs[0]!.tensor).type.shape).toEqual([1, 4, 32, 40]);
  });

  it('takes a size from the hints, other extents and batches where they are asked for', () => {
    const hinted = paramText(['Input x 0 1 x -23330=4,3,20,10,3', 'ReLU relu 1 1 x out']);
    const shapes = (options: NcnnOptions) => {
      const { graph } = read(hinted, options);
      return tensorOf(graph, graph.inputs[0]!.tensor).type.shape;
    };
    expect(shapes({})).toEqual([1, 3, 10, 20]);
    expect(shapes({ extent: [5, 6], batch: 2 })).toEqual([2, 3, 5, 6]);
    expect(shapes({ inputs: new Map([['x', [4, 7, 8, 9]]]) })).toEqual([4, 7, 8, 9]);
  });

  it('takes a blob that no layer makes for an input', () => {
    const { graph } = read(paramText(['ReLU relu 1 1 x out', 'ReLU r2 1 1 out o2']), {
      inputs: new Map([['x', [1, 5]]]),
    });
    expect(graph.inputs.map(({ name }) => name)).toEqual(['x']);
  });

  it('quotes names that a shell would read otherwise', () => {
    expect(() => read(paramText(["Input a 0 1 it's;rm", "ReLU r 1 1 it's;rm o"]))).toThrow(
      "--input 'it'\\''s;rm:1x3x224x224'",
    );
  });

  it('meets stored data with each image of a batch', () => {
    const text = paramText([
      inputLine([4, 8]),
      'MemoryData token 0 1 token 0=8 1=1',
      'Concat concat 2 1 token data out',
    ]);
    const { graph } = read(text, { batch: 3 });
    expect(graph.outputs.map(({ tensor }) => tensorOf(graph, tensor).type.shape)).toEqual([[3, 5, 8]]);
  });
});

describe('what is not as it should be', () => {
  it('says where a layer makes another shape than the file hints at, and counts the layer', () => {
    const { graph, diagnostics } = read(
      paramText([inputLine([3, 8, 8]), 'Convolution c 1 1 data out 0=4 1=3 6=108 -23330=4,3,8,6,4']),
    );
    expect(diagnostics.map(({ severity, message }) => `${severity}: ${message}`)).toEqual([
      'warning: makes 4x6x6 where the file hints at 4x6x8',
    ]);
    expect(graph.outputs.map(({ tensor }) => tensorOf(graph, tensor).type.shape)).toEqual([[1, 4, 6, 6]]);
  });

  it('does not hold the hints against another size that was asked for', () => {
    const text = paramText([
      inputLine([3, 8, 8]),
      'Convolution c 1 1 data out 0=4 1=3 6=108 -23330=4,3,6,6,4',
    ]);
    expect(read(text).diagnostics).toEqual([]);
    expect(read(text, { extent: [16, 16] }).diagnostics).toEqual([]);
  });

  it('names layers of unknown cost, believes their hints and goes on', () => {
    const text = paramText([
      inputLine([3, 8, 8]),
      'MyOwn mine 1 1 data a -23330=4,3,4,4,2',
      'Convolution c 1 1 a b 0=4 1=1 6=8',
      'MyOwn more 1 1 b c',
      'ReLU relu 1 1 c out',
    ]);
    const { diagnostics } = read(text);
    expect(diagnostics[0]?.message).toBe(
      'layers of unknown cost: MyOwn (2 times, first in line 4: ncnn has no such layer); 1 behind them have no shape',
    );
    const { totals, coverage, network } = measure(text);
    expect(totals.macs).toBe(4 * 4 * 8);
    expect(network).toMatchObject({ outputs: [], shapelessOutputs: ['out'] });
    expect(coverage.uncounted).toEqual([
      { op: 'MyOwn', count: 2 },
      { op: 'ReLU', count: 1 },
    ]);
    expect(() => read(text, { onUnknown: 'error' })).toThrow('CSP366');
  });

  it('warns of layers behind the number that line 2 states, which ncnn does not read', () => {
    const { graph, diagnostics } = read(
      `7767517\n2 2\n${inputLine([4])}\nReLU a 1 1 data b\nReLU b 1 1 b c\n`,
    );
    expect(graph.layers).toHaveLength(1);
    expect(diagnostics[0]?.message).toBe(
      '"ReLU" stands behind the 2 layers that line 2 states, where ncnn reads no more',
    );
  });
});

/** Networks as ncnn's converters write them: normalisation folded, activation fused. */
class NetworkLines extends Lines {
  readonly #channels = new Map<string, number>();

  map(channels: number, extent: number): string {
    const blob = this.input([channels, extent, extent]);
    this.#channels.set(blob, channels);
    return blob;
  }

  conv(x: string, outChannels: number, kernel: number, options = '', groups = 1): string {
    const count = (outChannels * (this.#channels.get(x) ?? 0) * kernel ** 2) / groups;
    const type = groups === 1 ? 'Convolution' : 'ConvolutionDepthWise';
    const pad = (kernel - 1) / 2;
    const group = groups === 1 ? '' : `7=${String(groups)} `;
    return this.keep(
      this.add(
        type,
        [x],
        `0=${String(outChannels)} 1=${String(kernel)} 4=${String(pad)} 5=1 6=${String(count)} ${group}${options}`,
      ),
      outChannels,
    );
  }

  keep(blob: string, channels: number): string {
    this.#channels.set(blob, channels);
    return blob;
  }

  channels(blob: string): number {
    return this.#channels.get(blob) ?? 0;
  }

  linear(x: string, outFeatures: number, inFeatures: number, options = ''): string {
    const count = outFeatures * inFeatures;
    return this.keep(
      this.add('InnerProduct', [x], `0=${String(outFeatures)} 1=1 2=${String(count)} ${options}`),
      outFeatures,
    );
  }
}

function vgg16(): string {
  const net = new NetworkLines();
  let x = net.map(3, 224);
  for (const [channels, times] of [
    [64, 2],
    [128, 2],
    [256, 3],
    [512, 3],
    [512, 3],
  ] as const) {
    for (let i = 0; i < times; i++) x = net.conv(x, channels, 3, '9=1');
    x = net.keep(net.add('Pooling', [x], '1=2 2=2'), channels);
  }
  x = net.linear(x, 4096, 512 * 49, '9=1');
  x = net.linear(x, 4096, 4096, '9=1');
  net.add('Softmax', [net.linear(x, 1000, 4096)]);
  return net.text;
}

/** EfficientNet-B0, arXiv 1905.11946, table 1. */
function efficientNetB0(): string {
  const net = new NetworkLines();
  let x = net.conv(net.map(3, 224), 32, 3, '3=2 9=0');
  x = net.keep(net.add('Swish', [x]), 32);
  for (const [expansion, channels, times, stride, kernel] of [
    [1, 16, 1, 1, 3],
    [6, 24, 2, 2, 3],
    [6, 40, 2, 2, 5],
    [6, 80, 3, 2, 3],
    [6, 112, 3, 1, 5],
    [6, 192, 4, 2, 5],
    [6, 320, 1, 1, 3],
  ] as const) {
    for (let i = 0; i < times; i++) {
      const from = x;
      const inner = net.channels(x) * expansion;
      if (expansion > 1) x = net.keep(net.add('Swish', [net.conv(x, inner, 1)]), inner);
      x = net.conv(x, inner, kernel, i === 0 ? `3=${String(stride)}` : '', inner);
      x = net.keep(net.add('Swish', [x]), inner);
      const squeezed = net.channels(from) / 4;
      let gate = net.keep(net.add('Pooling', [x], '0=1 4=1'), inner);
      gate = net.keep(net.add('Swish', [net.linear(gate, squeezed, inner)]), squeezed);
      gate = net.linear(gate, inner, squeezed, '9=4');
      x = net.conv(net.keep(net.add('BinaryOp', [x, gate], '0=2'), inner), channels, 1);
      if (i > 0) x = net.keep(net.add('BinaryOp', [x, from], '0=0'), channels);
    }
  }
  x = net.keep(net.add('Swish', [net.conv(x, 1280, 1)]), 1280);
  net.add('Softmax', [net.linear(net.add('Pooling', [x], '0=1 4=1'), 1000, 1280)]);
  return net.text;
}

/** As darknet2ncnn writes it: routes of groups are crops, the maximum has its padding behind. */
function yolov4Tiny(): string {
  const LEAKY = '9=2 -23310=1,0.1';
  const net = new NetworkLines();
  const concat = (...maps: readonly string[]): string =>
    net.keep(
      net.add('Concat', maps),
      maps.reduce((sum, map) => sum + net.channels(map), 0),
    );
  let x = net.conv(net.map(3, 416), 32, 3, `3=2 ${LEAKY}`);
  x = net.conv(x, 64, 3, `3=2 ${LEAKY}`);
  let route = x;
  for (const channels of [64, 128, 256]) {
    const half = channels / 2;
    const all = net.conv(x, channels, 3, LEAKY);
    const part = net.add('Crop', [all], `2=${String(half)} 3=-233 4=-233 5=${String(half)}`);
    const first = net.conv(net.keep(part, half), half, 3, LEAKY);
    route = net.conv(concat(net.conv(first, half, 3, LEAKY), first), channels, 1, LEAKY);
    x = net.keep(net.add('Pooling', [concat(all, route)], '1=2 2=2 14=1 15=1 5=1'), 2 * channels);
  }
  x = net.conv(net.conv(x, 512, 3, LEAKY), 256, 1, LEAKY);
  const coarse = net.conv(net.conv(x, 512, 3, LEAKY), 255, 1);
  const up = net.add('Interp', [net.conv(x, 128, 1, LEAKY)], '0=1 1=2.0 2=2.0');
  const fine = net.conv(net.conv(concat(net.keep(up, 128), route), 256, 3, LEAKY), 255, 1);
  net.add('Yolov3DetectionOutput', [coarse, fine], '0=80 1=3 2=3.0e-01');
  return net.text;
}

describe('published networks, equal to the zoo to the unit', () => {
  it.each([
    ['vgg16', vgg16(), 15_470_264_320],
    ['efficientnet-b0-official', efficientNetB0(), 385_814_752],
    ['yolov4-tiny', yolov4Tiny(), 3_453_938_176],
  ] as const)('%s', (name, text, macs) => {
    const zoo = profile(buildNetwork(name, name === 'yolov4-tiny' ? { input: [416, 416] } : {}), {
      flops: 'standard',
    });
    const { totals } = measure(text);
    expect([totals.macs, totals.weights]).toEqual([macs, zoo.totals.weights]);
    expect(totals.macs).toBe(zoo.totals.macs);
  });
});
