import type { Check, Status } from '../../analysis/gate/result.ts';
import { columnWidth, padCell, shorten } from '../cells.ts';
import { plain } from '../format.ts';
import { styles, type Styles } from '../style.ts';
import type { GateRenderer } from './report.ts';
import {
  MARKS,
  advice,
  against,
  amountOf,
  causesTitle,
  cells,
  headline,
  layerText,
  placeBehind,
  rooted,
  sentence,
  verdict,
} from './sentences.ts';
import { wrapped } from '../wrap.ts';

const GAP = '  ';
const NARROWEST = 24;

const paint = (status: Status, style: Styles): ((text: string) => string) => {
  switch (status) {
    case 'fail':
      return style.bad;
    case 'warn':
    case 'new':
      return style.warn;
    case 'pass':
    case 'improved':
      return style.good;
  }
};

/** The gate for a terminal: a line for each check, and the layers behind those that are not met. */
export const renderGateTable: GateRenderer = (report, { width, color, cut }) => {
  const style = styles(color);
  const lines = [
    style.bold(plain(`${report.config}: ${verdict(report)}`)),
    ...headline(report).flatMap((line) => wrapped(line, width).map(style.bad)),
  ];
  for (const result of report.results) {
    lines.push('', style.bold(plain(result.model)) + style.dim(plain(` ${against(result)}`.trimEnd())));
    const rows = result.checks.map((check) => [check.name, ...cells(check)].map(plain));
    const numbers = rows.filter((_, i) => result.checks[i]?.kind === 'limit');
    const widths = [0, 1, 2, 3].map((i) =>
      columnWidth((i === 0 ? rows : numbers).map((row) => row[i] as string)),
    );
    result.checks.forEach((check, i) => {
      const [name, ...others] = rows[i] as string[];
      const shown = [
        padCell(name as string, widths[0] as number, 'left'),
        ...(check.kind === 'rule'
          ? []
          : others.slice(0, 3).map((cell, j) => padCell(cell, widths[j + 1] as number, 'right'))),
        others[3] as string,
      ].join(GAP);
      lines.push(
        `${GAP}${paint(check.status, style)(MARKS[check.status])} ${(cut === true ? shorten(shown, width - 4) : shown).trimEnd()}`,
      );
      lines.push(...details(check, width).map((line) => style.dim(line)));
    });
  }
  const todo = advice(report);
  if (todo.length > 0) lines.push('', ...todo.map(plain));
  return `${lines.join('\n')}\n`;
};

/** The sentence and the layers of a check that is not met. */
function details(check: Check, width: number): readonly string[] {
  if (check.status !== 'fail' && check.status !== 'warn') return [];
  const indent = ' '.repeat(6);
  const { causesBy } = check;
  const ordered = rooted(check);
  const causes = ordered.map(({ cause }) => cause);
  const amounts = causes.map((cause) => amountOf(cause, causesBy));
  const amountWidth = columnWidth(amounts);
  return [
    ...wrapped(sentence(check), width - indent.length).map((line) => indent + line),
    ...(causes.length === 0 ? [] : [`${indent}${causesTitle(check)}:`]),
    ...ordered.flatMap(({ cause, follows }, i) => {
      const head = `${indent}${padCell(amounts[i] as string, amountWidth, 'right')}${GAP}`;
      const rest = ' '.repeat(columnWidth([head]));
      // The place last: a path may be long, and says nothing that the layer does not.
      const text = `${follows ? '↳ ' : ''}${layerText(cause)}${placeBehind(cause.layer.origin)}`;
      return wrapped(text, Math.max(NARROWEST, width - rest.length)).map(
        (line, j) => (j === 0 ? head : rest) + line,
      );
    }),
  ];
}
