import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Measurement, NetworkMeasurement } from '../../src/analysis/measurement/measurement.ts';
import { diffMeasurements } from '../../src/analysis/measurement/diff.ts';
import { mulberry32 } from '../../src/analysis/measurement/statistics.ts';
import { renderProbe } from '../../src/report/measurement/measurement.ts';
import { run } from '../cli/run.ts';
import { workshop } from './child.ts';
import { measurement, network } from './made.ts';

const shop = workshop();

/** Networks of which each run takes its time, a slowdown of the machine and up to 1 % of chance. */
function runs(times: Readonly<Record<string, number>>, slowdown: number, seed: number): Measurement {
  const random = mulberry32(seed);
  const networks = Object.entries(times).map(([name, ns]): NetworkMeasurement => {
    const processes = Array.from({ length: 4 }, () =>
      Array.from({ length: 20 }, () => ns * slowdown * (1 + 0.01 * random())),
    );
    return network(name, Math.round(ns * slowdown), [], processes);
  });
  return measurement(networks);
}

describe('two measurements', () => {
  const before = runs({ base: 1e7, mine: 2e7 }, 1, 1);

  it('of the same thing show no difference', () => {
    expect(
      diffMeasurements(before, runs({ base: 1e7, mine: 2e7 }, 1, 2)).map(({ verdict }) => verdict),
    ).toEqual(['no difference', 'no difference']);
    for (const { ratio, interval } of diffMeasurements(before, before)) {
      expect(ratio).toBe(1);
      expect(interval[0]).toBeLessThanOrEqual(1);
      expect(interval[1]).toBeGreaterThanOrEqual(1);
    }
  });

  it('tell a network that became slower from a machine that did', () => {
    const [base, mine] = diffMeasurements(before, runs({ base: 1e7, mine: 2.2e7 }, 1.5, 3));
    expect(base).toMatchObject({ network: 'base', verdict: 'slower' });
    expect(base?.ratio).toBeCloseTo(1.5, 1);
    expect(mine).toMatchObject({ network: 'mine', verdict: 'slower', relativeTo: 'base' });
    expect(mine?.ratio).toBeCloseTo(1.1, 1);
    const [, unchanged] = diffMeasurements(before, runs({ base: 1e7, mine: 2e7 }, 1.5, 4));
    expect(unchanged).toMatchObject({ verdict: 'no difference', relativeTo: 'base' });
  });

  it('are compared where they measured the same networks', () => {
    expect(diffMeasurements(before, runs({ other: 1, mine: 1e7 }, 1, 5))).toMatchObject([
      { network: 'mine', verdict: 'faster' },
    ]);
    expect(diffMeasurements(before, runs({ mine: 1e7 }, 1, 5))[0]?.relativeTo).toBeUndefined();
  });

  it('are files that diff takes', async () => {
    const folder = shop.folder();
    const write = (name: string, each: Measurement): string => {
      const file = join(folder, name);
      writeFileSync(
        file,
        renderProbe('json', each, { width: 80, top: 'all', tool: { name: 'csp-profile', version: '0' } }),
      );
      return file;
    };
    const files = [
      write('a.json', before),
      write('b.json', runs({ base: 1e7, mine: 2.2e7 }, 1.5, 3)),
    ] as const;
    const { code, stdout } = await run(['diff', ...files], { columns: 120 });
    expect(code).toBe(0);
    expect(stdout).toMatch(/^mine +20\.00 ms +33\.00 ms +\+\d+\.\d %  .* slower +base$/m);
  });
});
