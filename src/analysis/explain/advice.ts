import { lifetimesOf, peakActivations } from '../../graph/liveness.ts';
import { tensorOf, type Graph, type OpNode, type TensorId } from '../../graph/graph.ts';
import { elementsOf, layerViews } from '../../graph/layers.ts';
import type { MetricId } from '../../metrics/registry.ts';
import { byteLength } from '../../ops/dtype.ts';
import { elements } from '../../units.ts';
import { flops as flopCount } from '../../metrics/flops.ts';
import { conventionsOf, profile, type Profile, type ProfileRow } from '../profile.ts';
import { findRuns, partial, type Run } from './partial.ts';
import { rewrite, widened, type Replacement, type Rewritten } from './rewrite.ts';

/** Something about a network that costs more than it need, what it does, and what to do about it. */
export interface Advice {
  /** stable, for programs */
  readonly id: string;
  /** a heading */
  readonly title: string;
  /** what it costs */
  readonly hazard: string;
  /** what to do about it */
  readonly remedy: string;
  /** what that saves, at most; absent where it is not computed */
  readonly saves?: Saving;
  /** of the rows, in order */
  readonly columns: readonly AdviceColumn[];
  /** the layers, or the changes, by column */
  readonly rows: readonly Readonly<Record<string, string | number>>[];
}

/** What following an advice saves, at most. */
export interface Saving {
  /** in words: `FLOPs`, `predicted time` */
  readonly what: string;
  /** of the network's, 0 to 1 */
  readonly share: number;
}

/** A column of the rows of an advice. */
export interface AdviceColumn {
  /** key of the cells */
  readonly id: string;
  /** heading of the column */
  readonly title: string;
  /** of numbers; `change` before it: the number is what a change of the network adds */
  readonly unit?: string;
  /** a signed difference, printed with its sign */
  readonly change?: true;
  /** for programs: people read the number of the layer */
  readonly machineOnly?: true;
}

interface Subject {
  readonly graph: Graph;
  readonly profile: Profile;
  /** what a rewritten network costs, by the same rules and on the same hardware */
  readonly measure: (graph: Graph) => Cost;
  /** whether every row says what its change alone does */
  readonly detailed: boolean;
}

/** What is compared of a rewritten network: without details, its FLOPs alone. */
type Cost = Pick<Profile, 'totals' | 'bottleneck'> & {
  readonly layers: readonly Pick<ProfileRow, 'flops'>[];
};

/** The FLOPs of a graph by the conventions of a profile: a tenth of what a profile of it takes. */
function flopsAlone(graph: Graph, { conventions }: Profile): Cost {
  const context = { graph, ...conventionsOf(graph, conventions), liveBytes: [] };
  const layers = Array.from(layerViews(graph), (view) => {
    const own = flopCount.measure(view, context);
    return own === undefined ? {} : { flops: own };
  });
  const sum = layers.reduce((total, { flops: own }) => (own === undefined ? total : total + own), 0);
  return { totals: { layers: layers.length, flops: sum }, bottleneck: undefined, layers };
}

/** What saves a smaller part than this is not worth a change. */
const LEAST_SAVING = 0.01;
/** How many layers an advice shows. */
const MOST_ROWS = 6;

/**
 * What to change about a network, what saves the most first; what saves time comes first on a device. What would save
 * next to nothing is left out.
 *
 * @param options.measure what a rewritten network costs; absent: its counts
 * @param options.detailed whether every row says what its change alone does, which takes a rewriting each; absent: yes
 */
export function advise(
  graph: Graph,
  of: Profile,
  options: { readonly measure?: ((graph: Graph) => Profile) | undefined; readonly detailed?: boolean } = {},
): readonly Advice[] {
  const { detailed = true } = options;
  const measure =
    options.measure ??
    ((changed: Graph) => (detailed ? profile(changed, of.conventions) : flopsAlone(changed, of)));
  const subject: Subject = { graph, profile: of, measure, detailed };
  const found = [bottleneck, partialStages, unequalChannels, lowIntensity, misaligned, concatenations]
    .flatMap((rule) => rule(subject) ?? [])
    .filter(({ saves }) => saves === undefined || saves.share >= LEAST_SAVING);
  const time = timeOf(of)?.what;
  const rank = ({ saves }: Advice): number =>
    saves === undefined ? -1 : saves.share + (saves.what === time ? 1 : 0);
  return found.sort((a, b) => rank(b) - rank(a));
}

