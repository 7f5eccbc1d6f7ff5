import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import { convGeometry, linearLayer, type ConvLayer } from '../../src/latency/convLayer.ts';
import { rowStationaryConv } from '../../src/latency/rowStationary.ts';
import { square } from '../../src/ops/window.ts';

const EYERISS = { rows: 12, columns: 14 };

/**
 * AlexNet on the Eyeriss chip, N = 4: processing elements in use and measured milliseconds.
 * stanford-mast/nn_dataflow at 198a527 pins these from table V of the JSSC paper and accepts 0.8 to 1 times the time.
 */
const CHIP = [
  {
    conv: { inputChannels: 3, outputChannels: 96, groups: 1, input: [227, 227], window: square(11, 4) },
    active: 151,
    milliseconds: 16.5,
  },
  {
    conv: { inputChannels: 96, outputChannels: 256, groups: 2, input: [27, 27], window: square(5, 1, 2) },
    active: 135,
    milliseconds: 39.2,
  },
  {
    conv: { inputChannels: 256, outputChannels: 384, groups: 1, input: [13, 13], window: square(3, 1, 1) },
    active: 156,
    milliseconds: 21.8,
  },
  {
    conv: { inputChannels: 384, outputChannels: 384, groups: 2, input: [13, 13], window: square(3, 1, 1) },
    active: 156,
    milliseconds: 16,
  },
  {
    conv: { inputChannels: 384, outputChannels: 256, groups: 2, input: [13, 13], window: square(3, 1, 1) },
    active: 156,
    milliseconds: 10,
  },
] as const;

describe('rowStationaryConv', () => {
  it.each(CHIP)(
    'is the chip on AlexNet: $active elements, at most $milliseconds ms',
    ({ conv, active, milliseconds }) => {
      const { utilization, cycles } = rowStationaryConv({ batch: 4, ...conv }, EYERISS);
      expect(Math.floor(utilization * 12 * 14)).toBe(active);
      const modelled = cycles / 200e3;
      expect(modelled).toBeLessThanOrEqual(milliseconds);
      expect(modelled).toBeGreaterThanOrEqual(0.8 * milliseconds);
    },
  );

  it('fills the array with planes where rows are few', () => {
    const { passes, cycles, utilization } = rowStationaryConv(linearLayer(168, 10), EYERISS);
    expect([passes, cycles, utilization]).toEqual([10, 10, 1]);
  });

  it('folds filters that are taller than the array', () => {
    const layer: ConvLayer = {
      batch: 1,
      inputChannels: 1,
      outputChannels: 1,
      groups: 1,
      input: [16, 16],
      window: square(7, 1, 3),
    };
    // 7 rows in 2 folds of 4, 16 output rows in 4 strips: one set each time, 7 taps for 16 positions.
    expect(rowStationaryConv(layer, { rows: 4, columns: 4 })).toEqual({
      passes: 8,
      cycles: 8 * 7 * 16,
      utilization: (49 * 256) / (8 * 7 * 16 * 16),
    });
  });

  test('never does more than one MAC a cycle and element, and never less than the MACs', () => {
    fc.assert(
      fc.property(
        fc.record({
          batch: fc.integer({ min: 1, max: 3 }),
          c: fc.integer({ min: 1, max: 6 }),
          m: fc.integer({ min: 1, max: 6 }),
          g: fc.integer({ min: 1, max: 3 }),
        }),
        fc.integer({ min: 1, max: 30 }),
        fc.integer({ min: 1, max: 9 }),
        fc.integer({ min: 1, max: 3 }),
        fc.record({ rows: fc.integer({ min: 1, max: 20 }), columns: fc.integer({ min: 1, max: 20 }) }),
        ({ batch, c, m, g }, extent, kernel, stride, array) => {
          fc.pre(kernel <= extent);
          const layer: ConvLayer = {
            batch,
            inputChannels: c * g,
            outputChannels: m * g,
            groups: g,
            input: [extent, extent],
            window: square(kernel, stride),
          };
          const { cycles, utilization, passes } = rowStationaryConv(layer, array);
          expect(utilization).toBeLessThanOrEqual(1 + 1e-12);
          expect(cycles * array.rows * array.columns).toBeGreaterThanOrEqual(convGeometry(layer).macs);
          expect(Number.isInteger(cycles) && Number.isInteger(passes)).toBe(true);
        },
      ),
    );
  });
});
