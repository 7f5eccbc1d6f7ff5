import type { FeatureCalibration } from '../../src/devices/device.ts';
import { deviceById } from '../../src/devices/registry.ts';

/** The calibration of a built-in device, which is one of features. */
export function calibrationOf(id: string): FeatureCalibration {
  const { calibration } = deviceById(id);
  if (calibration?.kind !== 'features') throw new TypeError(`${id} has no calibration of features`);
  return calibration;
}
