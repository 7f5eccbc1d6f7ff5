import { formatCount } from '../format.ts';
import { layerRows, type LayerRow, type Report } from '../html/model.ts';
import { EXACT, LIGHT, layerAxis, topLegend, valueAxis, whole, type Chart } from './chart.ts';

const SIDES = ['input', 'output'];

/**
 * Elements that each counted layer reads and makes, one panel per network, its CIO in the panel's title.
 *
 * @source arXiv 1911.11929, figure 8
 */
export const inputOutput: Chart = {
  id: 'input-output',
  section: 'memory',
  size: 'wide',
  title({ report }, panel) {
    const network = report.networks[panel];
    const cio = network?.profile.totals.cio;
    return `Input and output size, ${network?.label ?? ''}: CIO ${cio === undefined ? '–' : formatCount(cio)}`;
  },
  caption: () =>
    'Elements that each convolution or pooling reads and makes; where the lines part, a layer is out of balance.',
  panels: ({ networks }) => networks.length,
  spec: (report, panel) => ({
    height: 150,
    layer: [
      {
        data: { name: 'sides' },
        mark: { type: 'line', interpolate: 'step', strokeWidth: 1.5 },
        encoding: {
          x: layerAxis(report, 'layer'),
          y: { ...valueAxis('elements'), scale: { domain: [0, largestMap(report)], nice: true } },
          color: {
            field: 'side',
            type: 'ordinal',
            scale: { domain: SIDES, range: `sides${String(panel % LIGHT.networks.length)}` },
            legend: topLegend('stroke'),
          },
          tooltip: [
            { field: 'layer' },
            { field: 'name' },
            { field: 'side' },
            { field: 'elements', type: 'quantitative', format: EXACT },
          ],
        },
      },
    ],
  }),
  data: ({ report }, panel) => ({
    sides: counted(report).flatMap(({ id, at, name, row }) =>
      at === panel
        ? SIDES.map((side) => ({
            id,
            layer: row.index,
            name,
            side,
            elements: (side === 'input' ? row.inputElements : row.activationElements) ?? null,
          }))
        : [],
    ),
  }),
  linked: {
    of: 'sides',
    near: { x: 'layer', y: 'elements', along: 'x', series: 'side' },
    tell: (rows) => rows.map(({ side, elements }) => [`elements, ${String(side)}`, whole(elements)]),
    layers: (report) => [
      {
        mark: { type: 'rule', strokeWidth: 1, color: { expr: 'muted' } },
        encoding: { x: layerAxis(report, 'layer') },
      },
      {
        mark: { type: 'point', filled: true, size: 50, opacity: 1, color: { expr: 'ink' } },
        encoding: { x: layerAxis(report, 'layer'), y: valueAxis('elements') },
      },
    ],
  },
};

/** The layers that CIO counts. */
const counted = (report: Report): readonly LayerRow[] =>
  layerRows(report).filter(
    ({ row }) =>
      row.cio !== undefined && row.inputElements !== undefined && row.activationElements !== undefined,
  );

const largestMap = (report: Report): number =>
  counted(report).reduce(
    (most, { row }) => Math.max(most, row.inputElements ?? most, row.activationElements ?? most),
    1,
  );
