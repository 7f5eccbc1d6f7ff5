import { appendFileSync, existsSync, mkdirSync, statSync } from 'node:fs';
import { dirname, join, relative, resolve, sep } from 'node:path';
import { gate, type Baseline } from '../../analysis/gate/gate.ts';
import { hasFailed, type GateResult } from '../../analysis/gate/result.ts';
import { GATE_METRICS } from '../../analysis/gate/metrics.ts';
import type { Profile } from '../../analysis/profile.ts';
import { readProfile } from '../../analysis/readProfile.ts';
import {
  isOpenExtents,
  ProfileError,
  problem,
  type Diagnostic,
  type Origin,
  type Sizes,
} from '../../diagnostics.ts';
import { inertJson } from '../../inertJson.ts';
import { listed, plain } from '../../report/format.ts';
import { GATE_FORMATS, type GateFormat } from '../../report/gate/registry.ts';
import type { GateReport } from '../../report/gate/report.ts';
import { parseJson } from '../../json.ts';
import { renderJson } from '../../report/json.ts';
import { isModel, isWritable, loadBaseline } from '../baseline.ts';
import {
  formatOption,
  OUTPUT_OPTION,
  QUIET_OPTION,
  COLOR_OPTION,
  formatOf,
  colored,
  flag,
  list,
  text,
  type Args,
  type Command,
} from '../command.ts';
import { loadConfig, type LoadedConfig } from '../config.ts';
import { readBytes, writing } from '../files.ts';
import { SEARCHED, init, modelsIn } from '../gateInit.ts';
import { isWatched, widthOf, type Io } from '../io.ts';
import { writeResult } from '../output.ts';
import { SharedNames, parseSpec } from '../model.ts';
import { loadProfile } from '../profile.ts';
import { targetsOf, type Target } from '../targets.ts';
import { oneOf } from '../usage.ts';
import { TOOL } from '../../version.ts';

const FORMATS = Object.keys(GATE_FORMATS) as readonly GateFormat[];
const ACTIONS = ['check', 'init'] as const;
const ON_UNKNOWN = ['error', 'opaque'] as const;

export const gateCommand: Command = {
  usage: '[action] [models..]',
  positionals: {
    action: { describe: 'check (the default), or init: write a first configuration' },
    models: { describe: `for init: what to guard; absent: every ${SEARCHED.join(', ')} here` },
  },
  options: {
    config: {
      type: 'string',
      array: true,
      nargs: 1,
      describe: 'configuration (repeatable); absent: the nearest csp-profile.config.*',
    },
    add: { type: 'boolean', describe: 'for init: add what has no target yet to the configuration here' },
    target: { type: 'string', array: true, nargs: 1, describe: 'only this model or pattern (repeatable)' },
    update: { type: 'boolean', describe: 'write the baselines anew' },
    'allow-new': { type: 'boolean', describe: 'let models pass whose baseline does not exist yet' },
    'on-unknown': {
      type: 'string',
      default: 'error',
      describe: 'operators that cannot be counted: error, or opaque (go on, every total is too low)',
    },
    ...formatOption(FORMATS),
    ...OUTPUT_OPTION,
    ...QUIET_OPTION,
    ...COLOR_OPTION,
  },
  examples: [
    ['init', 'a first configuration for the models here'],
    ['--update', 'what the networks cost now becomes the baseline'],
    ['', 'exit code 1 and the layers that grew, where a limit is broken'],
    ['--format sarif -o gate.sarif', 'for GitHub code scanning; junit for GitLab'],
  ],
  async run(args: Args, io: Io): Promise<number> {
    const format = formatOf(args, FORMATS);
    const onUnknown = oneOf('on-unknown', text(args, 'on-unknown') ?? 'error', ON_UNKNOWN);
    if (oneOf('action', text(args, 'action') ?? 'check', ACTIONS) === 'init')
      return init(list(args, 'models'), flag(args, 'add') === true, args, io);

    const named = list(args, 'config');
    const common = { quiet: flag(args, 'quiet'), 'on-unknown': onUnknown };
    const allowNew = flag(args, 'allow-new') === true;
    const results: GateResult[] = [];
    const files: string[] = [];
    let first: string | undefined;
    for (const name of named.length === 0 ? [undefined] : named) {
      const loaded = await loadConfig(name, io);
      const targets = (await targetsOf(loaded, list(args, 'target'))).map((target) => ({
        ...target,
        args: { ...target.args, ...common },
      }));
      const here: Io = { ...io, cwd: loaded.folder };
      if (flag(args, 'update') === true) {
        await update(targets, args, here);
        continue;
      }
      const found = await each(targets, (target) => check(target, allowNew, here));
      if (found === 'interrupted') return (await import('../probing.ts')).interrupted(io);
      if (list(args, 'target').length === 0) await tellUntargeted(loaded, args, io);
      first ??= loaded.folder;
      files.push(loaded.file);
      results.push(...found.map((result) => seenFrom(first ?? loaded.folder, loaded.folder, result)));
    }
    if (first === undefined) return 0;
    const folderOfFirst = first;
    const report: GateReport = { config: files.join(', '), results };
    const root = repositoryOf(folderOfFirst);
    const options = {
      width: widthOf(io),
      color: colored(args, io),
      cut: isWatched(io),
      tool: TOOL,
      inRepository: (file: string) => relative(root, resolve(folderOfFirst, file)).split(sep).join('/'),
    };
    writeResult((await GATE_FORMATS[format]())(report, options), args, io);
    const summary = io.env['GITHUB_STEP_SUMMARY'];
    if (format === 'github' && summary !== undefined && summary !== '') {
      const mostBytes = MOST_SUMMARY_BYTES - (statSync(summary, { throwIfNoEntry: false })?.size ?? 0);
      append(summary, (await GATE_FORMATS.markdown())(report, { ...options, mostBytes }));
    }
    return hasFailed(results) ? 1 : 0;
  },
};

