import { resolve } from 'node:path';
import { ProfileError, problem, type Origin } from '../../diagnostics.ts';
import { list, type Args } from '../command.ts';
import { readBytes } from '../files.ts';
import type { Io } from '../io.ts';

/** Keys of a file that stand for an option given several times. */
const REPEATED: Readonly<Record<string, string>> = {
  models: 'models',
  model: 'models',
  constraints: 'constraint',
  objectives: 'objective',
  device: 'device',
  buffer: 'buffer',
  array: 'array',
  batch: 'batch',
  dtype: 'dtype',
};

/** Keys that hold values by name. */
const NAMED: Readonly<Record<string, string>> = { axes: 'param', bind: 'bind' };

/** Axes that options name, not `--param`. */
const OWN_AXES: readonly string[] = ['device', 'buffer', 'array', 'dtype'];

/**
 * The options of a sweep with those of a `.yaml` among the models: `model`, `axes` (values by name), `bind`,
 * `constraints`, `objectives`, and every other option by its name. What the command line says comes first.
 *
 * @param options names of all options
 * @throws ProfileError CSP812 where the file is no YAML, or has a key that is no option
 */
export async function configured(args: Args, options: readonly string[], io: Io): Promise<Args> {
  const files = list(args, 'models').filter((model) => /\.ya?ml$/.test(model));
  const [file] = files;
  if (file === undefined) return args;
  const { LineCounter, parseDocument } = await import('../../analysis/gate/yaml.ts');
  const counter = new LineCounter();
  const text = new TextDecoder().decode(readBytes(file, resolve(io.cwd, file)));
  const document = parseDocument(text, { lineCounter: counter, prettyErrors: false, stringKeys: true });
  const refuse = (message: string, line?: number): ProfileError => {
    const origin: Origin = { format: 'config', file, ...(line === undefined ? {} : { line }) };
    return new ProfileError(
      problem(
        'CSP812',
        message,
        'write model, axes, bind, constraints, objectives, or another option by its name',
        origin,
      ),
    );
  };
  const [error] = document.errors;
  if (error !== undefined)
    throw refuse(error.message.split('\n')[0] ?? 'is no YAML', counter.linePos(error.pos[0]).line);
  const content: unknown = document.toJS();
  if (!isRecord(content)) throw refuse('is no list of options');
  const given: Record<string, unknown> = {};
  const add = (name: string, values: readonly string[]): void => {
    given[name] = [...list(given, name), ...values];
  };
  for (const [key, value] of Object.entries(content)) {
    const named = NAMED[key];
    if (named !== undefined && isRecord(value)) {
      for (const [name, values] of Object.entries(value)) {
        if (OWN_AXES.includes(name)) add(name, textsOf(values));
        else add(named, [`${name}=${textsOf(values).join(',')}`]);
      }
    } else if (REPEATED[key] !== undefined) add(REPEATED[key], textsOf(value));
    else if (options.includes(key) && !isRecord(value))
      given[key] = typeof value === 'boolean' ? value : textsOf(value).join(',');
    else throw refuse(`"${key}" is no option of a sweep`);
  }
  const models = list(args, 'models').flatMap((model) => (model === file ? list(given, 'models') : [model]));
  const asked = Object.fromEntries(Object.entries(args).filter(([, value]) => value !== undefined));
  const merged: Record<string, unknown> = { ...given, ...asked, models };
  for (const name of [...Object.values(REPEATED), ...Object.values(NAMED)])
    if (name !== 'models' && list(given, name).length > 0)
      merged[name] = [...list(given, name), ...list(args, name)];
  return merged;
}

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const textsOf = (value: unknown): readonly string[] =>
  Array.isArray(value) ? value.map(String) : [String(value)];
