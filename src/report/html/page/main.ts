import { boundsText } from '../../bounds.ts';
import { hardwareOf, inputsOf } from '../../../analysis/settings.ts';
import { CHARTS } from '../../charts/registry.ts';
import { LIGHT, type Chart, type Theme } from '../../charts/chart.ts';
import { formatShape, numbered, plain } from '../../format.ts';
import { firstView, type Report, type ShownProfile, type View } from '../model.ts';
import type { PageData } from '../render.ts';
import { followAddress } from './address.ts';
import { advised } from './advice.ts';
import { conclusions } from './conclusions.ts';
import { changedLayers, comparison } from './changes.ts';
import { h, select, swatch } from './dom.ts';
import { Figure, currentTheme, onThemeChange } from './figure.ts';
import { peakTensors } from './peak.ts';
import { selection } from './selection.ts';
import { slowestLayers } from './slowest.ts';
import { EVERYTHING, Store } from './store.ts';
import { LayerTable } from './table.ts';
import { totals } from './totals.ts';

/** A report in the page, and how it leaves again. */
export interface ShownReport {
  /** what is looked at now */
  readonly view: () => View;
  /** takes it out of the page, and lets go of all that it holds */
  readonly end: () => void;
}

/** Shows a report as the last thing in an element, as the page's address says. */
export function showReport({ report, metric, panels }: PageData, root: HTMLElement): ShownReport {
  const store = new Store(firstView(report, metric));
  const table = new LayerTable(store);
  const reveal = (id: number): void => {
    store.narrow(EVERYTHING);
    table.reveal(id);
    table.element.scrollIntoView({ block: 'center' });
  };
  const figures = panels.flatMap((panel) => {
    const chart = CHARTS.find(({ id }) => id === panel.chart);
    return chart === undefined ? [] : [{ chart, figure: new Figure(chart, panel, store) }];
  });
  const chartsOf = (
    section: Chart['section'],
    isWanted?: (chart: Chart) => boolean,
  ): readonly HTMLElement[] =>
    figures.flatMap(({ chart, figure }) =>
      chart.section === section && isWanted?.(chart) !== false ? [figure.element] : [],
    );
  const isPerLayer = ({ id }: Chart): boolean => id === 'layers';
  const layers = h('div', { class: 'wide' }, table.element);
  const main = h(
    'main',
    {},
    conclusions(store),
    totals(store),
    ...section('Layers', arrangement(store), ...chartsOf('distribution', isPerLayer), layers),
    ...section('What to change', ...advised(store)),
    ...section('Where the cost is', ...chartsOf('distribution', (chart) => !isPerLayer(chart))),
    ...section('Data movement and memory', ...chartsOf('memory'), ...peakTensors(store)),
    ...section('On the device', ...hardware(report), ...chartsOf('device'), ...slowestLayers(store)),
    ...(report.networks.length > 1
      ? section('What changes', comparison(store), ...chartsOf('changes'), changedLayers(store))
      : []),
    ...section('Accuracy and cost', ...chartsOf('accuracy')),
  );
  const parts = [masthead(store), main, footer(report), selection(store, reveal)];
  root.append(...parts);
  store.on(['filter'], () => table.element.scrollIntoView({ block: 'nearest' }));
  followAddress(store);
  const gallery = new Gallery(figures.map(({ figure }) => figure));
  store.on(['view'], () => gallery.drawAhead());
  const ended = new AbortController();
  const place = document.createComment('layers');
  followPrinting((isOnPaper) => {
    if (isOnPaper) layers.replaceWith(place);
    else place.replaceWith(layers);
    if (isOnPaper) main.append(layers);
    table.print(isOnPaper);
    gallery.redraw(isOnPaper ? LIGHT : currentTheme(), isOnPaper);
  }, ended.signal);
  onThemeChange(() => gallery.redraw(currentTheme()), ended.signal);
  return {
    view: () => store.view,
    end() {
      ended.abort();
      gallery.end();
      table.end();
      for (const part of parts) part.remove();
    },
  };
}

function section(title: string, ...children: readonly (HTMLElement | undefined)[]): HTMLElement[] {
  const present = children.filter((child) => child !== undefined);
  return present.length === 0
    ? []
    : [h('section', {}, h('h2', {}, title), h('div', { class: 'grid' }, ...inRows(present)))];
}

