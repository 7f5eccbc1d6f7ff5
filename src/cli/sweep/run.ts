import { mkdtempSync, rmSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setFlagsFromString } from 'node:v8';
import type { Objective } from '../../sweep/front.ts';
import type { DesignRow } from '../../sweep/row.ts';
import { samplesOf, type Samples } from '../../sweep/samples.ts';
import { searchFront } from '../../sweep/search.ts';
import { flag, outputFile, text, type Args } from '../command.ts';
import type { Io } from '../io.ts';
import { usageError, wholeNumber } from '../usage.ts';
import { regularFile } from '../write.ts';
import { computeBatch, type Batch } from './batch.ts';
import { Progress } from './progress.ts';
import { evaluatorOf, type Sweep } from './request.ts';
import { linesOf, RowsFile, writeLines } from './rowsFile.ts';
import { shardFile, type Shard } from './shard.ts';
import { markedLines, Tally } from './tally.ts';
import { Workers, type Task } from './workers.ts';

/** What a sweep came to. */
export interface Outcome {
  /** the rows as lines, in the order of the designs, each with whether it is on the front */
  readonly lines: () => Iterable<string>;
  readonly designs: number;
  readonly failed: number;
  readonly infeasible: number;
  /** what the front was chosen by */
  readonly objectives: readonly Objective[];
  /** where the rows are; absent: nowhere that outlives the command */
  readonly file?: string;
  /** removes what is temporary */
  readonly close: () => void;
}

/** Designs that are computed together: enough that handing them over costs little, few enough to share the end. */
const BATCH = 64;
/** Designs for which starting threads takes longer than computing them here. */
const FEW = 400;

/** Computes what is not there yet of a sweep, or of a shard of it, and writes the rows where `-o` says. */
export async function runSweep(sweep: Sweep, shard: Shard | undefined, args: Args, io: Io): Promise<Outcome> {
  const asked = outputFile(args);
  const regular = asked === undefined ? undefined : regularFile(asked, io.cwd);
  // What is no regular file takes all rows at once, and nothing can be resumed from it.
  const folder = regular === undefined ? mkdtempSync(join(tmpdir(), 'csp-profile-sweep-')) : undefined;
  const file =
    asked !== undefined && shard !== undefined && folder === undefined ? shardFile(asked, shard) : asked;
  const shown = folder === undefined ? (file as string) : join(folder, 'rows.ndjson');
  const target = regularFile(shown, io.cwd) ?? shown;
  const close = (): void => {
    if (folder !== undefined) rmSync(folder, { recursive: true, force: true });
  };
  try {
    const places = placesOf(sweep, shard);
    const rows = new RowsFile(target, shown, io.cwd, places.capacity);
    const tally = new Tally(places.capacity, sweep.objectives);
    try {
      rows.resume(sweep.settings.fingerprint, locator(sweep, places), (row, position) => {
        tally.addRow(row, position);
      });
    } catch (error) {
      // What was taken over is still where it was.
      rows.discard();
      throw error;
    }
    const run = { sweep, rows, tally, args, io };
    if (sweep.sampling.strategy === 'search') await search(run, sweep.sampling, places);
    else await sample(run, places);
    const order = places.order();
    const front = shard === undefined ? tally.front() : undefined;
    const lines = rows.lines(order);
    rows.finish(front === undefined ? lines : markedLines(lines, order, front));
    if (file !== undefined && folder !== undefined) writeLines(file, io.cwd, linesOf(target));
    const { designs, failed, infeasible, deciding } = tally;
    return {
      lines: () => linesOf(target),
      designs,
      failed,
      infeasible,
      objectives: deciding,
      ...(file === undefined ? {} : { file }),
      close,
    };
  } catch (error) {
    close();
    throw error;
  }
}

/** Where the designs of a run stand among each other. */
interface Places {
  readonly capacity: number;
  readonly indexAt: (position: number) => number;
  /** undefined for a design of another shard, or of none */
  readonly positionOf: (index: number) => number | undefined;
  /** positions in the order of their designs */
  readonly order: () => readonly number[];
}

interface Run {
  readonly sweep: Sweep;
  readonly rows: RowsFile;
  readonly tally: Tally;
  readonly args: Args;
  readonly io: Io;
}

/** Which design a row is of: the one that its index says, or in a sweep whose axes have grown, that of its values. */
function locator({ space, source }: Sweep, places: Places) {
  return (row: DesignRow): { readonly position: number; readonly index: number } | undefined => {
    const index = space.indexWith(row);
    if (index === undefined || source.command(space.valuesAt(index)) !== row.design) return undefined;
    const position = places.positionOf(index);
    return position === undefined ? undefined : { position, index };
  };
}

function placesOf({ space, sampling }: Sweep, shard: Shard | undefined): Places {
  if (sampling.strategy === 'search') return searchPlaces(Math.min(sampling.samples, space.size));
  const samples = samplesOf(space, sampling);
  return samplePlaces(samples, shard ?? { part: 0, parts: 1 });
}

