import type { Chart, Spec } from '../charts/chart.ts';
import { CHARTS } from '../charts/registry.ts';
import { inWords } from '../format.ts';
import { escaped, inert } from '../../inertJson.ts';
import {
  TEXT_PAGES,
  cutPage,
  filled,
  skeletonOf,
  type CutPage,
  type KeptAs,
  type Templates,
} from './templates.ts';
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

/** Turns Vega-Lite into Vega. */
export type Compile = (spec: Spec) => Spec;

/**
 * A report as one file: `template` is the page with its style and its program, as the build makes it; the view says
 * what is seen first; `load` is asked for a compiler where the build has not compiled a chart.
 */
export const renderPage = async (
  template: string,
  view: View,
  load: () => Promise<Compile>,
): Promise<string> => (await pagePieces(template, TEXT_PAGES, view, load)).join('');

/** The same in pieces, those of the template as they are in it. */
export async function pagePieces<Part>(
  template: Part,
  kept: KeptAs<Part>,
  { report, metric }: View,
  load: () => Promise<Compile>,
): Promise<readonly (Part | string)[]> {
  const { templates, ...page } = cutPage(template, kept);
  const panels = (await compiledPanels(report, templates, load)).map(
    ({ chart, panel, spec }) => `{"chart":${JSON.stringify(chart)},"panel":${String(panel)},"spec":${spec}}`,
  );
  const data = `{"report":${JSON.stringify(report)},"metric":${JSON.stringify(metric.id)},"panels":[${panels.join()}]}`;
  return filledPage(page, report, data);
}

/** The page of a report that was shown already. */
export const fillPage = (template: string, data: PageData): string =>
  filledPage(cutPage(template, TEXT_PAGES), data.report, JSON.stringify(data)).join('');

/** @param data JSON of {@link PageData} */
const filledPage = <Part>(
  { beforeTitle, beforeData, afterData }: Omit<CutPage<Part>, 'templates'>,
  report: Report,
  data: string,
): readonly (Part | string)[] => [beforeTitle, html(titleOf(report)), beforeData, embedded(data), afterData];

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
  const panels = await compiledPanels(report, templates, load);
  return {
    report,
    metric: metric.id,
    panels: panels.map((panel) => ({ ...panel, spec: JSON.parse(panel.spec) as Spec })),
  };
}

/** A chart of a report, compiled, as JSON. */
type PanelText = Omit<CompiledPanel, 'spec'> & { readonly spec: string };

async function compiledPanels(
  report: Report,
  templates: Templates,
  load: () => Promise<Compile>,
): Promise<readonly PanelText[]> {
  const panels: PanelText[] = [];
  for (const { chart, panel, spec } of pageSpecs(report)) {
    const { key, text, filling } = skeletonOf(spec);
    let compiled = templates.get(key);
    if (compiled === undefined) templates.set(key, (compiled = compiledForPage(text, await load())));
    panels.push({ chart, panel, spec: filled(compiled, filling) });
  }
  return panels;
}

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
export const templatesOf = (report: Report, compile: Compile): ReadonlyMap<string, string> =>
  new Map(
    pageSpecs(report).map(({ spec }) => {
      const { key, text } = skeletonOf(spec);
      return [key, compiledForPage(text, compile)];
    }),
  );

/** The chart as wide as it is given room, and above it what marks the selected layers. */
function pageSpec(chart: Chart, report: Report, panel: number): Spec {
  const spec = chart.spec(report, panel) as Spec & { readonly layer: readonly Layer[] };
  const selected = chart.linked?.layers(report, panel) ?? [];
  const own = spec.layer
    .map((layer) =>
      chart.group === undefined ? layer : { ...layer, mark: { ...layer.mark, cursor: 'pointer' } },
    )
    .map((layer) => (chart.linked?.near === undefined ? layer : withoutTooltip(layer)));
  return {
    ...spec,
    width: 600,
    autosize: { type: 'fit-x', contains: 'padding' },
    // The page describes the chart; a description of every mark would be a second copy of the table.
    config: { aria: false },
    layer: [...own, ...selected.map((layer) => ({ data: { name: 'selected' }, ...layer }))],
  };
}

/** A layer of a chart; some are made of others. */
interface Layer extends Spec {
  readonly mark: Spec;
  readonly encoding?: Spec;
  readonly layer?: readonly Layer[];
}

/** Where the page itself tells what is nearest, the texts of all marks would take most of the time of drawing. */
function withoutTooltip({ encoding, layer, ...rest }: Layer): Layer {
  return {
    ...rest,
    ...(encoding === undefined
      ? {}
      : {
          encoding: Object.fromEntries(Object.entries(encoding).filter(([channel]) => channel !== 'tooltip')),
        }),
    ...(layer === undefined ? {} : { layer: layer.map(withoutTooltip) }),
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
function compiledForPage(spec: string, compile: Compile): string {
  const vega = compile(JSON.parse(spec) as Spec);
  const { data, scales = [] } = vega as {
    readonly data: readonly Named[];
    readonly scales?: readonly { readonly domain?: Domain }[];
  };
  const selected = new Set(['selected']);
  for (const { name, source } of data) if (source !== undefined && selected.has(source)) selected.add(name);
  return JSON.stringify({
    ...Object.fromEntries(
      Object.entries(vega).filter(([key]) => !['background', 'config', 'padding'].includes(key)),
    ),
    scales: scales.map((scale) => {
      const fields = scale.domain?.fields;
      if (fields === undefined) return scale;
      const own = fields.filter((field) => field.data === undefined || !selected.has(field.data));
      return { ...scale, domain: { ...scale.domain, fields: own } };
    }),
  });
}

export const titleOf = ({ networks }: Report): string => inWords(networks.map(({ label }) => label));

export const html = (text: string): string =>
  text.replace(/[&<>"']/g, (character) => `&#${String(character.codePointAt(0))};`);

/**
 * JSON that no text of it can leave: within a script element only `<` could end it or open a comment.
 */
export const embeddedJson = (value: unknown): string => embedded(JSON.stringify(value));

const embedded = (json: string): string => inert(json).replace(/[<>&]/g, escaped);
