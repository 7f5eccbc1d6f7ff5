import { resolve } from 'node:path';
import { areUnlike, comparable, grouped, isOfOperators } from '../analysis/grouping.ts';
import { inRows } from '../analysis/modules.ts';
import { profile, type Profile } from '../analysis/profile.ts';
import { readProfile } from '../analysis/readProfile.ts';
import { ProfileError, problem, type Origin } from '../diagnostics.ts';
import type { ReadNetwork } from '../formats/format.ts';
import type { Graph } from '../graph/graph.ts';
import {
  DEVICE_OPTIONS,
  GROUP_OPTION,
  asksForDevice,
  conventionsOf,
  groupingOf,
  type Args,
} from './command.ts';
import type { Io } from './io.ts';
import { readJsonFile } from './files.ts';
import { MODEL_OPTIONS, loadModel, loadModels, onnxFileOf, parseSpec, type SharedNames } from './model.ts';
import { writeWarnings } from './output.ts';
import { usageError } from './usage.ts';

/**
 * The profile of an argument that is a model, or the JSON of a profile made before.
 *
 * @param options.locate where the file of a path is; messages name the path
 * @param options.names what the options give to this model and to others
 * @throws ProfileError where it is neither
 */
export async function loadProfile(
  spec: string,
  args: Args,
  io: Io,
  options: { readonly locate?: (path: string) => string; readonly names?: SharedNames | undefined } = {},
): Promise<Profile> {
  const { locate = (path: string): string => resolve(io.cwd, path), names } = options;
  const saved = savedProfile(spec, locate(spec));
  if (saved !== undefined) return saved;
  const load = (passOver?: (name: string) => void): Promise<ReadNetwork> =>
    loadModel(spec, args, io, locate, passOver);
  const { graph, diagnostics } = await (names === undefined ? load() : names.read(spec, load));
  writeWarnings(diagnostics, args, io);
  return profileOf(spec, grouped(graph, groupingOf(args) ?? 'layer'), args, io, locate);
}

async function profileOf(
  spec: string,
  graph: Graph,
  args: Args,
  io: Io,
  locate: (path: string) => string = (path) => resolve(io.cwd, path),
): Promise<Profile> {
  const { result, warnings } = asksForDevice(args)
    ? await (await import('./device.ts')).profileOnDevice(graph, args, io, onnxFileOf(spec, locate))
    : { result: profile(graph, conventionsOf(args)), warnings: [] };
  writeWarnings(warnings, args, io);
  return inRows(result, groupingOf(args) ?? 'layer');
}

/** The profile that a file holds; undefined where the argument is a model. */
function savedProfile(spec: string, file: string): Profile | undefined {
  const value = spec.endsWith('.json') ? readJsonFile(spec, file) : undefined;
  if (isMeasurement(value)) {
    throw new ProfileError(
      problem(
        'CSP305',
        'is a measurement, and no model',
        `name the model: csp-profile report MODEL --measured ${spec}; diff takes two measurements`,
        { format: 'json', file: spec },
      ),
    );
  }
  return isProfile(value) ? readProfile(value, spec) : undefined;
}

/** A profile, and the graph that it is of unless it was saved before. */
export interface Subject {
  readonly profile: Profile;
  readonly graph?: Graph;
}

/**
 * The profiles of arguments that are compared with each other, all counted by the same conventions: those of the
 * options, else of the profiles that were saved before, else of the first model.
 *
 * @param options.fuseUnlike networks of unlike formats are grouped so that they compare, unless asked otherwise
 * @param options.fuseOperators rows of formats whose layers are operators are fused, unless asked otherwise
 * @throws ProfileError CSP805 where a saved profile was counted otherwise, CSP801 where an option has no effect
 */
