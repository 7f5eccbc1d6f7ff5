import type {} from '../../report/html/page/entry.ts';
import type { showReport, ShownReport } from '../../report/html/page/main.ts';
import { fillPage, type PageData } from '../../report/html/render.ts';

/** The report in the page: it is replaced as a whole, in its place, with what was looked at before, which the address keeps. */
export class LiveReport {
  readonly #root: HTMLElement;
  #shown: ShownReport | undefined;

  constructor(root: HTMLElement) {
    this.#root = root;
  }

  show(page: PageData | undefined): void {
    const root = this.#root;
    // The page keeps its height meanwhile, and so its place.
    root.style.minHeight = `${String(root.offsetHeight)}px`;
    this.#shown?.end();
    this.#shown = page && program()(page, root);
    requestAnimationFrame(() => {
      root.style.minHeight = '';
    });
  }

  /** The same report as a file that opens anywhere. */
  asFile(page: PageData, partOf: (id: string) => string): string {
    const { template } = JSON.parse(partOf('template')) as { readonly template: string };
    const parts = { style: partOf('report-style'), program: partOf('report-program') };
    const filled = Object.entries(parts).reduce(
      (html, [name, text]) => html.replace(`<!--${name}-->`, () => text),
      template,
    );
    return fillPage(filled, { ...page, metric: this.#shown?.view().metric.id ?? page.metric });
  }
}

function program(): typeof showReport {
  const { cspProfileShowReport } = globalThis;
  if (cspProfileShowReport === undefined) throw new TypeError('the program of the report is not in the page');
  return cspProfileShowReport;
}
