import { ProfileError, formatDiagnostic } from '../../diagnostics.ts';
import { MEASUREMENT_VERSION, type Measurement } from '../../analysis/measurement/measurement.ts';
import { numbered } from '../../report/format.ts';
import { h, select, table } from '../../report/html/page/dom.ts';
import type { PageData } from '../../report/html/render.ts';
import type { Catalogue } from '../catalogue.ts';
import type { Given, SentSlot, Served, Shown, SlotNumbers } from '../messages.ts';
import { stateIn, withState, type Settings, type State, type Wanted } from '../state.ts';
import { Client, Latest } from './client.ts';
import { button, download } from './fields.ts';
import { LiveReport } from './liveReport.ts';
import { MeasurePanel } from './measurePanel.ts';
import { settingsForm } from './settingsForm.ts';
import { SlotCard } from './slotCard.ts';

interface Entry {
  readonly id: number;
  wanted: Wanted;
  source: Given | Served | undefined;
  readonly card: SlotCard;
}

/** The text of an element that the build put into the page. */
const partOf = (id: string): string => document.getElementById(id)?.textContent ?? '';

class ExplorerPage {
  readonly #client: Client;
  readonly #latest = new Latest();
  readonly #report: LiveReport;
  readonly #catalogue: Catalogue;
  readonly #list = h('ol', { class: 'slots', 'aria-label': 'Networks' });
  readonly #said = h('p', { class: 'unseen', role: 'status' });
  readonly #trouble = h('div', { class: 'wrong', role: 'alert' });
  readonly #intro = h(
    'main',
    { class: 'intro' },
    h('h1', {}, 'What does a network cost?'),
    h('p', {}, INTRO),
  );
  readonly #save: HTMLElement;
  readonly #saveMeasured = button('Save measurement', () => this.#saveMeasurement());
  readonly #measure = new MeasurePanel(
    () => ({
      slots: this.#entries.filter(({ id }) => !this.#broken.has(id)).map(sent),
      settings: this.#settings,
    }),
    (measurement) => this.#measured(measurement),
    (error) => this.#say(error),
    () => this.#chooseDetectors(),
  );
  readonly #beside = h('div', { class: 'beside', 'aria-live': 'polite' });
  #entries: Entry[] = [];
  /** ids of those that cannot be shown */
  #broken: ReadonlySet<number> = new Set();
  #settings: Settings;
  #measurement: Measurement | undefined;
  #page: PageData | undefined;
  #next = 0;
  /** files that were given so far */
  #given = 0;

  constructor(client: Client, catalogue: Catalogue, state: State) {
    this.#client = client;
    this.#catalogue = catalogue;
    this.#settings = state.settings;
    const root = h('div', { class: 'live' });
    this.#report = new LiveReport(root);
    this.#save = h(
      'div',
      { class: 'save', hidden: true },
      button('Save as HTML', () => this.#saveHtml()),
      button('Save limits for gate', () => void this.#guarded(() => this.#saveGate())),
      this.#saveMeasured,
    );
    document.body.prepend(
      h(
        'section',
        { class: 'intake', 'aria-label': 'Networks and settings' },
        h(
          'div',
          { class: 'topbar' },
          h('b', {}, 'csp-profile'),
          h('span', { class: 'promise' }, 'Files stay on this device: nothing is sent.'),
          this.#save,
        ),
        this.#chooser(),
        this.#trouble,
        this.#list,
        h(
          'details',
          { class: 'more-settings' },
          h('summary', {}, 'Hardware and counting rules'),
          settingsForm(catalogue, state.settings, (settings) => {
            this.#settings = settings;
            this.#changed();
          }),
        ),
        this.#measure.element,
        this.#beside,
        this.#said,
      ),
      this.#intro,
      root,
    );
    this.#saveMeasured.hidden = true;
    this.#listen();
    for (const wanted of state.networks) this.#add(wanted, servedFile(wanted));
    this.#changed();
  }

  #chooser(): HTMLElement {
    const { families, extensions } = this.#catalogue;
    const files = h('input', {
      type: 'file',
      multiple: true,
      class: 'unseen',
      id: 'files',
      tabindex: '-1',
      'aria-hidden': 'true',
      change: () => {
        void this.#take([...(files.files ?? [])]);
        files.value = '';
      },
    });
    const networks = families.flatMap((family) =>
      family.networks.length === 0
        ? [[family.name, family.title] as const]
        : family.networks.map(({ name, title }) => [name, title] as const),
    );
    const { label, box } = select('Built in', [['', 'choose …'], ...networks], '', (name) => {
      if (name === '') return;
      this.#add({ kind: 'zoo', name, parameters: {} }, undefined);
      box.value = '';
      this.#changed();
    });
    return h(
      'div',
      { class: 'drop' },
      button('Choose files', () => files.click()),
      files,
      h('span', { class: 'hint' }, `or drop or paste them anywhere (${extensions.join(', ')})`),
      label,
    );
  }

  #listen(): void {
    const { body } = document;
    addEventListener('dragover', (event) => {
      event.preventDefault();
      body.classList.add('dragging');
    });
    addEventListener('dragleave', ({ relatedTarget }) => {
      if (relatedTarget === null) body.classList.remove('dragging');
    });
    addEventListener('drop', (event) => {
      event.preventDefault();
      body.classList.remove('dragging');
      void this.#take([...(event.dataTransfer?.files ?? [])]);
    });
    addEventListener('paste', ({ clipboardData, target }) => {
      const typing = target instanceof HTMLInputElement;
      const files = [...(clipboardData?.files ?? [])];
      const text = clipboardData?.getData('text/plain') ?? '';
      if (files.length > 0) void this.#take(files);
      else if (!typing && text.trim() !== '') void this.#take([new File([text], nameOfText(text))]);
    });
    addEventListener('hashchange', () => {
      const state = stateIn(location.hash);
      if (JSON.stringify(state) !== JSON.stringify(this.#state())) location.reload();
    });
  }

  async #take(files: readonly File[]): Promise<void> {
    performance.mark('given');
    for (const file of files) await this.#guarded(() => this.#takeOne(file));
    this.#changed();
  }

  async #takeOne(file: File): Promise<void> {
    const { name } = file;
    if (name.toLowerCase().endsWith('.json')) {
      const measurement = await this.#client.ask('measurement', { file, name });
      if (measurement !== undefined) {
        this.#measurement = measurement;
        return;
      }
    }
    // A link knew its name, or it was changed on disk.
    const known = this.#entries.find(({ wanted }) => wanted.kind === 'file' && wanted.name === name);
    const given = { number: this.#given++, file };
    if (known === undefined) this.#add({ kind: 'file', name, options: {} }, given);
    else known.source = given;
  }

  #add(wanted: Wanted, source: Given | Served | undefined): void {
    const id = this.#next++;
    const find = (): number => this.#entries.findIndex((entry) => entry.id === id);
    const card = new SlotCard(wanted, this.#catalogue, {
      change: (changed) => {
        const entry = this.#entries[find()];
        if (entry !== undefined) entry.wanted = changed;
        this.#changed();
      },
      remove: () => {
        this.#entries.splice(find(), 1);
        card.element.remove();
        this.#changed();
      },
      toFront: () => {
        this.#entries.unshift(...this.#entries.splice(find(), 1));
        this.#list.prepend(card.element);
        this.#changed();
      },
      save: () => void this.#guarded(() => this.#saveJson(find())),
    });
    this.#entries.push({ id, wanted, source, card });
    this.#list.append(card.element);
  }

  #state(): State {
    return { networks: this.#entries.map(({ wanted }) => wanted), settings: this.#settings };
  }

  /** Shows what is asked for now. */
  #changed(): void {
    const fragment = withState(location.hash, this.#state());
    history.replaceState(null, '', fragment === '' ? location.pathname + location.search : fragment);
    this.#latest.run(() =>
      this.#guarded(async () => {
        const entries = [...this.#entries];
        const shown = await this.#client.ask(
          'explore',
          {
            slots: entries.map(sent),
            settings: this.#settings,
            ...(this.#measurement === undefined ? {} : { measurement: this.#measurement }),
          },
          (numbers) => this.#count(entries, numbers),
        );
        this.#show(entries, shown);
      }),
    );
  }

  /** The first numbers, while the report is made. */
  #count(entries: readonly Entry[], numbers: readonly SlotNumbers[]): void {
    let shown = 0;
    this.#broken = new Set(numbers.flatMap(({ id, totals }) => (totals === undefined ? id : [])));
    for (const [i, each] of numbers.entries())
      entries[i]?.card.count(each, each.totals === undefined ? undefined : shown++);
    this.#measure.ready(shown > 0);
    performance.mark('numbers');
  }

  #show(entries: readonly Entry[], { descriptions, page }: Shown): void {
    for (const [id, description] of descriptions)
      entries.find((entry) => entry.id === id)?.card.describe(description);
    this.#page = page;
    this.#save.hidden = page === undefined;
    this.#intro.hidden = page !== undefined;
    this.#report.show(page);
    const labels = page?.report.networks.map(
      ({ label, profile }) => `${label}: ${numbered(profile.totals.layers, 'layer')}`,
    );
    this.#said.textContent = labels?.join(', ') ?? '';
    document.title = labels === undefined ? 'csp-profile' : `${labels.join(', ')} – csp-profile`;
    performance.mark('shown');
  }

  /** Does it; what goes wrong is said as the command line says it. */
  async #guarded(work: () => Promise<void>): Promise<void> {
    try {
      await work();
      this.#trouble.replaceChildren();
    } catch (error) {
      this.#say(error);
    }
  }

  #say(error: unknown): void {
    const lines = error instanceof ProfileError ? error.diagnostics.map(formatDiagnostic) : [internal(error)];
    this.#trouble.replaceChildren(...lines.map((line) => h('p', { class: 'error' }, line)));
  }

  #measured(measurement: Measurement): void {
    this.#measurement = measurement;
    this.#saveMeasured.hidden = false;
    this.#changed();
    void this.#guarded(() => this.#showBeside(measurement));
  }

  #saveHtml(): void {
    if (this.#page === undefined) return;
    download('report.html', this.#report.asFile(this.#page, partOf), 'text/html');
  }

  /** The networks of the paper's table 5, in the place of those that are there. */
  async #chooseDetectors(): Promise<void> {
    const detectors = await this.#client.ask('detectors', {});
    this.#entries = [];
    this.#list.replaceChildren();
    for (const wanted of detectors) this.#add(wanted, undefined);
    this.#changed();
  }

  async #showBeside(measurement: Measurement): Promise<void> {
    const beside = await this.#client.ask('table5', { measurement });
    this.#beside.replaceChildren(
      ...(beside === undefined
        ? []
        : [
            h('h2', {}, 'Table 5 of the paper, and this device'),
            h(
              'p',
              { class: 'hint' },
              'Speeds relative to the first network: here, and on the devices of the paper as it prints them.',
            ),
            table('Table 5', beside.titles, 1, beside.rows),
            h('ul', {}, ...beside.order.map((line) => h('li', {}, line))),
          ]),
    );
  }

  #saveMeasurement(): void {
    if (this.#measurement === undefined) return;
    const file = { schemaVersion: MEASUREMENT_VERSION, tool: this.#page?.report.tool, ...this.#measurement };
    download('measurement.json', `${JSON.stringify(file, undefined, 2)}\n`, 'application/json');
  }

  async #saveGate(): Promise<void> {
    const ask = { slots: this.#entries.map(sent), settings: this.#settings };
    download('csp-profile.config.json', await this.#client.ask('gate', ask), 'application/json');
  }

  async #saveJson(at: number): Promise<void> {
    const entry = this.#entries[at];
    if (entry === undefined) return;
    const text = await this.#client.ask('json', { slot: sent(entry), settings: this.#settings });
    download(`${entry.wanted.name.replace(/\.[^.]*$/, '')}.json`, text, 'application/json');
  }
}

