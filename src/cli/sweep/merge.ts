import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { ProfileError, problem } from '../../diagnostics.ts';
import { inertJson } from '../../inertJson.ts';
import { parseRow, unmarked, type DesignRow } from '../../sweep/row.ts';
import { fileError, reading } from '../files.ts';
import { linesOf } from './rowsFile.ts';

interface Source {
  readonly shown: string;
  readonly lines: Iterator<string>;
  /** the next row */
  row: DesignRow | undefined;
  line: string;
}

/**
 * The rows of shards as those of one sweep, in the order of the designs, each design once: a shard may have run twice.
 *
 * @throws ProfileError CSP811 for a shard of another sweep, rows that are not sorted, or two unlike rows of a design
 */
export function* mergedLines(files: readonly string[], cwd: string): Generator<string> {
  const sources = files.map((shown): Source => {
    const lines = opened(shown, resolve(cwd, shown));
    const source = { shown, lines, row: undefined, line: '' };
    advance(source);
    return source;
  });
  const sweep = sources.find(({ row }) => row !== undefined)?.row?.sweep;
  for (const { row, shown } of sources) {
    if (row !== undefined && row.sweep !== sweep)
      throw refuse(
        shown,
        'its rows are of another sweep than those before',
        'merge shards of one sweep only',
      );
  }
  const heap = new Heap(sources.filter(({ row }) => row !== undefined));
  let last: { readonly index: number; readonly line: string; readonly shown: string } | undefined;
  for (let source = heap.first; source !== undefined; source = heap.first) {
    const { shown, line } = source;
    const { index } = source.row as DesignRow;
    if (index !== last?.index) {
      yield line;
      last = { index, line, shown };
    } else if (line !== last.line) {
      throw refuse(
        shown,
        `its row of design ${String(index)} is not that of ${last.shown}`,
        'compute the shards with one version and the same files',
      );
    }
    advance(source);
    heap.sink();
  }
}

/** Of shards that are called `…3-of-16…`, those that are not there. */
export function missingShards(files: readonly string[]): readonly string[] {
  const found = new Map<string, Set<number>>();
  for (const file of files) {
    const [, before = '', part = '', parts = '', behind = ''] =
      /^(.*?)([0-9]+)-of-([0-9]+)([^/\\]*)$/.exec(file) ?? [];
    if (part === '') continue;
    const key = JSON.stringify([before, parts, behind]);
    found.set(key, (found.get(key) ?? new Set()).add(Number(part)));
  }
  return [...found].flatMap(([key, there]) => {
    const [before = '', parts = '', behind = ''] = JSON.parse(key) as readonly string[];
    return Array.from({ length: Number(parts) }, (_, part) => part)
      .filter((part) => !there.has(part))
      .map(
        (part) =>
          `${before}${String(part).padStart(String(Number(parts) - 1).length, '0')}-of-${parts}${behind}`,
      );
  });
}

/** Goes on to the next row of a shard, without what a front of its own said. */
function advance(source: Source): void {
  const before = source.row?.index ?? -1;
  const next = reading(source.shown, () => source.lines.next());
  if (next.done === true) {
    source.row = undefined;
    return;
  }
  const row = parseRow(next.value);
  if (row === undefined || row.index <= before) {
    throw refuse(
      source.shown,
      row === undefined ? 'a line is no row of a sweep' : 'its rows are not in order',
      'run the shard again: it goes on where it was',
    );
  }
  source.row = row;
  source.line = row.front === undefined ? next.value : inertJson(unmarked(row));
}

function opened(shown: string, file: string): Iterator<string> {
  if (!existsSync(file)) throw fileError(shown, Object.assign(new TypeError(), { code: 'ENOENT' }));
  return linesOf(file);
}

const refuse = (file: string, message: string, fix: string): ProfileError =>
  new ProfileError(problem('CSP811', message, fix, { format: 'json', file }));

/** Sources by their next rows, the one of the lowest index first. */
class Heap {
  readonly #sources: Source[] = [];

  constructor(sources: readonly Source[]) {
    this.#sources.push(...sources);
    for (let i = this.#sources.length >>> 1; i >= 0; i--) this.#sinkFrom(i);
  }

  /** The source whose next row is first; undefined where all are at their ends. */
  get first(): Source | undefined {
    const [first] = this.#sources;
    return first?.row === undefined ? undefined : first;
  }

  /** Restores the order after the first source went on. */
  sink(): void {
    this.#sinkFrom(0);
  }

  #sinkFrom(start: number): void {
    for (let i = start; ;) {
      let least = i;
      for (const child of [2 * i + 1, 2 * i + 2])
        if (child < this.#sources.length && this.#indexOf(child) < this.#indexOf(least)) least = child;
      if (least === i) return;
      [this.#sources[i], this.#sources[least]] = [this.#sources[least] as Source, this.#sources[i] as Source];
      i = least;
    }
  }

  #indexOf(position: number): number {
    return this.#sources[position]?.row?.index ?? Infinity;
  }
}
