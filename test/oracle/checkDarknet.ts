/**
 * Compares the reader with a Darknet that you have, layer by layer.
 *
 *     npm run check:darknet -- PATH [cfg or folder ...]
 *
 * PATH is either a built Darknet checkout (`make` without GPU will do): then a small program is compiled against it
 * (darknetLayers.c) and shapes, parameters and BFLOPs are compared exactly, as float32. Or it is a `darknet` program:
 * then the table that it prints while loading is compared (shapes, BFLOPs to three decimals), and the size of the
 * weights file that it writes. Without a cfg, all those of the checkout are taken.
 *
 * The exit code is 1 if a layer differs.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { ProfileError, formatDiagnostic } from '../../src/diagnostics.ts';
import { profile, type ProfileRow } from '../../src/analysis/profile.ts';
import { readDarknet } from '../../src/formats/darknet/read.ts';
import { elements } from '../../src/units.ts';

/** A layer as Darknet states it; what it does not state is absent. */
interface Stated {
  readonly index: number;
  readonly section?: string;
  /** w, h, c */
  readonly out?: readonly [number, number, number];
  readonly outputs?: number;
  readonly bflops?: number;
  readonly params?: number;
}

interface Statement {
  readonly layers: readonly Stated[];
  /** floats in the weights file */
  readonly params?: number;
  /** why Darknet went no further */
  readonly gaveUp?: string;
}

type Oracle = (cfg: string, scratch: string) => Statement;

/** Layers whose BFLOPs Darknet adds up in float32, rounding each time. */
const ROUNDED = ['[crnn]', '[conv_lstm]'];

