import { plain } from '../../format.ts';
import type { Measured } from '../model.ts';
import { h, swatch } from './dom.ts';
import { relative, rounded } from './numbers.ts';
import type { Store } from './store.ts';

/** The totals, one tile a metric; choosing one makes the charts show it. */
export function totals(store: Store): HTMLElement {
  const { report } = store;
  const metrics = report.metrics.filter(
    ({ id, total }) =>
      total !== 'none' && report.networks.some(({ profile }) => profile.totals[id] !== undefined),
  );
  const definition = h('p', { class: 'definition', 'aria-live': 'polite' });
  const tiles = h('div', { class: 'tiles' });
  const several = report.networks.length > 1;

  const draw = (): void => {
    const { metric: chosen, baseline } = store.view;
    tiles.replaceChildren(
      ...metrics.map((metric) => {
        const base = report.networks[baseline]?.profile.totals[metric.id];
        return h(
          'label',
          { class: 'tile' },
          h('input', {
            type: 'radio',
            name: 'metric',
            value: metric.id,
            checked: metric.id === chosen.id,
            change: () => store.look({ metric }),
          }),
          h('span', { class: 'name' }, metric.label),
          ...report.networks.map(({ label, profile, measured }, at) => {
            const value = profile.totals[metric.id];
            return h(
              'span',
              { class: 'total' },
              several && swatch(at),
              several && h('span', { class: 'unseen' }, `${label}: `),
              h('b', {}, rounded(value, metric)),
              several && at !== baseline && h('span', { class: signOf(value, base) }, relative(value, base)),
              metric.id === 'measuredSeconds' &&
                measured?.interval !== undefined &&
                h('span', { class: 'interval' }, within(measured.interval)),
            );
          }),
        );
      }),
    );
  };
  const describe = (): void => {
    const { label, definition: text, id } = store.view.metric;
    const conventions = report.networks[0]?.profile.conventions;
    const rules = id === 'flops' || id === 'cio' ? conventions?.[id] : undefined;
    const by = rules === undefined ? '' : ` (convention ${plain(rules)})`;
    definition.replaceChildren(h('b', {}, label), `: ${text}${by}.`);
  };
  draw();
  describe();
  let { baseline } = store.view;
  store.on(['view'], () => {
    describe();
    if (baseline !== store.view.baseline) draw();
    ({ baseline } = store.view);
    // The address chooses too.
    for (const choice of tiles.querySelectorAll('input'))
      choice.checked = choice.value === store.view.metric.id;
  });
  return h(
    'section',
    { class: 'totals', 'aria-label': 'Totals' },
    h('h2', { class: 'unseen' }, 'Totals'),
    tiles,
    definition,
  );
}

/** `12.1 ms to 12.6 ms`: where the time lies with 95 % confidence. */
const within = (interval: NonNullable<Measured['interval']>): string =>
  interval.map((end) => rounded(end, { unit: 's' })).join(' to ');

/** A cost that falls is better. */
const signOf = (value: number | undefined, base: number | undefined): string =>
  value === undefined || base === undefined || value === base ? 'same' : value < base ? 'better' : 'worse';
