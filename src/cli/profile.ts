import { resolve } from 'node:path';
import { profile, type Profile } from '../analysis/profile.ts';
import { readProfile } from '../analysis/readProfile.ts';
import { asksForDevice, conventionsOf, type Args } from './command.ts';
import type { Io } from './io.ts';
import { readJsonFile } from './files.ts';
import { loadModel } from './model.ts';
import { writeWarnings } from './output.ts';

/**
 * The profile of an argument that is a model, or the JSON of a profile made before.
 *
 * @param locate where the file of a path is; messages name the path
 * @throws ProfileError where it is neither
 */
export async function loadProfile(
  spec: string,
  args: Args,
  io: Io,
  locate: (path: string) => string = (path) => resolve(io.cwd, path),
): Promise<Profile> {
  const saved = spec.endsWith('.json') ? readJsonFile(spec, locate(spec)) : undefined;
  if (isProfile(saved)) return readProfile(saved, spec);
  const { graph, diagnostics } = await loadModel(spec, args, io, locate);
  const { result, warnings } = asksForDevice(args)
    ? (await import('./device.ts')).profileOnDevice(graph, args, io)
    : { result: profile(graph, conventionsOf(args)), warnings: [] };
  writeWarnings([...diagnostics, ...warnings], args, io);
  return result;
}

/** Whether a JSON value means to be a profile, and not the graph of a model. */
export const isProfile = (value: unknown): boolean =>
  typeof value === 'object' && value !== null && 'totals' in value;
