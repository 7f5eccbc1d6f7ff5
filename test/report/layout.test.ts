import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { buildNetwork } from '../../architectures/zoo.ts';
import { profile } from '../../src/analysis/profile.ts';
import { graph } from '../../src/graph/network.ts';
import { layerSources } from '../../src/graph/sources.ts';
import { layoutOf, type Layout } from '../../src/report/charts/layout.ts';
import { renderChart } from '../../src/library/report.ts';

const STAGES = ['1/2', '1/4', 'head'];

/** Layers that each read up to three earlier ones, most of them the last. */
const network = fc
  .array(fc.tuple(fc.array(fc.nat(), { maxLength: 3 }), fc.boolean(), fc.constantFrom(...STAGES)), {
    minLength: 1,
    maxLength: 60,
  })
  .map((layers) => ({
    stages: layers.map(([, , stage]) => stage),
    sources: layers.map(([read, follows], i) =>
      i === 0 ? [] : [...new Set([...read.map((source) => source % i), ...(follows ? [i - 1] : [])])],
    ),
  }));

const key = ({ x, y }: { readonly x: number; readonly y: number }): string =>
  `${x.toFixed(3)},${y.toFixed(3)}`;

/** Whether a line leads from one box to another, straight or along a lane that is left just before the reader. */
function leads({ boxes, lines }: Layout, from: number, to: number): boolean {
  const [start, end] = [boxes[from], boxes[to]] as const;
  if (start === undefined || end === undefined) return false;
  const [out, into] = [key({ x: start.x + 0.4, y: start.y }), key({ x: end.x - 0.4, y: end.y })];
  const arriving = lines.filter(([, b]) => key(b) === into);
  return arriving.some(([a]) => {
    if (key(a) === out) return true;
    const lane = lines.find(([c, d]) => c.y === a.y && d.y === a.y && c.x <= a.x && a.x <= d.x + 1e-9);
    return lane !== undefined && lines.some(([c, d]) => key(c) === out && key(d) === key(lane[0]));
  });
}

describe('layout', () => {
  it('puts no two boxes at one place, and each behind what it reads, in the row of its stage', () => {
    fc.assert(
      fc.property(network, ({ stages, sources }) => {
        const { boxes, rows, places, lanes } = layoutOf(stages, STAGES, sources);
        expect(new Set(boxes.map(key)).size).toBe(boxes.length);
        boxes.forEach(({ x, y }, i) => {
          for (const source of sources[i] ?? []) expect(boxes[source]?.x).toBeLessThan(x);
          expect(x).toBe(Math.max(-1, ...(sources[i] ?? []).map((source) => boxes[source]?.x ?? NaN)) + 1);
          const row = STAGES.indexOf(stages[i] ?? '');
          expect(y).toBeLessThan(rows[row]?.y ?? NaN);
          expect(y).toBeGreaterThan(rows[row + 1]?.y ?? -lanes);
          expect(x).toBeLessThan(places);
        });
      }),
    );
  });

  it('draws each connection, and no line along a lane through a box or another line', () => {
    fc.assert(
      fc.property(network, ({ stages, sources }) => {
        const layout = layoutOf(stages, STAGES, sources);
        sources.forEach((read, i) => {
          for (const source of read) expect(leads(layout, source, i)).toBe(true);
        });
        const flat = layout.lines.filter(([a, b]) => a.y === b.y && b.x - a.x > 0.5);
        const lanes = flat.filter(([a]) => (a.x - 0.6) % 1 < 1e-9);
        for (const [a, b] of lanes) {
          const inside = layout.boxes.filter(({ x, y }) => y === a.y && x > a.x && x < b.x);
          expect(inside).toEqual([]);
        }
      }),
    );
  });

  it('knows what the layers of a network read', () => {
    const net = graph('branches', (g) => {
      const x = g.input([1, 4, 8, 8]);
      const stem = g.conv(x, { outChannels: 4, kernel: 3 });
      const left = g.conv(stem, { outChannels: 4, kernel: 1 });
      g.add([g.conv(left, { outChannels: 4, kernel: 3 }), stem]);
    });
    expect(layerSources(net)).toEqual([[], [0], [1], [0, 2]]);
  });

  it('draws a network with the darkest box for its largest layer, and one for every layer', async () => {
    const net = buildNetwork('cspresnext50');
    const of = profile(net);
    const svg = await renderChart([of], { chart: 'network', sources: [layerSources(net)] });
    const opacities = [...svg.matchAll(/fill-opacity="([\d.]+)"/g)].map(([, value]) => Number(value));
    expect(opacities).toHaveLength(of.layers.length);
    const darkest = opacities.flatMap((opacity, i) => (opacity === 1 ? [i] : []));
    expect(darkest).toEqual([19, 38, 65, 80]);
  });
});
