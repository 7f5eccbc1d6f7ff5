import { plain } from '../../format.ts';
import { h, swatch } from './dom.ts';
import type { Store } from './store.ts';

/** So many layers of an advice are linked. */
const MOST_LINKS = 6;

/** What to change about each network, what saves the most first, each with its layers to look at. */
export function advised(store: Store): readonly HTMLElement[] {
  const { networks } = store.report;
  return networks.flatMap(({ label, advice = [] }, at) => {
    if (advice.length === 0) return [];
    const idOf = (index: number): number | undefined =>
      store.layers.find((layer) => layer.at === at && layer.row.index === index)?.id;
    return [
      h(
        'div',
        { class: networks.length === 1 ? 'advice wide' : 'advice' },
        networks.length > 1 && h('h3', {}, swatch(at), label),
        h(
          'ol',
          {},
          ...advice.map(({ title, remedy, why, saving, layers }) =>
            h(
              'li',
              {},
              h('strong', {}, plain(title)),
              saving !== '' && h('span', { class: 'saving-of' }, saving),
              h('p', {}, plain(`${remedy.charAt(0).toUpperCase()}${remedy.slice(1)}.`)),
              h(
                'p',
                { class: 'links' },
                ...layers.slice(0, MOST_LINKS).map((index) =>
                  h(
                    'button',
                    {
                      type: 'button',
                      class: 'mention',
                      click: () => store.select(idOf(index)),
                      pointerenter: () => store.point(idOf(index)),
                      pointerleave: () => store.point(undefined),
                    },
                    `#${String(index)}`,
                  ),
                ),
              ),
              h('details', {}, h('summary', {}, 'why'), h('p', {}, plain(why))),
            ),
          ),
        ),
      ),
    ];
  });
}
