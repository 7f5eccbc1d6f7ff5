import { renderGrid, gridRecords, type GridColumn } from './grid.ts';
import { markdown } from './markdown.ts';
import { wrapped } from './wrap.ts';
import { inertJson } from '../inertJson.ts';

/** A titled part of a longer text: sentences, then a table. */
export interface Section {
  /** property name in JSON */
  readonly id: string;
  readonly title: string;
  readonly sentences?: readonly string[];
  readonly grid?: Grid;
}

/** A table with its rows bound to its columns. */
export interface Grid {
  readonly render: (format: 'table' | 'csv' | 'markdown', width: number) => string;
  readonly records: () => readonly Readonly<Record<string, unknown>>[];
}

export const gridOf = <Row>(columns: readonly GridColumn<Row>[], rows: readonly Row[]): Grid => ({
  render: (format, width) => renderGrid(format, columns, rows, width),
  records: () => gridRecords(columns, rows),
});

export const DOCUMENT_FORMATS = ['table', 'markdown', 'json', 'csv'] as const;

/**
 * Sections as a terminal text, Markdown (headings of level 2), one JSON object, or the CSV of every table.
 *
 * @param width columns of sentences
 * @param cells columns that a line of a table may fill before its last cell is cut
 */
export function renderDocument(
  format: (typeof DOCUMENT_FORMATS)[number],
  sections: readonly Section[],
  width: number,
  cells = width,
): string {
  switch (format) {
    case 'json':
      return `${inertJson(
        Object.fromEntries(
          sections.map(({ id, sentences, grid }) => [
            id,
            {
              ...(sentences === undefined ? {} : { sentences }),
              ...(grid === undefined ? {} : { rows: grid.records() }),
            },
          ]),
        ),
        2,
      )}\n`;
    case 'csv':
      return sections
        .flatMap(({ grid }) => (grid === undefined ? [] : [grid.render('csv', width)]))
        .join('\n');
    case 'markdown':
      return sections
        .map(({ title, sentences = [], grid }) =>
          [
            `## ${markdown(title)}`,
            ...(sentences.length === 0
              ? []
              : [sentences.map((sentence) => `- ${markdown(sentence)}`).join('\n')]),
            ...(grid === undefined ? [] : [grid.render('markdown', width).trimEnd()]),
          ].join('\n\n'),
        )
        .join('\n\n')
        .trimEnd()
        .concat('\n');
    case 'table':
      return sections
        .map(({ title, sentences = [], grid }) =>
          [
            ...wrapped(title, width),
            ...sentences.flatMap((sentence) =>
              wrapped(sentence, width - 2).map((line, i) => (i === 0 ? '- ' : '  ') + line),
            ),
            ...(grid === undefined ? [] : [grid.render('table', cells).trimEnd()]),
          ].join('\n'),
        )
        .join('\n\n')
        .trimEnd()
        .concat('\n');
  }
}