/** GitHub shows nothing of a summary of 1 MiB and more; other programs of the step may add to it. */
const MOST_SUMMARY_BYTES = 2 ** 20 - 2 ** 14;

/** Says how many models beside a configuration none of its targets names. */
async function tellUntargeted(loaded: LoadedConfig, args: Args, io: Io): Promise<void> {
  if (flag(args, 'quiet') === true) return;
  const targets = await targetsOf(loaded, []);
  const named = new Set(targets.map(({ model }) => resolve(loaded.folder, parseSpec(model).path)));
  const others = modelsIn(loaded.folder).filter((file) => !named.has(resolve(loaded.folder, file)));
  if (others.length === 0) return;
  const what = others.length === 1 ? '1 model here is' : `${String(others.length)} models here are`;
  io.stderr.write(
    `csp-profile: ${what} in no target: ${listed(others.map(plain))} (csp-profile gate init --add)\n`,
  );
}

/** A result with its files as another folder has them. */
function seenFrom(folder: string, own: string, result: GateResult): GateResult {
  const prefix = relative(folder, own).split(sep).join('/');
  if (prefix === '') return result;
  const moved = (origin: Origin): Origin =>
    origin.file === undefined ? origin : { ...origin, file: `${prefix}/${origin.file}` };
  return {
    ...result,
    model: `${prefix}/${result.model}`,
    ...(result.baseline === undefined ? {} : { baseline: `${prefix}/${result.baseline}` }),
    checks: result.checks.map((check) => ({
      ...check,
      place: moved(check.place),
      causes: check.causes.map((cause) => ({
        ...cause,
        layer: { ...cause.layer, origin: moved(cause.layer.origin) },
      })),
    })),
  };
}

/** The results of all targets, or what is wrong with any of them, all at once. */
async function each<T>(
  targets: readonly Target[],
  run: (target: Target) => Promise<T | 'interrupted'>,
): Promise<readonly T[] | 'interrupted'> {
  const wrong: Diagnostic[] = [];
  const results: T[] = [];
  for (const target of targets) {
    try {
      const result = await run(target);
      if (result === 'interrupted') return 'interrupted';
      results.push(result);
    } catch (error) {
      if (!(error instanceof ProfileError)) throw error;
      wrong.push(...error.diagnostics.map((diagnostic) => placed(configured(diagnostic), target.place)));
    }
  }
  const [first, ...others] = wrong;
  if (first !== undefined) throw new ProfileError(first, ...others);
  return results;
}

/** What a command line would pass stands in the target. */
const configured = (diagnostic: Diagnostic): Diagnostic =>
  isOpenExtents(diagnostic)
    ? { ...diagnostic, fix: `give the target ${sizesText(diagnostic.sizes).join(' and ')}` }
    : diagnostic;

/** `bind: { batch: 1 }` */
const sizesText = ({ bind, input }: Sizes): readonly string[] =>
  Object.entries({ bind, input }).flatMap(([option, values]) => {
    const entries = Object.entries<number | string>(values);
    const text = entries.map(([name, value]) => `${keyText(name)}: ${inertJson(value)}`).join(', ');
    return entries.length === 0 ? [] : [`${option}: { ${text} }`];
  });

/** A name as a key of YAML: words stay as they are, but for those that mean something. */
const keyText = (name: string): string =>
  /^(?!(?:true|false|null|yes|no|on|off|y|n)$)[a-z_][\w.]*$/i.test(name) ? name : inertJson(name);

/** A diagnostic that leads to no file leads to where the configuration names the model. */
function placed(diagnostic: Diagnostic, place: Origin): Diagnostic {
  const { origin, message } = diagnostic;
  if (origin === undefined) return { ...diagnostic, origin: place };
  if (origin.format !== 'cli') return diagnostic;
  const named = origin.argument === undefined ? message : `${origin.argument}: ${message}`;
  return { ...diagnostic, message: named, origin: place };
}

const hasReference = ({ measured, measure }: Target): boolean =>
  measured.length > 0 && measure.reference !== undefined;

/** What a target gives to its model and to those that this is compared with; undefined where it is alone. */
const namesOf = (target: Target, io: Io): SharedNames | undefined =>
  hasReference(target) || (target.baseline !== undefined && isModel(target.baseline, io))
    ? new SharedNames()
    : undefined;

