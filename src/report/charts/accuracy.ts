import { networkColor, type Chart, type Datum } from './chart.ts';
import type { AccuracyTable, PublishedPoint } from '../html/model.ts';

/** Accuracy against cost as published; on the front no network is both cheaper and better. */
export const accuracyAndCost: Chart = {
  id: 'accuracy',
  section: 'accuracy',
  size: 'wide',
  title({ report }, panel) {
    const table = report.accuracy[panel];
    return table === undefined ? '' : `${table.measure} against FLOPs, ${table.where} of the CSPNet paper`;
  },
  caption: () => 'As printed; on the line no other network is both cheaper and more accurate.',
  panels: ({ accuracy }) => accuracy.length,
  spec(report) {
    const place = {
      x: {
        field: 'gflops',
        type: 'quantitative',
        title: 'billion FLOPs',
        axis: { values: [0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50, 100, 200, 500], grid: false },
        scale: { type: 'log', nice: false, padding: 28 },
      },
      y: {
        field: 'accuracy',
        type: 'quantitative',
        title: null,
        axis: { tickCount: 5, labelExpr: "datum.value + ' %'" },
        scale: { zero: false, padding: 16 },
      },
    };
    return {
      height: 320,
      layer: [
        {
          data: { name: 'front' },
          mark: { type: 'line', interpolate: 'step-after', strokeWidth: 1.5, color: { expr: 'muted' } },
          encoding: place,
        },
        {
          data: { name: 'published' },
          mark: { type: 'point', filled: true, size: 36, opacity: 1, color: { expr: 'muted' } },
          encoding: { ...place, tooltip: TOOLTIP },
        },
        {
          data: { name: 'front' },
          mark: {
            type: 'text',
            fontSize: 11,
            color: { expr: 'muted' },
            // Below the line; at the right edge above it, towards the middle.
            align: { expr: "datum.last ? 'right' : 'left'" },
            baseline: { expr: "datum.last ? 'bottom' : 'top'" },
            dx: { expr: 'datum.last ? -6 : 6' },
            dy: { expr: 'datum.last ? -5 : 5' },
          },
          encoding: { ...place, text: { field: 'label' } },
        },
        {
          data: { name: 'own' },
          mark: { type: 'point', filled: true, size: 110, opacity: 1 },
          encoding: { ...place, color: networkColor(report), tooltip: TOOLTIP },
        },
        {
          data: { name: 'own' },
          mark: {
            type: 'text',
            align: 'left',
            dx: 9,
            fontSize: 12,
            fontWeight: 600,
            // One above, the next below: networks of a report are often close to each other.
            baseline: { expr: "datum.above ? 'bottom' : 'top'" },
            dy: { expr: 'datum.above ? -3 : 3' },
          },
          encoding: { ...place, text: { field: 'network' }, color: networkColor(report) },
        },
      ],
    };
  },
  data({ report }, panel) {
    const { points = [] } = (report.accuracy[panel] ?? {}) as Partial<AccuracyTable>;
    const datum = ({ name, input, gflops, accuracy, network = '' }: PublishedPoint): Datum => ({
      name,
      input,
      gflops,
      accuracy,
      network,
      above: report.networks.findIndex((each) => each.label === network) % 2 === 1,
    });
    const own = points.filter(({ network }) => network !== undefined);
    const front = paretoFront(points);
    const named = withRoom(own, front, points);
    return {
      published: points.map(datum),
      front: front.map((point) => ({
        ...datum(point),
        label: named.has(point) ? nameOf(point) : '',
        last: point === front.at(-1),
      })),
      own: own.map(datum),
    };
  },
};

const nameOf = ({ name, input }: PublishedPoint): string => `${name}@${String(input)}`;

/** Parts of the width and height that a name needs beside its point. */
const ROOM = [0.2, 0.07] as const;

/** Those of `wanted` whose name runs into no name of `taken`, nor of each other. */
function withRoom(
  taken: readonly PublishedPoint[],
  wanted: readonly PublishedPoint[],
  all: readonly PublishedPoint[],
): ReadonlySet<PublishedPoint> {
  const extent = (values: readonly number[]): number => Math.max(...values) - Math.min(...values);
  const x = ({ gflops }: PublishedPoint): number => Math.log(gflops);
  const [width, height] = [extent(all.map(x)), extent(all.map(({ accuracy }) => accuracy))];
  const named = new Set<PublishedPoint>();
  for (const point of wanted) {
    const clash = [...taken, ...named].some(
      (other) =>
        Math.abs(x(point) - x(other)) < ROOM[0] * width &&
        Math.abs(point.accuracy - other.accuracy) < ROOM[1] * height,
    );
    if (!clash) named.add(point);
  }
  return named;
}

const TOOLTIP = [
  { field: 'name' },
  { field: 'input' },
  { field: 'gflops', title: 'GFLOPs', type: 'quantitative', format: '.4~g' },
  { field: 'accuracy', title: '%', type: 'quantitative' },
];

/** The points that no other is both at most as costly and at least as accurate as, by cost. */
export function paretoFront(points: readonly PublishedPoint[]): readonly PublishedPoint[] {
  const front: PublishedPoint[] = [];
  for (const point of [...points].sort((a, b) => a.gflops - b.gflops || b.accuracy - a.accuracy)) {
    const last = front.at(-1);
    if (last === undefined || point.accuracy > last.accuracy) front.push(point);
  }
  return front;
}
