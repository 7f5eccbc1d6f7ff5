import type { Check, GateResult } from '../../analysis/gate/result.ts';
import { plain } from '../format.ts';
import type { GateRenderer, GateRenderOptions } from './report.ts';
import { advice, causeText, causesTitle, placeOf, sentence, verdict } from './sentences.ts';

/** GitHub shows this many annotations of a kind for a step, and drops the others. */
const MOST_ANNOTATIONS = 10;

/** Data of a workflow command: what would end it or start another one is escaped. */
const data = (lines: readonly string[]): string =>
  lines.map((line) => plain(line).replace(/%/g, '%25')).join('%0A');

const property = (text: string): string => data([text]).replace(/:/g, '%3A').replace(/,/g, '%2C');

interface Found {
  readonly result: GateResult;
  readonly check: Check;
}

/**
 * The gate as annotations of GitHub Actions, at the layers that grew.
 *
 * @source docs.github.com, "Workflow commands for GitHub Actions"; at most 10 errors and 10 warnings for a step
 */
export const renderGithub: GateRenderer = (report, options) => {
  const found = report.results.flatMap((result) => result.checks.map((check): Found => ({ result, check })));
  const of = (status: Check['status']): Found[] => found.filter(({ check }) => check.status === status);
  return [
    ...annotations('error', of('fail'), options),
    ...annotations('warning', of('warn'), options),
    ...advice(report).map((line) => `::notice title=csp-profile gate::${data([line])}`),
    `csp-profile gate: ${plain(verdict(report))}`,
    '',
  ].join('\n');
};

/** One for each check; where they are too many, the last one lists the rest. */
function annotations(kind: string, found: readonly Found[], options: GateRenderOptions): readonly string[] {
  const shown = found.length <= MOST_ANNOTATIONS ? found : found.slice(0, MOST_ANNOTATIONS - 1);
  const rest = found.slice(shown.length);
  return [
    ...shown.map(({ result: { model }, check }) => {
      const { file, line } = placeOf(check);
      const where = [
        ...(file === undefined ? [] : [`file=${property(options.inRepository(file))}`]),
        ...(line === undefined ? [] : [`line=${String(line)}`]),
        `title=${property(`${model}: ${check.name}`)}`,
      ];
      const causes =
        check.causes.length === 0
          ? []
          : [`${causesTitle(check)}:`, ...check.causes.map((cause) => causeText(cause, check.causesBy))];
      return `::${kind} ${where.join(',')}::${data([sentence(check), ...causes])}`;
    }),
    ...(rest.length === 0
      ? []
      : [
          `::${kind} title=${property(`${String(rest.length)} more checks`)}::${data(
            rest.map(({ result: { model }, check }) => `${model}: ${sentence(check)}`),
          )}`,
        ]),
  ];
}
