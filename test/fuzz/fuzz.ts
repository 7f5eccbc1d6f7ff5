/**
 * Reads inputs that nobody would write: `npm run fuzz -- [--count 500000] [--seed 1] [--readers onnx,json]
 * [--seeds FOLDER] [--keep FOLDER]`. Inputs are made of files of each format by changes that keep its structure; those
 * that run a piece of the program for the first time, as V8 counts them, are changed further.
 *
 * It fails where an input ends in anything but a result or a diagnostic, or takes more than 2 s of CPU or 300 MiB.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { ProfileError } from '../../src/diagnostics.ts';
import { Choices } from './choices.ts';
import { Coverage } from './coverage.ts';
import { READERS, seedsIn, type Reader } from './readers.ts';

const MOST_SECONDS = 2;
const MOST_BYTES = 300 * 2 ** 20;
/** An input that took as long is timed again. */
const LONG_SECONDS = 0.05;
/** Inputs between two looks at what has run. */
const BATCH = 40;
/** Batches of a reader after each other. */
const ROUND = 25;
/** Bytes of an input in a corpus. */
const LARGEST_KEPT = 100_000;
/** Inputs of a corpus: further ones take the place of others. */
const MOST_KEPT = 2000;

const { values } = parseArgs({
  options: {
    count: { type: 'string', default: '500000' },
    seed: { type: 'string', default: '1' },
    readers: { type: 'string', default: READERS.map(({ name }) => name).join(',') },
    seeds: { type: 'string', multiple: true, default: [] },
    keep: { type: 'string', default: 'temp/fuzz' },
  },
});
const count = Number(values.count);
const choices = new Choices(Number(values.seed));
const coverage = new Coverage('program.mjs');
const seen = new Set<string>();
mkdirSync(values.keep, { recursive: true });

interface Tally {
  readonly reader: Reader;
  readonly corpus: Uint8Array[];
  inputs: number;
  read: number;
  slowest: number;
  /** by the place where they arose */
  readonly faults: Map<string, number>;
  tooSlow: number;
}

const asked = new Set(values.readers.split(','));
const tallies: Tally[] = [];
for (const reader of READERS) {
  if (!asked.has(reader.name)) continue;
  const corpus = [
    ...(await reader.seeds()),
    ...values.seeds.flatMap((folder) => seedsIn(folder, reader.extension)),
  ];
  tallies.push({ reader, corpus, inputs: 0, read: 0, slowest: 0, faults: new Map(), tooSlow: 0 });
}
let peak = 0;

/** Reads an input. @returns milliseconds that it took, others' included */
async function attempt(tally: Tally, bytes: Uint8Array): Promise<number> {
  const { reader, faults } = tally;
  const start = performance.now();
  try {
    await reader.read(bytes, new Choices(bytes.length));
    tally.read++;
  } catch (error) {
    if (!(error instanceof ProfileError)) {
      const [first = '', ...stack] = String(error instanceof Error ? error.stack : error).split('\n');
      const fault = [first, ...stack.slice(0, 2)].join(' ').slice(0, 300);
      const times = faults.get(fault) ?? 0;
      faults.set(fault, times + 1);
      if (times === 0) keep(tally, 'fault', bytes, fault);
    }
  }
  return performance.now() - start;
}

/** Reads inputs that were made of a corpus, and keeps those that run what none before did. */
async function attemptAll(tally: Tally, inputs: readonly Uint8Array[]): Promise<void> {
  for (const bytes of inputs) {
    tally.inputs++;
    if ((await attempt(tally, bytes)) / 1000 < Math.max(LONG_SECONDS, tally.slowest)) continue;
    // Once more, by the processor's clock.
    const before = process.cpuUsage();
    await attempt(tally, bytes);
    const { user, system } = process.cpuUsage(before);
    const seconds = (user + system) / 1e6;
    tally.slowest = Math.max(tally.slowest, seconds);
    if (seconds <= MOST_SECONDS) continue;
    tally.tooSlow++;
    keep(tally, 'slow', bytes, `${seconds.toFixed(2)} s`);
  }
  const used = process.memoryUsage.rss();
  if (used > Math.max(1.05 * peak, MOST_BYTES))
    for (const bytes of inputs)
      keep(tally, 'large', bytes, `one of these: ${(used / 2 ** 20).toFixed(0)} MiB`);
  peak = Math.max(peak, used);
  const fresh = new Set([...coverage.take()].filter((piece) => !seen.has(piece)));
  for (const piece of fresh) seen.add(piece);
  for (const bytes of fresh.size === 0 ? [] : inputs) {
    await attempt(tally, bytes);
    const before = fresh.size;
    for (const piece of coverage.take()) fresh.delete(piece);
    if (fresh.size === before || bytes.length > LARGEST_KEPT) continue;
    if (tally.corpus.length < MOST_KEPT) tally.corpus.push(bytes);
    else tally.corpus[choices.below(MOST_KEPT)] = bytes;
  }
}

function keep({ reader, inputs }: Tally, why: string, bytes: Uint8Array, message: string): void {
  const file = join(values.keep, `${reader.name}-${why}-${String(inputs)}${reader.extension}`);
  writeFileSync(file, bytes);
  console.log(`${why}: ${file}: ${message}`);
}

for (let done = 0; done < count;) {
  for (const tally of tallies) {
    for (let i = 0; i < ROUND && done < count; i++) {
      const { reader, corpus } = tally;
      const inputs = Array.from({ length: Math.min(BATCH, count - done) }, () =>
        reader.mutate(choices.of(corpus), choices, choices.of(corpus)),
      );
      done += inputs.length;
      await attemptAll(tally, inputs);
    }
  }
  report(done);
}

function report(done: number): void {
  console.log(
    `${String(done)} inputs, ${String(seen.size)} pieces of the program, peak ${(peak / 2 ** 20).toFixed(0)} MiB, ${process.uptime().toFixed(0)} s`,
  );
  for (const { reader, inputs, read, corpus, slowest, faults, tooSlow } of tallies) {
    console.log(
      `  ${reader.name.padEnd(14)}${String(inputs).padStart(8)} inputs, ${String(read)} read, corpus ${String(corpus.length)}, slowest ${slowest.toFixed(2)} s, above 2 s ${String(tooSlow)}, internal errors ${String(faults.size)}`,
    );
  }
}

process.exitCode =
  peak <= MOST_BYTES && tallies.every(({ faults, tooSlow }) => faults.size === 0 && tooSlow === 0) ? 0 : 1;