function samplePlaces(samples: Samples, { part, parts }: Pick<Shard, 'part' | 'parts'>): Places {
  const capacity = Math.max(0, Math.ceil((samples.length - part) / parts));
  return {
    capacity,
    indexAt: (position) => samples.at(position * parts + part),
    positionOf(index) {
      const place = samples.positionOf(index);
      return place !== -1 && place % parts === part ? (place - part) / parts : undefined;
    },
    order: () => Array.from({ length: capacity }, (_, position) => position),
  };
}

/** Designs of a search, as it comes upon them. */
function searchPlaces(capacity: number): Places {
  const positions = new Map<number, number>();
  return {
    capacity,
    indexAt: (position) => [...positions.keys()][position] as number,
    positionOf(index) {
      const known = positions.get(index);
      if (known !== undefined) return known;
      if (positions.size === capacity) return undefined;
      positions.set(index, positions.size);
      return positions.size - 1;
    },
    order: () => [...positions].sort(([a], [b]) => a - b).map(([, position]) => position),
  };
}

/** Computes what is not there yet of all designs. */
async function sample(run: Run, places: Places): Promise<void> {
  const { rows, tally, args, io } = run;
  const progress = new Progress(places.capacity, tally.designs, flag(args, 'quiet') === true, io);
  const onBatch = (batch: Batch): void => {
    rows.add(batch.lines, batch.positions, batch.bytes);
    tally.addBatch(batch);
    progress.at(tally.designs);
  };
  const missing = await missingOf(run, places);
  try {
    await compute(run, missing, places, onBatch);
  } finally {
    progress.end();
  }
}

/** What is missing, so that designs that have much in common are computed one after the other. */
async function missingOf({ sweep, rows }: Run, { capacity, indexAt }: Places): Promise<Float64Array> {
  const missing = new Float64Array(capacity - rows.count);
  let count = 0;
  for (let position = 0; position < capacity; position++)
    if (!rows.has(position)) missing[count++] = position;
  if (missing.length < FEW) return missing;
  const order = await evaluatorOf(sweep).sharingOrder();
  const keys = new Float64Array(capacity);
  for (const position of missing) keys[position] = sweep.space.indexIn(order, indexAt(position));
  return missing.sort((a, b) => (keys[a] as number) - (keys[b] as number));
}

/**
 * Whether the room for new objects doubles when it is short. The command keeps it at a megabyte, of which a design is a
 * fifth: moving what is alive of it at each collection took a third of the time. After the first designs it is 4 to 8 MB.
 */
function growNewSpace(grows: boolean): void {
  setFlagsFromString(`--semi-space-growth-factor=${grows ? '2' : '1'}`);
}

/** Computes designs on as many threads as are worth it, or as many as are asked for. */
async function compute(
  { sweep, args, io }: Run,
  missing: Float64Array,
  { indexAt }: Places,
  onBatch: (batch: Batch) => void,
): Promise<void> {
  const count = Math.ceil(missing.length / BATCH);
  const taskAt = (task: number): Task => ({
    designs: Array.from(missing.subarray(task * BATCH, (task + 1) * BATCH), (position) => ({
      position,
      index: indexAt(position),
    })),
  });
  const asked = text(args, 'jobs');
  const jobs =
    asked === undefined ? (missing.length < FEW ? 1 : availableParallelism()) : wholeNumber('jobs', asked, 1);
  const evaluator = evaluatorOf(sweep);
  const here = async ({ designs }: Task): Promise<Batch> => {
    const batch = await computeBatch(evaluator, sweep.objectives, designs);
    growNewSpace(false);
    return batch;
  };
  if (missing.length >= FEW) growNewSpace(true);
  const workers = new Workers(here, jobs - 1, { args, cwd: io.cwd, env: io.env });
  try {
    await workers.run(count, taskAt, onBatch);
  } finally {
    await workers.end();
  }
}

/** Computes the designs that a search asks for. */
async function search(
  { sweep, rows, tally, args, io }: Run,
  { samples: budget, seed }: { readonly samples: number; readonly seed: number },
  places: Places,
): Promise<void> {
  const width = sweep.objectives.length;
  if (width === 0) throw usageError('a search needs an objective', 'give one: --objective flops:min');
  const evaluator = evaluatorOf(sweep);
  const progress = new Progress(places.capacity, tally.designs, flag(args, 'quiet') === true, io);
  try {
    await searchFront(sweep.space, { budget, seed, objectives: width }, async (indices) => {
      const designs = indices.map((index) => ({ index, position: places.positionOf(index) as number }));
      const batch = await computeBatch(
        evaluator,
        sweep.objectives,
        designs.filter(({ position }) => !rows.has(position)),
      );
      rows.add(batch.lines, batch.positions, batch.bytes);
      tally.addBatch(batch);
      progress.at(tally.designs);
      return designs.map(({ position }) => [
        ...tally.values.subarray(position * width, (position + 1) * width),
      ]);
    });
  } finally {
    progress.end();
  }
}
