import { existsSync } from 'node:fs';
import { extname, resolve } from 'node:path';
import type { Baseline } from '../analysis/gate/gate.ts';
import type { Profile } from '../analysis/profile.ts';
import { ProfileError, problem, type Origin } from '../diagnostics.ts';
import type { Args } from './command.ts';
import { readJsonFile } from './files.ts';
import type { Io } from './io.ts';
import { parseSpec, type SharedNames } from './model.ts';
import { isProfile, loadProfile } from './profile.ts';

/** A baseline as a target names it. */
export interface BaselineRequest {
  /** `reports/x.json`, a model, `git:REF` or `git:REF:PATH` */
  readonly name: string;
  /** the model that is compared with it */
  readonly model: string;
  /** how the model is read, and the conventions that it is counted by */
  readonly args: Args;
  /** what `args` give to the baseline and to the model that is compared with it */
  readonly names?: SharedNames | undefined;
  readonly place: Origin;
}

/** Whether the baseline is read as a model is, which takes extents and shapes; if not, it is a profile. */
export const isModel = (name: string, io: Io): boolean => !name.endsWith('.json') && !isWritable(name, io);

/** Whether the baseline is a file that `gate --update` writes: a profile, also one with conflict markers in it. */
export function isWritable(name: string, io: Io): boolean {
  if (name.startsWith('git:') || extname(name) !== '.json') return false;
  const file = resolve(io.cwd, name);
  if (!existsSync(file)) return true;
  try {
    return isProfile(readJsonFile(name, file));
  } catch (error) {
    return error instanceof ProfileError && error.diagnostics.some(({ code }) => code === 'CSP803');
  }
}

const ALLOW_NEW = 'or let new models pass with --allow-new';

/**
 * The profile that a network is compared with.
 *
 * @param allowNew whether a baseline that is not there yet is no mistake
 * @throws ProfileError CSP605 where it is missing, CSP609 where git does not know the commit
 */
export async function loadBaseline(request: BaselineRequest, allowNew: boolean, io: Io): Promise<Baseline> {
  const { name, args, place } = request;
  const updatable = isWritable(name, io);
  const missing = (message: string, fix: string): Baseline => {
    if (allowNew) return { name, profile: 'new', updatable };
    throw new ProfileError(problem('CSP605', message, `${fix}, ${ALLOW_NEW}`, place));
  };
  if (name.startsWith('git:')) {
    const profile = await gitProfile(request, io);
    return profile === undefined
      ? missing(`the baseline ${name} has no file ${gitPath(request).path}`, 'commit it there first')
      : { name, profile, updatable };
  }
  if (updatable && !existsSync(resolve(io.cwd, name))) {
    return missing(
      `the baseline ${name} does not exist`,
      'write it with csp-profile gate --update and commit it',
    );
  }
  return { name, profile: await loadProfile(name, args, io, { names: request.names }), updatable };
}

/** `git:REF` is the model's own file at that commit, `git:REF:PATH` another one. */
function gitPath({ name, model }: BaselineRequest): { readonly ref: string; readonly path: string } {
  const [ref = '', ...path] = name.slice('git:'.length).split(':');
  return { ref, path: path.length === 0 ? model : path.join(':') };
}

async function gitProfile(request: BaselineRequest, io: Io): Promise<Profile | undefined> {
  const { ref, path: spec } = gitPath(request);
  const refuse = (message: string): ProfileError =>
    new ProfileError(
      problem(
        'CSP605',
        message,
        `commit a baseline file and name it: git:${ref}:baselines/NAME.json`,
        request.place,
      ),
    );
  const { path } = parseSpec(spec);
  const extension = extname(path);
  if (extension === '') throw refuse(`${spec} is built in, so no commit has a file of it`);
  if (extension === '.mjs') throw refuse(`${spec} is a program, which does not run outside its folder`);
  const { withGitFile } = await import('./git.ts');
  return withGitFile(ref, path, io.cwd, request.place, (file) =>
    loadProfile(`${ref}:${spec}`, request.args, io, { locate: () => file, names: request.names }),
  );
}
