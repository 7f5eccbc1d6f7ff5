import { describe, expect, it } from 'vitest';
import { readDarknet } from '../../../src/formats/darknet/read.ts';
import { toBytes, writeOnnx } from '../../../src/formats/onnx/write.ts';
import type { Graph, Tensor, TensorId } from '../../../src/graph/graph.ts';
import { run, withoutRuntime } from './runtime.ts';

/*
 * Small .cfg files, written to ONNX and run, against what Darknet computes: loops over flat buffers, with the sizes
 * and offsets that its layers use, and without a look at our graph but for the numbers in its weights.
 */

interface FloatMap {
  readonly c: number;
  readonly h: number;
  readonly w: number;
  readonly data: Float64Array;
}

const map = (c: number, h: number, w: number): FloatMap => ({ c, h, w, data: new Float64Array(c * h * w) });

/** Index of a position in one image, or undefined beside it. */
const index = ({ h, w }: FloatMap, c: number, y: number, x: number): number | undefined =>
  y >= 0 && y < h && x >= 0 && x < w ? (c * h + y) * w + x : undefined;

const numbers = (seed: number, count: number, low: number, high: number): Float64Array => {
  let state = seed * 2654435761 + 1;
  return Float64Array.from({ length: count }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) | 0;
    return Math.fround(low + ((state >>> 0) / 2 ** 32) * (high - low));
  });
};

const weightsOf = (id: TensorId, { type, role }: Tensor): Float64Array =>
  numbers(
    id + 1,
    type.shape.reduce((product, extent) => product * extent, 1),
    role === 'variance' ? 0.5 : -1,
    role === 'variance' ? 1.5 : 1,
  );

const INPUT = { c: 6, h: 8, w: 12 } as const;

const image = (): FloatMap => ({ ...INPUT, data: numbers(7, INPUT.c * INPUT.h * INPUT.w, -4, 4) });

/** Numbers of a layer's parameters by role, in the order of its nodes. */
type Params = (layer: number, role: Tensor['role']) => Float64Array;

const leaky = (x: number): number => (x > 0 ? x : 0.1 * x);
const logistic = (x: number): number => 1 / (1 + Math.exp(-x));

const each = (input: FloatMap, f: (x: number, i: number) => number): FloatMap => ({
  ...input,
  data: input.data.map(f),
});

interface Conv {
  readonly filters: number;
  readonly size: number;
  readonly stride: number;
  readonly padding: number;
  readonly groups: number;
}

/** Sum over the window, channel by channel of the group; weights lie as filters x channels x size x size. */
function conv(
  input: FloatMap,
  weights: Float64Array,
  { filters, size, stride, padding, groups }: Conv,
): FloatMap {
  const output = map(
    filters,
    Math.floor((input.h + 2 * padding - size) / stride) + 1,
    Math.floor((input.w + 2 * padding - size) / stride) + 1,
  );
  const channels = input.c / groups;
  for (let f = 0; f < filters; f++) {
    const first = Math.floor(f / (filters / groups)) * channels;
    for (let y = 0; y < output.h; y++) {
      for (let x = 0; x < output.w; x++) {
        let sum = 0;
        for (let c = 0; c < channels; c++) {
          for (let i = 0; i < size; i++) {
            for (let j = 0; j < size; j++) {
              const at = index(input, first + c, y * stride + i - padding, x * stride + j - padding);
              if (at !== undefined)
                sum += input.data[at]! * weights[((f * channels + c) * size + i) * size + j]!;
            }
          }
        }
        output.data[index(output, f, y, x)!] = sum;
      }
    }
  }
  return output;
}

const area = ({ h, w }: FloatMap): number => h * w;

const addBias = (input: FloatMap, bias: Float64Array): FloatMap =>
  each(input, (x, i) => x + bias[Math.floor(i / area(input))]!);

const normalize = (input: FloatMap, layer: number, params: Params): FloatMap => {
  const [scale, shift, mean, variance] = (['scale', 'shift', 'mean', 'variance'] as const).map((role) =>
    params(layer, role),
  );
  return each(input, (x, i) => {
    const c = Math.floor(i / area(input));
    return ((x - mean![c]!) / Math.sqrt(variance![c]! + 0.00001)) * scale![c]! + shift![c]!;
  });
};

/** `padding` in all, the smaller half before the map; what lies outside never wins. */
function maxpool(input: FloatMap, size: number, stride: number, padding: number): FloatMap {
  const output = map(
    input.c,
    Math.floor((input.h + padding - size) / stride) + 1,
    Math.floor((input.w + padding - size) / stride) + 1,
  );
  const offset = -Math.floor(padding / 2);
  for (let c = 0; c < input.c; c++) {
    for (let y = 0; y < output.h; y++) {
      for (let x = 0; x < output.w; x++) {
        let max = -Infinity;
        for (let i = 0; i < size; i++) {
          for (let j = 0; j < size; j++) {
            const at = index(input, c, offset + y * stride + i, offset + x * stride + j);
            if (at !== undefined) max = Math.max(max, input.data[at]!);
          }
        }
        output.data[index(output, c, y, x)!] = max;
      }
    }
  }
  return output;
}

