import { ProfileError } from '../../diagnostics.ts';
import type { Answer, Kind, Questions, SlotNumbers } from '../messages.ts';

interface Waiting {
  readonly resolve: (answer: never) => void;
  readonly reject: (error: Error) => void;
  readonly counted?: (numbers: readonly SlotNumbers[]) => void;
}

/** Asks the worker, which answers one question after the other. */
export class Client {
  readonly #worker: Worker;
  readonly #waiting = new Map<number, Waiting>();
  #next = 0;

  /** @param program of the worker */
  constructor(program: string) {
    this.#worker = new Worker(URL.createObjectURL(new Blob([program], { type: 'text/javascript' })));
    this.#worker.addEventListener('message', ({ data }: MessageEvent<Answer>) => this.#hear(data));
    this.#worker.addEventListener('error', ({ message }) => this.#fail(message));
  }

  /**
   * @param counted hears of numbers that come before the answer
   * @throws ProfileError what is wrong with what was asked
   */
  ask<K extends Kind>(
    kind: K,
    ask: Questions[K]['ask'],
    counted?: (numbers: readonly SlotNumbers[]) => void,
  ): Promise<Questions[K]['answer']> {
    const id = this.#next++;
    return new Promise<Questions[K]['answer']>((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject, ...(counted === undefined ? {} : { counted }) });
      const question = { id, kind, ask };
      this.#worker.postMessage(question);
    });
  }

  #hear(data: Answer): void {
    const waiting = this.#waiting.get(data.id);
    if ('numbers' in data) {
      waiting?.counted?.(data.numbers);
      return;
    }
    this.#waiting.delete(data.id);
    if (waiting === undefined) return;
    if ('answer' in data) waiting.resolve(data.answer as never);
    else if ('fault' in data) waiting.reject(new TypeError(data.fault));
    else {
      const [first, ...others] = data.diagnostics;
      waiting.reject(
        first === undefined ? new TypeError('no reason was given') : new ProfileError(first, ...others),
      );
    }
  }

  #fail(message: string): void {
    for (const { reject } of this.#waiting.values()) reject(new TypeError(message));
    this.#waiting.clear();
  }
}

/** Does one thing at a time; of what is asked meanwhile, only the last. */
export class Latest {
  #running = false;
  #next: (() => Promise<void>) | undefined;

  run(work: () => Promise<void>): void {
    this.#next = work;
    if (!this.#running) void this.#loop();
  }

  async #loop(): Promise<void> {
    this.#running = true;
    try {
      for (let work = this.#next; work !== undefined; work = this.#next) {
        this.#next = undefined;
        await work();
      }
    } finally {
      this.#running = false;
    }
  }
}
