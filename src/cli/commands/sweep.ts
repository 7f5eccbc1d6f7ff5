import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gateMetric } from '../../analysis/gate/metrics.ts';
import { DOCUMENT_FORMATS, renderDocument } from '../../report/document.ts';
import { sweepSections } from '../../report/sweep/table.ts';
import type { Objective } from '../../sweep/front.ts';
import { parseRow, ROW_NAMES, type DesignRow } from '../../sweep/row.ts';
import {
  BUFFER_OPTIONS,
  CONVENTION_OPTIONS,
  flag,
  formatOf,
  formatOption,
  list,
  QUIET_OPTION,
  text,
  topOf,
  type Args,
  type Command,
} from '../command.ts';
import { STDOUT } from '../files.ts';
import { widthOf, type Io } from '../io.ts';
import { MODEL_OPTIONS } from '../model.ts';
import { usageError } from '../usage.ts';
import { camelCased } from '../../sweep/evaluate.ts';
import { mergedLines, missingShards } from '../sweep/merge.ts';
import { defaultObjectives, sweepOf } from '../sweep/request.ts';
import { joined, linesOf, writeLines } from '../sweep/rowsFile.ts';
import { runSweep } from '../sweep/run.ts';
import { shardOf } from '../sweep/shard.ts';
import { markedLines, Tally } from '../sweep/tally.ts';

const repeatable = (describe: string) => ({ type: 'string', array: true, nargs: 1, describe }) as const;

/** Options of models that are no axes here. */
const FILE_OPTIONS = {
  input: MODEL_OPTIONS.input,
  value: MODEL_OPTIONS.value,
  branch: MODEL_OPTIONS.branch,
  'on-unknown': MODEL_OPTIONS['on-unknown'],
  assume: MODEL_OPTIONS.assume,
  qdq: MODEL_OPTIONS.qdq,
} as const;

const FORMATS = [...DOCUMENT_FORMATS, 'ndjson'] as const;

