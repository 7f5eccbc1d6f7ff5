import { basename, extname } from 'node:path';
import type { MeasureConfig, TargetConfig } from '../analysis/gate/config.ts';
import { limitDemands, ruleDemands } from '../analysis/gate/demands.ts';
import type { GateTarget } from '../analysis/gate/gate.ts';
import { needsBaseline, parseLimit } from '../analysis/gate/limit.ts';
import { measuredMetric, type MeasuredDemand } from '../analysis/gate/measured.ts';
import { ProfileError, problem, type Diagnostic, type Origin } from '../diagnostics.ts';
import { isProblem } from '../ops/spec.ts';
import type { Args } from './command.ts';
import type { LoadedConfig } from './config.ts';
import { findFiles, isPattern, matches } from './glob.ts';
import { parseSpec } from './model.ts';

/** One network that the gate looks at. */
export interface Target extends GateTarget {
  /** the baseline's name, if it has one */
  readonly baseline?: string;
  /** how the model is read and counted, as options of a command line */
  readonly args: Args;
  readonly measure: MeasureConfig;
}

const NAME = '{name}';

/**
 * The networks that a configuration names, in its order, with their demands; only those that are asked for.
 *
 * @throws ProfileError CSP603 for limits, CSP604 for rules, CSP606 where a pattern or a name fits nothing
 */
export async function targetsOf(loaded: LoadedConfig, asked: readonly string[]): Promise<readonly Target[]> {
  const wrong: Diagnostic[] = [];
  const targets: Target[] = [];
  for (const [i, target] of loaded.config.targets.entries()) {
    const at = (path: string): Origin => demandPlace(loaded, `.targets[${String(i)}]${path}`);
    if (Object.keys(target.limits ?? {}).length + (target.rules ?? []).length === 0) {
      wrong.push(problem('CSP602', 'the target demands nothing', 'give it limits or rules', at('')));
    }
    const limits = limitDemands(target.limits, at, wrong);
    const measured = measuredOf(target, at, wrong);
    const rules = await ruleDemands(target.rules, at, wrong);
    for (const model of modelsOf(target.model, loaded.folder, at('.model'), wrong)) {
      const named = (text: string): string => text.replaceAll(NAME, nameOf(model));
      const baseline = target.baseline && named(target.baseline);
      const { reference, file, ...how } = target.measure ?? {};
      targets.push({
        model,
        limits,
        measured,
        rules,
        place: at('.model'),
        args: argsOf(target),
        measure: {
          ...how,
          ...(reference === undefined ? {} : { reference: named(reference) }),
          ...(file === undefined ? {} : { file: named(file) }),
        },
        ...(baseline === undefined ? {} : { baseline }),
      });
    }
  }
  const [first, ...others] = wrong;
  if (first !== undefined) throw new ProfileError(first, ...others);
  return chosen(targets, asked, loaded);
}

/** A place in the configuration, whose folder all other files are relative to as well. */
const demandPlace = ({ place, file }: LoadedConfig, path: string): Origin => {
  const origin = place(path);
  return origin.format === 'config' ? { ...origin, file: basename(file) } : origin;
};

function modelsOf(spec: string, folder: string, place: Origin, wrong: Diagnostic[]): readonly string[] {
  const { path } = parseSpec(spec);
  if (!isPattern(path)) return [spec];
  const found = findFiles(path, folder);
  if (found.length === 0) {
    wrong.push(problem('CSP606', `no file is like ${path}`, 'mend the pattern, or remove the target', place));
  }
  return found.map((file) => file + spec.slice(path.length));
}

/** What stands for `{name}`: of a file its name, of a built-in network with parameters all of them. */
export function nameOf(model: string): string {
  const { path, parameters } = parseSpec(model);
  return parameters === undefined ? basename(path, extname(path)) : `${path}-${parameters}`;
}

