import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import { fusedDramTraffic, ROW_BY_ROW, type FusedChain, type RowMap } from '../../src/latency/fusion.ts';

/** Operand rows that one output row reads; a window is read whole, gaps of dilation included. */
function rowsRead(map: RowMap, row: number, rows: number): number[] {
  const taps =
    map.kind === 'window'
      ? Array.from(
          { length: (map.kernel - 1) * map.dilation + 1 },
          (_, k) => row * map.stride - map.padding + k,
        )
      : map.kind === 'repeat'
        ? [Math.floor(row / map.factor)]
        : Array.from({ length: rows }, (_, r) => r);
  return taps.filter((r) => r >= 0 && r < rows);
}

interface Event {
  readonly step: number;
  /** tensor and row */
  readonly reads: readonly (readonly [number, number])[];
  readonly makes: readonly (readonly [number, number])[];
}

/**
 * The least traffic of the schedule in words, found by moving single rows: for each number of stripes, list which
 * rows each step makes and reads, then walk the list, load inputs when they are first needed, drop a row when
 * neither it nor a row before it is read again.
 */
function simulate(
  chain: FusedChain,
  size: number,
): { total: number; stripes: number; footprint: number } | undefined {
  const { tensors, steps, results, batch } = chain;
  const rowsOf = (id: number): number => tensors[id]?.rows ?? NaN;
  const producer = new Map(steps.flatMap((step, i) => step.outputs.map((id): [number, number] => [id, i])));
  const tallest = Math.max(...results.map(rowsOf));
  let best: { total: number; stripes: number; footprint: number } | undefined;
  const stripeRows = Array.from({ length: tallest }, (_, i) => tallest - i);
  for (const stripes of new Set(stripeRows.map((rows) => Math.ceil(tallest / rows)))) {
    const existing = new Set<string>();
    const events: Event[] = [];
    for (let stripe = 1; stripe <= stripes; stripe++) {
      const wanted = new Map<number, Set<number>>();
      const want = (id: number, row: number): void => {
        // Rows are made in order, so a row brings all before it.
        for (let r = 0; r <= row; r++) {
          const rows = wanted.get(id) ?? new Set();
          if (!existing.has(`${String(id)}:${String(r)}`)) wanted.set(id, rows.add(r));
        }
      };
      for (const id of results) {
        const upTo = Math.ceil((rowsOf(id) * stripe) / stripes);
        if (upTo > 0) want(id, upTo - 1);
      }
      for (const step of [...steps].reverse()) {
        for (const id of step.outputs)
          for (const row of wanted.get(id) ?? [])
            for (const { tensor, rows } of step.operands)
              for (const read of rowsRead(rows, row, rowsOf(tensor))) want(tensor, read);
      }
      steps.forEach((step, i) => {
        const makes = step.outputs.flatMap((id) =>
          [...(wanted.get(id) ?? [])].map((row) => [id, row] as const),
        );
        const reads = makes.flatMap(([, row]) =>
          step.operands.flatMap(({ tensor, rows }) =>
            rowsRead(rows, row, rowsOf(tensor)).map((read) => [tensor, read] as const),
          ),
        );
        // All rows of an input that this stripe wants arrive together, at its first reader.
        const loads = step.operands
          .map(({ tensor }) => tensor)
          .filter(
            (id) =>
              !producer.has(id) && steps.findIndex((s) => s.operands.some((o) => o.tensor === id)) === i,
          )
          .flatMap((id) => [...(wanted.get(id) ?? [])].map((row) => [id, row] as const));
        events.push({ step: i, reads, makes: [...makes, ...loads] });
        for (const [id, row] of [...makes, ...loads]) existing.add(`${String(id)}:${String(row)}`);
      });
    }

    const loaded = new Set<string>();
    const onChip = new Set<string>();
    const peaks = steps.map(() => 0);
    let input = 0;
    events.forEach((event, time) => {
      for (const [id, row] of event.makes) {
        const key = `${String(id)}:${String(row)}`;
        expect(onChip.has(key)).toBe(false);
        onChip.add(key);
        if (producer.has(id)) continue;
        expect(loaded.has(key)).toBe(false);
        loaded.add(key);
        input += tensors[id]?.rowElements ?? NaN;
      }
      for (const [id, row] of event.reads) expect(onChip.has(`${String(id)}:${String(row)}`)).toBe(true);
      let held = 0;
      for (const key of onChip) held += tensors[Number(key.split(':')[0])]?.rowElements ?? NaN;
      peaks[event.step] = Math.max(peaks[event.step] ?? NaN, held);
      const later = new Map<number, number>();
      for (const { reads } of events.slice(time + 1))
        for (const [id, row] of reads) later.set(id, Math.min(later.get(id) ?? Infinity, row));
      for (const key of [...onChip]) {
        const [id = NaN, row = NaN] = key.split(':').map(Number);
        if (row < (later.get(id) ?? Infinity)) onChip.delete(key);
      }
    });

    const resident = new Set<number>();
    const footprint = (): number => {
      const weights = [...resident].reduce((sum, i) => sum + (steps[i]?.weights ?? NaN), 0);
      return Math.max(
        ...peaks.map((held, i) => held + weights + (resident.has(i) ? 0 : (steps[i]?.filter ?? NaN))),
      );
    };
    if (footprint() > size) continue;
    const order = steps
      .map((step, i) => ({ i, weights: step.weights }))
      .sort((a, b) => b.weights - a.weights);
    for (const { i } of order) {
      resident.add(i);
      if (footprint() > size) resident.delete(i);
    }
    const weights = steps.reduce(
      (sum, step, i) => sum + step.weights * (resident.has(i) ? 1 : stripes * batch),
      0,
    );
    const output = results.reduce((sum, id) => sum + rowsOf(id) * (tensors[id]?.rowElements ?? NaN), 0);
    const total = batch * (input + output) + weights;
    if (best === undefined || total < best.total) best = { total, stripes, footprint: footprint() };
  }
  return best;
}

