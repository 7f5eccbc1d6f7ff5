import type { Check, GateResult } from '../../analysis/gate/result.ts';
import { plain } from '../format.ts';
import { cut, fitting } from './fitting.ts';
import type { GateRenderer } from './report.ts';
import { advice, causeText, causesTitle, placeOf, sentence, verdict } from './sentences.ts';

/** GitHub shows this many annotations of a kind for a step, and drops the others. */
const MOST_ANNOTATIONS = 10;
/** The runner cuts an annotation off here, and its title. */
const MOST_CHARACTERS = 4096;
const MOST_TITLE_CHARACTERS = 255;

/** Data of a workflow command: what would end it or start another one is escaped. */
const escaped = (text: string): string => plain(text).replace(/%/g, '%25');
const lengthOf = (text: string): number => escaped(text).length;

const LINE_END = '%0A';

/** Lines of an annotation, as many as the runner shows. */
function data([first = '', ...lines]: readonly string[]): string {
  const head = escaped(cut(first, lines.length === 0 ? MOST_CHARACTERS : MOST_CHARACTERS / 2, lengthOf));
  return [
    head,
    ...fitting(lines.map(escaped), {
      most: MOST_CHARACTERS - head.length - LINE_END.length,
      sizeOf: ({ length }) => length,
      separator: LINE_END,
      more: (count) => `and ${String(count)} more`,
    }),
  ].join(LINE_END);
}

const property = (text: string, most = Number.POSITIVE_INFINITY): string =>
  escaped(cut(text, most, ({ length }) => length))
    .replace(/:/g, '%3A')
    .replace(/,/g, '%2C');

const titled = (text: string): string => `title=${property(text, MOST_TITLE_CHARACTERS)}`;

interface Found {
  readonly result: GateResult;
  readonly check: Check;
}

/**
 * The gate as annotations of GitHub Actions, at the layers that grew.
 *
 * @source docs.github.com, "Workflow commands for GitHub Actions"; at most 10 errors and 10 warnings for a step
 * @source actions/runner, ActionCommandManager.cs: messages are cut at 4,096 characters
 */
export const renderGithub: GateRenderer = (report, options) => {
  const found = report.results.flatMap((result) => result.checks.map((check): Found => ({ result, check })));
  const of = (status: Check['status']): Found[] => found.filter(({ check }) => check.status === status);
  const place = (result: GateResult, check: Check): readonly string[] => {
    const { file, line } = placeOf(check);
    return [
      ...(file === undefined ? [] : [`file=${property(options.inRepository(file))}`]),
      ...(line === undefined ? [] : [`line=${String(line)}`]),
      titled(`${result.model}: ${check.name}`),
    ];
  };
  const annotated = ({ result, check }: Found): Annotation => ({
    where: place(result, check),
    lines: [sentence(check), ...causeLines(check)],
    short: `${result.model}: ${sentence(check)}`,
  });
  const advised = advice(report).map((line): Annotation => ({
    where: [titled('csp-profile gate')],
    lines: [line],
    short: line,
  }));
  return [
    ...annotations('error', of('fail').map(annotated), 'checks'),
    ...annotations('warning', of('warn').map(annotated), 'checks'),
    ...annotations('notice', advised, 'notices'),
    `csp-profile gate: ${plain(verdict(report))}`,
    '',
  ].join('\n');
};

interface Annotation {
  readonly where: readonly string[];
  readonly lines: readonly string[];
  /** where it is one of many in one */
  readonly short: string;
}

const causeLines = (check: Check): readonly string[] =>
  check.causes.length === 0
    ? []
    : [`${causesTitle(check)}:`, ...check.causes.map((cause) => causeText(cause, check.causesBy))];

/** One for each; where they are too many, the last one lists the rest. */
function annotations(kind: string, found: readonly Annotation[], what: string): readonly string[] {
  const shown = found.length <= MOST_ANNOTATIONS ? found : found.slice(0, MOST_ANNOTATIONS - 1);
  const rest = found.slice(shown.length);
  return [
    ...shown.map(({ where, lines }) => `::${kind} ${where.join(',')}::${data(lines)}`),
    ...(rest.length === 0
      ? []
      : [
          `::${kind} ${titled(`${String(rest.length)} more ${what}`)}::${data(rest.map(({ short }) => short))}`,
        ]),
  ];
}
