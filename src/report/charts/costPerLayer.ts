import { capital } from '../format.ts';
import { formatMetric, layerRows } from '../html/model.ts';
import {
  EXACT,
  drawn,
  drawnIn,
  layerAxis,
  mostLayers,
  networkColor,
  valueAxis,
  type Chart,
} from './chart.ts';

/** Room for the label of one network's maximum. */
const LABEL_WIDTH = 190;

/**
 * What each layer costs, one colour per network, each network's largest layer as a horizontal line.
 *
 * @source arXiv 1911.11929, figure 7
 */
export const costPerLayer: Chart = {
  id: 'layers',
  section: 'distribution',
  size: 'wide',
  title: ({ metric }) => `${capital(metric.label)} per layer${drawnIn(metric)}`,
  caption: () => 'One bar a layer; the lines are the largest layers, the bottlenecks.',
  panels: () => 1,
  spec(report) {
    const bars = mostLayers(report) * report.networks.length;
    return {
      height: 240,
      layer: [
        {
          data: { name: 'layers' },
          mark: {
            type: 'bar',
            width: { expr: `max(1, 0.84 * width / ${String(bars)})` },
            // Bars of a pixel lie over each other.
            opacity: { expr: `width < ${String(bars)} ? 0.5 : 1` },
          },
          encoding: {
            x: layerAxis(report, 'slot'),
            y: valueAxis('value'),
            color: networkColor(report),
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
          encoding: { y: valueAxis('value'), color: networkColor(report) },
        },
        {
          data: { name: 'maxima' },
          mark: {
            type: 'text',
            align: 'left',
            baseline: 'bottom',
            dx: 4,
            dy: -4,
            fontSize: 11,
            fontWeight: 600,
          },
          encoding: {
            x: {
              value: {
                expr: `datum.at * min(${String(LABEL_WIDTH)}, width / ${String(report.networks.length)})`,
              },
            },
            y: valueAxis('value'),
            text: { field: 'text' },
            color: networkColor(report),
          },
        },
      ],
    };
  },
  data(view) {
    const { report, metric } = view;
    const { networks } = report;
    const layers = layerRows(report).flatMap(({ id, at, network, name, operator, row }) => {
      const value = row[metric.id];
      return value === undefined
        ? []
        : [
            {
              id,
              network,
              layer: row.index,
              // Bars of several networks stand side by side.
              slot: row.index + (0.84 * (at + 0.5)) / networks.length - 0.42,
              name,
              operator,
              value: drawn(value, metric),
            },
          ];
    });
    const maxima = networks.flatMap(({ label, profile }, at) => {
      let largest: { readonly index: number; readonly value: number } | undefined;
      for (const row of profile.layers) {
        const value = row[metric.id];
        if (value !== undefined && value > 0 && (largest === undefined || value > largest.value))
          largest = { index: row.index, value };
      }
      return largest === undefined
        ? []
        : [
            {
              network: label,
              value: drawn(largest.value, metric),
              at,
              text: `max ${formatMetric(largest.value, metric)} in #${String(largest.index)}`,
            },
          ];
    });
    return { layers, maxima };
  },
  linked: {
    of: 'layers',
    near: { x: 'slot', y: 'value', along: 'x' },
    layers: (report) => [
      {
        mark: { type: 'rule', strokeWidth: 1, color: { expr: 'muted' } },
        encoding: { x: layerAxis(report, 'slot') },
      },
      {
        mark: {
          type: 'bar',
          width: { expr: `max(3, 0.84 * width / ${String(mostLayers(report) * report.networks.length)})` },
          color: { expr: 'ink' },
        },
        encoding: { x: layerAxis(report, 'slot'), y: valueAxis('value') },
      },
    ],
  },
};
