import { resolve } from 'node:path';
import { Interrupted } from '../probe/childProcess.ts';
import { RUNTIME_DEVICES, OPTIMISATION_LEVELS } from '../probe/messages.ts';
import type { ReadNetwork } from '../formats/format.ts';
import type { ProbeModel } from '../probe/prepare.ts';
import type { Progress } from '../probe/probe.ts';
import { flag, text, type Args } from './command.ts';
import { colorOf, type Io } from './io.ts';
import { loadModel, loadModels, onnxFileOf, valuesOf, type SharedNames } from './model.ts';
import { writeWarnings } from './output.ts';
import { oneOf, usageError, wholeNumber } from './usage.ts';

const GIBIBYTE = 2 ** 30;

const INTERRUPTED = 130;

/** Says that the user, or the system, asked to end. @returns the exit code for it */
export function interrupted(io: Io): number {
  io.stderr.write(`csp-profile: ${new Interrupted().message}\n`);
  return INTERRUPTED;
}

/** Options of every command that measures. */
export const PROBE_OPTIONS = {
  device: { type: 'string', describe: `where to run: ${RUNTIME_DEVICES.join(', ')} (cpu)` },
  level: { type: 'string', describe: `graph optimisation: ${OPTIMISATION_LEVELS.join(', ')} (all)` },
  threads: { type: 'string', describe: 'threads of one run (1)' },
  runs: { type: 'string', describe: 'runs in each process (10 to 60, as many as +-2 % needs)' },
  warmup: { type: 'string', describe: 'runs before those that count (2)' },
  processes: { type: 'string', describe: 'fresh processes (3 to 8, as many as +-2 % needs)' },
  budget: { type: 'string', describe: 'seconds from start to end (60)' },
  'time-limit': { type: 'string', describe: 'seconds that loading or one run may take (120)' },
  'memory-limit': { type: 'string', describe: "GiB that the runtime may take (9/10 of the machine's)" },
  seed: { type: 'string', describe: 'of made-up weights and inputs (1)' },
} as const;

/**
 * The models to run; an ONNX file is run as it is, with its own weights.
 *
 * @param names what `args` give to these models and to others that were read before
 */
export async function probeModels(
  specs: readonly string[],
  args: Args,
  io: Io,
  names?: SharedNames,
): Promise<readonly ProbeModel[]> {
  const load = (spec: string, passOver?: (name: string) => void): Promise<ReadNetwork> =>
    loadModel(spec, args, io, undefined, passOver);
  const read = await loadModels(specs, load, names);
  const models: ProbeModel[] = [];
  for (const [i, { graph, diagnostics }] of read.entries()) {
    const spec = specs[i] as string;
    writeWarnings(diagnostics, args, io);
    const file = onnxFileOf(spec, (path) => resolve(io.cwd, path));
    if (file !== undefined && text(args, 'dtype') !== undefined)
      throw usageError(`${spec} is run with its own weights, in their own type`, 'leave out --dtype');
    models.push({ graph, values: valuesOf(args), ...(file === undefined ? {} : { file }) });
  }
  return models;
}

/** What the command line says about how to measure. */
export function probeOptions(args: Args) {
  const device = oneOf('device', text(args, 'device') ?? 'cpu', RUNTIME_DEVICES);
  const level = oneOf('level', text(args, 'level') ?? 'all', OPTIMISATION_LEVELS);
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
      else if (secondsLeft === undefined) show(doing);
      else if (done === undefined) show(`${doing}, about ${String(Math.ceil(secondsLeft))} s left`);
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
