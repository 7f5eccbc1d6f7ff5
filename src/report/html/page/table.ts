import { formatOrigin } from '../../../diagnostics.ts';
import { capital, formatShape, plain } from '../../format.ts';
import { stagesOf, type LayerRow, type MetricInfo } from '../model.ts';
import { h, select, swatch } from './dom.ts';
import { exact, percent, rounded } from './numbers.ts';
import { EVERYTHING, type Store } from './store.ts';

interface Column {
  readonly id: string;
  readonly title: string;
  /** in full, for those who hover or listen */
  readonly about?: string;
  /** rem */
  readonly width: number;
  readonly numeric: boolean;
  /** what orders the rows */
  readonly key: (layer: LayerRow) => string | number | undefined;
  readonly text: (layer: LayerRow) => string;
  /** part of the largest, drawn as a bar */
  readonly share?: (layer: LayerRow) => number;
  readonly network?: boolean;
}

/** Pixels; the style sheet gives rows the same. */
const ROW = 30;
const OVERSCAN = 12;

/** Numbers of a layer, beside the one that is looked at, that are printed. */
const MOST_NUMBERS_PRINTED = 5;

/** Rows on paper. */
const MOST_PRINTED = 60;

export const placeOf = ({ row }: LayerRow): string => plain(formatOrigin(row.origin));

