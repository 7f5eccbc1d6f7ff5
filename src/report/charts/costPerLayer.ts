import { capital } from '../format.ts';
import { formatMetric, type Report, type View } from '../html/model.ts';
import { EXACT, drawn, drawnIn, networkColor, valueAxis, type Chart, type Datum } from './chart.ts';
import { BAR_OPACITY, aboutLayer, barWidth, slotAxis, slotsOf, type Slot } from './slots.ts';

/** More networks than this are drawn one below the other, at one scale. */
const MOST_TOGETHER = 3;

/** Positions of the networks that a panel is for. */
function networksOf({ networks }: Report, panel: number): readonly number[] {
  return networks.length > MOST_TOGETHER ? [panel] : networks.map((_, at) => at);
}

/**
 * What each layer costs, one colour per network, each network's largest layer as a horizontal line.
 *
 * @source arXiv 1911.11929, figure 7
 */
export const costPerLayer: Chart = {
  id: 'layers',
  section: 'distribution',
  size: 'wide',
  title({ report, metric }, panel) {
    const title = `${capital(metric.label)} per layer${drawnIn(metric)}`;
    return report.networks.length > MOST_TOGETHER
      ? `${report.networks[panel]?.label ?? ''}: ${title}`
      : title;
  },
  caption: ({ order }) =>
    `One bar a layer, ${order === 'cost' ? 'the costliest first' : 'in order of execution'}; the lines are the largest layers, the bottlenecks.`,
  panels: ({ networks }) => (networks.length > MOST_TOGETHER ? networks.length : 1),
  spec(report) {
    const many = report.networks.length > MOST_TOGETHER;
    // Small multiples are named by their titles.
    const color = { ...networkColor(report), ...(many ? { legend: null } : {}) };
    return {
      height: many ? 110 : 240,
      layer: [
        {
          data: { name: 'layers' },
          mark: { type: 'bar', width: barWidth(1), opacity: BAR_OPACITY },
          encoding: {
            x: slotAxis(report),
            y: valueAxis('value'),
            color,
            tooltip: [
              { field: 'network' },
              { field: 'layer' },
              { field: 'name' },
              { field: 'operator' },
              { field: 'value', type: 'quantitative', format: EXACT },
            ],
          },
        },
        {
          data: { name: 'maxima' },
          mark: { type: 'rule', strokeDash: [5, 4], strokeWidth: 1 },
          encoding: { y: valueAxis('value'), color },
        },
        {
          data: { name: 'maxima' },
          mark: {
            type: 'text',
            align: { expr: 'datum.align' },
            baseline: 'bottom',
            dy: { expr: 'datum.lift' },
            fontSize: 11,
            fontWeight: 600,
          },
          encoding: { x: slotAxis(report), y: valueAxis('value'), text: { field: 'text' }, color },
        },
        // Nothing to see: room for the labels above the highest bar.
        {
          data: { name: 'room' },
          mark: { type: 'point', opacity: 0, size: 0 },
          encoding: { y: valueAxis('value') },
        },
      ],
    };
  },
  data(view, panel) {
    const { report, metric } = view;
    const slots = slotsOf(view, networksOf(report, panel), ({ row }) => row[metric.id]);
    const layers = slots.map((slot) => ({
      ...aboutLayer(slot),
      value: drawn(slot.layer.row[metric.id] as number, metric),
    }));
    const maxima = maximaOf(view, slots);
    // All panels have the scale of the largest layer of all.
    const top = report.networks
      .flatMap(({ profile }) => profile.layers.flatMap((row) => row[metric.id] ?? []))
      .reduce((most, value) => Math.max(most, value), 0);
    return {
      layers,
      maxima,
      room: layers.length === 0 ? [] : [{ value: drawn(top, metric) * (1.08 + 0.08 * maxima.length) }],
    };
  },
  linked: {
    of: 'layers',
    near: { x: 'slot', y: 'value', along: 'x' },
    layers: (report) => [
      {
        mark: { type: 'rule', strokeWidth: 1, color: { expr: 'muted' } },
        encoding: { x: slotAxis(report) },
      },
      {
        mark: { type: 'bar', width: barWidth(3), color: { expr: 'ink' } },
        encoding: { x: slotAxis(report), y: valueAxis('value') },
      },
    ],
  },
};

/** Pixels of a line of text. */
const LINE = 13;

/** Parts of the width and height within which two labels would run into each other. */
const CLOSE = [0.35, 0.08] as const;

/** The largest layer of each network, with its label over its bar, or above that of another one there. */
function maximaOf({ metric }: View, slots: readonly Slot[]): readonly Datum[] {
  const [networks, last] = [
    new Map<number, Slot>(),
    slots.reduce((most, { slot }) => Math.max(most, slot), 1),
  ];
  const valueOf = ({ layer }: Slot): number => layer.row[metric.id] as number;
  for (const slot of slots) {
    const largest = networks.get(slot.layer.at);
    if (valueOf(slot) > (largest === undefined ? 0 : valueOf(largest))) networks.set(slot.layer.at, slot);
  }
  const top = Math.max(...[...networks.values()].map(valueOf));
  const placed: { readonly slot: Slot; readonly lines: number }[] = [];
  return [...networks.values()].map((slot) => {
    const near = placed.filter(
      (other) =>
        Math.abs(other.slot.slot - slot.slot) < CLOSE[0] * last &&
        Math.abs(valueOf(other.slot) - valueOf(slot)) < CLOSE[1] * top,
    );
    const lines = near.reduce((most, other) => Math.max(most, other.lines + 1), 0);
    placed.push({ slot, lines });
    const { layer, slot: place } = slot;
    return {
      network: layer.network,
      slot: place,
      value: drawn(valueOf(slot), metric),
      align: place < last / 3 ? 'left' : place > (2 * last) / 3 ? 'right' : 'center',
      lift: -4 - LINE * lines,
      text: `max ${formatMetric(valueOf(slot), metric)} in #${String(layer.row.index)}`,
    };
  });
}
