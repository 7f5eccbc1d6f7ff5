import { appendFileSync, existsSync, mkdirSync, statSync } from 'node:fs';
import { dirname, extname, join, relative, resolve, sep } from 'node:path';
import { gate, type Baseline } from '../../analysis/gate/gate.ts';
import { hasFailed, type GateResult } from '../../analysis/gate/result.ts';
import { GATE_METRICS } from '../../analysis/gate/metrics.ts';
import type { Profile } from '../../analysis/profile.ts';
import { readProfile } from '../../analysis/readProfile.ts';
import { ProfileError, problem, type Diagnostic, type Origin } from '../../diagnostics.ts';
import { FORMATS as MODEL_FORMATS } from '../../formats/registry.ts';
import { plain } from '../../report/format.ts';
import { GATE_FORMATS, type GateFormat } from '../../report/gate/registry.ts';
import type { GateReport } from '../../report/gate/report.ts';
import { parseJson } from '../../json.ts';
import { inertJson } from '../../report/inertJson.ts';
import { renderJson } from '../../report/json.ts';
import { isWritable, loadBaseline } from '../baseline.ts';
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
import { configsIn, loadConfig } from '../config.ts';
import { readBytes, writing } from '../files.ts';
import { findFiles } from '../glob.ts';
import { widthOf, type Io } from '../io.ts';
import { writeResult } from '../output.ts';
import { parseSpec } from '../model.ts';
import { loadProfile } from '../profile.ts';
import { nameOf, targetsOf, type Target } from '../targets.ts';
import { oneOf, usageError } from '../usage.ts';
import { TOOL } from '../../version.ts';

const FORMATS = Object.keys(GATE_FORMATS) as readonly GateFormat[];
/** Endings of the files that `init` looks for. */
const SEARCHED = MODEL_FORMATS.flatMap(({ extensions, commonExtension }) =>
  commonExtension === true ? [] : extensions,
);
const ACTIONS = ['check', 'init'] as const;
const ON_UNKNOWN = ['error', 'opaque'] as const;

export const gateCommand: Command = {
  usage: '[action] [models..]',
  positionals: {
    action: { describe: 'check (the default), or init: write a first configuration' },
    models: { describe: `for init: what to guard; absent: every ${SEARCHED.join(', ')} here` },
  },
  options: {
    config: { type: 'string', describe: 'configuration; absent: the nearest csp-profile.config.*' },
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
    if (oneOf('action', text(args, 'action') ?? 'check', ACTIONS) === 'init') return init(args, io);

    const loaded = await loadConfig(text(args, 'config'), io);
    const { folder } = loaded;
    const here: Io = { ...io, cwd: folder };
    const common = { quiet: flag(args, 'quiet'), 'on-unknown': onUnknown };
    const targets = (await targetsOf(loaded, list(args, 'target'))).map((target) => ({
      ...target,
      args: { ...target.args, ...common },
    }));
    if (flag(args, 'update') === true) return update(targets, args, here);

    const allowNew = flag(args, 'allow-new') === true;
    const results = await each(targets, (target) => check(target, allowNew, here));
    if (results === 'interrupted') return (await import('../probing.ts')).interrupted(io);
    const report: GateReport = { config: loaded.file, results };
    const root = repositoryOf(folder);
    const options = {
      width: widthOf(io),
      color: colored(args, io),
      tool: TOOL,
      inRepository: (file: string) => relative(root, resolve(folder, file)).split(sep).join('/'),
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
      wrong.push(...error.diagnostics.map((diagnostic) => placed(diagnostic, target.place)));
    }
  }
  const [first, ...others] = wrong;
  if (first !== undefined) throw new ProfileError(first, ...others);
  return results;
}

/** A diagnostic that leads to no file leads to where the configuration names the model. */
function placed(diagnostic: Diagnostic, place: Origin): Diagnostic {
  const { origin, message } = diagnostic;
  if (origin === undefined) return { ...diagnostic, origin: place };
  if (origin.format !== 'cli') return diagnostic;
  const named = origin.argument === undefined ? message : `${origin.argument}: ${message}`;
  return { ...diagnostic, message: named, origin: place };
}

