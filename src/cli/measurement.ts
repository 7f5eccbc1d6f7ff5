import { resolve } from 'node:path';
import type { Measurement } from '../analysis/measurement/measurement.ts';
import { readMeasurement } from '../analysis/measurement/read.ts';
import { readJsonFile } from './files.ts';
import type { Io } from './io.ts';
import { isMeasurement } from './profile.ts';

/** The measurement that an argument names; undefined where it is anything else. */
export function loadMeasurement(spec: string, io: Io): Measurement | undefined {
  if (!spec.endsWith('.json')) return undefined;
  const value = readJsonFile(spec, resolve(io.cwd, spec));
  return isMeasurement(value) ? readMeasurement(value, spec) : undefined;
}
