import { appendFileSync, existsSync, rmSync } from 'node:fs';
import { basename, dirname, resolve } from 'node:path';
import { escapeControls } from '../../diagnostics.ts';
import type { Device } from '../../devices/device.ts';
import { calibratedDevice } from '../../latency/kernels/device.ts';
import { measureDesigns, type CalibrationMeasurement, type MeasuredDesign } from '../../probe/index.ts';

import { DOCUMENT_FORMATS, renderDocument } from '../../report/document.ts';
import { formatOption, QUIET_OPTION, formatOf, list, text, type Args, type Command } from '../command.ts';
import { readBytes, writing } from '../files.ts';
import { widthOf, type Io } from '../io.ts';
import { warning, type Diagnostic } from '../../diagnostics.ts';
import { writePieces, writeWarnings } from '../output.ts';
import { writeFiles } from '../write.ts';
import { PROBE_OPTIONS, interrupted, interruptible, probeOptions, progress } from '../probing.ts';
import { usageError } from '../usage.ts';
import { deviceSections } from './devices.ts';
import { inertJson } from '../../inertJson.ts';

const { device, level, threads, budget, seed } = PROBE_OPTIONS;

export const calibrateCommand: Command = {
  usage: '',
  positionals: {},
  options: {
    device,
    level,
    threads,
    budget: { ...budget, describe: 'seconds to measure for (200)' },
    'time-limit': PROBE_OPTIONS['time-limit'],
    'memory-limit': PROBE_OPTIONS['memory-limit'],
    seed,
    from: {
      type: 'string',
      array: true,
      nargs: 1,
      describe:
        'networks that you measured, 3 to 10: files of probe or import, or CSV (network,milliseconds); adapts the models of measured devices (repeatable)',
    },
    backend: { type: 'string', describe: 'of --from, what ran them: cpu (default), vulkan, npu' },
    runtime: { type: 'string', describe: 'of --from, what ran them, in words: ncnn 20250503' },
    output: { type: 'string', alias: 'o', describe: 'device file to write, such as my-machine.json' },
    ...formatOption(DOCUMENT_FORMATS),
    ...QUIET_OPTION,
  },
  examples: [
    ['-o my-machine.json', 'measure the kernels of this CPU for three minutes, and keep what they take'],
    ['--device webgpu -o my-gpu.json', 'the same for a GPU'],
    ['--from measured.csv --threads 4 -o my-phone.json', 'a device of which you measured a few networks'],
    [
      '--from probed.json -o my-board.json',
      'the same from what csp-profile probe -o probed.json measured there',
    ],
  ],
  async run(args: Args, io: Io): Promise<number> {
    const format = formatOf(args, DOCUMENT_FORMATS);
    const output = text(args, 'output');
    if (output === undefined)
      throw usageError('a calibration is a device file', 'name it: -o my-machine.json');
    if (!output.endsWith('.json'))
      throw usageError(`${output} is no device file`, 'name it so that it ends in .json');
    const from = list(args, 'from');
    if (from.length > 0) {
      const { deviceFromMeasurements } = await import('../fromMeasurements.ts');
      return written(
        await deviceFromMeasurements(from, idOf(basename(output, '.json')), args, io),
        output,
        format,
        io,
      );
    }
    const options = probeOptions(args);
    const started = new Resumable(`${resolve(io.cwd, output)}.part`, output, options);
    const measurement = await interruptible((signal) =>
      measureDesigns({
        ...options,
        ...progress(args, io),
        signal,
        known: started.known,
        onMeasured: started.keep,
      }),
    );
    if (measurement === undefined) {
      const code = interrupted(io);
      io.stderr.write(
        `csp-profile: ${escapeControls(output)}.part keeps what was measured; the same command goes on from there\n`,
      );
      return code;
    }
    const { onProgress } = progress(args, io);
    onProgress?.({ doing: 'fitting what kernels take' });
    const made = deviceOf(measurement, basename(output, '.json'));
    onProgress?.({ doing: '', done: 1, secondsLeft: 0 });
    writeWarnings(warningsOf(measurement), args, io);
    const code = written(made, output, format, io);
    started.end();
    return code;
  },
};

/** Of the made-up networks: kept measurements of others are of no use. */
const DESIGNS_VERSION = 2;

