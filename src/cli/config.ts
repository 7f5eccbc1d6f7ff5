import { existsSync, readdirSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, extname, join, relative, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { GATE_CONFIG, type GateConfig } from '../analysis/gate/config.ts';
import { ProfileError, problem, type Diagnostic, type Origin } from '../diagnostics.ts';
import { conforms } from '../values.ts';
import { messageOf, readBytes } from './files.ts';
import { importModule } from './import.cjs';
import type { Io } from './io.ts';
import type { Document } from './yaml.ts';

const STEM = 'csp-profile.config';

/** Kinds of configuration files. */
const EXTENSIONS = ['.yaml', '.yml', '.json', '.mjs', '.js', '.ts'] as const;

/** A configuration and where its parts are. */
export interface LoadedConfig {
  readonly config: GateConfig;
  /** as messages name it */
  readonly file: string;
  /** what its paths are relative to */
  readonly folder: string;
  /** the place of a part, such as `.targets[0].limits.flops` */
  readonly place: (path: string) => Origin;
}

const HELP = 'the README shows a configuration, csp-profile.config.schema.json checks one in an editor';

/**
 * The configuration: the file named, or else the nearest `csp-profile.config.*` in this folder and those above it,
 * up to the one that holds the repository.
 *
 * @throws ProfileError CSP601 where there is none or it cannot be read, CSP602 where it is malformed
 */
export async function loadConfig(named: string | undefined, io: Io): Promise<LoadedConfig> {
  const path = named === undefined ? findConfig(io.cwd) : resolve(io.cwd, named);
  const file = named ?? (relative(io.cwd, path) || path);
  const { value, place } = await read(path, file);
  const wrong = GATE_CONFIG.mismatch(value);
  if (wrong !== undefined) throw new ProfileError(problem('CSP602', wrong.problem, HELP, place(wrong.path)));
  // The check above, said once more for the compiler.
  if (!conforms(GATE_CONFIG, value))
    throw new ProfileError(problem('CSP602', 'is no configuration', HELP, place('')));
  return { config: value, file, folder: dirname(path), place };
}

/** Where the search ends: behind the repository's root, or the home folder. */
const isBorder = (folder: string): boolean => folder === homedir() || existsSync(join(folder, '.git'));

function findConfig(start: string): string {
  for (let folder = resolve(start); ; folder = dirname(folder)) {
    const found = EXTENSIONS.map((extension) => STEM + extension).filter((name) =>
      existsSync(join(folder, name)),
    );
    const [first, second] = found;
    if (first !== undefined && second !== undefined) {
      throw new ProfileError(
        problem(
          'CSP601',
          `there are two configurations, ${first} and ${second}`,
          'keep one, or name it with --config',
          {
            format: 'cli',
            argument: folder,
          },
        ),
      );
    }
    if (first !== undefined) return join(folder, first);
    if (isBorder(folder) || dirname(folder) === folder) break;
  }
  throw new ProfileError(
    problem(
      'CSP601',
      `there is no ${STEM}.yaml (or ${EXTENSIONS.slice(1).join(', ')}) here or above`,
      'write one with csp-profile gate init, or name it with --config',
    ),
  );
}

/** Whether a folder holds a configuration. */
export const configsIn = (folder: string): readonly string[] =>
  readdirSync(folder).filter((name) => EXTENSIONS.some((extension) => name === STEM + extension));

interface Read {
  readonly value: unknown;
  readonly place: LoadedConfig['place'];
}

function read(path: string, file: string): Promise<Read> {
  switch (extname(path)) {
    case '.yaml':
    case '.yml':
      return readYaml(path, file);
    case '.json':
      return readYaml(path, file, (text) => JSON.parse(text));
    case '.mjs':
    case '.js':
    case '.ts':
      return runModule(path, file);
    default:
      throw new ProfileError(
        problem(
          'CSP601',
          `${file} is no kind of configuration`,
          `use a file that ends in ${EXTENSIONS.join(', ')}`,
        ),
      );
  }
}

/** YAML; and JSON, of which YAML knows the lines, and `strict` whether it is JSON. */
async function readYaml(path: string, file: string, strict?: (text: string) => unknown): Promise<Read> {
  const text = new TextDecoder().decode(readBytes(file, path));
  const { LineCounter, parseDocument } = await import('./yaml.ts');
  const counter = new LineCounter();
  const document = parseDocument(text, { lineCounter: counter, prettyErrors: false, stringKeys: true });
  const at = (offset: number): Origin => ({ format: 'config', file, line: counter.linePos(offset).line });
  const [error] = [...document.errors, ...document.warnings];
  if (error !== undefined) {
    throw new ProfileError(problem('CSP602', firstLine(error.message), 'mend the line', at(error.pos[0])));
  }
  const lines = linesOf(document, (offset) => counter.linePos(offset).line);
  const place = (of: string): Origin => {
    let known = of;
    // What is missing has the line of what it is missing in.
    while (known !== '' && !lines.has(known)) known = known.replace(/(\.[^.[]*|\[\d+\]|.)$/, '');
    const line = lines.get(known);
    return {
      format: 'config',
      file,
      ...(line === undefined ? {} : { line }),
      ...(of === '' ? {} : { path: of.slice(1) }),
    };
  };
  try {
    return { value: strict === undefined ? (document.toJS() as unknown) : strict(text), place };
  } catch (thrown) {
    const message = messageOf(thrown);
    const [, position] = /at position (\d+)/.exec(message) ?? [];
    const origin = position === undefined ? place('') : at(Number(position));
    throw new ProfileError(problem('CSP602', firstLine(message), 'mend the line', origin));
  }
}

const firstLine = (message: string): string => message.split('\n')[0] as string;

/**
 * The line of every part of a document, by its path. On the way, a number that is written with a plus becomes the
 * text that it is: `+2` is a change, not the amount 2.
 */
function linesOf(document: Document, lineAt: (offset: number) => number): ReadonlyMap<string, number> {
  const lines = new Map<string, number>();
  const walk = (node: unknown, path: string): void => {
    if (!lines.has(path) && isRanged(node)) lines.set(path, lineAt(node.range[0]));
    if (isScalar(node) && node.source.startsWith('+')) node.value = node.source;
    if (!hasItems(node)) return;
    node.items.forEach((item, i) => {
      if (!isPair(item)) {
        walk(item, `${path}[${String(i)}]`);
        return;
      }
      const key = `${path}.${String(item.key)}`;
      if (isRanged(item.key)) lines.set(key, lineAt(item.key.range[0]));
      walk(item.value, key);
    });
  };
  walk(document.contents, '');
  return lines;
}

const isRanged = (node: unknown): node is { readonly range: readonly [number, number, number] } =>
  typeof node === 'object' && node !== null && 'range' in node && Array.isArray(node.range);

const isScalar = (node: unknown): node is { value: unknown; readonly source: string } =>
  typeof node === 'object' &&
  node !== null &&
  'value' in node &&
  'source' in node &&
  typeof node.value === 'number' &&
  typeof node.source === 'string';

const hasItems = (node: unknown): node is { readonly items: readonly unknown[] } =>
  typeof node === 'object' && node !== null && 'items' in node && Array.isArray(node.items);

const isPair = (item: unknown): item is { readonly key: unknown; readonly value: unknown } =>
  typeof item === 'object' && item !== null && 'key' in item && 'value' in item;

/** The default export of the user's own program. */
async function runModule(path: string, file: string): Promise<Read> {
  readBytes(file, path);
  const place = (of: string): Origin => ({
    format: 'config',
    file,
    ...(of === '' ? {} : { path: of.slice(1) }),
  });
  const refuse = (message: string, fix: string): ProfileError => {
    const diagnostic: Diagnostic = problem('CSP601', message, fix, place(''));
    return new ProfileError(diagnostic);
  };
  let module: { readonly default?: unknown };
  try {
    module = await importModule(pathToFileURL(path).href);
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ERR_UNKNOWN_FILE_EXTENSION') {
      throw refuse(
        `Node ${process.versions.node} does not read TypeScript`,
        'use Node 22.18 or later, or rename the file to .mjs and leave the types out',
      );
    }
    throw refuse(
      `the configuration does not load: ${firstLine(messageOf(error))}`,
      'run it with node to see where',
    );
  }
  const value: unknown = await Promise.resolve(module.default);
  if (value === undefined) throw refuse('the module exports no configuration', 'export default { ... }');
  return { value, place };
}