async function check(target: Target, allowNew: boolean, io: Io): Promise<GateResult | 'interrupted'> {
  const names = namesOf(target, io);
  const profile = await profileOf(target, names, io);
  const baseline = await baselineOf(target, profile, { allowNew, names }, io);
  // A reference may have what these lack.
  if (!hasReference(target)) names?.check();
  if (target.measured.length === 0) return gate(target, profile, baseline);
  const { measuredOf } = await import('../gateMeasurement.ts');
  const measured = await measuredOf(target, profile, names, io);
  return measured === undefined ? 'interrupted' : gate(target, profile, baseline, measured);
}

/** What the target's model is compared with; undefined where it names nothing. */
async function baselineOf(
  target: Target,
  profile: Profile,
  { allowNew, names }: { readonly allowNew: boolean; readonly names: SharedNames | undefined },
  io: Io,
): Promise<Baseline | undefined> {
  if (target.baseline === undefined) return undefined;
  const { flops, cio } = profile.conventions;
  const baseline = await loadBaseline(
    {
      name: target.baseline,
      model: target.model,
      args: { ...target.args, flops, cio },
      names,
      place: target.place,
    },
    allowNew,
    io,
  );
  refuseUncounted(baseline, target);
  return baseline;
}

/** What the target's model costs. */
async function profileOf(target: Target, names: SharedNames | undefined, io: Io): Promise<Profile> {
  const profile = await loadProfile(target.model, target.args, io, { names });
  for (const what of ['flops', 'cio'] as const) {
    const asked = text(target.args, what);
    if (asked !== undefined && asked !== profile.conventions[what]) {
      throw new ProfileError(
        problem(
          'CSP605',
          `${target.model} was counted by ${what} ${profile.conventions[what]}, the target asks for ${asked}`,
          'profile the model again, or leave the convention out',
          target.place,
        ),
      );
    }
  }
  refuseUncounted({ name: target.model, profile, updatable: false }, target);
  return profile;
}

function refuseUncounted({ name, profile }: Baseline, { args, place }: Target): void {
  if (profile === 'new' || text(args, 'on-unknown') !== 'error') return;
  const { uncounted } = profile.coverage;
  if (uncounted.length === 0) return;
  throw new ProfileError(
    problem(
      'CSP608',
      `${name} has operators that cannot be counted: ${uncounted.map(({ op, count }) => `${String(count)} x ${op}`).join(', ')}`,
      'replace them, or compare without them: --on-unknown opaque',
      place,
    ),
  );
}

/** Writes what each network costs now over its baseline. */
async function update(targets: readonly Target[], args: Args, io: Io): Promise<number> {
  const texts = new Map<string, string>();
  await each(targets, async (target) => {
    const { baseline, place } = target;
    if (baseline === undefined || !isWritable(baseline, io)) return;
    const content = renderJson(await profileOf(target, namesOf(target, io), io), {
      tool: TOOL,
      width: 80,
      color: false,
      top: 'all',
    });
    const other = texts.get(baseline);
    if (other !== undefined && other !== content) {
      throw new ProfileError(
        problem(
          'CSP605',
          `two networks have the baseline ${baseline}`,
          'give each its own, as in baselines/{name}.json',
          place,
        ),
      );
    }
    texts.set(baseline, content);
  });
  if (texts.size === 0) {
    throw new ProfileError(
      problem(
        'CSP605',
        'no target has a baseline file to write',
        'name one: baseline: baselines/{name}.json',
      ),
    );
  }
  for (const [file, content] of texts) {
    const path = resolve(io.cwd, file);
    const before = existsSync(path) ? new TextDecoder().decode(readBytes(file, path)) : undefined;
    if (before !== content) {
      writing(file, () => mkdirSync(dirname(path), { recursive: true }));
      writeResult(content, { output: file, quiet: true }, io);
    }
    if (flag(args, 'quiet') === true) continue;
    io.stdout.write(
      `${before === content ? 'unchanged' : 'wrote'} ${plain(file)}${changesText(file, before, content)}\n`,
    );
  }
  return 0;
}

/** `: flops +2.10 %, cio +0.40 %` */
function changesText(file: string, before: string | undefined, content: string): string {
  if (before === undefined || before === content) return '';
  let was: Profile;
  try {
    was = readProfile(parseJson(before), file);
  } catch {
    // What was no profile, as after a conflict, has no numbers to compare.
    return '';
  }
  const now = readProfile(JSON.parse(content), file);
  const changes = GATE_METRICS.flatMap(({ id, value }) => {
    const [from, to] = [value(was), value(now)];
    if (from === undefined || to === undefined || from === to || from === 0) return [];
    return [`${id} ${to > from ? '+' : ''}${((100 * (to - from)) / from).toFixed(2)} %`];
  });
  return changes.length === 0 ? '' : `: ${changes.join(', ')}`;
}

/** The repository that holds a folder, or the folder. */
function repositoryOf(folder: string): string {
  for (let root = folder; ; root = dirname(root)) {
    if (existsSync(join(root, '.git'))) return root;
    if (dirname(root) === root) return folder;
  }
}

function append(file: string, content: string): void {
  writing(file, () => {
    appendFileSync(file, content);
  });
}
