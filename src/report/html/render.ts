import type { Chart, Spec } from '../charts/chart.ts';
import { CHARTS } from '../charts/registry.ts';
import { inWords } from '../format.ts';
import { escaped, inertJson } from '../../inertJson.ts';
import { filled, skeletonOf, withoutTemplates, type Templates } from './templates.ts';
import type { Report, View } from './model.ts';

/** A chart of a report, without its data. */
export interface CompiledPanel {
  readonly chart: string;
  readonly panel: number;
  readonly spec: Spec;
}

/** What the page of a report is given. */
export interface PageData {
  readonly report: Report;
  /** metric that is seen first */
  readonly metric: string;
  readonly panels: readonly CompiledPanel[];
}

/** Where a template takes what differs between reports. */
export const TITLE = '<!--title-->';
export const DATA = '<!--data-->';

/** Turns Vega-Lite into Vega. */
export type Compile = (spec: Spec) => Spec;

/**
 * A report as one file: `template` is the page with its style and its program, as the build makes it; the view says
 * what is seen first; `load` is asked for a compiler where the build has not compiled a chart.
 */
export async function renderPage(
  template: string,
  view: View,
  load: () => Promise<Compile>,
): Promise<string> {
  const { page, templates } = withoutTemplates(template);
  return fillPage(page, await pageData(view, templates, load));
}

/**
 * What the page of a report is given to show.
 *
 * @param templates charts that are compiled; others are put there, for the next report
 */
export async function pageData(
  { report, metric }: View,
  templates: Templates,
  load: () => Promise<Compile>,
): Promise<PageData> {
  const panels: CompiledPanel[] = [];
  for (const { chart, panel, spec } of pageSpecs(report)) {
    const { key, spec: bare, filling } = skeletonOf(spec);
    const compiled = (templates[key] ??= compiledForPage(bare, await load()));
    panels.push({ chart, panel, spec: filled(compiled, filling) });
  }
  return { report, metric: metric.id, panels };
}

/** The page with what it is given. */
export const fillPage = (template: string, data: PageData): string =>
  [
    { mark: TITLE, text: html(titleOf(data.report)) },
    { mark: DATA, text: embeddedJson(data) },
  ].reduce((page, { mark, text }) => page.split(mark).join(text), template);

/** Every chart of a report, as the page asks for it. */
export const pageSpecs = (report: Report): readonly CompiledPanel[] =>
  CHARTS.flatMap((chart) =>
    Array.from({ length: chart.panels(report) }, (_, panel) => ({
      chart: chart.id,
      panel,
      spec: pageSpec(chart, report, panel),
    })),
  );

/** Charts of a report compiled for whichever report has the same ones. */
export const templatesOf = (report: Report, compile: Compile): Templates =>
  Object.fromEntries(
    pageSpecs(report).map(({ spec }) => {
      const { key, spec: bare } = skeletonOf(spec);
      return [key, compiledForPage(bare, compile)];
    }),
  );

/** The chart as wide as it is given room, and above it what marks the selected layers. */
function pageSpec(chart: Chart, report: Report, panel: number): Spec {
  const spec = chart.spec(report, panel) as Spec & { readonly layer: readonly (Spec & { mark: Spec })[] };
  const selected = chart.linked?.layers(report, panel) ?? [];
  const own =
    chart.group === undefined
      ? spec.layer
      : spec.layer.map((layer) => ({ ...layer, mark: { ...layer.mark, cursor: 'pointer' } }));
  return {
    ...spec,
    width: 600,
    autosize: { type: 'fit-x', contains: 'padding' },
    // The page describes the chart; a description of every mark would be a second copy of the table.
    config: { aria: false },
    layer: [...own, ...selected.map((layer) => ({ data: { name: 'selected' }, ...layer }))],
  };
}

interface Named {
  readonly name: string;
  readonly source?: string;
}

interface Domain {
  readonly fields?: readonly { readonly data?: string }[];
}

/**
 * The chart without what the page's colours decide, and with scales that do not depend on what is selected: else
 * every mark would be placed anew at every move of the pointer.
 */
function compiledForPage(spec: Spec, compile: Compile): Spec {
  const vega = compile(spec);
  const { data, scales = [] } = vega as {
    readonly data: readonly Named[];
    readonly scales?: readonly { readonly domain?: Domain }[];
  };
  const selected = new Set(['selected']);
  for (const { name, source } of data) if (source !== undefined && selected.has(source)) selected.add(name);
  return {
    ...Object.fromEntries(
      Object.entries(vega).filter(([key]) => !['background', 'config', 'padding'].includes(key)),
    ),
    scales: scales.map((scale) => {
      const fields = scale.domain?.fields;
      if (fields === undefined) return scale;
      const own = fields.filter((field) => field.data === undefined || !selected.has(field.data));
      return { ...scale, domain: { ...scale.domain, fields: own } };
    }),
  };
}

export const titleOf = ({ networks }: Report): string => inWords(networks.map(({ label }) => label));

export const html = (text: string): string =>
  text.replace(/[&<>"']/g, (character) => `&#${String(character.codePointAt(0))};`);

/**
 * JSON that no text of it can leave: within a script element only `<` could end it or open a comment.
 */
export const embeddedJson = (value: unknown): string => inertJson(value).replace(/[<>&]/g, escaped);
