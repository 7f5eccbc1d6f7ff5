import { deviceVerdict } from '../../analysis/conclusions/time.ts';
import { DIFF_METRICS, diff, type DiffMetric } from '../../analysis/diff.ts';
import type { Profile } from '../../analysis/profile.ts';
import { diffMeasurements } from '../../analysis/measurement/diff.ts';
import { DIFF_FORMATS, renderDiff } from '../../report/diff.ts';
import { DOCUMENT_FORMATS, renderDocument } from '../../report/document.ts';
import { measurementChanges } from '../../report/measurement/diff.ts';
import {
  formatOption,
  OUTPUT_OPTION,
  QUIET_OPTION,
  COLOR_OPTION,
  TOP_OPTIONS,
  CONVENTION_OPTIONS,
  GROUP_OPTION,
  DEVICE_OPTIONS,
  formatOf,
  topOf,
  colored,
  text,
  type Args,
  type Command,
} from '../command.ts';
import { cellWidthOf, isWatched, widthOf, type Io } from '../io.ts';
import { loadMeasurement } from '../measurement.ts';
import { MODEL_OPTIONS } from '../model.ts';
import { writeResult } from '../output.ts';
import { loadSubjects } from '../profile.ts';
import { oneOf } from '../usage.ts';
import { TOOL } from '../../version.ts';

const FORMATS = [...DIFF_FORMATS, 'html'] as const;
const METRICS = DIFF_METRICS.filter(({ total }) => total === 'sum').map(({ id }) => id);
const DEFAULT_METRICS = 'flops,cio,weights';

export const diffCommand: Command = {
  usage: '<a> <b>',
  positionals: {
    a: { describe: 'model, or profile or measurement as analyze or probe --format json writes it' },
    b: { describe: 'what to compare it with' },
  },
  options: {
    ...formatOption(FORMATS),
    ...OUTPUT_OPTION,
    metrics: {
      type: 'string',
      default: DEFAULT_METRICS,
      describe: 'metrics of stages and layers, the first one orders',
    },
    ...TOP_OPTIONS,
    ...CONVENTION_OPTIONS,
    ...GROUP_OPTION,
    ...MODEL_OPTIONS,
    ...DEVICE_OPTIONS,
    ...QUIET_OPTION,
    ...COLOR_OPTION,
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
    const format = formatOf(args, FORMATS);
    const metrics = (text(args, 'metrics') ?? DEFAULT_METRICS)
      .split(',')
      .map((id): DiffMetric => oneOf('metrics', id.trim(), METRICS));
    const [was, is] = ['a', 'b'].map((side) => loadMeasurement(text(args, side) ?? '', io));
    if (was !== undefined && is !== undefined) {
      const sections = measurementChanges(diffMeasurements(was, is), topOf(args));
      writeResult(
        renderDocument(oneOf('format', format, DOCUMENT_FORMATS), sections, widthOf(io), cellWidthOf(io)),
        args,
        io,
      );
      return 0;
    }
    const subjects = await loadSubjects([text(args, 'a') ?? '', text(args, 'b') ?? ''], args, io, {
      fuseUnlike: true,
    });
    const profiles: readonly Profile[] = subjects.map(({ profile }) => profile);
    if (format === 'html') {
      const [{ htmlPage }, { reportOf, sourcesOf }, { firstView }] = await Promise.all([
        import('../page.ts'),
        import('../../library/report.ts'),
        import('../../report/html/model.ts'),
      ]);
      const report = reportOf(profiles, { sources: subjects.map(sourcesOf) });
      writeResult(await htmlPage(firstView(report, metrics[0] ?? 'flops')), args, io);
      return 0;
    }
    const [a, b] = profiles as readonly [Profile, Profile];
    const time = deviceVerdict(a, b);
    const rendered = renderDiff(format, diff(a, b), {
      ...(time === undefined ? {} : { times: [time] }),
      width: widthOf(io),
      color: colored(args, io),
      cut: isWatched(io),
      metrics,
      top: topOf(args),
      tool: TOOL,
    });
    writeResult(rendered, args, io);
    return 0;
  },
};
