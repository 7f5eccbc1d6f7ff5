import { markdown, markdownTable } from '../markdown.ts';
import type { GateRenderer } from './report.ts';
import { MARKS, advice, against, causeText, causesTitle, cells, sentence, verdict } from './sentences.ts';

/** The gate as GitHub-flavoured Markdown, for a job's summary or a comment. */
export const renderGateMarkdown: GateRenderer = (report) => {
  const parts = [`## ${markdown(`csp-profile gate: ${verdict(report)}`)}`];
  for (const result of report.results) {
    parts.push(`### ${markdown(`${result.model} ${against(result)}`.trimEnd())}`);
    parts.push(
      markdownTable(
        ['', 'check', 'value', 'baseline', 'change', 'demand'],
        ['left', 'left', 'right', 'right', 'right', 'left'],
        result.checks.map((check) => [MARKS[check.status], ...[check.name, ...cells(check)].map(markdown)]),
      ).join('\n'),
    );
    for (const check of result.checks) {
      if (check.status !== 'fail' && check.status !== 'warn') continue;
      parts.push(`**${markdown(sentence(check))}**`);
      if (check.causes.length === 0) continue;
      parts.push(
        [
          `${causesTitle(check)}:`,
          '',
          ...check.causes.map((cause) => `- ${markdown(causeText(cause, check.causesBy))}`),
        ].join('\n'),
      );
    }
  }
  parts.push(...advice(report).map(markdown));
  return `${parts.join('\n\n')}\n`;
};
