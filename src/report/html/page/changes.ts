import type { Alignment, LayerRow, Report, View } from '../model.ts';
import { h, select, table, type Child } from './dom.ts';
import { rounded, signed } from './numbers.ts';
import type { Store } from './store.ts';

const FIRST = 15;

interface Pair {
  readonly was: LayerRow | undefined;
  readonly is: LayerRow | undefined;
  readonly change: number;
}

/** Which layers differ between the baseline and another network, the largest change first. */
export function changedLayers(store: Store): HTMLElement {
  const element = h('div', { class: 'changed' });
  let all = false;
  const draw = (): void => {
    const { report, view } = store;
    const { pairs, counts } = changesOf(view, store.layers);
    const { metric } = view;
    const shown = all ? pairs : pairs.slice(0, FIRST);
    const named = (layer: LayerRow | undefined): Child =>
      layer === undefined
        ? h('span', { class: 'absent' }, '–')
        : h(
            'span',
            {},
            h(
              'button',
              { type: 'button', class: 'layer', click: () => store.select(layer.id) },
              `#${String(layer.row.index)} ${layer.name}`,
            ),
            ` ${layer.operator}`,
          );
    const labelOf = (at: number): string => report.networks[at]?.label ?? '';
    element.replaceChildren(
      h('h3', {}, 'Changed layers'),
      h('p', {}, counts),
      shown.length === 0
        ? h('p', {}, `No layer differs in ${metric.label}.`)
        : table(
            'Changed layers',
            ['stage', labelOf(view.baseline), labelOf(view.compared), `${metric.title} was`, 'is', 'change'],
            3,
            shown.map(({ was, is, change }) => [
              (is ?? was)?.stage,
              named(was),
              named(is),
              rounded(was?.row[metric.id], metric),
              rounded(is?.row[metric.id], metric),
              h('span', { class: change < 0 ? 'better' : 'worse' }, signed(change, metric)),
            ]),
          ),
      ...(pairs.length > FIRST
        ? [
            h(
              'button',
              {
                type: 'button',
                class: 'more',
                click: () => {
                  all = !all;
                  draw();
                },
              },
              all ? `Show the ${String(FIRST)} largest` : `Show all ${String(pairs.length)}`,
            ),
          ]
        : []),
    );
  };
  draw();
  store.on(['view'], draw);
  return element;
}

/** Chooses which network is compared with the baseline, where there are more than two. */
export function comparison(store: Store): HTMLElement | undefined {
  const { networks } = store.report;
  if (networks.length < 3) return undefined;
  const element = h('div', { class: 'comparison' });
  const draw = (): void => {
    const focused = element.contains(document.activeElement);
    const options = networks.flatMap((network, at) =>
      at === store.view.baseline ? [] : [[String(at), network.label] as const],
    );
    const { label, box } = select('Compared', options, String(store.view.compared), (at) =>
      store.look({ compared: Number(at) }),
    );
    element.replaceChildren(label);
    if (focused) box.focus();
  };
  draw();
  store.on(['view'], draw);
  return element;
}

function changesOf(
  view: View,
  layers: readonly LayerRow[],
): { readonly pairs: readonly Pair[]; readonly counts: string } {
  const { report, metric, baseline, compared } = view;
  const alignment = report.alignments.find(
    ({ a, b }) =>
      Math.min(a, b) === Math.min(baseline, compared) && Math.max(a, b) === Math.max(baseline, compared),
  );
  if (alignment === undefined) return { pairs: [], counts: '' };
  const offsets = offsetsOf(report);
  const layerOf = (network: number, position: number | null): LayerRow | undefined =>
    position === null ? undefined : layers[(offsets[network] as number) + position];
  const all = alignment.layers.map(([a, b]) => {
    const sides = new Map([
      [alignment.a, layerOf(alignment.a, a)],
      [alignment.b, layerOf(alignment.b, b)],
    ]);
    const [was, is] = [sides.get(baseline), sides.get(compared)];
    const [before, after] = [was?.row[metric.id], is?.row[metric.id]];
    // A layer that only one side has is a change by all of it.
    const change =
      (is === undefined ? 0 : (after ?? Number.NaN)) - (was === undefined ? 0 : (before ?? Number.NaN));
    return { was, is, change };
  });
  return {
    pairs: all
      .filter(({ change }) => change !== 0 && !Number.isNaN(change))
      .sort((x, y) => Math.abs(y.change) - Math.abs(x.change)),
    counts: countsOf(alignment, baseline),
  };
}

function countsOf({ a, layers, unchanged }: Alignment, baseline: number): string {
  const count = (test: (was: number | null, is: number | null) => boolean): string =>
    String(layers.filter(([x, y]) => (a === baseline ? test(x, y) : test(y, x))).length);
  return [
    `${count((was, is) => was !== null && is !== null)} changed`,
    `${count((was) => was === null)} added`,
    `${count((_, is) => is === null)} removed`,
    `${String(unchanged)} the same in everything`,
  ].join(', ');
}

const offsetsOf = ({ networks }: Report): readonly number[] => {
  let offset = 0;
  return networks.map(({ profile }) => (offset += profile.layers.length) - profile.layers.length);
};
