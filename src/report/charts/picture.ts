import { formatMetric, layerRows, stagesOf, type LayerRow, type Report } from '../html/model.ts';
import { networkColor, type Chart, type Spec } from './chart.ts';
import { layoutOf, type Layout } from './layout.ts';

/** Pixels of a lane. */
const LANE = 15;

/** Half the width and half the height of a box, in places and lanes. */
const [HALF_WIDTH, HALF_HEIGHT] = [0.4, 0.36] as const;

/** As many pixels, or fewer where boxes are so narrow that nothing else would be seen. */
const thin = (most: number): Spec => ({ expr: `min(${String(most)}, width / datum.places / 8)` });

interface Drawn {
  readonly layers: readonly LayerRow[];
  readonly layout: Layout;
}

/** Networks whose layers are known to read each other. */
const drawable = ({ networks }: Report): readonly number[] =>
  networks.flatMap(({ sources }, at) => (sources === undefined ? [] : [at]));

/** Where layers stand does not change with what is looked at, or pointed at: by report and panel. */
const drawings = new WeakMap<Report, Map<number, Drawn>>();

function drawnOf(report: Report, panel: number): Drawn {
  const known = drawings.get(report) ?? new Map<number, Drawn>();
  drawings.set(report, known);
  let drawing = known.get(panel);
  if (drawing === undefined) {
    const at = drawable(report)[panel] as number;
    const layers = layerRows(report).filter((layer) => layer.at === at);
    const stages = layers.map(({ stage }) => stage);
    drawing = { layers, layout: layoutOf(stages, stagesOf(layers), report.networks[at]?.sources ?? []) };
    known.set(panel, drawing);
  }
  return drawing;
}

const along = (field: string, domain: readonly number[]): Spec => ({
  field,
  type: 'quantitative',
  axis: null,
  scale: { domain, nice: false, zero: false },
});

/** Encodings that span from one point to another. */
function span({ places, lanes }: Layout): Spec {
  return {
    x: along('x1', [-0.7, places - 0.3]),
    y: along('y1', [-lanes, 0]),
    x2: { field: 'x2' },
    y2: { field: 'y2' },
  };
}

/** The network itself: a box for each layer, in the row of its stage, the darker the more it costs. */
export const picture: Chart = {
  id: 'network',
  section: 'distribution',
  size: 'wide',
  title: ({ report, metric }, panel) =>
    `${report.networks[drawable(report)[panel] as number]?.label ?? ''}: the network, by ${metric.label}`,
  caption: ({ metric }) =>
    `Data pass from left to right, through a row of boxes for each stage; the darker a layer, the larger its ${metric.label}, dashed where it has none.`,
  panels: (report) => drawable(report).length,
  spec(report, panel) {
    const { layout } = drawnOf(report, panel);
    const color = { ...networkColor(report), legend: null };
    const { x, y } = span(layout);
    const box = { type: 'rect', cornerRadius: thin(2), strokeWidth: thin(1) };
    return {
      height: Math.round(layout.lanes * LANE),
      layer: [
        {
          data: { name: 'rows' },
          mark: { type: 'rule', color: { expr: 'muted' }, opacity: 0.3 },
          encoding: { y },
        },
        {
          data: { name: 'rows' },
          mark: {
            type: 'text',
            align: 'left',
            baseline: 'top',
            dy: 3,
            fontSize: 11,
            color: { expr: 'muted' },
          },
          encoding: { x, y, text: { field: 'stage' } },
        },
        {
          data: { name: 'lines' },
          mark: { type: 'rule', color: { expr: 'muted' }, opacity: 0.7, strokeWidth: 1 },
          encoding: span(layout),
        },
        {
          data: { name: 'boxes' },
          mark: { ...box, filled: true },
          encoding: {
            ...span(layout),
            color,
            fillOpacity: {
              field: 'share',
              type: 'quantitative',
              scale: { domain: [0, 1], range: [0.05, 1] },
              legend: null,
            },
            stroke: color,
          },
        },
        {
          data: { name: 'others' },
          mark: { ...box, filled: false, strokeDash: [2, 2] },
          encoding: { ...span(layout), stroke: color },
        },
      ],
    };
  },
  data({ report, metric }, panel) {
    const { layers, layout } = drawnOf(report, panel);
    const values = layers.map(({ row }) => row[metric.id]);
    const most = values.reduce<number>((max, value) => (value === undefined ? max : Math.max(max, value)), 0);
    const boxes = layers.map((layer, i) => {
      const { x, y } = layout.boxes[i] as Layout['boxes'][number];
      const value = values[i];
      return {
        id: layer.id,
        network: layer.network,
        x,
        y,
        x1: x - HALF_WIDTH,
        x2: x + HALF_WIDTH,
        y1: y - HALF_HEIGHT,
        y2: y + HALF_HEIGHT,
        places: layout.places,
        // The eye tells shades apart by their ratio.
        share: value === undefined || most === 0 ? null : Math.sqrt(value / most),
        value: value === undefined ? '–' : formatMetric(value, metric),
      };
    });
    return {
      rows: layout.rows.map(({ stage, y }) => ({ stage, x1: -0.6, y1: y })),
      lines: layout.lines.map(([from, to]) => ({ x1: from.x, y1: from.y, x2: to.x, y2: to.y })),
      boxes: boxes.filter(({ share }) => share !== null),
      others: boxes.filter(({ share }) => share === null),
      places: boxes,
    };
  },
  linked: {
    of: 'places',
    near: { x: 'x', y: 'y', along: 'plane' },
    layers: (report, panel) => [
      {
        mark: { type: 'rect', filled: false, strokeWidth: 2.5, cornerRadius: 2, stroke: { expr: 'ink' } },
        encoding: span(drawnOf(report, panel).layout),
      },
    ],
  },
};
