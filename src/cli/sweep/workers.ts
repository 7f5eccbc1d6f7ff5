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

/** Computes batches on this core and on others. */
export class Workers {
  readonly #here: (task: Task) => Promise<Batch>;
  readonly #workers: readonly Worker[];

  /** @param others cores beside this one */
  constructor(here: (task: Task) => Promise<Batch>, others: number, start: WorkerStart) {
    this.#here = here;
    const program = new URL('./sweep-worker.js', import.meta.url);
    this.#workers = Array.from(
      { length: others },
      () => new Worker(program, { workerData: start, resourceLimits: YOUNG }),
    );
  }

  /**
   * Computes this many tasks; their batches come as they are done. Each core has consecutive ones, for these have the
   * most in common, and takes over half of another's when its own are done.
   */
  async run(count: number, taskAt: (index: number) => Task, onBatch: (batch: Batch) => void): Promise<void> {
    const shares = new Shares(count, 1 + this.#workers.length);
    const nextOf = (part: number) => (): Task | undefined => {
      const index = shares.next(part);
      return index === undefined ? undefined : taskAt(index);
    };
    const others = this.#workers.map((worker, i) => serve(worker, nextOf(1 + i), onBatch));
    await Promise.all([...others, this.#serveHere(nextOf(0), onBatch)]);
  }

  async #serveHere(nextTask: () => Task | undefined, onBatch: (batch: Batch) => void): Promise<void> {
    for (let task = nextTask(); task !== undefined; task = nextTask()) {
      onBatch(await this.#here(task));
      // Lets an interruption through, and the batches of others.
      await new Promise((resolve) => setImmediate(resolve));
    }
  }

  async end(): Promise<void> {
    await Promise.all(this.#workers.map((worker) => worker.terminate()));
  }
}

/** New objects of a worker in MiB: what a few designs need, so that little of it is still alive when it is full. */
const YOUNG = { maxYoungGenerationSizeMb: 12 };

/** Numbers from 0, dealt out in ranges. */
export class Shares {
  readonly #ranges: { next: number; end: number }[];

  constructor(count: number, parts: number) {
    this.#ranges = Array.from({ length: parts }, (_, part) => ({
      next: Math.floor((count * part) / parts),
      end: Math.floor((count * (part + 1)) / parts),
    }));
  }

  /** The next number of this part, or of what it takes over; undefined when all are dealt out. */
  next(part: number): number | undefined {
    const own = this.#ranges[part] as { next: number; end: number };
    if (own.next === own.end) {
      const longest = this.#ranges.reduce((a, b) => (b.end - b.next > a.end - a.next ? b : a));
      own.end = longest.end;
      own.next = longest.end -= Math.ceil((longest.end - longest.next) / 2);
    }
    return own.next === own.end ? undefined : own.next++;
  }
}

/** Tasks that a worker has at once, so that it never waits for the next. */
const AHEAD = 2;

function serve(
  worker: Worker,
  nextTask: () => Task | undefined,
  onBatch: (batch: Batch) => void,
): Promise<void> {
  return new Promise((resolve, reject) => {
    let asked = 0;
    const ask = (): void => {
      const task = nextTask();
      if (task !== undefined) {
        asked++;
        worker.postMessage(task);
      } else if (asked === 0) {
        worker.off('message', hear);
        resolve();
      }
    };
    const hear = (answer: WorkerAnswer): void => {
      asked--;
      if ('diagnostics' in answer) {
        reject(new ProfileError(...answer.diagnostics));
        return;
      }
      try {
        onBatch(answer.batch);
        ask();
      } catch (error) {
        reject(error instanceof Error ? error : new TypeError(String(error)));
      }
    };
    worker.on('message', hear);
    worker.once('error', reject);
    for (let i = 0; i < AHEAD; i++) ask();
  });
}
