import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { basicBlock, bottleneckBlock, cspStage, darknetBlock, repeat } from '../../architectures/blocks.ts';
import { buildNetwork, zoo } from '../../architectures/zoo.ts';
import { advise, peakWithJoinsInPlace, type Advice } from '../../src/analysis/explain/advice.ts';
import { explain } from '../../src/analysis/explain/explain.ts';
import { findRuns, partial } from '../../src/analysis/explain/partial.ts';
import { reconcile, type Reconciliation } from '../../src/analysis/explain/reconcile.ts';
import { rewrite, widened } from '../../src/analysis/explain/rewrite.ts';
import { withDeviceCost } from '../../src/analysis/device/withDeviceCost.ts';
import { profile } from '../../src/analysis/profile.ts';
import { deviceById } from '../../src/devices/registry.ts';
import type { Graph, OpNode, TensorId } from '../../src/graph/graph.ts';
import { graph, type Network } from '../../src/graph/network.ts';
import { validate } from '../../src/graph/validate.ts';
import { FLOP_CONVENTIONS } from '../../src/metrics/conventions/flops.ts';

/** The network with one convolution of another width; undefined where the rest does not fit. */
const withWidth = (net: Graph, layer: number, conv: OpNode<'conv'>, width: number): Graph | undefined =>
  rewrite(net, [widened(net, layer, conv, width)])?.graph;

/** torchvision's resnet50 at 224x224. */
const resnet50 = graph('resnet50', (g) => {
  let x = g.maxPool(g.conv(g.input([1, 3, 224, 224]), { outChannels: 64, kernel: 7, stride: 2 }), {
    kernel: 3,
    stride: 2,
  });
  for (const [stage, blocks] of [3, 4, 6, 3].entries()) {
    for (let i = 0; i < blocks; i++) {
      const stride = i === 0 && stage > 0 ? 2 : 1;
      x = bottleneckBlock(g, x, { width: 64 * 2 ** stage, outChannels: 256 * 2 ** stage, stride });
    }
  }
  g.linear(g.globalPool(x), { outFeatures: 1000 });
});

const from = (net: Graph, base: string, convention: string): Reconciliation =>
  reconcile(net, base).reconciliations.find((each) => each.convention === convention)!;

