import { formatDiagnostic, type Diagnostic } from '../../diagnostics.ts';
import { formatMetric } from '../../report/html/model.ts';
import { plain } from '../../report/format.ts';
import { h, swatch } from '../../report/html/page/dom.ts';
import type { Catalogue } from '../catalogue.ts';
import type { ModelDescription } from '../../formats/format.ts';
import type { SlotNumbers } from '../messages.ts';
import type { Wanted } from '../state.ts';
import { button } from './fields.ts';
import { fileForm } from './fileForm.ts';
import { zooForm } from './zooForm.ts';

/** What a card asks of the page. */
export interface CardActions {
  readonly change: (wanted: Wanted) => void;
  readonly remove: () => void;
  readonly toFront: () => void;
  readonly save: () => void;
}

/** A network of the page: what it is, what can be turned, what is wrong. */
export class SlotCard {
  readonly element = h('li', { class: 'slot' });
  readonly #wanted: Wanted;
  readonly #actions: CardActions;
  readonly #swatch = h('span');
  readonly #status = h('span', { class: 'status' }, 'reading …');
  readonly #front: HTMLElement;
  readonly #save: HTMLElement;
  readonly #form = h('div', { class: 'form' });
  readonly #wrong = h('ul', { class: 'wrong' });
  #described = '';

  constructor(wanted: Wanted, catalogue: Catalogue, actions: CardActions) {
    this.#wanted = wanted;
    this.#actions = actions;
    const { name } = wanted;
    this.#front = button('Baseline', actions.toFront, `Make ${name} the baseline`);
    this.#save = button('JSON', actions.save, `Save the profile of ${name} as JSON`);
    this.element.append(
      h(
        'div',
        { class: 'head' },
        this.#swatch,
        h('strong', {}, plain(name)),
        this.#status,
        h(
          'span',
          { class: 'actions' },
          this.#front,
          this.#save,
          button('×', actions.remove, `Remove ${name}`),
        ),
      ),
      this.#wrong,
      this.#form,
    );
    if (wanted.kind !== 'zoo') return;
    const family = catalogue.families.find(
      (each) => each.name === name || each.networks.some((network) => network.name === name),
    );
    if (family === undefined) return;
    this.#form.append(
      zooForm(family, name, wanted.parameters, (parameters) => actions.change({ ...wanted, parameters })),
    );
  }

  /** @param at position among the networks that are shown; undefined where this one is not */
  count({ totals, diagnostics }: SlotNumbers, at: number | undefined): void {
    this.#swatch.replaceChildren(...(at === undefined ? [] : [swatch(at)]));
    this.#front.hidden = at === undefined || at === 0;
    this.#save.hidden = totals === undefined;
    this.#status.textContent =
      totals === undefined
        ? ''
        : [
            `${String(totals.layers)} layer${totals.layers === 1 ? '' : 's'}`,
            ...(totals.flops === undefined ? [] : [`${formatMetric(totals.flops, { unit: 'FLOP' })} FLOPs`]),
          ].join(', ');
    this.#wrong.replaceChildren(...diagnostics.map(line));
  }

  /** Asks for what the file leaves open. */
  describe(description: ModelDescription): void {
    const wanted = this.#wanted;
    const described = JSON.stringify(description);
    if (wanted.kind !== 'file' || described === this.#described) return;
    this.#described = described;
    const form = fileForm(description, wanted.options, (options) =>
      this.#actions.change({ ...wanted, options }),
    );
    this.#form.replaceChildren(form);
  }
}

/** As the command line prints it. */
const line = (diagnostic: Diagnostic): HTMLElement =>
  h(
    'li',
    { class: diagnostic.severity },
    h('span', { class: 'unseen' }, `${diagnostic.severity}: `),
    formatDiagnostic(diagnostic),
  );
