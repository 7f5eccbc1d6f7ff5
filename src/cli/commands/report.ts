import { resolve } from 'node:path';
import type { Measurement } from '../../analysis/measurement.ts';
import { readMeasurement } from '../../analysis/measurementFile.ts';
import { METRIC_INFO } from '../../analysis/profile.ts';
import { standalone } from '../../report/charts/chart.ts';
import { CHARTS } from '../../report/charts/registry.ts';
import { firstView, inWords, type View } from '../../report/html/model.ts';
import { CONVENTION_OPTIONS, DEVICE_OPTIONS, list, text, type Args, type Command } from '../command.ts';
import { readJsonFile } from '../files.ts';
import type { Io } from '../io.ts';
import { MODEL_OPTIONS } from '../model.ts';
import { writeResult } from '../output.ts';
import { htmlPage, reportOf } from '../page.ts';
import { loadProfile } from '../profile.ts';
import { oneOf, usageError } from '../usage.ts';

const FORMATS = ['html', 'vega-lite', 'svg', 'png'] as const;
const METRICS = METRIC_INFO.flatMap(({ id, total }) => (total === 'none' ? [] : id));

export const reportCommand: Command = {
  usage: '<models..>',
  positionals: {
    models: {
      describe: 'models, or profiles as analyze --format json writes them; the first one is the baseline',
    },
  },
  options: {
    format: { type: 'string', default: 'html', describe: `what to write: ${FORMATS.join(', ')}` },
    output: { type: 'string', alias: 'o', describe: 'write to this file' },
    chart: {
      type: 'string',
      default: 'layers',
      describe: `the chart to write as vega-lite or svg: ${CHARTS.map(({ id }) => id).join(', ')}`,
    },
    metric: {
      type: 'string',
      default: 'flops',
      describe: `what the charts show first: ${METRICS.join(', ')}`,
    },
    measured: { type: 'string', describe: 'times of the layers: a file that probe --format json wrote' },
    ...CONVENTION_OPTIONS,
    ...MODEL_OPTIONS,
    ...DEVICE_OPTIONS,
    quiet: { type: 'boolean', describe: 'no warnings' },
  },
  examples: [
    ['cspresnext50 -o report.html', 'one file to open in a browser or to send to somebody'],
    ['resnext50 cspresnext50 -o report.html', 'two networks side by side, with their differences'],
    ['yolov4.cfg --device jetson-tx2 -o report.html', 'with its time, DRAM traffic and roofline on a device'],
    [
      'resnext50 cspresnext50 --format svg --chart input-output -o io.svg',
      'figure 8 of the paper as a picture',
    ],
  ],
  async run(args: Args, io: Io): Promise<number> {
    const format = oneOf('format', text(args, 'format') ?? 'html', FORMATS);
    if (format === 'png') {
      throw usageError(
        'png is drawn by a browser',
        'open the HTML report and press PNG above the chart, or convert what --format svg writes',
      );
    }
    if (format === 'html' && text(args, 'output') === undefined && io.stdout.isTTY) {
      throw usageError('a report is no text for a terminal', 'add -o report.html');
    }
    const profiles = [];
    for (const model of list(args, 'models')) profiles.push(await loadProfile(model, args, io));
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
    writeResult(
      format === 'html' ? await htmlPage(view) : await chartOf(view, format, text(args, 'chart')),
      args,
      io,
    );
    return 0;
  },
};

function measurementOf(args: Args, io: Io): Measurement | undefined {
  const path = text(args, 'measured');
  return path === undefined ? undefined : readMeasurement(readJsonFile(path, resolve(io.cwd, path)), path);
}

async function chartOf(view: View, format: 'vega-lite' | 'svg', id = 'layers'): Promise<string> {
  const present = CHARTS.filter((chart) => chart.panels(view.report) > 0);
  const found = present.find((chart) => chart.id === id);
  if (found === undefined) {
    throw usageError(
      `--chart is "${id}", which these networks have not`,
      `use one of ${present.map((chart) => chart.id).join(', ')}`,
    );
  }
  const spec = standalone(found, view);
  if (format === 'vega-lite') return `${JSON.stringify(spec, undefined, 2)}\n`;
  const { renderSvg } = await import('../../report/charts/svg.ts');
  return `${await renderSvg(spec)}\n`;
}
