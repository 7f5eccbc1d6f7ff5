import type { Absence } from '../analysis/measurement/measurement.ts';
import type { RuntimeGraph, RuntimeNode } from './runtimeGraph.ts';

/** Whose work one kernel of the optimised graph does. */
export interface KernelOwner {
  /** layers that its time is spent for, with their parts, which sum to 1 */
  readonly layers: readonly { readonly layer: number; readonly part: number }[];
  /** layers whose work it does beside that, in no time of their own */
  readonly fused: readonly number[];
  /** whether it only changes the format of data between kernels */
  readonly reorder: boolean;
  /** whether the operands it reads are those of the nodes that it is said to do; undefined where not checkable */
  readonly verified: boolean | undefined;
}

export interface Attribution {
  /** one for each node of the optimised graph */
  readonly kernels: readonly KernelOwner[];
  /** layers without a kernel, and why */
  readonly absent: ReadonlyMap<number, Absence>;
  /** the value of the source behind each value of the optimised graph, where there is one */
  readonly values: ReadonlyMap<string, string>;
}

/** Operators that change how data lies in memory or where, and nothing else, when the runtime inserts them. */
const CONVERSION =
  /^(nchwc\.)?(ReorderInput|ReorderOutput)$|^(nhwc\.)?(Transpose|Cast|Reshape|Squeeze|Unsqueeze|Identity|MemcpyToHost|MemcpyFromHost|QuantizeLinear|DequantizeLinear)$/;

/** Operators that do arithmetic worth speaking of: what is fused around them rides along. */
const HEAVY =
  /(^|\.)(Fused|Q|Quant|DynamicQuantize)?(Conv|ConvInteger|ConvTranspose|Gemm|MatMul|MatMulInteger|LinearConv|LinearMatMul|Einsum|LSTM|GRU|RNN|Attention)$/;

/** Operators that only write values down in fewer bits, or bring them back: never what a kernel is about. */
const NOTATION = /^(Quantize|Dequantize)Linear$/;

/** Operators that hand on their operand. */
const PASS = new Set(['Identity', 'Dropout']);

/**
 * Which layers each kernel of an optimised graph works for.
 *
 * Every value of the optimised graph is matched with one of the source graph, by name or through the rules by
 * which onnxruntime renames; equal values (common subexpressions) are one. A kernel then does the nodes of its
 * backward cone: all that lies between its results and the values that kernels make.
 *
 * @param source the graph before optimisation
 * @param layerOf layer of each of its nodes
 * @param optimised the graph that runs
 */
export function attribute(
  source: RuntimeGraph,
  layerOf: readonly number[],
  optimised: RuntimeGraph,
): Attribution {
  const graph = new SourceGraph(source);
  const values = matchValues(graph, optimised);
  const made = new Set<number>();
  for (const node of optimised.nodes) {
    if (isConversion(node, graph)) continue;
    for (const output of node.outputs) {
      const value = values.get(output);
      if (value !== undefined) made.add(graph.classOf(value));
    }
  }

  const layer = (node: number): number => layerOf[node] as number;
  const cones: (Cone | undefined)[] = optimised.nodes.map((node) =>
    isConversion(node, graph) ? undefined : coneOf(node, graph, values, made),
  );
  const owners: (KernelOwner | undefined)[] = cones.map((cone) =>
    cone === undefined || cone.nodes.length === 0 ? undefined : ownerOf(cone, graph, layer),
  );
  const kernels = withNeighbours(owners, optimised, graph);
  return { kernels, absent: absences(graph, layerOf, cones, kernels), values };
}

/** Operators that make new numbers at every run. */
const RANDOM = /^(Random|Bernoulli|Multinomial)/;

/** The graph before optimisation, its values numbered so that equal ones have the same number. */
class SourceGraph {
  readonly nodes: readonly RuntimeNode[];
  readonly outputs: readonly string[];
  readonly byName = new Map<string, number>();
  readonly #readers = new Map<number, number[]>();
  readonly #shapes: RuntimeGraph['shapes'];
  readonly #makers = new Map<string, number>();
  readonly #classes = new Map<string, number>();
  /** classes that the inputs of the network do not reach */
  readonly #fixed = new Set<number>();

