import type { Bound } from '../../latency/roofline.ts';
import type { LatencyRatio, Measurement, NetworkMeasurement } from '../measurement/measurement.ts';
import type { Profile, ProfileRow } from '../profile.ts';
import { concentrationOf, type Concentration } from './concentration.ts';

/** A time in seconds, with the interval that it is known to where there is one. */
export interface Time {
  readonly seconds: number;
  readonly interval?: readonly [low: number, high: number];
}

/** A layer with its measured time. */
export interface TimedRow {
  readonly index: number;
  readonly seconds: number;
}

/** What there is to conclude about the time of one network. */
export interface TimeFacts {
  /** what ran, or would run it */
  readonly on: string;
  /** of one inference, with its 95 % confidence interval */
  readonly measured?: Time & { readonly layers?: Concentration<TimedRow> };
  /** of one inference, with the interval of networks unlike those of the calibration */
  readonly predicted?: Time & { readonly layers?: Concentration<ProfileRow> };
  /** no run layer by layer is faster */
  readonly floor?: Time & { readonly layers?: Concentration<ProfileRow> };
  /** what binds the floor, by its part of it, 0 to 1, largest first */
  readonly bound: readonly { readonly by: Bound; readonly share: number }[];
  /** layers whose floor is above their part of the prediction */
  readonly belowFloor: number;
}

/** What a device says of a network's time; undefined without a device. */
export function deviceTime({ device, latency, layers }: Profile): TimeFacts | undefined {
  if (device === undefined || latency === undefined) return undefined;
  const { floor, prediction, boundSeconds } = latency;
  const bounds = Object.entries(boundSeconds) as [Bound, number][];
  const bound = bounds.reduce((sum, [, seconds]) => sum + seconds, 0);
  const [floors, predictions] = [
    concentrationOf(layers, (row) => row.floorSeconds),
    concentrationOf(layers, (row) => row.predictedSeconds),
  ];
  return {
    on: `${device.title}, ${device.dtype}, batch ${String(latency.batch)}`,
    ...(prediction === undefined
      ? {}
      : {
          predicted: {
            seconds: prediction.seconds,
            interval: [prediction.low, prediction.high],
            ...(predictions === undefined ? {} : { layers: predictions }),
          },
        }),
    ...(floor === undefined
      ? {}
      : { floor: { seconds: floor.seconds, ...(floors === undefined ? {} : { layers: floors }) } }),
    bound: bounds
      .filter(([, seconds]) => seconds > 0)
      .map(([by, seconds]) => ({ by, share: seconds / bound }))
      .sort((a, b) => b.share - a.share),
    belowFloor: layers.filter(isBelowFloor).length,
  };
}

/** Whether a layer is predicted to be faster than its floor allows: its part of the whole is not that exact. */
export const isBelowFloor = ({ predictedSeconds, floorSeconds }: ProfileRow): boolean =>
  predictedSeconds !== undefined && floorSeconds !== undefined && predictedSeconds < floorSeconds;

/** What ran a measurement: processor, threads and runtime. */
export function ranOn({ environment, settings }: Pick<Measurement, 'environment' | 'settings'>): string {
  const { accelerator, cpu, importedFrom, versions } = environment;
  const threads =
    accelerator === undefined && settings.threads !== undefined
      ? `, ${String(settings.threads)} thread${settings.threads === 1 ? '' : 's'}`
      : '';
  const runtime = importedFrom?.tool ?? `onnxruntime ${versions.onnxruntime ?? ''}`.trim();
  return `${accelerator ?? cpu?.model ?? settings.device}${threads}, ${runtime}`;
}

/** What was measured of a network. */
export function measuredTime(measurement: Measurement, { latency, layers }: NetworkMeasurement): TimeFacts {
  const rows = layers.map(({ index, ns }): TimedRow => ({ index, seconds: ns / 1e9 }));
  const concentration = concentrationOf(rows, ({ seconds }) => seconds);
  return {
    on: ranOn(measurement),
    measured: {
      seconds: latency.ns / 1e9,
      ...(latency.interval === undefined
        ? {}
        : { interval: [latency.interval[0] / 1e9, latency.interval[1] / 1e9] as const }),
      ...(concentration === undefined ? {} : { layers: concentration }),
    },
    bound: [],
    belowFloor: 0,
  };
}

/** Which of two networks is faster, as far as the interval of what is known about their times tells. */
export type TimeVerdict =
  | { readonly outcome: 'faster' | 'slower'; readonly by: 'measured' | 'predicted'; readonly ratio: Ratio }
  | { readonly outcome: 'not told'; readonly by: 'measured' | 'predicted' | 'floor'; readonly ratio: Ratio };

/** The time of the second network over that of the first. */
export interface Ratio {
  readonly value: number;
  /** absent: nothing is known of how sure it is */
  readonly interval?: readonly [low: number, high: number];
}

/** By a measurement of both in one run. */
export function measuredVerdict({ ratio, interval }: LatencyRatio): TimeVerdict {
  const known = { value: ratio, ...(interval === undefined ? {} : { interval }) };
  if (interval === undefined || (interval[0] <= 1 && interval[1] >= 1))
    return { outcome: 'not told', by: 'measured', ratio: known };
  return { outcome: interval[1] < 1 ? 'faster' : 'slower', by: 'measured', ratio: known };
}

/** By what a device says of both: two predictions, or else two floors, which tell nothing of which is faster. */
export function deviceVerdict(a: Profile, b: Profile): TimeVerdict | undefined {
  const [from, to] = [a.latency, b.latency];
  if (from === undefined || to === undefined || a.device?.id !== b.device?.id) return undefined;
  const [before, after] = [from.prediction, to.prediction];
  if (before === undefined || after === undefined) {
    if (from.floor === undefined || to.floor === undefined) return undefined;
    const value = to.floor.seconds / from.floor.seconds;
    return Number.isFinite(value) ? { outcome: 'not told', by: 'floor', ratio: { value } } : undefined;
  }
  const ratio: Ratio = {
    value: after.seconds / before.seconds,
    interval: [after.low / before.high, after.high / before.low],
  };
  if (after.high < before.low) return { outcome: 'faster', by: 'predicted', ratio };
  if (after.low > before.high) return { outcome: 'slower', by: 'predicted', ratio };
  return { outcome: 'not told', by: 'predicted', ratio };
}
