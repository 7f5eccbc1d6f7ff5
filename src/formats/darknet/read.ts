import { ProfileError, problem, warning, type Diagnostic, type Origin } from '../../diagnostics.ts';
import { GraphBuilder } from '../../graph/builder.ts';
import type { Graph } from '../../graph/graph.ts';
import type { Shape } from '../../ops/spec.ts';
import { splitSections, type Sections } from './cfg.ts';
import { Lowering } from './lower.ts';
import { OptionTable, whole, type OptionValues } from './options.ts';
import { SECTIONS } from './sections/index.ts';

/** What is asked of a `.cfg` beyond what it says. */
export interface DarknetOptions {
  /** name of the file in messages and origins */
  readonly file?: string;
  /** height and width of the input instead of those of `[net]` */
  readonly extent?: readonly [number, number];
  /** images at once; 1 unless given, whatever `[net]` says of training */
  readonly batch?: number;
  /**
   * what to do with sections that are not known: refuse the file (the default), or go on without their cost, as
   * Darknet does
   */
  readonly onUnknown?: 'error' | 'opaque' | undefined;
}

const NET = new OptionTable(
  { width: whole(0, 0), height: whole(0, 0), channels: whole(0, 0), inputs: whole(0, 0) },
  'batch subdivisions time_steps max_batches learning_rate_min sgdr_cycle sgdr_mult momentum decay track ' +
    'augment_speed sequential_subdivisions try_fix_nan weights_reject_freq equidistant_point ' +
    'badlabels_rejection_percentage num_sigmas_reject_badlabels ema_alpha use_cuda_graph loss_scale ' +
    'dynamic_minibatch optimized_memory workspace_size_limit_MB adam B1 B2 eps max_crop min_crop flip blur ' +
    'gaussian_noise mixup cutmix mosaic letter_box mosaic_bound contrastive contrastive_jit_flip contrastive_color ' +
    'unsupervised label_smooth_eps resize_step attention adversarial_lr max_chart_loss angle aspect saturation ' +
    'exposure hue power policy burn_in step scale steps scales seq_scales gamma',
);

/** More warnings than this say nothing new. */
const MOST_WARNINGS = 20;

/**
 * The network that a Darknet `.cfg` describes, one layer per section; one image and one time step unless
 * `batch` says otherwise.
 *
 * @param source the file's bytes, or its text
 * @returns the graph, and warnings about what was read in another sense than its author may have meant
 * @throws ProfileError CSP3xx, CSP201 with file and line where the file describes no network
 */
export function readDarknet(
  source: Uint8Array | string,
  options: DarknetOptions = {},
): { readonly graph: Graph; readonly diagnostics: readonly Diagnostic[] } {
  const { file = 'network.cfg', onUnknown = 'error' } = options;
  const sections = splitSections(source, file);
  const { net } = sections;
  const unknown = unknownSections(sections, file);
  if (unknown !== undefined && onUnknown === 'error') throw new ProfileError(unknown);

  const diagnostics: Diagnostic[] = [];
  let unsaid = 0;
  const complain = (diagnostic: Diagnostic): void => {
    if (diagnostics.length < MOST_WARNINGS) diagnostics.push(diagnostic);
    else unsaid++;
  };
  if (unknown !== undefined) {
    complain({ ...unknown, severity: 'warning', fix: 'every total lacks their cost; or correct the name' });
  }
  const origin = (line: number): Origin => ({ format: 'darknet', file, line, section: net.name });
  const values = NET.read(net, origin, complain);
  if (sections.length === 1) {
    throw new ProfileError(
      problem(
        'CSP323',
        'there is no layer behind [net]',
        'add one, such as [convolutional]',
        origin(net.line),
      ),
    );
  }
  const builder = new GraphBuilder({ name: stem(file), source: file, format: 'darknet' });
  const input = builder.input('input', {
    dtype: 'float32',
    shape: inputShape(values, options, origin(net.line)),
  });
  const lowering = new Lowering(builder, file, input, complain);
  for (const section of sections.layers()) {
    lowering.start(section.name, section.line);
    const lower = SECTIONS.get(section.name);
    if (lower === undefined) lowering.finishUnknown();
    else lowering.finish(lower(lowering, section));
  }
  if (unsaid > 0) {
    diagnostics.push(
      warning(
        'CSP340',
        `${String(unsaid)} more warnings like these`,
        'mend the first ones and read it again',
        origin(net.line),
      ),
    );
  }
  return { graph: builder.build(), diagnostics };
}

/**
 * The network that a Darknet `.cfg` describes.
 *
 * @throws ProfileError CSP3xx, CSP201 with file and line where the file describes no network
 */
export const fromDarknet = (source: Uint8Array | string, options: DarknetOptions = {}): Graph =>
  readDarknet(source, options).graph;

/** CSP338, which lists every section that is not known; undefined where all are. */
function unknownSections(sections: Sections, file: string): Diagnostic | undefined {
  const places = new Map<string, number[]>();
  for (const { name, line } of sections.layers()) {
    if (SECTIONS.has(name)) continue;
    const lines = places.get(name);
    if (lines === undefined) places.set(name, [line]);
    else lines.push(line);
  }
  const first = [...places][0];
  if (first === undefined) return undefined;
  const list = [...places].slice(0, 10).map(([name, lines]) => {
    const shown = lines.slice(0, 10).join(', ');
    return `[${excerptName(name)}] (line${lines.length === 1 ? '' : 's'} ${shown}${lines.length > 10 ? ', ...' : ''})`;
  });
  return problem(
    'CSP338',
    `${list.length === 1 ? 'unknown section' : 'unknown sections'} ${list.join(', ')}${places.size > 10 ? ', ...' : ''}`,
    'correct the name (Darknet knows convolutional, maxpool, route, shortcut, yolo and others), or pass --on-unknown opaque to go on without their cost',
    { format: 'darknet', file, line: first[1][0] as number },
  );
}

const excerptName = (name: string): string => (name.length <= 40 ? name : `${name.slice(0, 39)}…`);

function inputShape(
  net: OptionValuesOf<typeof NET>,
  { extent, batch = 1 }: DarknetOptions,
  origin: Origin,
): Shape {
  const { channels, inputs } = net;
  const [height, width] = extent ?? [net.height, net.width];
  if (channels > 0 && height > 0 && width > 0) return [batch, channels, height, width];
  if (inputs > 0 && channels === 0 && extent === undefined) return [batch, inputs];
  const missing = Object.entries({ width, height, channels }).filter(([, value]) => value === 0);
  throw new ProfileError(
    problem(
      'CSP339',
      `the input has no extent: ${missing.map(([name]) => `${name} is 0 or missing`).join(', ')}`,
      'give [net] width, height and channels, or inputs for a network on vectors',
      origin,
    ),
  );
}

type OptionValuesOf<T> = T extends OptionTable<infer V> ? OptionValues<V> : never;

/** `models/yolov4.cfg` is the network `yolov4`. */
const stem = (file: string): string => (file.split(/[\\/]/).at(-1) ?? file).replace(/\.cfg$/i, '');
