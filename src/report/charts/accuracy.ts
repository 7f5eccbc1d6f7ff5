import { networkColor, SHORT_LABELS, type Chart, type Datum } from './chart.ts';
import type { AccuracyTable, PublishedPoint } from '../html/model.ts';

/** Accuracy against cost as published; on the front no network is both cheaper and better. */
export const accuracyAndCost: Chart = {
  id: 'accuracy',
  section: 'accuracy',
  wide: true,
  title({ report }, panel) {
    const table = report.accuracy[panel];
    return table === undefined ? '' : `${table.measure} against FLOPs, ${table.where} of the CSPNet paper`;
  },
  caption: () => 'As printed; on the line no other network is both cheaper and more accurate.',
  panels: ({ accuracy }) => accuracy.length,
  spec(report, panel) {
    const place = {
      x: {
        field: 'gflops',
        type: 'quantitative',
        title: 'billion FLOPs',
        axis: { labelExpr: SHORT_LABELS, tickCount: 6 },
        scale: { type: 'log', nice: false, padding: 24 },
      },
      y: {
        field: 'accuracy',
        type: 'quantitative',
        title: `${report.accuracy[panel]?.measure ?? ''} (%)`,
        axis: { tickCount: 5 },
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
            align: 'right',
            baseline: 'bottom',
            dx: -5,
            dy: -4,
            fontSize: 10,
            color: { expr: 'muted' },
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
          mark: { type: 'text', align: 'left', baseline: 'top', dx: 8, dy: 3, fontSize: 11, fontWeight: 600 },
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
      label: network === '' ? `${name}@${String(input)}` : '',
    });
    return {
      published: points.map(datum),
      front: paretoFront(points).map(datum),
      own: points.filter(({ network }) => network !== undefined).map(datum),
    };
  },
};

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