export const sweepCommand: Command = {
  usage: '<models..>',
  positionals: {
    models: {
      describe:
        'built-in network, .mjs module or files (also as a pattern), a .yaml of options; or: merge SHARD.ndjson..., which joins shards',
    },
  },
  options: {
    param: repeatable(
      'axis: parameter and its values, gamma=0.25,0.5 or width=0.5..1.5:0.25; also input= and batch= (repeatable)',
    ),
    bind: repeatable('axis: symbol of a file and its extents, seq=128..4096:x2 (repeatable)'),
    device: repeatable('axis: devices, a,b or file.json'),
    buffer: repeatable('axis: sizes of the on-chip buffer, 64KiB..1MiB:x2'),
    array: repeatable('axis: arrays of the device, 16x16,32x32:ws'),
    batch: repeatable('axis: images at once'),
    dtype: repeatable('axis: element types, float32,int8'),
    random: { type: 'string', describe: 'designs to draw by chance, instead of all' },
    latin: { type: 'string', describe: 'designs of a Latin hypercube, instead of all' },
    search: {
      type: 'string',
      describe: 'designs to spend on a search for the front (NSGA-II), instead of all',
    },
    seed: { type: 'string', describe: 'of what is drawn; 1 if absent' },
    objective: repeatable('what to choose by, and how: flops:min,cio:min,seconds:min (repeatable)'),
    constraint: repeatable("what designs have to keep: 'flops <= 1 GFLOP and cio < 10M' (repeatable)"),
    metrics: { type: 'string', describe: 'numbers of each row, flops,cio,bottleneck.share; absent: most' },
    join: { type: 'string', describe: 'CSV of further numbers by design, such as accuracies' },
    energy: { type: 'string', describe: 'energy table: horowitz45, eyeriss-relative or a file.json' },
    ...BUFFER_OPTIONS,
    ...CONVENTION_OPTIONS,
    output: {
      type: 'string',
      alias: 'o',
      describe:
        'rows as NDJSON; what is there already is not computed again; -: to standard output, and no table',
    },
    csv: { type: 'string', describe: 'the rows as CSV too' },
    parquet: { type: 'string', describe: 'the rows as Parquet too' },
    page: {
      type: 'string',
      describe: 'one HTML page of all designs: scatter, parallel coordinates, sliders',
    },
    details: {
      type: 'string',
      describe: 'folder for the report and the model of each design of the front, for --page',
    },
    shard: {
      type: 'string',
      describe: 'part of the designs, from 0: 0/16 to 15/16; in a Slurm array its own',
    },
    jobs: { type: 'string', describe: 'threads; by default one for each core' },
    ...formatOption(FORMATS),
    top: { type: 'string', describe: 'designs of the front to show (table: 12)' },
    all: { type: 'boolean', describe: 'show the whole front' },
    ...FILE_OPTIONS,
    ...QUIET_OPTION,
  },
  examples: [
    ['csppeleenet --param gamma=0.05..0.95 --param fusion=both,first,last', 'the front of FLOPs against CIO'],
    [
      'csppeleenet --param width=0.5..2:0.25 --device jetson-tx2 -o rows.ndjson --page front.html',
      'on a device',
    ],
    ['bert.onnx --bind seq=128..4096:x2', 'cost against the length of a sequence'],
    ["merge 'shards/*.ndjson' -o rows.ndjson", 'one table of what many machines computed'],
  ],
  async run(args: Args, io: Io): Promise<number> {
    const [first, ...others] = list(args, 'models');
    if (first === 'merge') return merge(others, args, io);
    const { configured } = await import('../sweep/config.ts');
    const given = await configured(args, Object.keys(sweepCommand.options), io);
    const format = shownAs(given);
    const sweep = await sweepOf(given, io);
    const shard = text(given, 'output') === undefined ? undefined : shardOf(given, io);
    const beside = ['csv', 'parquet', 'page', 'details'].find((name) => text(given, name) !== undefined);
    if (shard?.from === 'option' && beside !== undefined)
      throw usageError(
        `a shard writes its rows only, without --${beside}`,
        `give it to the whole: csp-profile sweep merge 'shards/*.ndjson' -o rows.ndjson --${beside} ...`,
      );
    const outcome = await runSweep(sweep, shard, given, io);
    try {
      if (shard !== undefined) {
        if (beside !== undefined)
          io.stderr.write(
            `csp-profile: --${beside} is left out of a shard: give it to csp-profile sweep merge, of all shards\n`,
          );
        if (flag(given, 'quiet') !== true) {
          const by = shard.from === 'Slurm' ? ', by Slurm' : '';
          io.stderr.write(
            `csp-profile: shard ${String(shard.part)} of ${String(shard.parts)} (from 0${by}): ${String(outcome.designs)} designs in ${outcome.file ?? 'standard output'}\n`,
          );
        }
        if (outcome.file === undefined) for (const text of joined(outcome.lines())) io.stdout.write(text);
        return 0;
      }
      const axes = sweep.space.axes.map(({ name }) => name);
      const varying = sweep.space.axes.filter(({ values }) => values.length > 1).map(({ name }) => name);
      await present({ ...outcome, axes, varying, asked: sweep.objectives }, format, given, io);
      return outcome.designs > 0 && outcome.failed === outcome.designs ? 1 : 0;
    } finally {
      outcome.close();
    }
  },
};

/** How to print: rows that go to standard output leave no room for a table. */
const shownAs = (args: Args): (typeof FORMATS)[number] =>
  text(args, 'output') === STDOUT ? 'ndjson' : formatOf(args, FORMATS);

/** What of a sweep is shown. */
interface Shown {
  readonly lines: () => Iterable<string>;
  readonly designs: number;
  readonly failed: number;
  readonly infeasible: number;
  readonly axes: readonly string[];
  /** those of more than one value: along a single one designs are shown in its order, all of them */
  readonly varying: readonly string[];
  /** what the front was chosen by */
  readonly objectives: readonly Objective[];
  /** and what it was to be chosen by */
  readonly asked: readonly Objective[];
}

const [BEATEN, FAILED] = ['"front":false}', '"error":'];

