/**
 * Carries facts over from the two public tables of measured latencies into reports/measured/latencies: what was
 * measured, on what, in how many milliseconds, and the terms of the networks. Needed again only when rows are added.
 *
 *   node test/tools/run.mjs test/tools/latencies/carry.ts TABLES NETWORKS
 *
 * TABLES is a folder with ncnn.csv, ncnn-runs.csv (Tencent/ncnn, benchmark/README.md, one row for each measurement and
 * for each run) and aihub.csv (qualcomm/ai-hub-models, perf.yaml); NETWORKS one with a model file for each network,
 * named as the network is: those of Tencent/ncnn/benchmark as `.param`, those of torchvision as `aihub/NAME.onnx`.
 */
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, extname } from 'node:path';
import { profile } from '../../../src/analysis/profile.ts';
import { readModel } from '../../../src/formats/model.ts';
import type { Graph } from '../../../src/graph/graph.ts';
import { networkTerms, TERM_NAMES } from '../../../src/latency/measured/terms.ts';
import { csvText, csvRows, FACTS, type Row } from './facts.ts';

/** Inputs of networks whose files state none. */
const INPUTS: Readonly<Record<string, Readonly<Record<string, readonly number[]>>>> = {
  FastestDet: { in0: [1, 3, 352, 352] },
  vision_transformer: { input: [1, 3, 384, 384] },
};

/** Ids that a person would type, where the table's are short forms. */
const NAMED: readonly (readonly [RegExp, string])[] = [
  [/^rpi5$/, 'raspberry-pi-5'],
  [/^rpi5-oc$/, 'raspberry-pi-5-overclocked'],
  [/^rpi3bplus$/, 'raspberry-pi-3b-plus'],
  [/^rpi-zero2w$/, 'raspberry-pi-zero-2w'],
  [/^opi-?/, 'orange-pi-'],
  [/^bpi-/, 'banana-pi-'],
  [/^sd-?(?=[0-9x])/, 'snapdragon-'],
  [/^rtx-?(?=\d)/, 'rtx-'],
  [/^rtxa/, 'rtx-a'],
  [/^rx(?=\d)/, 'rx-'],
  [/^vim/, 'khadas-vim'],
  [/^mbp-/, 'macbook-pro-'],
  [/^jetson-nano$/, 'jetson-nano-board'],
  [/^v100$/, 'tesla-v100'],
];

function deviceId(id: string): string {
  for (const [pattern, name] of NAMED) if (pattern.test(id)) return id.replace(pattern, name);
  return id;
}

const [tables = '', networks = ''] = process.argv.slice(2);
const table = (name: string): readonly Row[] => csvRows(readFileSync(`${tables}/${name}`, 'utf8'));
const write = (name: string, rows: readonly Row[]): void => {
  mkdirSync(FACTS, { recursive: true });
  writeFileSync(`${FACTS}/${name}.csv`, csvText(rows));
};

function groupedBy(rows: readonly Row[], keyOf: (row: Row) => string): ReadonlyMap<string, readonly Row[]> {
  const groups = new Map<string, Row[]>();
  for (const row of rows) {
    const key = keyOf(row);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [row]);
    else group.push(row);
  }
  return groups;
}

/** Where a run stands and what it was: the first columns of its row. */
function ncnn(): void {
  const measured = groupedBy(table('ncnn.csv'), (row) => row['run'] ?? '');
  const all = table('ncnn-runs.csv');
  const names = [
    ...new Set([...measured.values()].flatMap((rows) => rows.map((row) => row['network'] ?? ''))),
  ];
  const known = names.filter((name) => name !== 'mobilenet_yolov3');
  write(
    'ncnn-devices',
    [...groupedBy(all, (row) => row['device'] ?? '').values()].map(([row = {}]) => ({
      device: deviceId(row['device'] ?? ''),
      class: row['class'] ?? '',
      title: row['heading'] ?? '',
      core: row['core'] ?? '',
    })),
  );
  write(
    'ncnn-runs',
    all.map((run) => {
      const rows = measured.get(run['run'] ?? '') ?? [];
      const of = (network: string): Row | undefined => rows.find((row) => row['network'] === network);
      const unsteady = rows.filter((row) => Number(row['avg_ms']) > 2 * Number(row['min_ms']));
      return {
        run: run['run'] ?? '',
        device: deviceId(run['device'] ?? ''),
        backend: run['backend'] ?? '',
        chip: run['gpu'] ?? '',
        threads: run['threads'] ?? '',
        powersave: run['powersave'] ?? '',
        loops: run['loops'] ?? '',
        variant: run['variant'] ?? '',
        ncnn: run['ncnn'] ?? '',
        date: run['date'] ?? '',
        line: run['source_line'] ?? '',
        unsteady: unsteady.map((row) => row['network']).join(' '),
        ...Object.fromEntries(known.map((network) => [network, of(network)?.['min_ms'] ?? ''])),
      };
    }),
  );
}

/** Latencies of the models that stand in NETWORKS/aihub: a row for each device, precision and runtime. */
function aihub(names: readonly string[]): void {
  const rows = table('aihub.csv').filter(
    (row) => names.includes(row['model'] ?? '') && row['component'] === '',
  );
  const keys = ['device', 'chipset', 'precision', 'runtime'] as const;
  const groups = groupedBy(rows, (row) => keys.map((key) => row[key]).join('\n'));
  write(
    'aihub-runs',
    [...groups.values()].map((group) => ({
      ...Object.fromEntries(keys.map((key) => [key, group[0]?.[key] ?? ''])),
      ...Object.fromEntries(
        names.map((name) => [name, group.find((row) => row['model'] === name)?.['latency_ms'] ?? '']),
      ),
    })),
  );
}

const count = (value: number | undefined): string => (value === undefined ? '' : String(value));

/** What the models and reports need to know of a network, from its own file. */
function networkRow(set: string, network: string, graph: Graph): Row {
  const { totals } = profile(graph, { flops: 'standard', cio: 'hardnet' });
  const terms = networkTerms(graph);
  if (terms === undefined) throw new Error(`${network}: an operator runs an unknown number of times`);
  return {
    set,
    network,
    input: graph.inputs.map(({ tensor }) => graph.tensors[tensor]?.type.shape.join('x')).join(' '),
    operators: [...new Set(graph.nodes.map(({ kind }) => kind))].sort().join(' '),
    macs: count(totals.macs),
    flops: count(profile(graph, { flops: 'full' }).totals.flops),
    cio: count(totals.cio),
    memoryAccessCost: count(totals.memoryAccessCost),
    ...Object.fromEntries(TERM_NAMES.map((term) => [term, count(terms[term])])),
  };
}

async function networkRows(set: string, folder: string): Promise<readonly Row[]> {
  const rows: Row[] = [];
  for (const file of readdirSync(folder).sort()) {
    const name = basename(file, extname(file));
    if (!/\.(param|onnx)$/.test(file) || name.endsWith('_int8')) continue;
    const input = INPUTS[name];
    const { graph } = await readModel(readFileSync(`${folder}/${file}`), {
      file,
      onUnknown: 'opaque',
      ...(input === undefined ? {} : { input }),
    });
    rows.push(networkRow(set, name, graph));
  }
  return rows;
}

ncnn();
const ofNcnn = await networkRows('ncnn', networks);
const ofAihub = await networkRows('aihub', `${networks}/aihub`);
write('networks', [...ofNcnn, ...ofAihub]);
aihub(ofAihub.map(({ network }) => network ?? ''));
