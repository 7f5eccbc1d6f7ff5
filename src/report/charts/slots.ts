import { layerRows, type Alignment, type LayerRow, type Report, type View } from '../html/model.ts';
import type { Datum, Spec } from './chart.ts';

/** Part of the room between two layers that bars take. */
const FILLED = 0.84;

/** A layer with its place along the axis, among the bars of its neighbours. */
export interface Slot {
  readonly layer: LayerRow;
  /** position of its bar */
  readonly slot: number;
  /** bars that the axis has room for: how wide one is */
  readonly bars: number;
}

/**
 * Where each layer stands: in order of execution, or the costliest first. Two networks are aligned, so that layers
 * that correspond stand side by side; more than two stand by their index.
 *
 * @param networks positions of the networks that the axis is for
 * @param cost what orders the layers; a layer where it is undefined has no place
 */
export function slotsOf(
  view: View,
  networks: readonly number[],
  cost: (layer: LayerRow) => number | undefined,
): readonly Slot[] {
  const known = layerRows(view.report).filter((layer) => {
    const value = networks.includes(layer.at) ? cost(layer) : undefined;
    return value !== undefined && (view.free || value > 0);
  });
  const places = view.order === 'cost' ? byCost(known, cost) : inOrder(view, networks, known);
  const most = [...places.values()].reduce((last, place) => Math.max(last, place), 0) + 1;
  return known.flatMap((layer) => {
    const place = places.get(layer.id);
    const beside = networks.indexOf(layer.at);
    return place === undefined
      ? []
      : [
          {
            layer,
            slot: place + (FILLED * (beside + 0.5)) / networks.length - FILLED / 2,
            bars: most * networks.length,
          },
        ];
  });
}

/** The axis along the layers: their index, or of two networks where they stand beside each other. */
export const slotAxis = ({ networks }: Report): Spec => ({
  field: 'slot',
  type: 'quantitative',
  title: networks.length === 2 ? 'layers, those that correspond side by side' : 'layer',
  axis: { format: 'd', tickMinStep: 1, grid: false, labels: networks.length !== 2 },
  scale: { nice: false, zero: false, padding: 6 },
});

/** How wide a bar is, by the field `bars`; `least` pixels at least. */
export const barWidth = (least: number): { readonly expr: string } => ({
  expr: `max(${String(least)}, ${String(FILLED)} * width / datum.bars)`,
});

/** How far a bar shows through: bars of less than a pixel lie over each other. */
export const BAR_OPACITY = { expr: 'width < datum.bars ? 0.5 : 1' } as const;

function byCost(
  layers: readonly LayerRow[],
  cost: (layer: LayerRow) => number | undefined,
): ReadonlyMap<number, number> {
  const ranks = new Map<number, number>();
  for (const at of new Set(layers.map((layer) => layer.at))) {
    layers
      .filter((layer) => layer.at === at)
      .sort((a, b) => (cost(b) as number) - (cost(a) as number) || a.id - b.id)
      .forEach(({ id }, rank) => ranks.set(id, rank));
  }
  return ranks;
}

function inOrder(
  view: View,
  networks: readonly number[],
  known: readonly LayerRow[],
): ReadonlyMap<number, number> {
  const [first, second, ...others] = networks;
  const alignment =
    others.length === 0 ? view.report.alignments.find(({ a, b }) => a === first && b === second) : undefined;
  if (alignment === undefined && view.free) return new Map(known.map(({ id, row }) => [id, row.index]));
  const shown = new Map(known.map((layer) => [layer.id, layer]));
  const lines =
    alignment === undefined
      ? networks.map((at) => layersOf(view, at).map((layer) => [layer]))
      : [aligned(alignment, layersOf(view, alignment.a), layersOf(view, alignment.b))];
  const places = new Map<number, number>();
  for (const line of lines) {
    let place = 0;
    for (const pair of line) {
      const present = pair.filter((layer) => layer !== undefined && shown.has(layer.id));
      for (const layer of present) places.set((layer as LayerRow).id, place);
      if (present.length > 0) place++;
    }
  }
  return places;
}

const layersOf = ({ report }: View, at: number): readonly LayerRow[] =>
  layerRows(report).filter((layer) => layer.at === at);

/** All layers of two networks side by side; an alignment lists those that differ, and between them they are the same. */
export function aligned<T>(
  { layers }: Pick<Alignment, 'layers'>,
  a: readonly T[],
  b: readonly T[],
): readonly (readonly [T | undefined, T | undefined])[] {
  const pairs: (readonly [T | undefined, T | undefined])[] = [];
  let [i, j] = [0, 0];
  const same = (untilA: number, untilB: number): void => {
    while (i < untilA && j < untilB) pairs.push([a[i++], b[j++]]);
  };
  for (const [left, right] of layers) {
    same(left ?? a.length, right ?? b.length);
    pairs.push([left === null ? undefined : a[i++], right === null ? undefined : b[j++]]);
  }
  same(a.length, b.length);
  return pairs;
}

/** What every bar of a layer says of it. */
export const aboutLayer = ({ layer: { id, network, name, operator, row }, slot, bars }: Slot): Datum => ({
  id,
  network,
  layer: row.index,
  name,
  operator,
  slot,
  bars,
});