describe('reconciliation', () => {
  it('explains the totals that the tools print, by the parts that they print', () => {
    // fvcore 3378afe, by_operator(): conv 4087136256, batch_norm 22227968, adaptive_avg_pool2d 100352, linear 2048000.
    const fvcore = from(resnet50, 'standard', 'fvcore');
    expect(fvcore).toMatchObject({ total: 4111512576, baseTotal: 2 * 4089184256, residual: 0 });
    const change = (kind: string) =>
      fvcore.differences.filter((each) => each.kind === kind).reduce((sum, each) => sum + each.change, 0);
    expect(change('conv')).toBe(-4087136256);
    expect(change('linear')).toBe(-2048000);
    expect(change('batchNorm')).toBe(22227968);
    expect(change('globalPool')).toBe(100352);
    expect(new Set(fvcore.differences.map(({ kind }) => kind)).size).toBe(4);
    // thop 43c064a and ptflops d612c75 on the same network.
    expect(from(resnet50, 'darknet', 'thop')).toMatchObject({ total: 4133742592, residual: 0 });
    expect(from(resnet50, 'fvcore', 'ptflops')).toMatchObject({ total: 4132436968, residual: 0 });
    // ptflops counts each ReLU twice, of 9608704 elements in all.
    const relu = from(resnet50, 'fvcore', 'ptflops').differences.find(
      ({ kind }) => kind === 'activation relu',
    );
    expect(relu).toMatchObject({ counted: 'outputElement', each: 2, times: 9608704 });
  });

  it.each(zoo().map(({ name }) => name))('leaves nothing of %s unexplained, by any conventions', (name) => {
    const net = buildNetwork(name);
    for (const { id } of name.length % 8 === 0 ? FLOP_CONVENTIONS : FLOP_CONVENTIONS.slice(0, 1)) {
      const { totals, reconciliations } = reconcile(net, id);
      expect(totals.find((total) => total.id === id)?.total).toBe(profile(net, { flops: id }).totals.flops);
      expect(reconciliations).toHaveLength(FLOP_CONVENTIONS.length - 1);
      for (const each of reconciliations) expect(each.residual, `${id} ${each.convention}`).toBe(0);
    }
  });

  it('is the other way round with its sides exchanged', () => {
    const there = from(resnet50, 'darknet', 'onnx-tool');
    const back = from(resnet50, 'onnx-tool', 'darknet');
    expect(back.differences.map(({ change }) => -change)).toEqual(
      there.differences.map(({ change }) => change),
    );
  });

  it('says which operators a convention cannot state', () => {
    const net = graph('up', (g) => {
      g.softmax(g.convTranspose(g.input([1, 4, 8, 8]), { outChannels: 4, kernel: 2, stride: 2, padding: 0 }));
    });
    const unstated = Object.fromEntries(
      reconcile(net, 'full').totals.map((total) => [total.id, total.unstated]),
    );
    expect(unstated).toMatchObject({
      thop: [
        { kind: 'convTranspose', count: 1 },
        { kind: 'softmax', count: 1 },
      ],
      'onnx-tool': [{ kind: 'convTranspose', count: 1 }],
      fvcore: [],
    });
  });

  it('leaves layers that cannot be counted out of both sides', () => {
    const net = graph('odd', ({ builder }) => {
      const origin = { format: 'zoo', architecture: 'odd' } as const;
      const type = { dtype: 'float32', shape: [1, 4, 8, 8] } as const;
      const x = builder.input('x', type);
      builder.layer({ name: 'known', origin });
      const y = builder.add('activation', [x], { fn: 'relu' });
      builder.layer({ name: 'odd', origin });
      const z = builder.add('opaque', [y], { op: 'Odd', outputs: [type] });
      builder.add('activation', [z], { fn: 'relu' });
    });
    const { totals, reconciliations } = reconcile(net, 'standard');
    expect(totals.find(({ id }) => id === 'full')?.total).toBe(256);
    for (const { residual } of reconciliations) expect(residual).toBe(0);
    expect(explain(net).coverage.uncounted).toEqual([{ op: 'Odd', count: 1 }]);
  });

  it('counts parameters by role as the paper, PyTorch and Darknet do', () => {
    const { parameters } = explain(resnet50);
    const sum = (...roles: string[]) =>
      parameters
        .filter(({ role }) => roles.includes(role))
        .reduce((total, { elements }) => total + elements, 0);
    // torchvision: 25,557,032 parameters of resnet50; 53,120 running statistics.
    expect(sum('weight', 'bias', 'scale', 'shift')).toBe(25557032);
    expect(sum('mean', 'variance')).toBe(53120);
    const darknet = explain(buildNetwork('cspresnext50'));
    expect(darknet.cio.find(({ id }) => id === 'cspnet')?.total).toBe(32642024); // figure 8 of the paper
  });
});

describe('another width', () => {
  const chain = (widths: readonly number[]) =>
    graph('chain', (g) => {
      let x = g.input([1, 3, 12, 10]);
      widths.forEach((outChannels, i) => {
        x = g.conv(x, { outChannels, kernel: i % 2 === 0 ? 3 : 1, stride: i === 1 ? 2 : 1 });
      });
      g.linear(g.globalPool(x), { outFeatures: 5 });
    });

  it('gives the network that has that width', () => {
    const widths = fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 5 });
    fc.assert(
      fc.property(widths, fc.nat(), fc.integer({ min: 1, max: 9 }), (all, at, width) => {
        const i = at % all.length;
        const net = chain(all);
        const conv = net.nodes.filter((node) => node.kind === 'conv')[i]!;
        const changed = withWidth(net, i, conv, width)!;
        expect(validate(changed)).toEqual([]);
        const { layers, totals } = profile(chain(all.map((each, j) => (j === i ? width : each))));
        expect(profile(changed)).toMatchObject({ layers, totals });
      }),
    );
  });

  it('is refused where others demand the old one', () => {
    const net = graph('tied', (g) => basicBlock(g, g.input([1, 8, 8, 8]), { outChannels: 8 }));
    const convs = net.nodes.flatMap((node, i): (OpNode<'conv'> & { i: number })[] =>
      node.kind === 'conv' ? [{ ...node, i }] : [],
    );
    expect(convs).toHaveLength(2);
    expect(withWidth(net, 0, net.nodes[convs[0]!.i] as OpNode<'conv'>, 4)).toBeDefined();
    expect(withWidth(net, 1, net.nodes[convs[1]!.i] as OpNode<'conv'>, 4)).toBeUndefined();
  });

  it('keeps shared parameters shared', () => {
    const net = graph('shared', (g) => {
      const x = g.conv(g.input([1, 3, 8, 8]), { outChannels: 8, kernel: 3 });
      const head = g.shared((y: TensorId) => g.conv(y, { outChannels: 4, kernel: 3 }));
      head(x);
      head(x);
      g.conv(x, { outChannels: 6 });
    });
    const last = net.nodes.findLast((node) => node.kind === 'conv') as OpNode<'conv'>;
    const changed = withWidth(net, 3, last, 2)!;
    const { weights } = profile(net).totals;
    expect(profile(changed).totals.weights).toBe((weights as number) - 4 * 8);
  });
});

