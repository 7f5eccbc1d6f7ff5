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
export {
  measureDesigns,
  type CalibrateOptions,
  type CalibrationMeasurement,
  type MeasuredDesign,
} from './calibration/calibrate.ts';
export { runtimeKernels, type RuntimeKernels } from './optimise.ts';
export type { RuntimeOptions } from './workshop.ts';
