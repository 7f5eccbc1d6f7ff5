import { formatPercent, plain } from '../format.ts';
import { inWords, layerRows, type Report } from '../html/model.ts';
import {
  EXACT,
  layerAxis,
  mostLayers,
  networkColor,
  topLegend,
  valueAxis,
  whole,
  type Chart,
  type Datum,
} from './chart.ts';

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
    const width = { expr: `max(1, 0.84 * width / ${String(mostLayers(report) * report.networks.length)})` };
    const color = networkColor(report);
    const legend = report.networks.length === 1 ? null : { ...topLegend('square'), symbolOpacity: 1 };
    const place = { x: layerAxis(report, 'slot'), color: { ...color, legend }, tooltip: TOOLTIP };
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
  data: ({ report }) => ({ cycles: barsOf(report) }),
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
        encoding: { x: layerAxis(report, 'slot'), y: valueAxis('cycles') },
      },
    ],
  },
};

function barsOf(report: Report): readonly Datum[] {
  return layerRows(report).flatMap(({ id, at, network, name, row }): readonly Datum[] => {
    const { index, cycles, utilization } = row;
    if (cycles === undefined || utilization === undefined) return [];
    const slot = index + (0.84 * (at + 0.5)) / report.networks.length - 0.42;
    const working = cycles * utilization;
    return [{ id, network, layer: index, slot, name, cycles, working, idle: 1 - utilization }];
  });
}

const TOOLTIP = [
  { field: 'network' },
  { field: 'layer' },
  { field: 'name' },
  { field: 'cycles', type: 'quantitative', format: EXACT },
  { field: 'idle', type: 'quantitative', format: '.1%' },
];