/** The time of a network on its device: as predicted, or else the floor. */
function timeOf({ totals }: Cost): { readonly what: string; readonly seconds: number } | undefined {
  const { predictedSeconds, floorSeconds } = totals;
  if (predictedSeconds !== undefined) return { what: 'predicted time', seconds: predictedSeconds };
  return floorSeconds === undefined ? undefined : { what: 'time of the floor', seconds: floorSeconds };
}

/** What the better network saves: time where that is known of both, or else FLOPs; undefined where it saves none. */
function savingOf(before: Profile, after: Cost): Saving | undefined {
  const [from, to] = [timeOf(before), timeOf(after)];
  const [what, was, is] =
    from !== undefined && to?.what === from.what
      ? [from.what, from.seconds, to.seconds]
      : ['FLOPs', before.totals.flops, after.totals.flops];
  return was === undefined || is === undefined || is >= was ? undefined : { what, share: 1 - is / was };
}

const LAYER: readonly AdviceColumn[] = [
  { id: 'layer', title: '#' },
  { id: 'name', title: 'layer', machineOnly: true },
  { id: 'operator', title: 'operator' },
];

const layerCells = ({ index, name, kind, detail }: ProfileRow) => ({
  layer: index,
  name,
  operator: detail ?? kind,
});

/** What changing a network changes: totals, and the bottleneck. */
const EFFECTS: readonly AdviceColumn[] = [
  { id: 'flops', title: 'FLOPs', unit: 'FLOP', change: true },
  { id: 'weights', title: 'weights', unit: 'element', change: true },
  { id: 'cio', title: 'CIO', unit: 'element', change: true },
  { id: 'memoryAccessCost', title: 'access', unit: 'element', change: true, machineOnly: true },
  { id: 'peakActivationBytes', title: 'peak', unit: 'byte', change: true },
  { id: 'largestLayer', title: 'largest', unit: 'FLOP', change: true },
];

/** The same on a device. */
const TIMED_EFFECTS: readonly AdviceColumn[] = [
  { id: 'seconds', title: 'time', unit: 's', change: true },
  { id: 'dramBytes', title: 'DRAM', unit: 'byte', change: true },
  ...EFFECTS,
];

const effectColumns = (of: Profile): readonly AdviceColumn[] =>
  timeOf(of) === undefined ? EFFECTS : TIMED_EFFECTS;

const EFFECT_IDS: readonly MetricId[] = [
  'flops',
  'weights',
  'cio',
  'memoryAccessCost',
  'peakActivationBytes',
  'dramBytes',
];

/** The changes from a network to a rewritten one, as far as both are known. */
function effects(before: Profile, after: Cost): Record<string, number> {
  const changes: Record<string, number> = {};
  for (const id of EFFECT_IDS) {
    const [from, to] = [before.totals[id], after.totals[id]];
    if (from !== undefined && to !== undefined) changes[id] = to - from;
  }
  const [from, to] = [timeOf(before), timeOf(after)];
  if (from !== undefined && to?.what === from.what) changes['seconds'] = to.seconds - from.seconds;
  if (before.bottleneck !== undefined && after.bottleneck !== undefined) {
    changes['largestLayer'] = after.bottleneck.flops - before.bottleneck.flops;
  }
  return changes;
}

const percent = (share: number): string => `${(100 * share).toFixed(1)} %`;

/** The convolution of a layer that has exactly one. */
function convOf(graph: Graph, index: number): OpNode<'conv'> | undefined {
  const layer = graph.layers[index];
  const convs = graph.nodes.slice(layer?.first, layer?.last).filter((node) => node.kind === 'conv');
  return convs.length === 1 ? convs[0] : undefined;
}

/** Below this, the work is spread well enough. */
const BALANCED = 2;

