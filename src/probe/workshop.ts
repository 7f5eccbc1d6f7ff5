import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir, totalmem } from 'node:os';
import { join } from 'node:path';
import type { ChildOptions } from './childProcess.ts';
import type { RuntimeDevice, OptimisationLevel, SessionSettings } from './messages.ts';

/** How to run models, and within which limits. */
export interface RuntimeOptions {
  /** by default the CPU */
  readonly device?: RuntimeDevice;
  /** onnxruntime's level of graph optimisation; by default all of it */
  readonly level?: OptimisationLevel;
  /** threads of one run; by default 1, the only number of which CPU time is a latency */
  readonly threads?: number;
  /** seconds that loading a model or one run may take; by default 120 */
  readonly timeLimit?: number;
  /** bytes of memory that a process may take; by default nine tenths of the machine's */
  readonly memoryLimit?: number;
  /** of made-up weights and inputs; by default 1 */
  readonly seed?: number;
  /** ends everything */
  readonly signal?: AbortSignal;
  /** program of the child processes; by default `probe-child.js` beside this module */
  readonly program?: URL;
}

/** Where one invocation works: a folder of its own, and how its child processes run. */
export interface Workshop {
  readonly folder: string;
  readonly child: ChildOptions;
  readonly settings: SessionSettings;
  readonly seed: number;
}

/** What folders begin with; the id of the process that works there follows. */
const PREFIX = 'csp-profile-';
const FOLDER = new RegExp(`^${PREFIX}(\\d+)-\\w+$`);

/** Removes the folders of processes that were killed before they could. */
function removeLeftovers(): void {
  for (const name of readdirSync(tmpdir())) {
    const owner = FOLDER.exec(name)?.[1];
    if (owner !== undefined && !isRunning(Number(owner)))
      rmSync(join(tmpdir(), name), { recursive: true, force: true });
  }
}

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    // What is another user's runs, and is no business of this one.
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}

/** Does the work in a folder that is gone when the promise settles, or the process ends. */
export async function inWorkshop<T>(
  options: RuntimeOptions,
  work: (workshop: Workshop) => Promise<T>,
): Promise<T> {
  const { device = 'cpu', level = 'all', threads = 1, seed = 1 } = options;
  removeLeftovers();
  const folder = mkdtempSync(join(tmpdir(), `${PREFIX}${String(process.pid)}-`));
  const clean = (): void => {
    rmSync(folder, { recursive: true, force: true });
  };
  process.once('exit', clean);
  try {
    return await work({
      folder,
      child: {
        program: options.program ?? new URL('./probe-child.js', import.meta.url),
        limits: { memory: options.memoryLimit ?? totalmem() * 0.9, folder },
        stepMs: (options.timeLimit ?? 120) * 1000,
        signal: options.signal,
      },
      settings: { device, level, threads },
      seed,
    });
  } finally {
    clean();
    process.removeListener('exit', clean);
  }
}