/** The map that a shortcut adds, sampled where it is larger, at the channels that both have. */
function shortcut(input: FloatMap, from: FloatMap): FloatMap {
  const output = { ...input, data: input.data.slice() };
  const stride = Math.max(1, Math.floor(from.w / input.w));
  const sample = Math.max(1, Math.floor(input.w / from.w));
  for (let c = 0; c < Math.min(input.c, from.c); c++) {
    for (let y = 0; y < Math.min(input.h, from.h); y++) {
      for (let x = 0; x < Math.min(input.w, from.w); x++) {
        output.data[index(output, c, y * sample, x * sample)!]! +=
          from.data[index(from, c, y * stride, x * stride)!]!;
      }
    }
  }
  return output;
}

const route = (maps: readonly FloatMap[], groups = 1, group = 0): FloatMap => {
  const parts = maps.map(({ data }) => {
    const part = data.length / groups;
    return Array.from(data.subarray(part * group, part * (group + 1)));
  });
  const { h, w } = maps[0]!;
  return { c: maps.reduce((sum, { c }) => sum + c / groups, 0), h, w, data: Float64Array.from(parts.flat()) };
};

const average = (input: FloatMap): FloatMap => {
  const output = map(input.c, 1, 1);
  input.data.forEach((x, i) => (output.data[Math.floor(i / area(input))]! += x / area(input)));
  return output;
};

/** What a section is told apart by, and what Darknet makes of the results before it. */
interface Case {
  readonly name: string;
  readonly sections: string;
  readonly expected: (input: FloatMap, params: Params) => FloatMap;
}

const CONV = { filters: 8, size: 3, stride: 2, padding: 1, groups: 1 } as const;
const CONV_SECTION = '[convolutional]\nfilters=8\nsize=3\nstride=2\npad=1\nactivation=linear\n';

