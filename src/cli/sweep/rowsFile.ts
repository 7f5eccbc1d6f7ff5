import { closeSync, existsSync, openSync, readdirSync, readSync, rmSync } from 'node:fs';
import { hostname } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { ProfileError, problem } from '../../diagnostics.ts';
import { writeWhole } from '../../probe/fileSource.ts';
import { parseRow, rowLine, unmarked, type DesignRow } from '../../sweep/row.ts';
import { writing } from '../files.ts';
import { writeFiles } from '../write.ts';

const CHUNK = 1 << 20;

/** The whole lines of a file, each without its end; a last line without one is torn, and left out. */
export function* linesOf(path: string): Generator<string> {
  // What another process has left may be taken over, and gone, by now.
  if (!existsSync(path)) return;
  const file = openSync(path, 'r');
  try {
    const bytes = Buffer.allocUnsafe(CHUNK);
    const decoder = new TextDecoder();
    let rest = '';
    for (;;) {
      const read = readSync(file, bytes, 0, CHUNK, null);
      if (read === 0) return;
      const lines = (rest + decoder.decode(bytes.subarray(0, read), { stream: true })).split('\n');
      rest = lines.pop() ?? '';
      yield* lines;
    }
  } finally {
    closeSync(file);
  }
}

/** Which design of the sweep a row is of; undefined: of none. */
export type Locate = (row: DesignRow) => { readonly position: number; readonly index: number } | undefined;

/**
 * The rows of a sweep while it runs, as lines of `FILE.HOST-PROCESS.partial`. What runs before left, whole or not, is
 * taken over; what other processes write at the same time stays theirs. `FILE` appears when all rows are there.
 */
export class RowsFile {
  readonly #target: string;
  readonly #shown: string;
  readonly #cwd: string;
  readonly #path: string;
  readonly #file: number;
  /** by position, where its line begins and how long it is; 0 bytes: not there yet */
  readonly #begin: Float64Array;
  readonly #bytes: Uint32Array;
  #end = 0;
  #count = 0;
  #takenOver: string[] = [];

  /**
   * @param target the regular file that `shown` leads to, there or not
   * @param shown what the user calls it
   * @throws ProfileError CSP802 where it cannot be written, CSP811 where it holds rows of another sweep
   */
  constructor(target: string, shown: string, cwd: string, rows: number) {
    this.#target = target;
    this.#shown = shown;
    this.#cwd = cwd;
    this.#path = `${target}.${hostname()}-${String(process.pid)}.partial`;
    this.#begin = new Float64Array(rows);
    this.#bytes = new Uint32Array(rows);
    this.#file = writing(this.#shown, () => openSync(this.#path, 'w+'));
  }

  /** Number of rows that are there. */
  get count(): number {
    return this.#count;
  }

  has(position: number): boolean {
    return (this.#bytes[position] as number) > 0;
  }

  /**
   * Takes over the rows of earlier runs of this sweep.
   *
   * @param onRow hears of each
   */
  resume(sweep: string, locate: Locate, onRow: (row: DesignRow, position: number) => void): void {
    for (const path of this.#earlier()) {
      let pending = '';
      let known = true;
      for (const line of writing(this.#shown, () => linesOf(path))) {
        const row = parseRow(line);
        if (row === undefined) continue;
        if (row.sweep !== sweep) {
          if (path !== this.#target) {
            known = false;
            break;
          }
          throw new ProfileError(
            problem(
              'CSP811',
              `${this.#shown} holds rows of another sweep: other metrics, constraints, devices, models, or another version`,
              `write to another file, or remove it: rm ${this.#shown}`,
            ),
          );
        }
        const found = locate(row);
        if (found === undefined || this.has(found.position)) continue;
        const own = unmarked(row, found.index);
        const text = rowLine(own);
        this.#note(found.position, Buffer.byteLength(text));
        pending += text;
        onRow(own, found.position);
        if (pending.length > CHUNK) {
          this.#append(pending);
          pending = '';
        }
      }
      this.#append(pending);
      if (known && path !== this.#target) this.#takenOver.push(path);
    }
  }

  /** Adds lines, one for each position. */
  add(lines: string, positions: readonly number[], bytes: readonly number[]): void {
    positions.forEach((position, i) => this.#note(position, bytes[i] as number));
    this.#append(lines);
  }

  /** The lines that are there, in the order of their positions or another. */
  *lines(order: Iterable<number> = this.#bytes.keys()): Generator<string> {
    // Most follow each other in the file: what is read once serves many.
    const bytes = Buffer.allocUnsafe(CHUNK);
    let [from, to] = [0, 0];
    for (const position of order) {
      const length = this.#bytes[position] as number;
      const begin = this.#begin[position] as number;
      if (length === 0) continue;
      if (begin < from || begin + length > to) {
        from = begin;
        to = begin + writing(this.#shown, () => readSync(this.#file, bytes, 0, CHUNK, begin));
      }
      yield bytes.toString('utf8', begin - from, begin - from + length - 1);
    }
  }

  /** Writes the file from its finished lines, and removes what runs have left. */
  finish(lines: Iterable<string>): void {
    writeLines(this.#shown, this.#cwd, lines);
    this.discard();
    for (const path of this.#takenOver) rmSync(path, { force: true });
  }

  /** Removes the unfinished rows of this process. */
  discard(): void {
    closeSync(this.#file);
    rmSync(this.#path, { force: true });
  }

  #note(position: number, bytes: number): void {
    this.#begin[position] = this.#end;
    this.#bytes[position] = bytes;
    this.#end += bytes;
    this.#count++;
  }

  #append(lines: string): void {
    writing(this.#shown, () => {
      writeWhole(this.#file, Buffer.from(lines));
    });
  }

  /** What runs before have left, the finished file first. */
  #earlier(): readonly string[] {
    const folder = dirname(this.#target);
    const name = basename(this.#target);
    const names = writing(this.#shown, () => readdirSync(folder));
    return [
      ...names.filter((each) => each === name),
      ...names.filter((each) => each.startsWith(`${name}.`) && each.endsWith('.partial')).sort(),
    ]
      .map((each) => join(folder, each))
      .filter((path) => path !== this.#path);
  }
}

/** Writes a file line by line, whole or not at all: {@link writeFiles}. */
export function writeLines(target: string, cwd: string, lines: Iterable<string>): void {
  const encoder = new TextEncoder();
  writeFiles([{ target, pieces: bytes() }], cwd);
  function* bytes(): Generator<Uint8Array> {
    for (const text of joined(lines)) yield encoder.encode(text);
  }
}

/** Lines with their ends, many in one text. */
export function* joined(lines: Iterable<string>): Generator<string> {
  let pending = '';
  for (const line of lines) {
    pending += `${line}\n`;
    if (pending.length < CHUNK) continue;
    yield pending;
    pending = '';
  }
  if (pending !== '') yield pending;
}
