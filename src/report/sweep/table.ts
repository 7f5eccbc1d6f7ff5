import { METRIC_INFO } from '../../analysis/profile.ts';
import type { Objective } from '../../sweep/front.ts';
import { polynomialText, polynomialThrough } from '../../sweep/polynomial.ts';
import type { DesignRow } from '../../sweep/row.ts';
import { gridOf, type Section } from '../document.ts';
import { formatBytes, formatCount, formatPercent, listed } from '../format.ts';
import type { GridColumn } from '../grid.ts';

/** What of a sweep is printed. */
export interface SweepSummary {
  /** names of what designs differ in */
  readonly axes: readonly string[];
  /** those of more than one value */
  readonly varying: readonly string[];
  /** what the front was chosen by */
  readonly objectives: readonly Objective[];
  /** names of objectives that no design has a number for */
  readonly undecided: readonly string[];
  readonly designs: number;
  readonly failed: number;
  readonly infeasible: number;
  /** those of the front, or all where there is none */
  readonly rows: readonly DesignRow[];
  /** how many designs failed for each reason */
  readonly errors: ReadonlyMap<string, number>;
  /** rows to show */
  readonly top: number | 'all';
}

/** The front as a table, the best by the first objective on top, and what became of all designs. */
export function sweepSections(summary: SweepSummary): readonly Section[] {
  const { axes, varying, objectives, undecided, designs, failed, infeasible, rows, errors, top } = summary;
  const [first] = objectives;
  const sorted =
    first === undefined || varying.length === 1
      ? rows
      : [...rows].sort(
          (a, b) =>
            (first.direction === 'min' ? 1 : -1) * (numberOf(a, first.name) - numberOf(b, first.name)),
        );
  const shown = top === 'all' ? sorted : sorted.slice(0, top);
  const against = varying.length === 1 ? varying[0] : undefined;
  const by = objectives.map(({ name, direction }) => `${name}:${direction}`).join(', ');
  const counted = (count: number): string => count.toLocaleString('en-US');
  const noun = designs === 1 ? 'design' : 'designs';
  return [
    {
      id: 'front',
      title:
        first === undefined || against !== undefined
          ? `${counted(designs)} ${noun}${against === undefined ? '' : ` against ${against}`}`
          : `${counted(rows.length)} of ${counted(designs)} ${noun} ${rows.length === 1 ? 'is' : 'are'} beaten by no other in ${by}`,
      sentences: [
        ...(against === undefined ? [] : fitsOf(rows, against)),
        ...(undecided.length === 0 || against !== undefined
          ? []
          : [`No design has a number of ${listed(undecided, 3)}, which decides nothing.`]),
        ...(infeasible === 0
          ? []
          : [
              infeasible === 1
                ? '1 design breaks a constraint.'
                : `${counted(infeasible)} designs break a constraint.`,
            ]),
        ...(failed === 0
          ? []
          : [
              `${counted(failed)} ${failed === 1 ? 'design' : 'designs'} failed: ${listed(
                [...errors].map(([error, count]) => `${error} (${counted(count)})`),
                2,
              )}.`,
            ]),
        ...(shown.length === sorted.length
          ? []
          : [`${counted(sorted.length - shown.length)} more: --all shows them.`]),
      ],
      grid: gridOf(columnsOf(axes, objectives, shown), shown),
    },
  ];
}

/** How counts grow with the one thing that varies, where that is a whole number. */
function fitsOf(rows: readonly DesignRow[], axis: string): readonly string[] {
  return ['macs', 'flops', 'cio', 'memoryAccessCost', 'peakActivationBytes'].flatMap((name) => {
    const points = rows
      .map((row): [number, number] => [numberOf(row, axis), numberOf(row, name)])
      .sort(([a], [b]) => a - b);
    const found = polynomialThrough(points);
    if (found === undefined) return [];
    const text = polynomialText(found, axis);
    const { residual } = found;
    return [
      residual === 0
        ? `${name} = ${text}, exactly: residual 0 at all ${String(points.length)} points.`
        : `${name} is no polynomial of ${axis}; ${text} is off by ${formatPercent(residual)} at most.`,
    ];
  });
}

const numberOf = (row: DesignRow, name: string): number => {
  const value = row[name];
  return typeof value === 'number' ? value : Number.NaN;
};

/** Axes, objectives, then what a person would want to know besides. */
function columnsOf(
  axes: readonly string[],
  objectives: readonly Objective[],
  rows: readonly DesignRow[],
): readonly GridColumn<DesignRow>[] {
  const there = (name: string): boolean => rows.some((row) => row[name] !== undefined);
  const others = [
    'flops',
    'cio',
    'weights',
    'bottleneckShare',
    'peakActivationBytes',
    'dramBytes',
    'predictedSeconds',
    'floorSeconds',
  ];
  const numbers = [...new Set([...objectives.map(({ name }) => name), ...others])].filter(there);
  return [
    ...axes.map((name): GridColumn<DesignRow> => ({ ...column(name), align: 'left' })),
    ...numbers.map((name): GridColumn<DesignRow> => ({ ...column(name), align: 'right' })),
    { id: 'design', title: 'design', align: 'left', value: ({ design }) => design, machineOnly: true },
  ];
}

function column(name: string): Pick<GridColumn<DesignRow>, 'id' | 'title' | 'value' | 'text'> {
  return {
    id: name,
    title: titleOf(name),
    value: (row) => {
      const value = row[name];
      return typeof value === 'boolean' ? String(value) : value;
    },
    text: (row) => cellText(name, row[name]),
  };
}

const titleOf = (name: string): string =>
  METRIC_INFO.find(({ id }) => id === name)?.title ?? (name === 'bottleneckShare' ? 'largest' : name);

/** A number of a row in its unit, for people. */
function cellText(name: string, value: DesignRow[string]): string {
  if (value === undefined) return '–';
  if (typeof value !== 'number') return String(value);
  if (name === 'bottleneckShare') return formatPercent(value);
  const unit = name === 'buffer' ? 'byte' : METRIC_INFO.find(({ id }) => id === name)?.unit;
  switch (unit) {
    case 'byte':
      return formatBytes(value);
    case 's':
      return `${(1000 * value).toPrecision(4)} ms`;
    case undefined:
      return String(value);
    default:
      return formatCount(value);
  }
}
