import { resolve } from 'node:path';
import { PAPER_CONTRADICTIONS } from '../../../architectures/paper.ts';
import { readMeasurement } from '../../analysis/measurement/read.ts';
import { rankings } from '../../analysis/paper/ranking.ts';
import { speedErrors } from '../../analysis/paper/speed.ts';
import { reproduceRow, verdictOf, type ReproducedRow } from '../../analysis/paper/reproduce.ts';
import type { Profile } from '../../analysis/profile.ts';
import { standalone, type Chart, type VegaLiteSpec } from '../../report/charts/chart.ts';
import { costPerLayer } from '../../report/charts/costPerLayer.ts';
import { inputOutput } from '../../report/charts/inputOutput.ts';
import { predictedSpeed } from '../../report/charts/predictedSpeed.ts';
import { buildReport } from '../../report/html/build.ts';
import { firstView } from '../../report/html/model.ts';
import { formatPercent } from '../../report/format.ts';
import { DOCUMENT_FORMATS, gridOf, renderDocument, type Section } from '../../report/document.ts';
import {
  CLAIM_COLUMNS,
  FIGURE_COLUMNS,
  FORMULA_COLUMNS,
  RANKING_COLUMNS,
  REPRODUCED_COLUMNS,
  bestAlone,
  costColumns,
  reasons,
} from '../../report/reproduction.ts';
import {
  IDLE_COLUMNS,
  IDLE_NOTES,
  SPEED_COLUMNS,
  SPEED_ERROR_COLUMNS,
  SPEED_NOTES,
} from '../../report/speed.ts';
import {
  formatOption,
  OUTPUT_OPTION,
  QUIET_OPTION,
  formatOf,
  flag,
  text,
  type Args,
  type Command,
} from '../command.ts';
import { readJsonFile } from '../files.ts';
import { cellWidthOf, widthOf, type Io } from '../io.ts';
import { CHART_FORMATS, SCALE_OPTION, isChartFormat, writeChart } from '../chart.ts';
import { writeResult } from '../output.ts';
import { PROBE_OPTIONS, interrupted } from '../probing.ts';
import {
  buildOnce,
  claims,
  figure7,
  figure7Arrays,
  figure8,
  networkNotes,
  publishedRows,
  speedsOf,
} from '../../library/paper.ts';
import { oneOf, usageError } from '../usage.ts';
import { TOOL } from '../../version.ts';

const PARTS = [
  'table1',
  'table2',
  'table3',
  'table4',
  'table5',
  'figure7',
  'figure8',
  'formulas',
  'all',
] as const;
const FORMATS = [...DOCUMENT_FORMATS, ...CHART_FORMATS] as const;

type Part = Exclude<(typeof PARTS)[number], 'all'>;

/** The figures as charts. */
export const FIGURES: Readonly<Partial<Record<Part, () => VegaLiteSpec>>> = {
  table2: () => speedChart('table 2'),
  table4: () => speedChart('table 4'),
  table5: () => speedChart('table 5'),
  figure7: () => claimed('figure 7', figure(costPerLayer, figure7())),
  figure8: () => claimed('figure 8', figure(inputOutput, figure8())),
};

const figure = (chart: Chart, profiles: readonly Profile[]): VegaLiteSpec =>
  standalone(chart, firstView(buildReport({ tool: TOOL, profiles }), 'flops'));

/** The figure with what the paper claims of it below its title, each claim beside what the networks give. */
function claimed(where: string, spec: VegaLiteSpec): VegaLiteSpec {
  const lines = claims().flatMap((each) =>
    each.where === where
      ? [`${each.statement}: ${each.printed} printed, ${formatPercent(each.computed)} computed`]
      : [],
  );
  return {
    ...spec,
    title: { text: `CSPNet (arXiv 1911.11929), ${where}`, subtitle: lines, anchor: 'start' },
  };
}

function speedChart(where: string): VegaLiteSpec {
  const rows = publishedRows(where).map(reproduceRow);
  return predictedSpeed(where, speedsOf(rows), rankings(rows));
}

/** Everything that the paper prints about one table or figure beside what the graphs give. */
export interface Reproduction {
  readonly sections: readonly Section[];
  readonly rows: readonly ReproducedRow[];
}

