import { DIFF_METRICS, diff, type DiffMetric } from '../../analysis/diff.ts';
import type { Profile } from '../../analysis/profile.ts';
import { diffMeasurements } from '../../analysis/measurement/diff.ts';
import { DIFF_FORMATS, renderDiff } from '../../report/diff.ts';
import { DOCUMENT_FORMATS, renderDocument } from '../../report/document.ts';
import { measurementChanges } from '../../report/measurement/diff.ts';
import { CONVENTION_OPTIONS, DEVICE_OPTIONS, flag, text, type Args, type Command } from '../command.ts';
import { colorOf, widthOf, type Io } from '../io.ts';
import { loadMeasurement } from '../measurement.ts';
import { MODEL_OPTIONS } from '../model.ts';
import { writeResult } from '../output.ts';
import { loadProfiles } from '../profile.ts';
import { oneOf, wholeNumber } from '../usage.ts';
import { TOOL } from '../version.ts';

const FORMATS = [...DIFF_FORMATS, 'html'] as const;
const METRICS = DIFF_METRICS.filter(({ total }) => total === 'sum').map(({ id }) => id);
const DEFAULT_METRICS = 'flops,cio,weights';
const DEFAULT_TOP = '12';

export const diffCommand: Command = {
  usage: '<a> <b>',
  positionals: {
    a: { describe: 'model, or profile or measurement as analyze or probe --format json writes it' },
    b: { describe: 'what to compare it with' },
  },
  options: {
    format: { type: 'string', default: 'table', describe: `how to print: ${FORMATS.join(', ')}` },
    output: { type: 'string', alias: 'o', describe: 'write to this file' },
    metrics: {
      type: 'string',
      default: DEFAULT_METRICS,
      describe: 'metrics of stages and layers, the first one orders',
    },
    top: { type: 'string', default: DEFAULT_TOP, describe: 'changed layers to show' },
    all: { type: 'boolean', describe: 'show every changed layer, in order' },
    ...CONVENTION_OPTIONS,
    ...MODEL_OPTIONS,
    ...DEVICE_OPTIONS,
    quiet: { type: 'boolean', describe: 'no warnings' },
    color: { type: 'boolean', describe: 'colours, also where they would be off (--no-color: never)' },
  },
  examples: [
    ['resnext50 cspresnext50', 'what the cross-stage partial form saves, and where'],
    [
      'resnext50 cspresnext50 --device gtx1080ti --metrics predictedSeconds,dramBytes',
      'what it saves on a device',
    ],
    ['before.json after.cfg --metrics cio,flops', 'a profile of last week against a file'],
    ['before.json after.json', 'two measurements of probe, with confidence'],
  ],
  async run(args: Args, io: Io): Promise<number> {
    const format = oneOf('format', text(args, 'format') ?? 'table', FORMATS);
    const metrics = (text(args, 'metrics') ?? DEFAULT_METRICS)
      .split(',')
      .map((id): DiffMetric => oneOf('metrics', id.trim(), METRICS));
    const [was, is] = ['a', 'b'].map((side) => loadMeasurement(text(args, side) ?? '', io));
    if (was !== undefined && is !== undefined) {
      const shown =
        flag(args, 'all') === true ? 'all' : wholeNumber('top', text(args, 'top') ?? DEFAULT_TOP, 0);
      const sections = measurementChanges(diffMeasurements(was, is), shown);
      writeResult(renderDocument(oneOf('format', format, DOCUMENT_FORMATS), sections, widthOf(io)), args, io);
      return 0;
    }
    const profiles = await loadProfiles([text(args, 'a') ?? '', text(args, 'b') ?? ''], args, io);
    if (format === 'html') {
      const [{ htmlPage, reportOf }, { firstView }] = await Promise.all([
        import('../page.ts'),
        import('../../report/html/model.ts'),
      ]);
      writeResult(await htmlPage(firstView(reportOf(profiles), metrics[0] ?? 'flops')), args, io);
      return 0;
    }
    const [a, b] = profiles as readonly [Profile, Profile];
    const rendered = renderDiff(format, diff(a, b), {
      width: widthOf(io),
      color: text(args, 'output') === undefined && colorOf(io.stdout, io.env, flag(args, 'color')),
      metrics,
      top: flag(args, 'all') === true ? 'all' : wholeNumber('top', text(args, 'top') ?? DEFAULT_TOP, 0),
      tool: TOOL,
    });
    writeResult(rendered, args, io);
    return 0;
  },
};
