import { boundsText } from './bounds.ts';
import { savingText } from './advice.ts';
import type { Advice, AdviceColumn } from '../analysis/explain/advice.ts';
import type { Explanation } from '../analysis/explain/explain.ts';
import type { ConventionTotal, FlopTerm, Difference, Reconciliation } from '../analysis/explain/reconcile.ts';
import { gridOf, renderDocument, type Section } from './document.ts';
import { formatSeconds } from './device/format.ts';
import { formatCount, formatValue } from './format.ts';
import type { GridColumn } from './grid.ts';
import { inertJson } from '../inertJson.ts';

const signed = (value: number, text: (size: number) => string): string =>
  value === 0 ? '0' : (value > 0 ? '+' : '-') + text(Math.abs(value));

const WORDS: Readonly<Record<FlopTerm, string>> = {
  mac: 'multiply-accumulates',
  binaryMac: 'one-bit MACs',
  add: 'sums',
  mul: 'products',
  compare: 'comparisons',
  divide: 'divisions',
  transcendental: 'exponentials and the like',
  inputElement: 'elements read',
  outputElement: 'elements made',
  combinedElement: 'elements made, by operand',
  scaledElement: 'elements by learned scales',
  weight: 'weights',
  ungroupedMac: 'MACs without groups',
  imageElement: 'elements of the input',
};

/** Convolutions and linear layers add their bias only. */
const wordOf = ({ kind, counted }: Difference): string =>
  counted === 'add' && ['conv', 'convTranspose', 'linear'].includes(kind)
    ? 'sums with the bias'
    : WORDS[counted];

const totalColumns = (
  base: string,
  baseTotal: number | undefined,
): readonly GridColumn<ConventionTotal>[] => [
  { id: 'convention', title: 'convention', align: 'left', value: ({ id }) => id },
  {
    id: 'flops',
    title: 'FLOPs',
    align: 'right',
    value: ({ total }) => total,
    text: ({ total }) => formatCount(total),
  },
  {
    id: 'ratio',
    title: `of ${base}`,
    align: 'right',
    value: ({ total }) => (baseTotal === undefined || baseTotal === 0 ? undefined : total / baseTotal),
    text: ({ total }) => (baseTotal === undefined || baseTotal === 0 ? '–' : (total / baseTotal).toFixed(3)),
  },
  {
    id: 'unstated',
    title: 'without',
    align: 'left',
    value: ({ unstated }) => unstated.map(({ kind, count }) => `${String(count)} ${kind}`).join(', '),
  },
  { id: 'counts', title: 'what it counts', align: 'left', value: ({ title }) => title },
];

const differenceColumns = ({ base, convention }: Reconciliation): readonly GridColumn<Difference>[] => [
  { id: 'operator', title: 'operator', align: 'left', value: ({ kind }) => kind },
  { id: 'counted', title: 'what', align: 'left', value: wordOf },
  {
    id: 'times',
    title: 'times',
    align: 'right',
    value: ({ times }) => times,
    text: ({ times }) => formatCount(times),
  },
  { id: 'base', title: base, align: 'right', value: (row) => row.base },
  { id: 'each', title: convention, align: 'right', value: ({ each }) => each },
  {
    id: 'change',
    title: 'change',
    align: 'right',
    value: ({ change }) => change,
    text: ({ change }) => signed(change, formatCount),
  },
];

const reconciled = (reconciliation: Reconciliation): Section => {
  const { convention, base, total, baseTotal, differences, residual } = reconciliation;
  return {
    id: `reconcile-${convention}`,
    title: `${convention} ${formatCount(total)} from ${base} ${formatCount(baseTotal)}: ${signed(total - baseTotal, formatCount)}`,
    ...(differences.length === 0 ? {} : { grid: gridOf(differenceColumns(reconciliation), differences) }),
    sentences: [
      `${String(total)} = ${String(baseTotal)} + the changes below + a residual of ${String(residual)}`,
    ],
  };
};

/** What each common count of "parameters" includes. */
const PARAMETERS = [
  ['weight', 'weights of conv, linear and matmul: the #Parameter of the CSPNet paper'],
  ['bias', 'and, with scales and shifts, what PyTorch calls parameters'],
  ['scale', 'batch normalisation and others, learned'],
  ['shift', 'batch normalisation and others, learned'],
  ['mean', 'running statistic: stored in weight files, not learned'],
  ['variance', 'running statistic: stored in weight files, not learned'],
  ['embedding', 'tables, positions and class tokens'],
] as const;

type Parameters = Explanation['parameters'][number];

