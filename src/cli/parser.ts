import yargs from 'yargs';
import { toStandardOutput } from './arguments.ts';
import type { Args, Command } from './command.ts';
import { STDIN } from './files.ts';
import { usageError } from './usage.ts';

/** The help text of a command. */
export const helpOf = (name: string, summary: string, command: Command): Promise<string> =>
  parserOf(name, summary, command).getHelp();

/**
 * What the words behind a command say.
 *
 * @throws ProfileError CSP801 where they are not what the command takes
 */
export function parse(name: string, summary: string, command: Command, words: readonly string[]): Args {
  const parser = parserOf(name, summary, command).fail((message, error) => {
    const [first = 'the command line is malformed'] = (message || error.message).split('\n');
    throw usageError(
      first.startsWith('Not enough non-option arguments') ? `${command.usage} is missing` : first,
      `csp-profile ${name} --help shows the options`,
    );
  });
  // yargs would take a lone dash for an option.
  const args: Args = parser.parseSync(words.map((word) => word.replace(/^-(?=$|@)/, STDIN)));
  const isModel = (key: string): boolean => Object.hasOwn(command.positionals, key);
  return Object.fromEntries(
    Object.entries(args).map(([key, value]) => [key, isModel(key) ? value : toStandardOutput(value)]),
  );
}

/** yargs is given the one command as its default: after a named one it lays out its whole help text. */
function parserOf(name: string, summary: string, command: Command) {
  const parser = yargs([])
    .scriptName(`csp-profile ${name}`)
    .usage(`$0 ${command.usage}`.trim(), summary, (y) => {
      for (const [key, positional] of Object.entries(command.positionals)) {
        y.positional(key, { ...positional, type: 'string' });
      }
      return y;
    })
    .options({ ...command.options })
    .strict()
    .help(false)
    .version(false)
    .exitProcess(false)
    .parserConfiguration({
      'parse-numbers': false,
      'parse-positional-numbers': false,
      // Without it yargs keeps the last of several values only; options that are given twice: see `text`.
      'duplicate-arguments-array': true,
    });
  for (const [line, description] of command.examples) parser.example(`$0 ${line}`, description);
  return parser;
}