const COMPARED = ['flops', 'macs', 'weights', 'params', 'cio', 'memoryAccessCost'] as const;

const totalsOf = (net: Graph) => {
  const { totals, bottleneck: largest } = profile(net);
  return [...COMPARED.map((id) => totals[id]), largest?.flops];
};

const asPartial = (net: Graph): Graph =>
  rewrite(
    net,
    findRuns(net).map((run) => partial(net, run)),
  )!.graph;

const places = (net: Graph) => findRuns(net).map(({ form, first, last }) => [form, first, last]);

describe('partial stages', () => {
  /** Darknet-53 with a function that makes its stages. */
  const darknet = (stage: (g: Network, x: TensorId, blocks: number, width: number) => TensorId) =>
    graph(
      'darknet',
      (g) => {
        let x = g.conv(g.input([1, 3, 64, 64]), { outChannels: 32, kernel: 3, activation: 'leaky' });
        for (const [blocks, outChannels] of [
          [1, 64],
          [2, 128],
          [8, 256],
          [4, 512],
        ] as const) {
          x = g.conv(x, { outChannels, kernel: 3, stride: 2 });
          x = stage(g, x, blocks, outChannels / 2);
        }
        g.linear(g.globalPool(x), { outFeatures: 10 });
      },
      { activation: 'leaky' },
    );

  it('of residual blocks are the cross-stage partial stages of the zoo', () => {
    const plain = darknet((g, x, blocks, width) => repeat(x, blocks, (y) => darknetBlock(g, y, { width })));
    const csp = darknet((g, x, blocks, width) =>
      cspStage(g, x, { inner: (y) => repeat(y, blocks, (z) => darknetBlock(g, z, { width })) }),
    );
    expect(places(plain)).toEqual([
      ['residual', 2, 4],
      ['residual', 6, 11],
      ['residual', 13, 36],
      ['residual', 38, 49],
    ]);
    expect(validate(asPartial(plain))).toEqual([]);
    expect(totalsOf(asPartial(plain))).toEqual(totalsOf(csp));
    // What is partial already is left alone.
    expect(places(csp)).toEqual([]);
  });

  it('of ResNeXt bottlenecks keep the widths and groups inside the blocks', () => {
    const net = (stage: (g: Network, x: TensorId) => TensorId) =>
      graph('resnext', (g) => {
        const x = bottleneckBlock(g, g.input([1, 64, 16, 16]), { width: 128, outChannels: 256, groups: 32 });
        g.conv(stage(g, x), { outChannels: 10, stride: 2 });
      });
    const blocks = (g: Network, x: TensorId) =>
      repeat(x, 2, (y) => bottleneckBlock(g, y, { width: 128, outChannels: g.channels(y), groups: 32 }));
    const plain = net(blocks);
    expect(places(plain)).toEqual([['residual', 5, 12]]);
    const csp = net((g, x) => cspStage(g, x, { inner: (y) => blocks(g, y) }));
    expect(totalsOf(asPartial(plain))).toEqual(totalsOf(csp));
  });

  it('end where a map inside is read from outside', () => {
    const net = (stage: (g: Network, x: TensorId) => TensorId) =>
      graph('tapped', (g) => {
        const x = g.conv(g.input([1, 3, 16, 16]), { outChannels: 32, kernel: 3 });
        const tapped = stage(g, x);
        const y = g.conv(stage(g, tapped), { outChannels: 64, kernel: 3, stride: 2 });
        g.concat([g.upsample(y), tapped]);
      });
    const blocks = (g: Network, x: TensorId) => repeat(x, 2, (y) => darknetBlock(g, y, { width: 16 }));
    const plain = net(blocks);
    expect(places(plain)).toEqual([
      ['residual', 1, 6],
      ['residual', 7, 12],
    ]);
    expect(totalsOf(asPartial(plain))).toEqual(
      totalsOf(net((g, x) => cspStage(g, x, { inner: (y) => blocks(g, y) }))),
    );
  });

  it('narrow depthwise convolutions with the map that they filter', () => {
    const net = (stage: (g: Network, x: TensorId) => TensorId) =>
      graph('depthwise', (g) => {
        const x = g.conv(g.input([1, 3, 16, 16]), { outChannels: 32, kernel: 3 });
        g.conv(stage(g, x), { outChannels: 8, stride: 2 });
      });
    const blocks = (g: Network, x: TensorId) =>
      repeat(x, 2, (y) => g.add([y, g.depthwise(y, { kernel: 3 })]));
    expect(totalsOf(asPartial(net(blocks)))).toEqual(
      totalsOf(net((g, x) => cspStage(g, x, { inner: (y) => blocks(g, y) }))),
    );
  });

  /** Dense layers whose results are joined to what they read, one by one. */
  const denseLayers = (g: Network, x: TensorId, layers: number): TensorId =>
    repeat(x, layers, (y) =>
      g.concat([y, g.conv(g.conv(y, { outChannels: 16 }), { outChannels: 8, kernel: 3 })]),
    );

  it('of dense blocks keep their growth, and half of the channels goes around', () => {
    const net = (stage: (g: Network, x: TensorId) => TensorId) =>
      graph('dense', (g) => {
        const x = g.conv(g.input([1, 3, 32, 32]), { outChannels: 24, kernel: 3, stride: 2 });
        g.avgPool(g.conv(stage(g, x), { outChannels: 20 }), { kernel: 2 });
      });
    const plain = net((g, x) => denseLayers(g, x, 4));
    expect(places(plain)).toEqual([['dense', 1, 12]]);
    const csp = net((g, x) =>
      g.concat([denseLayers(g, g.slice(x, { start: 12, end: 24 }), 4), g.slice(x, { start: 0, end: 12 })]),
    );
    expect(validate(asPartial(plain))).toEqual([]);
    expect(totalsOf(asPartial(plain))).toEqual(totalsOf(csp));
    expect(places(csp)).toEqual([]);
  });

  it('are found in the networks of the paper, and not in their partial forms', () => {
    const found = (name: string) => places(buildNetwork(name));
    expect(found('darknet53').map(([form]) => form)).toEqual(Array.from({ length: 5 }, () => 'residual'));
    expect(found('peleenet').map(([form]) => form)).toEqual(Array.from({ length: 4 }, () => 'dense'));
    expect(found('densenet201')).toHaveLength(4);
    expect(found('yolov3-spp')).toHaveLength(5);
    for (const name of [
      'cspdarknet53',
      'cspresnet50',
      'cspresnext50',
      'csppeleenet',
      'cspdensenet-reference',
      'yolov4',
      'vgg16',
    ]) {
      expect(found(name), name).toEqual([]);
    }
  });

  it.each(zoo().map(({ name }) => name))('leave a good graph of %s, with the same outputs', (name) => {
    const net = buildNetwork(name);
    const changed = asPartial(net);
    expect(validate(changed)).toEqual([]);
    expect(profile(changed).network.outputs).toEqual(profile(net).network.outputs);
  });
});

