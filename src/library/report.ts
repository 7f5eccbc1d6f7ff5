import type { Measurement } from '../analysis/measurement/measurement.ts';
import type { MetricId, Profile } from '../analysis/profile.ts';
import { ProfileError, problem } from '../diagnostics.ts';
import type { Graph } from '../graph/graph.ts';
import { layerSources } from '../graph/sources.ts';
import { standalone, type Chart, type VegaLiteSpec } from '../report/charts/chart.ts';
import { CHARTS } from '../report/charts/registry.ts';
import { buildReport, type ReportInput } from '../report/html/build.ts';
import { firstView, openingMetric, type Report, type View } from '../report/html/model.ts';
import { TOOL } from '../version.ts';
import { accuracyTables } from './accuracy.ts';

/** What a report of networks shows. */
export interface ReportOptions {
  /** what the charts show that can show any metric; absent: the time where it is known, else `flops` */
  readonly metric?: MetricId | 'measuredSeconds';
  /** times of the layers: `csp-profile/probe` measures and reads them */
  readonly measurement?: Measurement;
  /** for each network and each of its layers, the layers that it reads ({@link layerSources}): to draw the network */
  readonly sources?: readonly (readonly (readonly number[])[])[];
}

/** One chart of a report. */
export interface ChartOptions extends ReportOptions {
  /** its id, as `csp-profile report --help` lists them; absent: `layers`, the metric layer by layer */
  readonly chart?: string;
}

/** What a report of these networks shows; the first one is the baseline. */
export const reportOf = (
  profiles: readonly Profile[],
  more: Pick<ReportInput, 'measurement' | 'advice' | 'sources' | 'made'> = {},
): Report => buildReport({ tool: TOOL, profiles, accuracy: accuracyTables(profiles), ...more });

/** Which layers each layer of a network reads; rows that are modules are no layers of the graph. */
export const sourcesOf = ({
  graph,
  profile,
}: {
  readonly graph?: Graph;
  readonly profile: Profile;
}): ReturnType<typeof layerSources> | undefined =>
  graph === undefined || graph.layers.length !== profile.layers.length ? undefined : layerSources(graph);

function viewOf(profiles: readonly Profile[], { metric, measurement, sources }: ReportOptions): View {
  if (profiles.length === 0)
    throw new ProfileError(problem('CSP801', 'there is no network to show', 'give one profile or more'));
  const report = reportOf(profiles, {
    ...(measurement === undefined ? {} : { measurement }),
    ...(sources === undefined ? {} : { sources }),
  });
  const shown = report.metrics.flatMap(({ id, total }) => (total === 'none' ? [] : id));
  return firstView(report, known('metric', metric ?? openingMetric(report), shown));
}

/**
 * The chart with this id, which the report has.
 *
 * @throws ProfileError CSP801 where it has none
 */
export function chartOf({ report }: View, id: string): Chart {
  const present = CHARTS.filter((chart) => chart.panels(report) > 0);
  const name = known(
    'chart',
    id,
    present.map((chart) => chart.id),
  );
  return present.find((chart) => chart.id === name) as Chart;
}

function known(what: string, id: string, all: readonly string[]): string {
  if (all.includes(id)) return id;
  throw new ProfileError(
    problem('CSP801', `these networks have no ${what} "${id}"`, `use one of ${all.join(', ')}`),
  );
}

/**
 * One HTML file of one network or several, as `csp-profile report` writes it: charts, layers, what changes. The
 * first network is the baseline. It opens offline: nothing is loaded.
 *
 * @throws ProfileError CSP801 without a network, or for a metric that these do not have
 */
export async function renderReport(
  profiles: readonly Profile[],
  options: ReportOptions = {},
): Promise<string> {
  const view = viewOf(profiles, options);
  const [{ PAGE }, { renderPage }] = await Promise.all([
    import('./page.ts'),
    import('../report/html/render.ts'),
  ]);
  return renderPage(PAGE, view, async () => (await import('../report/html/compile.ts')).toVega);
}

/**
 * One chart of one network or several as an SVG picture.
 *
 * @throws ProfileError CSP801 without a network, or for a metric or a chart that these do not have
 */
export async function renderChart(profiles: readonly Profile[], options: ChartOptions = {}): Promise<string> {
  const { renderSvg } = await import('../report/charts/svg.ts');
  return renderSvg(chartSpec(profiles, options));
}

/**
 * The same chart as a Vega-Lite specification, data and all: to draw it in a page, or to change it.
 *
 * @throws ProfileError CSP801 without a network, or for a metric or a chart that these do not have
 */
export function chartSpec(profiles: readonly Profile[], options: ChartOptions = {}): VegaLiteSpec {
  const view = viewOf(profiles, options);
  return standalone(chartOf(view, options.chart ?? 'layers'), view);
}
