import { tensorOf, type Graph, type OpNode, type TensorId } from '../../graph/graph.ts';
import type { OpKind } from '../../ops/registry.ts';
import type { Shape } from '../../ops/spec.ts';
import type { Replacement, Rewriter } from './rewrite.ts';

/** A run of blocks at one resolution that reads one map and makes one map: what a partial stage can replace. */
export interface Run {
  /** residual: blocks add to the map; dense: they join new channels to it */
  readonly form: 'residual' | 'dense';
  /** layers [first, last] */
  readonly first: number;
  readonly last: number;
  readonly input: TensorId;
  readonly output: TensorId;
}

/** Kinds that treat every channel on its own, so that what they read and make has the same channels. */
const PER_CHANNEL: readonly OpKind[] = [
  'activation',
  'add',
  'avgPool',
  'batchNorm',
  'globalPool',
  'identity',
  'maxPool',
  'mul',
];

const shapeOf = (graph: Graph, id: TensorId): Shape => tensorOf(graph, id).type.shape;

const channelsOf = (graph: Graph, id: TensorId): number => shapeOf(graph, id)[1] as number;

/** Whether two maps have the same batch and spatial extents. */
const sameExtents = (a: Shape, b: Shape): boolean =>
  a.length === b.length && a.every((extent, axis) => axis === 1 || extent === b[axis]);

const isDepthwise = (node: OpNode): boolean =>
  node.kind === 'conv' && node.attrs.groups > 1 && node.attrs.groups === node.attrs.outChannels;

/** The longest runs of residual or dense blocks, in order, but for those that are partial already. */
export function findRuns(graph: Graph): readonly Run[] {
  const lastRead = new Map<TensorId, number>();
  const forks = new Set<TensorId>();
  graph.nodes.forEach(({ inputs }, i) => {
    for (const id of inputs) {
      if (lastRead.has(id)) forks.add(id);
      lastRead.set(id, i);
    }
  });
  for (const { tensor } of graph.outputs) lastRead.set(tensor, graph.nodes.length);
  const runs: Run[] = [];
  for (let layer = 0; layer + 1 < graph.layers.length;) {
    const input = outputOf(graph, layer);
    // Blocks read their input, and so does what goes around them.
    const run =
      input === undefined || !forks.has(input) ? undefined : longestRun(graph, layer, input, lastRead);
    if (run !== undefined && !isPartial(graph, run)) runs.push(run);
    layer = run === undefined ? layer + 1 : run.last;
  }
  return runs;
}

/** The longest run behind a layer: closed, so that nothing else inside it is read outside. */
function longestRun(
  graph: Graph,
  entry: number,
  input: TensorId,
  lastRead: ReadonlyMap<TensorId, number>,
): Run | undefined {
  if (shapeOf(graph, input).length < 3) return undefined;
  const blocks = new Blocks(graph, input);
  let open = -1;
  let output: TensorId | undefined;
  let found: Run | undefined;
  for (let last = entry + 1; last < graph.layers.length; last++) {
    const layer = graph.layers[last] as Graph['layers'][number];
    for (const node of graph.nodes.slice(layer.first, layer.last)) {
      if (!blocks.take(node)) return found;
      if (output !== undefined) open = Math.max(open, lastRead.get(output) ?? -1);
      [output] = node.outputs;
    }
    if (output === undefined || open >= layer.last) continue;
    const form = blocks.formOf(output);
    if (form !== undefined) found = { form, first: entry + 1, last, input, output };
  }
  return found;
}

/** What the nodes behind a map make of it, as they come one after the other. */
class Blocks {
  readonly #graph: Graph;
  readonly #input: TensorId;
  readonly #inside: Set<TensorId>;
  /** maps that must have as many channels as each other */
  readonly #ties = new Ties();
  /** maps that hold the input's channels among theirs, as they are */
  readonly #joined: Set<TensorId>;
  /** the same, or channel by channel what became of them */
  readonly #derived: Set<TensorId>;
  #convs = 0;
  /** convolutions that read the input's channels */
  #reading = 0;
  #adds = 0;
  #joins = 0;
  #even = true;

  constructor(graph: Graph, input: TensorId) {
    this.#graph = graph;
    this.#input = input;
    this.#inside = new Set([input]);
    this.#joined = new Set([input]);
    this.#derived = new Set([input]);
  }

