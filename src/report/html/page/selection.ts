import { formatShape } from '../../format.ts';
import { h, swatch } from './dom.ts';
import type { Store } from './store.ts';
import { detailsOf, placeOf } from './table.ts';

/** The selected layer with everything that is known of it, at the lower edge of the window. */
export function selection(store: Store, reveal: (id: number) => void): HTMLElement {
  const bar = h('aside', {
    class: 'selection',
    'aria-label': 'Selected layer',
    'aria-live': 'polite',
    hidden: true,
  });
  store.on(['selected'], () => {
    const layer = store.selected === undefined ? undefined : store.layers[store.selected];
    bar.hidden = layer === undefined;
    if (layer === undefined) return;
    const { row } = layer;
    const shapes = `${row.inputs.map(formatShape).join(', ')} → ${row.outputs.map(formatShape).join(', ')}`;
    bar.replaceChildren(
      h(
        'header',
        {},
        h('strong', {}, `#${String(row.index)} ${layer.name}`),
        store.report.networks.length > 1 && h('span', { class: 'of' }, swatch(layer.at), layer.network),
        h('span', {}, layer.operator),
        h('span', {}, shapes),
        h('code', {}, placeOf(layer)),
        h(
          'span',
          { class: 'actions' },
          h('button', { type: 'button', click: () => reveal(layer.id) }, 'Show in table'),
          h(
            'button',
            { type: 'button', 'aria-label': 'Clear the selection', click: () => store.select(undefined) },
            '×',
          ),
        ),
      ),
      h(
        'dl',
        {},
        ...detailsOf(layer, store.report.metrics).map(([label, value]) =>
          h('div', {}, h('dt', {}, label), h('dd', {}, value)),
        ),
      ),
    );
  });
  return bar;
}
