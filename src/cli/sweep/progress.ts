import type { Io } from '../io.ts';

/** How far a sweep is, on one line of a terminal's standard error: designs, how many a second, time left. */
export class Progress {
  readonly #io: Io;
  readonly #shown: boolean;
  readonly #designs: number;
  readonly #before: number;
  readonly #start = performance.now();
  #last = -Infinity;

  /** @param before designs that earlier runs have computed: no part of the rate */
  constructor(designs: number, before: number, quiet: boolean, io: Io) {
    this.#io = io;
    this.#designs = designs;
    this.#before = before;
    this.#shown = io.stderr.isTTY && !quiet;
  }

  at(done: number): void {
    const now = performance.now();
    if (!this.#shown || now - this.#last < 200) return;
    this.#last = now;
    const rate = (done - this.#before) / ((now - this.#start) / 1000);
    const left = rate === 0 ? '' : `, ${duration((this.#designs - done) / rate)} left`;
    const share = Math.floor((20 * done) / this.#designs);
    const bar = `${'█'.repeat(share)}${'░'.repeat(20 - share)}`;
    this.#io.stderr.write(
      `\r\u001b[K${bar} ${count(done)} of ${count(this.#designs)} designs, ${count(Math.round(rate))} a second${left}`,
    );
  }

  end(): void {
    if (this.#shown) this.#io.stderr.write('\r\u001b[K');
  }
}

const count = (value: number): string => value.toLocaleString('en-US');

function duration(seconds: number): string {
  if (seconds < 60) return `${String(Math.ceil(seconds))} s`;
  const minutes = Math.ceil(seconds / 60);
  return minutes < 60
    ? `${String(minutes)} min`
    : `${String(Math.floor(minutes / 60))} h ${String(minutes % 60)} min`;
}
