import { unverified, dense, type Device, type KernelCalibration } from '../../devices/device.ts';
import { elements } from '../../units.ts';
import { meanAbsolute } from '../fit.ts';
import { kernelCost } from './features.ts';
import type { Kernel } from './kernel.ts';
import { fitKernels, type MeasuredKernels } from './fitKernels.ts';

/** What a device file made from measurements says beside them. */
export interface CalibratedMachine {
  /** lower case letters, digits and hyphens */
  readonly id: string;
  /** what people call it */
  readonly title: string;
  /** sort of hardware */
  readonly kind: Device['kind'];
  /** how the kernels were run */
  readonly runtime: KernelCalibration['runtime'];
  /** what a run takes outside of its kernels */
  readonly secondsPerRun: number;
  /** ISO 8601, to the day */
  readonly date: string;
  /** the machine and how quiet it was, in words */
  readonly conditions: string;
}

/** Share of left-out networks that lie within the interval that a prediction states. */
const COVERED = 0.9;

/** How much a calibration can be trusted, by the networks that were left out of its fit. */
export type CalibrationVerdict = 'good' | 'fair' | 'poor';

/** Mean error and share of networks within 10 % up to which a calibration is good, and fair. */
const GOOD = { mean: 0.05, within: 0.9 };
const FAIR = { mean: 0.08, within: 0.75 };
const CLOSE = 0.1;

/** The verdict on relative errors of networks that took no part. */
export function calibrationVerdict(errors: readonly number[]): CalibrationVerdict {
  const mean = meanAbsolute(errors);
  const within = errors.filter((error) => Math.abs(error) <= CLOSE).length / errors.length;
  const is = (limit: typeof GOOD): boolean => mean <= limit.mean && within >= limit.within;
  return is(GOOD) ? 'good' : is(FAIR) ? 'fair' : 'poor';
}

/** What to do about each. */
const ADVICE: Readonly<Record<CalibrationVerdict, string>> = {
  good: 'good',
  fair: 'fair: more time, or a quieter machine, would make it better',
  poor: 'poor: repeat on a quiet machine, or with more time',
};

/**
 * The device file of a machine whose kernels were measured: its calibration, and as peak and bandwidth the most
 * that a kernel reached.
 */
export function calibratedDevice(networks: readonly MeasuredKernels[], device: CalibratedMachine): Device {
  const { model, errors } = fitKernels(networks);
  const { runtime, secondsPerRun, date, conditions } = device;
  const samples = networks.reduce((sum, { kernels }) => sum + kernels.length, 0);
  const ordered = errors.leftOut.map(Math.abs).sort((a, b) => a - b);
  const unseen = ordered[Math.ceil(COVERED * ordered.length) - 1] ?? meanAbsolute(errors.leftOut);
  const { macsPerSecond, bytesPerSecond } = most(networks);
  const kinds = networks.flatMap(({ kernels }) =>
    kernels.flatMap(({ kernel }) => (kernel === undefined ? [] : [kernelCost(kernel).kind])),
  );
  const uncovered = [...new Set(kinds)].filter((kind) => model.classes[kind] === undefined).sort();
  return {
    schemaVersion: 1,
    id: device.id,
    title: device.title,
    kind: device.kind,
    peak: {
      float32: dense(
        unverified(2 * macsPerSecond, 'op/s', `most that a kernel of the calibration reached, on ${date}`),
      ),
    },
    memory: [
      {
        name: 'dram',
        ...(bytesPerSecond === 0
          ? {}
          : {
              bandwidth: unverified(
                bytesPerSecond,
                'byte/s',
                `most that a kernel that moves ${String(LARGE / 1e6)} MB or more reached, on ${date}: caches help it`,
              ),
            }),
      },
    ],
    calibration: {
      kind: 'kernels',
      dtype: 'float32',
      runtime,
      ...model,
      secondsPerRun,
      fittedOn: `${String(samples)} kernels of ${String(networks.length)} made-up networks, measured on ${date}: ${conditions}`,
      samples,
      error: {
        fit: meanAbsolute(errors.fit),
        leaveOneOut: meanAbsolute(errors.leftOut),
        unseen,
        note: [
          `${ADVICE[calibrationVerdict(errors.leftOut)]}; an eighth of the made-up networks is left out at a time; nine tenths of them lie within the interval`,
          ...(uncovered.length === 0
            ? []
            : [`too few kernels for a class of their own, so that others stand in: ${uncovered.join(', ')}`]),
        ].join('; '),
      },
      source: `csp-profile calibrate, on ${date}`,
    },
  };
}

/** Bytes from which on a kernel says something about main memory. */
const LARGE = 4e6;
/** Kernels that hand on their operand as it lies. */
const VIEWS = /^(Flatten|Reshape|Squeeze|Unsqueeze|Identity)$/;
const FLOAT32 = 4;

/** The highest rates that kernels reached. */
function most(networks: readonly MeasuredKernels[]) {
  let [macsPerSecond, bytesPerSecond] = [0, 0];
  for (const { kernel, seconds } of networks.flatMap(({ kernels }) => kernels)) {
    if (kernel === undefined) continue;
    const { family, amounts } = kernelCost(kernel);
    if (family === 'convolution' && amounts['macs'] !== undefined)
      macsPerSecond = Math.max(macsPerSecond, amounts['macs'] / seconds);
    const bytes = movedBytes(kernel);
    if (family === 'movement' && bytes >= LARGE && !VIEWS.test(kernel.op))
      bytesPerSecond = Math.max(bytesPerSecond, bytes / seconds);
  }
  return { macsPerSecond, bytesPerSecond };
}

const movedBytes = ({ inputs, outputs }: Kernel): number =>
  FLOAT32 * [...inputs, ...outputs].reduce((sum, shape) => sum + elements(shape), 0);
