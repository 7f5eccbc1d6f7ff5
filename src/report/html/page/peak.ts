import { formatShape, plain } from '../../format.ts';
import { h, swatch } from './dom.ts';
import { exact, percent, rounded } from './numbers.ts';
import type { Store } from './store.ts';

const BYTES = { unit: 'byte' };

/** What is in memory when most of it holds activations, for each network. */
export function peakTensors(store: Store): readonly HTMLElement[] {
  const { networks } = store.report;
  return networks.flatMap(({ label, profile: { peak, layers } }, at) => {
    if (peak === undefined) return [];
    const row = layers.find(({ index }) => index === peak.layer);
    const until = (to: number | undefined): string => (to === undefined ? 'the end' : `#${String(to)}`);
    return [
      h(
        'div',
        { class: 'peak' },
        h(
          'h3',
          {},
          ...(networks.length > 1 ? [swatch(at), `${label}: `] : []),
          `alive at the peak, ${rounded(peak.bytes, BYTES)}`,
        ),
        h('p', {}, `While layer #${String(peak.layer)} ${row === undefined ? '' : plain(row.name)} runs.`),
        h(
          'div',
          {
            class: 'sideways',
            tabindex: 0,
            role: 'region',
            'aria-label': `Tensors alive at the peak of ${label}`,
          },
          h(
            'table',
            {},
            h(
              'thead',
              {},
              h(
                'tr',
                {},
                ...['tensor', 'shape', 'held'].map((title) => h('th', { scope: 'col' }, title)),
                ...['bytes', 'share'].map((title) => h('th', { scope: 'col', class: 'number' }, title)),
              ),
            ),
            h(
              'tbody',
              {},
              ...peak.tensors.map((tensor) =>
                h(
                  'tr',
                  {},
                  h('td', {}, plain(tensor.name)),
                  h('td', {}, `${formatShape(tensor.shape)} ${plain(tensor.dtype)}`),
                  h(
                    'td',
                    {},
                    `${tensor.from === undefined ? 'from the start' : `#${String(tensor.from)}`} to ${until(tensor.to)}`,
                  ),
                  h(
                    'td',
                    { class: 'number', title: exact(tensor.bytes, BYTES) },
                    rounded(tensor.bytes, BYTES),
                  ),
                  h('td', { class: 'number' }, percent(tensor.bytes / peak.bytes)),
                ),
              ),
            ),
          ),
        ),
      ),
    ];
  });
}
