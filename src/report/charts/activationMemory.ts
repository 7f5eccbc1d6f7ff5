import { formatBytes } from '../format.ts';
import { layerRows } from '../html/model.ts';
import { EXACT, drawn, layerAxis, networkColor, valueAxis, whole, type Chart, type Datum } from './chart.ts';

const BYTES = { unit: 'byte' };
/** Height of a label. */
const LINE = 16;

/** Memory that holds activations while each layer runs, and the peak that a device must have room for. */
export const activationMemory: Chart = {
  id: 'activation-memory',
  section: 'memory',
  size: 'wide',
  title: () => 'Activation memory over time, in MiB',
  caption: () => 'What is alive while each layer runs, views and results written in place counted once.',
  panels: ({ networks }) =>
    networks.some(({ profile }) => profile.totals.peakActivationBytes !== undefined) ? 1 : 0,
  spec: (report) => ({
    height: 180,
    layer: [
      {
        data: { name: 'alive' },
        mark: {
          type: 'area',
          interpolate: 'step',
          line: { strokeWidth: 1.5 },
          fillOpacity: report.networks.length === 1 ? 0.18 : 0.08,
        },
        encoding: {
          x: layerAxis(report, 'layer'),
          y: valueAxis('mebibytes'),
          color: networkColor(report),
          tooltip: [
            { field: 'network' },
            { field: 'layer' },
            { field: 'name' },
            { field: 'mebibytes', title: 'MiB', type: 'quantitative', format: EXACT },
          ],
        },
      },
      {
        data: { name: 'peaks' },
        mark: { type: 'point', filled: true, size: 40, opacity: 1 },
        encoding: { x: layerAxis(report, 'layer'), y: valueAxis('mebibytes'), color: networkColor(report) },
      },
      {
        data: { name: 'peaks' },
        mark: { type: 'text', align: 'right', baseline: 'top', fontSize: 11, fontWeight: 600 },
        encoding: {
          x: { value: { expr: 'width' } },
          y: { field: 'offset', type: 'quantitative', scale: null },
          text: { field: 'text' },
          color: networkColor(report),
        },
      },
    ],
  }),
  data({ report }) {
    const alive = layerRows(report).flatMap(({ id, network, name, row }) =>
      row.peakActivationBytes === undefined
        ? []
        : [{ id, network, layer: row.index, name, mebibytes: drawn(row.peakActivationBytes, BYTES) }],
    );
    const peaks = report.networks.flatMap(({ label, profile: { peak } }, at): Datum[] =>
      peak === undefined
        ? []
        : [
            {
              network: label,
              layer: peak.layer,
              mebibytes: drawn(peak.bytes, BYTES),
              offset: at * LINE,
              text: `peak ${formatBytes(peak.bytes)} in #${String(peak.layer)}`,
            },
          ],
    );
    return { alive, peaks };
  },
  linked: {
    of: 'alive',
    near: { x: 'layer', y: 'mebibytes', along: 'x', series: 'network' },
    tell: ([row]) => [['alive', row === undefined ? '–' : `${whole(row['mebibytes'])} MiB`]],
    layers: (report) => [
      {
        mark: { type: 'rule', strokeWidth: 1, color: { expr: 'muted' } },
        encoding: { x: layerAxis(report, 'layer') },
      },
      {
        mark: { type: 'point', filled: true, size: 50, opacity: 1, color: { expr: 'ink' } },
        encoding: { x: layerAxis(report, 'layer'), y: valueAxis('mebibytes') },
      },
    ],
  },
};
