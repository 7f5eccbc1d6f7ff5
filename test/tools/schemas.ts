import { configSchema } from '../../src/report/gate/configSchema.ts';
import { measurementSchema } from '../../src/report/measurement/schema.ts';
import { profileSchema } from '../../src/report/profileSchema.ts';
import type { Generator } from './generate.ts';

/** JSON schemas that the package publishes. */
export const schemas: Generator = () =>
  new Map(
    Object.entries({
      'src/schemas/profile.schema.json': profileSchema(),
      'src/schemas/measurement.schema.json': measurementSchema(),
      'src/schemas/csp-profile.config.schema.json': configSchema(),
    }).map(([path, schema]) => [path, `${JSON.stringify(schema, undefined, 2)}\n`]),
  );
