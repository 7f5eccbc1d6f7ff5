import type { Sentence } from '../../conclusions.ts';
import type { Alignment } from '../model.ts';
import { h, swatch, type Child } from './dom.ts';
import type { Store } from './store.ts';

/** So many sentences of a network are seen at once where there are several networks. */
const FIRST = 2;

/** What to know before the numbers: what differs from the baseline, and what each network spends. */
export function conclusions(store: Store): HTMLElement {
  const { report } = store;
  const several = report.networks.length > 1;
  const ids = new Map(store.layers.map(({ at, row, id }) => [`${String(at)}/${String(row.index)}`, id]));
  const spoken = (sentence: Sentence): Child[] =>
    sentence.map((part) => {
      if (typeof part === 'string') return part;
      const id = ids.get(`${String(part.at)}/${String(part.layer)}`);
      return h(
        'button',
        {
          type: 'button',
          class: 'mention',
          click: () => store.select(id),
          pointerenter: () => store.point(id),
          pointerleave: () => store.point(undefined),
        },
        part.text,
      );
    });
  const item = (sentence: Sentence): HTMLElement => h('li', {}, ...spoken(sentence));
  const pairs = h('ul', { class: 'verdicts' });
  const draw = (): void => {
    const { baseline } = store.view;
    pairs.replaceChildren(
      ...report.networks
        .flatMap((_, at) => (at === baseline ? [] : verdicts(report.alignments, baseline, at)))
        .map(item),
    );
  };
  const own = report.networks.map(({ label, conclusions: sentences }, at) =>
    h(
      'div',
      { class: several ? 'of' : 'of alone' },
      several && h('h3', {}, swatch(at), label),
      h('ul', {}, ...(several ? sentences.slice(0, FIRST) : sentences).map(item)),
      several &&
        sentences.length > FIRST &&
        h('details', {}, h('summary', {}, 'more'), h('ul', {}, ...sentences.slice(FIRST).map(item))),
    ),
  );
  draw();
  store.on(['view'], draw);
  return h(
    'section',
    { class: 'conclusions', 'aria-label': 'Conclusions' },
    h('h2', { class: 'unseen' }, 'Conclusions'),
    several && pairs,
    h('div', { class: 'each' }, ...own),
  );
}

/** What to know of a network against the baseline. */
function verdicts(alignments: readonly Alignment[], baseline: number, at: number): readonly Sentence[] {
  const forward = alignments.find(({ a, b }) => a === baseline && b === at);
  const back = alignments.find(({ a, b }) => a === at && b === baseline);
  return forward?.verdicts[0] ?? back?.verdicts[1] ?? [];
}
