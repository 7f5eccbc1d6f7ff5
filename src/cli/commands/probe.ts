import { extname, resolve } from 'node:path';
import { DEVICE_IDS, Interrupted, LEVELS, probe, type ProbeModel, type Progress } from '../../probe/index.ts';
import { PROBE_FORMATS, renderProbe } from '../../report/probe.ts';
import { flag, list, text, type Args, type Command } from '../command.ts';
import { colorOf, widthOf, type Io } from '../io.ts';
import { MODEL_OPTIONS, loadModel, parseSpec } from '../model.ts';
import { writeResult, writeWarnings } from '../output.ts';
import { oneOf, usageError, wholeNumber } from '../usage.ts';
import { TOOL } from '../version.ts';

const DEFAULT_TOP = 12;
const GIBIBYTE = 2 ** 30;

/** Options of every command that measures. */
export const PROBE_OPTIONS = {
  device: { type: 'string', describe: `where to run: ${DEVICE_IDS.join(', ')} (cpu)` },
  level: { type: 'string', describe: `graph optimisation: ${LEVELS.join(', ')} (all)` },
  threads: { type: 'string', describe: 'threads of one run (1)' },
  runs: { type: 'string', describe: 'runs in each process (10 to 60, as many as +-2 % needs)' },
  warmup: { type: 'string', describe: 'runs before those that count (2)' },
  processes: { type: 'string', describe: 'fresh processes (3 to 8, as many as +-2 % needs)' },
  budget: { type: 'string', describe: 'seconds to measure for, once all are loaded (60)' },
  'time-limit': { type: 'string', describe: 'seconds that loading or one run may take (120)' },
  'memory-limit': { type: 'string', describe: "GiB that the runtime may take (9/10 of the machine's)" },
  seed: { type: 'string', describe: 'of made-up weights and inputs (1)' },
} as const;

export const probeCommand: Command = {
  usage: '<models..>',
  positionals: {
    models: { describe: 'built-in networks or files; several take turns, so that ratios hold' },
  },
  options: {
    ...PROBE_OPTIONS,
    format: { type: 'string', default: 'table', describe: `how to print: ${PROBE_FORMATS.join(', ')}` },
    output: { type: 'string', alias: 'o', describe: 'write to this file' },
    top: { type: 'string', describe: `layers to show (${String(DEFAULT_TOP)})` },
    all: { type: 'boolean', describe: 'show every layer, in order' },
    ...MODEL_OPTIONS,
    quiet: { type: 'boolean', describe: 'no warnings and no progress' },
  },
  examples: [
    ['cspresnext50', 'how long each layer takes on this CPU'],
    ['resnext50 cspresnext50', 'the ratio of two networks'],
    ['model.onnx --device webgpu', 'your own model and weights, on a GPU'],
  ],
  async run(args: Args, io: Io): Promise<number> {
    const format = oneOf('format', text(args, 'format') ?? 'table', PROBE_FORMATS);
    const top = text(args, 'top');
    const models = await loadModels(list(args, 'models'), args, io);
    const measurement = await interruptible((signal) =>
      probe(models, { ...probeOptions(args), ...progress(args, io), signal }),
    );
    if (measurement === undefined) {
      io.stderr.write(`csp-profile: ${new Interrupted().message}\n`);
      return INTERRUPTED;
    }
    const shown = top === undefined ? DEFAULT_TOP : wholeNumber('top', top, 0);
    writeWarnings(measurement.warnings, args, io);
    writeResult(
      renderProbe(format, measurement, {
        width: widthOf(io),
        top: flag(args, 'all') === true ? 'all' : shown,
        tool: TOOL,
      }),
      args,
      io,
    );
    return 0;
  },
};

const INTERRUPTED = 130;

/** The models; an ONNX file is run as it is, with its own weights. */
async function loadModels(specs: readonly string[], args: Args, io: Io): Promise<readonly ProbeModel[]> {
  const models: ProbeModel[] = [];
  for (const spec of specs) {
    const { graph, diagnostics } = await loadModel(spec, args, io);
    writeWarnings(diagnostics, args, io);
    const { path } = parseSpec(spec);
    const own = extname(path).toLowerCase() === '.onnx';
    if (own && text(args, 'dtype') !== undefined)
      throw usageError(`${path} is run with its own weights, in their own type`, 'leave out --dtype');
    models.push(own ? { graph, file: resolve(io.cwd, path) } : { graph });
  }
  return models;
}

/** What the command line says about how to measure. */
export function probeOptions(args: Args) {
  const device = oneOf('device', text(args, 'device') ?? 'cpu', DEVICE_IDS);
  const level = oneOf('level', text(args, 'level') ?? 'all', LEVELS);
  const count = (name: string, least: number): number | undefined => {
    const value = text(args, name);
    return value === undefined ? undefined : wholeNumber(name, value, least);
  };
  const memory = count('memory-limit', 1);
  const given = {
    threads: count('threads', 1),
    runs: count('runs', 1),
    warmup: count('warmup', 1),
    processes: count('processes', 1),
    budget: count('budget', 1),
    timeLimit: count('time-limit', 1),
    memoryLimit: memory === undefined ? undefined : memory * GIBIBYTE,
    seed: count('seed', 0),
  };
  const known = Object.entries(given).flatMap(([name, value]) =>
    value === undefined ? [] : [[name, value] as const],
  );
  return { device, level, ...(Object.fromEntries(known) as { readonly [K in keyof typeof given]?: number }) };
}

/** A line on standard error that says how far it is, where a person looks. */
export function progress(args: Args, io: Io): { readonly onProgress?: (progress: Progress) => void } {
  if (
    !io.stderr.isTTY ||
    flag(args, 'quiet') === true ||
    !colorOf(io.stderr, { ...io.env, NO_COLOR: '' }, undefined)
  )
    return {};
  let last = '';
  const show = (line: string): void => {
    if (line === last) return;
    last = line;
    io.stderr.write(`\r\u001b[2K${line}`);
  };
  return {
    onProgress({ doing, done, secondsLeft }) {
      if (done === 1) show('');
      else if (done === undefined || secondsLeft === undefined) show(doing);
      else
        show(`${doing}: ${String(Math.round(100 * done))} %, about ${String(Math.ceil(secondsLeft))} s left`);
    },
  };
}

/** The result, or undefined where the user, or the system, asked to end. */
export async function interruptible<T>(work: (signal: AbortSignal) => Promise<T>): Promise<T | undefined> {
  const controller = new AbortController();
  const abort = (): void => {
    controller.abort();
  };
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
  for (const signal of signals) process.on(signal, abort);
  try {
    return await work(controller.signal);
  } catch (error) {
    if (error instanceof Interrupted) return undefined;
    throw error;
  } finally {
    for (const signal of signals) process.removeListener(signal, abort);
  }
}