const INTRO =
  'Drop a network here, or choose a built-in one: where its arithmetic, its memory traffic and its memory go, layer by layer. With two of them, what differs.';

const sent = ({ id, wanted, source }: Entry): SentSlot => ({
  id,
  wanted,
  ...(source === undefined ? {} : { source }),
});

/** A file that `csp-profile open` serves, beside the page. */
function servedFile(wanted: Wanted): Served | undefined {
  if (wanted.kind !== 'file' || wanted.served === undefined) return undefined;
  const sizes = document.querySelector('meta[name="served"]')?.getAttribute('content')?.split(' ') ?? [];
  const size = sizes[wanted.served];
  return size === undefined
    ? undefined
    : { url: new URL(`models/${String(wanted.served)}`, location.href).href, size: Number(size) };
}

/** Text has no name: a graph of ours is JSON, a table of ncnn begins with its number, and the rest is Darknet. */
const nameOfText = (text: string): string =>
  /^\s*\{/.test(text) ? 'pasted.json' : /^\s*7767517/.test(text) ? 'pasted.param' : 'pasted.cfg';

const internal = (error: unknown): string =>
  `internal error: ${error instanceof Error ? error.message : String(error)} (fix: report it with the file) CSP800`;

const client = new Client(partOf('worker'));
void client.ask('catalogue', {}).then((catalogue) => {
  new ExplorerPage(client, catalogue, stateIn(location.hash));
});