const PARAMETER_COLUMNS: readonly GridColumn<Parameters>[] = [
  { id: 'role', title: 'role', align: 'left', value: ({ role }) => role },
  { id: 'elements', title: 'elements', align: 'right', value: ({ elements }) => elements },
  {
    id: 'what',
    title: 'what',
    align: 'left',
    value: ({ role }) => PARAMETERS.find(([known]) => known === role)?.[1],
  },
];

const CIO_COLUMNS: readonly GridColumn<Explanation['cio'][number]>[] = [
  { id: 'convention', title: 'convention', align: 'left', value: ({ id }) => id },
  { id: 'cio', title: 'CIO', align: 'right', value: ({ total }) => total },
  { id: 'counts', title: 'what it counts', align: 'left', value: ({ title }) => title },
];

type Row = Advice['rows'][number];

function adviceColumn({ id, title, unit, change, machineOnly }: AdviceColumn): GridColumn<Row> {
  const text = (row: Row): string => {
    const value = row[id];
    if (value === undefined) return '–';
    if (typeof value === 'string' || unit === undefined) return String(value);
    const size = (number: number): string =>
      unit === 's' ? formatSeconds(number) : formatValue(number, unit);
    return change === true ? signed(value, size) : size(value);
  };
  return {
    id,
    title,
    align: unit === undefined && id !== 'layer' ? 'left' : 'right',
    value: (row) => row[id],
    text,
    ...(machineOnly === undefined ? {} : { machineOnly }),
  };
}

const advised = (advice: Advice, position: number): Section => ({
  id: advice.id,
  title: `${String(position + 1)}. ${advice.title}`,
  ...bodyOf(advice),
});

const bodyOf = (advice: Advice): Pick<Section, 'sentences' | 'grid'> => ({
  sentences: [
    `Do: ${advice.remedy}${advice.saves === undefined ? '' : ` (${savingText(advice)})`}`,
    `Why: ${advice.hazard}`,
  ],
  grid: gridOf(advice.columns.map(adviceColumn), advice.rows),
});

export const EXPLANATION_FORMATS = ['table', 'markdown', 'json'] as const;

/** Version of the JSON; it changes when a field changes its name or meaning. */
const SCHEMA_VERSION = 1;

/** An explanation as text in one of EXPLANATION_FORMATS. */
export function renderExplanation(
  format: (typeof EXPLANATION_FORMATS)[number],
  explanation: Explanation,
  options: {
    readonly width: number;
    /** columns that lines of tables may fill before they are cut; absent: the width */
    readonly cells?: number;
    /** also for people why tools count differently; programs are told in any case */
    readonly conventions?: boolean;
    readonly tool: { readonly name: string; readonly version: string };
  },
): string {
  const { network, conventions, coverage, totals, reconciliations, parameters, cio, advice } = explanation;
  if (format === 'json') {
    return `${inertJson({ schemaVersion: SCHEMA_VERSION, tool: options.tool, ...explanation }, 2)}\n`;
  }
  const base = totals.find(({ id }) => id === conventions.flops);
  const uncounted = coverage.uncounted.map(({ op, count }) => `${String(count)} x ${op}`).join(', ');
  const sentences = [
    ...(uncounted === '' ? [] : [`not counted by any: ${uncounted}`]),
    ...boundsText(coverage),
  ];
  const todo: Section = {
    id: 'advice',
    title: `${network.name}: what to change, what saves the most first`,
    sentences:
      advice.length === 0
        ? ['Nothing stands out: the work is spread evenly, and no rewriting that is tried here saves any.']
        : advice.map((each) => {
            const saving = savingText(each);
            return `${each.title}${saving === '' ? '' : `: ${saving}`}`;
          }),
  };
  const counting: readonly Section[] = [
    {
      id: 'totals',
      title: `${network.name}: FLOPs as different tools count them`,
      ...(sentences.length === 0 ? {} : { sentences }),
      grid: gridOf(totalColumns(conventions.flops, base?.total), totals),
    },
    ...reconciliations.map(reconciled),
    {
      id: 'parameters',
      title: 'Parameters, by what they are',
      grid: gridOf(PARAMETER_COLUMNS, parameters),
    },
    { id: 'cio', title: 'Convolutional input/output', grid: gridOf(CIO_COLUMNS, cio) },
  ];
  return renderDocument(
    format,
    [
      todo,
      ...advice.map(advised),
      ...(options.conventions === true
        ? counting
        : [{ id: 'more', title: 'Why tools print other FLOPs for it: --conventions' }]),
    ],
    options.width,
    options.cells,
  );
}
