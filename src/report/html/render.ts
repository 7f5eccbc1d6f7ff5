import type { Chart, Spec } from '../charts/chart.ts';
import { CHARTS } from '../charts/registry.ts';
import { inWords, type Report, type View } from './model.ts';
import { escaped, inertJson } from '../inertJson.ts';

/** A chart of a report in Vega, without its data. */
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

/**
 * A report as one file: `template` is the page with its style and its program, as the build makes it; the view says
 * what is seen first; `compile` turns Vega-Lite into Vega.
 */
export const renderPage = (template: string, view: View, compile: (spec: Spec) => Spec): string =>
  fillPage(template, pageData(view, compile));

/** What the page of a report is given to show. */
export const pageData = ({ report, metric }: View, compile: (spec: Spec) => Spec): PageData => ({
  report,
  metric: metric.id,
  panels: CHARTS.flatMap((chart) =>
    Array.from({ length: chart.panels(report) }, (_, panel) => ({
      chart: chart.id,
      panel,
      spec: forPage(compile(pageSpec(chart, report, panel))),
    })),
  ),
});

/** The page with what it is given. */
export const fillPage = (template: string, data: PageData): string =>
  [
    { mark: TITLE, text: html(titleOf(data.report)) },
    { mark: DATA, text: embeddedJson(data) },
  ].reduce((page, { mark, text }) => page.split(mark).join(text), template);

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
function forPage(vega: Spec): Spec {
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
