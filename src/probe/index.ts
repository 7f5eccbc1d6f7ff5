export { probe, type Predictor, type ProbeOptions, type Progress } from './probe.ts';
export type { ProbeModel } from './prepare.ts';
export {
  RUNTIME_DEVICES,
  OPTIMISATION_LEVELS,
  type RuntimeDevice,
  type OptimisationLevel,
  type SessionSettings,
} from './messages.ts';
export { Interrupted } from './childProcess.ts';
export { readMeasurement } from '../analysis/measurement/read.ts';
export {
  bytesPerSecond,
  flopsPerSecond,
  type Absence,
  type Agreement,
  type Distribution,
  type Environment,
  type LatencyClock,
  type LatencyPrediction,
  type LatencyRatio,
  type LatencySummary,
  type MeasuredKernel,
  type MeasuredLayer,
  type Measurement,
  type NetworkMeasurement,
  type ProbeSettings,
  type ProcessSamples,
  type ProfilingOverhead,
} from '../analysis/measurement/measurement.ts';
export {
  measureDesigns,
  type CalibrateOptions,
  type CalibrationMeasurement,
  type MeasuredDesign,
} from './calibration/calibrate.ts';
export { runtimeKernels, type RuntimeKernels } from './optimise.ts';
export type { RuntimeOptions } from './workshop.ts';