function main([path, ...paths]: readonly string[]): void {
  if (path === undefined || !existsSync(path)) {
    console.error(
      'usage: npm run check:darknet -- PATH [cfg or folder ...], PATH a built Darknet checkout or program',
    );
    process.exitCode = 2;
    return;
  }
  const scratch = mkdtempSync(join(tmpdir(), 'check-darknet-'));
  try {
    const isCheckout = statSync(path).isDirectory();
    const root = isCheckout ? resolve(path) : dirname(resolve(path));
    const cfgs = (paths.length > 0 ? paths : [join(root, 'cfg')]).flatMap(cfgsOf);
    // Some cfgs name files of the checkout.
    process.chdir(root);
    const oracle = isCheckout ? compiled(root, scratch) : printed(resolve(path));
    const outcomes = cfgs.map((cfg) => compare(cfg, oracle, scratch));
    const count = (wanted: Outcome): number => outcomes.filter((outcome) => outcome === wanted).length;
    console.log(
      `${String(count('equal'))} equal, ${String(count('different'))} different, ` +
        `${String(count('refused'))} that neither reads to the end, of ${String(cfgs.length)}`,
    );
    if (count('different') > 0) process.exitCode = 1;
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

/** The networks under a path; `yolov1/` and the like have them in folders. */
function cfgsOf(path: string): readonly string[] {
  if (!statSync(path).isDirectory()) return [resolve(path)];
  return readdirSync(path, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.cfg'))
    .sort()
    .map((name) => resolve(path, name));
}

/** Darknet's own numbers, from a program compiled against a checkout. */
function compiled(root: string, scratch: string): Oracle {
  const objects = join(root, 'obj');
  if (!existsSync(objects)) throw new Error(`${root} is not built: run make in it`);
  const program = join(scratch, 'darknet-layers');
  const source = new URL('darknetLayers.c', `file://${resolve(process.argv[1] as string)}`).pathname;
  const folders = ['include', 'src', '3rdparty/stb/include'].flatMap((folder) => ['-I', join(root, folder)]);
  const parts = readdirSync(objects)
    .filter((name) => name.endsWith('.o') && name !== 'parser.o' && name !== 'darknet.o')
    .map((name) => join(objects, name));
  execFileSync('cc', ['-O1', '-w', '-DNDEBUG', ...folders, '-c', source, '-o', `${program}.o`]);
  execFileSync('c++', [`${program}.o`, ...parts, '-o', program, '-lm', '-lpthread']);
  return (cfg) => {
    const csv = join(scratch, 'layers.csv');
    const { status, signal, stderr } = spawnSync(program, [cfg, csv], {
      encoding: 'utf8',
      maxBuffer: 2 ** 26,
    });
    const [, ...lines] = readFileSync(csv, 'utf8').trim().split('\n');
    const layers = lines.map((line): Stated => {
      const [index, section, , , , w, h, c, outputs, bflops, params] = line.split(',');
      const out: [number, number, number] = [Number(w), Number(h), Number(c)];
      return {
        index: Number(index),
        section: section as string,
        // Layers that are no maps, such as cost, state no extents.
        ...(out.includes(0) ? {} : { out }),
        outputs: Number(outputs),
        bflops: Number(bflops),
        params: Number(params),
      };
    });
    return status === 0 ? { layers } : { layers, gaveUp: reason(stderr, signal) };
  };
}

/** The table that a Darknet program prints, and the size of the weights file that it writes. */
function printed(program: string): Oracle {
  return (cfg, scratch) => {
    const weights = join(scratch, 'network.weights');
    rmSync(weights, { force: true });
    const { status, signal, stderr } = spawnSync(program, ['partial', cfg, '/dev/null', weights, '1000000'], {
      encoding: 'utf8',
      maxBuffer: 2 ** 26,
    });
    const layers = stderr.split('\n').flatMap((line): Stated[] => {
      const index = /^ *(\d+) /.exec(line)?.[1];
      if (index === undefined) return [];
      const out = /(?:->|outputs:) *(\d+) x *(\d+) x *(\d+)/.exec(line);
      const bflops = /([\d.]+) BF/.exec(line)?.[1];
      return [
        {
          index: Number(index),
          ...(out === null ? {} : { out: [Number(out[1]), Number(out[2]), Number(out[3])] as const }),
          ...(bflops === undefined ? {} : { bflops: Number(bflops) }),
        },
      ];
    });
    if (status !== 0) return { layers, gaveUp: reason(stderr, signal) };
    const HEADER_BYTES = 20;
    return { layers, params: (statSync(weights).size - HEADER_BYTES) / 4 };
  };
}

const reason = (stderr: string, signal: string | null): string =>
  stderr
    .split('\n')
    .map((line) => line.trim())
    .filter(
      (line) =>
        /assert|error|must|don't|should/i.test(line) &&
        !line.includes('location') &&
        !/^\d+\/\d+:/.test(line),
    )
    .at(-1) ?? `it ended with ${signal ?? 'an error'}`;

type Outcome = 'equal' | 'different' | 'refused';

function compare(cfg: string, oracle: Oracle, scratch: string): Outcome {
  const stated = oracle(cfg, scratch);
  const stopped =
    stated.gaveUp === undefined
      ? ''
      : `; Darknet gave up after layer ${String(stated.layers.length - 1)}: ${stated.gaveUp}`;
  let rows: readonly ProfileRow[];
  try {
    rows = profile(readDarknet(readFileSync(cfg), { file: cfg }).graph).layers;
  } catch (error) {
    if (!(error instanceof ProfileError)) throw error;
    const [first] = error.diagnostics;
    console.log(
      `${stated.gaveUp === undefined ? 'DIFFERENT' : 'refused'}  ${first === undefined ? cfg : formatDiagnostic(first)}${stopped}`,
    );
    return stated.gaveUp === undefined ? 'different' : 'refused';
  }
  const differences = stated.layers.flatMap((layer) => differencesOf(layer, rows[layer.index]));
  const complete = stated.gaveUp === undefined && stated.params !== undefined;
  const params = rows.reduce((total, row) => total + (row.params ?? 0), 0);
  if (complete && params !== stated.params)
    differences.push(`${String(params)} parameters, Darknet ${String(stated.params)}`);
  if (stated.gaveUp === undefined && stated.layers.at(-1)?.index !== rows.length - 1) {
    differences.push(`${String(rows.length)} layers, Darknet ${String(stated.layers.length)}`);
  }
  for (const difference of differences.slice(0, 5)) console.log(`DIFFERENT  ${cfg} ${difference}`);
  if (differences.length > 0) return 'different';
  console.log(`equal      ${cfg}  ${String(stated.layers.length)} layers${stopped}`);
  return 'equal';
}

function differencesOf(stated: Stated, row: ProfileRow | undefined): string[] {
  const place = `#${String(stated.index)} ${stated.section ?? ''}`;
  const shape = row?.outputs[0];
  if (row === undefined || shape === undefined) return [`${place}: no such layer here`];
  const found: string[] = [];
  const [, channels = 1, height = 1, width = 1] = shape;
  const check = (what: string, ours: number | string, theirs: number | string): void => {
    if (ours !== theirs) found.push(`${place}: ${what} ${String(ours)}, Darknet ${String(theirs)}`);
  };
  if (stated.out !== undefined)
    check('makes', `${String(width)}x${String(height)}x${String(channels)}`, stated.out.join('x'));
  if (stated.outputs !== undefined) check('outputs', elements(shape.slice(1)), stated.outputs);
  if (stated.params !== undefined) check('parameters', row.params ?? 0, stated.params);
  if (stated.bflops !== undefined) {
    const bflops = (row.flops ?? 0) / 1e9;
    const rounded = ROUNDED.includes(stated.section ?? '');
    if (stated.section === undefined)
      check('BFLOPs', Math.fround(bflops).toFixed(3), stated.bflops.toFixed(3));
    else if (!rounded) check('BFLOPs', Math.fround(bflops), Math.fround(stated.bflops));
    else if (Math.abs(bflops - stated.bflops) > bflops * 2 ** -21) check('BFLOPs', bflops, stated.bflops);
  }
  return found;
}

main(process.argv.slice(2));