interface Plan {
  readonly kernel: number;
  readonly stride: number;
  readonly dilation: number;
  readonly padding: number;
  readonly factor: number;
  readonly width: number;
  readonly filter: number;
  readonly filters: number;
  readonly pick: number;
  readonly join: boolean;
}

/** Builds a chain in which every step reads the tensor before it, and some join an older one of equal height. */
function chainOf(
  rows: number,
  rowElements: number,
  batch: number,
  plans: readonly Plan[],
  extra: number,
): FusedChain {
  const tensors = [{ rows, rowElements }];
  const steps: FusedChain['steps'][number][] = [];
  plans.forEach((plan, i) => {
    const operand = tensors.length - 1;
    const before = tensors[operand]?.rows ?? NaN;
    const { kernel, stride, dilation, factor } = plan;
    const padding = Math.min(plan.padding, (kernel - 1) * dilation);
    const windowed = Math.floor((before + 2 * padding - (kernel - 1) * dilation - 1) / stride) + 1;
    const map: RowMap =
      plan.pick % 7 === 0
        ? { kind: 'whole' }
        : plan.pick % 5 === 0
          ? { kind: 'repeat', factor }
          : windowed >= 1
            ? { kind: 'window', kernel, stride, dilation, padding }
            : ROW_BY_ROW;
    const height =
      map.kind === 'whole'
        ? 2
        : map.kind === 'repeat'
          ? before * factor
          : map === ROW_BY_ROW
            ? before
            : windowed;
    const operands: { tensor: number; rows: RowMap }[] = [{ tensor: operand, rows: map }];
    const older = tensors.findIndex((tensor, id) => id < operand && tensor.rows === height);
    if (plan.join && older !== -1) operands.push({ tensor: older, rows: ROW_BY_ROW });
    tensors.push({ rows: height, rowElements: plan.width });
    steps.push({ operands, outputs: [i + 1], weights: plan.filter * plan.filters, filter: plan.filter });
  });
  const last = tensors.length - 1;
  return {
    batch,
    tensors,
    steps,
    results: extra % 2 === 0 || last === 1 ? [last] : [1 + (extra % (last - 1)), last],
  };
}