export async function loadSubjects(
  specs: readonly string[],
  args: Args,
  io: Io,
  options: { readonly fuseUnlike?: boolean; readonly fuseOperators?: boolean } = {},
): Promise<readonly Subject[]> {
  const saved = specs.map((spec) => savedProfile(spec, resolve(io.cwd, spec)));
  const asked = conventionsOf(args);
  const first = saved.findIndex((profile) => profile !== undefined);
  let rules = { ...saved[first]?.conventions, ...asked };
  for (const [i, profile] of saved.entries()) {
    for (const what of ['flops', 'cio'] as const) {
      const [then, now] = [profile?.conventions[what], rules[what]];
      if (then === undefined || now === undefined || then === now) continue;
      const other =
        asked[what] === undefined ? `${String(specs[first])} as ${now}` : `--${what} asks for ${now}`;
      throw new ProfileError(
        problem(
          'CSP805',
          `${String(specs[i])} counts ${what} as ${then}, ${other}: the numbers do not compare`,
          `profile its model again: csp-profile analyze MODEL --${what} ${now} --format json`,
        ),
      );
    }
  }
  const idle = Object.keys({ ...MODEL_OPTIONS, ...DEVICE_OPTIONS, ...GROUP_OPTION }).find(
    (name) => args[name] !== undefined,
  );
  if (idle !== undefined && !saved.includes(undefined)) {
    throw usageError(
      `--${idle} has no effect on profiles that were saved before`,
      'leave it out, or name the models themselves',
    );
  }
  const read = await loadModels(
    specs.filter((_, i) => saved[i] === undefined),
    (spec, passOver) => loadNamed(spec, args, io, passOver),
  );
  writeWarnings(
    read.flatMap(({ diagnostics }) => diagnostics),
    args,
    io,
  );
  const unread = [...read];
  const graphs = saved.map((profile) => (profile === undefined ? unread.shift()?.graph : undefined));
  const group = groupsOf(graphs, args, options);
  const subjects: Subject[] = [];
  for (const [i, spec] of specs.entries()) {
    const read = graphs[i];
    const graph = read && group(read);
    const profile = saved[i] ?? (await profileOf(spec, graph as Graph, { ...args, ...rules }, io));
    rules = profile.conventions;
    subjects.push({ profile, ...(graph === undefined ? {} : { graph }) });
  }
  return subjects;
}

/** The parts of `git:REF:PATH`; undefined for what is no such argument. */
function gitSpec(spec: string): { readonly ref: string; readonly path: string } | undefined {
  const [, ref, path] = /^git:([^:]+):(.+)$/.exec(spec) ?? [];
  return ref === undefined || path === undefined ? undefined : { ref, path };
}

/** The graph of a model argument, or of `git:REF:PATH`: a file as a commit has it. */
async function loadNamed(
  spec: string,
  args: Args,
  io: Io,
  passOver?: (name: string) => void,
): Promise<ReadNetwork> {
  const at = gitSpec(spec);
  if (at === undefined) return loadModel(spec, args, io, undefined, passOver);
  const { path } = parseSpec(at.path);
  const origin: Origin = { format: 'cli', argument: spec };
  const { withGitFile } = await import('./git.ts');
  const found = await withGitFile(at.ref, path, io.cwd, origin, (file) =>
    loadModel(`${at.ref}:${at.path}`, args, io, () => file, passOver),
  );
  if (found !== undefined) return found;
  throw new ProfileError(
    problem(
      'CSP609',
      `commit ${at.ref} has no file ${path}`,
      `see what it has: git ls-tree -r --name-only ${at.ref}`,
      origin,
    ),
  );
}

/** How networks that are compared are grouped: as asked, or else so that those of unlike formats compare. */
function groupsOf(
  graphs: readonly (Graph | undefined)[],
  args: Args,
  {
    fuseUnlike = false,
    fuseOperators = false,
  }: { readonly fuseUnlike?: boolean; readonly fuseOperators?: boolean },
): (graph: Graph) => Graph {
  const asked = groupingOf(args);
  const [first] = graphs;
  const unlike = graphs.some(
    (graph) => graph !== undefined && first !== undefined && areUnlike(first.format, graph.format),
  );
  if (asked === undefined && unlike && fuseUnlike) return comparable;
  return (graph) =>
    grouped(graph, asked ?? (fuseOperators && isOfOperators(graph.format) ? 'fused' : 'layer'));
}

/** Whether a JSON value means to be a measurement. */
export const isMeasurement = (value: unknown): boolean =>
  typeof value === 'object' && value !== null && 'networks' in value && 'settings' in value;

/** Whether a JSON value means to be a profile, and not the graph of a model. */
export const isProfile = (value: unknown): boolean =>
  typeof value === 'object' && value !== null && 'totals' in value;
