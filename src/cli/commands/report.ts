import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Measurement } from '../../analysis/measurement/measurement.ts';
import { readMeasurement } from '../../analysis/measurement/read.ts';
import { COUNT_INFO } from '../../analysis/profile.ts';
import { chartOf, reportOf, sourcesOf } from '../../library/report.ts';
import { standalone } from '../../report/charts/chart.ts';
import { CHARTS } from '../../report/charts/registry.ts';
import { inWords } from '../../report/format.ts';
import type { ReportInput } from '../../report/html/build.ts';
import { firstView, openingMetric } from '../../report/html/model.ts';
import {
  formatOption,
  OUTPUT_OPTION,
  QUIET_OPTION,
  CONVENTION_OPTIONS,
  GROUP_OPTION,
  DEVICE_OPTIONS,
  asksForDevice,
  binaryOutput,
  flag,
  formatOf,
  list,
  outputFile,
  text,
  type Args,
  type Command,
} from '../command.ts';
import { CHART_FORMATS, SCALE_OPTION, writeChart } from '../chart.ts';
import { readBytes, readJsonFile } from '../files.ts';
import type { Io } from '../io.ts';
import { MODEL_OPTIONS, parseSpec } from '../model.ts';
import { writeResult } from '../output.ts';
import { htmlPage } from '../page.ts';
import { loadSubjects, type Subject } from '../profile.ts';
import { oneOf, usageError } from '../usage.ts';

const FORMATS = ['html', ...CHART_FORMATS] as const;
const DEFAULT_CHART = 'layers';
const METRICS = COUNT_INFO.flatMap(({ id, total }) => (total === 'none' ? [] : id));

export const reportCommand: Command = {
  usage: '<models..>',
  positionals: {
    models: {
      describe: 'models, or profiles as analyze --format json writes them; the first one is the baseline',
    },
  },
  options: {
    ...formatOption(FORMATS, '', 'html'),
    ...OUTPUT_OPTION,
    chart: {
      type: 'string',
      default: DEFAULT_CHART,
      describe: `the chart to write as vega-lite, svg or png: ${CHARTS.map(({ id }) => id).join(', ')}`,
    },
    ...SCALE_OPTION,
    metric: {
      type: 'string',
      describe: `what the charts show first (the time where it is known, else flops): ${METRICS.join(', ')}`,
    },
    measured: { type: 'string', describe: 'times of the layers: a file that probe --format json wrote' },
    stamp: {
      type: 'boolean',
      describe: 'with the date, and the SHA-256 of each file, in the last line of the page',
    },
    ...CONVENTION_OPTIONS,
    ...GROUP_OPTION,
    ...MODEL_OPTIONS,
    ...DEVICE_OPTIONS,
    ...QUIET_OPTION,
  },
  examples: [
    ['cspresnext50 -o report.html', 'one file to open in a browser or to send to somebody'],
    ['resnext50 cspresnext50 -o report.html', 'two networks side by side, with their differences'],
    ['yolov4.cfg --device jetson-tx2 -o report.html', 'with its time, DRAM traffic and roofline on a device'],
    [
      'resnext50 cspresnext50 --format svg --chart input-output -o io.svg',
      'figure 8 of the paper as a picture',
    ],
    ['resnext50 cspresnext50 --format png -o layers.png', 'figure 7, in pixels (npm install sharp)'],
  ],
  async run(args: Args, io: Io): Promise<number> {
    const format = formatOf(args, FORMATS);
    if (format === 'html' && outputFile(args) === undefined && io.stdout.isTTY) {
      throw usageError('a report is no text for a terminal', 'add -o report.html');
    }
    if (format === 'png') binaryOutput(format, 'chart.png', args, io);
    const id = oneOf(
      'chart',
      text(args, 'chart') ?? DEFAULT_CHART,
      CHARTS.map((chart) => chart.id),
    );
    const measurement = measurementOf(args, io);
    // A measurement is of the layers as the file has them.
    const subjects = await loadSubjects(list(args, 'models'), args, io, {
      fuseOperators: measurement === undefined && format === 'html',
    });
    const report = reportOf(
      subjects.map(({ profile }) => profile),
      {
        ...(measurement === undefined ? {} : { measurement }),
        sources: subjects.map(sourcesOf),
        ...(format === 'html'
          ? { advice: await advised(subjects, args, io), made: await madeBy(args, io) }
          : {}),
      },
    );
    if (measurement !== undefined && report.networks.every(({ measured }) => measured === undefined)) {
      throw usageError(
        `--measured ${String(text(args, 'measured'))} has none of these networks at their size`,
        `it has ${inWords(measurement.networks.map(({ network }) => network.name))}: probe the others`,
      );
    }
    const metrics = report.metrics.flatMap(({ id, total }) => (total === 'none' ? [] : id));
    const view = firstView(report, oneOf('metric', text(args, 'metric') ?? openingMetric(report), metrics));
    if (format === 'html') {
      writeResult(await htmlPage(view), args, io);
      return 0;
    }
    await writeChart(format, standalone(chartOf(view, id), view), args, io);
    return 0;
  },
};

/** How the page comes about: the command without where it goes, and on request when, and from which files. */
async function madeBy(args: Args, io: Io): Promise<readonly string[]> {
  const models = list(args, 'models');
  const options = { ...CONVENTION_OPTIONS, ...GROUP_OPTION, ...MODEL_OPTIONS, ...DEVICE_OPTIONS };
  const given = ['measured', ...Object.keys(options)].flatMap((name) =>
    flag(args, name) === true ? [`--${name}`] : list(args, name).flatMap((value) => [`--${name}`, value]),
  );
  const command = ['csp-profile report', ...models, ...given].join(' ');
  if (flag(args, 'stamp') !== true) return [command];
  // Loading it takes a hundredth of a report.
  const { createHash } = await import('node:crypto');
  const hashes = models.flatMap((model) => {
    const { path } = parseSpec(model);
    const file = resolve(io.cwd, path);
    if (!existsSync(file)) return [];
    return [`${path} sha256:${createHash('sha256').update(readBytes(path, file)).digest('hex')}`];
  });
  return [command, new Date().toISOString().slice(0, 10), ...hashes];
}

/** What to change about each network that is more than its profile. */
async function advised(
  subjects: readonly Subject[],
  args: Args,
  io: Io,
): Promise<NonNullable<ReportInput['advice']>> {
  const [{ adviceFor }, measure] = await Promise.all([
    import('../../library/advice.ts'),
    asksForDevice(args) ? (await import('../device.ts')).measureOnDevice(args, io) : undefined,
  ]);
  return adviceFor(subjects, measure);
}

function measurementOf(args: Args, io: Io): Measurement | undefined {
  const path = text(args, 'measured');
  return path === undefined ? undefined : readMeasurement(readJsonFile(path, resolve(io.cwd, path)), path);
}
