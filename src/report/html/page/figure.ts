import { View as VegaView, parse } from 'vega';
import { expressionInterpreter } from 'vega-interpreter';
import {
  DARK,
  LIGHT,
  config,
  legendColumns,
  subtitleOf,
  type Chart,
  type Datum,
  type Theme,
} from '../../charts/chart.ts';
import { xmlSafe } from '../../charts/xml.ts';
import type { CompiledPanel } from '../render.ts';
import { distinct } from './distinct.ts';
import { h } from './dom.ts';
import { exact } from './numbers.ts';
import { EVERYTHING, type Store } from './store.ts';
import { hideTooltip, showTooltip, type Line } from './tooltip.ts';

/** More marks than this are drawn on a canvas: as elements they would slow the page. */
const MOST_ELEMENTS = 1500;

/** Pixels beside the plot that still belong to its first and last layer. */
const MARGIN = 12;

/** Nothing of a chart may be fetched. */
const refuse = (): Promise<never> => Promise.reject(new TypeError('charts load nothing'));
const NO_LOADER = { load: refuse, sanitize: refuse, http: refuse, file: refuse, options: {} };

/** A chart in the page: drawn once it comes into sight, in step with what is looked at and selected. */
export class Figure {
  readonly element: HTMLElement;
  readonly #chart: Chart;
  readonly #panel: CompiledPanel;
  readonly #store: Store;
  /** what Vega says of itself and of every mark is not for screen readers: the plot has a description */
  readonly #drawing = h('div', { 'aria-hidden': 'true' });
  readonly #plot = h('div', { class: 'plot', role: 'img' }, this.#drawing);
  readonly #title = h('h3');
  readonly #caption = h('p');
  #view: VegaView | undefined;
  /** rows of the linked dataset by the layer that they are of */
  #rows: ReadonlyMap<number, readonly Datum[]> = new Map();
  #marked = false;
  #width = 0;
  #scheduled = false;
  #inSight = false;
  /** whether something else is looked at since it was drawn */
  #isStale = false;

