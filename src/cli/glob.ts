import { readdirSync } from 'node:fs';
import { join } from 'node:path';

/** Whether a path is a pattern: it has `*`, `?` or `{a,b}`. */
export const isPattern = (path: string): boolean => /[*?]|\{[^{}]*,[^{}]*\}/.test(path);

/** A part of a pattern (between slashes, or a whole name) as a regular expression. */
function toRegExp(pattern: string): RegExp {
  const source = pattern.replace(/\{([^{}]*,[^{}]*)\}|[\s\S]/g, (part, choices: string | undefined) => {
    if (choices !== undefined) return `(?:${choices.split(',').map(escaped).join('|')})`;
    if (part === '*') return '[^/]*';
    return part === '?' ? '[^/]' : escaped(part);
  });
  return new RegExp(`^${source}$`, 'u');
}

const escaped = (text: string): string => text.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&');

/** Whether a name is what a pattern without folders describes. */
export const matches = (pattern: string, name: string): boolean => toRegExp(pattern).test(name);

/** Folders that `**` does not enter. */
const PASSED_OVER = new Set(['node_modules']);

/**
 * The files below `folder` that a pattern describes, in alphabetical order: `*` and `?` within a name, `**` over
 * folders, `{a,b}` for either. Names that begin with a dot must be asked for.
 */
export function findFiles(pattern: string, folder: string): readonly string[] {
  const found = new Set<string>();
  const walk = (path: string, [part, ...rest]: readonly string[]): void => {
    if (part === undefined) return;
    if (part === '..' || part === '.' || part === '') {
      walk(part === '.' ? path : `${path}${part}/`, rest);
      return;
    }
    const every = part === '**';
    if (every) walk(path, rest);
    const regExp = every ? undefined : toRegExp(part);
    for (const entry of entriesOf(join(folder, path))) {
      const hidden = entry.name.startsWith('.') && !part.startsWith('.');
      if (hidden || regExp?.test(entry.name) === false) continue;
      const isFolder = entry.isDirectory();
      if (every) {
        if (isFolder && !PASSED_OVER.has(entry.name)) walk(`${path}${entry.name}/`, [part, ...rest]);
      } else if (rest.length > 0) {
        if (isFolder) walk(`${path}${entry.name}/`, rest);
      } else if (entry.isFile() || entry.isSymbolicLink()) found.add(path + entry.name);
    }
  };
  walk('', pattern.split('/'));
  return [...found].sort();
}

const entriesOf = (folder: string) => {
  try {
    return readdirSync(folder, { withFileTypes: true });
  } catch {
    // A folder that is not there, or may not be read, holds no file that is asked for.
    return [];
  }
};
