import { formatPercent } from '../format.ts';
import { layerRows, type Report } from '../html/model.ts';
import { mostLayers, networkColor, whole, type Chart, type Datum } from './chart.ts';

/** Which part of the whole the costliest layers make together: the steeper, the less balanced. */
export const cumulativeShare: Chart = {
  id: 'cumulative',
  section: 'distribution',
  title: ({ metric }) => `Cumulative share of ${metric.label}`,
  caption: () => 'Layers from the costliest to the cheapest; a straight line would be a balanced network.',
  panels: () => 1,
  spec: (report) => ({
    height: 220,
    layer: [
      {
        data: { name: 'ranks' },
        mark: { type: 'line', strokeWidth: 2, interpolate: 'linear' },
        encoding: {
          x: rankAxis(report),
          y: shareAxis,
          color: networkColor(report, 'stroke'),
          tooltip: [
            { field: 'network' },
            { field: 'rank', title: 'layers' },
            { field: 'share', type: 'quantitative', format: '.1%' },
          ],
        },
      },
    ],
  }),
  data({ report, metric }) {
    const layers = layerRows(report);
    const ranks = report.networks.flatMap(({ label }, at): Datum[] => {
      const costs = layers.flatMap((layer) => {
        const cost = layer.at === at ? layer.row[metric.id] : undefined;
        return cost === undefined || cost === 0 ? [] : [{ id: layer.id, cost }];
      });
      const whole = costs.reduce((sum, { cost }) => sum + cost, 0);
      let sum = 0;
      return [
        { id: -1, network: label, rank: 0, share: 0 },
        ...costs
          .sort((a, b) => b.cost - a.cost)
          .map(({ id, cost }, i) => {
            sum += cost;
            return { id, network: label, rank: i + 1, share: sum / whole };
          }),
      ];
    });
    return { ranks: metric.total === 'sum' ? ranks : [] };
  },
  linked: {
    of: 'ranks',
    near: { x: 'rank', y: 'share', along: 'x', series: 'network' },
    tell: ([row]) => [
      ['rank', whole(row?.['rank'])],
      ['share of all up to it', formatPercent(Number(row?.['share']))],
    ],
    layers: (report) => [
      {
        mark: { type: 'point', filled: true, size: 70, opacity: 1, color: { expr: 'ink' } },
        encoding: { x: rankAxis(report), y: shareAxis },
      },
    ],
  },
};

const rankAxis = (report: Report) => ({
  field: 'rank',
  type: 'quantitative',
  title: 'layers, costliest first',
  axis: { format: 'd', tickMinStep: 1, grid: false },
  scale: { domain: [0, mostLayers(report)], nice: false },
});

const shareAxis = {
  field: 'share',
  type: 'quantitative',
  title: null,
  axis: { format: '.0%', values: [0, 0.25, 0.5, 0.75, 1] },
  scale: { domain: [0, 1] },
};
