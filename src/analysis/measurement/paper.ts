import type { LatencyRatio, Measurement, NetworkMeasurement } from './measurement.ts';
import { kendallTau } from '../paper/kendall.ts';

/** A network of a publication: what it is called there, and the speed that was printed for it. */
export interface PrintedNetwork {
  readonly row: string;
  /** frames per second by column, as printed */
  readonly speeds: Readonly<Record<string, string>>;
}

/** A network measured here, beside what was printed for it; speeds are relative to the first network of all. */
export interface MeasuredSpeed {
  readonly row: string;
  readonly measured: NetworkMeasurement;
  readonly speed: number;
  readonly interval?: readonly [low: number, high: number];
  /** printed speeds by column; absent where the column has none for it, or none for the first network */
  readonly printed: Readonly<Record<string, number>>;
}

/** How well a printed column and this machine agree on the order of networks. */
export interface OrderAgreement {
  readonly column: string;
  /** rank correlation of printed and measured speed; 1 for the same order */
  readonly tau: number;
  readonly networks: number;
}

/**
 * Measured beside printed speed.
 *
 * @param printed the networks of the measurement, in its order
 */
export function measuredSpeeds(
  { networks, ratios }: Measurement,
  printed: readonly PrintedNetwork[],
): readonly MeasuredSpeed[] {
  const [reference] = printed;
  return networks.map((measured, i) => {
    const { row, speeds } = printed[i] as PrintedNetwork;
    const ratio = ratios.find(({ network }) => network === i);
    return {
      row,
      measured,
      ...speedOf(ratio),
      printed: Object.fromEntries(
        Object.entries(speeds).flatMap(([column, speed]) => {
          const base = reference?.speeds[column];
          return base === undefined ? [] : [[column, Number(speed) / Number(base)]];
        }),
      ),
    };
  });
}

/** Speed is the inverse of latency, its interval turned round; the reference has 1. */
function speedOf(ratio: LatencyRatio | undefined): Pick<MeasuredSpeed, 'speed' | 'interval'> {
  if (ratio === undefined) return { speed: 1 };
  const { interval } = ratio;
  return {
    speed: 1 / ratio.ratio,
    ...(interval === undefined ? {} : { interval: [1 / interval[1], 1 / interval[0]] as const }),
  };
}

/** Kendall's tau of each printed column with the measured speeds, over the networks that the column has. */
export function orderAgreements(speeds: readonly MeasuredSpeed[]): readonly OrderAgreement[] {
  const columns = [...new Set(speeds.flatMap(({ printed }) => Object.keys(printed)))];
  return columns.flatMap((column) => {
    const both = speeds.flatMap(({ speed, printed }) => {
      const value = printed[column];
      return value === undefined ? [] : [[speed, value] as const];
    });
    const tau = kendallTau(
      both.map(([speed]) => speed),
      both.map(([, value]) => value),
    );
    return tau === undefined ? [] : [{ column, tau, networks: both.length }];
  });
}