/** The small ones among the children share one row. */
function inRows(children: readonly HTMLElement[]): readonly HTMLElement[] {
  const small = children.filter((child) => child.classList.contains('small'));
  const others = children.filter((child) => !small.includes(child));
  return small.length === 0 ? others : [...others, h('div', { class: 'row' }, ...small)];
}

function masthead(store: Store): HTMLElement {
  const { networks, tool, warnings } = store.report;
  // Networks of one report are all counted by the same rules.
  const counted = networks.slice(0, 1).map(({ profile: { conventions } }) => {
    const { flops, cio } = conventions;
    return `Counted: FLOPs as ${plain(flops)}, CIO as ${plain(cio)}`;
  });
  const differ = (of: (profile: ShownProfile) => string): boolean =>
    new Set(networks.map(({ profile }) => of(profile))).size > 1;
  const uncounted = networks.flatMap(({ label, profile: { coverage } }) =>
    coverage.uncounted.length === 0
      ? []
      : [
          `${label}: ${coverage.uncounted.map(({ op, count }) => `${String(count)} × ${plain(op)}`).join(', ')}`,
        ],
  );
  const bounds = networks.flatMap(({ label, profile: { coverage } }) =>
    boundsText(coverage).map((note) => `${label}: ${plain(note)}`),
  );
  return h(
    'header',
    { class: 'masthead' },
    h('p', { class: 'tool' }, `${tool.name} ${tool.version}`),
    h(
      'h1',
      {},
      ...networks.flatMap(({ label }, at) => {
        const between = at === 0 ? '' : at === networks.length - 1 ? ' and ' : ', ';
        return [h('span', { class: 'between' }, between), label];
      }),
    ),
    h(
      'ul',
      { class: 'networks' },
      ...networks.map(({ label, profile: { network, totals: sums } }, at) =>
        h(
          'li',
          {},
          networks.length > 1 && swatch(at),
          networks.length > 1 && h('b', {}, label),
          h(
            'span',
            {},
            [
              ...network.inputs.map(({ shape, dtype }) => `${formatShape(shape)} ${plain(dtype)}`),
              numbered(sums.layers, 'layer'),
              network.source === network.name ? network.format : plain(network.source),
            ].join(', '),
          ),
        ),
      ),
    ),
    h(
      'div',
      { class: 'counting' },
      h('span', {}, ...counted),
      networks.length > 1 &&
        select(
          'Baseline',
          networks.map(({ label }, at) => [String(at), label]),
          String(store.view.baseline),
          (at) => {
            const { baseline, compared } = store.view;
            store.look({ baseline: Number(at), compared: Number(at) === compared ? baseline : compared });
          },
        ).label,
    ),
    differ(inputsOf) &&
      h('p', { class: 'notice' }, 'The inputs of these networks differ: part of every difference is that.'),
    differ(hardwareOf) &&
      h(
        'p',
        { class: 'notice' },
        'The hardware of these networks differs, and so does what is costed on it.',
      ),
    ...warnings.map((line) => h('p', { class: 'notice' }, plain(line))),
    ...uncounted.map((line) =>
      h('p', { class: 'notice' }, `Not counted, so every total is too low. ${line}`),
    ),
    ...bounds.map((line) => h('p', { class: 'notice' }, line)),
  );
}

/** How the charts of layers order them, and whether they have those without cost. */
function arrangement(store: Store): HTMLElement {
  const { view } = store;
  const look = (change: Partial<View>): void => store.look(change);
  const free = h('input', {
    type: 'checkbox',
    checked: !view.free,
    change: () => look({ free: !free.checked }),
  });
  return h(
    'div',
    { class: 'arrangement wide' },
    select(
      'Order',
      [
        ['execution', 'as they run'],
        ['cost', 'costliest first'],
      ],
      view.order,
      (order) => look({ order: order === 'cost' ? 'cost' : 'execution' }),
    ).label,
    h('label', { class: 'choice' }, free, h('span', {}, 'hide layers without cost')),
  );
}

