import { mulberry32 } from '../../analysis/measurement/statistics.ts';
import type { Graph, TensorId } from '../../graph/graph.ts';
import { graph, type Activation, type Network } from '../../graph/network.ts';

/**
 * Made-up networks whose kernels are measured for a calibration: the blocks that convolutional networks are made
 * of, with widths, extents and activations drawn anew for each. A kernel is measured between such neighbours as
 * it has in a real network, since what lies in the caches before it decides how long it takes.
 *
 * @param index which one: the same index is the same network
 */
export function design(index: number): Graph {
  const random = mulberry32(index + 1);
  const covering = index < COVERING;
  const draw: Draw = {
    number: random,
    of: (choices) => choices[Math.floor(random() * choices.length)] as (typeof choices)[number],
    chance: (p) => random() < p,
    between: (low, high) => low * (high / low) ** random(),
  };
  return graph(`design-${String(index)}`, (g) => {
    if (covering) {
      section(g, draw, 0, kindsOf(index));
      return;
    }
    let room = FLOPS * draw.of([0.06, 0.12, 0.25, 0.5, 1, 1, 1.5]);
    for (let part = 0; room > 0; part++) room -= section(g, draw, part);
  });
}

/**
 * Designs that come first and hold every kind of block in turn, so that a machine that has time for few of them has
 * measured kernels of every class.
 */
export const COVERING = 12;
/** Blocks of each of them. */
const COVERED = 14;

/** The kinds of blocks of a covering design: where the one before ended, it goes on. */
function kindsOf(index: number): readonly Block[] {
  const kinds = [...new Set(BLOCKS)];
  return Array.from({ length: COVERED }, (_, i) => kinds[(index * COVERED + i) % kinds.length] as Block);
}

/** Arithmetic of one design, about: a run takes tens of milliseconds on one core. */
const FLOPS = 2.5e9;

interface Draw {
  /** in [0, 1) */
  readonly number: () => number;
  readonly of: <T>(choices: readonly T[]) => T;
  readonly chance: (p: number) => boolean;
  /** evenly on a logarithmic scale */
  readonly between: (low: number, high: number) => number;
}

const EXTENTS = [224, 256, 300, 320, 192, 416, 299, 160];
/** Extents in the middle of a network. */
const DEEP = [112, 80, 76, 56, 52, 40, 38, 28, 28, 26, 20, 19, 16, 14, 14, 14, 13, 10, 8, 7, 7, 7];
const ACTIVATIONS: readonly Activation[] = [
  'relu',
  'relu',
  'relu',
  'leaky',
  'leaky',
  'leaky',
  'swish',
  'mish',
  'relu6',
  'hardSwish',
  'logistic',
  'linear',
];
/** FLOPs of one section, at most: from there on nothing follows. */
const MOST = 2.5e8;
/** What one mish takes, in FLOPs of a convolution: it is of another kind. */
const MISH = 2500;
/** What an interpolated value takes, in products of a convolution. */
const RESIZED = 300;
/** Elements of a map between blocks. */
const [LEAST_ELEMENTS, MOST_ELEMENTS] = [5_000, 900_000];

