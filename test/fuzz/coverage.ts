import { Session } from 'node:inspector';

/** Which pieces of the program run: V8 counts them. */
export class Coverage {
  readonly #session = new Session();
  readonly #program: string;

  /** @param program part of the address of the scripts that count */
  constructor(program: string) {
    this.#program = program;
    this.#session.connect();
    this.#session.post('Profiler.enable');
    this.#session.post('Profiler.startPreciseCoverage', { callCount: true, detailed: true });
  }

  /** Pieces that ran since the last call; it takes milliseconds. */
  take(): ReadonlySet<string> {
    const pieces = new Set<string>();
    this.#session.post('Profiler.takePreciseCoverage', (error, { result }) => {
      if (error !== null) throw error;
      for (const { url, functions } of result) {
        if (!url.includes(this.#program)) continue;
        for (const { ranges } of functions)
          for (const { startOffset, endOffset, count } of ranges)
            if (count > 0) pieces.add(`${String(startOffset)} ${String(endOffset)}`);
      }
    });
    return pieces;
  }
}
