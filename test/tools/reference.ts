import { CIO_CONVENTIONS } from '../../src/metrics/conventions/cio.ts';
import { FLOP_CONVENTIONS } from '../../src/metrics/conventions/flops.ts';
import { COUNTS, HARDWARE_METRICS } from '../../src/metrics/registry.ts';
import type { MetricInfo } from '../../src/metrics/metric.ts';
import { OPS } from '../../src/ops/registry.ts';
import { WITHOUT_RULE } from '../../src/formats/tflite/ops/registry.ts';
import type { Generator } from './generate.ts';

const NOTE = '<!-- Written by `npm run generate`; do not edit. -->';

export function table(columns: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
  return [line(columns), line(columns.map(() => '---')), ...rows.map(line)].join('\n');
}

export const page = (title: string, ...parts: readonly string[]): string =>
  `${[`# ${title}`, NOTE, ...parts].join('\n\n')}\n`;

const byName = ([a]: readonly [string, unknown], [b]: readonly [string, unknown]) => (a < b ? -1 : 1);

const operators = (): string =>
  page(
    'Operators',
    'What a graph is made of. Arithmetic: whether an operator computes; memory: how it touches its operands',
    table(
      ['kind', 'what it is', 'attributes', 'arithmetic', 'memory'],
      Object.entries(OPS)
        .sort(byName)
        .map(([kind, { summary, attrs, work, memory }]) => [
          `\`${kind}\``,
          summary,
          Object.keys(attrs).join(', '),
          typeof work === 'string' ? work : 'counted',
          memory,
        ]),
    ),
    '## Builtin operators of TensorFlow Lite whose cost is unknown',
    'A file that has one is read with `--on-unknown opaque`; their cost is unknown, never zero.',
    table(
      ['operator', 'why'],
      Object.entries(WITHOUT_RULE).map(([name, why]) => [`\`${name}\``, why]),
    ),
  );

const metrics = (): string =>
  page(
    'Metrics',
    metricTable(COUNTS),
    '## On a device (`--device`), or under a buffer (`--buffer`)',
    metricTable(HARDWARE_METRICS),
    '## Columns that stand somewhere unasked',
    columnTable([...COUNTS, ...HARDWARE_METRICS]),
    '## Conventions of FLOPs (`--flops`)',
    conventions(FLOP_CONVENTIONS),
    '## Conventions of CIO (`--cio`)',
    conventions(CIO_CONVENTIONS),
  );

const metricTable = (list: readonly MetricInfo[]) =>
  table(
    ['id', 'title', 'name', 'unit', 'definition', 'total', 'source'],
    list.map(({ id, title, label, unit, definition, total, source }) => [
      `\`${id}\``,
      title,
      label,
      unit,
      definition,
      total,
      source,
    ]),
  );

/** Positions of columns: where they stand, and how soon a narrow terminal shows them. */
const columnTable = (list: readonly MetricInfo[]) =>
  table(
    ['id', 'where', 'table', 'markdown', 'page', 'priority', 'layers with the most of it'],
    list.flatMap(({ id, column, rank }) => {
      if (column === undefined) return [];
      const { places, priority, only = '' } = column;
      const positions = [places.table, places.markdown, places.page, priority].map((at) => String(at ?? ''));
      const largest = rank === undefined ? '' : `${rank.largest} (${String(rank.order)})`;
      return [[`\`${id}\``, only, ...positions, largest]];
    }),
  );

const conventions = (
  list: readonly { readonly id: string; readonly title: string; readonly source: string }[],
) =>
  table(
    ['id', 'counts', 'source'],
    list.map(({ id, title, source }) => [`\`${id}\``, title, source]),
  );

/** Tables of what the code declares: operators, metrics, conventions. */
export const reference: Generator = () =>
  new Map([
    ['reports/reference/operators.md', operators()],
    ['reports/reference/metrics.md', metrics()],
  ]);