function argsOf(target: TargetConfig): Args {
  const { flops, cio, batch, dtype, device, buffer, fusion } = target;
  const { input, bind, value, branch, assume } = target;
  return {
    ...{ flops, cio, batch: batch?.toString(), dtype, device, buffer, fusion },
    input: optionsOf(input, (name, shape) => `${name}:${[shape].flat().join('x')}`),
    ...{
      bind: optionsOf(bind),
      value: optionsOf(value),
      branch: optionsOf(branch),
      assume: optionsOf(assume),
    },
  };
}

/** What a map of the configuration is as options of a command line, which are read in one place. */
const optionsOf = <V>(
  given: Readonly<Record<string, V>> | readonly string[] | undefined,
  write = (name: string, value: V): string => `${name}=${[value].flat().join()}`,
): readonly string[] | undefined =>
  given === undefined || isList(given)
    ? given
    : Object.entries(given).map(([name, value]) => write(name, value));

const isList = (given: object): given is readonly string[] => Array.isArray(given);

/** Limits of what is measured, and whether the target says how. */
function measuredOf(
  { limits = {}, measure }: TargetConfig,
  at: (path: string) => Origin,
  wrong: Diagnostic[],
): readonly MeasuredDemand[] {
  const demands = Object.entries(limits).flatMap(([name, written]): MeasuredDemand[] => {
    const metric = measuredMetric(name);
    if (metric === undefined) return [];
    const place = at(`.limits.${name}`);
    const refuse = (problemText: string, fix: string): MeasuredDemand[] => {
      wrong.push(problem('CSP603', problemText, fix, place));
      return [];
    };
    const limit = parseLimit(written, metric);
    if (isProblem(limit)) return refuse(limit.problem, limit.fix);
    if (needsBaseline(limit)) {
      return refuse(
        `${name} is limited by an amount: a baseline is not measured`,
        'measure the other state beside it: measure: { reference: MODEL } and limits: { measuredRatio: 1.05 }',
      );
    }
    if (metric.id === 'measuredRatio' && measure?.reference === undefined) {
      return refuse(
        'measuredRatio is relative to nothing',
        'name a network: measure: { reference: resnet50 }',
      );
    }
    return [{ metric, limit, severity: measure?.severity ?? 'warn', place }];
  });
  if (measure === undefined) return demands;
  const { file, device, threads, budget } = measure;
  if (!Object.keys(limits).some((name) => measuredMetric(name) !== undefined)) {
    wrong.push(
      problem(
        'CSP602',
        'nothing that is measured has a limit',
        'limit measuredSeconds or measuredRatio, or leave measure out',
        at('.measure'),
      ),
    );
  }
  if (file !== undefined && [device, threads, budget].some((each) => each !== undefined)) {
    wrong.push(
      problem(
        'CSP602',
        `${file} has been measured already`,
        'leave out device, threads and budget, or the file',
        at('.measure.file'),
      ),
    );
  }
  return demands;
}

/** The targets that `--target` names: by model, by name, or by a pattern of either. */
function chosen(
  targets: readonly Target[],
  asked: readonly string[],
  { file }: LoadedConfig,
): readonly Target[] {
  const isLike = (name: string, { model }: Target): boolean =>
    [model, parseSpec(model).path, nameOf(model)].some(
      (each) => each === name || (isPattern(name) && matches(name, each)),
    );
  for (const name of asked) {
    if (targets.some((target) => isLike(name, target))) continue;
    throw new ProfileError(
      problem(
        'CSP606',
        `--target ${name} fits nothing in ${file}`,
        targets.length === 0
          ? 'name a model there'
          : `use one of ${targets.map(({ model }) => model).join(', ')}`,
      ),
    );
  }
  if (targets.length === 0) {
    throw new ProfileError(
      problem('CSP606', `${file} names no network`, 'give it targets, or write one with gate init'),
    );
  }
  return asked.length === 0
    ? targets
    : targets.filter((target) => asked.some((name) => isLike(name, target)));
}
