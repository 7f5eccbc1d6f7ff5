import { dirname, extname, join, relative, resolve } from 'node:path';
import { readGateConfig } from '../analysis/gate/readConfig.ts';
import type { Profile } from '../analysis/profile.ts';
import { ProfileError, formatOrigin, type Diagnostic } from '../diagnostics.ts';
import type { ModelDescription } from '../formats/format.ts';
import { FORMATS } from '../formats/registry.ts';
import type { MetricId } from '../metrics/registry.ts';
import { plain } from '../report/format.ts';
import { inertJson } from '../inertJson.ts';
import { flag, type Args } from './command.ts';
import { configsIn, loadConfig } from './config.ts';
import { readBytes } from './files.ts';
import { findFiles } from './glob.ts';
import type { Io } from './io.ts';
import { describeArgument, parseSpec } from './model.ts';
import { writeResult } from './output.ts';
import { loadProfile } from './profile.ts';
import { nameOf, targetsOf } from './targets.ts';
import { usageError } from './usage.ts';

const CONFIG_NAME = 'csp-profile.config.yaml';

/** Endings of the files that `init` looks for. */
export const SEARCHED = FORMATS.flatMap(({ extensions, commonExtension }) =>
  commonExtension === true ? [] : extensions,
);

/** As many files as `init` looks at on its own. */
const MOST_FILES = 200;

/** Metrics that a first configuration limits, where a network has them. */
const LIMITED = ['flops', 'cio', 'params', 'peakActivationBytes'] as const;

/** Extents that are tried for what nobody has stated, to see what a network has. */
const TRIED = [1, 224, 640, 64] as const;

/** A target to write. */
interface Draft {
  readonly model: string;
  /** extents by symbol; undefined: to fill in */
  readonly bind: ReadonlyMap<string, number | undefined>;
  /** shapes by input, `?` for extents to fill in */
  readonly input: ReadonlyMap<string, string>;
  readonly metrics: readonly string[];
}

/** A file that cannot be guarded, and why. */
interface LeftOut {
  readonly model: string;
  readonly why: string;
}

/**
 * Writes a first configuration for the models asked for, or for every model here; what they leave open is guessed for
 * the batch, and otherwise left as lines to fill in.
 *
 * @throws ProfileError CSP801 where there is a configuration already, or no model
 */
export async function init(asked: readonly string[], add: boolean, args: Args, io: Io): Promise<number> {
  const [existing] = configsIn(io.cwd);
  if (existing !== undefined && !add) {
    throw usageError(
      `there is a ${existing} here already`,
      'add to it: csp-profile gate init --add; or remove it first',
    );
  }
  const covered = add && existing !== undefined ? await coveredBy(io) : new Set<string>();
  const models = (asked.length > 0 ? asked : modelsIn(io.cwd)).filter(
    (model) => !covered.has(resolve(io.cwd, parseSpec(model).path)),
  );
  const drafts: Draft[] = [];
  const leftOut: LeftOut[] = [];
  for (const model of models) {
    const found = await draftOf(model, io);
    if ('why' in found) leftOut.push(found);
    else drafts.push(found);
  }
  const tell = (line: string): void => {
    if (flag(args, 'quiet') !== true) io.stderr.write(`${line}\n`);
  };
  for (const { model, why } of leftOut) tell(`left out ${plain(model)}: ${why}`);
  const [refused] = leftOut;
  if (asked.length > 0 && refused !== undefined)
    throw usageError(`${refused.model} can have no target: ${refused.why}`, 'mend it, or leave it out');
  if (drafts.length === 0) {
    throw usageError(
      models.length === 0 && add
        ? 'every network here has a target'
        : 'there is no network here that can be counted',
      'name models: csp-profile gate init models/*.cfg, or cspresnext50',
    );
  }
  const targets = grouped(drafts, io).map(targetText).join('');
  if (existing !== undefined && add) await append(existing, targets, drafts.length, io);
  else writeResult(HEAD + targets, { output: CONFIG_NAME, quiet: true }, io);
  const file = existing ?? CONFIG_NAME;
  tell(
    `${existing === undefined ? 'wrote' : 'added to'} ${file}: ${String(drafts.length)} ${drafts.length === 1 ? 'network' : 'networks'}`,
  );
  const open = drafts.filter(({ bind, input }) => [...bind.values(), ...input.values()].some(isOpen));
  if (open.length > 0)
    tell(
      `fill in what ${open.map(({ model }) => plain(model)).join(', ')} ${open.length === 1 ? 'leaves' : 'leave'} open: the lines marked "fill in"`,
    );
  tell('next: csp-profile gate --update writes the baselines; commit them with it');
  return 0;
}

