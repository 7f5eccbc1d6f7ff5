import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { plainArguments } from '../../src/cli/arguments.ts';
import type { Args, Command } from '../../src/cli/command.ts';
import { analyze } from '../../src/cli/commands/analyze.ts';
import { diffCommand } from '../../src/cli/commands/diff.ts';
import { gateCommand } from '../../src/cli/commands/gate.ts';
import { importCommand } from '../../src/cli/commands/import.ts';
import { list } from '../../src/cli/commands/list.ts';
import { probeCommand } from '../../src/cli/commands/probe.ts';
import { sweepCommand } from '../../src/cli/commands/sweep.ts';
import { parsedArguments } from '../../src/cli/parser.ts';

const COMMANDS: Readonly<Record<string, Command>> = {
  analyze,
  diff: diffCommand,
  gate: gateCommand,
  import: importCommand,
  list,
  probe: probeCommand,
  sweep: sweepCommand,
};

/** What all of yargs says of a line; undefined where it refuses it. */
function byYargs(name: string, command: Command, words: readonly string[]): Args | undefined {
  try {
    return parsedArguments({ name, summary: '', command, words });
  } catch {
    return undefined;
  }
}

/** What a command can read of its arguments, those left out that are not there. */
const readable = (command: Command, args: Args): Args =>
  Object.fromEntries(
    [...Object.keys(command.options), ...Object.keys(command.positionals)]
      .filter((name) => args[name] !== undefined && !(Array.isArray(args[name]) && args[name].length === 0))
      .map((name) => [name, args[name]]),
  );

describe('arguments read by the parser alone', () => {
  it.each(Object.keys(COMMANDS))('of %s are those of all of yargs, where both take the line', (name) => {
    const command = COMMANDS[name];
    if (command === undefined) throw new Error(name);
    const options = Object.keys(command.options);
    const value = fc.constantFrom(
      '12',
      'a.onnx',
      'N=1',
      'true',
      '1e3',
      '',
      'x y',
      '-1',
      'a=b=c',
      '~stdin',
      'é',
    );
    const word = fc.oneof(
      { weight: 4, arbitrary: value },
      fc.constantFrom(...options).map((option) => `--${option}`),
      fc.tuple(fc.constantFrom(...options), value).map(([option, given]) => `--${option}=${given}`),
      fc.constantFrom(...options).map((option) => `--no-${option}`),
      fc.constantFrom(
        '-o',
        '-ox',
        '-o=x',
        '-q',
        '--',
        '--wrong',
        '--input.x=1',
        '--model',
        '---',
        '-m',
        '-3',
      ),
    );
    let plain = 0;
    fc.assert(
      fc.property(fc.array(word, { maxLength: 6 }), (words) => {
        const args = plainArguments(command, words);
        if (args === undefined) return;
        plain++;
        const expected = byYargs(name, command, words);
        expect(expected, JSON.stringify(words)).toBeDefined();
        expect(readable(command, args)).toEqual(readable(command, expected ?? {}));
      }),
      { numRuns: 400 },
    );
    expect(plain).toBeGreaterThan(20);
  });

  it('are those of the line', () => {
    const line = [
      'a.onnx',
      '--input',
      'x:1x3x8x8',
      '--input=y:1x2',
      '-o',
      'b.html',
      '--no-color',
      '--top',
      '3',
      '--top',
      '4',
    ];
    expect(readable(analyze, plainArguments(analyze, line) ?? {})).toEqual({
      model: 'a.onnx',
      input: ['x:1x3x8x8', 'y:1x2'],
      output: 'b.html',
      color: false,
      top: ['3', '4'],
      format: 'table',
    });
    expect(plainArguments(diffCommand, ['a', 'b'])).toMatchObject({ a: 'a', b: 'b' });
  });

  it.each([
    ['an option that is not there', ['vgg16', '--formt', 'json']],
    ['no model', []],
    ['a word too many', ['vgg16', 'alexnet']],
    ['an option without its value', ['vgg16', '--input']],
    ['a name with a dot', ['vgg16', '--format.x=1']],
    ['words behind two dashes', ['--', 'vgg16']],
  ])('are left to yargs where there is %s', (_, words) => {
    expect(plainArguments(analyze, words)).toBeUndefined();
  });
});
