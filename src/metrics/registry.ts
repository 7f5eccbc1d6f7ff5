import { cio } from './cio.ts';
import { activationElements, inputElements, macs, params, peakActivationBytes, weights } from './counts.ts';
import { flops } from './flops.ts';
import {
  arithmeticIntensity,
  memoryAccessCost,
  memoryAccessLowerBound,
  memoryAccessRatio,
} from './memoryAccess.ts';

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
] as const;

/** Id of a metric. */
export type MetricId = (typeof METRICS)[number]['id'];
