import { predictTime, type Coefficients, type MeasuredNetwork } from './fit.ts';
import type { Term } from './terms.ts';

/** A device whose model is known: what a new one may be like. */
export interface KnownDevice {
  readonly coefficients: Coefficients;
  /** what was measured on it, by network, in any unit */
  readonly times?: ReadonlyMap<string, number>;
}

/** Root of the mean square of what is left, in logarithms, at which a device counts for e times less. */
const NEAR = 0.04;

/** A known device as a stand-in for another. */
export interface StandIn<D extends KnownDevice = KnownDevice> {
  readonly device: D;
  /** by which its times are to be multiplied */
  readonly scale: number;
  /** its share of the mean over all stand-ins */
  readonly share: number;
}

/**
 * Known devices, each scaled to what was measured on another, and counting the more, the more its times are in the same
 * proportions. With one network only the scale is known, and every device counts alike.
 *
 * @param measured at least one network
 * @param pool     devices of the same kind: equal backend, similar threads
 */
export function standIns<D extends KnownDevice>(
  measured: readonly MeasuredNetwork[],
  pool: readonly D[],
): readonly StandIn<D>[] {
  const scaled = pool.flatMap((device) => {
    const ratios = measured.map(({ network, terms, time }) =>
      Math.log(time / (device.times?.get(network) ?? predictTime(device.coefficients, terms))),
    );
    const level = ratios.reduce((sum, ratio) => sum + ratio, 0) / ratios.length;
    const apart =
      ratios.reduce((sum, ratio) => sum + (ratio - level) ** 2, 0) / Math.max(1, ratios.length - 1);
    return Number.isFinite(level) ? [{ device, scale: Math.exp(level), apart }] : [];
  });
  // Against the nearest, so that a device unlike all others still has a model.
  const nearest = Math.min(...scaled.map(({ apart }) => apart));
  const weights = scaled.map(({ apart }) => Math.exp((nearest - apart) / NEAR ** 2));
  const all = weights.reduce((sum, weight) => sum + weight, 0);
  return scaled.map(({ device, scale }, i) => ({ device, scale, share: (weights[i] as number) / all }));
}

/**
 * The model of a device of which few networks are measured: the mean of the models of its stand-ins.
 *
 * @param measured at least one network; times in the unit of the coefficients that come back
 * @param pool     as `standIns` has it
 */
export function adapted(measured: readonly MeasuredNetwork[], pool: readonly KnownDevice[]): Coefficients {
  const mean: Partial<Record<Term, number>> = {};
  for (const { device, scale, share } of standIns(measured, pool)) {
    for (const [name, value] of Object.entries(device.coefficients)) {
      const term = name as Term;
      const before = mean[term];
      const own = share * scale * value;
      mean[term] = before === undefined ? own : before + own;
    }
  }
  return mean;
}

/** Predicted over measured time of each network, by a model that was adapted without it; of two networks or more. */
export const adaptedLeavingOut = (
  measured: readonly MeasuredNetwork[],
  pool: readonly KnownDevice[],
): readonly number[] =>
  measured.map(({ network, terms, time }) => {
    const others = measured.filter((each) => each.network !== network);
    return predictTime(adapted(others, pool), terms) / time;
  });
