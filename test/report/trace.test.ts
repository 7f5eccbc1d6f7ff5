import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Measurement } from '../../src/analysis/measurement/measurement.ts';
import { renderProbe } from '../../src/report/measurement/measurement.ts';
import { kernel, layer, network } from '../probe/made.ts';
import { TOOL } from './samples.ts';

interface Event {
  readonly ph: string;
  readonly pid: number;
  readonly tid: number;
  readonly name: string;
  readonly ts?: number;
  readonly dur?: number;
}

const measurement: Measurement = {
  environment: {
    cpu: { model: 'Made', logicalCores: 1, flags: [] },
    memoryBytes: 1,
    os: 'made',
    versions: { node: '20', onnxruntime: '1' },
    date: '2026-01-01',
  },
  settings: { device: 'cpu', level: 'all', threads: 1, warmup: 1, processes: 1, seed: 1 },
  networks: [
    {
      ...network('first', 6000, [
        { ...layer(0, [kernel('Conv', 1000), kernel('Reorder', 500)]), predictedNs: 1200 },
        layer(1, []),
        { ...layer(2, [kernel('Add', 2500)]), predictedNs: 800 },
      ]),
      executorNs: 2000,
    },
    network('second <b>', 10, [layer(0, [kernel('Conv', 10)])]),
  ],
  ratios: [],
  warnings: [],
};

describe('a timeline', () => {
  const text = renderProbe('trace', measurement, { width: 80, top: 'all', tool: TOOL });
  const { traceEvents } = JSON.parse(text) as { readonly traceEvents: readonly Event[] };
  const of = (pid: number, tid: number) =>
    traceEvents.filter((event) => event.ph === 'X' && event.pid === pid && event.tid === tid);

  it('has every layer with a time, one after the other, in microseconds', () => {
    expect(of(1, 1).map(({ name, ts, dur }) => [name, ts, dur])).toEqual([
      ['#0 layer0', 0, 1.5],
      ['#2 layer2', 1.5, 2.5],
      ['between the layers', 4, 2],
    ]);
  });

  it('has the kernels of a layer within its time', () => {
    expect(of(1, 2).map(({ name, ts, dur }) => [name, ts, dur])).toEqual([
      ['Conv', 0, 1],
      ['Reorder', 1, 0.5],
      ['Add', 1.5, 2.5],
    ]);
  });

  it('has the prediction on a track of its own, where there is one', () => {
    expect(of(1, 3).map(({ name, ts, dur }) => [name, ts, dur])).toEqual([
      ['#0 layer0', 0, 1.2],
      ['#2 layer2', 1.2, 0.8],
    ]);
    expect(of(2, 3)).toEqual([]);
    const tracks = traceEvents.filter(({ ph, name }) => ph === 'M' && name === 'thread_name');
    expect(tracks.map(({ pid, tid }) => [pid, tid])).toEqual([
      [1, 1],
      [1, 2],
      [1, 3],
      [2, 1],
      [2, 2],
    ]);
  });

  it('has nothing that ends after the next begins, however a reader adds and rounds microseconds', () => {
    const times = fc.array(
      fc.record({
        ns: fc.double({ min: 1, max: 3e6, noNaN: true }),
        predictedNs: fc.integer({ max: 999_999, min: 0 }),
      }),
      { minLength: 2, maxLength: 60 },
    );
    fc.assert(
      fc.property(times, (rows) => {
        const layers = rows.map(({ ns, predictedNs }, i) => ({
          ...layer(i, [kernel('Conv', ns / 3), kernel('Reorder', ns - ns / 3)]),
          ns,
          predictedNs,
        }));
        const total = rows.reduce((sum, { ns }) => sum + ns, 0);
        const made = { ...measurement, networks: [network('made', total, layers)] };
        const events = JSON.parse(renderProbe('trace', made, { width: 80, top: 'all', tool: TOOL })) as {
          readonly traceEvents: readonly Event[];
        };
        for (const read of [
          (us: number) => us,
          (us: number) => Math.round(us * 1000),
          (us: number) => Math.trunc(us * 1000),
        ]) {
          for (const tid of [1, 2, 3]) {
            let end = 0;
            for (const { ph, tid: track, ts = 0, dur = 0 } of events.traceEvents) {
              if (ph !== 'X' || track !== tid) continue;
              expect(dur).toBeGreaterThanOrEqual(0);
              expect(read(ts)).toBeGreaterThanOrEqual(end);
              end = read(ts) + read(dur);
            }
          }
        }
        const last = (tid: number) => events.traceEvents.findLast((event) => event.tid === tid)!;
        const endOf = ({ ts = 0, dur = 0 }: Event): number => ts + dur;
        // No time is lost on the way: each boundary is that of the sum.
        expect(endOf(last(1)) * 1000).toBeGreaterThan(total - 2);
        expect(Math.abs(endOf(last(1)) - endOf(last(2))) * 1000).toBeLessThan(2.5);
      }),
      { numRuns: 40 },
    );
  });
});
