import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { plainArguments } from '../../src/cli/arguments.ts';
import { flag, list, text, type Command } from '../../src/cli/command.ts';
import { parse } from '../../src/cli/parser.ts';

const command = (usage: string): Command => ({
  usage,
  positionals: { model: { describe: 'a model' }, others: { describe: 'more' } },
  options: {
    format: { type: 'string', default: 'table' },
    output: { type: 'string', alias: 'o' },
    bind: { type: 'string', array: true, nargs: 1 },
    'on-unknown': { type: 'string' },
    color: { type: 'boolean' },
    quiet: { type: 'boolean' },
  },
  examples: [],
  run: () => Promise.resolve(0),
});

const USAGES = ['', '<model>', '[model]', '<model> <others>', '<model> [others]', '[others..]', '<others..>'];

/** What commands read of their arguments. */
const read = (args: Parameters<typeof text>[0]): unknown => [
  ...['format', 'output', 'on-unknown', 'model'].map((name) => text(args, name)),
  ...['bind', 'others'].map((name) => list(args, name)),
  ...['color', 'quiet'].map((name) => flag(args, name)),
];

describe('plain arguments', () => {
  it('are read at once', () => {
    const words = ['a.onnx', '--bind', 'N=1', '-o', 'x', '--bind=M=2', '--no-color', '-', '--format', 'json'];
    const args = plainArguments(command('<others..>'), words) ?? {};
    expect(list(args, 'others')).toEqual(['a.onnx', '<stdin>']);
    expect(list(args, 'bind')).toEqual(['N=1', 'M=2']);
    expect([text(args, 'output'), text(args, 'format'), flag(args, 'color')]).toEqual(['x', 'json', false]);
    expect(text(plainArguments(command('<model>'), ['m']) ?? {}, 'format')).toBe('table');
  });

  it.each([
    ['--help'],
    ['-h'],
    ['--unknown'],
    ['a', 'b'],
    [],
    ['a', '--format'],
    ['a', '-ofile'],
    ['a', '--no-output'],
  ])('are no help and no mistake: %j', (...words) => {
    expect(plainArguments(command('<model>'), words)).toBeUndefined();
  });

  it('say what yargs reads of the same words', () => {
    const word = fc.constantFrom(
      ...[
        'a',
        'b.onnx',
        '-',
        '-@320',
        '-o',
        '-of',
        '-o=f',
        '--output',
        '--output=x=y',
        '--format',
        '--format=',
      ],
      ...['--bind', '--bind=N=1', 'N=2', '--on-unknown', '--onUnknown', '--color', '--no-color', '--quiet'],
      ...[
        '--quiet=false',
        '--no-quiet',
        '--no-format',
        'true',
        'false',
        '--',
        '-5',
        '5',
        '',
        '--nothing',
        '-x',
      ],
    );
    fc.assert(
      fc.property(fc.constantFrom(...USAGES), fc.array(word, { maxLength: 6 }), (usage, words) => {
        const plain = plainArguments(command(usage), words);
        if (plain !== undefined) expect(read(plain)).toEqual(read(parse('test', '', command(usage), words)));
      }),
      { numRuns: 400 },
    );
  });
});
