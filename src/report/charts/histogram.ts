import { formatValue } from '../format.ts';
import { layerRows, type LayerRow, type Report } from '../html/model.ts';
import { drawn, drawnIn, networkColor, SHORT_LABELS, type Chart } from './chart.ts';

interface Quantity {
  readonly id: 'flops' | 'memoryAccessCost' | 'cio' | 'dramBytes';
  readonly label: string;
  readonly unit: string;
}

const QUANTITIES: readonly Quantity[] = [
  { id: 'flops', label: 'FLOPs', unit: 'FLOP' },
  { id: 'memoryAccessCost', label: 'memory access cost', unit: 'element' },
  { id: 'cio', label: 'CIO', unit: 'element' },
  { id: 'dramBytes', label: 'DRAM bytes', unit: 'byte' },
];

const BINS = 10;

/** How evenly a cost is spread over the layers: many small ones and a few that dominate, or a balanced network. */
const histogram = ({ id, label, unit }: Quantity): Chart => {
  const costs = (report: Report): readonly (readonly [LayerRow, number])[] =>
    layerRows(report).flatMap((layer) => {
      const cost = layer.row[id];
      return cost === undefined || cost === 0 ? [] : [[layer, cost] as const];
    });
  const binOf = (cost: number, maximum: number): number =>
    Math.min(BINS - 1, Math.floor((cost * BINS) / maximum));
  const axis = (field: string) => ({
    field,
    type: 'quantitative',
    title: `${label} of a layer${drawnIn({ unit })}`,
    axis: { labelExpr: SHORT_LABELS, tickCount: 4, grid: false },
    scale: { nice: false, zero: true },
  });
  return {
    id: `histogram-${id}`,
    section: 'distribution',
    size: 'small',
    title: () => `Layers by ${label}`,
    caption: () => 'Layers that cost anything, in ten classes from 0 to the largest.',
    panels: (report) => (costs(report).length > 0 ? 1 : 0),
    spec: (report) => ({
      height: 150,
      layer: [
        {
          data: { name: 'bins' },
          mark: { type: 'rect' },
          encoding: {
            x: axis('left'),
            x2: { field: 'right' },
            y: {
              field: 'layers',
              type: 'quantitative',
              title: 'layers',
              axis: { tickMinStep: 1, tickCount: 4 },
            },
            y2: { datum: 0 },
            color: networkColor(report),
            tooltip: [{ field: 'network' }, { field: 'range', title: label }, { field: 'layers' }],
          },
        },
      ],
    }),
    data({ report }) {
      const all = costs(report);
      const maximum = largest(all);
      const width = maximum / BINS;
      const bins = report.networks.flatMap((network, at) => {
        const counts = new Array<number>(BINS).fill(0);
        for (const [layer, cost] of all) {
          if (layer.at !== at) continue;
          const bin = binOf(cost, maximum);
          counts[bin] = (counts[bin] as number) + 1;
        }
        const bar = (0.9 * width) / report.networks.length;
        return counts.map((layers, i) => {
          const left = width * (i + 0.05) + bar * at;
          return {
            network: network.label,
            bin: i,
            left: drawn(left, { unit }),
            right: drawn(left + bar, { unit }),
            range: `${formatValue(width * i, unit)} – ${formatValue(width * (i + 1), unit)}`,
            layers,
          };
        });
      });
      return { bins, costs: all.map(([layer, cost]) => ({ id: layer.id, cost: drawn(cost, { unit }) })) };
    },
    group({ network, bin, range }, report) {
      const maximum = largest(costs(report));
      return {
        network: String(network),
        within: {
          label: `${label} ${String(range)}`,
          has({ row }) {
            const cost = row[id];
            return cost !== undefined && cost !== 0 && binOf(cost, maximum) === bin;
          },
        },
      };
    },
    linked: {
      of: 'costs',
      layers: () => [
        { mark: { type: 'rule', strokeWidth: 2, color: { expr: 'ink' } }, encoding: { x: axis('cost') } },
      ],
    },
  };
};

const largest = (costs: readonly (readonly [LayerRow, number])[]): number =>
  costs.reduce((most, [, cost]) => Math.max(most, cost), 0);

export const histograms: readonly Chart[] = QUANTITIES.map(histogram);