/** What the networks cost on their device, in words. */
function hardware({ networks }: Report): HTMLElement[] {
  return networks.flatMap(({ label, hardware: entries }, at) =>
    entries === undefined
      ? []
      : [
          h(
            'div',
            { class: networks.length === 1 ? 'hardware wide' : 'hardware' },
            networks.length > 1 && h('h3', {}, swatch(at), label),
            h(
              'dl',
              {},
              ...entries.flatMap(([name, text]) => [h('dt', {}, plain(name)), h('dd', {}, plain(text))]),
            ),
          ),
        ],
  );
}

function footer({ metrics, tool, made }: Report): HTMLElement {
  return h(
    'footer',
    {},
    h(
      'details',
      {},
      h('summary', {}, 'What the numbers are'),
      h(
        'dl',
        {},
        ...metrics.flatMap(({ label, title, definition, unit }) => [
          h('dt', {}, label === title ? label : `${label} (${title})`),
          h('dd', {}, `${definition}${unit === '1' ? '' : `; in ${unit}`}.`),
        ]),
      ),
      h('p', {}, 'A dash stands for what is not defined for a layer, or not known.'),
    ),
    h(
      'p',
      { class: 'made' },
      [`${tool.name} ${tool.version}`, ...(made === undefined ? [] : made.map(plain))].join(' · '),
    ),
  );
}

/** Milliseconds that nothing else is to be done in: no frame is due. */
const IDLE = 40;

/** Charts, drawn as they come near the window, or when there is time: a report of many layers opens at once. */
class Gallery {
  readonly #figures: readonly Figure[];
  readonly #near: IntersectionObserver;
  readonly #width: ResizeObserver;
  /** those that came near, and do not show what is looked at */
  readonly #waiting = new Set<Figure>();
  #timer: ReturnType<typeof setTimeout> | undefined;
  #idle: number | undefined;
  #hasEnded = false;

  constructor(figures: readonly Figure[]) {
    this.#figures = figures;
    this.#near = new IntersectionObserver(
      (entries) => {
        for (const { isIntersecting, target } of entries) {
          const found = figures.find(({ element }) => element === target);
          if (found !== undefined) this.#come(found, isIntersecting);
        }
      },
      { rootMargin: '400px' },
    );
    this.#width = new ResizeObserver(() => {
      for (const figure of figures) figure.fit();
    });
    for (const { element } of figures) this.#near.observe(element);
    this.#width.observe(document.body);
  }

  #come(figure: Figure, isIntersecting: boolean): void {
    if (!isIntersecting || figure.isReady) figure.inSight = isIntersecting;
    else this.#waiting.add(figure);
    if (!isIntersecting) this.#waiting.delete(figure);
    if (this.#waiting.size > 0) this.#timer ??= setTimeout(() => this.#drawNext());
    else this.drawAhead();
  }

  /** One at a time: what scrolls or types meanwhile comes in between. */
  #drawNext(): void {
    this.#timer = undefined;
    const [next] = this.#waiting;
    if (next === undefined) return;
    this.#waiting.delete(next);
    next.inSight = true;
    if (this.#waiting.size > 0) this.#timer = setTimeout(() => this.#drawNext());
    else this.drawAhead();
  }

  /** Whoever scrolls is not to wait for what could have been drawn before. */
  drawAhead(): void {
    if (!('requestIdleCallback' in globalThis) || this.#hasEnded) return;
    const next = this.#figures.find(({ isReady }) => !isReady);
    if (next === undefined) return;
    this.#idle ??= requestIdleCallback((deadline) => {
      this.#idle = undefined;
      if (this.#waiting.size === 0 && deadline.timeRemaining() > IDLE) next.catchUp();
      this.drawAhead();
    });
  }

  redraw(theme: Theme, undrawn = false): void {
    for (const figure of this.#figures) if (undrawn || figure.isDrawn) figure.draw(theme);
  }

  end(): void {
    clearTimeout(this.#timer);
    this.#hasEnded = true;
    this.#near.disconnect();
    this.#width.disconnect();
    for (const figure of this.#figures) figure.end();
  }
}

/** On paper everything is there, dark on light, and the table comes last. */
function followPrinting(print: (isOnPaper: boolean) => void, signal: AbortSignal): void {
  for (const [event, isOnPaper] of [
    ['beforeprint', true],
    ['afterprint', false],
  ] as const)
    addEventListener(
      event,
      () => {
        document.body.classList.toggle('on-paper', isOnPaper);
        print(isOnPaper);
      },
      { signal },
    );
}
