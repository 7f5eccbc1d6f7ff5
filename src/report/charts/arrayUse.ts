import { formatPercent, plain, inWords } from '../format.ts';
import type { View } from '../html/model.ts';
import { EXACT, networkColor, topLegend, valueAxis, whole, type Chart, type Datum } from './chart.ts';
import { aboutLayer, barWidth, slotAxis, slotsOf } from './slots.ts';

/** How many cycles of the device's array each layer takes, and the share of them that work. */
export const arrayUse: Chart = {
  id: 'array',
  section: 'device',
  size: 'wide',
  title: () => 'Cycles of the array per layer',
  caption({ report }) {
    const idle = report.networks.flatMap(({ label, profile: { utilization } }) =>
      utilization === undefined
        ? []
        : [`${formatPercent(1 - utilization.utilization)} of the array idle in ${plain(label)}`],
    );
    return `Solid: what the same FLOPs take where every unit works; pale: what idles. ${inWords(idle)}, which a balanced network of the same FLOPs would save.`;
  },
  panels: ({ networks }) => (networks.some(({ profile }) => profile.utilization !== undefined) ? 1 : 0),
  spec(report) {
    const width = barWidth(1);
    const color = networkColor(report);
    const legend = report.networks.length === 1 ? null : { ...topLegend('square'), symbolOpacity: 1 };
    const place = { x: slotAxis(report), color: { ...color, legend }, tooltip: TOOLTIP };
    return {
      height: 200,
      layer: [
        {
          data: { name: 'cycles' },
          mark: { type: 'bar', width, opacity: 0.35 },
          encoding: { ...place, y: valueAxis('cycles') },
        },
        {
          data: { name: 'cycles' },
          mark: { type: 'bar', width },
          encoding: { ...place, y: valueAxis('working') },
        },
      ],
    };
  },
  data: (view) => ({ cycles: barsOf(view) }),
  linked: {
    of: 'cycles',
    near: { x: 'slot', y: 'cycles', along: 'x' },
    tell: ([row]) => [
      ['cycles', whole(row?.['cycles'])],
      ['idle', typeof row?.['idle'] === 'number' ? formatPercent(row['idle']) : '–'],
    ],
    layers: (report) => [
      {
        mark: { type: 'point', filled: true, size: 50, opacity: 1, color: { expr: 'ink' } },
        encoding: { x: slotAxis(report), y: valueAxis('cycles') },
      },
    ],
  },
};

function barsOf(view: View): readonly Datum[] {
  const all = view.report.networks.map((_, at) => at);
  return slotsOf(view, all, ({ row }) => row.cycles).flatMap((slot): readonly Datum[] => {
    const { cycles, utilization } = slot.layer.row;
    if (cycles === undefined || utilization === undefined) return [];
    return [{ ...aboutLayer(slot), cycles, working: cycles * utilization, idle: 1 - utilization }];
  });
}

const TOOLTIP = [
  { field: 'network' },
  { field: 'layer' },
  { field: 'name' },
  { field: 'cycles', type: 'quantitative', format: EXACT },
  { field: 'idle', type: 'quantitative', format: '.1%' },
];
