import { arenaBytes } from './arenaBytes.ts';
import { cycles, utilization } from './array.ts';
import { cio } from './cio.ts';
import { activationElements, inputElements, macs, params, peakActivationBytes, weights } from './counts.ts';
import { energy, energyArithmetic, energyDram, energyOnChip, energyRegisters } from './energy.ts';
import { fileBytes } from './fileBytes.ts';
import { flops } from './flops.ts';
import {
  arithmeticIntensity,
  memoryAccessCost,
  memoryAccessLowerBound,
  memoryAccessRatio,
} from './memoryAccess.ts';
import type { Count, HardwareMetric, Need } from './metric.ts';
import { parameterBytes } from './parameterBytes.ts';
import { floorSeconds, peakShare, predictedSeconds } from './time.ts';
import { dramBytes, dramBytesCompulsory, dramBytesNoReuse } from './traffic.ts';

/** Every metric, in the order of columns. A new one is its file and its name here. */
export const METRICS = [
  flops,
  macs,
  weights,
  params,
  cio,
  memoryAccessCost,
  memoryAccessLowerBound,
  memoryAccessRatio,
  arithmeticIntensity,
  inputElements,
  activationElements,
  peakActivationBytes,
  arenaBytes,
  parameterBytes,
  fileBytes,
  dramBytes,
  dramBytesCompulsory,
  dramBytesNoReuse,
  floorSeconds,
  predictedSeconds,
  peakShare,
  cycles,
  utilization,
  energy,
  energyArithmetic,
  energyRegisters,
  energyOnChip,
  energyDram,
] as const;

/** Id of a metric. */
export type MetricId = (typeof METRICS)[number]['id'];

/** What follows from the network alone. */
export const COUNTS: readonly Count<string, MetricId>[] = METRICS.filter(
  (metric): metric is Extract<(typeof METRICS)[number], Count> => !('needs' in metric),
);

/** What hardware has to be named for. */
export const HARDWARE_METRICS: readonly HardwareMetric<Need, string, MetricId>[] = METRICS.filter(
  (metric): metric is Extract<(typeof METRICS)[number], { needs: unknown }> => 'needs' in metric,
);
