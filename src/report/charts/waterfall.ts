import { formatMetric, layerRows, stagesOf, type LayerRow, type View } from '../html/model.ts';
import { drawn, drawnIn, roomFor, valueAxis, type Chart, type Datum, type Spec } from './chart.ts';

const TOTAL = 'in all';

/** Where the difference of two networks comes from: what each stage, or kind of layer, adds or saves. */
const waterfall = (what: 'stage' | 'kind'): Chart => ({
  id: `changes-by-${what}`,
  section: 'changes',
  title: ({ metric }) =>
    `Change in ${metric.label} by ${what === 'kind' ? 'kind of layer' : what}${drawnIn(metric)}`,
  caption: ({ report, baseline, compared }) =>
    `From ${report.networks[baseline]?.label ?? ''} to ${report.networks[compared]?.label ?? ''}: each bar begins where the one above it ends.`,
  panels: ({ networks }) => (networks.length > 1 ? 1 : 0),
  spec() {
    const place: Spec = {
      y: {
        field: 'group',
        type: 'nominal',
        title: null,
        sort: { field: 'order' },
        scale: { paddingInner: 0.28 },
      },
    };
    return {
      height: { step: 26 },
      layer: [
        {
          data: { name: 'steps' },
          mark: { type: 'bar' },
          encoding: {
            ...place,
            x: changeAxis('from'),
            x2: { field: 'to' },
            color: {
              field: 'sign',
              type: 'ordinal',
              scale: { domain: ['saves', 'adds', 'all'], range: 'changes' },
              legend: null,
            },
            tooltip: [{ field: 'group', title: what }, { field: 'change' }],
          },
        },
        {
          data: { name: 'steps' },
          mark: {
            type: 'text',
            align: 'left',
            baseline: 'middle',
            dx: 5,
            fontSize: 11,
            color: { expr: 'muted' },
          },
          encoding: { ...place, x: changeAxis('right'), text: { field: 'change' } },
        },
        roomFor('room', changeAxis('at')),
      ],
    };
  },
  group: ({ group }) => (group === TOTAL ? {} : { [what]: String(group) }),
  data(view) {
    const { metric } = view;
    if (metric.total !== 'sum') return { steps: [], room: [] };
    let end = 0;
    const steps = changesBy(view, what).map(({ group, change }): Step => {
      const from = end;
      end += change;
      return { group, from, to: end };
    });
    const shown = steps.length === 0 ? [] : [...steps, { group: TOTAL, from: 0, to: end }];
    const ends = shown.flatMap(({ from, to }) => [from, to]);
    const [least, most] = [Math.min(0, ...ends), Math.max(0, ...ends)];
    return {
      steps: shown.map((step, order) => datumOf(step, order, view)),
      room: shown.length === 0 ? [] : [{ at: drawn(most + 0.22 * (most - least), metric) }],
    };
  },
});

/** What each group adds (or saves, below zero), the largest change first; a group without one is left out. */
function changesBy({ report, metric, baseline, compared }: View, what: 'stage' | 'kind') {
  const changes = new Map<string, number>();
  const add = (layer: LayerRow, sign: number): void => {
    const value = layer.row[metric.id];
    if (value === undefined) return;
    const before = changes.get(layer[what]);
    changes.set(layer[what], before === undefined ? sign * value : before + sign * value);
  };
  for (const layer of layerRows(report)) {
    if (layer.at === baseline) add(layer, -1);
    if (layer.at === compared) add(layer, 1);
  }
  const stages = stagesOf(layerRows(report));
  return [...changes]
    .map(([group, change]) => ({ group, change }))
    .filter(({ change }) => change !== 0)
    .sort((a, b) =>
      what === 'stage'
        ? stages.indexOf(a.group) - stages.indexOf(b.group)
        : Math.abs(b.change) - Math.abs(a.change),
    );
}

interface Step {
  readonly group: string;
  readonly from: number;
  readonly to: number;
}

function datumOf({ group, from, to }: Step, order: number, { metric }: View): Datum {
  const change = to - from;
  return {
    group,
    order,
    from: drawn(from, metric),
    to: drawn(to, metric),
    right: drawn(Math.max(from, to), metric),
    sign: group === TOTAL ? 'all' : change > 0 ? 'adds' : 'saves',
    change: `${change > 0 ? '+' : change < 0 ? '−' : ''}${formatMetric(Math.abs(change), metric)}`,
  };
}

const SIGNED_LABELS =
  "(datum.value > 0 ? '+' : datum.value < 0 ? '−' : '') + (abs(datum.value) >= 1000 ? format(abs(datum.value), '~s') : format(abs(datum.value), '~g'))";

const changeAxis = (field: string): Spec => valueAxis(field, null, SIGNED_LABELS);

export const waterfalls: readonly Chart[] = [waterfall('stage'), waterfall('kind')];
