import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { denseBlock, denseLayer } from '../../architectures/blocks.ts';
import { PAPER_MEASUREMENTS } from '../../architectures/paper.ts';
import { denseBlockCio, partialDenseBlockCio, proveFormulas } from '../../src/analysis/paper/formulas.ts';
import { kendallTau } from '../../src/analysis/paper/kendall.ts';
import { agreesWithPrinted, reproduceRow, verdictOf } from '../../src/analysis/paper/reproduce.ts';
import { profile } from '../../src/analysis/profile.ts';
import { PAPER_TABLES, claims, figure7, publishedRows } from '../../src/library/paper.ts';
import { graph } from '../../src/graph/network.ts';
import { paperNumbers } from '../architectures/paper.ts';
import { run } from '../cli/run.ts';

const rows = PAPER_TABLES.flatMap((where) => publishedRows(where).map(reproduceRow));

/** Printed costs that the tables do not hold but the claims do. */
const CLAIMED = new Set(['bottleneck_reduction', 'flops_reduction', 'memory_reduction']);
const MEASURED: Readonly<Record<string, string>> = {
  fps_gtx1080ti: 'fpsGtx1080Ti',
  fps_i9_9900k_opencv: 'fpsI9_9900K',
  fps_jetson_tx2: 'fpsJetsonTx2',
};

describe('every number of the paper', () => {
  it.each(
    paperNumbers().map(
      (number) =>
        [`${number.where}, ${number.model} at ${String(number.input)}: ${number.column}`, number] as const,
    ),
  )('%s', (_, { where, model, input, column, printed }) => {
    if (CLAIMED.has(column)) {
      expect(claims().map((claim) => claim.printed)).toContain(printed);
      return;
    }
    const row = rows.find(
      ({ published }) => published.where === where && published.row === model && published.input === input,
    );
    expect(row, 'has a row with a graph').toBeDefined();
    if (column === 'bflops' || column === 'params' || column === 'cio') {
      expect(row?.values.find((value) => value.column === column)?.printed).toBe(printed);
    } else {
      expect(row?.published.measured[MEASURED[column] ?? column]).toBe(printed);
    }
  });

  it('is carried over, and nothing else', () => {
    const numbers = PAPER_MEASUREMENTS.flatMap(({ printed }) => Object.values(printed)).length;
    const measured = paperNumbers().filter(({ column }) => /^(fps|top|ap)/.test(column)).length;
    expect(numbers).toBe(measured);
  });
});

describe('the verdict', () => {
  it('has a reason for everything that does not come out', () => {
    const silent = rows
      .flatMap((row) => row.values)
      .filter(({ holds, reason }) => holds === false && reason === undefined);
    expect(silent).toEqual([]);
  });

  it('adds up', () => {
    const { printed, hold, exact, fitted, open, broken } = verdictOf(rows);
    expect(broken).toEqual([]);
    expect(hold + open).toBe(printed);
    expect(exact + fitted).toBe(hold);
  });

  it('compares with the printed digits as they stand', () => {
    // One unit of the last printed digit, because the authors round and truncate.
    expect(agreesWithPrinted(0.9667, '0.96')).toBe(true);
    expect(agreesWithPrinted(0.97, '0.96')).toBe(false);
    expect(agreesWithPrinted(0.9501, '0.96')).toBe(true);
    expect(agreesWithPrinted(0.95, '0.96')).toBe(false);
    expect(agreesWithPrinted(5_240_000, '5.24M')).toBe(true);
    expect(agreesWithPrinted(5_251_000, '5.24M')).toBe(false);
    expect(agreesWithPrinted(0.4375, '44%')).toBe(true);
  });
});

describe('figure 7', () => {
  it('has the maxima that the claims stand on', () => {
    // GFLOPs of the largest layer at 416x416, by arithmetic: 640*128*9, 128*128 at 104x104, 192*192 at 52x52.
    expect(figure7().map(({ bottleneck }) => bottleneck?.flops)).toEqual([
      2 * 640 * 128 * 9 * 26 * 26,
      2 * 128 * 128 * 104 * 104,
      2 * 192 * 192 * 52 * 52,
    ]);
  });
});

describe('formulas', () => {
  it('are proven symbolically', () => {
    expect(proveFormulas().filter(({ holds }) => !holds)).toEqual([]);
  });

  it('give the CIO of graphs built with the dense block', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 12 }),
        fc.integer({ min: 1, max: 6 }),
        fc.integer({ min: 1, max: 8 }),
        fc.integer({ min: 1, max: 5 }),
        (half, layers, growth, size) => {
          const cio = (channels: number): number | undefined =>
            profile(
              graph('dense', (g) =>
                denseBlock(g, g.input([1, channels, size, size]), {
                  layers,
                  layer: (x) => denseLayer(g, x, { growth }),
                }),
              ),
              { cio: 'hardnet' },
            ).totals.cio;
          const channels = 2 * half;
          expect(cio(channels)).toBe(size * size * denseBlockCio(channels, layers, growth));
          // The partial block is the same block on half of the channels.
          expect(cio(half)).toBe(size * size * partialDenseBlockCio(channels, layers, growth));
        },
      ),
    );
  });
});

describe("Kendall's tau", () => {
  it('is 1 for agreeing, -1 for reversed rankings', () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.integer(), { minLength: 2, maxLength: 12 }), (x) => {
        expect(kendallTau(x, x)).toBeCloseTo(1, 12);
        expect(
          kendallTau(
            x,
            x.map((value) => -value),
          ),
        ).toBeCloseTo(-1, 12);
      }),
    );
  });

  it('counts ties as tau-b does', () => {
    // scipy.stats.kendalltau([12, 2, 1, 12, 2], [1, 4, 7, 1, 0]): its documentation prints -0.47140452079103173
    expect(kendallTau([12, 2, 1, 12, 2], [1, 4, 7, 1, 0])).toBeCloseTo(-0.47140452079103173, 12);
    expect(kendallTau([1, 1, 1], [1, 2, 3])).toBeUndefined();
  });
});

describe('reproduce', () => {
  it.each(['table', 'markdown', 'json', 'csv'])('prints everything as %s', async (format) => {
    const { code, stdout, stderr } = await run(['reproduce', 'all', '--format', format], { columns: 160 });
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toContain('CSPResNeXt-50');
    if (format === 'json') expect(() => JSON.parse(stdout) as unknown).not.toThrow();
  });

  it('draws the figures', async () => {
    const { stdout } = await run(['reproduce', 'figure7', '--format', 'vega-lite']);
    const { datasets } = JSON.parse(stdout) as {
      datasets: Record<string, { network: string; value: number }[]>;
    };
    const drawn = Object.values(datasets).find((values) => values.some((value) => 'operator' in value));
    const rows = figure7().flatMap(({ network, layers }) =>
      layers.map(({ flops }) => ({ network: network.name, flops })),
    );
    for (const { network, flops } of rows) {
      if (flops === undefined || flops === 0) continue;
      expect(drawn?.some((bar) => bar.network === network && bar.value === flops)).toBe(true);
    }
    expect(await run(['reproduce', 'table1', '--format', 'vega-lite'])).toMatchObject({
      code: 2,
      stdout: '',
    });
  });
});