async function present(shown: Shown, format: (typeof FORMATS)[number], args: Args, io: Io): Promise<void> {
  const [csv, parquet, page] = [text(args, 'csv'), text(args, 'parquet'), text(args, 'page')];
  if (page !== undefined) {
    const { writeSweepPage } = await import('../sweep/page.ts');
    await writeSweepPage(shown, page, text(args, 'details'), io);
  }
  if (csv !== undefined || parquet !== undefined) {
    const { writeCsv, writeParquet } = await import('../sweep/exports.ts');
    if (csv !== undefined) writeCsv(shown.lines, csv, io.cwd);
    if (parquet !== undefined) writeParquet(shown.lines, parquet, io.cwd);
  }
  if (format === 'ndjson') {
    for (const text of joined(shown.lines())) io.stdout.write(text);
    return;
  }
  const rows: DesignRow[] = [];
  const errors = new Map<string, number>();
  for (const line of shown.lines()) {
    // Most lines say by their end that they are not shown.
    if (shown.varying.length !== 1 && line.endsWith(BEATEN) && !line.includes(FAILED)) continue;
    const row = parseRow(line);
    if (row?.error !== undefined) errors.set(row.error, (errors.get(row.error) ?? 0) + 1);
    // Without objectives there is no front, and along a single axis all are shown.
    const wanted =
      shown.varying.length === 1 || row?.front === undefined ? row?.error === undefined : row.front;
    if (row !== undefined && wanted) rows.push(row);
  }
  const undecided = shown.asked.filter((each) => !shown.objectives.includes(each)).map(({ name }) => name);
  const sections = sweepSections({ ...shown, undecided, rows, errors, top: topOf(args) });
  io.stdout.write(renderDocument(format, sections, widthOf(io)));
}

/** Joins shards, and marks the front of all. */
async function merge(files: readonly string[], args: Args, io: Io): Promise<number> {
  const output = text(args, 'output');
  const format = shownAs(args);
  const { findFiles, isPattern } = await import('../glob.ts');
  const shards = files.flatMap((file) => (isPattern(file) ? findFiles(file, io.cwd) : [file]));
  if (output === undefined || shards.length === 0)
    throw usageError(
      'merge needs shards and -o',
      "write csp-profile sweep merge 'shards/*.ndjson' -o rows.ndjson",
    );
  const missing = missingShards(shards);
  if (missing.length > 0) {
    throw usageError(
      `${missing.slice(0, 3).join(', ')}${missing.length > 3 ? ` and ${String(missing.length - 3)} more` : ''} ${missing.length === 1 ? 'is' : 'are'} not there`,
      'run these shards too, or name the merged ones otherwise',
    );
  }
  const folder = mkdtempSync(join(tmpdir(), 'csp-profile-sweep-'));
  const gathered = join(folder, 'merged.ndjson');
  try {
    writeLines(gathered, io.cwd, mergedLines(shards, io.cwd));
    const objectives = list(args, 'objective')
      .flatMap((each) => each.split(','))
      .map((each): Objective => {
        const [name = '', direction] = each.trim().split(':');
        return { name: camelCased(name), direction: direction === 'max' ? 'max' : 'min' };
      });
    let designs = 0;
    let sample: DesignRow | undefined;
    for (const line of linesOf(gathered)) {
      designs++;
      if (sample === undefined || sample.error !== undefined) sample = parseRow(line);
    }
    const wanted = objectives.length > 0 ? objectives : defaultObjectives(Object.keys(sample ?? {}));
    const tally = new Tally(designs, wanted);
    let position = 0;
    const axes = sample === undefined ? [] : axesOfRow(sample);
    const varying = new Set<string>();
    for (const line of linesOf(gathered)) {
      const row = parseRow(line) as DesignRow;
      tally.addRow(row, position++);
      for (const axis of axes) if (row[axis] !== sample?.[axis]) varying.add(axis);
    }
    const front = tally.front();
    const order = Array.from({ length: designs }, (_, i) => i);
    const lines = (): Iterable<string> =>
      front === undefined ? linesOf(gathered) : markedLines(linesOf(gathered), order, front);
    if (output !== STDOUT) writeLines(output, io.cwd, lines());
    const { failed, infeasible, deciding } = tally;
    const came = { lines, designs, failed, infeasible, axes, varying: [...varying], objectives: deciding };
    await present({ ...came, asked: wanted }, format, args, io);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  return 0;
}

/** The columns between a row's own names and its numbers: what its axes are called. */
function axesOfRow(row: DesignRow): readonly string[] {
  const names = Object.keys(row).slice(Object.keys(row).indexOf('sweep') + 1);
  const end = names.findIndex((name) => gateMetric(name) !== undefined || ROW_NAMES.includes(name));
  return end === -1 ? names : names.slice(0, end);
}
