import { closest } from '../closest.ts';
import { ProfileError, escapeControls, formatDiagnostic } from '../diagnostics.ts';
import { FORMATS } from '../formats/registry.ts';
import { plainArguments } from './arguments.ts';
import type { Args, Command } from './command.ts';
import { analyze } from './commands/analyze.ts';
import { STDIN, STDOUT } from './files.ts';
import type { Io } from './io.ts';
import { usageError } from './usage.ts';
import { VERSION } from '../version.ts';

/**
 * Every subcommand and its line in the help. The common one is at hand, the others are loaded when called.
 */
const COMMANDS: Readonly<Record<string, readonly [summary: string, load: () => Promise<Command>]>> = {
  analyze: ['what a network costs, layer by layer', () => Promise.resolve(analyze)],
  inputs: [
    'what a model needs: inputs, open extents, operators, stored size',
    () => import('./commands/inputs.ts').then(({ inputsCommand }) => inputsCommand),
  ],
  diff: [
    'what differs between two networks, and where',
    () => import('./commands/diff.ts').then((module) => module.diffCommand),
  ],
  report: [
    'one HTML page of one network or several, with charts',
    () => import('./commands/report.ts').then(({ reportCommand }) => reportCommand),
  ],
  open: [
    'a page to drop networks into and to turn their parameters',
    () => import('./commands/open.ts').then(({ openCommand }) => openCommand),
  ],
  probe: [
    'how long each layer takes, measured through onnxruntime',
    () => import('./commands/probe.ts').then(({ probeCommand }) => probeCommand),
  ],
  import: [
    'what other tools measured, layer by layer',
    () => import('./commands/import.ts').then(({ importCommand }) => importCommand),
  ],
  calibrate: [
    'measures this machine: a device file that predicts networks',
    () => import('./commands/calibrate.ts').then(({ calibrateCommand }) => calibrateCommand),
  ],
  traffic: [
    'DRAM traffic against the size of an on-chip buffer',
    () => import('./commands/traffic.ts').then((module) => module.trafficCommand),
  ],
  devices: [
    'hardware to cost a network on, with sources',
    () => import('./commands/devices.ts').then((module) => module.devices),
  ],
  list: ['the built-in networks', () => import('./commands/list.ts').then(({ list }) => list)],
  sweep: [
    'what many designs cost, and which of them no other beats',
    () => import('./commands/sweep.ts').then(({ sweepCommand }) => sweepCommand),
  ],
  reproduce: [
    'tables and figures of the CSPNet paper, printed beside computed',
    () => import('./commands/reproduce.ts').then(({ reproduceCommand }) => reproduceCommand),
  ],
  explain: [
    'why tools count differently, and what costs more than it need',
    () => import('./commands/explain.ts').then((module) => module.explainCommand),
  ],
  gate: [
    'whether networks keep their limits, for CI',
    () => import('./commands/gate.ts').then((module) => module.gateCommand),
  ],
  completion: [
    'completion of the command line, for bash, zsh or fish',
    () => import('./commands/completion.ts').then(({ completionOf }) => completionOf(COMMANDS)),
  ],
  export: [
    'a network in another format',
    () => import('./commands/export.ts').then((module) => module.exportCommand),
  ],
};

const OK = 0;
const USAGE = 2;

/** Runs one command line. @returns the exit code: 0 ok, 1 a gate or check failed, 2 usage or input */
export async function main(argv: readonly string[], io: Io): Promise<number> {
  try {
    return await dispatch(argv, io);
  } catch (error) {
    if (error instanceof ProfileError) {
      for (const diagnostic of error.diagnostics)
        io.stderr.write(`csp-profile: ${formatDiagnostic(diagnostic)}\n`);
      return USAGE;
    }
    const message = error instanceof Error ? error.message : String(error);
    io.stderr.write(
      `csp-profile: internal error: ${escapeControls(message)} (fix: report it with the command line and the input; CSP_PROFILE_DEBUG=1 prints the stack) CSP800\n`,
    );
    if (io.env['CSP_PROFILE_DEBUG'] === '1' && error instanceof Error)
      io.stderr.write(`${error.stack ?? ''}\n`);
    return USAGE;
  }
}

async function dispatch(argv: readonly string[], io: Io): Promise<number> {
  const [name, ...rest] = argv;
  if (name === '--version' || name === '-v') {
    io.stdout.write(`${VERSION}\n`);
    return OK;
  }
  // `help COMMAND` is `COMMAND --help`.
  if (name === 'help' && rest[0] !== undefined) return dispatch([rest[0], '--help'], io);
  if (name === '--help' || name === '-h' || name === 'help') {
    io.stdout.write(overview());
    return OK;
  }
  if (name === undefined) {
    io.stderr.write(overview());
    return USAGE;
  }
  const entry = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
  if (entry === undefined) {
    const near = closest(name, Object.keys(COMMANDS));
    throw usageError(
      `there is no command "${name}"`,
      near.length > 0 ? `did you mean ${near.join(' or ')}?` : 'csp-profile --help lists the commands',
    );
  }
  const [summary, load] = entry;
  const command = await load();
  if (rest.includes('--help') || rest.includes('-h')) {
    const { helpOf } = await import('./parser.ts');
    io.stdout.write(`${await helpOf({ name, summary, command })}\n`);
    return OK;
  }
  return command.run(await parse(name, summary, command, rest), io);
}

/** yargs itself is loaded only for its help, and for a line that has something wrong. */
async function parse(
  name: string,
  summary: string,
  command: Command,
  argv: readonly string[],
): Promise<Args> {
  // yargs would take a lone dash for an option.
  const words = argv.map((word) => word.replace(/^-(?=$|@)/, STDIN));
  const args =
    plainArguments(command, words) ??
    (await import('./parser.ts')).parsedArguments({ name, summary, command, words });
  const isModel = (key: string): boolean => Object.hasOwn(command.positionals, key);
  return Object.fromEntries(
    Object.entries(args).map(([key, value]) => [key, !isModel(key) && value === STDIN ? STDOUT : value]),
  );
}

function overview(): string {
  const width = Math.max(...Object.keys(COMMANDS).map((name) => name.length));
  const lines = Object.entries(COMMANDS).map(([name, [summary]]) => `  ${name.padEnd(width)}  ${summary}`);
  const files = FORMATS.flatMap(({ extensions, title }) =>
    extensions.map((extension) => `  ${extension.padEnd(width)}  ${title}`),
  );
  return `csp-profile: what a neural network costs on hardware, layer by layer

Usage: csp-profile <command> <model> [options]

${lines.join('\n')}

A model is a built-in network (csp-profile list), or a path to
${files.join('\n')}
Behind it, @320 or @416x608 (height x width) sets the input extent; - reads
standard input.

Examples:
  csp-profile analyze cspresnext50     where CSPResNeXt-50's cost goes
  csp-profile analyze yolov4.cfg@416   a Darknet file at another input extent
  csp-profile <command> --help         the options of a command

Exit codes: 0 ok, 1 a gate or check failed, 2 usage or input, 130 interrupted.
`;
}
