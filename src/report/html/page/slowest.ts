import { plain } from '../../format.ts';
import type { Measured, MeasuredTime } from '../model.ts';
import { h, swatch, table } from './dom.ts';
import { DASH, percent, rounded } from './numbers.ts';
import type { Store } from './store.ts';

const SECONDS = { unit: 's' };

/** Layers below this share of the time do not matter, however slow they are. */
const LEAST_SHARE = 0.01;
const MOST = 10;

/** The layers that were measured to compute at the lowest rate, for each network. */
export function slowestLayers({ report }: Store): readonly HTMLElement[] {
  const { networks } = report;
  return networks.flatMap(({ label, measured, profile: { layers } }, at) => {
    if (measured === undefined || measured.layers.length === 0) return [];
    const rows = new Map(layers.map((row) => [row.index, row]));
    const whole = measured.layers.reduce((sum, { seconds }) => sum + seconds, 0);
    return [
      h(
        'div',
        { class: networks.length > 1 ? 'slowest' : 'slowest wide' },
        h(
          'h3',
          {},
          networks.length > 1 && swatch(at),
          `${networks.length > 1 ? `${label}: lowest` : 'Lowest'} rates`,
        ),
        h(
          'p',
          {},
          'The ten layers with the lowest FLOP/s, of those that take 1 % of the measured time or more.',
        ),
        table(
          `Layers of ${label} with the lowest rate`,
          ['layer', 'operator', 'kernels', 'time', 'share', 'GFLOP/s', 'GB/s'],
          3,
          slowest(measured, whole).map(({ index, seconds, flopsPerSecond, bytesPerSecond, kernels }) => {
            const row = rows.get(index);
            return [
              plain(`#${String(index)} ${row?.name ?? ''}`.trimEnd()),
              plain(row?.detail ?? row?.kind ?? ''),
              plain(kernels.join(' + ')),
              rounded(seconds, SECONDS),
              percent(seconds / whole),
              giga(flopsPerSecond),
              giga(bytesPerSecond),
            ];
          }),
        ),
      ),
    ];
  });
}

const slowest = ({ layers }: Measured, whole: number): readonly MeasuredTime[] =>
  layers
    .flatMap((layer) =>
      layer.flopsPerSecond !== undefined && layer.seconds >= LEAST_SHARE * whole
        ? [{ layer, rate: layer.flopsPerSecond }]
        : [],
    )
    .sort((a, b) => a.rate - b.rate || a.layer.index - b.layer.index)
    .slice(0, MOST)
    .map(({ layer }) => layer);

const giga = (rate: number | undefined): string => (rate === undefined ? DASH : (rate / 1e9).toFixed(1));