/** The parts asked for, in the paper's order. */
export async function reproduce(parts: readonly Part[]): Promise<Reproduction> {
  const build = buildOnce();
  const rows: ReproducedRow[] = [];
  const sections: Section[] = [];
  for (const part of parts) {
    const where = part.replace(/(\d)$/, ' $1');
    const own = publishedRows(where, build).map(reproduceRow);
    rows.push(...own);
    const values = own.flatMap((row) => row.values);
    const title = where.charAt(0).toUpperCase() + where.slice(1);
    if (part === 'figure7' || part === 'figure8') {
      const grid = gridOf(FIGURE_COLUMNS, part === 'figure7' ? figure7(build) : figure8(build));
      sections.push({ id: part, title: `${title}: the networks`, grid });
    }
    if (part === 'figure7') {
      sections.push({
        id: 'figure7Arrays',
        title: `${title}: what idles on an array`,
        sentences: IDLE_NOTES,
        grid: gridOf(IDLE_COLUMNS, figure7Arrays(build)),
      });
    }
    if (values.length > 0) {
      sections.push({
        id: `${part}Costs`,
        title: `${title}: printed beside computed`,
        grid: gridOf(REPRODUCED_COLUMNS, values),
      });
      const why = reasons(values);
      if (why.length > 0)
        sections.push({
          id: `${part}Reasons`,
          title: `${title}: what does not come out, and why`,
          sentences: why,
        });
    }
    if (own.some(({ published }) => Object.keys(published.measured).length > 0)) {
      sections.push({
        id: `${part}Measured`,
        title: `${title}: cost beside printed speed and accuracy`,
        grid: gridOf(costColumns(own), own),
      });
    }
    const speeds = speedsOf(own, build);
    if (speeds.length > 0) {
      const ranked = rankings(own);
      sections.push(
        {
          id: `${part}Speeds`,
          title: `${title}: frames per second, printed beside predicted`,
          ...(sections.some(({ sentences }) => sentences === SPEED_NOTES) ? {} : { sentences: SPEED_NOTES }),
          grid: gridOf(SPEED_COLUMNS, speeds),
        },
        {
          id: `${part}SpeedErrors`,
          title: `${title}: how far the predictions are off`,
          grid: gridOf(SPEED_ERROR_COLUMNS, speedErrors(speeds)),
        },
        {
          id: `${part}Rankings`,
          title: `${title}: which cost alone tells the speed`,
          sentences: bestAlone(ranked),
          grid: gridOf(RANKING_COLUMNS, ranked),
        },
      );
    }
    if (part === 'formulas') {
      const { proveFormulas } = await import('../../analysis/paper/formulas.ts');
      sections.push(
        {
          id: 'formulas',
          title: 'Formulas, proven symbolically',
          grid: gridOf(FORMULA_COLUMNS, proveFormulas()),
        },
        { id: 'claims', title: 'Claims of the text', grid: gridOf(CLAIM_COLUMNS, claims(build)) },
      );
    } else if (part.startsWith('figure')) {
      sections.push({
        id: `${part}Claims`,
        title: `${title}: claims`,
        grid: gridOf(
          CLAIM_COLUMNS,
          claims(build).filter((each) => each.where === where),
        ),
      });
    }
  }
  return { sections, rows };
}

/** What comes first: how many printed numbers there are, and how many come out. */
export function summary(rows: readonly ReproducedRow[]): Section {
  const { printed, hold, exact, fitted, open } = verdictOf(rows);
  return {
    id: 'verdict',
    title: 'Verdict',
    sentences: [
      `${String(printed)} printed costs; ${String(hold)} come out: ${String(exact)} from networks that are defined by a publication, ${String(fitted)} from networks fitted to printed digits.`,
      `${String(open)} do not come out; each has its residual and a reason.`,
    ],
  };
}

export const contradictions: Section = {
  id: 'contradictions',
  title: 'Where the paper contradicts itself or its sources',
  sentences: PAPER_CONTRADICTIONS,
};

/** Where the networks come from. */
export const networks = (): Section => ({
  id: 'networks',
  title: 'Where the networks come from',
  sentences: networkNotes(),
});

export const ALL_PARTS: readonly Part[] = PARTS.filter((part) => part !== 'all');

export const reproduceCommand: Command = {
  usage: '[part]',
  positionals: { part: { describe: PARTS.join(', ') } },
  options: {
    ...formatOption(FORMATS, ' (figures, and tables with speeds)'),
    ...OUTPUT_OPTION,
    measure: {
      type: 'boolean',
      describe: 'run the networks of table5, figure7 or figure8 here, and time them',
    },
    ...SCALE_OPTION,
    measured: {
      type: 'string',
      describe: 'table5 beside what was measured before: a file of probe --format json, or of the explorer',
    },
    ...PROBE_OPTIONS,
    ...QUIET_OPTION,
  },
  examples: [
    ['table3', 'printed beside computed, row by row'],
    ['table5 --measure', 'printed speeds beside those of this machine'],
    ['table5 --measured phone.json', 'beside what the explorer measured on a phone'],
    ['all --format markdown -o paper.md', 'every table, figure and formula'],
    ['figure7 --format svg -o figure7.svg', 'the figure as a picture, with what the paper claims of it'],
  ],
  async run(args: Args, io: Io): Promise<number> {
    const part = oneOf('part', text(args, 'part') ?? 'all', PARTS);
    const format = formatOf(args, FORMATS);
    if (isChartFormat(format)) {
      const figure = part === 'all' ? undefined : FIGURES[part];
      if (figure === undefined)
        throw usageError(`${part} has no chart`, `ask for ${Object.keys(FIGURES).join(', ')}`);
      await writeChart(format, figure(), args, io);
      return 0;
    }
    if (flag(args, 'measure') === true) {
      const { MEASURABLE, measuredSections } = await import('../measure.ts');
      const measured = await measuredSections(oneOf('measure', part, MEASURABLE), args, io);
      if (measured === undefined) return interrupted(io);
      writeResult(renderDocument(format, measured, widthOf(io), cellWidthOf(io)), args, io);
      return 0;
    }
    const file = text(args, 'measured');
    if (file !== undefined) {
      if (part !== 'table5')
        throw usageError('--measured is for table5 alone', 'reproduce table5 --measured FILE');
      const { measuredBefore } = await import('../measure.ts');
      const measurement = readMeasurement(readJsonFile(file, resolve(io.cwd, file)), file);
      writeResult(renderDocument(format, measuredBefore(measurement), widthOf(io)), args, io);
      return 0;
    }
    const { sections, rows } = await reproduce(part === 'all' ? ALL_PARTS : [part]);
    const whole = part === 'all' ? [summary(rows), ...sections, networks(), contradictions] : sections;
    writeResult(renderDocument(format, whole, widthOf(io), cellWidthOf(io)), args, io);
    const { broken } = verdictOf(rows);
    for (const { row, column, printed, computed } of broken) {
      io.stderr.write(
        `csp-profile: ${row}: ${column} is declared exact, printed ${String(printed)}, computed ${String(computed)}\n`,
      );
    }
    return broken.length > 0 ? 1 : 0;
  },
};
