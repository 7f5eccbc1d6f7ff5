import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import { linearLayer, type ConvLayer } from '../../src/latency/convLayer.ts';
import { scaleSimDram } from '../../src/latency/scalesim.ts';
import { systolicConv, type Dataflow, type SystolicArray } from '../../src/latency/systolic.ts';
import { square } from '../../src/ops/window.ts';
import { goldenRows } from './csv.ts';

const DATAFLOWS: readonly Dataflow[] = ['os', 'ws', 'is'];

describe('SCALE-Sim v2, row by row (test/latency/data/scalesim.csv)', () => {
  const rows = goldenRows('scalesim.csv');
  const layerOf = (row: (typeof rows)[number]): ConvLayer => ({
    batch: 1,
    inputChannels: row.number('channels'),
    outputChannels: row.number('num_filters'),
    groups: 1,
    input: [row.number('ifmap_h'), row.number('ifmap_w')],
    window: {
      kernel: [row.number('filt_h'), row.number('filt_w')],
      stride: [row.number('stride_h'), row.number('stride_w')],
      dilation: [1, 1],
      padding: { begin: [0, 0], end: [0, 0] },
      rounding: 'floor',
    },
  });
  const arrayOf = (row: (typeof rows)[number]): SystolicArray => {
    const dataflow = DATAFLOWS.find((one) => one === row.text('dataflow'));
    if (dataflow === undefined) throw new Error(`dataflow ${row.text('dataflow')}`);
    return { rows: row.number('R'), columns: row.number('C'), dataflow };
  };
  const place = (row: (typeof rows)[number]): string =>
    ['topology', 'name', 'dataflow', 'R', 'C'].map((column) => row.text(column)).join(' ');

  it('has 253 rows', () => {
    expect(rows.length).toBe(253);
  });

  const placed = rows.map((row) => [place(row), row] as const);

  it.each(placed)('%s: the same cycles, utilisation and SRAM accesses', (_, row) => {
    const cost = systolicConv(layerOf(row), arrayOf(row), 'scalesim');
    expect([cost.cycles, cost.sram]).toEqual([
      row.number('total_cycles'),
      {
        inputReads: row.number('sram_ifmap_reads'),
        weightReads: row.number('sram_filter_reads'),
        outputWrites: row.number('sram_ofmap_writes'),
      },
    ]);
    const { overall, mapping, compute } = cost.utilization;
    expect(100 * overall).toBeCloseTo(row.number('overall_util'), 10);
    expect(100 * mapping).toBeCloseTo(row.number('mapping_eff'), 10);
    expect(100 * compute).toBeCloseTo(row.number('compute_util'), 10);
  });

  it.each(placed)('%s: the same DRAM reads, and writes within the padding of partial lines', (_, row) => {
    const buffers = { inputElements: 64 * 1024, weightElements: 64 * 1024 };
    const dram = scaleSimDram(layerOf(row), arrayOf(row), buffers);
    expect([dram.inputReads, dram.weightReads]).toEqual([
      row.number('dram_ifmap_reads'),
      row.number('dram_filter_reads'),
    ]);
    const excess = row.number('dram_ofmap_writes') / dram.outputWrites - 1;
    expect(excess).toBeGreaterThanOrEqual(0);
    expect(excess).toBeLessThanOrEqual(0.0035);
  });

  it('runs a depthwise layer as one layer per channel, as a layer named DP does', () => {
    const depthwise: ConvLayer = {
      batch: 1,
      inputChannels: 32,
      outputChannels: 32,
      groups: 32,
      input: [112, 112],
      window: square(3),
    };
    const array = { rows: 32, columns: 32, dataflow: 'os' } as const;
    expect(systolicConv(depthwise, array, 'scalesim').cycles).toBe(861_056);
    // As mobilenet.csv writes it: one filter over all channels.
    expect(systolicConv({ ...depthwise, outputChannels: 1, groups: 1 }, array, 'scalesim').cycles).toBe(
      132_649,
    );
  });

  it('refuses dilation, which SCALE-Sim does not have', () => {
    const dilated = { ...linearLayer(8, 8), input: [9, 9], window: square(3, 1, 0, 2) };
    const array = { rows: 8, columns: 8, dataflow: 'ws' } as const;
    expect(() => systolicConv(dilated, array, 'scalesim')).toThrow('SCALE-Sim knows no dilation');
    expect(systolicConv(dilated, array).cycles).toBe(9 * (3 * 8 + 25 - 2));
  });
});