async function check(target: Target, allowNew: boolean, io: Io): Promise<GateResult | 'interrupted'> {
  const profile = await profileOf(target, io);
  const baseline = await baselineOf(target, profile, allowNew, io);
  if (target.measured.length === 0) return gate(target, profile, baseline);
  const { measuredOf } = await import('../gateMeasurement.ts');
  const measured = await measuredOf(target, profile, io);
  return measured === undefined ? 'interrupted' : gate(target, profile, baseline, measured);
}

/** What the target's model is compared with; undefined where it names nothing. */
async function baselineOf(
  target: Target,
  profile: Profile,
  allowNew: boolean,
  io: Io,
): Promise<Baseline | undefined> {
  if (target.baseline === undefined) return undefined;
  const { flops, cio } = profile.conventions;
  const baseline = await loadBaseline(
    { name: target.baseline, model: target.model, args: { ...target.args, flops, cio }, place: target.place },
    allowNew,
    io,
  );
  refuseUncounted(baseline, target);
  return baseline;
}

/** What the target's model costs. */
async function profileOf(target: Target, io: Io): Promise<Profile> {
  const profile = await loadProfile(target.model, target.args, io);
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
    const content = renderJson(await profileOf(target, io), {
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
      writeResult(content, { output: file }, io);
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

const CONFIG_NAME = 'csp-profile.config.yaml';

/** As many files as `init` looks at on its own. */
const MOST_FILES = 200;

async function init(args: Args, io: Io): Promise<number> {
  const [existing] = configsIn(io.cwd);
  if (existing !== undefined) {
    throw usageError(`there is a ${existing} here already`, 'edit it, or remove it first');
  }
  const asked = list(args, 'models');
  const models = asked.length > 0 ? await checked(asked, args, io) : await foundModels(io);
  if (models.length === 0) {
    throw usageError(
      'there is no network here',
      'name models: csp-profile gate init models/*.cfg, or cspresnext50',
    );
  }
  writeResult(configText(grouped(models)), { output: CONFIG_NAME }, io);
  io.stdout.write(
    `wrote ${CONFIG_NAME}\nnext: csp-profile gate --update writes the baselines; commit them with it\n`,
  );
  return 0;
}

async function checked(models: readonly string[], args: Args, io: Io): Promise<readonly string[]> {
  for (const model of models) await loadProfile(model, { quiet: flag(args, 'quiet') }, io);
  return models;
}

/** The files here that are networks: not every .cfg is one. */
async function foundModels(io: Io): Promise<readonly string[]> {
  const models: string[] = [];
  for (const file of findFiles(`**/*{${SEARCHED.join(',')}}`, io.cwd).slice(0, MOST_FILES)) {
    try {
      await loadProfile(file, { quiet: true }, io);
      models.push(file);
    } catch (error) {
      if (!(error instanceof ProfileError)) throw error;
    }
  }
  return models;
}

/** Several files of a folder become a pattern. */
function grouped(models: readonly string[]): readonly string[] {
  const groups = new Map<string, string[]>();
  for (const model of models) {
    const extension = parseSpec(model).parameters === undefined ? extname(model) : '';
    const key = extension === '' ? model : join(dirname(model), `*${extension}`);
    groups.set(key, [...(groups.get(key) ?? []), model]);
  }
  return [...groups].map(([pattern, [first, ...others]]) =>
    others.length === 0 ? (first as string) : pattern,
  );
}

const configText = (
  models: readonly string[],
): string => `# What csp-profile gate guards. The README explains it.
# yaml-language-server: $schema=./node_modules/csp-profile/src/schemas/csp-profile.config.schema.json
schemaVersion: 1
targets:
${models.map(targetText).join('')}`;

const targetText = (model: string): string => `  - model: ${inertJson(model)}
    baseline: ${inertJson(`baselines/${/[*?]/.test(model) ? '{name}' : nameOf(model)}.json`)}
    limits:
      flops: "+1%"
      cio: "+1%"
      params: "+1%"
      peakActivationBytes: "+1%"
    rules:
      - name: balanced
        expr: bottleneck.maxOverMean <= 1.1 * baseline.bottleneck.maxOverMean
        severity: warn
        message: one layer dominates more than before
`;