const CASES: readonly Case[] = [
  {
    name: 'convolutional with bias',
    sections: '[convolutional]\nfilters=8\nsize=3\nstride=2\npad=1\nactivation=leaky\n',
    expected: (x, params) => each(addBias(conv(x, params(0, 'weight'), CONV), params(0, 'bias')), leaky),
  },
  {
    name: 'convolutional with batch normalisation, groups and mish',
    sections: '[convolutional]\nbatch_normalize=1\nfilters=4\nsize=3\npad=1\ngroups=2\nactivation=mish\n',
    expected(x, params) {
      const y = conv(x, params(0, 'weight'), { filters: 4, size: 3, stride: 1, padding: 1, groups: 2 });
      return each(normalize(y, 0, params), (value) => value * Math.tanh(Math.log1p(Math.exp(value))));
    },
  },
  {
    name: 'convolutional with padding=0',
    sections: '[convolutional]\nfilters=2\nsize=5\nstride=1\npadding=0\nactivation=logistic\n',
    expected: (x, params) =>
      each(
        addBias(
          conv(x, params(0, 'weight'), { filters: 2, size: 5, stride: 1, padding: 0, groups: 1 }),
          params(0, 'bias'),
        ),
        logistic,
      ),
  },
  {
    name: 'maxpool 2/2',
    sections: '[maxpool]\nsize=2\nstride=2\n',
    expected: (x) => maxpool(x, 2, 2, 1),
  },
  {
    name: 'maxpool 2/1, which pads after the map',
    sections: '[maxpool]\nsize=2\nstride=1\n',
    expected: (x) => maxpool(x, 2, 1, 1),
  },
  {
    name: 'maxpool 5/1',
    sections: '[maxpool]\nsize=5\nstride=1\n',
    expected: (x) => maxpool(x, 5, 1, 4),
  },
  {
    name: 'maxpool 3/2 without padding',
    sections: '[maxpool]\nsize=3\nstride=2\npadding=0\n',
    expected: (x) => maxpool(x, 3, 2, 0),
  },
  {
    name: 'maxpool over channels',
    sections: '[maxpool]\nmaxpool_depth=1\nout_channels=2\nsize=1\nstride=1\n',
    expected: (x) => {
      const output = map(2, x.h, x.w);
      output.data.fill(-Infinity);
      x.data.forEach((value, i) => {
        const at = i % (2 * area(x));
        output.data[at] = Math.max(output.data[at]!, value);
      });
      return output;
    },
  },
  { name: 'avgpool', sections: '[avgpool]\n', expected: average },
  {
    name: 'upsample',
    sections: '[upsample]\nstride=2\n',
    expected: (x) => {
      const output = map(x.c, x.h * 2, x.w * 2);
      output.data.forEach((_, i) => {
        const [column, row, c] = [
          i % output.w,
          Math.floor(i / output.w) % output.h,
          Math.floor(i / area(output)),
        ];
        output.data[i] = x.data[index(x, c, Math.floor(row / 2), Math.floor(column / 2))!]!;
      });
      return output;
    },
  },
  {
    name: 'route of two layers',
    sections: `[maxpool]\nsize=3\nstride=1\n[maxpool]\nsize=5\nstride=1\n[route]\nlayers=-2,-1\n`,
    expected: (x) => {
      const y = maxpool(x, 3, 1, 2);
      return route([y, maxpool(y, 5, 1, 4)]);
    },
  },
  {
    name: 'route of the second half',
    sections: '[maxpool]\nsize=3\nstride=1\n[route]\nlayers=-1\ngroups=2\ngroup_id=1\n',
    expected: (x) => route([maxpool(x, 3, 1, 2)], 2, 1),
  },
  {
    name: 'shortcut of equal maps',
    sections:
      '[maxpool]\nsize=3\nstride=1\n[maxpool]\nsize=3\nstride=1\n[shortcut]\nfrom=-2\nactivation=leaky\n',
    expected: (x) => {
      const y = maxpool(x, 3, 1, 2);
      return each(shortcut(maxpool(y, 3, 1, 2), y), leaky);
    },
  },
  {
    name: 'shortcut from a larger, shallower map (2019)',
    sections: `[maxpool]\nsize=3\nstride=1\n${CONV_SECTION}[shortcut]\nfrom=-2\nactivation=linear\n`,
    expected: (x, params) => {
      const y = maxpool(x, 3, 1, 2);
      return shortcut(addBias(conv(y, params(1, 'weight'), CONV), params(1, 'bias')), y);
    },
  },
  {
    name: 'reorg',
    sections: '[convolutional]\nfilters=8\nsize=1\nactivation=linear\n[reorg]\nstride=2\n',
    expected: (x, params) => {
      const y = addBias(
        conv(x, params(0, 'weight'), { filters: 8, size: 1, stride: 1, padding: 0, groups: 1 }),
        params(0, 'bias'),
      );
      // The map is read as 2 channels of twice the height and width; the result has its own shape.
      const data = new Float64Array(y.data.length);
      for (let k = 0; k < y.c; k++) {
        for (let j = 0; j < y.h; j++) {
          for (let i = 0; i < y.w; i++) {
            const part = Math.floor(k / 2);
            const [row, column] = [j * 2 + Math.floor(part / 2), i * 2 + (part % 2)];
            data[(k * y.h + j) * y.w + i] = y.data[((k % 2) * y.h * 2 + row) * y.w * 2 + column]!;
          }
        }
      }
      return { c: y.c * 4, h: y.h / 2, w: y.w / 2, data };
    },
  },
  {
    name: 'reorg3d',
    sections: '[reorg3d]\nstride=2\n',
    expected: (x) => {
      const output = map(x.c * 4, x.h / 2, x.w / 2);
      output.data.forEach((_, i) => {
        const [column, row, k] = [
          i % output.w,
          Math.floor(i / output.w) % output.h,
          Math.floor(i / area(output)),
        ];
        const part = Math.floor(k / x.c);
        output.data[i] = x.data[index(x, k % x.c, row * 2 + Math.floor(part / 2), column * 2 + (part % 2))!]!;
      });
      return output;
    },
  },
  {
    name: 'scale_channels (squeeze and excitation)',
    sections: '[maxpool]\nsize=3\nstride=1\n[avgpool]\n[scale_channels]\nfrom=-2\nactivation=leaky\n',
    expected: (x) => {
      const y = maxpool(x, 3, 1, 2);
      const scale = average(y).data;
      return each(y, (value, i) => leaky(value * scale[Math.floor(i / area(y))]!));
    },
  },
  {
    name: 'scale_channels per position',
    sections:
      '[maxpool]\nsize=3\nstride=1\n[convolutional]\nfilters=1\nsize=1\nactivation=logistic\n[scale_channels]\nfrom=-2\nscale_wh=1\n',
    expected: (x, params) => {
      const y = maxpool(x, 3, 1, 2);
      const one = { filters: 1, size: 1, stride: 1, padding: 0, groups: 1 };
      const scale = each(addBias(conv(y, params(1, 'weight'), one), params(1, 'bias')), logistic).data;
      return each(y, (value, i) => value * scale[i % area(y)]!);
    },
  },
  {
    name: 'sam',
    sections: '[maxpool]\nsize=3\nstride=1\n[maxpool]\nsize=5\nstride=1\n[sam]\nfrom=-2\n',
    expected: (x) => {
      const y = maxpool(x, 3, 1, 2);
      const z = maxpool(y, 5, 1, 4);
      return each(z, (value, i) => value * y.data[i]!);
    },
  },
  {
    name: 'connected and softmax',
    sections: '[connected]\noutput=10\nactivation=relu\n[softmax]\n',
    expected: (x, params) => {
      const [weights, bias] = [params(0, 'weight'), params(0, 'bias')];
      const values = Float64Array.from(bias, (b, o) =>
        Math.max(
          0,
          x.data.reduce((sum, value, i) => sum + value * weights[o * x.data.length + i]!, b),
        ),
      );
      const exps = values.map((value) => Math.exp(value - Math.max(...values)));
      const total = exps.reduce((a, b) => a + b, 0);
      return { c: 10, h: 1, w: 1, data: exps.map((value) => value / total) };
    },
  },
  {
    name: 'yolo',
    sections:
      '[convolutional]\nfilters=16\nsize=1\nactivation=linear\n[yolo]\nmask=0,1\nanchors=1,2,3,4\nnum=2\nclasses=3\n',
    expected: (x, params) => {
      const one = { filters: 16, size: 1, stride: 1, padding: 0, groups: 1 };
      const y = addBias(conv(x, params(0, 'weight'), one), params(0, 'bias'));
      return each(y, (value, i) => {
        const entry = Math.floor(i / area(y)) % 8;
        return entry === 2 || entry === 3 ? value : logistic(value);
      });
    },
  },
  {
    name: 'dropout',
    sections: '[maxpool]\nsize=3\nstride=1\n[dropout]\nprobability=0.5\n',
    expected: (x) => maxpool(x, 3, 1, 2),
  },
  ...(
    [
      ['relu6', (x) => Math.min(Math.max(x, 0), 6)],
      ['swish', (x) => x * logistic(x)],
      ['hard_mish', (x) => (x > 0 ? x : x > -2 ? (x * x) / 2 + x : 0)],
      ['elu', (x) => (x >= 0 ? x : Math.exp(x) - 1)],
      ['tanh', (x) => 2 / (1 + Math.exp(-2 * x)) - 1],
      ['loggy', (x) => 2 / (1 + Math.exp(-x)) - 1],
      ['ramp', (x) => x * Number(x > 0) + 0.1 * x],
      ['relie', (x) => (x > 0 ? x : 0.01 * x)],
      ['plse', (x) => (x < -4 ? 0.01 * (x + 4) : x > 4 ? 0.01 * (x - 4) + 1 : 0.125 * x + 0.5)],
      ['lhtan', (x) => (x < 0 ? 0.001 * x : x > 1 ? 0.001 * (x - 1) + 1 : x)],
      ['hardtan', (x) => Math.min(Math.max(x, -1), 1)],
    ] satisfies [string, (x: number) => number][]
  ).map(([fn, f]): Case => ({
    name: `activation ${fn}`,
    sections: `[activation]\nactivation=${fn}\n`,
    expected: (x) => each(x, f),
  })),
];

