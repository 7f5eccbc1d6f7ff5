import { Worker } from 'node:worker_threads';
import { ProfileError, type Diagnostic } from '../../diagnostics.ts';
import type { Args } from '../command.ts';
import type { Batch } from './batch.ts';

/** One after the other, the designs that a worker computes together. */
export interface Task {
  readonly designs: readonly { readonly position: number; readonly index: number }[];
}

/** What a worker is started with. */
export interface WorkerStart {
  readonly args: Args;
  readonly cwd: string;
  readonly env: Readonly<Record<string, string | undefined>>;
}

export type WorkerAnswer =
  { readonly batch: Batch } | { readonly diagnostics: readonly [Diagnostic, ...Diagnostic[]] };

/** Programs that compute batches on other cores. */
export class Workers {
  readonly #workers: readonly Worker[];

  constructor(count: number, start: WorkerStart) {
    const program = new URL('./sweep-worker.js', import.meta.url);
    this.#workers = Array.from({ length: count }, () => new Worker(program, { workerData: start }));
  }

  /** Computes all tasks, each on the next worker that is free; their batches come as they are done. */
  async run(tasks: Iterable<Task>, onBatch: (batch: Batch) => void): Promise<void> {
    const queue = tasks[Symbol.iterator]();
    await Promise.all(this.#workers.map((worker) => serve(worker, queue, onBatch)));
  }

  async end(): Promise<void> {
    await Promise.all(this.#workers.map((worker) => worker.terminate()));
  }
}

function serve(worker: Worker, queue: Iterator<Task>, onBatch: (batch: Batch) => void): Promise<void> {
  return new Promise((resolve, reject) => {
    const next = (): void => {
      const task = queue.next();
      if (task.done === true) {
        worker.off('message', hear);
        resolve();
      } else worker.postMessage(task.value);
    };
    const hear = (answer: WorkerAnswer): void => {
      if ('diagnostics' in answer) {
        reject(new ProfileError(...answer.diagnostics));
        return;
      }
      try {
        onBatch(answer.batch);
        next();
      } catch (error) {
        reject(error instanceof Error ? error : new TypeError(String(error)));
      }
    };
    worker.on('message', hear);
    worker.once('error', reject);
    next();
  });
}