/** The largest layer, and the width at which it would be no larger than the next. */
function bottleneck({ graph, profile: before, measure, detailed }: Subject): Advice | undefined {
  const found = before.bottleneck;
  if (found === undefined || found.maxOverMean < BALANCED) return undefined;
  const largest = before.layers.filter(({ flops }) => flops === found.flops);
  const next = Math.max(
    ...before.layers.map(({ flops }) => (flops === undefined || flops === found.flops ? 0 : flops)),
  );
  const narrowed = largest.slice(0, MOST_ROWS).map((row) => {
    const conv = convOf(graph, row.index);
    const width = conv === undefined ? 0 : Math.floor((conv.attrs.outChannels * next) / found.flops / 8) * 8;
    return conv === undefined || conv.attrs.groups > 1 || width < 8
      ? { row }
      : {
          row,
          width: `${String(conv.attrs.outChannels)}->${String(width)}`,
          replacement: widened(graph, row.index, conv, width),
        };
  });
  const measured = (replacements: readonly Replacement[]): Cost | undefined => {
    const changed = replacements.length === 0 ? undefined : rewrite(graph, replacements);
    return changed && measure(changed.graph);
  };
  const replacements = narrowed.flatMap(({ replacement }) => replacement ?? []);
  const together = measured(replacements);
  // Where they do not fit together, one alone may.
  const alone = together !== undefined && !detailed ? [] : replacements.map((each) => measured([each]));
  const savings = (together === undefined ? alone : [together]).flatMap((after) =>
    after === undefined ? [] : (savingOf(before, after) ?? []),
  );
  const [all] = savings.sort((x, y) => y.share - x.share);
  const rows = narrowed.map(({ row, width, replacement }) => {
    const after = replacement === undefined ? undefined : alone[replacements.indexOf(replacement)];
    if (width === undefined || (detailed && after === undefined))
      return { ...layerCells(row), width: 'tied' };
    return { ...layerCells(row), width, ...(after === undefined ? {} : effects(before, after)) };
  });
  const same = largest.length === 1 ? 'one layer has' : `${String(largest.length)} layers have`;
  return {
    id: 'bottleneck',
    title: `The largest layer does ${percent(found.share)} of the work, ${found.maxOverMean.toFixed(2)} times the mean layer`,
    hazard: `${same} ${String(found.flops)} FLOPs, the next ${String(next)}: hardware that is laid out for the largest layer idles in the others (computational bottleneck, arXiv 1911.11929, section 1)`,
    remedy:
      'make it narrower (below: what the width that evens it with the next layer changes; tied ones share it with others), put a 1x1 convolution before it, or a partial stage around it',
    ...(all === undefined ? {} : { saves: all }),
    columns: [...LAYER, { id: 'width', title: 'width' }, ...effectColumns(before)],
    rows,
  };
}

/** Runs of blocks that would be cheaper as partial stages. */
function partialStages({ graph, profile: before, measure, detailed }: Subject): Advice | undefined {
  const { runs: cheaper, after: together } = cheaperRuns(graph, before, measure);
  if (cheaper.length === 0) return undefined;
  const rows: Readonly<Record<string, string | number>>[] = cheaper.map((run) => {
    const changed = detailed ? rewrite(graph, [partial(graph, run)]) : undefined;
    return {
      layers: `#${String(run.first)}-${String(run.last)}`,
      stage: before.layers[run.last]?.stage ?? '',
      blocks: run.form,
      ...(changed === undefined ? {} : effects(before, measure(changed.graph))),
    };
  });
  if (together !== undefined && cheaper.length > 1) {
    rows.push({ layers: 'all of them', stage: '', blocks: '', ...effects(before, together) });
  }
  const [from, to] = [before.totals.flops, together?.totals.flops];
  const saving = together === undefined ? undefined : savingOf(before, together);
  const saved =
    from === undefined || to === undefined ? '' : `, ${percent(1 - to / from)} fewer FLOPs in all`;
  return {
    id: 'partialStages',
    title: `${String(cheaper.length)} ${cheaper.length === 1 ? 'stage' : 'stages'} would be cheaper as cross-stage partial ones${saved}`,
    hazard:
      'every block reads and writes all channels of the stage, and computes gradients that repeat each other',
    remedy:
      'lead half of the channels around the blocks (CSPNet): residual blocks between 1x1 convolutions, their inner widths kept; dense blocks between slice and concatenation, their growth kept. Computed by rewriting the network; accuracy is not',
    columns: [
      { id: 'layers', title: 'layers' },
      { id: 'stage', title: 'stage' },
      { id: 'blocks', title: 'blocks' },
      ...effectColumns(before),
    ],
    ...(saving === undefined ? {} : { saves: saving }),
    rows,
  };
}

/**
 * The runs that have fewer FLOPs as partial stages, and what the network costs with all of them: they are rewritten
 * at once, for one does not change another.
 */
