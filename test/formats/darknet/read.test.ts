import { readFileSync, readdirSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { profile, type ProfileRow } from '../../../src/analysis/profile.ts';
import { fromDarknet, readDarknet } from '../../../src/formats/darknet/read.ts';
import { validate } from '../../../src/graph/validate.ts';
import { elements } from '../../../src/units.ts';

const FIXTURES = new URL('fixtures/', import.meta.url);
const fixture = (name: string): Uint8Array => readFileSync(new URL(`${name}.cfg`, FIXTURES));
const names = readdirSync(FIXTURES).map((name) => name.replace('.cfg', ''));

/** A layer of a fixture as Darknet states it; see test/oracle/README.md. */
interface Stated {
  readonly index: number;
  readonly section: string;
  readonly out: readonly [w: number, h: number, c: number];
  readonly outputs: number;
  readonly bflops: number;
  readonly params: number;
}

const stated = new Map<string, Stated[]>();
for (const line of readFileSync(new URL('../../oracle/darknet-sections.csv', import.meta.url), 'utf8')
  .trim()
  .split('\n')
  .slice(1)) {
  const [cfg = '', index, section = '', , , , w, h, c, outputs, bflops, params] = line.split(',');
  const layers = stated.get(cfg) ?? [];
  stated.set(cfg, layers);
  layers.push({
    index: Number(index),
    section,
    out: [Number(w), Number(h), Number(c)],
    outputs: Number(outputs),
    bflops: Math.fround(Number(bflops)),
    params: Number(params),
  });
}

/** Darknet adds the float32 of each convolution inside these, rounding every time. */
const ROUNDED = ['[crnn]', '[conv_lstm]'];

/** What both sides say of a layer: extents only where Darknet gives some, BFLOPs as the float32 that it stores. */
function ours(row: ProfileRow, layer: Stated): unknown {
  const [, channels = 1, height = 1, width = 1] = row.outputs[0] ?? [];
  const bflops = (row.flops ?? 0) / 1e9;
  const close = ROUNDED.includes(layer.section) && Math.abs(bflops - layer.bflops) < bflops * 2 ** -21;
  return {
    index: row.index,
    out: layer.out.includes(0) ? layer.out : [width, height, channels],
    outputs: elements(row.outputs[0]?.slice(1) ?? []),
    bflops: close ? layer.bflops : Math.fround(bflops),
    params: row.params,
  };
}

const theirs = ({ index, out, outputs, bflops, params }: Stated): unknown => ({
  index,
  out,
  outputs,
  bflops,
  params,
});

describe('every section and option, against Darknet', () => {
  it('has figures for every fixture', () => {
    expect([...stated.keys()].sort()).toEqual(names.sort());
  });

  it.each(names)('%s.cfg', (name) => {
    const { graph } = readDarknet(fixture(name), { file: `${name}.cfg` });
    expect(validate(graph)).toEqual([]);
    const rows = profile(graph).layers;
    const layers = stated.get(name) ?? [];
    expect(rows).toHaveLength(layers.length);
    expect(rows.map((row, i) => ours(row, layers[i] as Stated))).toEqual(layers.map(theirs));
  });
});

describe('output size and cost of a convolution, against the formulas of convolutional_layer.c', () => {
  it('for any size, stride, padding and dilation', () => {
    const shape = fc.record({
      width: fc.integer({ min: 1, max: 40 }),
      height: fc.integer({ min: 1, max: 40 }),
      channels: fc.integer({ min: 1, max: 4 }),
      filters: fc.integer({ min: 1, max: 5 }),
      size: fc.integer({ min: 1, max: 6 }),
      strideX: fc.integer({ min: 1, max: 4 }),
      strideY: fc.integer({ min: 1, max: 4 }),
      dilation: fc.integer({ min: 1, max: 4 }),
      padding: fc.integer({ min: 0, max: 7 }),
      groups: fc.integer({ min: 1, max: 3 }),
    });
    fc.assert(
      fc.property(shape, ({ width, height, size, strideX, strideY, dilation, padding, groups, ...rest }) => {
        const [channels, filters] = [rest.channels * groups, rest.filters * groups];
        fc.pre(width + 2 * padding >= size && height + 2 * padding >= size);
        const text =
          `[net]\nwidth=${String(width)}\nheight=${String(height)}\nchannels=${String(channels)}\n` +
          `[convolutional]\nfilters=${String(filters)}\nsize=${String(size)}\nstride_x=${String(strideX)}\n` +
          `stride_y=${String(strideY)}\ndilation=${String(dilation)}\npadding=${String(padding)}\ngroups=${String(groups)}\n`;
        const outWidth = Math.floor((width + 2 * padding - size) / strideX) + 1;
        const outHeight = Math.floor((height + 2 * padding - size) / strideY) + 1;
        const weights = (channels / groups) * filters * size * size;
        const [row] = profile(fromDarknet(text)).layers;
        expect(row?.outputs).toEqual([[1, filters, outHeight, outWidth]]);
        expect(row?.weights).toBe(weights);
        expect(row?.params).toBe(weights + filters);
        expect(row?.flops).toBe(2 * weights * outHeight * outWidth);
      }),
    );
  });
});

describe('origins', () => {
  it('lead back to file, line, section and layer', () => {
    const graph = fromDarknet(fixture('layout'), { file: 'nets/layout.cfg' });
    expect(graph.name).toBe('layout');
    expect(graph.layers.map(({ origin }) => origin)).toEqual([
      { format: 'darknet', file: 'nets/layout.cfg', line: 8, section: 'convolutional', index: 0 },
      { format: 'darknet', file: 'nets/layout.cfg', line: 16, section: 'maxpool', index: 1 },
    ]);
  });
});

describe('another input', () => {
  const text =
    '[net]\nwidth=32\nheight=32\nchannels=3\n[convolutional]\nfilters=4\nsize=3\nstride=2\npad=1\n';

  it('has the given height, width and batch', () => {
    const graph = fromDarknet(text, { extent: [48, 64], batch: 5 });
    expect(profile(graph).layers[0]?.outputs).toEqual([[5, 4, 24, 32]]);
  });

  it('costs batch times as much', () => {
    const one = profile(fromDarknet(text)).totals;
    const five = profile(fromDarknet(text, { batch: 5 })).totals;
    expect(five.flops).toBe(5 * (one.flops ?? Number.NaN));
    expect(five.params).toBe(one.params);
  });
});

describe('warnings', () => {
  const warnings = (options: string): readonly string[] =>
    readDarknet(`[net]\nwidth=8\nheight=8\nchannels=3\n[convolutional]\n${options}\n`, {
      file: 'a.cfg',
    }).diagnostics.map(({ message, fix }) => `${message}; ${fix}`);

  it('point at an option that is misspelt, not at one that Darknet has no use for', () => {
    expect(warnings('fliters=4')).toEqual([
      '"fliters" is no option of [convolutional] and was ignored; did you mean "filters"?',
    ]);
    expect(warnings('beta1=0.6\nstopbackward=1\nremark=mine')).toEqual([]);
  });

  it('point at a value that does not count', () => {
    expect(warnings('filters=4\nfilters=8')).toEqual([
      'filters is given again: the first value counts, as in Darknet; remove one',
    ]);
  });

  it('point at an activation that Darknet replaces', () => {
    expect(warnings('activation=leeky')).toEqual([
      'there is no activation "leeky": ReLU is taken, as in Darknet; name one that exists',
    ]);
  });

  it('end after a while', () => {
    const text = `[net]\nwidth=8\nheight=8\nchannels=3\n${Array.from({ length: 100 }, (_, i) => `[dropout]\nprobabilty=.${String(i)}\n`).join('')}`;
    const { diagnostics } = readDarknet(text);
    expect(diagnostics).toHaveLength(21);
    expect(diagnostics.at(-1)?.message).toBe('80 more warnings like these');
  });
});

describe('sections that are not known', () => {
  const head =
    '[net]\nwidth=8\nheight=8\nchannels=3\n[convolutional]\nfilters=4\nsize=1\n[yolo_bdp]\nmask=0\n';
  const options = { file: 'net.cfg', onUnknown: 'opaque' } as const;

  it('are opaque on request, as Darknet warns and goes on', () => {
    const { graph, diagnostics } = readDarknet(`${head}[route]\nlayers=-2\n`, options);
    const { layers, totals, coverage } = profile(graph);
    expect(layers.map(({ name, macs }) => [name, macs])).toEqual([
      ['convolutional0', 64 * 3 * 4],
      ['yolo_bdp1', undefined],
      ['route2', 0],
    ]);
    expect(totals.params).toBe(3 * 4 + 4);
    expect(coverage.uncounted).toEqual([{ op: 'yolo_bdp', count: 1 }]);
    expect(diagnostics.map(({ code, severity }) => [code, severity])).toEqual([['CSP338', 'warning']]);
  });

  it('have no shape that another layer could read', () => {
    for (const reader of ['[convolutional]\nfilters=4\n', '[route]\nlayers=-1\n', '[shortcut]\nfrom=-2\n'])
      expect(() => readDarknet(head + reader, options)).toThrow(
        /net\.cfg:10 \[\w+\] #2: it reads layer 1, of a section that is not known/,
      );
  });
});

describe('comments behind names and values', () => {
  it('are read as in hank-ai/darknet', () => {
    const text = (comment: string): string =>
      `[net]${comment}\nwidth=8${comment}\nheight=8\nchannels=3\n[convolutional]  ${comment}\nfilters=4 ${comment}\nactivation=leaky${comment}\n`;
    const [plain, commented] = ['', '# [stem] a=b # c'].map((comment) => readDarknet(text(comment)));
    expect(commented?.diagnostics).toEqual([]);
    expect(commented?.graph.nodes).toEqual(plain?.graph.nodes);
  });
});