  constructor(source: RuntimeGraph) {
    this.nodes = source.nodes;
    this.outputs = source.outputs;
    this.#shapes = source.shapes;
    const keys = new Map<string, number>();
    const number = (key: string): number => {
      const known = keys.get(key);
      if (known !== undefined) return known;
      keys.set(key, keys.size);
      return keys.size - 1;
    };
    for (const name of source.inputs) this.#classes.set(name, number(`input ${name}`));
    for (const [name, key] of source.constants) {
      const id = number(`constant ${key}`);
      this.#classes.set(name, id);
      this.#fixed.add(id);
    }
    for (const [index, node] of source.nodes.entries()) {
      if (node.name !== '') this.byName.set(node.path + node.name, index);
      for (const input of PASS.has(node.op) ? [] : node.inputs) {
        const id = this.classOf(input);
        const readers = this.#readers.get(id);
        if (readers === undefined) this.#readers.set(id, [index]);
        else readers.push(index);
      }
      const operands = [...node.operands, ...node.inputs].map((name) =>
        name === '' ? -1 : this.classOf(name),
      );
      const random = RANDOM.test(node.op);
      const known = /^(Shape|Size)$/.test(node.op) && this.#shapes.has(node.inputs[0] ?? '');
      const fixed = !random && (known || node.inputs.every((name) => this.#fixed.has(this.classOf(name))));
      const same = random ? `#${String(index)}` : (node.attributes ?? `#${String(index)}`);
      for (const [o, output] of node.outputs.entries()) {
        const [operand] = node.operands;
        const passes = PASS.has(node.op) && o === 0 && operand !== undefined;
        const id = passes
          ? this.classOf(operand)
          : number(`${node.op} ${same} ${operands.join()} ${String(o)}`);
        this.#classes.set(output, id);
        this.#makers.set(output, index);
        if (fixed) this.#fixed.add(id);
      }
    }
  }

  has(value: string): boolean {
    return this.#classes.has(value);
  }

  /** Number of a value of this graph; equal values have the same. */
  classOf(value: string): number {
    const id = this.#classes.get(value);
    if (id === undefined) throw new RangeError(`no value ${value}`);
    return id;
  }

  /** Nodes that read a value, or one that is equal, and do something with it. */
  readersOf(value: string): readonly RuntimeNode[] {
    return this.readerIndices(value).map((index) => this.nodes[index] as RuntimeNode);
  }

  readerIndices(value: string): readonly number[] {
    return this.readersOfClass(this.classOf(value));
  }

  readersOfClass(id: number): readonly number[] {
    return this.#readers.get(id) ?? [];
  }

  isMadeBy(value: string, op: string): boolean {
    const maker = this.#makers.get(value);
    return maker !== undefined && this.nodes[maker]?.op === op;
  }

  makerOf(value: string): number | undefined {
    return this.#makers.get(value);
  }

  isFixed(value: string): boolean {
    return this.#fixed.has(this.classOf(value));
  }

  /** Elements of a value, 1 where they are not known: to weigh parts of one kernel. */
  elementsOf(value: string): number {
    const shape = this.#shapes.get(value);
    return shape === undefined ? 1 : shape.reduce((product, extent) => product * extent, 1);
  }

  /** Multiply-accumulates per result are those of the largest operand that is not computed: a filter's. */
  workOf(index: number): number {
    const node = this.nodes[index] as RuntimeNode;
    const results = node.outputs.reduce((sum, output) => sum + this.elementsOf(output), 0);
    const [first, second] = node.operands;
    if (first === undefined || second === undefined) return results;
    const filter = this.#shapes.get(second) ?? [1];
    const depth = /MatMul|Gemm/.test(node.op)
      ? (this.#shapes.get(first)?.at(-1) ?? 1)
      : filter.slice(1).reduce((product, extent) => product * extent, 1);
    return results * depth;
  }
}

const isConversion = (node: RuntimeNode, graph: SourceGraph): boolean =>
  CONVERSION.test(node.op) &&
  !graph.byName.has(node.path + node.name) &&
  // Of functions, whose nodes have no names, it is known by what it makes.
  !(node.name === '' && node.outputs.some((value) => graph.isMadeBy(value, node.op)));

/** The source value behind each value of the optimised graph. */
function matchValues(graph: SourceGraph, optimised: RuntimeGraph): ReadonlyMap<string, string> {
  const values = new Map<string, string>();
  const known = (value: string): string | undefined =>
    values.get(value) ?? (graph.has(value) ? value : undefined);
  for (const name of [...optimised.inputs, ...optimised.constants.keys()]) {
    if (graph.has(name)) values.set(name, name);
  }
  // What a conversion makes under its source name is what it was given under another.
  for (const node of optimised.nodes.toReversed()) {
    const [input, output] = [node.inputs[0], node.outputs[0]];
    if (input === undefined || output === undefined || !isConversion(node, graph)) continue;
    const value = known(output);
    if (value !== undefined && !graph.has(input) && !values.has(input)) values.set(input, value);
  }
  for (const node of optimised.nodes) {
    const conversion = isConversion(node, graph);
    for (const [o, output] of node.outputs.entries()) {
      const value =
        known(output) ??
        (conversion ? known(node.inputs[0] ?? '') : renamed(node, o, graph, (name) => known(name)));
      if (value !== undefined) values.set(output, value);
    }
  }
  return values;
}

/** The source value that a node with new names for its results makes, by onnxruntime's rules of naming. */
function renamed(
  node: RuntimeNode,
  output: number,
  graph: SourceGraph,
  known: (value: string) => string | undefined,
): string | undefined {
  const stem = /^(.*?)(?:_bn)?_nchwc$/s.exec(node.name)?.[1];
  if (node.op.startsWith('nchwc.') && stem !== undefined && graph.has(node.scope + stem))
    return behind(node, node.scope + stem, graph, known);
  for (const name of [
    node.name,
    node.name.replace(/_token_\d+$/, ''),
    node.name.replace(/\/\w+Fusion\/?$/, ''),
  ]) {
    const index = graph.byName.get(node.path + name);
    const value = index === undefined ? undefined : graph.nodes[index]?.outputs[output];
    if (value !== undefined) return QUANTISED.test(node.op) ? quantised(value, graph) : value;
  }
  return twinOf(node, graph, known)?.outputs[output];
}

/** Operators that were made of one between conversions, which they make part of themselves. */
const QUANTISED = /^QLinear|^QGemm$/;

/** What stands for the value where it is quantised right behind the node, or behind a function that follows it. */
function quantised(value: string, graph: SourceGraph): string {
  const readers = graph.readersOf(value);
  const written = readers.find(({ op }) => op === 'QuantizeLinear')?.outputs[0];
  if (written !== undefined) return written;
  const [only, ...others] = readers;
  const next = others.length === 0 && only !== undefined && PARTS.test(only.op) ? only.outputs[0] : undefined;
  const further = next === undefined ? undefined : quantised(next, graph);
  return further === undefined || further === next ? value : further;
}

/** The node of the source that does the same with the same operands: those of functions have no names. */
function twinOf(
  { op, inputs }: RuntimeNode,
  graph: SourceGraph,
  known: (value: string) => string | undefined,
): RuntimeNode | undefined {
  const read = inputs.flatMap((input) => known(input) ?? []);
  const [first] = read.filter((value) => !graph.isFixed(value));
  if (first === undefined) return undefined;
  const classes = new Set(read.map((value) => graph.classOf(value)));
  const plain = op.replace(/^\w+\./, '');
  const twin = graph
    .readersOf(first)
    .find(
      (node) =>
        node.op === plain &&
        node.inputs.every((value) => classes.has(graph.classOf(value)) || graph.isFixed(value)),
    );
  return twin ?? (FUNCTION.test(op) ? meeting(first, graph) : undefined);
}

/** A convolution that adds another map and applies an activation makes what the last of these nodes made. */
function behind(
  { operands, activation }: RuntimeNode,
  stem: string,
  graph: SourceGraph,
  known: (value: string) => string | undefined,
): string {
  let value = stem;
  const added = known(operands[3] ?? '');
  if (added !== undefined) {
    const sum = graph
      .readersOf(value)
      .find(
        ({ op, inputs }) =>
          /^(Add|Sum)$/.test(op) && inputs.some((name) => graph.classOf(name) === graph.classOf(added)),
      );
    value = sum?.outputs[0] ?? value;
  }
  if (activation === undefined || isActivated(value, graph)) return value;
  const [reader, ...others] = graph.readersOf(value);
  const applied = FUNCTION.test(activation)
    ? meeting(value, graph)
    : others.length === 0 && reader !== undefined && PARTS.test(reader.op)
      ? reader
      : undefined;
  return applied?.outputs[0] ?? value;
}

/** Functions that stand for several operators. */
const FUNCTION = /^(Fast|Quick|Bias)?(Gelu|Silu|Swish|Mish|HardSwish)$/;

/** Operators that functions of single values are made of. */
const PARTS =
  /^(Relu|LeakyRelu|Sigmoid|Tanh|Clip|HardSigmoid|HardSwish|Elu|Gelu|QuickGelu|Silu|Swish|Mish|Softplus|Erf|Exp|Add|Sub|Mul|Div|Min|Max|Cast)$/;

/**
 * The node where all that is made of a value comes together again, in a function of that value alone:
 * `x * hardSigmoid(x)` has two readers, and one result.
 */
function meeting(value: string, graph: SourceGraph): RuntimeNode | undefined {
  const start = graph.classOf(value);
  const results = new Set(graph.outputs.map((name) => graph.classOf(name)));
  const inside = new Set<number>();
  const made = new Set([start]);
  const isReadOutside = (id: number): boolean =>
    results.has(id) || graph.readersOfClass(id).some((index) => !inside.has(index));
  for (let parts = 0; parts < MOST_PARTS; parts++) {
    const next = [...made]
      .flatMap((id) => graph.readersOfClass(id))
      .find((index) => {
        const { op, inputs } = graph.nodes[index] as RuntimeNode;
        const isReady = inputs.every((name) => made.has(graph.classOf(name)) || graph.isFixed(name));
        return !inside.has(index) && isReady && PARTS.test(op);
      });
    const node = next === undefined ? undefined : graph.nodes[next];
    const [output] = node?.outputs ?? [];
    if (next === undefined || output === undefined) return undefined;
    inside.add(next);
    const result = graph.classOf(output);
    if (![...made].some(isReadOutside)) return node;
    made.add(result);
  }
  return undefined;
}

/** Operators that a function has at most. */
const MOST_PARTS = 8;

function isActivated(value: string, graph: SourceGraph): boolean {
  const maker = graph.makerOf(value);
  return maker !== undefined && !LINEAR.test((graph.nodes[maker] as RuntimeNode).op);
}

/** Operators that an activation follows. */
const LINEAR = /^(Conv|ConvTranspose|BatchNormalization|Add|Sum|Gemm|MatMul)$/;

/** What lies between a kernel's results and what other kernels make. */
interface Cone {
  /** source nodes, results first */
  readonly nodes: readonly number[];
  /** results, with the source node that makes each */
  readonly results: readonly { readonly value: string; readonly node: number }[];
  readonly verified: boolean | undefined;
}

function coneOf(
  kernel: RuntimeNode,
  graph: SourceGraph,
  values: ReadonlyMap<string, string>,
  made: ReadonlySet<number>,
): Cone {
  const results = kernel.outputs.flatMap((output) => {
    const value = values.get(output);
    // A kernel that hands on its operand runs where nothing was optimised away.
    const maker = PASS.has(kernel.op) ? graph.makerOf.bind(graph) : makerBehind;
    const node = value === undefined ? undefined : maker(value, graph);
    return value === undefined || node === undefined ? [] : [{ value, node }];
  });
  if (results.length === 0) {
    const node = graph.byName.get(kernel.path + kernel.name.replace(/\/\w+Fusion\/?$/, ''));
    return { nodes: node === undefined ? [] : [node], results: [], verified: undefined };
  }
  const fixed = results.every(({ value }) => graph.isFixed(value));
  const nodes = new Set<number>();
  const boundary = new Set<number>();
  const waiting = results.map(({ node }) => node);
  for (let index = waiting.pop(); index !== undefined; index = waiting.pop()) {
    if (nodes.has(index)) continue;
    nodes.add(index);
    for (const input of (graph.nodes[index] as RuntimeNode).inputs) {
      if (!fixed && graph.isFixed(input)) continue;
      const maker = graph.makerOf(input);
      if (maker === undefined || made.has(graph.classOf(input))) boundary.add(graph.classOf(input));
      else waiting.push(maker);
    }
  }
  const read = new Set(
    kernel.inputs.flatMap((input) => {
      const value = values.get(input);
      return value === undefined || (!fixed && graph.isFixed(value)) ? [] : [graph.classOf(value)];
    }),
  );
  return { nodes: [...nodes], results, verified: fixed ? undefined : sameSet(boundary, read) };
}

/** The node that computes a value, behind those that hand it on. */
function makerBehind(value: string, graph: SourceGraph): number | undefined {
  const maker = graph.makerOf(value);
  if (maker === undefined) return undefined;
  const { op, operands } = graph.nodes[maker] as RuntimeNode;
  const [operand] = operands;
  return PASS.has(op) && operand !== undefined ? (makerBehind(operand, graph) ?? maker) : maker;
}

const sameSet = (a: ReadonlySet<number>, b: ReadonlySet<number>): boolean =>
  a.size === b.size && [...a].every((each) => b.has(each));

/** Arithmetic decides whose time it is; without any, the size of the results does. */
function ownerOf(
  { nodes, results, verified }: Cone,
  graph: SourceGraph,
  layerOf: (node: number) => number,
): KernelOwner {
  const weights = new Map<number, number>();
  const add = (node: number, weight: number): void => {
    const layer = layerOf(node);
    weights.set(layer, (weights.get(layer) ?? 0) + weight);
  };
  const opOf = (node: number): string => (graph.nodes[node] as RuntimeNode).op;
  const heavy = nodes.filter((node) => HEAVY.test(opOf(node)));
  const inside = new Set(nodes);
  /** What is written down by the node, where it only writes it down. */
  const behindNotation = (node: number): number => {
    const before = NOTATION.test(opOf(node))
      ? graph.makerOf(graph.nodes[node]?.operands[0] ?? '')
      : undefined;
    return before !== undefined && inside.has(before) ? behindNotation(before) : node;
  };
  if (heavy.length > 0) for (const node of heavy) add(node, graph.workOf(node));
  else if (results.length > 0)
    for (const { value, node } of results) {
      const about = behindNotation(node);
      // What only brings values back is about none of the operators around it.
      add(NOTATION.test(opOf(about)) ? node : about, graph.elementsOf(value));
    }
  else for (const node of nodes) add(node, 1);
  return {
    ...shares(weights),
    fused: [...new Set(nodes.map(layerOf))].filter((layer) => !weights.has(layer)).sort((a, b) => a - b),
    reorder: false,
    verified,
  };
}

function shares(weights: ReadonlyMap<number, number>): Pick<KernelOwner, 'layers'> {
  const whole = [...weights.values()].reduce((sum, weight) => sum + weight, 0);
  const even = whole === 0;
  return {
    layers: [...weights]
      .map(([layer, weight]) => ({ layer, part: even ? 1 / weights.size : weight / whole }))
      .sort((a, b) => a.layer - b.layer),
  };
}

/**
 * Kernels that only change the format belong to whom they serve: to the layer before them where the result is a
 * value of the source, which somebody asked for in the plain format, else to the layers behind.
 */
function withNeighbours(
  owners: readonly (KernelOwner | undefined)[],
  optimised: RuntimeGraph,
  graph: SourceGraph,
): readonly KernelOwner[] {
  const all = [...owners];
  const makers = new Map<string, number>();
  const readers = new Map<string, number[]>();
  for (const [index, node] of optimised.nodes.entries()) {
    for (const output of node.outputs) makers.set(output, index);
    for (const input of node.inputs) readers.set(input, [...(readers.get(input) ?? []), index]);
  }
  const before = (index: number): readonly number[] =>
    (optimised.nodes[index] as RuntimeNode).inputs.flatMap((input) => makers.get(input) ?? []);
  const behindIt = (index: number): readonly number[] =>
    (optimised.nodes[index] as RuntimeNode).outputs.flatMap((output) => readers.get(output) ?? []);
  const from = (neighbours: readonly number[]): KernelOwner | undefined => {
    const known = neighbours.flatMap((index) => all[index] ?? []);
    if (known.length === 0) return undefined;
    const weights = new Map<number, number>();
    for (const { layers } of known)
      for (const { layer, part } of layers) weights.set(layer, (weights.get(layer) ?? 0) + part);
    return { ...shares(weights), fused: [], reorder: true, verified: undefined };
  };
  // Chains of conversions are resolved from the end, then from the beginning.
  const indices = optimised.nodes.map((_, index) => index);
  for (const [order, prefer, other] of [
    [indices.toReversed(), behindIt, before],
    [indices, before, behindIt],
  ] as const) {
    for (const index of order) {
      if (all[index] !== undefined) continue;
      const toSource = (optimised.nodes[index] as RuntimeNode).outputs.some((output) => graph.has(output));
      all[index] = toSource ? from(before(index)) : (from(prefer(index)) ?? from(other(index)));
    }
  }
  return all.map((owner) => owner ?? UNOWNED);
}

const UNOWNED: KernelOwner = { layers: [], fused: [], reorder: true, verified: false };

/** Why layers have no kernel of their own. */
function absences(
  graph: SourceGraph,
  layerOf: readonly number[],
  cones: readonly (Cone | undefined)[],
  kernels: readonly KernelOwner[],
): ReadonlyMap<number, Absence> {
  const present = new Set(kernels.flatMap(({ layers }) => layers.map(({ layer }) => layer)));
  const nodes = new Map<number, number[]>();
  for (const [index, layer] of layerOf.entries()) nodes.set(layer, [...(nodes.get(layer) ?? []), index]);
  const doneBy = new Map<number, Set<number>>();
  const ownersOf = new Map<number, Set<number>>();
  for (const [index, cone] of cones.entries()) {
    const owners = (kernels[index] as KernelOwner).layers.map(({ layer }) => layer);
    for (const node of cone?.nodes ?? []) doneBy.set(node, new Set([...(doneBy.get(node) ?? []), ...owners]));
    for (const { value } of cone?.results ?? []) ownersOf.set(graph.classOf(value), new Set(owners));
  }
  const needed = neededNodes(graph);
  const absent = new Map<number, Absence>();
  for (const [layer, own] of nodes) {
    if (present.has(layer)) continue;
    const into = new Set(own.flatMap((node) => [...(doneBy.get(node) ?? [])]));
    const why = reason(own);
    if (why === 'merged') {
      const last = (graph.nodes[own.at(-1) as number] as RuntimeNode).outputs[0];
      const owners = last === undefined ? undefined : ownersOf.get(graph.classOf(last));
      absent.set(layer, { why, into: [...(owners ?? [])] });
    } else {
      const where = why === 'fused' ? into : why === 'folded' ? readBy(own) : [];
      absent.set(layer, { why, into: [...where].sort((a, b) => a - b) });
    }
  }
  return absent;

  /** Layers whose kernels read, as constants, what these nodes would have computed. */
  function readBy(own: readonly number[]): ReadonlySet<number> {
    const layers = new Set<number>();
    const seen = new Set(own);
    const waiting = [...own];
    for (let node = waiting.pop(); node !== undefined; node = waiting.pop()) {
      for (const reader of (graph.nodes[node] as RuntimeNode).outputs.flatMap((value) =>
        graph.readerIndices(value),
      )) {
        if (seen.has(reader)) continue;
        seen.add(reader);
        for (const layer of doneBy.get(reader) ?? []) layers.add(layer);
        if ((graph.nodes[reader] as RuntimeNode).outputs.every((value) => graph.isFixed(value)))
          waiting.push(reader);
      }
    }
    return layers;
  }

  function reason(own: readonly number[]): Absence['why'] {
    const working = own.filter((node) => !PASS.has((graph.nodes[node] as RuntimeNode).op));
    const resultsOf = (node: number): readonly string[] => (graph.nodes[node] as RuntimeNode).outputs;
    if (own.flatMap(resultsOf).every((value) => graph.isFixed(value))) return 'folded';
    if (working.length === 0) return 'removed';
    if (working.some((node) => doneBy.has(node))) return 'fused';
    const outputs = working.flatMap(resultsOf);
    if (outputs.some((value) => ownersOf.has(graph.classOf(value)))) return 'merged';
    return working.some((node) => needed.has(node)) ? 'removed' : 'unused';
  }
}

/** Nodes that an output of the network depends on. */
function neededNodes(graph: SourceGraph): ReadonlySet<number> {
  const needed = new Set<number>();
  const waiting = [...graph.outputs];
  for (let value = waiting.pop(); value !== undefined; value = waiting.pop()) {
    const maker = graph.makerOf(value);
    if (maker === undefined || needed.has(maker)) continue;
    needed.add(maker);
    waiting.push(...(graph.nodes[maker] as RuntimeNode).inputs);
  }
  return needed;
}