const parse = (sections: string): Graph =>
  readDarknet(
    new TextEncoder().encode(`[net]\nheight=${INPUT.h}\nwidth=${INPUT.w}\nchannels=${INPUT.c}\n${sections}`),
    { file: 'test.cfg' },
  ).graph;

describe.skipIf(withoutRuntime)(
  `Darknet sections as ONNX${withoutRuntime ? ` (skipped: ${withoutRuntime})` : ''}`,
  () => {
    it.each(CASES)('$name', async ({ sections, expected }) => {
      const net = parse(sections);
      const { file, graph } = writeOnnx(net, { weights: weightsOf });
      const input = image();
      const feeds = new Map([
        [graph.input[0]!.name!, { shape: [1, INPUT.c, INPUT.h, INPUT.w], data: input.data }],
      ]);
      const result = (await run(toBytes(file), feeds, 'all')).get(graph.output.at(-1)!.name!)!;
      const params: Params = (layer, role) => {
        const { first, last } = net.layers[layer]!;
        const ids = net.nodes.slice(first, last).flatMap((node) => node.params);
        const id = ids.find((each_) => net.tensors[each_]!.role === role)!;
        return weightsOf(id, net.tensors[id]!);
      };
      const { c, h, w, data } = expected(input, params);
      expect(result.shape.filter((extent) => extent !== 1)).toEqual(
        [c, h, w].filter((extent) => extent !== 1),
      );
      const largest = Math.max(...Array.from(data, Math.abs), ...Array.from(input.data, Math.abs));
      const error = Math.max(...Array.from(data, (value, i) => Math.abs(value - result.data[i]!)));
      // A few steps of float32, whose numbers are 1.2e-7 apart, for each of the few layers.
      expect(error / largest).toBeLessThan(5e-6);
    });
  },
);
