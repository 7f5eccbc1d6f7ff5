import { parseArgs, type ParseArgsConfig } from 'node:util';
import type { Args, Command } from './command.ts';
import { STDIN, STDOUT } from './files.ts';

/**
 * What a plain command line says; undefined for one that asks for help, has a mistake or is unusual, which yargs reads:
 * to load yargs and have it read any command line costs half as much as all else that a small network does.
 */
export function plainArguments(command: Command, words: readonly string[]): Args | undefined {
  // A lone dash is no option.
  const plain = words.map((word) => word.replace(/^-(?=$|@)/, STDIN));
  if (plain.some((word) => isUnusual(word, command))) return undefined;
  const parsed = parseStrictly(command, plain);
  const named = parsed && namedWords(command.usage, parsed.positionals);
  if (named === undefined) return undefined;
  const given = Object.entries(parsed?.values ?? {}).map(([key, value]) => [key, toStandardOutput(value)]);
  return { ...defaultsOf(command), ...Object.fromEntries(given), ...named };
}

/** What an option says where a dash is standard output. */
export const toStandardOutput = (value: unknown): unknown =>
  value === STDIN ? STDOUT : Array.isArray(value) ? value.map(toStandardOutput) : value;

/** What yargs and Node read in two ways: several letters behind one dash, a word behind a flag, a text that is denied. */
const isUnusual = (word: string, { options }: Command): boolean =>
  /^(?:-[^-].+|--|true|false)$/s.test(word) ||
  (word.startsWith('--no-') && options[word.slice('--no-'.length)]?.type !== 'boolean');

function parseStrictly(
  { options }: Command,
  args: readonly string[],
): { readonly values: Args; readonly positionals: readonly string[] } | undefined {
  const config: NonNullable<ParseArgsConfig['options']> = {};
  for (const [name, { type, alias }] of Object.entries(options)) {
    config[name] = {
      ...(type === 'boolean' ? { type } : { type: 'string', multiple: true }),
      ...(typeof alias === 'string' ? { short: alias } : {}),
    };
  }
  try {
    return parseArgs({ args: [...args], options: config, allowPositionals: true, allowNegative: true });
  } catch (error) {
    // yargs says what is wrong, in its own words.
    if (error instanceof TypeError) return undefined;
    throw error;
  }
}

const defaultsOf = ({ options }: Command): Args =>
  Object.fromEntries(
    Object.entries(options)
      .filter(([, option]) => option.default !== undefined)
      .map(([name, option]): [string, unknown] => [name, option.default]),
  );

/** The words by the names that the usage gives them, `<a> [b] [others..]`; undefined where they are too few or too many. */
function namedWords(usage: string, words: readonly string[]): Args | undefined {
  const named: Record<string, unknown> = {};
  let at = 0;
  for (const [, bracket, name = '', dots] of usage.matchAll(/([<[])([\w-]+)(\.\.)?[>\]]/g)) {
    const own = words.slice(at, dots === undefined ? at + 1 : undefined);
    if (own.length === 0 && bracket === '<') return undefined;
    if (own.length > 0) named[name] = dots === undefined ? own[0] : own;
    at += own.length;
  }
  return at === words.length ? named : undefined;
}
