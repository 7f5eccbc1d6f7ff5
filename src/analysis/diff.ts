import { align } from './align.ts';
import type { MetricId } from '../metrics/registry.ts';
import { METRIC_INFO, type Coverage, type Profile, type ProfileRow } from './profile.ts';
import { hardwareOf, haveSameInputs, inputsOf } from './settings.ts';

/** A number of both networks; a value that is not known on a side is absent, and then so is the change. */
export interface Change {
  /** of the first network */
  readonly a?: number;
  /** of the second network */
  readonly b?: number;
  /** b - a */
  readonly change?: number;
  /** b / a - 1; absent where a is 0 */
  readonly relative?: number;
}

/** Id of a metric that networks are compared by. */
export type DiffMetric = MetricId;

/** What is compared: every metric but energies, which mean nothing across their tables. */
export const DIFF_METRICS = METRIC_INFO.filter(({ unit }) => unit !== 'energy');

/** Changes by metric. */
export type Changes = Readonly<Partial<Record<DiffMetric, Change>>>;

/** What the layers of one stage, or of one kind, contribute to the change of the totals. */
export interface Contribution {
  /** the stage, or the kind */
  readonly key: string;
  /** how many layers of the first network are of this key */
  readonly layersA: number;
  /** how many of the second are */
  readonly layersB: number;
  /** of sums over these layers */
  readonly changes: Changes;
}

/** Layers that correspond to each other; one side is absent for a layer that only one network has. */
export interface LayerPair {
  /** layer of the first network */
  readonly a?: ProfileRow;
  /** layer of the second network */
  readonly b?: ProfileRow;
  /** metrics that differ */
  readonly changes: Changes;
}

/** What numbers depend on beside the layers, where it is not the same on both sides. */
export interface UnlikeSetting {
  /** shapes and types of the inputs, or device, buffer and how they are used */
  readonly what: 'inputs' | 'hardware';
  /** in words; empty for none */
  readonly a: string;
  /** the same of the second network */
  readonly b: string;
}

/** What differs between two networks, as a whole and by stage, kind and layer. */
export interface Diff {
  /** the network before */
  readonly a: Profile['network'];
  /** the network after */
  readonly b: Profile['network'];
  /** ids of the counting rules, the same on both sides */
  readonly conventions: Profile['conventions'];
  /** empty where inputs and hardware are the same */
  readonly unlike: readonly UnlikeSetting[];
  /** what of each network was counted */
  readonly coverage: { readonly a: Coverage; readonly b: Coverage };
  /** of the whole networks */
  readonly totals: Changes;
  /** by stage */
  readonly stages: readonly Contribution[];
  /** by kind of operator */
  readonly kinds: readonly Contribution[];
  /** layers that differ, in the order of the networks */
  readonly layers: readonly LayerPair[];
  /** layers that are the same on both sides */
  readonly unchanged: number;
}

/** What is alive beside a layer hangs on the order of the others, which converters choose: it makes no other layer. */
const AROUND: DiffMetric = 'peakActivationBytes';

/**
 * What changes from network `a` to network `b`, counted by the same conventions, and where: `diff(a, a)` has no changes, and `diff(b, a)` is
 * `diff(a, b)` with the sides exchanged.
 */
export function diff(a: Profile, b: Profile): Diff {
  const betweenFormats = a.network.format !== b.network.format;
  const pairs = align(a.layers, b.layers, { betweenFormats });
  // Between formats a layer may be led by another operator (a border before a sum): both sides call it the same.
  const kinds = new Map(
    (betweenFormats ? pairs : []).flatMap(([rowA, rowB]) =>
      rowA === undefined || rowB === undefined ? [] : [[rowB, rowA.kind] as const],
    ),
  );
  const layers = pairs.flatMap(([rowA, rowB]): LayerPair[] => {
    const changes = changesOf(rowA, rowB, true);
    const changed = Object.keys(changes).filter((id) => !betweenFormats || id !== AROUND);
    const same = rowA !== undefined && rowB !== undefined && changed.length === 0;
    return same
      ? []
      : [{ ...(rowA === undefined ? {} : { a: rowA }), ...(rowB === undefined ? {} : { b: rowB }), changes }];
  });
  return {
    a: a.network,
    b: b.network,
    conventions: b.conventions,
    unlike: (
      [
        { what: 'inputs', a: inputsOf(a), b: inputsOf(b) },
        { what: 'hardware', a: hardwareOf(a), b: hardwareOf(b) },
      ] as const
    ).filter((setting) => (setting.what === 'inputs' ? !haveSameInputs(a, b) : setting.a !== setting.b)),
    coverage: { a: a.coverage, b: b.coverage },
    totals: changesOf(a.totals, b.totals, false),
    stages: contributions(a, b, (row) => row.stage),
    kinds: contributions(a, b, (row) => kinds.get(row) ?? row.kind),
    layers,
    unchanged: pairs.length - layers.length,
  };
}

type Numbers = Readonly<Partial<Record<DiffMetric, number>>>;

function changesOf(a: Numbers | undefined, b: Numbers | undefined, differingOnly: boolean): Changes {
  const changes: Partial<Record<DiffMetric, Change>> = {};
  for (const { id } of DIFF_METRICS) {
    const [from, to] = [a?.[id], b?.[id]];
    if ((from === undefined && to === undefined) || (differingOnly && from === to)) continue;
    changes[id] = changeOf(from, to);
  }
  return changes;
}

export function changeOf(a: number | undefined, b: number | undefined): Change {
  return {
    ...(a === undefined ? {} : { a }),
    ...(b === undefined ? {} : { b }),
    ...(a === undefined || b === undefined
      ? {}
      : { change: b - a, ...(a === 0 ? {} : { relative: b / a - 1 }) }),
  };
}

/** Sums over the layers that share a key; a side without such a layer contributes nothing, which is 0. */
function contributions(a: Profile, b: Profile, keyOf: (row: ProfileRow) => string): Contribution[] {
  const keys = new Set([...a.layers, ...b.layers].map(keyOf));
  const [groupsA, groupsB] = [groupBy(a.layers, keyOf), groupBy(b.layers, keyOf)];
  return [...keys].map((key) => {
    const [rowsA, rowsB] = [groupsA.get(key) ?? [], groupsB.get(key) ?? []];
    const changes: Partial<Record<DiffMetric, Change>> = {};
    for (const { id, total } of DIFF_METRICS) {
      if (total !== 'sum') continue;
      const [from, to] = [sumOf(rowsA, id), sumOf(rowsB, id)];
      if (from !== to) changes[id] = changeOf(from, to);
    }
    return { key, layersA: rowsA.length, layersB: rowsB.length, changes };
  });
}

function groupBy(rows: readonly ProfileRow[], keyOf: (row: ProfileRow) => string): Map<string, ProfileRow[]> {
  const groups = new Map<string, ProfileRow[]>();
  for (const row of rows) {
    const group = groups.get(keyOf(row));
    if (group === undefined) groups.set(keyOf(row), [row]);
    else group.push(row);
  }
  return groups;
}

/** Sum of what is defined among the rows. */
function sumOf(rows: readonly ProfileRow[], id: DiffMetric): number {
  let total = 0;
  for (const row of rows) {
    const value = row[id];
    if (value !== undefined) total += value;
  }
  return total;
}
