import { markdown, markdownTable } from '../markdown.ts';
import type { GateResult, Status } from '../../analysis/gate/result.ts';
import { fitting } from './fitting.ts';
import type { GateRenderer } from './report.ts';
import {
  MARKS,
  advice,
  against,
  causeText,
  causesTitle,
  cells,
  headline,
  rooted,
  sentence,
  verdict,
} from './sentences.ts';

/**
 * The gate as GitHub-flavoured Markdown, for a job's summary or a comment. Where there is not room for every network,
 * those that fail come first.
 */
export const renderGateMarkdown: GateRenderer = (report, { mostBytes = Number.POSITIVE_INFINITY }) => {
  const failing = headline(report).map((line) => `**${markdown(line)}**`);
  const title = `## ${markdown(`csp-profile gate: ${verdict(report)}`)}`;
  const full = [title, ...failing, ''].join(BREAK);
  const head = bytesOf(full) <= mostBytes / 4 ? full : `${title}${BREAK}`;
  const fit = (parts: readonly string[], most: number, what: string): string =>
    fitting(parts, {
      most,
      sizeOf: bytesOf,
      separator: BREAK,
      more: (count) => `and ${String(count)} more ${what}`,
    }).join(BREAK);
  const advised = fit(advice(report).map(markdown), mostBytes / 4, 'notes');
  const room = mostBytes - bytesOf(head) - bytesOf(advised) - 2 * BREAK.length;
  if (room < 0) return bytesOf(head) <= mostBytes ? head : '';
  const sections = report.results.map(section);
  const all = sections.join(BREAK);
  const networks =
    bytesOf(all) <= room ? all : fit(worstFirst(report.results).map(section), room, 'networks');
  return `${head}${[networks, advised].filter((text) => text !== '').join(BREAK)}\n`;
};

const BREAK = '\n\n';

const bytesOf = (text: string): number => new TextEncoder().encode(text).length;

const URGENCY: readonly Status[] = ['fail', 'warn', 'new', 'improved', 'pass'];

const worstFirst = (results: readonly GateResult[]): readonly GateResult[] => {
  const urgency = ({ checks }: GateResult): number =>
    Math.min(URGENCY.length, ...checks.map(({ status }) => URGENCY.indexOf(status)));
  return results.toSorted((a, b) => urgency(a) - urgency(b));
};

/** One network: its checks, and what is behind those that are not met. */
function section(result: GateResult): string {
  const parts = [
    `### ${markdown(`${result.model} ${against(result)}`.trimEnd())}`,
    markdownTable(
      ['', 'check', 'value', 'baseline', 'change', 'demand'],
      ['left', 'left', 'right', 'right', 'right', 'left'],
      result.checks.map((check) => [MARKS[check.status], ...[check.name, ...cells(check)].map(markdown)]),
    ).join('\n'),
  ];
  for (const check of result.checks) {
    if (check.status !== 'fail' && check.status !== 'warn') continue;
    parts.push(`**${markdown(sentence(check))}**`);
    if (check.causes.length === 0) continue;
    parts.push(
      [
        `${causesTitle(check)}:`,
        '',
        ...rooted(check).map(
          ({ cause, follows }) => `${follows ? '  ' : ''}- ${markdown(causeText(cause, check.causesBy))}`,
        ),
      ].join('\n'),
    );
  }
  return parts.join(BREAK);
}
