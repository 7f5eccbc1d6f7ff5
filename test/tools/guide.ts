import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { buildNetwork } from '../../architectures/zoo.ts';
import { profile } from '../../src/analysis/profile.ts';
import { layerSources } from '../../src/graph/sources.ts';
import { renderProfile } from '../../src/library/profileText.ts';
import { reportOf } from '../../src/library/report.ts';
import { sentenceText } from '../../src/report/conclusions.ts';
import type { Report } from '../../src/report/html/model.ts';
import { FIGURES } from '../../src/cli/commands/reproduce.ts';
import type { VegaLiteSpec } from '../../src/report/charts/chart.ts';
import { renderSvg } from '../../src/report/charts/svg.ts';
import type { Generator } from './generate.ts';

/** The networks of the sample report, its picture and the picture of a terminal. */
export const SAMPLES = ['resnext50', 'cspresnext50'] as const;

export function sampleReport(): Report {
  const graphs = SAMPLES.map((name) => buildNetwork(name));
  return reportOf(
    graphs.map((graph) => profile(graph)),
    { sources: graphs.map(layerSources) },
  );
}

/** What the first screen of the sample says: its picture is current while that is the same. */
export function firstScreen({ networks, alignments, metrics }: Report): string {
  const said = [
    ...networks.flatMap(({ conclusions }) => conclusions),
    ...alignments.flatMap(({ verdicts }) => verdicts.flat()),
  ].map(sentenceText);
  const totals = networks.map(({ label, profile: { totals } }) => [label, totals]);
  const style = readFileSync('src/report/html/page/page.css', 'utf8');
  return createHash('sha256')
    .update(JSON.stringify([said, totals, metrics.map(({ label }) => label), style]))
    .digest('hex');
}

const CHARACTER = 7.8;
const LINE = 17;

const escaped = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');

/** Text as a terminal shows it. */
function terminal(command: string, output: string): string {
  const lines = [`$ ${command}`, ...output.trimEnd().split('\n')];
  const width = Math.ceil(CHARACTER * Math.max(...lines.map((line) => line.length))) + 40;
  const height = LINE * lines.length + 56;
  const rows = lines.map(
    (line, i) =>
      `<text x="20" y="${String(48 + LINE * i)}" xml:space="preserve"${i === 0 ? ' fill="#7fbcff"' : ''}>${escaped(line)}</text>`,
  );
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${String(width)}" height="${String(height)}" viewBox="0 0 ${String(width)} ${String(height)}" role="img" aria-label="${escaped(command)}">
<rect width="100%" height="100%" rx="8" fill="#16191d"/>
<g fill="#e9ecef" font-family="ui-monospace, SFMono-Regular, Menlo, Consolas, 'DejaVu Sans Mono', monospace" font-size="13">
${rows.join('\n')}
</g>
</svg>
`;
}

/** The picture of a terminal; and, so that it is noticed, what the picture of the sample report must show. */
export const guide: Generator = async () => {
  const of = profile(buildNetwork('cspresnext50'));
  const text = await renderProfile(of, 'table', { top: 6 });
  // Down to the layers: a first look.
  const [upper = ''] = text.split('\nbottleneck ');
  return new Map([
    ['reports/guide/terminal.svg', terminal('csp-profile analyze cspresnext50 --top 6', upper)],
    ...(await Promise.all(
      (['figure7', 'figure8'] as const).map(
        async (figure) =>
          [
            `reports/guide/${figure}.svg`,
            `${await renderSvg(FIGURES[figure]?.() as VegaLiteSpec)}\n`,
          ] as const,
      ),
    )),
  ]);
};
