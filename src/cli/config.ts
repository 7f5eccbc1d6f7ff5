import { existsSync, readdirSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, extname, join, relative, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import {
  configPlace,
  gateConfigOf,
  readGateConfig,
  type GateConfigFile,
} from '../analysis/gate/readConfig.ts';
import { ProfileError, problem, type Diagnostic } from '../diagnostics.ts';
import { messageOf, readBytes } from './files.ts';
import { importModule } from './import.cjs';
import type { Io } from './io.ts';

const STEM = 'csp-profile.config';

/** Kinds of configuration files. */
const EXTENSIONS = ['.yaml', '.yml', '.json', '.mjs', '.js', '.ts'] as const;

/** A configuration from a file. */
export interface LoadedConfig extends GateConfigFile {
  /** what its paths are relative to */
  readonly folder: string;
}

/**
 * The configuration: the file named, or else the nearest `csp-profile.config.*` in this folder and those above it,
 * up to the one that holds the repository.
 *
 * @throws ProfileError CSP601 where there is none or it cannot be read, CSP602 where it is malformed
 */
export async function loadConfig(named: string | undefined, io: Io): Promise<LoadedConfig> {
  const path = named === undefined ? findConfig(io.cwd) : resolve(io.cwd, named);
  const file = named ?? (relative(io.cwd, path) || path);
  return { ...(await read(path, file)), folder: dirname(path) };
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

function read(path: string, file: string): Promise<GateConfigFile> {
  switch (extname(path)) {
    case '.yaml':
    case '.yml':
    case '.json':
      return readGateConfig(new TextDecoder().decode(readBytes(file, path)), file);
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

/** The default export of the user's own program. */
async function runModule(path: string, file: string): Promise<GateConfigFile> {
  readBytes(file, path);
  const place = configPlace(file);
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
      `the configuration does not load: ${String(messageOf(error).split('\n')[0])}`,
      'run it with node to see where',
    );
  }
  const value: unknown = await Promise.resolve(module.default);
  if (value === undefined) throw refuse('the module exports no configuration', 'export default { ... }');
  return gateConfigOf(value, file, place);
}