const adviceOf = (net: Graph): Readonly<Record<string, Advice>> =>
  Object.fromEntries(advise(net, profile(net)).map((each) => [each.id, each]));

describe('advice', () => {
  it('evens the largest layer with the next', () => {
    const net = graph('one large', (g) => {
      let x = g.conv(g.input([1, 8, 16, 16]), { outChannels: 16, kernel: 3, name: 'small' });
      x = g.conv(x, { outChannels: 256, kernel: 3, name: 'large' });
      for (let i = 0; i < 4; i++) x = g.conv(x, { outChannels: 16, name: `thin${String(i)}x` });
    });
    const { bottleneck: found } = adviceOf(net);
    // 3x3 16->256 does 9 * 16 * 256 MACs for each position, 1x1 256->16 does 256 * 16: 256 / 9 = 28.4, so 24.
    expect(found!.rows).toEqual([expect.objectContaining({ layer: 1, width: '256->24' })]);
    const narrow = graph('even', (g) => {
      let x = g.conv(g.input([1, 8, 16, 16]), { outChannels: 16, kernel: 3 });
      for (const [outChannels, kernel] of [
        [24, 3],
        [16, 1],
        [16, 1],
        [16, 1],
        [16, 1],
      ] as const)
        x = g.conv(x, { outChannels, kernel });
    });
    const change = (id: 'flops' | 'weights' | 'cio') =>
      (profile(narrow).totals[id] as number) - (profile(net).totals[id] as number);
    expect(found!.rows[0]).toMatchObject({
      flops: change('flops'),
      weights: change('weights'),
      cio: change('cio'),
    });
  });

  it('finds 1x1 convolutions whose channels differ, by how much they move too much', () => {
    const net = graph('uneven', (g) => {
      const x = g.conv(g.input([1, 64, 8, 8]), { outChannels: 64 });
      g.conv(g.conv(x, { outChannels: 256 }), { outChannels: 256 });
    });
    const { unequalChannels: found } = adviceOf(net);
    // hw (c1 + c2) + c1 c2, at 64->256 and at 128->128, which has the same MACs
    expect(found!.rows).toEqual([
      expect.objectContaining({ layer: 1, even: '128->128', excess: 64 * (64 + 256) - 64 * (128 + 128) }),
    ]);
    const brute = Array.from({ length: 64 * 256 }, (_, i) => i + 1)
      .filter((c) => (64 * 256) % c === 0)
      .map((c) => 64 * (c + (64 * 256) / c) + 64 * 256);
    expect(found!.rows[0]!['ratio']).toBeCloseTo((64 * (64 + 256) + 64 * 256) / Math.min(...brute), 12);
  });

  it('leaves out what would save less than a hundredth', () => {
    const uneven = (large: number): Graph =>
      graph('uneven', (g) => {
        const x = g.conv(g.conv(g.input([1, 8, large, large]), { outChannels: 8, kernel: 3 }), {
          outChannels: 8,
          kernel: 3,
        });
        g.conv(g.maxPool(x, { kernel: large / 8, stride: large / 8 }), { outChannels: 64 });
      });
    const share = (large: number): number => {
      const { layers, totals } = profile(uneven(large));
      // hw (c1 + c2) of 8->64 on 8x8, less that of 22.6->22.6
      const bound = layers[3]!.memoryAccessLowerBound!;
      return (layers[3]!.memoryAccessCost! - bound) / totals.memoryAccessCost!;
    };
    expect(share(16)).toBeGreaterThan(0.01);
    expect(adviceOf(uneven(16))['unequalChannels']?.saves?.share).toBeCloseTo(share(16), 12);
    expect(share(128)).toBeLessThan(0.01);
    expect(adviceOf(uneven(128))['unequalChannels']).toBeUndefined();
  });

  it('finds grouped convolutions of low intensity', () => {
    const { lowIntensity } = adviceOf(buildNetwork('mobilenet-v2'));
    expect(lowIntensity!.rows.every(({ operator }) => /g\d+$/.test(String(operator)))).toBe(true);
    expect(adviceOf(buildNetwork('resnet50'))['lowIntensity']).toBeUndefined();
  });

  it('counts what padding of channels adds', () => {
    const net = graph('odd', (g) => {
      const x = g.conv(g.input([1, 3, 8, 8]), { outChannels: 20, kernel: 3 });
      g.conv(x, { outChannels: 32 });
    });
    const { misaligned } = adviceOf(net);
    // 20 -> 32 channels: of the first, whose image keeps its 3, 27 * 12 MACs a position; of the second 12 * 32
    expect(misaligned!.rows).toEqual([
      expect.objectContaining({ layer: 1, padded: '32->32', extra: 64 * 12 * 32 }),
      expect.objectContaining({ layer: 0, extra: 64 * 27 * 12 }),
    ]);
    expect(misaligned!.title).toContain(
      `${((100 * (12 * 32 + 27 * 12)) / (20 * 32 + 27 * 20)).toFixed(1)} % at 16`,
    );
    expect(adviceOf(buildNetwork('vgg16'))['misaligned']).toBeUndefined();
    // What is made of a sound without weights keeps the channels that it is given.
    const sound = graph('sound', (g) => {
      const x = g.builder.add('reshape', [g.input([1, 64 * 3])], { shape: [1, 3, 8, 8] });
      g.conv(g.conv(g.activation(x, 'relu'), { outChannels: 20, kernel: 3 }), { outChannels: 32 });
    });
    expect(adviceOf(sound)['misaligned']!.rows.map(({ extra }) => extra)).toEqual([
      64 * 12 * 32,
      64 * 27 * 12,
    ]);
  });

  it('counts what concatenations copy, and the peak without', () => {
    const net = graph('dense', (g) => {
      let x = g.conv(g.input([1, 1, 10, 10]), {
        outChannels: 4,
        kernel: 3,
        batchNorm: false,
        activation: 'linear',
      });
      for (let i = 0; i < 3; i++) {
        x = g.concat([x, g.conv(x, { outChannels: 4, kernel: 3, batchNorm: false, activation: 'linear' })]);
      }
    });
    const { concatenations } = adviceOf(net);
    // 8, 12 and 16 channels of 100 elements are written, of which 0, 8 and 12 were copied before.
    expect(concatenations!.title).toContain('copy 3600 elements, 55.6 % of them');
    // While the last one runs: 12 channels, 4 new ones and the 16 of the result. In place: the 16, and the image
    // while the first convolution reads it.
    expect(profile(net).totals.peakActivationBytes).toBe(32 * 100 * 4);
    expect(peakWithJoinsInPlace(net)).toBe(17 * 100 * 4);
    expect(adviceOf(buildNetwork('resnet50'))['concatenations']).toBeUndefined();
  });

  it('places a map into one concatenation only, and never an input of the network', () => {
    const net = graph('twice', (g) => {
      const image = g.input([1, 4, 10, 10]);
      const x = g.conv(image, { outChannels: 4, batchNorm: false, activation: 'linear' });
      const both = g.concat([image, x]);
      g.concat([x, both, g.conv(both, { outChannels: 4, batchNorm: false, activation: 'linear' })]);
    });
    // x lives in the first result, which lives in the second, of 16 channels, beside the image until that is copied.
    expect(peakWithJoinsInPlace(net)).toBe((16 + 4) * 100 * 4);
    expect(profile(net).totals.peakActivationBytes).toBe((4 + 8 + 4 + 16) * 100 * 4);
  });

  it('puts first what saves the most, and in time on a device', () => {
    for (const name of ['resnet50', 'peleenet', 'mobilenet-v2', 'vgg16']) {
      const net = buildNetwork(name);
      const shares = advise(net, profile(net)).map(({ saves }) => saves?.share ?? -1);
      expect(shares, name).toEqual([...shares].sort((a, b) => b - a));
      const device = deviceById('jetson-tx2');
      const measure = (each: Graph) => withDeviceCost(each, profile(each), { device });
      const timed = advise(net, measure(net), { measure });
      const isTime = timed.map(({ saves }) => saves?.what === 'predicted time');
      expect(isTime, name).toEqual([...isTime].sort((a, b) => Number(b) - Number(a)));
      for (const { id, saves, rows } of timed) {
        if (id !== 'partialStages' || saves === undefined) continue;
        // The last row is of all stages together, where there are several.
        const seconds = rows.at(-1)!['seconds'] as number;
        expect(saves.share).toBeCloseTo(-seconds / measure(net).totals.predictedSeconds!, 10);
      }
    }
  });

  it('says the same without the details of every row, of every network', () => {
    for (const { name } of zoo().filter((_, i) => i % 4 === 0)) {
      const net = buildNetwork(name);
      const brief = advise(net, profile(net), { detailed: false });
      const heads = (all: readonly Advice[]) => all.map(({ id, title, saves }) => [id, title, saves]);
      const detailed = advise(net, profile(net));
      // One of several layers that cannot be narrowed together may be narrowed alone.
      expect(heads(brief), name).toEqual(heads(detailed));
      for (const { rows } of detailed.filter(({ id }) => id === 'partialStages'))
        for (const row of rows) expect(row['flops'], name).toBeLessThan(0);
    }
  });

  it('is quiet about a balanced network', () => {
    const net = graph('even', (g) => {
      let x = g.input([1, 64, 8, 8]);
      for (let i = 0; i < 4; i++) x = g.conv(x, { outChannels: 64, kernel: 3 });
    });
    expect(advise(net, profile(net))).toEqual([]);
  });
});