function cheaperRuns(
  graph: Graph,
  before: Profile,
  measure: Subject['measure'],
): { readonly runs: readonly Run[]; readonly after?: Cost } {
  const runs = findRuns(graph);
  const changed = (some: readonly Run[]): Rewritten | undefined =>
    some.length === 0
      ? undefined
      : rewrite(
          graph,
          some.map((run) => partial(graph, run)),
        );
  const isLess = (to: number | undefined, from: number | undefined): boolean =>
    from !== undefined && to !== undefined && to < from;
  const together = changed(runs);
  const after = together && measure(together.graph);
  const cheaper =
    together === undefined || after === undefined
      ? runs.filter((run) => {
          const alone = changed([run]);
          return isLess(alone && measure(alone.graph).totals.flops, before.totals.flops);
        })
      : runs.filter((run, i) => {
          const [first, last] = together.spans[i] as readonly [number, number];
          return isLess(flopsOf(after, first, last), flopsOf(before, run.first, run.last));
        });
  if (cheaper.length === runs.length && after !== undefined) return { runs: cheaper, after };
  const best = changed(cheaper);
  return { runs: cheaper, ...(best === undefined ? {} : { after: measure(best.graph) }) };
}

/** FLOPs of layers, by their positions; undefined where one is not known. */
function flopsOf({ layers }: Cost, first: number, last: number): number | undefined {
  let sum = 0;
  for (const { flops } of layers.slice(first, last + 1)) {
    if (flops === undefined) return undefined;
    sum += flops;
  }
  return sum;
}

/** Ratios to the lower bound from which channels count as unequal. */
const UNEQUAL = 1.1;

/** 1x1 convolutions whose channels in and out differ, so that they move more than they need for their MACs. */
function unequalChannels({ graph, profile: { layers, totals } }: Subject): Advice | undefined {
  const found = layers.flatMap((row) => {
    const { memoryAccessRatio: ratio, memoryAccessLowerBound: bound } = row;
    const conv = convOf(graph, row.index);
    const input = conv?.inputs[0];
    if (conv === undefined || input === undefined || ratio === undefined || bound === undefined) return [];
    const { kernel, groups, outChannels } = conv.attrs;
    if (ratio < UNEQUAL || groups > 1 || kernel.some((extent) => extent > 1)) return [];
    const inChannels = tensorOf(graph, input).type.shape[1] as number;
    return [
      { row, ratio, excess: bound * (ratio - 1), even: Math.round(Math.sqrt(inChannels * outChannels)) },
    ];
  });
  if (found.length === 0) return undefined;
  const excess = found.reduce((sum, each) => sum + each.excess, 0);
  const share =
    totals.memoryAccessCost === undefined
      ? ''
      : `, ${percent(excess / totals.memoryAccessCost)} of all memory access`;
  return {
    id: 'unequalChannels',
    title: `${String(found.length)} 1x1 ${found.length === 1 ? 'convolution has' : 'convolutions have'} unequal channels${share}`,
    hazard:
      'for the same MACs a 1x1 convolution moves least when it has as many channels in as out (ShuffleNetV2, arXiv 1807.11164, G1)',
    remedy:
      'bring the widths of neighbours nearer to each other; the last column is the width that makes the same MACs with the least access',
    columns: [
      ...LAYER,
      { id: 'ratio', title: 'x bound', unit: '1' },
      { id: 'excess', title: 'above bound', unit: 'element' },
      { id: 'even', title: 'even at' },
    ],
    ...(totals.memoryAccessCost === undefined || totals.memoryAccessCost === 0
      ? {}
      : { saves: { what: 'memory access', share: excess / totals.memoryAccessCost } }),
    rows: found
      .sort((a, b) => b.excess - a.excess)
      .slice(0, MOST_ROWS)
      .map(({ row, ratio, excess: own, even }) => ({
        ...layerCells(row),
        ratio,
        excess: Math.round(own),
        even: `${String(even)}->${String(even)}`,
      })),
  };
}

/** Grouped convolutions below this part of the other convolutions' median intensity are held up by memory. */
const LOW = 0.5;

