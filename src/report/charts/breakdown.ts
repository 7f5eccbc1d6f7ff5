import { formatMetric, layerRows, stagesOf, type LayerRow, type Report } from '../html/model.ts';
import {
  EXACT,
  drawn,
  drawnIn,
  roomFor,
  topLegend,
  valueAxis,
  type Chart,
  type Datum,
  type Spec,
} from './chart.ts';

/** So many kinds have a colour of their own. */
const MOST_KINDS = 7;
const OTHERS = 'others';

/** Cost by stage, stacked by kind of layer; with several networks their bars of a stage lie one below the other. */
export const breakdown: Chart = {
  id: 'breakdown',
  section: 'distribution',
  title: ({ metric }) => `${metric.label} by stage and kind${drawnIn(metric)}`,
  caption: ({ report: { networks } }) =>
    networks.length === 1
      ? 'A stage is where the maps have one resolution, relative to the input.'
      : `Per stage from top to bottom: ${networks.map(({ label }) => label).join(', ')}.`,
  panels: () => 1,
  spec(report) {
    const bars = stagesOf(layerRows(report)).length * report.networks.length;
    return {
      height: Math.min(Math.max(bars * 22, 150), 480),
      layer: [
        {
          data: { name: 'segments' },
          mark: { type: 'bar' },
          encoding: {
            ...places(report),
            x: valueAxis('from'),
            x2: { field: 'to' },
            color: {
              field: 'kind',
              type: 'ordinal',
              scale: { domain: kindsOf(report), range: 'kinds' },
              legend: topLegend('square'),
            },
            tooltip: [
              { field: 'network' },
              { field: 'stage' },
              { field: 'kind' },
              { field: 'layers' },
              { field: 'value', type: 'quantitative', format: EXACT },
            ],
          },
        },
        {
          data: { name: 'totals' },
          mark: {
            type: 'text',
            align: 'left',
            baseline: 'middle',
            dx: 5,
            fontSize: 11,
            color: { expr: 'muted' },
          },
          encoding: { ...places(report), x: valueAxis('to'), text: { field: 'text' } },
        },
        roomFor('totals', valueAxis('room')),
      ],
    };
  },
  data({ report, metric }) {
    const [stages, kinds] = [stagesOf(layerRows(report)), kindsOf(report)];
    const groups = new Map<string, Group>();
    for (const layer of layerRows(report)) {
      const value = metric.total === 'sum' ? layer.row[metric.id] : undefined;
      if (value === undefined || value === 0) continue;
      const kind = kinds.includes(layer.kind) ? layer.kind : OTHERS;
      const key = [layer.at, stages.indexOf(layer.stage), kinds.indexOf(kind)].join();
      const group = groups.get(key) ?? { layer, kind, ids: [], total: 0 };
      group.ids.push(layer.id);
      group.total += value;
      groups.set(key, group);
    }
    // Stacked in the order of the kinds, each on what lies below it.
    const ends = new Map<string, { network: string; stage: string; end: number }>();
    const segments: Datum[] = [];
    const members: Datum[] = [];
    const inOrder = [...groups.values()].sort((a, b) => kinds.indexOf(a.kind) - kinds.indexOf(b.kind));
    for (const { layer, kind, ids, total } of inOrder) {
      const { network, stage } = layer;
      const key = [layer.at, stages.indexOf(stage)].join();
      const bar = ends.get(key) ?? { network, stage, end: 0 };
      const place = {
        network,
        stage,
        kind,
        from: drawn(bar.end, metric),
        to: drawn(bar.end + total, metric),
      };
      segments.push({ ...place, layers: ids.length, value: drawn(total, metric) });
      members.push(...ids.map((id) => ({ id, ...place })));
      bar.end += total;
      ends.set(key, bar);
    }
    const totals = [...ends.values()].map(({ network, stage, end }) => ({
      network,
      stage,
      to: drawn(end, metric),
      room: 1.2 * drawn(end, metric),
      text: formatMetric(end, metric),
    }));
    return { segments, totals, members };
  },
  group({ network, stage, kind }, report) {
    const bar = { network: String(network), stage: String(stage) };
    // The text behind a bar stands for all of it.
    if (kind === undefined) return bar;
    const kinds = kindsOf(report);
    if (kind !== OTHERS) return { ...bar, kind: String(kind) };
    return { ...bar, within: { label: 'other kinds', has: (layer) => !kinds.includes(layer.kind) } };
  },
  linked: {
    of: 'members',
    layers: (report) => [
      {
        mark: { type: 'bar', fillOpacity: 0, strokeWidth: 2, stroke: { expr: 'ink' } },
        encoding: { ...places(report), x: valueAxis('from'), x2: { field: 'to' } },
      },
    ],
  },
};

interface Group {
  readonly layer: LayerRow;
  readonly kind: string;
  readonly ids: number[];
  total: number;
}

/** A band for each stage, and in it one for each network where there are several. */
function places(report: Report): Spec {
  const stages = stagesOf(layerRows(report));
  const labels = report.networks.map(({ label }) => label);
  return {
    y: {
      field: 'stage',
      type: 'nominal',
      title: null,
      scale: { domain: stages, paddingInner: 0.28 },
    },
    ...(labels.length === 1
      ? {}
      : { yOffset: { field: 'network', scale: { domain: labels, paddingInner: 0.1 } } }),
  };
}

/** The kinds that are told apart, the one with the most FLOPs first; the rest are others. */
function kindsOf(report: Report): readonly string[] {
  const costs = new Map<string, number>();
  for (const { kind, row } of layerRows(report)) costs.set(kind, (costs.get(kind) ?? 1) + (row.flops ?? 1));
  const kinds = [...costs].sort(([, a], [, b]) => b - a).map(([kind]) => kind);
  return kinds.length <= MOST_KINDS + 1 ? kinds : [...kinds.slice(0, MOST_KINDS), OTHERS];
}
