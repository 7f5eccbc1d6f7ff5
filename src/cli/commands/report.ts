import { resolve } from 'node:path';
import type { Measurement } from '../../analysis/measurement/measurement.ts';
import { readMeasurement } from '../../analysis/measurement/read.ts';
import { COUNT_INFO } from '../../analysis/profile.ts';
import { chartOf, reportOf } from '../../library/report.ts';
import { standalone } from '../../report/charts/chart.ts';
import { CHARTS } from '../../report/charts/registry.ts';
import { firstView, inWords } from '../../report/html/model.ts';
import {
  formatOption,
  OUTPUT_OPTION,
  QUIET_OPTION,
  CONVENTION_OPTIONS,
  GROUP_OPTION,
  DEVICE_OPTIONS,
  binaryOutput,
  formatOf,
  list,
  outputFile,
  text,
  type Args,
  type Command,
} from '../command.ts';
import { messageOf, readJsonFile } from '../files.ts';
import type { Io } from '../io.ts';
import { MODEL_OPTIONS } from '../model.ts';
import { writePieces, writeResult } from '../output.ts';
import { htmlPage } from '../page.ts';
import { loadProfiles } from '../profile.ts';
import { oneOf, usageError, wholeNumber } from '../usage.ts';
import { inertJson } from '../../report/inertJson.ts';

const FORMATS = ['html', 'vega-lite', 'svg', 'png'] as const;
const DEFAULT_CHART = 'layers';
/** For screens whose pixels are half as large as those that CSS counts, and for paper. */
const DEFAULT_SCALE = '2';
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
    scale: {
      type: 'string',
      default: DEFAULT_SCALE,
      describe: 'pixels of a png for each of the svg, along both sides',
    },
    metric: {
      type: 'string',
      default: 'flops',
      describe: `what the charts show first: ${METRICS.join(', ')}`,
    },
    measured: { type: 'string', describe: 'times of the layers: a file that probe --format json wrote' },
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
    const output = format === 'png' ? binaryOutput(format, 'chart.png', args, io) : undefined;
    const scale = wholeNumber('scale', text(args, 'scale') ?? DEFAULT_SCALE, 1);
    const profiles = await loadProfiles(list(args, 'models'), args, io);
    const measurement = measurementOf(args, io);
    const report = reportOf(profiles, measurement);
    if (measurement !== undefined && report.networks.every(({ measured }) => measured === undefined)) {
      throw usageError(
        `--measured ${String(text(args, 'measured'))} has none of these networks at their size`,
        `it has ${inWords(measurement.networks.map(({ network }) => network.name))}: probe the others`,
      );
    }
    const metrics = report.metrics.flatMap(({ id, total }) => (total === 'none' ? [] : id));
    const view = firstView(report, oneOf('metric', text(args, 'metric') ?? 'flops', metrics));
    if (format === 'html') {
      writeResult(await htmlPage(view), args, io);
      return 0;
    }
    const spec = standalone(chartOf(view, text(args, 'chart') ?? DEFAULT_CHART), view);
    if (format === 'vega-lite') {
      writeResult(`${inertJson(spec, 2)}\n`, args, io);
      return 0;
    }
    const { renderSvg } = await import('../../report/charts/svg.ts');
    const svg = await renderSvg(spec);
    if (output !== undefined) {
      const { renderPng } = await loadPng();
      writePieces([await renderPng(svg, scale)], output, io);
    } else writeResult(`${svg}\n`, args, io);
    return 0;
  },
};

function measurementOf(args: Args, io: Io): Measurement | undefined {
  const path = text(args, 'measured');
  return path === undefined ? undefined : readMeasurement(readJsonFile(path, resolve(io.cwd, path)), path);
}

/** What turns an SVG into pixels, a package that is there only where somebody wants pictures. */
async function loadPng() {
  try {
    return await import('../png.ts');
  } catch (error) {
    const [first] = messageOf(error).split('\n');
    throw /^Cannot find (module|package) 'sharp'/.test(messageOf(error))
      ? usageError(
          'sharp is not installed: it draws png',
          'npm install sharp, beside csp-profile, or use --format svg',
        )
      : usageError(
          `sharp does not load on this machine: ${String(first)}`,
          'npm install sharp again here, or use --format svg',
        );
  }
}
