import type { Claim } from '../analysis/paper/claims.ts';
import type { FormulaProof } from '../analysis/paper/formulas.ts';
import type { Ranking } from '../analysis/paper/ranking.ts';
import type { Reproduced, ReproducedRow } from '../analysis/paper/reproduce.ts';
import type { Profile } from '../analysis/profile.ts';
import { formatCount, formatPercent } from './format.ts';
import type { GridColumn } from './grid.ts';
import { SPEED_COLUMN_TITLES } from './speed.ts';

/** Computed in the unit and with one digit more than the printed text. */
function computedText({ column, computed, printed }: Reproduced): string {
  const digits = (/\.(\d+)/.exec(printed ?? '')?.[1]?.length ?? (column === 'bflops' ? 2 : 1)) + 1;
  return column === 'bflops' ? computed.toFixed(digits) : `${(computed / 1e6).toFixed(digits)}M`;
}

const residualText = ({ residual }: { readonly residual?: number }): string =>
  residual === undefined ? '' : `${residual < 0 ? '-' : '+'}${Math.abs(100 * residual).toFixed(2)} %`;

const holdsText = ({ holds }: { readonly holds?: boolean }): string =>
  holds === undefined ? '' : holds ? 'yes' : 'no';

/** Printed beside computed, a line for each printed number. */
export const REPRODUCED_COLUMNS: readonly GridColumn<Reproduced>[] = [
  { id: 'where', title: 'where', align: 'left', value: ({ where }) => where },
  { id: 'row', title: 'row', align: 'left', value: ({ row }) => row },
  { id: 'input', title: 'input', align: 'right', value: ({ input }) => input },
  { id: 'column', title: '', align: 'left', value: ({ column }) => column },
  {
    id: 'printed',
    title: 'printed',
    align: 'right',
    value: ({ printed }) => printed,
    text: ({ printed }) => printed ?? '',
  },
  {
    id: 'computed',
    title: 'computed',
    align: 'right',
    value: ({ computed }) => computed,
    text: computedText,
  },
  {
    id: 'residual',
    title: 'residual',
    align: 'right',
    value: ({ residual }) => residual,
    text: residualText,
  },
  { id: 'holds', title: 'holds', align: 'left', value: (value) => holdsText(value), text: holdsText },
  { id: 'reproduction', title: 'class', align: 'left', value: ({ reproduction }) => reproduction },
  { id: 'network', title: 'network', align: 'left', value: ({ network }) => network },
  { id: 'reason', title: 'reason', align: 'left', value: ({ reason }) => reason, machineOnly: true },
];

/** Why numbers do not come out, a sentence for each reason. */
export function reasons(values: readonly Reproduced[]): readonly string[] {
  const sentences = new Map<string, string[]>();
  for (const { row, input, column, reason } of values) {
    if (reason === undefined) continue;
    const places = sentences.get(reason) ?? [];
    places.push(`${row} at ${String(input)}, ${column}`);
    sentences.set(reason, places);
  }
  return [...sentences].map(([reason, places]) => `${places.join('; ')}: ${reason}`);
}

const MEASURED: Readonly<Record<string, string>> = {
  ...SPEED_COLUMN_TITLES,
  top1: 'top-1',
  top5: 'top-5',
  ap: 'AP',
  ap50: 'AP50',
  ap75: 'AP75',
};

/** Printed speed and accuracy beside computed cost, a line for each row of the table. */
export function costColumns(rows: readonly ReproducedRow[]): readonly GridColumn<ReproducedRow>[] {
  const measured = Object.keys(MEASURED).filter((id) =>
    rows.some(({ published }) => published.measured[id] !== undefined),
  );
  const cost = (
    id: 'flops' | 'cio' | 'memoryAccessCost' | 'weights',
    title: string,
  ): GridColumn<ReproducedRow> => ({
    id,
    title,
    align: 'right',
    value: ({ profile }) => profile.totals[id],
    text({ profile }) {
      const value = profile.totals[id];
      return value === undefined ? '–' : formatCount(value);
    },
  });
  return [
    { id: 'row', title: 'row', align: 'left', value: ({ published }) => published.row },
    { id: 'input', title: 'input', align: 'right', value: ({ published }) => published.input },
    cost('flops', 'FLOPs'),
    cost('cio', 'CIO'),
    cost('memoryAccessCost', 'mem access'),
    cost('weights', 'weights'),
    ...measured.map((id): GridColumn<ReproducedRow> => ({
      id,
      title: MEASURED[id] as string,
      align: 'right',
      value: ({ published }) => published.measured[id],
      text: ({ published }) => published.measured[id] ?? '–',
    })),
  ];
}