/** Depthwise and grouped convolutions that compute little with what they move. */
function lowIntensity({ graph, profile: { layers, totals } }: Subject): Advice | undefined {
  const grouped: ProfileRow[] = [];
  const others: number[] = [];
  for (const row of layers) {
    const { arithmeticIntensity: intensity } = row;
    const conv = convOf(graph, row.index);
    if (conv === undefined || intensity === undefined) continue;
    if (conv.attrs.groups > 1) grouped.push(row);
    else others.push(intensity);
  }
  const median = others.sort((a, b) => a - b)[Math.floor(others.length / 2)];
  if (median === undefined) return undefined;
  const low = grouped.filter(({ arithmeticIntensity }) => (arithmeticIntensity as number) < LOW * median);
  if (low.length === 0) return undefined;
  const part = (id: 'flops' | 'memoryAccessCost'): string => {
    const whole = totals[id];
    const own = low.reduce((sum, row) => {
      const value = row[id];
      return value === undefined ? sum : sum + value;
    }, 0);
    return whole === undefined || whole === 0 ? 'an unknown part' : percent(own / whole);
  };
  return {
    id: 'lowIntensity',
    title: `${String(low.length)} grouped ${low.length === 1 ? 'convolution computes' : 'convolutions compute'} little with what they move: ${part('flops')} of the FLOPs, ${part('memoryAccessCost')} of the memory access`,
    hazard: `their arithmetic intensity is below half of the other convolutions' median of ${median.toFixed(1)} FLOP per byte, so that memory sets their time (roofline; ShuffleNetV2 G2), and FLOPs say little about it`,
    remedy:
      'fuse them with the 1x1 convolution before or behind, use fewer groups, or give early stages ordinary convolutions of fewer channels',
    columns: [
      ...LAYER,
      { id: 'intensity', title: 'FLOP/B', unit: 'FLOP/byte' },
      { id: 'flops', title: 'FLOPs', unit: 'FLOP' },
      { id: 'access', title: 'mem access', unit: 'element' },
    ],
    rows: low
      .sort((a, b) => (b.memoryAccessCost as number) - (a.memoryAccessCost as number))
      .slice(0, MOST_ROWS)
      .map((row) => ({
        ...layerCells(row),
        intensity: row.arithmeticIntensity as number,
        flops: row.flops as number,
        access: row.memoryAccessCost as number,
      })),
  };
}

/** The inputs of the network, and what is made of them alone without weights: their channels are given. */
function madeOfInputs(graph: Graph): ReadonlySet<TensorId> {
  const given = new Set(graph.inputs.map(({ tensor }) => tensor));
  for (const { inputs, params, outputs } of graph.nodes) {
    const learned = params.some((id) => tensorOf(graph, id).role === 'weight');
    const made = inputs.filter((id) => tensorOf(graph, id).role === 'activation');
    if (!learned && made.length > 0 && made.every((id) => given.has(id))) {
      for (const id of outputs) given.add(id);
    }
  }
  return given;
}

const ALIGNMENTS = [8, 16, 32] as const;

const padded = (channels: number, alignment: number): number => Math.ceil(channels / alignment) * alignment;

/** Convolutions whose channels hardware pads to a multiple. */
function misaligned({ graph, profile: { layers } }: Subject): Advice | undefined {
  const images = madeOfInputs(graph);
  const wasted = new Map<number, number>();
  let macs = 0;
  const found = layers.flatMap((row) => {
    const conv = convOf(graph, row.index);
    const input = conv?.inputs[0];
    if (conv === undefined || input === undefined || row.macs === undefined) return [];
    const { outChannels, groups } = conv.attrs;
    const inChannels = tensorOf(graph, input).type.shape[1] as number;
    macs += row.macs;
    if (groups > 1) return [];
    const extra = ALIGNMENTS.map((alignment) => {
      // The channels of an image are what they are.
      const into = images.has(input) ? 1 : padded(inChannels, alignment) / inChannels;
      return (row.macs as number) * ((into * padded(outChannels, alignment)) / outChannels - 1);
    });
    ALIGNMENTS.forEach((alignment, i) => {
      const before = wasted.get(alignment);
      wasted.set(alignment, (before === undefined ? 0 : before) + (extra[i] as number));
    });
    return (extra[1] as number) > 0 ? [{ row, extra: extra[1] as number, inChannels, outChannels }] : [];
  });
  const shares = ALIGNMENTS.map(
    (alignment) => `${percent((wasted.get(alignment) as number) / macs)} at ${String(alignment)}`,
  );
  if (found.length === 0) return undefined;
  return {
    id: 'misaligned',
    title: `Channels that are no multiples of what hardware computes at once add MACs: ${shares.join(', ')}`,
    hazard: 'tensor cores and NPUs work on 8, 16 or 32 channels at once, and pad the rest with zeros',
    remedy: 'round widths to multiples of 16 (32 for int8); padded channels cost as much as real ones',
    columns: [
      ...LAYER,
      { id: 'padded', title: 'padded to 16' },
      { id: 'extra', title: 'MACs more', unit: 'MAC' },
    ],
    saves: {
      what: 'MACs that an array of 16 does',
      share: (wasted.get(16) as number) / (macs + (wasted.get(16) as number)),
    },
    rows: found
      .sort((a, b) => b.extra - a.extra)
      .slice(0, MOST_ROWS)
      .map(({ row, extra, inChannels, outChannels }) => ({
        ...layerCells(row),
        padded: `${String(padded(inChannels, 16))}->${String(padded(outChannels, 16))}`,
        extra: Math.round(extra),
      })),
  };
}

