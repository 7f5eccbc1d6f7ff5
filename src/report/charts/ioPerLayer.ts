import type { Profile } from '../../analysis/profile.ts';
import { VEGA_LITE_SCHEMA, type VegaLiteSpec } from './spec.ts';

/**
 * Elements that each counted layer reads and makes, one panel per network, its CIO in the panel's title.
 *
 * @source arXiv 1911.11929, figure 8
 */
export function ioPerLayer(profiles: readonly Profile[]): VegaLiteSpec {
  const largest = Math.max(
    ...profiles.flatMap(({ layers }) =>
      layers.flatMap(({ cio, inputElements, activationElements }) =>
        cio === undefined ? [] : [inputElements, activationElements].flatMap((count) => count ?? []),
      ),
    ),
  );
  return {
    $schema: VEGA_LITE_SCHEMA,
    description: `Input and output size of each layer of ${profiles.map(({ network }) => network.name).join(', ')}`,
    vconcat: profiles.map(({ network, totals, layers }) => ({
      title: `${network.name}: CIO ${totals.cio === undefined ? '–' : `${(totals.cio / 1e6).toFixed(1)}M`}`,
      width: 700,
      height: 160,
      data: {
        values: layers.flatMap(({ index, name, cio, inputElements, activationElements }) =>
          cio === undefined || inputElements === undefined || activationElements === undefined
            ? []
            : [
                { layer: index, name, side: 'input', elements: inputElements / 1e6 },
                { layer: index, name, side: 'output', elements: activationElements / 1e6 },
              ],
        ),
      },
      mark: { type: 'line', interpolate: 'step-after', point: { size: 12 } },
      encoding: {
        x: { field: 'layer', type: 'quantitative', title: 'layer' },
        y: {
          field: 'elements',
          type: 'quantitative',
          title: 'million elements',
          scale: { domain: [0, largest / 1e6] },
        },
        color: {
          field: 'side',
          type: 'nominal',
          title: null,
          scale: { domain: ['input', 'output'], range: ['#0072b2', '#d55e00'] },
        },
        tooltip: [
          { field: 'layer' },
          { field: 'name' },
          { field: 'side' },
          { field: 'elements', title: 'million elements', format: '.4f' },
        ],
      },
    })),
  };
}
