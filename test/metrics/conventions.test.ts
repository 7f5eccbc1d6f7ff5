import { describe, expect, it } from 'vitest';
import { bottleneckBlock } from '../../architectures/blocks.ts';
import { buildNetwork } from '../../architectures/zoo.ts';
import { profile } from '../../src/analysis/profile.ts';
import { foldBatchNorms } from '../../src/graph/foldBatchNorms.ts';
import { graph } from '../../src/graph/network.ts';

/** torchvision's resnet50 and resnext50_32x4d at 224x224. */
const torchvision = (groups: number, width: number) =>
  graph('resnet50', (g) => {
    const stem = g.conv(g.input([1, 3, 224, 224]), { outChannels: 64, kernel: 7, stride: 2 });
    let x = g.maxPool(stem, { kernel: 3, stride: 2 });
    for (const [stage, blocks] of [3, 4, 6, 3].entries()) {
      for (let i = 0; i < blocks; i++) {
        x = bottleneckBlock(g, x, {
          width: width * 2 ** stage,
          outChannels: 256 * 2 ** stage,
          stride: i === 0 && stage > 0 ? 2 : 1,
          groups,
        });
      }
    }
    g.linear(g.globalPool(x), { outFeatures: 1000 });
  });

const total = (groups: number, width: number, flops: string) =>
  profile(torchvision(groups, width), { flops }).totals.flops;

// What the tools themselves print, run on torchvision 0.14.1 with torch 1.13 on 2026-11-24:
// fvcore 3378afe: FlopCountAnalysis(model, zeros(1, 3, 224, 224)).total()
// thop 43c064a: profile(model, inputs=(zeros(1, 3, 224, 224),))
// ptflops d612c75: get_model_complexity_info(model, (3, 224, 224), backend='pytorch')
describe('FLOP conventions', () => {
  it.each([
    ['fvcore', 1, 64, 4111512576],
    ['fvcore', 32, 128, 4259381248],
    ['thop', 1, 64, 4133742592],
    ['thop', 32, 128, 4288184320],
    ['ptflops', 1, 64, 4132436968],
    ['ptflops', 32, 128, 4286878696],
    // torchvision publishes 4.09 and 4.23 GFLOPS, which are MACs: 4089184256 and 4230479872.
    ['standard', 1, 64, 2 * 4089184256],
    ['standard', 32, 128, 2 * 4230479872],
  ])('%s, %i groups', (convention, groups, width, printed) => {
    expect(total(groups, width, convention)).toBe(printed);
  });

  it('differ by what the tools count and leave out', () => {
    const batchNormElements = 22227968 / 2;
    const [fvcore, thop] = [total(1, 64, 'fvcore') as number, total(1, 64, 'thop') as number];
    expect(thop - fvcore).toBe(2 * batchNormElements + 2048);
  });

  // onnx-tool 00f5f0a, graph.profile() of what torch.onnx.export writes, which has the batch normalisation folded
  it.each([
    [1, 64, 4117342184],
    [32, 128, 4265210856],
  ])('onnx-tool, %i groups', (groups, width, printed) => {
    const { totals } = profile(foldBatchNorms(torchvision(groups, width)), { flops: 'onnx-tool' });
    expect(totals.flops).toBe(printed);
  });
});

// Net::getFLOPS of OpenCV 4.6.0 for the networks' files at 416x416, run on 2026-11-30
it.each([
  ['yolov3-tiny', 5675860775],
  ['yolov3-tiny-prn', 3571845927],
  ['yolov4-tiny', 7016352551],
])('opencv, %s', (network, printed) => {
  expect(profile(buildNetwork(network), { flops: 'opencv' }).totals.flops).toBe(printed);
});

describe('a network of what the tools count in their own ways', () => {
  const at = (begin: readonly number[], end = begin) =>
    ({ padding: { begin, end }, dilation: [1, 1], rounding: 'floor' }) as const;

  // In PyTorch, by module, at 1x3x64x96: Conv2d(3, 16, 3, 2, 1), LeakyReLU, MaxPool2d(2, 2), Conv2d(16, 16, 3, 1, 1,
  // groups=16, bias=False), BatchNorm2d, ReLU6, y = Conv2d(16, 24, (3, 5), (1, 2), (1, 2), bias=False), BatchNorm2d,
  // ReLU, z = AvgPool2d(2, 2), Upsample(2), y + z, then Sigmoid of ConvTranspose2d(24, 8, 3, 2, 1, output_padding=1)
  // and Tanh, AdaptiveAvgPool2d(1) of both, concatenated, Linear(32, 10).
  const mixed = () =>
    graph('mixed', ({ builder: b }) => {
      b.layer({ name: 'all', origin: { format: 'zoo', architecture: 'mixed' } });
      let x = b.input('x', { dtype: 'float32', shape: [1, 3, 64, 96] });
      x = b.add('conv', [x], {
        kernel: [3, 3],
        stride: [2, 2],
        ...at([1, 1]),
        outChannels: 16,
        groups: 1,
        bias: true,
      });
      x = b.add('activation', [x], { fn: 'leaky' });
      x = b.add('maxPool', [x], { kernel: [2, 2], stride: [2, 2], ...at([0, 0]) });
      x = b.add('conv', [x], {
        kernel: [3, 3],
        stride: [1, 1],
        ...at([1, 1]),
        outChannels: 16,
        groups: 16,
        bias: false,
      });
      x = b.add('activation', [b.add('batchNorm', [x], {})], { fn: 'relu6' });
      x = b.add('conv', [x], {
        kernel: [3, 5],
        stride: [1, 2],
        ...at([1, 2]),
        outChannels: 24,
        groups: 1,
        bias: false,
      });
      const y = b.add('activation', [b.add('batchNorm', [x], {})], { fn: 'relu' });
      const z = b.add('avgPool', [y], { kernel: [2, 2], stride: [2, 2], ...at([0, 0]) });
      const sum = b.add('add', [y, b.add('upsample', [z], { factor: 2 })], { align: 'exact' });
      const t = b.add('globalPool', [b.add('activation', [sum], { fn: 'tanh' })], { mode: 'average' });
      const window = { kernel: [3, 3], stride: [2, 2], ...at([1, 1]), outputPadding: [1, 1] };
      let u = b.add('convTranspose', [sum], { ...window, outChannels: 8, groups: 1, bias: true });
      u = b.add('globalPool', [b.add('activation', [u], { fn: 'logistic' })], { mode: 'average' });
      b.add('linear', [b.add('concat', [t, u], { axis: 1 })], { outFeatures: 10, bias: true, flatten: true });
    });

  it.each([
    ['fvcore', 2193728],
    ['ptflops', 2338122],
  ])('%s', (flops, printed) => {
    expect(profile(mixed(), { flops }).totals.flops).toBe(printed);
  });

  // thop and onnx-tool multiply the output of a transposed convolution, which no weights of ours state.
  it.each([
    ['thop', mixed(), 3211744 - 8 * 32 * 24 * 24 * 9],
    ['onnx-tool', foldBatchNorms(mixed()), 2966474 - (8 * 32 * 24 * 8 * 9 + 8 * 32 * 24)],
  ] as const)('%s, but for the transposed convolution', (flops, net, printed) => {
    expect(profile(net, { flops }).totals.flops).toBe(printed);
  });
});
