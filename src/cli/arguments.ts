import type { Options } from 'yargs';
import parser from 'yargs-parser';
import type { Args, Command } from './command.ts';

/** How words are read, by the parser of yargs alone and by all of yargs. */
export const READING = {
  'parse-numbers': false,
  'parse-positional-numbers': false,
  // Without it yargs keeps the last of several values only; options that are given twice: see `text` of ./command.ts.
  'duplicate-arguments-array': true,
} as const;

/**
 * What a command line says, by the parser of yargs alone, for which all the rest of yargs need not be loaded.
 *
 * @returns undefined where something is wrong with the line, or might be: yargs says what
 */
export function plainArguments(command: Command, words: readonly string[]): Args | undefined {
  const options = Object.entries<Options>(command.options);
  const names = (holds: (option: Options) => boolean): string[] =>
    options.flatMap(([name, option]) => (holds(option) ? [name] : []));
  const { argv, error, aliases } = parser.detailed([...words], {
    key: Object.fromEntries(options.map(([name]) => [name, true])),
    alias: Object.fromEntries(options.map(([name, { alias = [] }]) => [name, alias])),
    array: names(({ array }) => array === true),
    boolean: names(({ type }) => type === 'boolean'),
    string: names(({ type }) => type === 'string'),
    narg: Object.fromEntries(
      options.flatMap(([name, { nargs }]) => (nargs === undefined ? [] : [[name, nargs]])),
    ),
    default: Object.fromEntries(
      options.flatMap(([name, option]) => ('default' in option ? [[name, option.default]] : [])),
    ),
    configuration: { ...READING, 'populate--': true },
  } as parser.Options);
  const { _: places, ...given } = argv;
  const known = new Set(options.flatMap(([name]) => [name, ...(aliases[name] ?? [])]));
  const positionals = placed(command.usage, places.map(String));
  const isPlain =
    error === null &&
    places.every((word) => !String(word).startsWith('-')) &&
    positionals !== undefined &&
    Object.entries(given).every(([name, value]) => known.has(name) && isValue(value)) &&
    options.every(([name, { demandOption }]) => demandOption === undefined || given[name] !== undefined);
  return isPlain ? { ...given, ...positionals } : undefined;
}

const isValue = (value: unknown): boolean =>
  Array.isArray(value)
    ? value.every((item) => typeof item === 'string')
    : typeof value === 'string' || typeof value === 'boolean';

/** The words that are no options, by the names of the usage line: `<model>`, `[name]`, `<files..>`, `[models..]`. */
function placed(usage: string, words: readonly string[]): Args | undefined {
  const places = usage === '' ? [] : usage.split(' ');
  const args: Record<string, unknown> = {};
  let next = 0;
  for (const place of places) {
    const [, bracket, name = '', many] = /^([<[])(\w+)(\.\.)?[>\]]$/.exec(place) ?? [];
    const taken = words.slice(next, many === undefined ? next + 1 : undefined);
    if (bracket === '<' && taken.length === 0) return undefined;
    next += taken.length;
    if (many !== undefined) args[name] = taken;
    else if (taken.length > 0) args[name] = taken[0];
  }
  return next === words.length ? args : undefined;
}
