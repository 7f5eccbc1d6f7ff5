import type { VegaLiteSpec } from '../report/charts/chart.ts';
import { inertJson } from '../inertJson.ts';
import { binaryOutput, text, type Args } from './command.ts';
import { messageOf } from './files.ts';
import type { Io } from './io.ts';
import { tellWritten, writePieces, writeResult } from './output.ts';
import { usageError, wholeNumber } from './usage.ts';

/** How a chart is written. */
export const CHART_FORMATS = ['vega-lite', 'svg', 'png'] as const;

export type ChartFormat = (typeof CHART_FORMATS)[number];

export const isChartFormat = (format: string): format is ChartFormat =>
  (CHART_FORMATS as readonly string[]).includes(format);

/** For screens whose pixels are half as large as those that CSS counts, and for paper. */
const DEFAULT_SCALE = '2';

/** Options of commands that write charts. {@link writeChart} reads them. */
export const SCALE_OPTION = {
  scale: {
    type: 'string',
    default: DEFAULT_SCALE,
    describe: 'pixels of a png for each of the svg, along both sides',
  },
} as const;

/**
 * Writes a chart as a specification or a picture.
 *
 * @throws ProfileError CSP801 for a png that goes nowhere or that nothing draws
 */
export async function writeChart(format: ChartFormat, spec: VegaLiteSpec, args: Args, io: Io): Promise<void> {
  const output = format === 'png' ? binaryOutput(format, 'chart.png', args, io) : undefined;
  const scale = wholeNumber('scale', text(args, 'scale') ?? DEFAULT_SCALE, 1);
  if (format === 'vega-lite') {
    writeResult(`${inertJson(spec, 2)}\n`, args, io);
    return;
  }
  const { renderSvg } = await import('../report/charts/svg.ts');
  const svg = await renderSvg(spec);
  if (output !== undefined) {
    const { renderPng } = await loadPng();
    writePieces([await renderPng(svg, scale)], output, io);
    tellWritten(output, args, io);
  } else writeResult(`${svg}\n`, args, io);
}

/** What turns an SVG into pixels, a package that is there only where somebody wants pictures. */
async function loadPng() {
  try {
    return await import('./png.ts');
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
