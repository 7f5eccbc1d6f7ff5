import { mkdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { sweepPageData, type SweepPageData } from '../../report/sweep/pageData.ts';
import { renderSweepPage } from '../../report/sweep/page.ts';
import type { Objective } from '../../sweep/front.ts';
import { parseRow, type DesignRow } from '../../sweep/row.ts';
import { writing } from '../files.ts';
import type { Io } from '../io.ts';
import { writePieces } from '../output.ts';

/** The page that the build made, beside this file. */
declare const CSP_PROFILE_SWEEP_PAGE: string;

/** Designs whose report and model are written. */
const MOST_DETAILED = 100;

interface Shown {
  readonly lines: () => Iterable<string>;
  readonly axes: readonly string[];
  readonly objectives: readonly Objective[];
}

/** Writes the page of a sweep, and where a folder is named, the report and the model of the designs of the front. */
export async function writeSweepPage(
  { lines, axes, objectives }: Shown,
  page: string,
  details: string | undefined,
  io: Io,
): Promise<void> {
  const files: Record<string, readonly string[]> = {};
  if (details !== undefined) {
    let position = -1;
    for (const row of rowsOf(lines)) {
      if (row.error !== undefined) continue;
      position++;
      if (row.front !== true || Object.keys(files).length === MOST_DETAILED) continue;
      const made = await detailsOf(row, details, io);
      files[String(position)] = made.map((file) =>
        relative(dirname(resolve(io.cwd, page)), resolve(io.cwd, file)),
      );
    }
  }
  const data = sweepPageData(rowsOf(lines), axes, objectives, files);
  const template = readFileSync(new URL(CSP_PROFILE_SWEEP_PAGE, import.meta.url), 'utf8');
  writePieces([new TextEncoder().encode(renderSweepPage(template, titleOf(data), data))], page, io);
}

function* rowsOf(lines: () => Iterable<string>): Generator<DesignRow> {
  for (const line of lines()) {
    const row = parseRow(line);
    if (row !== undefined) yield row;
  }
}

const titleOf = ({ designs }: SweepPageData): string => {
  const [model = 'sweep'] = designs[0]?.split(/[:@ ]/) ?? [];
  return `${model}: ${designs.length.toLocaleString('en-US')} designs`;
};

/** The report of a design, and its model in every format that can hold it. */
async function detailsOf(row: DesignRow, folder: string, io: Io): Promise<readonly string[]> {
  const { main } = await import('../main.ts');
  writing(folder, () => mkdirSync(resolve(io.cwd, folder), { recursive: true }));
  const silent = { write: () => undefined, isTTY: false, columns: undefined };
  const quiet: Io = { ...io, stdout: silent, stderr: silent };
  const words = row.design.split(' ');
  const base = join(folder, `design-${String(row.index)}`);
  const made: string[] = [];
  const attempt = async (file: string, ...argv: string[]): Promise<void> => {
    if ((await main([...argv, '-o', file], quiet)) === 0) made.push(file);
  };
  const array = words.indexOf('--array');
  await attempt(`${base}.html`, 'report', ...(array === -1 ? words : words.toSpliced(array, 2)));
  const [model = '', ...options] = words;
  const bindings = options.flatMap((word, i) => (word === '--bind' ? [word, options[i + 1] as string] : []));
  for (const format of ['cfg', 'onnx'])
    await attempt(`${base}.${format}`, 'export', model, ...bindings, '--to', format);
  return made;
}