const plan = fc.record({
  kernel: fc.integer({ min: 1, max: 3 }),
  stride: fc.integer({ min: 1, max: 2 }),
  dilation: fc.integer({ min: 1, max: 2 }),
  padding: fc.integer({ min: 0, max: 1 }),
  factor: fc.integer({ min: 1, max: 2 }),
  width: fc.integer({ min: 1, max: 6 }),
  filter: fc.integer({ min: 0, max: 4 }),
  filters: fc.integer({ min: 1, max: 5 }),
  pick: fc.nat({ max: 100 }),
  join: fc.boolean(),
});

test('equals moving single rows', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 9 }),
      fc.integer({ min: 1, max: 6 }),
      fc.integer({ min: 1, max: 2 }),
      fc.array(plan, { minLength: 1, maxLength: 4 }),
      fc.nat({ max: 20 }),
      fc.integer({ min: 10, max: 150 }),
      (rows, rowElements, batch, plans, extra, bufferBytes) => {
        const chain = chainOf(rows, rowElements, batch, plans, extra);
        const found = fusedDramTraffic(chain, { bufferBytes, dtypeBytes: 1 });
        const expected = simulate(chain, bufferBytes);
        const { total, stripes, footprint } = found ?? {};
        expect(found && { total, stripes, footprint }).toEqual(expected);
        if (found !== undefined) expect(found.footprint).toBeLessThanOrEqual(bufferBytes);
      },
    ),
    { numRuns: 200 },
  );
});

describe('a pair of 3x3 convolutions on 8 rows', () => {
  const window = { kind: 'window', kernel: 3, stride: 1, dilation: 1, padding: 1 } as const;
  const pair: FusedChain = {
    batch: 1,
    tensors: [
      { rows: 8, rowElements: 100 },
      { rows: 8, rowElements: 100 },
      { rows: 8, rowElements: 100 },
    ],
    steps: [
      { operands: [{ tensor: 0, rows: window }], outputs: [1], weights: 90, filter: 9 },
      { operands: [{ tensor: 1, rows: window }], outputs: [2], weights: 90, filter: 9 },
    ],
    results: [2],
  };

  it('moves input, output and weights once where stripes of one row fit', () => {
    // Row by row: 3 input rows, then the row made from them; 3 intermediate rows, then the output row.
    const traffic = fusedDramTraffic(pair, { bufferBytes: 1000, dtypeBytes: 1 });
    expect(traffic).toMatchObject({
      input: 800,
      output: 800,
      weights: 180,
      residentWeights: 180,
      total: 1780,
    });
    expect(traffic?.footprint).toBeLessThanOrEqual(1000);
  });

  it('reads weights once per stripe where they do not fit beside the maps', () => {
    const heavy = { ...pair, steps: pair.steps.map((step) => ({ ...step, weights: 900 })) };
    const tight = fusedDramTraffic(heavy, { bufferBytes: 1000, dtypeBytes: 1 });
    expect(tight?.residentWeights).toBe(0);
    expect(tight?.weights).toBe(1800 * (tight?.stripes ?? NaN));
  });

  it('has no schedule where the rows of one window do not fit', () => {
    expect(fusedDramTraffic(pair, { bufferBytes: 300, dtypeBytes: 1 })).toBeUndefined();
    expect(fusedDramTraffic(pair, { bufferBytes: 1600, dtypeBytes: 1, doubleBuffering: true })).toEqual(
      fusedDramTraffic(pair, { bufferBytes: 800, dtypeBytes: 1 }),
    );
  });
});