/** The layers: searched, sorted, narrowed, walked with the keyboard; only rows in sight are in the page. */
export class LayerTable {
  readonly element: HTMLElement;
  readonly #store: Store;
  readonly #head = h('thead');
  readonly #body = h('tbody');
  readonly #columns = h('colgroup');
  readonly #count = h('output', { class: 'count' });
  readonly #table = h('table', {
    role: 'grid',
    'aria-label': 'Layers',
    'aria-multiselectable': 'false',
    tabindex: '0',
  });
  readonly #scroll = h('div', { class: 'scroll' }, this.#table);
  readonly #resized = new ResizeObserver(() => this.#rows());
  /** these take the room of the rows that are not in the page */
  readonly #above = roomRow();
  readonly #below = roomRow();
  /** rows in the page, by their position among those that are shown */
  readonly #made = new Map<number, HTMLElement>();
  #visible: readonly [Column, ...Column[]];
  #shown: readonly LayerRow[] = [];
  /** position among the rows shown where the keyboard is */
  #cursor = -1;
  #all = false;

  constructor(store: Store) {
    this.#store = store;
    this.#visible = this.#columnsNow();
    this.#table.append(this.#columns, this.#head, this.#body);
    this.element = h('div', { class: 'layers' }, this.#filters(), this.#scroll);
    this.#scroll.addEventListener('scroll', () => this.#rows(), { passive: true });
    this.#table.addEventListener('keydown', (event) => this.#key(event));
    this.#body.addEventListener('pointermove', (event) => store.point(idAt(event)));
    this.#body.addEventListener('pointerleave', () => store.point(undefined));
    this.#body.addEventListener('click', (event) => {
      const id = idAt(event);
      if (id === undefined) return;
      this.#cursor = this.#shown.findIndex((layer) => layer.id === id);
      store.select(id);
    });
    store.on(['view'], () => this.#arrange());
    store.on(['filter', 'sort'], () => this.#arrange());
    store.on(['pointed', 'selected'], () => this.#states());
    this.#resized.observe(this.#scroll);
    this.#arrange();
  }

  /** Puts rows into the page for printing, the costliest of many, or again only those in sight. */
  print(printing: boolean): void {
    this.#all = printing;
    if (printing) {
      const { id } = this.#store.view.metric;
      const cost = ({ row }: LayerRow): number => row[id] ?? -Infinity;
      this.#shown = [...this.#shown].sort((a, b) => cost(b) - cost(a) || a.id - b.id).slice(0, MOST_PRINTED);
      this.#count.textContent = `the ${String(this.#shown.length)} of ${String(this.#store.layers.length)} layers with the most ${this.#store.view.metric.label}`;
      const columns = this.#columnsNow();
      this.#header(columns, columns.find(({ id: column }) => column === id) ?? columns[0], {
        descending: true,
      });
      this.#rows();
    } else this.#arrange();
  }

  /** Lets go of what it watches. */
  end(): void {
    this.#resized.disconnect();
  }

  /** Brings a layer into sight. */
  reveal(id: number): void {
    const position = this.#shown.findIndex((layer) => layer.id === id);
    if (position === -1) return;
    this.#cursor = position;
    const [top, height] = [position * ROW, this.#scroll.clientHeight - this.#head.offsetHeight];
    const { scrollTop } = this.#scroll;
    if (top < scrollTop) this.#scroll.scrollTop = top;
    else if (top + ROW > scrollTop + height) this.#scroll.scrollTop = top + ROW - height;
    this.#rows();
  }

  #filters(): HTMLElement {
    const store = this.#store;
    const { layers, report } = store;
    const search = h('input', {
      type: 'search',
      placeholder: 'Search layers',
      'aria-label': 'Search layers by name, kind, operator, stage or place',
      input: () => store.narrow({ text: search.value }),
    });
    const choices = [
      ...(report.networks.length > 1
        ? [['network', report.networks.map(({ label }) => label)] as const]
        : []),
      ['stage', stagesOf(layers)] as const,
      ['kind', layers.map(({ kind }) => kind).sort()] as const,
    ].map(([what, values]) => {
      const options = ['', ...new Set(values)].map((value) => [value, value === '' ? 'all' : value] as const);
      return { what, ...select(capital(what), options, '', (value) => store.narrow({ [what]: value })) };
    });
    const chosen = h('button', {
      type: 'button',
      class: 'chosen',
      hidden: true,
      click() {
        store.narrow({ within: undefined });
        search.focus();
      },
    });
    const clear = h(
      'button',
      {
        type: 'button',
        class: 'chosen',
        hidden: true,
        click() {
          store.narrow(EVERYTHING);
          search.focus();
        },
      },
      'clear ×',
    );
    // A click in a chart may have chosen for them.
    store.on(['filter'], () => {
      const { text, within } = store.filter;
      search.value = text;
      for (const { what, box } of choices) box.value = store.filter[what];
      clear.hidden =
        text === '' && choices.every(({ what }) => store.filter[what] === '') && within === undefined;
      chosen.hidden = within === undefined;
      chosen.textContent = `${within?.label ?? ''} ×`;
      chosen.setAttribute('aria-label', `Show all, not only ${within?.label ?? ''}`);
    });
    return h(
      'div',
      { class: 'filters' },
      search,
      h('div', { class: 'boxes' }, ...choices.map(({ label }) => label)),
      chosen,
      clear,
      this.#count,
    );
  }

  /** The columns of now: the metric that is looked at comes first among the numbers. */
  #columnsNow(): readonly [Column, ...Column[]] {
    const { report, metric } = this.#store.view;
    const largest = this.#store.layers.reduce((most, { row }) => Math.max(most, row[metric.id] ?? most), 0);
    const totalOf = ({ at }: LayerRow): number | undefined => report.networks[at]?.profile.totals[metric.id];
    const share = (layer: LayerRow): number | undefined => {
      const [part, whole] = [layer.row[metric.id], totalOf(layer)];
      return part === undefined || whole === undefined || whole === 0 ? undefined : part / whole;
    };
    const number = (info: MetricInfo): Column => ({
      id: info.id,
      title: info.title,
      about: info.label,
      width: 6.5,
      numeric: true,
      key: ({ row }) => row[info.id],
      text: ({ row }) => rounded(row[info.id], info),
    });
    const others = report.metrics.filter(({ id, listed }) => listed && id !== metric.id);
    const columns: readonly [Column, ...Column[]] = [
      {
        id: 'index',
        title: '#',
        about: 'index',
        width: 3 + 0.5 * String(this.#store.layers.length).length,
        numeric: true,
        key: ({ row, id }) => (report.networks.length > 1 ? id : row.index),
        text: ({ row }) => String(row.index),
      },
      ...(report.networks.length > 1
        ? [{ ...words('network', 'network', 9, ({ network }) => network), network: true }]
        : []),
      words('name', 'layer', 9, ({ name }) => name),
      words('kind', 'kind', 7.5, ({ kind }) => kind),
      words('operator', 'operator', 10, ({ operator }) => operator),
      words('stage', 'stage', 4.5, ({ stage }) => stage),
      words('output', 'output', 9, ({ row }) => row.outputs.map(formatShape).join(' ')),
      {
        ...number(metric),
        width: 12,
        share: ({ row }) => (largest === 0 ? 0 : (row[metric.id] ?? Number.NaN) / largest),
      },
      ...(metric.total === 'sum'
        ? [
            {
              id: 'share',
              title: 'share',
              about: `share of all ${metric.label}`,
              width: 5,
              numeric: true,
              key: share,
              text: (layer: LayerRow) => percent(share(layer)),
            },
          ]
        : []),
      ...others.map(number),
      words('place', 'place', 15, placeOf),
    ];
    if (!this.#all) return columns;
    const [index, ...more] = columns;
    // What paper has no room for: the operator says its kind.
    const left = new Set(['kind', 'place', ...others.slice(MOST_NUMBERS_PRINTED).map(({ id }) => id)]);
    return [index, ...more.filter(({ id }) => !left.has(id))];
  }

  #arrange(): void {
    const columns = this.#columnsNow();
    const { text, network, stage, kind, within } = this.#store.filter;
    const words = text
      .toLowerCase()
      .split(/\s+/)
      .filter((word) => word !== '');
    const found = this.#store.layers.filter((layer) => {
      if (network !== '' && layer.network !== network) return false;
      if (stage !== '' && layer.stage !== stage) return false;
      if (kind !== '' && layer.kind !== kind) return false;
      if (within?.has(layer) === false) return false;
      if (words.length === 0) return true;
      const all = [layer.name, layer.kind, layer.operator, layer.stage, placeOf(layer)]
        .join(' ')
        .toLowerCase();
      return words.every((word) => all.includes(word));
    });
    const column = columns.find(({ id }) => id === this.#store.sort.column) ?? columns[0];
    this.#shown = [...found].sort(by(column, this.#store.sort.descending));
    this.#cursor = this.#shown.findIndex(({ id }) => id === this.#store.selected);
    this.#count.textContent = `${String(found.length)} of ${String(this.#store.layers.length)} layers`;
    this.#header(columns, column);
    this.#scroll.scrollTop = 0;
    this.#rows();
  }

  #header(
    columns: readonly [Column, ...Column[]],
    sorted: Column,
    { descending }: { readonly descending: boolean } = this.#store.sort,
  ): void {
    this.#visible = columns;
    this.#made.clear();
    this.#columns.replaceChildren(
      ...columns.map(({ width }) => {
        const col = h('col');
        col.style.width = `${String(width)}rem`;
        return col;
      }),
    );
    this.#table.style.width = `${String(columns.reduce((sum, { width }) => sum + width, 0))}rem`;
    this.#table.setAttribute('aria-colcount', String(columns.length));
    this.#table.setAttribute('aria-rowcount', String(this.#shown.length + 1));
    this.#head.replaceChildren(
      h(
        'tr',
        { 'aria-rowindex': 1 },
        ...columns.map((column) => {
          const isSorted = column === sorted;
          return h(
            'th',
            {
              scope: 'col',
              class: column.numeric ? 'number' : undefined,
              'aria-sort': isSorted ? (descending ? 'descending' : 'ascending') : undefined,
            },
            h(
              'button',
              {
                type: 'button',
                title: `sort by ${column.about ?? column.title}`,
                click: () =>
                  this.#order(column, isSorted ? !descending : column.numeric && column.id !== 'index'),
              },
              column.title,
              isSorted && h('span', { 'aria-hidden': 'true' }, descending ? ' ↓' : ' ↑'),
            ),
          );
        }),
      ),
    );
  }

  #order(column: Column, descending: boolean): void {
    this.#store.sortBy({ column: column.id, descending });
    // The header was made anew: the button that was pressed keeps the focus.
    const position = this.#visible.findIndex(({ id }) => id === column.id);
    this.#head.querySelectorAll('button')[position]?.focus();
  }

  /** The rows in sight; those that stay there stay in the page. */
  #rows(): void {
    const count = this.#shown.length;
    const first = this.#all ? 0 : Math.max(0, Math.floor(this.#scroll.scrollTop / ROW) - OVERSCAN);
    const fitting = Math.ceil(this.#scroll.clientHeight / ROW) + 2 * OVERSCAN;
    const last = this.#all ? count : Math.min(count, first + fitting);
    const made = this.#made;
    if (made.size === 0) this.#body.replaceChildren(this.#above, this.#below);
    for (const [position, row] of made) {
      if (position >= first && position < last) continue;
      row.remove();
      made.delete(position);
    }
    let next = this.#below;
    for (let position = last - 1; position >= first; position--) {
      let row = made.get(position);
      if (row === undefined) {
        row = this.#row(position);
        this.#body.insertBefore(row, next);
        made.set(position, row);
      }
      next = row;
    }
    takeRoom(this.#above, first, this.#visible.length);
    takeRoom(this.#below, count - last, this.#visible.length);
    if (count === 0)
      this.#body.append(
        h('tr', {}, h('td', { class: 'none', colspan: this.#visible.length }, 'No layer is like this.')),
      );
    this.#states();
  }

  #row(position: number): HTMLElement {
    const layer = this.#shown[position] as LayerRow;
    return h(
      'tr',
      { id: `layer-${String(layer.id)}`, 'data-id': layer.id, 'aria-rowindex': position + 2 },
      ...this.#visible.map((column) => cellOf(column, layer)),
    );
  }

  #states(): void {
    const { pointed, selected } = this.#store;
    for (const row of this.#body.rows) {
      const { id } = row.dataset;
      if (id === undefined) continue;
      row.classList.toggle('pointed', Number(id) === pointed);
      const isSelected = String(Number(id) === selected);
      if (row.ariaSelected !== isSelected) row.ariaSelected = isSelected;
    }
    const cursor = this.#shown[this.#cursor];
    if (cursor !== undefined && document.getElementById(`layer-${String(cursor.id)}`) !== null) {
      this.#table.setAttribute('aria-activedescendant', `layer-${String(cursor.id)}`);
    } else this.#table.removeAttribute('aria-activedescendant');
  }

  #key(event: KeyboardEvent): void {
    if (event.target !== this.#table) return;
    const page = Math.max(1, Math.floor(this.#scroll.clientHeight / ROW) - 2);
    const steps: Readonly<Record<string, number>> = {
      ArrowDown: 1,
      ArrowUp: -1,
      PageDown: page,
      PageUp: -page,
      Home: -Infinity,
      End: Infinity,
    };
    const step = steps[event.key];
    const cursor = this.#shown[this.#cursor];
    if (step !== undefined) {
      const to = Math.min(Math.max(this.#cursor + step, 0), this.#shown.length - 1);
      const layer = this.#shown[to];
      if (layer !== undefined) {
        this.reveal(layer.id);
        this.#store.point(layer.id);
        this.#states();
      }
    } else if ((event.key === 'Enter' || event.key === ' ') && cursor !== undefined)
      this.#store.select(cursor.id);
    else if (event.key === 'Escape') this.#store.select(undefined);
    else return;
    event.preventDefault();
  }
}

const words = (id: string, title: string, width: number, text: (layer: LayerRow) => string): Column => ({
  id,
  title,
  width,
  numeric: false,
  key: text,
  text,
});

const roomRow = (): HTMLElement => h('tr', { class: 'room', 'aria-hidden': 'true' }, h('td'));

/** Gives a row the height of so many. */
function takeRoom(row: HTMLElement, rows: number, columns: number): void {
  row.hidden = rows === 0;
  const cell = row.firstElementChild as HTMLTableCellElement;
  cell.colSpan = columns;
  cell.style.height = `${String(rows * ROW)}px`;
}

function cellOf(column: Column, layer: LayerRow): HTMLElement {
  const text = column.text(layer);
  const share = column.share?.(layer);
  if (share === undefined) {
    return h(
      'td',
      { class: column.numeric ? 'number' : undefined, title: column.numeric ? undefined : text },
      column.network === true && swatch(layer.at),
      text,
    );
  }
  const bar = h('span', { class: 'bar', 'data-network': layer.at % 7 });
  bar.style.setProperty('--share', String(Number.isNaN(share) ? 0 : share));
  return h('td', { class: 'number metered' }, bar, h('span', {}, text));
}

/** Unknown last, ties in the order of the network. */
const by =
  ({ key }: Column, descending: boolean) =>
  (a: LayerRow, b: LayerRow): number => {
    const [x, y] = [key(a), key(b)];
    if (x === y) return a.id - b.id;
    if (x === undefined) return 1;
    if (y === undefined) return -1;
    const order = typeof x === 'number' && typeof y === 'number' ? x - y : String(x) < String(y) ? -1 : 1;
    return descending ? -order : order;
  };

function idAt({ target }: Event): number | undefined {
  const row = target instanceof Element ? target.closest<HTMLElement>('tr[data-id]') : null;
  return row === null ? undefined : Number(row.dataset['id']);
}

export const detailsOf = (
  layer: LayerRow,
  metrics: readonly MetricInfo[],
): readonly (readonly [string, string])[] =>
  metrics.flatMap((metric) => {
    const value = layer.row[metric.id];
    return value === undefined ? [] : [[metric.label, exact(value, metric)] as const];
  });
