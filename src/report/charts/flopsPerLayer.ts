import type { Profile } from '../../analysis/profile.ts';
import { NETWORK_COLORS, VEGA_LITE_SCHEMA, type VegaLiteSpec } from './spec.ts';

/**
 * FLOPs of each layer, one colour per network, each network's maximum as a horizontal line.
 *
 * @source arXiv 1911.11929, figure 7
 */
export function flopsPerLayer(profiles: readonly Profile[]): VegaLiteSpec {
  const names = profiles.map(({ network }) => network.name);
  const layers = profiles.flatMap(({ network, layers: rows }) =>
    rows.flatMap(({ index, name, kind, detail, flops }) =>
      flops === undefined || flops === 0
        ? []
        : [{ network: network.name, layer: index, name, operator: detail ?? kind, gflops: flops / 1e9 }],
    ),
  );
  const maxima = profiles.flatMap(({ network, bottleneck }) =>
    bottleneck === undefined ? [] : [{ network: network.name, gflops: bottleneck.flops / 1e9 }],
  );
  const color = {
    field: 'network',
    type: 'nominal',
    title: null,
    scale: { domain: names, range: NETWORK_COLORS.slice(0, names.length) },
    legend: { orient: 'top' },
  };
  return {
    $schema: VEGA_LITE_SCHEMA,
    description: `FLOPs of each layer of ${names.join(', ')}; the lines are the largest layers`,
    width: 700,
    height: 260,
    layer: [
      {
        data: { values: layers },
        mark: { type: 'bar', width: 2, opacity: 0.8 },
        encoding: {
          x: { field: 'layer', type: 'quantitative', title: 'layer', scale: { nice: false, padding: 4 } },
          y: { field: 'gflops', type: 'quantitative', title: 'GFLOPs of the layer', stack: null },
          color,
          tooltip: [
            { field: 'network' },
            { field: 'layer' },
            { field: 'name' },
            { field: 'operator' },
            { field: 'gflops', title: 'GFLOPs', format: '.5f' },
          ],
        },
      },
      {
        data: { values: maxima },
        mark: { type: 'rule', strokeDash: [6, 3], strokeWidth: 1.5 },
        encoding: { y: { field: 'gflops', type: 'quantitative' }, color },
      },
      {
        data: { values: maxima },
        mark: { type: 'text', align: 'left', baseline: 'bottom', dx: 4, dy: -2 },
        encoding: {
          x: { value: 0 },
          y: { field: 'gflops', type: 'quantitative' },
          text: { field: 'gflops', type: 'quantitative', format: '.4f' },
          color,
        },
      },
    ],
  };
}