/** Load per core above which others had a part of the machine. */
const BUSY = 0.75;

/** What makes a calibration less sure than it looks: one thread keeps one core of the load itself. */
function warningsOf({ environment, settings }: CalibrationMeasurement): readonly Diagnostic[] {
  const { load, cpu } = environment;
  if (load === undefined) return [];
  const own = settings.device === 'cpu' ? settings.threads : 0;
  const others = Math.max(load.before, load.after - own) / cpu.logicalCores;
  if (others < BUSY) return [];
  return [
    warning(
      'CSP726',
      `the machine was busy (load ${load.before.toFixed(1)} before and ${load.after.toFixed(1)} after, ${String(cpu.logicalCores)} cores): others used its caches, and its kernels took longer than they need`,
      'stop what else runs, and calibrate again',
    ),
  ];
}

/** Writes the device file, and says what it holds. */
function written(made: Device, output: string, format: (typeof DOCUMENT_FORMATS)[number], io: Io): number {
  writePieces([new TextEncoder().encode(`${inertJson(made, 2)}\n`)], output, io);
  io.stdout.write(renderDocument(format, deviceSections(made), widthOf(io)));
  return 0;
}

/** An id from the name of a file. */
function idOf(file: string): string {
  const id = file
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-|-$/g, '');
  return id === '' ? 'my-machine' : id;
}

/** The device file of what was measured. */
function deviceOf({ environment, settings, designs, secondsPerRun }: CalibrationMeasurement, file: string) {
  const { cpu, accelerator, load, os, versions, date } = environment;
  const hardware = settings.device === 'cpu' ? cpu.model : (accelerator ?? settings.device);
  return calibratedDevice(designs, {
    id: idOf(file),
    title: `${hardware} through onnxruntime ${versions.onnxruntime}`,
    kind: settings.device === 'cpu' ? 'cpu' : 'gpu',
    runtime: { onnxruntime: versions.onnxruntime, ...settings },
    secondsPerRun,
    date,
    conditions: `${cpu.model}, ${String(cpu.logicalCores)} logical cores (${cpu.flags.join(' ')}), ${os}, node ${versions.node}${load === undefined ? '' : `, load ${load.before.toFixed(1)} before and ${load.after.toFixed(1)} after`}`,
  });
}

/** What was measured so far, in a file beside the one to write: a line for the settings, and one for each network. */
class Resumable {
  readonly known: readonly MeasuredDesign[];
  readonly #file: string;
  readonly #shown: string;

  /** @throws ProfileError CSP802 where the file cannot be used, CSP801 where it is of other settings */
  constructor(file: string, output: string, settings: object) {
    this.#file = file;
    this.#shown = `${output}.part`;
    const header = JSON.stringify({
      designs: DESIGNS_VERSION,
      node: process.versions.node,
      ...settings,
      budget: undefined,
    });
    if (!existsSync(file)) {
      this.known = [];
      this.#write([header]);
      return;
    }
    const [first, ...lines] = new TextDecoder().decode(readBytes(this.#shown, file)).split('\n');
    if (first !== header)
      throw usageError(
        `${this.#shown} holds measurements of other settings`,
        'delete it to begin anew, or give the options that it was begun with',
      );
    this.known = lines.flatMap((line, i) => {
      const parsed = measuredDesign(line);
      return parsed?.index === i ? [parsed] : [];
    });
    this.#write([header, ...this.known.map((each) => JSON.stringify(each))]);
  }

  readonly keep = (measured: MeasuredDesign): void => {
    writing(this.#shown, () => {
      appendFileSync(this.#file, `${JSON.stringify(measured)}\n`);
    });
  };

  end(): void {
    rmSync(this.#file, { force: true });
  }

  #write(lines: readonly string[]): void {
    const pieces = [new TextEncoder().encode([...lines, ''].join('\n'))];
    writeFiles([{ target: this.#shown, pieces }], dirname(this.#file));
  }
}

/** A line of the file; undefined where the writing of it was cut off. */
function measuredDesign(line: string): MeasuredDesign | undefined {
  try {
    return JSON.parse(line) as MeasuredDesign;
  } catch {
    return undefined;
  }
}
