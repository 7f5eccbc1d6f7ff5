import { profileSchema } from '../../src/report/profileSchema.ts';
import type { Generator } from './generate.ts';

/** JSON schemas that the package publishes. */
export const schemas: Generator = () =>
  new Map([['profile.schema.json', `${JSON.stringify(profileSchema(), undefined, 2)}\n`]]);