/** Simulates an output-stationary array cell by cell; returns the cycle after the last cell finished its sum. */
function osCycles(P: number, K: number, M: number, R: number, C: number): number {
  let clock = 0;
  for (let p = 0; p < P; p += R) {
    for (let m = 0; m < M; m += C) {
      let last = 0;
      for (let r = 0; r < R; r++)
        for (let c = 0; c < C; c++) for (let k = 0; k < K; k++) last = Math.max(last, r + c + k + 1);
      clock += last;
    }
  }
  return clock;
}

describe('default mode', () => {
  const gemm = fc.record({
    P: fc.integer({ min: 1, max: 9 }),
    K: fc.integer({ min: 1, max: 9 }),
    M: fc.integer({ min: 1, max: 9 }),
    R: fc.integer({ min: 1, max: 5 }),
    C: fc.integer({ min: 1, max: 5 }),
  });

  test('os equals a cell-by-cell simulation', () => {
    fc.assert(
      fc.property(gemm, ({ P, K, M, R, C }) => {
        const cost = systolicConv(linearLayer(K, M, P), { rows: R, columns: C, dataflow: 'os' });
        expect(cost.cycles).toBe(osCycles(P, K, M, R, C));
      }),
    );
  });

  test('ws and is are each other with the operands exchanged', () => {
    fc.assert(
      fc.property(gemm, ({ P, K, M, R, C }) => {
        const ws = systolicConv(linearLayer(K, M, P), { rows: R, columns: C, dataflow: 'ws' });
        const is = systolicConv(linearLayer(K, P, M), { rows: R, columns: C, dataflow: 'is' });
        expect(is.cycles).toBe(ws.cycles);
        expect(is.sram.inputReads).toBe(ws.sram.weightReads);
        expect(is.sram.outputWrites).toBe(ws.sram.outputWrites);
      }),
    );
  });

  test('utilisation is at most 1 and overall never exceeds compute or mapping', () => {
    fc.assert(
      fc.property(gemm, fc.constantFrom(...DATAFLOWS), ({ P, K, M, R, C }, dataflow) => {
        const { overall, compute, mapping } = systolicConv(linearLayer(K, M, P), {
          rows: R,
          columns: C,
          dataflow,
        }).utilization;
        expect(mapping).toBeLessThanOrEqual(1);
        expect(compute).toBeLessThanOrEqual(mapping);
        expect(overall).toBeLessThanOrEqual(compute + 1e-12);
      }),
    );
  });

  test('groups cost as much as that many layers; batch extends the output positions', () => {
    const one: ConvLayer = {
      batch: 1,
      inputChannels: 8,
      outputChannels: 16,
      groups: 1,
      input: [14, 14],
      window: square(3, 1, 1),
    };
    for (const dataflow of DATAFLOWS) {
      const array = { rows: 16, columns: 16, dataflow };
      const single = systolicConv(one, array);
      const grouped = systolicConv({ ...one, inputChannels: 32, outputChannels: 64, groups: 4 }, array);
      expect(grouped.cycles).toBe(4 * single.cycles);
      expect(grouped.sram.inputReads).toBe(4 * single.sram.inputReads);
      const tall = systolicConv({ ...one, input: [4 * 14, 14], window: square(1) }, array);
      expect(systolicConv({ ...one, batch: 4, window: square(1) }, array)).toEqual(tall);
    }
  });

  it('pads, where SCALE-Sim does not: 14x14 stays 14x14', () => {
    const layer: ConvLayer = { ...linearLayer(1, 1), input: [14, 14], window: square(3, 1, 1) };
    const cost = systolicConv(layer, { rows: 14, columns: 1, dataflow: 'os' });
    expect(cost.folds).toBe(14);
    expect(cost.sram.outputWrites).toBe(196);
    expect(cost.sram.psumReads).toBe(0);
  });

  it('refuses an array without rows', () => {
    expect(() => systolicConv(linearLayer(1, 1), { rows: 0, columns: 4, dataflow: 'os' })).toThrow('0 rows');
  });
});
