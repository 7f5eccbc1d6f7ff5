import type { TrafficCurves, TrafficPoint } from '../../analysis/device/traffic.ts';
import { formatBytes } from '../format.ts';
import { figure, type Datum, type Spec, type VegaLiteSpec } from './chart.ts';

/** Layers that a chart of layers draws: those that move the most at the smallest size. */
const MOST_LAYERS = 7;

/** DRAM bytes against the size of the buffer, of the network or of its costliest layers; the rules are compulsory. */
export function trafficCurve(
  name: string,
  { points, layers }: TrafficCurves,
  shown: 'network' | 'layers',
): VegaLiteSpec {
  const costliest = [...layers].sort((a, b) => firstKnown(b) - firstKnown(a)).slice(0, MOST_LAYERS);
  const curves: readonly (readonly [label: string, points: readonly TrafficPoint[]])[] =
    shown === 'network'
      ? [[name, points]]
      : costliest.map((layer) => [`#${String(layer[0]?.index)} ${layer[0]?.operator ?? ''}`, layer]);
  const labels = curves.map(([label]) => label);
  const color = {
    field: 'curve',
    type: 'nominal',
    title: null,
    scale: { domain: labels, range: 'category' },
    legend: labels.length === 1 ? null : { orient: 'top' },
  };
  const y: Spec = {
    field: 'mebibytes',
    type: 'quantitative',
    title: 'MiB over DRAM',
    axis: { tickCount: 5 },
  };
  return figure(
    shown === 'network'
      ? `Bytes over DRAM of ${name} against its on-chip buffer; the rule is every operand once`
      : `Bytes over DRAM of the costliest layers of ${name} against the on-chip buffer; rules: every operand once`,
    {
      height: 320,
      layer: [
        {
          data: { values: curves.flatMap(([label, curve]) => curveData(label, curve)) },
          mark: { type: 'line', point: { size: 40 }, interpolate: 'linear' },
          encoding: {
            x: {
              field: 'kibibytes',
              type: 'quantitative',
              title: 'KiB of buffer',
              scale: { type: 'log', base: 2, nice: false },
              axis: { grid: true },
            },
            y,
            color,
            tooltip: [{ field: 'curve' }, { field: 'buffer' }, { field: 'dram' }],
          },
        },
        {
          data: {
            values: curves.flatMap(([label, [point]]) =>
              point === undefined ? [] : [{ curve: label, mebibytes: point.compulsory / 2 ** 20 }],
            ),
          },
          mark: { type: 'rule', strokeDash: [6, 3] },
          encoding: { y, color },
        },
      ],
    },
  );
}

const curveData = (label: string, points: readonly TrafficPoint[]): readonly Datum[] =>
  points.flatMap(({ bufferBytes, dramBytes }) =>
    dramBytes === undefined
      ? []
      : [
          {
            curve: label,
            kibibytes: bufferBytes / 2 ** 10,
            mebibytes: dramBytes / 2 ** 20,
            buffer: formatBytes(bufferBytes),
            dram: formatBytes(dramBytes),
          },
        ],
  );

const firstKnown = (points: readonly TrafficPoint[]): number =>
  points.find(({ dramBytes }) => dramBytes !== undefined)?.dramBytes ?? -Infinity;