  constructor(chart: Chart, panel: CompiledPanel, store: Store) {
    this.#chart = chart;
    this.#panel = panel;
    this.#store = store;
    this.element = h(
      'figure',
      {
        class: chart.size,
        id: `${chart.id}${panel.panel === 0 ? '' : String(panel.panel)}`,
      },
      h(
        'figcaption',
        {},
        this.#title,
        this.#caption,
        h('div', { class: 'saving' }, this.#saver('svg'), this.#saver('png')),
      ),
      this.#plot,
    );
    this.#plot.addEventListener('pointermove', (event) => this.#point(event));
    this.#plot.addEventListener('pointerleave', () => this.#leave());
    this.#plot.addEventListener('click', (event) => this.#choose(event));
    store.on(['view'], () => this.refresh());
    store.on(['pointed', 'selected'], () => this.#markSoon());
    this.#describe();
  }

  /** Draws it anew: at first, and where colours change. */
  draw(theme: Theme): void {
    this.#view?.finalize();
    const { report } = this.#store;
    const view = new VegaView(parse(this.#panel.spec, config(theme), { ast: true }), {
      expr: expressionInterpreter,
      loader: NO_LOADER,
      renderer: this.#store.layers.length * report.networks.length > MOST_ELEMENTS ? 'canvas' : 'svg',
      container: this.#drawing,
      hover: false,
      tooltip: (_, event: MouseEvent, __, value: unknown) => this.#tip(event, value),
    });
    this.#view = view;
    this.#isStale = false;
    view.addEventListener('click', (_, item) => this.#narrow(item?.datum as Datum | undefined));
    this.#fill(view, this.#plot.clientWidth);
    this.#resize(view, this.#plot.clientWidth);
    this.#mark();
  }

  /** Lets go of what was drawn. */
  end(): void {
    this.#view?.finalize();
    this.#view = undefined;
    this.#inSight = false;
  }

  get isDrawn(): boolean {
    return this.#view !== undefined;
  }

  /** Whether it shows what is looked at. */
  get isReady(): boolean {
    return this.isDrawn && !this.#isStale;
  }

  /** Draws what it does not show yet. */
  catchUp(): void {
    if (this.#view === undefined) this.draw(currentTheme());
    else if (this.#isStale) this.#redraw(this.#view);
  }

  /** Whether it is worth to keep in step: what is out of sight catches up when it comes near, or when there is time. */
  set inSight(inSight: boolean) {
    this.#inSight = inSight;
    if (!inSight) return;
    this.catchUp();
    this.#markSoon();
  }

  /** Gives the chart the width that its place has. */
  fit(): void {
    const width = this.#plot.clientWidth;
    if (this.#view === undefined || width === 0 || width === this.#width) return;
    this.#fill(this.#view, width);
    this.#resize(this.#view, width);
  }

  #resize(view: VegaView, width: number): void {
    this.#width = width;
    view.signal('legendColumns', legendColumns(width)).width(width).run();
  }

  /** Shows what is looked at now. */
  refresh(): void {
    this.#describe();
    if (this.#view === undefined) return;
    // Whether it steps aside is known at once; to draw takes longer.
    this.#fill(this.#view, this.#width);
    this.#isStale = true;
    if (this.#inSight) this.#redraw(this.#view);
  }

  #redraw(view: VegaView): void {
    this.#isStale = false;
    view.run();
    this.#mark();
  }

  #describe(): void {
    const { view } = this.#store;
    const title = this.#chart.title(view, this.#panel.panel);
    const caption = this.#chart.caption(view);
    this.#title.textContent = title;
    this.#caption.textContent =
      this.#chart.group === undefined ? caption : `${caption} Click a bar for its layers.`;
    this.#plot.setAttribute('aria-label', `${title}. ${caption}`);
  }

  /** @param columns pixels: rows that they cannot tell apart are left out */
  #fill(view: VegaView, columns: number): void {
    const { linked } = this.#chart;
    const datasets = this.#chart.data(this.#store.view, this.#panel.panel);
    // A chart that has nothing to say of this metric steps aside.
    this.element.hidden = Object.values(datasets).every((rows) => rows.length === 0);
    // What only serves to find layers is no part of the compiled chart.
    const { data: named } = this.#panel.spec as { readonly data: readonly { readonly name: string }[] };
    for (const { name } of named) {
      const rows = datasets[name];
      if (rows === undefined) continue;
      // Bars that lie over each other show by their depth how many they are: all are drawn.
      const near = name === linked?.of ? linked.near : undefined;
      const drawn =
        near?.series === undefined ? rows : distinct(rows, { ...near, series: near.series }, columns);
      view.data(name, [...drawn]);
    }
    const rows = new Map<number, Datum[]>();
    for (const row of linked === undefined ? [] : (datasets[linked.of] ?? [])) {
      const id = row['id'] as number;
      const before = rows.get(id);
      if (before === undefined) rows.set(id, [row]);
      else before.push(row);
    }
    this.#rows = rows;
  }

  /** Once a frame is enough. */
  #markSoon(): void {
    if (!this.#inSight || this.#scheduled) return;
    this.#scheduled = true;
    requestAnimationFrame(() => {
      this.#scheduled = false;
      this.#mark();
    });
  }

  /** Marks the layers that are pointed at or selected. */
  #mark(): void {
    const { linked } = this.#chart;
    if (this.#view === undefined || linked === undefined) return;
    if (linked.layers(this.#store.report, this.#panel.panel).length === 0) return;
    const { pointed, selected } = this.#store;
    const rows = [...new Set([pointed, selected])].flatMap((id) =>
      id === undefined ? [] : (this.#rows.get(id) ?? []),
    );
    if (rows.length === 0 && !this.#marked) return;
    this.#marked = rows.length > 0;
    this.#view
      .data(
        'selected',
        rows.map((row) => ({ ...row })),
      )
      .run();
  }

  /** The layer that the pointer is nearest to, if it is over the plot. */
  #nearest(event: MouseEvent): number | undefined {
    const near = this.#chart.linked?.near;
    const view = this.#view;
    if (view === undefined || near === undefined) return undefined;
    const surface = this.#plot.querySelector('svg, canvas');
    if (surface === null) return undefined;
    const box = surface.getBoundingClientRect();
    const [left, top] = view.origin();
    const [x, y] = [event.clientX - box.left - left, event.clientY - box.top - top];
    if (x < -MARGIN || y < 0 || x > view.width() + MARGIN || y > view.height()) return undefined;
    const [xOf, yOf] = [
      view.scale('x') as (value: unknown) => number,
      view.scale('y') as (value: unknown) => number,
    ];
    let [best, distance] = [undefined as number | undefined, Infinity];
    for (const [id, rows] of this.#rows) {
      for (const row of rows) {
        const [dx, dy] = [Math.abs(xOf(row[near.x]) - x), Math.abs(yOf(row[near.y]) - y)];
        // Along x, height only decides between layers at the same place.
        const far = near.along === 'x' ? dx * 1e4 + dy : Math.hypot(dx, dy);
        if (far < distance) [best, distance] = [id, far];
      }
    }
    return best === -1 ? undefined : best;
  }

  #point(event: MouseEvent): void {
    if (this.#chart.linked?.near === undefined) return;
    const id = this.#nearest(event);
    this.#store.point(id);
    const layer = id === undefined ? undefined : this.#store.layers[id];
    if (layer === undefined) {
      hideTooltip();
      return;
    }
    const { metric, report } = this.#store.view;
    const own = this.#chart.linked.tell?.(this.#rows.get(layer.id) ?? []) ?? [];
    const { row } = layer;
    showTooltip(event, `#${String(row.index)} ${layer.name}`, [
      ...(report.networks.length > 1 ? [['network', layer.network] as const] : []),
      ['operator', layer.operator],
      ['stage', layer.stage],
      ...(own.length > 0 ? own : [[metric.label, exact(row[metric.id], metric)] as const]),
    ]);
  }

  #leave(): void {
    hideTooltip();
    if (this.#chart.linked?.near !== undefined) this.#store.point(undefined);
  }

  #choose(event: MouseEvent): void {
    const id = this.#nearest(event);
    if (id !== undefined) this.#store.select(id);
  }

  /** Shows the layers that a mark stands for in the table. */
  #narrow(datum: Datum | undefined): void {
    const group = datum === undefined ? undefined : this.#chart.group?.(datum, this.#store.report);
    if (group !== undefined) this.#store.narrow({ ...EVERYTHING, ...group });
  }

  /** What a mark says of itself, where it stands for several layers. */
  #tip(event: MouseEvent, value: unknown): void {
    if (this.#chart.linked?.near !== undefined) return;
    if (typeof value !== 'object' || value === null) {
      hideTooltip();
      return;
    }
    showTooltip(
      event,
      '',
      Object.entries(value).map(([label, text]): Line => [label, String(text)]),
    );
  }

  #saver(format: 'svg' | 'png'): HTMLElement {
    const title = (): string => this.#title.textContent;
    return h(
      'button',
      {
        type: 'button',
        'aria-label': `Save as ${format.toUpperCase()}`,
        click: () => void this.#save(format, title()),
      },
      format.toUpperCase(),
    );
  }

  /** Hands the chart out as a file that stands alone: titled, on white. */
  async #save(format: 'svg' | 'png', title: string): Promise<void> {
    const { spec } = this.#panel;
    const view = new VegaView(
      parse(
        {
          ...spec,
          title: { text: title, subtitle: subtitleOf(this.#store.view) },
          padding: 16,
          background: 'white',
        },
        config(LIGHT),
        { ast: true },
      ),
      { expr: expressionInterpreter, loader: NO_LOADER, renderer: 'none' },
    );
    this.#fill(view, Infinity);
    this.#resize(view, this.#plot.clientWidth);
    const href =
      format === 'png'
        ? await view.toImageURL('png', 2)
        : URL.createObjectURL(new Blob([xmlSafe(await view.toSVG())], { type: 'image/svg+xml' }));
    h('a', { href, download: `${this.element.id}.${format}` }).click();
    view.finalize();
  }
}

const dark = matchMedia('screen and (prefers-color-scheme: dark)');

/** The colours that the page has now. */
export const currentTheme = (): Theme => (dark.matches ? DARK : LIGHT);

export const onThemeChange = (listener: () => void, signal: AbortSignal): void =>
  dark.addEventListener('change', listener, { signal });
