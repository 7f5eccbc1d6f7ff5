import type { LayerGroup } from '../../charts/chart.ts';
import type { LayerRow, Report, View } from '../model.ts';
import { layerRows } from '../model.ts';

/** What the table is narrowed to; empty: everything. */
export interface Filter extends Required<Omit<LayerGroup, 'within'>> {
  readonly text: string;
  readonly within: LayerGroup['within'] | undefined;
}

/** The filter that every layer passes. */
export const EVERYTHING: Filter = { text: '', network: '', stage: '', kind: '', within: undefined };

/** What orders the table of layers. */
export interface Sort {
  /** id of the column */
  readonly column: string;
  readonly descending: boolean;
}

type Topic = 'view' | 'pointed' | 'selected' | 'filter' | 'sort';

/** What is looked at, pointed at and selected; whoever shows it is told of changes. */
export class Store {
  readonly report: Report;
  readonly layers: readonly LayerRow[];
  view: View;
  /** id of the layer under the pointer or the cursor */
  pointed: number | undefined;
  /** id of the layer that was chosen */
  selected: number | undefined;
  filter = EVERYTHING;
  sort: Sort = { column: 'index', descending: false };
  readonly #listeners = new Map<Topic, (() => void)[]>();

  constructor(view: View) {
    this.view = view;
    this.report = view.report;
    this.layers = layerRows(view.report);
  }

  on(topics: readonly Topic[], listener: () => void): void {
    for (const topic of topics) this.#listeners.set(topic, [...(this.#listeners.get(topic) ?? []), listener]);
  }

  look(change: Partial<View>): void {
    this.view = { ...this.view, ...change };
    this.#tell('view');
  }

  point(id: number | undefined): void {
    if (id === this.pointed) return;
    this.pointed = id;
    this.#tell('pointed');
  }

  /** Selects a layer, or nothing where it was selected already. */
  select(id: number | undefined): void {
    this.selected = id === this.selected ? undefined : id;
    this.#tell('selected');
  }

  narrow(change: Partial<Filter>): void {
    this.filter = { ...this.filter, ...change };
    this.#tell('filter');
  }

  sortBy(sort: Sort): void {
    this.sort = sort;
    this.#tell('sort');
  }

  #tell(topic: Topic): void {
    for (const listener of this.#listeners.get(topic) ?? []) listener();
  }
}