/** Chains of concatenations, which copy the same maps again and again, and what they hold in memory. */
function concatenations({ graph, profile: { layers, totals } }: Subject): Advice | undefined {
  const joined = new Set<TensorId>();
  let copied = 0;
  let again = 0;
  const rows: {
    readonly row: ProfileRow;
    readonly copies: number;
    readonly repeats: number;
    readonly live: number;
  }[] = [];
  for (const view of layerViews(graph)) {
    const joins = view.nodes.filter(({ kind }) => kind === 'concat');
    if (joins.length === 0) continue;
    let copies = 0;
    let repeats = 0;
    for (const { inputs, outputs } of joins) {
      copies += elementsOf(graph, inputs);
      repeats += elementsOf(
        graph,
        inputs.filter((id) => joined.has(id)),
      );
      for (const id of [...inputs, ...outputs]) joined.add(id);
    }
    copied += copies;
    again += repeats;
    const row = layers[view.layer.index];
    if (row?.peakActivationBytes !== undefined)
      rows.push({ row, copies, repeats, live: row.peakActivationBytes });
  }
  const peak = totals.peakActivationBytes;
  const inPlace = peakWithJoinsInPlace(graph);
  if (again === 0 || peak === undefined || inPlace === undefined) return undefined;
  const lower =
    inPlace < peak ? `${percent(1 - inPlace / peak)} less than now` : 'as now, because the peak is elsewhere';
  return {
    id: 'concatenations',
    title: `Concatenations copy ${String(copied)} elements, ${percent(again / copied)} of them for the second time or more`,
    hazard:
      'each one writes all its maps once more, and holds them twice while it runs; dense blocks do so at every layer',
    remedy: `give a block one buffer that its layers write into (the peak would be ${String(inPlace)} bytes, ${lower}), join once at the end (VoVNet), or let half of the channels pass around the block (CSPNet)`,
    columns: [
      ...LAYER.filter(({ id }) => id !== 'operator').map(({ id, title }) => ({ id, title })),
      { id: 'copies', title: 'copied', unit: 'element' },
      { id: 'repeats', title: 'copied before', unit: 'element' },
      { id: 'live', title: 'live bytes', unit: 'byte' },
    ],
    ...(inPlace < peak ? { saves: { what: 'peak activations', share: 1 - inPlace / peak } } : {}),
    rows: rows
      .sort((a, b) => b.live - a.live || b.repeats - a.repeats)
      .slice(0, MOST_ROWS)
      .map(({ row: { index, name }, copies, repeats, live }) => ({
        layer: index,
        name,
        copies,
        repeats,
        live,
      })),
  };
}

/**
 * The peak of the activation memory if every map that is concatenated were written where the concatenation puts it.
 * A map is placed into one concatenation only; inputs of the network, and parts of other buffers, are still copied.
 */
export function peakWithJoinsInPlace(graph: Graph): number | undefined {
  const lifetimes = lifetimesOf(graph);
  const { count, bytes, from, to, home } = lifetimes;
  /** by buffer, the one that it is part of: at first itself */
  const whole = Int32Array.from({ length: count }, (_, buffer) => buffer);
  const bufferOf = (id: TensorId): number => {
    let buffer = home[id] as number;
    while (buffer !== -1 && whole[buffer] !== buffer) buffer = whole[buffer] as number;
    return buffer;
  };
  for (const { kind, inputs, outputs } of graph.nodes) {
    const [made] = outputs;
    if (kind !== 'concat' || made === undefined) continue;
    for (const id of inputs) {
      const [own, joined] = [bufferOf(id), bufferOf(made)];
      if (own === -1 || joined === -1 || own === joined || (from[own] as number) < 0) continue;
      const { dtype, shape } = tensorOf(graph, id).type;
      if (byteLength(dtype, elements(shape)) !== bytes[own]) continue;
      from[joined] = Math.min(from[own] as number, from[joined] as number);
      to[joined] = Math.max(to[own] as number, to[joined] as number);
      whole[own] = joined;
      bytes[own] = 0;
    }
  }
  return peakActivations(graph, lifetimes)?.bytes;
}
