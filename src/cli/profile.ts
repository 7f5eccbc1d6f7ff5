import { profile, type Profile } from '../analysis/profile.ts';
import { readProfile } from '../analysis/readProfile.ts';
import { conventionsOf, type Args } from './command.ts';
import type { Io } from './io.ts';
import { readJsonFile } from './files.ts';
import { loadModel } from './model.ts';
import { writeWarnings } from './output.ts';

/**
 * The profile of an argument that is a model, or the JSON of a profile made before.
 *
 * @throws ProfileError where it is neither
 */
export async function loadProfile(spec: string, args: Args, io: Io): Promise<Profile> {
  const saved = spec.endsWith('.json') ? readJsonFile(spec, io) : undefined;
  if (typeof saved === 'object' && saved !== null && 'totals' in saved) return readProfile(saved, spec);
  const { graph, diagnostics } = await loadModel(spec, args, io);
  writeWarnings(diagnostics, args, io);
  return profile(graph, conventionsOf(args));
}