const isOpen = (value: number | string | undefined): boolean =>
  value === undefined || (typeof value === 'string' && value.includes('?'));

/** Files here that may be networks: not every .cfg is one. */
export const modelsIn = (folder: string): readonly string[] =>
  findFiles(`**/*{${SEARCHED.join(',')}}`, folder).slice(0, MOST_FILES);

/** The files that the targets of the configuration here name. */
async function coveredBy(io: Io): Promise<ReadonlySet<string>> {
  const loaded = await loadConfig(undefined, io);
  const targets = await targetsOf(loaded, []);
  return new Set(targets.map(({ model }) => resolve(loaded.folder, parseSpec(model).path)));
}

/** The target of a model, or why there is none. */
async function draftOf(model: string, io: Io): Promise<Draft | LeftOut> {
  const none = { bind: new Map<string, number>(), input: new Map<string, string>() };
  try {
    const profile = await loadProfile(model, { quiet: true }, io);
    return refusal(model, profile) ?? { model, ...none, metrics: metricsOf(profile) };
  } catch (error) {
    if (!(error instanceof ProfileError)) throw error;
    const description = await described(model, io);
    const open = description === undefined ? none : openExtents(description);
    if (open.bind.size + open.input.size > 0) {
      for (const extent of TRIED) {
        const profile = await triedWith(model, open, extent, io);
        if (profile !== undefined)
          return refusal(model, profile) ?? { model, ...open, metrics: metricsOf(profile) };
      }
    }
    // A network that fits none of these has a size of its own: that is for the person to fill in.
    if (error.diagnostics[0]?.code === 'CSP101') return { model, ...open, metrics: LIMITED };
    return { model, why: reason(error.diagnostics, model) };
  }
}

/** Why a network that was read has no target: a gate would refuse it. */
function refusal(model: string, { coverage }: Profile): LeftOut | undefined {
  const list = coverage.uncounted.map(({ op, count }) => `${String(count)} x ${plain(op)}`).join(', ');
  return list === '' ? undefined : { model, why: `operators that cannot be counted: ${list}` };
}

function reason([first]: readonly Diagnostic[], model: string): string {
  if (first === undefined) return 'it cannot be read';
  const { message, origin, code } = first;
  const place = origin === undefined ? '' : formatOrigin(origin);
  return `${place === '' || place === model ? '' : `${place}: `}${message} ${code}`;
}

async function described(model: string, io: Io): Promise<ModelDescription | undefined> {
  try {
    return await describeArgument(model, {}, io);
  } catch (error) {
    if (error instanceof ProfileError) return undefined;
    throw error;
  }
}

/** What a model leaves open: its symbols, one for the batch, and inputs with extents that have no name. */
function openExtents({ inputs }: ModelDescription): Pick<Draft, 'bind' | 'input'> {
  const bind = new Map<string, number | undefined>();
  const input = new Map<string, string>();
  for (const { name, shape = [] } of inputs) {
    shape.forEach((extent, axis) => {
      if (typeof extent !== 'string') return;
      const isBatch = /^(n|b|batch(_?size)?)$/i.test(extent) || (axis === 0 && shape.length > 1);
      if (bind.get(extent) === undefined) bind.set(extent, isBatch ? 1 : undefined);
    });
    if (!shape.includes(null)) continue;
    input.set(
      name,
      shape
        .map((extent, axis) =>
          extent === null
            ? axis === 0 && shape.length > 1
              ? '1'
              : '?'
            : typeof extent === 'string'
              ? '?'
              : String(extent),
        )
        .join('x'),
    );
  }
  return { bind, input };
}

/** The profile with everything that is still open at one extent; undefined where that fits nothing. */
async function triedWith(
  model: string,
  { bind, input }: Pick<Draft, 'bind' | 'input'>,
  extent: number,
  io: Io,
): Promise<Profile | undefined> {
  try {
    return await loadProfile(
      model,
      {
        quiet: true,
        bind: [...bind].map(([symbol, value]) => `${symbol}=${String(value ?? extent)}`),
        input: [...input].map(([name, shape]) => `${name}:${shape.replaceAll('?', String(extent))}`),
      },
      io,
    );
  } catch (error) {
    if (error instanceof ProfileError) return undefined;
    throw error;
  }
}