export const RANKING_COLUMNS: readonly GridColumn<Ranking>[] = [
  { id: 'where', title: 'where', align: 'left', value: ({ where }) => where },
  {
    id: 'device',
    title: 'printed speed',
    align: 'left',
    value: ({ device }) => device,
    text: ({ device }) => MEASURED[device] ?? device,
  },
  { id: 'metric', title: 'cost metric', align: 'left', value: ({ metric }) => metric },
  {
    id: 'tau',
    title: 'Kendall tau',
    align: 'right',
    value: ({ tau }) => tau,
    text: ({ tau }) => tau.toFixed(3),
  },
  {
    id: 'leaveOneOut',
    title: 'error of c * metric',
    align: 'right',
    value: ({ leaveOneOut }) => leaveOneOut,
    text: ({ leaveOneOut }) => formatPercent(leaveOneOut),
  },
  { id: 'networks', title: 'networks', align: 'right', value: ({ networks }) => networks },
];

/** For each device, the cost that ranks best alone, the one that is off the least, and FLOPs beside them. */
export function bestAlone(rankings: readonly Ranking[]): readonly string[] {
  return [...new Set(rankings.map(({ device }) => device))].flatMap((device) => {
    const own = rankings.filter((each) => each.device === device);
    const ranks = own.reduce((best, each) => (each.tau > best.tau ? each : best));
    const nearest = own.reduce((best, each) => (each.leaveOneOut < best.leaveOneOut ? each : best));
    const flops = own.find(({ metric }) => metric === 'flops');
    if (flops === undefined) return [];
    return [
      `${MEASURED[device] ?? device}: ${ranks.metric} ranks best alone (tau ${ranks.tau.toFixed(3)}); ` +
        `time = c * ${nearest.metric} is off the least (${formatPercent(nearest.leaveOneOut)}, each network left out); ` +
        `FLOPs: tau ${flops.tau.toFixed(3)}, ${formatPercent(flops.leaveOneOut)}.`,
    ];
  });
}

export const CLAIM_COLUMNS: readonly GridColumn<Claim>[] = [
  { id: 'where', title: 'where', align: 'left', value: ({ where }) => where },
  { id: 'statement', title: 'claim', align: 'left', value: ({ statement }) => statement },
  { id: 'printed', title: 'printed', align: 'right', value: ({ printed }) => printed },
  {
    id: 'computed',
    title: 'computed',
    align: 'right',
    value: ({ computed }) => computed,
    text: ({ computed }) => `${(100 * computed).toFixed(1)} %`,
  },
  { id: 'holds', title: 'holds', align: 'left', value: (value) => holdsText(value) },
  { id: 'how', title: 'how', align: 'left', value: ({ how }) => how },
];

export const FORMULA_COLUMNS: readonly GridColumn<FormulaProof>[] = [
  { id: 'id', title: 'step', align: 'left', value: ({ id }) => id },
  { id: 'statement', title: 'statement', align: 'left', value: ({ statement }) => statement },
  { id: 'remainder', title: 'remainder', align: 'right', value: ({ remainder }) => remainder },
  { id: 'holds', title: 'proven', align: 'left', value: ({ holds }) => (holds ? 'yes' : 'no') },
];

/** Networks of a figure: totals and the largest layer. */
export const FIGURE_COLUMNS: readonly GridColumn<Profile>[] = [
  { id: 'network', title: 'network', align: 'left', value: ({ network }) => network.name },
  {
    id: 'input',
    title: 'input',
    align: 'right',
    value: ({ network }) => network.inputs[0]?.shape.slice(2).join('x'),
  },
  { id: 'layers', title: 'layers', align: 'right', value: ({ totals }) => totals.layers },
  {
    id: 'flops',
    title: 'FLOPs',
    align: 'right',
    value: ({ totals }) => totals.flops,
    text: ({ totals }) => number(totals.flops),
  },
  {
    id: 'cio',
    title: 'CIO',
    align: 'right',
    value: ({ totals }) => totals.cio,
    text: ({ totals }) => number(totals.cio),
  },
  {
    id: 'largest',
    title: 'largest layer',
    align: 'right',
    value: ({ bottleneck }) => bottleneck?.flops,
    text: ({ bottleneck }) => number(bottleneck?.flops),
  },
  {
    id: 'layer',
    title: 'which',
    align: 'left',
    value: ({ bottleneck }) => bottleneck?.layer,
    text({ bottleneck, layers }) {
      const row = bottleneck === undefined ? undefined : layers[bottleneck.layer];
      return row === undefined ? '–' : `#${String(row.index)} ${row.detail ?? row.kind}`;
    },
  },
];

const number = (value: number | undefined): string => (value === undefined ? '–' : formatCount(value));