/** A network from its input on, some blocks long; its FLOPs. */
function section(g: Network, draw: Draw, part: number, kinds?: readonly Block[]): number {
  const extent = draw.of(EXTENTS);
  g.defaultActivation = draw.of(ACTIVATIONS);
  let flops = 0;
  let deep = 0;
  /** channels that a map may have here, on or off the multiples that kernels like */
  const width = (size: number, share = 1): number => {
    const least = Math.min(512, Math.max(8, LEAST_ELEMENTS / size));
    const most = Math.max(least, Math.min(2048, MOST_ELEMENTS / size));
    const channels = draw.between(least, most) * share;
    const step = draw.of([16, 16, 16, 16, 32, 32, 32, 64, 8, 8, 4, 4, 2, 1]);
    return Math.max(step, Math.round(channels / step) * step);
  };
  let x: TensorId;
  if (draw.chance(0.25)) {
    x = g.input([1, 3, extent, extent], `input${String(part)}`);
    x = g.conv(x, {
      outChannels: draw.of([16, 24, 32, 32, 64]),
      kernel: draw.of([3, 3, 5, 7]),
      stride: draw.of([1, 2, 2]),
    });
    if (draw.chance(0.7)) x = pool(x);
  } else {
    const small = draw.of(DEEP);
    x = g.input([1, width(small ** 2), small, small], `input${String(part)}`);
    x = g.conv(x, { outChannels: width(small ** 2) });
    count(g.channels(x), g.channels(x), 1, small ** 2);
  }
  if (kinds !== undefined) for (const kind of kinds) x = block(x, kind);
  else while (flops < MOST && deep++ < 14) x = block(x, draw.of(BLOCKS));
  // Results are small, as those of most networks are: a large one is memory that the system hands out anew.
  const whole = sizeOf(x) < 64 && draw.chance(0.3);
  if (kinds !== undefined || draw.chance(0.5)) {
    const outFeatures = draw.of([4096, 1000, 1000, 512, 80]);
    x = g.linear(whole ? x : g.globalPool(x), {
      outFeatures,
      activation: draw.of(['linear', 'relu'] as const),
    });
  } else {
    x = g.conv(g.globalPool(x), { outChannels: 1000, batchNorm: false, activation: 'linear' });
    if (draw.chance(0.5)) x = g.softmax(x);
  }
  g.builder.output(`output${String(part)}`, x);
  return flops;

  function sizeOf(y: TensorId): number {
    const [, , height, w] = g.typeOf(y).shape as readonly [number, number, number, number];
    return height * w;
  }
  function pool(y: TensorId): TensorId {
    const options = draw.of([
      { kernel: 2, stride: 2 },
      { kernel: 3, stride: 2 },
      { kernel: 2, stride: 2 },
    ]);
    return draw.chance(0.8) ? g.maxPool(y, options) : g.avgPool(y, options);
  }
  function count(outs: number, ins: number, taps: number, size: number, groups = 1): void {
    flops += (2 * outs * ins * taps * size) / groups;
    if (g.defaultActivation === 'mish') flops += MISH * outs * size;
  }
  function block(y: TensorId, kind: Block): TensorId {
    const c = g.channels(y);
    const size = sizeOf(y);
    const down = size > 60 && draw.chance(0.35) ? 2 : 1;
    const after = size / down ** 2;
    switch (kind) {
      case 'plain': {
        const outChannels = width(after);
        const kernel = draw.of([1, 3, 3, 5]);
        count(outChannels, c, kernel ** 2, after);
        return g.conv(y, { outChannels, kernel, stride: down, batchNorm: draw.chance(0.8) });
      }
      case 'residual': {
        const inner = width(size, 0.5);
        count(inner, c, 1, size);
        count(c, inner, 9, size);
        const z = g.conv(g.conv(y, { outChannels: inner }), {
          outChannels: c,
          kernel: 3,
          activation: draw.chance(0.5) ? 'linear' : g.defaultActivation,
        });
        const act = draw.chance(0.5) ? g.defaultActivation : 'linear';
        return g.add([z, y], { activation: act });
      }
      case 'bottleneck': {
        const inner = width(after, 0.5);
        const groups = draw.of([1, 1, 2, 8, 16, 32]);
        const mid = Math.max(groups, Math.round(inner / groups) * groups);
        const outs = width(after);
        count(mid, c, 1, size);
        count(mid, mid, 9, after, groups);
        count(outs, mid, 1, after);
        const a = g.conv(y, { outChannels: mid });
        const b = g.conv(a, { outChannels: mid, kernel: 3, stride: down, groups });
        const z = g.conv(b, { outChannels: outs, activation: 'linear' });
        if (draw.chance(0.3)) return z;
        count(outs, c, 1, after);
        return g.add([z, g.conv(y, { outChannels: outs, stride: down, activation: 'linear' })], {
          activation: g.defaultActivation,
        });
      }
      case 'inverted': {
        const wide = width(size, 2);
        const kernel = draw.of([3, 3, 5]);
        const outs = draw.chance(0.4) ? c : width(after);
        count(wide, c, 1, size);
        count(wide, 1, kernel ** 2, after);
        count(outs, wide, 1, after);
        let z = g.depthwise(g.conv(y, { outChannels: wide }), { kernel, stride: down });
        if (draw.chance(0.3)) {
          const low = g.conv(g.globalPool(z), { outChannels: Math.max(4, wide >> 4), batchNorm: false });
          z = g.mul(
            z,
            g.conv(low, {
              outChannels: wide,
              batchNorm: false,
              activation: draw.of(['logistic', 'hardSigmoid'] as const),
            }),
          );
        }
        z = g.conv(z, { outChannels: outs, activation: 'linear' });
        return outs === c && down === 1 ? g.add([z, y]) : z;
      }
      case 'dense': {
        const growth = draw.of([16, 32, 32, 48, 12, 24]);
        const bottleneck = draw.chance(0.6);
        const first = draw.chance(0.4);
        const z0 = first ? g.batchNorm(y) : y;
        const mid = 4 * growth;
        if (bottleneck) count(mid, c, 1, size);
        count(growth, bottleneck ? mid : c, 9, size);
        const z = g.conv(bottleneck ? g.conv(z0, { outChannels: mid }) : z0, {
          outChannels: growth,
          kernel: 3,
        });
        return g.concat([z, y]);
      }
      case 'csp': {
        const half = Math.floor(c / 2);
        const slices = draw.chance(0.4);
        const a = slices ? g.slice(y, { start: 0, end: half }) : g.conv(y, { outChannels: half });
        const b = slices ? g.slice(y, { start: half, end: c }) : g.conv(y, { outChannels: half });
        if (!slices) count(2 * half, c, 1, size);
        count(half, half, 10, size);
        count(width(size), 2 * half, 1, size);
        const z = g.conv(b, { outChannels: half, kernel: 3 });
        return g.conv(g.concat([g.conv(z, { outChannels: half }), a]), { outChannels: width(size) });
      }
      case 'asymmetric': {
        const mid = width(size, 0.6);
        const kernel = draw.of([3, 5, 7]);
        count(mid, c, kernel, size);
        count(mid, mid, kernel, size);
        const z = g.conv(y, { outChannels: mid, kernel: [1, kernel] });
        return g.conv(z, { outChannels: mid, kernel: [kernel, 1] });
      }
      case 'grouped': {
        const groups = draw.of([2, 4, 8, 16, 32]);
        const ins = Math.max(groups, Math.round(c / groups) * groups);
        const outs = Math.max(groups, Math.round(width(after) / groups) * groups);
        const kernel = draw.of([1, 3, 3, 5]);
        count(outs, ins, kernel ** 2, after, groups);
        count(ins, c, 1, size);
        const z = ins === c ? y : g.conv(y, { outChannels: ins });
        return g.conv(z, { outChannels: outs, kernel, stride: down, groups });
      }
      case 'depthwise': {
        const kernel = draw.of([3, 3, 5, 7]);
        count(c, 1, kernel ** 2, after);
        const multiplier = draw.of([1, 1, 1, 2]);
        return g.conv(y, { outChannels: multiplier * c, kernel, stride: down, groups: c });
      }
      case 'pool':
        return size < 60 ? y : pool(y);
      case 'spp': {
        const kernel = draw.of([3, 5, 9, 13]);
        const mode = draw.chance(0.7);
        const z = mode ? g.maxPool(y, { kernel, stride: 1 }) : g.avgPool(y, { kernel: 3, stride: 1 });
        const outs = width(size);
        count(outs, 2 * c, 1, size);
        return g.conv(g.concat([z, y]), { outChannels: outs });
      }
      case 'up': {
        if (size > 60 * 60 || size < 20) return y;
        const outs = width(size, 0.5);
        count(outs, c, 1, size);
        count(outs, c, 1, 4 * size);
        const z = g.upsample(g.conv(y, { outChannels: outs }));
        const finer = g.upsample(y);
        return g.concat([z, g.conv(finer, { outChannels: outs })]);
      }
      case 'transposed': {
        if (size > 40 * 40) return y;
        const outChannels = width(4 * size, 0.5);
        count(outChannels, c, 16, size);
        return g.convTranspose(y, {
          outChannels,
          ...draw.of([
            { kernel: 4, padding: 1 },
            { kernel: 2, padding: 0 },
          ]),
          stride: 2,
        });
      }
      case 'deformable': {
        const outChannels = width(size, 0.5);
        count(outChannels + 27, c, 9, size);
        return g.deformConv(y, { outChannels, kernel: 3 });
      }
      case 'resize': {
        // What segmentation ends with: few channels, many positions.
        const outChannels = draw.of([8, 19, 21, 64, c]);
        const scale = draw.of([2, 2, 4, 8]);
        const [, , height = 1, w = 1] = g.typeOf(y).shape;
        if (outChannels * size * scale ** 2 > 4 * MOST_ELEMENTS) return y;
        count(outChannels, c, 1, size);
        count(outChannels, RESIZED, scale ** 2, size);
        const z = g.conv(y, { outChannels, batchNorm: false, activation: 'linear' });
        const finer = g.resize(z, { size: [scale * height, scale * w], mode: 'linear' });
        return g.conv(g.maxPool(finer, { kernel: 2 * scale, stride: 2 * scale }), { outChannels: c });
      }
      case 'shuffle': {
        const even = width(size) & ~1;
        count(even, c, 1, size);
        const z = g.channelShuffle(g.conv(y, { outChannels: even }), { groups: 2 });
        const [a, b] = [g.split(z, { parts: 2, part: 0 }), g.split(z, { parts: 2, part: 1 })];
        count(even / 2, even / 2, 1, size);
        count(even / 2, 1, 9, size);
        return g.concat([a, g.conv(g.depthwise(b, { kernel: 3 }), { outChannels: even / 2 })]);
      }
      case 'activation':
        return g.activation(
          y,
          draw.of(['relu', 'leaky', 'swish', 'mish', 'hardSwish', 'logistic', 'tanh', 'relu6'] as const),
        );
      case 'scale': {
        count(c, c, 1, size);
        return g.mul(y, g.conv(y, { outChannels: c, activation: 'logistic' }));
      }
    }
  }
}

const BLOCKS = [
  'plain',
  'plain',
  'plain',
  'plain',
  'residual',
  'residual',
  'bottleneck',
  'bottleneck',
  'bottleneck',
  'inverted',
  'inverted',
  'inverted',
  'dense',
  'dense',
  'dense',
  'csp',
  'csp',
  'asymmetric',
  'grouped',
  'grouped',
  'depthwise',
  'depthwise',
  'pool',
  'spp',
  'up',
  'shuffle',
  'activation',
  'scale',
  'transposed',
  'resize',
  'deformable',
] as const;

type Block = (typeof BLOCKS)[number];
