import { boundsText } from './bounds.ts';
import { profileConclusions } from './conclusions.ts';
import { COUNT_INFO, type Profile } from '../analysis/profile.ts';
import { COLUMNS, columnsOf, layoutOf } from './columns.ts';
import {
  formatCount,
  formatPercent,
  formatShape,
  formatValue,
  plain,
  capital,
  listed,
  numbered,
} from './format.ts';
import { selectRows, type Renderer } from './renderer.ts';

/** The profile as GitHub-flavoured Markdown: totals and the chosen layers. */
export const renderMarkdown: Renderer = (profile, options) => {
  const { extension } = options;
  const { places } = extension?.layout ?? layoutOf(COLUMNS, 'markdown');
  const columns = columnsOf(options.columns ?? places, extension?.columns);
  const { network, conventions, totals, bottleneck, coverage } = profile;
  const inputs = listed(network.inputs.map(({ name, shape }) => `${name} ${formatShape(shape)}`));
  return [
    `## ${markdown(network.name)}`,
    '',
    `${inputs === '' ? 'No input' : `Input ${markdown(inputs)}`}; FLOPs counted as \`${conventions.flops}\`, CIO as \`${conventions.cio}\`; ${numbered(totals.layers, 'layer')}.`,
    '',
    ...profileConclusions(profile).map((sentence) => `- ${markdown(sentence)}`),
    '',
    ...(network.notes ?? []).flatMap((note) => [`- ${markdown(note)}`]),
    ...(network.notes === undefined ? [] : ['']),
    ...markdownTable(['total', 'value'], ['left', 'right'], totalRows(profile)),
    '',
    ...(extension === undefined
      ? []
      : [...extension.summary.map(([label, text]) => `- ${markdown(label)}: ${markdown(text)}`), '']),
    ...(bottleneck === undefined
      ? []
      : [
          `Bottleneck: layer ${String(bottleneck.layer)} with ${formatCount(bottleneck.flops)}FLOP, ${formatPercent(bottleneck.share)} of all, ${bottleneck.maxOverMean.toFixed(2)} times the mean.`,
          '',
        ]),
    ...(coverage.uncounted.length === 0
      ? []
      : [
          `**Not counted, so every total is too low:** ${coverage.uncounted.map(({ op, count }) => `${String(count)} × ${markdown(op)}`).join(', ')}`,
          '',
        ]),
    ...boundsText(coverage).flatMap((note) => [`**${capital(markdown(note))}**`, '']),
    ...markdownTable(
      columns.map((column) => column.title),
      columns.map((column) => column.align),
      selectRows(profile, options).map((row) => columns.map((column) => markdown(column.text(row, profile)))),
    ),
    '',
  ].join('\n');
};

const totalRows = ({ totals }: Profile): string[][] =>
  COUNT_INFO.flatMap(({ id, unit, total }) => {
    const value = totals[id];
    return value === undefined || total === 'none' ? [] : [[id, formatValue(value, unit)]];
  });

/** Lines of a Markdown table; the cells are escaped already. */
export function markdownTable(
  titles: readonly string[],
  aligns: readonly ('left' | 'right')[],
  rows: readonly (readonly string[])[],
): string[] {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  return [line(titles), line(aligns.map((align) => (align === 'right' ? '--:' : ':--'))), ...rows.map(line)];
}

/** Text from a file as Markdown text: nothing in it is markup, a link, HTML or a mention. */
export const markdown = (text: string): string =>
  plain(text)
    .replace(/[\\`*_{}[\]()#+!|~$]/g, (character) => `\\${character}`)
    .replace(/&/g, '&amp;')
    .replace(/</g, '&lt;')
    .replace(/>/g, '&gt;')
    .replace(/@/g, '&#64;')
    .replace(/:\/\//g, '&#58;//');