  /** Takes a node, or refuses one that reads from outside or leaves the resolution (but for vectors, as in gates). */
  take(node: OpNode): boolean {
    const { kind, inputs, outputs, repeat } = node;
    const [made, ...others] = outputs;
    if (made === undefined || others.length > 0 || repeat !== undefined) return false;
    if (!inputs.every((id) => this.#inside.has(id))) return false;
    const shape = shapeOf(this.#graph, made);
    const isVector = shape.slice(2).every((extent) => extent === 1);
    if (!isVector && !sameExtents(shape, shapeOf(this.#graph, this.#input))) return false;

    const perChannel = PER_CHANNEL.includes(kind);
    if (node.kind === 'concat') {
      if (node.attrs.axis !== 1) return false;
      this.#joins++;
    } else if (kind === 'conv') {
      this.#convs++;
      if (inputs.some((id) => this.#derived.has(id))) this.#reading++;
    } else if (kind === 'add') {
      this.#adds++;
      if (new Set(inputs.map((id) => shapeOf(this.#graph, id).join())).size > 1) this.#even = false;
    } else if (!perChannel) return false;

    this.#inside.add(made);
    if (perChannel || isDepthwise(node)) for (const id of inputs) this.#ties.join(id, made);
    if (kind === 'concat' || kind === 'identity') this.#pass(this.#joined, inputs, made);
    if (kind === 'concat' || perChannel) this.#pass(this.#derived, inputs, made);
    return true;
  }

  #pass(set: Set<TensorId>, inputs: readonly TensorId[], made: TensorId): void {
    if (inputs.some((id) => set.has(id))) set.add(made);
  }

  /** What the nodes so far are, if they end with this map. */
  formOf(output: TensorId): Run['form'] | undefined {
    const graph = this.#graph;
    if (channelsOf(graph, this.#input) % 2 !== 0) return undefined;
    if (!sameExtents(shapeOf(graph, this.#input), shapeOf(graph, output))) return undefined;
    // Every layer of a dense block reads the block's input; around a partial stage it only passes by.
    if (this.#joins > 0) return this.#joined.has(output) && this.#reading > 1 ? 'dense' : undefined;
    if (this.#adds === 0 || this.#convs === 0 || !this.#even) return undefined;
    return this.#ties.areTied(this.#input, output) ? 'residual' : undefined;
  }
}

/** Which maps are tied to each other, directly or through others. */
class Ties {
  readonly #parents = new Map<TensorId, TensorId>();

  #root(id: TensorId): TensorId {
    let root = id;
    for (let parent = this.#parents.get(root); parent !== undefined; parent = this.#parents.get(root))
      root = parent;
    // Later look-ups take one step.
    if (root !== id) this.#parents.set(id, root);
    return root;
  }

  join(a: TensorId, b: TensorId): void {
    const [rootA, rootB] = [this.#root(a), this.#root(b)];
    if (rootA !== rootB) this.#parents.set(rootB, rootA);
  }

  areTied(a: TensorId, b: TensorId): boolean {
    return this.#root(a) === this.#root(b);
  }
}

/** The only result of a layer that others read. */
function outputOf(graph: Graph, layer: number): TensorId | undefined {
  const { first, last } = graph.layers[layer] as Graph['layers'][number];
  return last > first ? graph.nodes[last - 1]?.outputs[0] : undefined;
}

const nodesOf = (graph: Graph, { first, last }: Pick<Run, 'first' | 'last'>): readonly OpNode[] =>
  graph.nodes.slice(graph.layers[first]?.first, graph.layers[last]?.last);

/** The maps that must have as many channels as `input` has: what is added to it, and what follows channel by channel. */
function streamOf(nodes: readonly OpNode[], input: TensorId): ReadonlySet<TensorId> {
  const ties = new Ties();
  for (const node of nodes) {
    if (!PER_CHANNEL.includes(node.kind) && !isDepthwise(node)) continue;
    for (const id of node.inputs) for (const made of node.outputs) ties.join(id, made);
  }
  return new Set([input, ...nodes.flatMap(({ outputs }) => outputs)].filter((id) => ties.areTied(input, id)));
}

/** Whether the run's result soon meets a map that does not come from it: then it is the inner part of a partial stage. */
function isPartial(graph: Graph, { output }: Run): boolean {
  const behind = new Set([output]);
  for (const { inputs, outputs } of graph.nodes) {
    if (inputs.some((id) => behind.has(id))) for (const id of outputs) behind.add(id);
  }
  for (let map = output; ;) {
    const readers = graph.nodes.filter(({ inputs }) => inputs.includes(map));
    const joins = readers.filter(({ kind }) => kind === 'concat');
    if (joins.some(({ inputs }) => inputs.some((id) => !behind.has(id)))) return true;
    const [reader] = readers;
    const [made] = reader?.outputs ?? [];
    if (readers.length !== 1 || made === undefined || reader === undefined || !LEADING.includes(reader.kind))
      return false;
    map = made;
  }
}

/** Kinds between the blocks of a partial stage and the place where its parts meet. */
const LEADING: readonly OpKind[] = ['activation', 'avgPool', 'batchNorm', 'conv', 'identity', 'maxPool'];

/**
 * The run as a partial stage, where half of the channels goes around the blocks.
 *
 * Residual blocks keep the widths inside them; two 1x1 convolutions part the channels, one follows the blocks and one
 * the place where the parts meet. Dense blocks keep their growth; the channels are parted by slices and meet at the
 * end, before the transition that the network has anyway (fusion first).
 *
 * @source CSPNet, arXiv 1911.11929, figures 2 and 3
 */
export function partial(graph: Graph, run: Run): Replacement {
  const { first, last, form } = run;
  return {
    first,
    last,
    build: (into) => {
      if (form === 'residual') buildResidual(graph, run, into);
      else buildDense(graph, run, into);
    },
  };
}

function buildResidual(graph: Graph, run: Run, into: Rewriter): void {
  const { input, output } = run;
  const nodes = nodesOf(graph, run);
  const half = channelsOf(graph, input) / 2;
  const x = into.of(input);
  const bypass = pointwise(graph, run, into, x, half, 'csp.bypass');
  into.stand(input, pointwise(graph, run, into, x, half, 'csp.inner'));
  copyRun(graph, run, into, streamOf(nodes, input), half);
  const inner = pointwise(graph, run, into, into.of(output), half, 'csp.transition');
  startLayer(graph, run, into, 'csp.join');
  const joined = into.builder.add('concat', [inner, bypass], { axis: 1 });
  into.stand(output, pointwise(graph, run, into, joined, 2 * half, 'csp.fusion'));
  into.stand(input, x);
}

function buildDense(graph: Graph, run: Run, into: Rewriter): void {
  const { input, output } = run;
  const channels = channelsOf(graph, input);
  const half = channels / 2;
  const x = into.of(input);
  startLayer(graph, run, into, 'csp.split');
  const bypass = into.builder.add('slice', [x], { axis: 1, start: 0, end: half });
  into.stand(input, into.builder.add('slice', [x], { axis: 1, start: half, end: channels }));
  copyRun(graph, run, into, new Set([input]), half);
  startLayer(graph, run, into, 'csp.join');
  into.stand(output, into.builder.add('concat', [into.of(output), bypass], { axis: 1 }));
  into.stand(input, x);
}

/** The layers of the run; convolutions that make a map of the stream make `width` channels. */
function copyRun(graph: Graph, run: Run, into: Rewriter, stream: ReadonlySet<TensorId>, width: number): void {
  for (const { name, origin, stage, first, last } of graph.layers.slice(run.first, run.last + 1)) {
    into.layer({ name, origin, stage });
    for (const node of graph.nodes.slice(first, last)) {
      const narrowed = node.kind === 'conv' && node.outputs.some((id) => stream.has(id));
      into.copy(
        node,
        narrowed ? { outChannels: width, groups: isDepthwise(node) ? width : node.attrs.groups } : undefined,
      );
    }
  }
}

function startLayer(graph: Graph, { first }: Run, into: Rewriter, name: string): void {
  const { origin, stage, name: old } = graph.layers[first] as Graph['layers'][number];
  into.layer({ name: `${old}.${name}`, origin, stage });
}

/** A 1x1 convolution as the run's own ones are: with batch normalisation and activation where they have them. */
function pointwise(
  graph: Graph,
  run: Run,
  into: Rewriter,
  x: TensorId,
  outChannels: number,
  name: string,
): TensorId {
  const nodes = nodesOf(graph, run);
  const model = nodes.find((node) => node.kind === 'conv');
  const normalises = nodes.some(({ kind }) => kind === 'batchNorm');
  const activation = nodes.find((node) => node.kind === 'activation');
  const spatial = shapeOf(graph, run.input).slice(2);
  const ones = spatial.map(() => 1);
  const zeros = spatial.map(() => 0);
  startLayer(graph, run, into, name);
  let y = into.builder.add('conv', [x], {
    kernel: ones,
    stride: ones,
    dilation: ones,
    padding: { begin: zeros, end: zeros },
    rounding: 'floor',
    outChannels,
    groups: 1,
    bias: model?.attrs.bias ?? !normalises,
  });
  if (normalises) y = into.builder.add('batchNorm', [y], {});
  return activation === undefined ? y : into.builder.add('activation', [y], activation.attrs);
}
