export { probe, type Predictor, type ProbeOptions, type Progress } from './probe.ts';
export type { ProbeModel } from './prepare.ts';
export { DEVICE_IDS, LEVELS, type DeviceId, type Level } from './messages.ts';
export { Interrupted } from './childProcess.ts';
export { readMeasurement } from '../analysis/measurement/read.ts';
export { bytesPerSecond, flopsPerSecond, type Measurement } from '../analysis/measurement/measurement.ts';
export {
  measureDesigns,
  type CalibrateOptions,
  type CalibrationMeasurement,
  type MeasuredDesign,
} from './calibration/calibrate.ts';
export { runtimeKernels, type RuntimeKernels } from './optimise.ts';
export type { RuntimeOptions } from './workshop.ts';
