import type { Options } from 'yargs';
import type { Grouping } from '../analysis/grouping.ts';
import { DEFAULT_TOP } from '../report/renderer.ts';
import { STDOUT } from './files.ts';
import { colorOf, type Io } from './io.ts';
import { oneOf, usageError, wholeNumber } from './usage.ts';

/** One subcommand. A new one is its file in commands/ and its name in main.ts. */
export interface Command {
  /** what follows the command's name, in yargs' notation: `<model>`, `[names..]` */
  readonly usage: string;
  readonly positionals: Readonly<Record<string, { readonly describe: string }>>;
  readonly options: Readonly<Record<string, Options>>;
  /** command line behind `csp-profile NAME`, and what it does */
  readonly examples: readonly (readonly [string, string])[];
  /** @returns the exit code */
  readonly run: (args: Args, io: Io) => Promise<number>;
}

/** The argument of every command of one model. */
export const MODEL_POSITIONAL = {
  model: {
    describe:
      'built-in network or file, with :ID=VALUE,... for parameters (list --params), @EXTENT for another input',
  },
} as const satisfies Command['positionals'];

/** How to print. {@link formatOf} reads it. */
export const formatOption = (formats: readonly string[], note = '', byDefault = 'table') =>
  ({
    format: { type: 'string', default: byDefault, describe: `how to print: ${formats.join(', ')}${note}` },
  }) as const satisfies Record<string, Options>;

export const OUTPUT_OPTION = {
  output: { type: 'string', alias: 'o', describe: 'write to this file; - is standard output' },
} as const satisfies Record<string, Options>;

export const QUIET_OPTION = {
  quiet: { type: 'boolean', describe: 'no warnings and no progress' },
} as const satisfies Record<string, Options>;

/** Of commands whose table has colours. {@link colored} reads it. */
export const COLOR_OPTION = {
  color: { type: 'boolean', describe: 'colours, also where they would be off (--no-color: never)' },
} as const satisfies Record<string, Options>;

/** How many layers a table shows. {@link topOf} reads it. */
export const TOP_OPTIONS = {
  top: { type: 'string', describe: 'layers to show (table: 12)' },
  all: { type: 'boolean', describe: 'show every layer, in order' },
} as const satisfies Record<string, Options>;

/** Options of every command that counts. */
export const CONVENTION_OPTIONS = {
  flops: {
    type: 'string',
    describe:
      'counting rules of FLOPs: darknet, darknet-2019, standard, full, fvcore, thop, ptflops, onnx-tool, opencv',
  },
  cio: { type: 'string', describe: 'counting rules of CIO: cspnet, hardnet' },
} as const satisfies Record<string, Options>;

/** How tiles of a layer use an on-chip buffer. */
export const BUFFER_OPTIONS = {
  'double-buffering': {
    type: 'boolean',
    describe: 'the next tiles load meanwhile, so that tiles get half the buffer',
  },
  'halo-reuse': { type: 'boolean', describe: 'rows that neighbouring tiles share stay on chip' },
  fusion: { type: 'string', describe: 'layers that exchange maps on chip: pairs or stages' },
} as const satisfies Record<string, Options>;

/** What a row is. */
export const GROUP_OPTION = {
  'group-by': {
    type: 'string',
    describe:
      'rows: layer as the file has them, fused with the bias, normalisation and activation behind, or module (module:2: by two names of its path)',
  },
} as const satisfies Record<string, Options>;

const GROUPINGS = ['layer', 'fused', 'module'] as const;

/** How the option asks to group the layers. */
export function groupingOf(args: Args): Grouping | undefined {
  const asked = text(args, 'group-by');
  const [, depth] = /^module:([0-9]+)$/.exec(asked ?? '') ?? [];
  if (depth !== undefined) return `module:${wholeNumber('group-by module', depth, 1)}`;
  return asked === undefined ? undefined : oneOf('group-by', asked, GROUPINGS);
}

/** What a network is costed on. */
export const DEVICE_OPTIONS = {
  device: { type: 'string', describe: 'hardware to cost it on: an id (csp-profile devices) or a file.json' },
  rough: { type: 'boolean', describe: 'predict also with a measured device that misses much' },
  buffer: { type: 'string', describe: 'on-chip buffer for DRAM traffic: 108KiB' },
  ...BUFFER_OPTIONS,
  energy: { type: 'string', describe: 'energy table: horowitz45, eyeriss-relative or a file.json' },
} as const satisfies Record<string, Options>;

/** Parsed arguments, read through the functions below, which know each one's type. */
export type Args = Readonly<Record<string, unknown>>;

/** What an option says, the last time that it is given. */
const lastOf = (value: unknown): unknown => (Array.isArray(value) ? value.at(-1) : value);

export function text(args: Args, name: string): string | undefined {
  const value = lastOf(args[name]);
  return typeof value === 'string' ? value : undefined;
}

export function flag(args: Args, name: string): boolean | undefined {
  const value = lastOf(args[name]);
  return typeof value === 'boolean' ? value : undefined;
}

export function list(args: Args, name: string): readonly string[] {
  const value = args[name];
  if (Array.isArray(value)) return value.map(String);
  return typeof value === 'string' ? [value] : [];
}

/** The file that `-o` names; undefined for standard output. */
export function outputFile(args: Args): string | undefined {
  const target = text(args, 'output');
  return target === STDOUT ? undefined : target;
}

/**
 * Where to write what is no text: nobody wants that on a terminal.
 *
 * @throws ProfileError CSP801 where no file is named, nor `-` for a reader behind it
 */
export function binaryOutput(format: string, example: string, args: Args, io: Io): string {
  const target = text(args, 'output');
  if (target !== undefined && !(target === STDOUT && io.stdout.isTTY)) return target;
  throw usageError(`${format} is a binary format`, `name a file: -o ${example}`);
}

/** The format asked for, else the one that the command has by default. */
export const formatOf = <T extends string>(args: Args, formats: readonly T[]): T =>
  oneOf('format', text(args, 'format') ?? '', formats);

/** How many layers to show: what is asked for, else as many as a person wants to see, or all of them. */
export function topOf(args: Args, byDefault: number | 'all' = DEFAULT_TOP): number | 'all' {
  if (flag(args, 'all') === true) return 'all';
  const top = text(args, 'top');
  return top === undefined ? byDefault : wholeNumber('top', top, 0);
}

/** Whether the result has colours: on a terminal, or where they are asked for; never in a file. */
export const colored = (args: Args, io: Io): boolean =>
  outputFile(args) === undefined && colorOf(io.stdout, io.env, flag(args, 'color'));

/** Whether ./device.ts needs to be loaded, and the profile made there. */
export const asksForDevice = (args: Args): boolean =>
  Object.keys(DEVICE_OPTIONS).some((name) => args[name] !== undefined);

/** The counting rules that the command line asks for. */
export function conventionsOf(args: Args): { readonly flops?: string; readonly cio?: string } {
  const [flops, cio] = [text(args, 'flops'), text(args, 'cio')];
  return { ...(flops === undefined ? {} : { flops }), ...(cio === undefined ? {} : { cio }) };
}
