import { PAPER_MEASUREMENTS } from '../../architectures/paper.ts';
import { buildNetwork, zoo } from '../../architectures/zoo.ts';
import type { Architecture, PrintedRow } from '../../architectures/architecture.ts';
import {
  bottleneckReduction,
  claim,
  flopsReduction,
  maxoutReduction,
  type Claim,
} from '../analysis/paper/claims.ts';
import { reproduceRow, type PublishedRow, type ReproducedRow } from '../analysis/paper/reproduce.ts';
import { predictedSpeeds, type PredictedSpeed } from '../analysis/paper/speed.ts';
import { idleArrays, type IdleArray } from '../analysis/paper/utilization.ts';
import { profile, type Profile } from '../analysis/profile.ts';
import type { Graph } from '../graph/graph.ts';
import { DEVICES, deviceById } from '../devices/registry.ts';

/** What the CSPNet paper prints costs in, in its order. */
export const PAPER_TABLES = ['table 1', 'table 2', 'table 3', 'table 4', 'table 5', 'figure 8'] as const;

/** A table or figure of the CSPNet paper that prints costs. */
export type PaperTable = (typeof PAPER_TABLES)[number];

/**
 * Every cost that a table or figure of the CSPNet paper prints, beside what the networks of the zoo give: a row for
 * each of its rows, in its order, with the residual and whether the printed digits come out.
 */
export const reproduce = (table: PaperTable): readonly ReproducedRow[] =>
  publishedRows(table).map(reproduceRow);

/** Builds a network of the zoo at an input extent; absent: its own. */
export type BuildNetwork = (name: string, input?: number) => Graph;

/** Builds each network once: the tables and figures of the paper share many, and what follows from them. */
export function buildOnce(): BuildNetwork {
  const built = new Map<string, Graph>();
  return (name, input) => {
    const key = `${name}@${String(input)}`;
    const before = built.get(key);
    if (before !== undefined) return before;
    const graph = buildNetwork(name, input === undefined ? {} : { input });
    built.set(key, graph);
    return graph;
  };
}

/** Counting rules of the paper. */
const COUNTED = { flops: 'darknet-2019', cio: 'cspnet' } as const;

/** Every row that the paper prints for a network of the zoo, in the paper's order. */
export function publishedRows(where: string, build: BuildNetwork = buildOnce()): readonly PublishedRow[] {
  const rows = zoo().flatMap((architecture) =>
    architecture.printed
      .filter((row) => row.where === where)
      .map((row) => publishedRow(architecture, row, build)),
  );
  const order = PAPER_MEASUREMENTS.filter((measurement) => measurement.where === where);
  const position = ({ row, input }: PublishedRow): number =>
    order.findIndex((measurement) => measurement.row === row && measurement.input === input);
  return rows.sort((a, b) => position(a) - position(b));
}

const heightOf = ({ input }: Architecture): number => (typeof input === 'number' ? input : input[0]);

function publishedRow(architecture: Architecture, row: PrintedRow, build: BuildNetwork): PublishedRow {
  const input = row.input ?? heightOf(architecture);
  const sameName = PAPER_MEASUREMENTS.filter((each) => each.where === row.where && each.row === row.row);
  const measured =
    sameName.find((each) => each.input === (row.statedInput ?? input)) ??
    (sameName.length === 1 ? sameName[0] : undefined);
  const graph = build(architecture.name, row.input === undefined ? undefined : input);
  return {
    where: row.where,
    row: row.row,
    network: architecture.name,
    input: row.statedInput ?? input,
    reproduction: architecture.reproduction,
    printed: row.values,
    reasons: row.mismatch ?? {},
    measured: { ...measured?.printed },
    counts: row.counts ?? 'weights',
    flops: row.flops ?? COUNTED.flops,
    graph,
  };
}

const at = (name: string, input: number, build: BuildNetwork): Profile =>
  profile(build(name, input), COUNTED);

const FIGURE_7 = ['peleenet-yolo', 'peleenet-prn', 'csppeleenet-efm'] as const;

/** The networks of figure 7, at 416x416. */
export const figure7 = (build: BuildNetwork = buildOnce()): readonly Profile[] =>
  FIGURE_7.map((name) => at(name, 416, build));

/** The same on every device that has an array: how much of it idles. */
export const figure7Arrays = (build: BuildNetwork = buildOnce()): readonly IdleArray[] =>
  idleArrays(
    FIGURE_7.map((name) => build(name, 416)),
    DEVICES,
  );

/** Devices whose speed the paper prints, by its columns. */
const SPEED_DEVICES = {
  fpsGtx1080Ti: deviceById('gtx1080ti'),
  fpsI9_9900K: deviceById('i9-9900k'),
  fpsJetsonTx2: deviceById('jetson-tx2'),
} as const;

/** The speeds that the paper prints for these rows, beside what the calibrations expect. */
export const speedsOf = (
  rows: readonly ReproducedRow[],
  build: BuildNetwork = buildOnce(),
): readonly PredictedSpeed[] => predictedSpeeds(rows, SPEED_DEVICES, build);

/** The networks of figure 8, at 256x256. */
export const figure8 = (build: BuildNetwork = buildOnce()): readonly Profile[] =>
  ['resnext50', 'cspresnext50'].map((name) => at(name, 256, build));

/** What the paper's text states about these networks. */
export function claims(build: BuildNetwork = buildOnce()): readonly Claim[] {
  const [yolo, prn, efm] = figure7(build) as [Profile, Profile, Profile];
  const [resnext, cspresnext] = figure8(build) as [Profile, Profile];
  const largest = 'FLOPs of the largest layer, at 416x416';
  return [
    claim(
      'figure 7',
      'CSPPeleeNet-EFM has a lower bottleneck than PeleeNet-PRN',
      '44%',
      bottleneckReduction(prn, efm),
      largest,
    ),
    claim(
      'figure 7',
      'CSPPeleeNet-EFM has a lower bottleneck than PeleeNet-YOLO',
      '80%',
      bottleneckReduction(yolo, efm),
      largest,
    ),
    claim(
      'figure 8',
      'CSPResNeXt-50 has fewer FLOPs than ResNeXt-50',
      '22%',
      flopsReduction(resnext, cspresnext),
      'FLOPs at 256x256',
    ),
    claim(
      'section 3.2',
      'maxout cuts the memory of the feature pyramid',
      '75%',
      maxoutReduction(efm),
      'elements behind and before the maxout layers of EFM',
    ),
  ];
}

/** Where each network of the paper is defined, or how it was made and how unique it is. */
export function networkNotes(): readonly string[] {
  return zoo().flatMap(({ name, title, reproduction, source, note, printed }) =>
    printed.some(({ where }) => /^(table|figure) /.test(where))
      ? [`${title} (${name}, ${reproduction}), from ${source}${note === undefined ? '' : `: ${note}`}`]
      : [],
  );
}