/** A file that a device holds as it is has to fit in its flash, and its activations, laid out, in its memory. */
function metricsOf({ totals }: Profile): readonly MetricId[] {
  const known = (ids: readonly MetricId[]): readonly MetricId[] =>
    ids.filter((id) => (totals[id] ?? Number.NaN) > 0);
  return totals.fileBytes !== undefined && totals.arenaBytes !== undefined
    ? [...known(LIMITED.filter((id) => id !== 'peakActivationBytes')), 'arenaBytes', 'fileBytes']
    : known(LIMITED);
}

/** Files of a folder that are written alike become a pattern, where it fits no other file. */
function grouped(drafts: readonly Draft[], io: Io): readonly Draft[] {
  const groups = new Map<string, Draft[]>();
  for (const draft of drafts) {
    const { model, bind, input, metrics } = draft;
    const extension = parseSpec(model).parameters === undefined ? extname(model) : '';
    const pattern = extension === '' ? model : join(dirname(model), `*${extension}`);
    const key = JSON.stringify([pattern, [...bind], [...input], metrics]);
    groups.set(key, [...(groups.get(key) ?? []), draft]);
  }
  return [...groups].flatMap(([key, group]) => {
    const [pattern] = JSON.parse(key) as [string];
    const [first, ...others] = group;
    const fits = others.length > 0 && findFiles(pattern, io.cwd).length === group.length;
    return first !== undefined && fits ? [{ ...first, model: pattern }] : group;
  });
}

const HEAD = `# What csp-profile gate guards. The README explains it.
# yaml-language-server: $schema=./node_modules/csp-profile/src/schemas/csp-profile.config.schema.json
schemaVersion: 1
targets:
`;

function targetText({ model, bind, input, metrics }: Draft): string {
  const quoted = (text: string): string => inertJson(text);
  const binding = ([symbol, extent]: readonly [string, number | undefined]): string =>
    extent === undefined
      ? `      ${quoted(symbol)}: # fill in: its extent\n`
      : `      ${quoted(symbol)}: ${String(extent)}\n`;
  const shape = ([name, extents]: readonly [string, string]): string =>
    `      ${quoted(name)}: ${quoted(extents)}${extents.includes('?') ? ' # fill in: an extent for each ?' : ''}\n`;
  return `  - model: ${quoted(model)}
    baseline: ${quoted(`baselines/${/[*?]/.test(model) ? '{name}' : nameOf(model)}.json`)}
${bind.size === 0 ? '' : `    bind:\n${[...bind].map(binding).join('')}`}${
    input.size === 0 ? '' : `    input:\n${[...input].map(shape).join('')}`
  }    limits:
${metrics.map((id) => `      ${id}: "+1%"\n`).join('')}    rules:
      - name: balanced
        expr: bottleneck.maxOverMean <= 1.1 * baseline.bottleneck.maxOverMean
        severity: warn
        message: one layer dominates more than before
`;
}

/** Adds targets at the end of a configuration, where they belong if its targets come last, as `init` writes them. */
async function append(file: string, targets: string, count: number, io: Io): Promise<void> {
  const path = resolve(io.cwd, file);
  const before = new TextDecoder().decode(readBytes(file, path));
  const after = `${before.trimEnd()}\n${targets}`;
  const targetsIn = async (text: string): Promise<number> =>
    (await readGateConfig(text, file)).config.targets.length;
  const isAdded = async (): Promise<boolean> => {
    try {
      return (await targetsIn(after.replaceAll(/: # fill in.*/g, ': 1'))) > (await targetsIn(before));
    } catch (error) {
      if (error instanceof ProfileError) return false;
      throw error;
    }
  };
  if (!/\.ya?ml$/.test(file) || !(await isAdded())) {
    throw usageError(
      `${relative(io.cwd, path)} is not written as gate init writes it, so ${count === 1 ? 'a target' : 'targets'} cannot be added`,
      `add by hand what csp-profile gate init writes in an empty folder`,
    );
  }
  writeResult(after, { output: file, quiet: true }, io);
}
