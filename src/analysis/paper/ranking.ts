import type { MetricId } from '../../metrics/registry.ts';
import { errorsLeavingOut, meanAbsolute } from '../../latency/fit.ts';
import { kendallTau } from './kendall.ts';
import { printedValue, type ReproducedRow } from './reproduce.ts';
import { isQuoted } from './speed.ts';

/** How well a cost metric alone ranks networks by the speed that was printed for a device. */
export interface Ranking {
  readonly where: string;
  /** printed column: `fpsGtx1080Ti` */
  readonly device: string;
  readonly metric: MetricId | 'layers';
  /** rank correlation between 1 / metric and frames per second: 1 if the cheaper is always the faster */
  readonly tau: number;
  /** mean absolute relative error of the time if time = c * metric, each network left out of c */
  readonly leaveOneOut: number;
  /** networks ranked: those that were measured in one framework */
  readonly networks: number;
}

const METRICS = [
  'flops',
  'macs',
  'cio',
  'memoryAccessCost',
  'activationElements',
  'weights',
  'peakActivationBytes',
  'layers',
] as const satisfies readonly Ranking['metric'][];

/** Every cost metric against every printed speed, best first for each table and device. */
export function rankings(rows: readonly ReproducedRow[]): readonly Ranking[] {
  const result: Ranking[] = [];
  for (const where of new Set(rows.map(({ published }) => published.where))) {
    const inTable = rows.filter(({ published }) => published.where === where && !isQuoted(published.graph));
    const devices = new Set(
      inTable.flatMap(({ published }) =>
        Object.keys(published.measured).filter((column) => column.startsWith('fps')),
      ),
    );
    for (const device of devices) {
      const timed = inTable.filter(({ published }) => published.measured[device] !== undefined);
      const speed = timed.map(({ published }) => printedValue(published.measured[device] as string));
      const ranked = METRICS.flatMap((metric): Ranking[] => {
        const cost = timed.map(({ profile }) => profile.totals[metric]);
        if (!cost.every((value) => value !== undefined)) return [];
        const tau = kendallTau(cost, speed);
        if (tau === undefined) return [];
        const samples = cost.map((value, i) => ({ features: [value], seconds: 1 / (speed[i] as number) }));
        const leaveOneOut = meanAbsolute(
          errorsLeavingOut(
            samples,
            samples.map((_, i) => String(i)),
          ),
        );
        return [{ where, device, metric, tau: 0 - tau, leaveOneOut, networks: timed.length }];
      });
      result.push(...ranked.sort((a, b) => b.tau - a.tau));
    }
  }
  return result;
}
