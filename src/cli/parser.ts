import yargs from 'yargs';
import { READING } from './arguments.ts';
import type { Args, Command } from './command.ts';
import { usageError } from './usage.ts';

/** A command with its name and its line in the help. */
interface Named {
  readonly name: string;
  readonly summary: string;
  readonly command: Command;
}

/** yargs is given the one command as its default: after a named one it lays out its whole help text. */
function parserOf({ name, summary, command }: Named) {
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
    .parserConfiguration(READING);
  for (const [line, description] of command.examples) parser.example(`$0 ${line}`, description);
  return parser;
}

/** The help of a command. */
export const helpOf = (named: Named): Promise<string> => parserOf(named).getHelp();

/**
 * What a command line says.
 *
 * @throws ProfileError CSP801 for one that the command does not take
 */
export function parsedArguments(line: Named & { readonly words: readonly string[] }): Args {
  const { name, command, words } = line;
  return parserOf(line)
    .fail((message, error) => {
      const [first = 'the command line is malformed'] = (message || error.message).split('\n');
      throw usageError(
        first.startsWith('Not enough non-option arguments') ? `${command.usage} is missing` : first,
        `csp-profile ${name} --help shows the options`,
      );
    })
    .parseSync([...words]);
}
