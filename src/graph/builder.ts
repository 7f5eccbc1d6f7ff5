import { ProfileError, problem, type Origin } from '../diagnostics.ts';
import { List } from '../list.ts';
import { specOf, type OpAttrs, type OpKind } from '../ops/registry.ts';
import type { ParamRole, TensorType } from '../ops/spec.ts';
import type { Graph, GraphPort, Layer, OpNode, Stored, Tensor, TensorId } from './graph.ts';
import { Inference, type Inferred } from './inference.ts';
import { idsBetween, NodeColumns, NodeObjects } from './nodeStore.ts';
import { resolutionStage, stageLikeMap } from './stages.ts';

/** What a builder says of the layer that follows. */
export interface LayerInfo {
  /** as the user wrote it, or derived from its kind and number */
  readonly name: string;
  /** where the user wrote it */
  readonly origin: Origin;
  /** absent: the stage that `stage()` named last, or else one derived from the resolution */
  readonly stage?: string;
}

/** How the file stores a tensor whose shape here has the channels second. */
export interface LayoutInfo {
  /** the channels are last in the file; absent: they are second */
  readonly channelsLast?: boolean;
}

/** How an operator is applied. */
export interface AddOptions extends LayoutInfo {
  /** parameters that it shares with others, or that have names; absent: it has its own */
  readonly params?: readonly TensorId[];
  /** how often a run of the network applies it (a loop); absent: once */
  readonly repeat?: number | 'unknown';
}

/** A layer whose end is not known yet, nor its stage where it follows from the resolution. */
interface OpenLayer extends Omit<Layer, 'stage' | 'last'> {
  stage: string | undefined;
  last: number;
}

/** A network as its builder holds it: what many networks are counted from, one after the other, without their objects. */
export interface Sketch {
  /** id of the format of the graph */
  readonly format: string;
  /** by `TensorId` */
  readonly tensors: readonly Tensor[];
  /** in the order in which they were declared */
  readonly inputs: readonly GraphPort[];
  /** what the operator of each node makes of its types */
  readonly operators: readonly Inferred[];
  /** what each node reads */
  readonly operands: readonly (readonly TensorId[])[];
  /** the first result of each node: its own parameters come right before it */
  readonly results: readonly TensorId[];
  /** behind the last result of each node */
  readonly ends: readonly number[];
  /** parameters of the nodes that share them with others, by node; empty where none does */
  readonly sharedParams: readonly (readonly TensorId[] | undefined)[];
  /** first node of each layer, then the number of nodes */
  readonly starts: readonly number[];
  /** names of the layers, and where they are from */
  readonly layers: readonly Pick<LayerInfo, 'name' | 'origin'>[];
  /** the node at this position */
  readonly nodeAt: (index: number) => OpNode;
  /** those that were declared, or else every result that nothing reads */
  readonly outputs: () => readonly GraphPort[];
}

/**
 * Builds a graph in execution order and infers every shape while adding.
 * Nodes belong to the layer that was started last.
 */
export class GraphBuilder {
  readonly #tensors = new List<Tensor>();
  readonly #nodes: NodeObjects | NodeColumns;
  /** complete once the network is */
  readonly #layers = new List<OpenLayer>();
  readonly #bounds = new Set<string>();
  readonly #inputs: GraphPort[] = [];
  readonly #outputs: GraphPort[] = [];
  readonly #shapeless: string[] = [];
  readonly #about: Pick<Graph, 'name' | 'source' | 'format' | 'fileBytes'>;
  /** what operators make of types; shared where many networks are built */
  readonly inference: Inference;
  #irregular = false;
  #last: Inferred | undefined;
  #open: OpenLayer | undefined;
  #reused: { readonly params: (readonly TensorId[])[]; next: number } | undefined;
  #stage: string | undefined;

  constructor(about: Pick<Graph, 'name' | 'source' | 'format' | 'fileBytes'>, inference?: Inference) {
    this.#about = about;
    this.inference = inference ?? new Inference();
    // A sketch may be asked for where networks share what is inferred.
    this.#nodes = inference === undefined ? new NodeObjects() : new NodeColumns();
  }

  /** Adds an input of the network; its symbols are bound already (see bind.ts). */
  input(name: string, type: TensorType, { channelsLast = false }: LayoutInfo = {}): TensorId {
    const tensor = channelsLast
      ? this.#place({ type: this.inference.type(type), role: 'activation', name, channelsLast })
      : this.#tensor(type, 'activation', name);
    this.#inputs.push({ name, tensor });
    return tensor;
  }

  /** Adds a tensor that no node computes: a learned operand, or a fixed one (role `constant`) and its content. */
  constant(
    role: ParamRole | 'constant',
    type: TensorType,
    name?: string,
    values?: readonly number[],
    stored?: Stored,
  ): TensorId {
    const id = this.#tensor(type, role, name, values);
    if (stored !== undefined) {
      this.#irregular = true;
      this.#tensors.set(id, { ...(this.#tensors.at(id) as Tensor), stored });
    }
    return id;
  }

  /** Names the stage of the layers that follow; undefined returns to stages by resolution. */
  stage(name: string | undefined): void {
    this.#stage = name;
  }

  /** Starts the layer that the next nodes belong to. */
  layer(info: LayerInfo): void {
    this.#close();
    const first = this.#nodes.length;
    const { name, origin, stage = this.#stage } = info;
    this.#open = { index: this.#layers.length, name, stage, origin, first, last: first };
    this.#layers.push(this.#open);
  }

  /** Notes what the data decide and is counted at a bound, in words. */
  bound(text: string): void {
    this.#bounds.add(text);
  }

  /** Number of layers started so far: the index of the next one. */
  get layerCount(): number {
    return this.#layers.length;
  }

  /** The nodes of a finished layer, in order: where a later layer finds the parameters that it shares. */
  nodesOf(layer: number): readonly OpNode[] {
    const nodes: OpNode[] = [];
    for (let i = this.#layers.at(layer)?.first ?? Infinity; i < this.#lastOf(layer); i++)
      nodes.push(this.#nodes.at(i));
    return nodes;
  }

  /** A part of the network whose nodes have the same parameters wherever it is applied. */
  shared<Inputs extends readonly unknown[], Result>(
    part: (...inputs: Inputs) => Result,
  ): (...inputs: Inputs) => Result {
    const params: (readonly TensorId[])[] = [];
    return (...inputs) => {
      const outer = this.#reused;
      this.#reused = { params, next: 0 };
      try {
        return part(...inputs);
      } finally {
        this.#reused = outer;
      }
    };
  }

  /** The type of a tensor added before. */
  typeOf(id: TensorId): TensorType {
    const tensor = this.#tensors.at(id);
    if (tensor === undefined) throw new RangeError(`no tensor ${String(id)}`);
    return tensor.type;
  }

  /** Whether the file stores a tensor added before with the channels last. */
  isChannelsLast(id: TensorId): boolean {
    return this.#tensors.at(id)?.channelsLast === true;
  }

  /**
   * Applies an operator; its parameters are made from its spec unless given (shared or named ones).
   *
   * @returns the ids of all outputs
   * @throws ProfileError CSP201 with the place of the current layer where shapes or attributes do not fit
   */
  addAll<K extends OpKind>(
    kind: K,
    inputs: readonly TensorId[],
    attrs: OpAttrs<K>,
    options: AddOptions = {},
  ): readonly TensorId[] {
    this.add(kind, inputs, attrs, options);
    return this.#nodes.outputsOf(this.#nodes.length - 1);
  }

  /** Applies an operator that has one output, and returns that. */
  add<K extends OpKind>(
    kind: K,
    inputs: readonly TensorId[],
    attrs: OpAttrs<K>,
    { params, repeat = 1, channelsLast = false }: AddOptions = NO_OPTIONS,
  ): TensorId {
    const made = this.#infer(kind, inputs, attrs);
    const firstParam = this.#tensors.length;
    const shared = params ?? this.#placeParams(made.params);
    const first = this.#tensors.length as TensorId;
    for (let i = 0; i < made.outputs.length; i++) {
      const output = made.outputs[i] as Tensor;
      this.#tensors.push(channelsLast ? lastOf(output) : output);
    }
    const end = this.#tensors.length;
    this.#nodes.add({ kind, attrs, inputs, firstParam, params: shared, first, end, repeat }, made);
    this.#last = made;
    if (repeat !== 1 || channelsLast) this.#irregular = true;
    return first;
  }

  /** Declares an output of the network. */
  output(name: string, tensor: TensorId): void {
    this.#outputs.push({ name, tensor });
  }

  /** Declares an output that is no tensor of the graph, because nobody knows its shape. */
  shapelessOutput(name: string): void {
    this.#shapeless.push(name);
  }

  /** The finished graph; without declared outputs, every result that nothing reads is one. */
  build(): Graph {
    this.#close();
    return {
      ...this.#about,
      inputs: this.#inputs,
      outputs: this.#portsOut(),
      ...(this.#shapeless.length === 0 ? {} : { shapelessOutputs: this.#shapeless }),
      nodes: this.#nodes.toArray(),
      tensors: this.#tensors.toArray(),
      layers: this.#finished(),
      ...(this.#bounds.size === 0 ? {} : { bounds: [...this.#bounds] }),
    };
  }

  /**
   * The finished network without the objects of a graph; undefined where the builder shares its inference with no
   * other, nodes run more than once, or tensors are stored otherwise than their types say.
   */
  sketch(): Sketch | undefined {
    this.#close();
    const nodes = this.#nodes;
    if (nodes instanceof NodeObjects || this.#irregular) return undefined;
    const layers = this.#layers.toArray();
    return {
      format: this.#about.format,
      tensors: this.#tensors.toArray(),
      inputs: this.#inputs,
      operators: nodes.inferred,
      operands: nodes.operands,
      results: nodes.firsts,
      ends: nodes.ends,
      sharedParams: nodes.sharedParams,
      starts: [...layers.map(({ first }) => first), nodes.length],
      layers,
      nodeAt: (index) => nodes.at(index),
      outputs: () => this.#portsOut(),
    };
  }

  /** What the operator makes of these; where it was applied to what the node before makes already, that is at hand. */
  #infer<K extends OpKind>(kind: K, inputs: readonly TensorId[], attrs: OpAttrs<K>): Inferred {
    const before = this.#last;
    const chained =
      inputs.length === 1 &&
      before?.outputs.length === 1 &&
      inputs[0] === this.#nodes.firstOf(this.#nodes.length - 1);
    if (chained && before.next?.attrs === attrs && before.next.kind === kind) return before.next;
    const types = new Array<TensorType>(inputs.length);
    for (let i = 0; i < inputs.length; i++) types[i] = this.typeOf(inputs[i] as TensorId);
    const made = this.inference.infer(kind, types, attrs, this.#open?.origin);
    if (chained) before.next = made;
    return made;
  }

  #tensor(type: TensorType, role: Tensor['role'], name?: string, values?: readonly number[]): TensorId {
    const shared = this.inference.type(type);
    const tensor = name === undefined ? { type: shared, role } : { type: shared, role, name };
    return this.#place(values === undefined ? tensor : { ...tensor, values });
  }

  /** Own parameters of a node, right before its results; or else those of the same node of a shared part, or new ones. */
  #placeParams(params: readonly Tensor[]): readonly TensorId[] | undefined {
    const reused = this.#reused;
    const first = this.#tensors.length;
    const made = reused?.params[reused.next++];
    if (made === undefined) {
      for (let i = 0; i < params.length; i++) this.#tensors.push(params[i] as Tensor);
      if (reused === undefined) return undefined;
      return (reused.params[reused.next - 1] = idsBetween(first, this.#tensors.length));
    }
    if (made.length === params.length && made.every((id, i) => this.typeOf(id) === params[i]?.type))
      return made;
    throw new ProfileError(
      problem(
        'CSP201',
        'a shared part is applied to a map of other channels than before',
        'give all its maps the same number of channels, or do not share it',
        this.#open?.origin,
      ),
    );
  }

  #place(tensor: Tensor): TensorId {
    return this.#tensors.push(tensor) as TensorId;
  }

  /** Those that were declared, or else every result that nothing reads. */
  #portsOut(): readonly GraphPort[] {
    if (this.#outputs.length > 0 || this.#shapeless.length > 0) return this.#outputs;
    const read = new Uint8Array(this.#tensors.length);
    for (let node = 0; node < this.#nodes.length; node++) {
      const inputs = this.#nodes.operandsOf(node);
      for (let i = 0; i < inputs.length; i++) read[inputs[i] as TensorId] = 1;
    }
    const ports: GraphPort[] = [];
    for (const { index, name, first } of this.#layers.toArray()) {
      for (let i = first; i < this.#lastOf(index); i++) {
        for (let tensor = this.#nodes.firstOf(i); tensor < this.#nodes.endOf(i); tensor++)
          if (read[tensor] === 0) ports.push({ name, tensor });
      }
    }
    return ports;
  }

  #close(): void {
    // What makes nothing is no layer: a constant of a file, say.
    if (this.#open?.first === this.#nodes.length) this.#layers.pop();
    this.#open = undefined;
  }

  #lastOf(layer: number): number {
    return this.#layers.at(layer + 1)?.first ?? this.#nodes.length;
  }

  #finished(): readonly Layer[] {
    const stageOf = this.#stages();
    const layers = this.#layers.toArray();
    for (const layer of layers) {
      layer.last = this.#lastOf(layer.index);
      layer.stage ??= stageOf(layer.last - 1);
    }
    // Each has a stage and an end now, which the compiler cannot follow.
    return layers as readonly Layer[];
  }

  /** The stage of what a node makes: by its resolution where it is a map, else that of what it is made of. */
  #stages(): (node: number) => string {
    const [input] = this.#inputs;
    const from = input && this.typeOf(input.tensor).shape;
    if (from === undefined) return () => '';
    const [maps, others] = [new Map<TensorType, string>(), new Map<TensorType, string | undefined>()];
    const inherited = new Map<number, string>();
    let makers: Int32Array | undefined;
    const typeOf = (node: number): TensorType => this.typeOf(this.#nodes.firstOf(node));
    const ownStage = (node: number): string | undefined => {
      // An operator that nobody knows may have no result.
      if (this.#nodes.firstOf(node) === this.#nodes.endOf(node)) return '';
      const type = typeOf(node);
      return specOf(this.#nodes.kindOf(node)).isMap === true
        ? kept(maps, type, () => resolutionStage(from, type.shape))
        : (kept(others, type, () => stageLikeMap(from, type.shape)) ?? inherited.get(node));
    };
    const sourceOf = (node: number): number | undefined => {
      makers ??= this.#makers();
      const operand = this.#nodes.operandsOf(node).find((id) => makers?.[id] !== -1);
      return operand === undefined ? undefined : makers[operand];
    };
    // What is made of parameters alone has no resolution.
    const ofInput = (node: number): string =>
      this.#nodes.operandsOf(node).some((id) => this.#tensors.at(id)?.role === 'activation')
        ? resolutionStage(from, typeOf(node).shape)
        : '';
    return (node) => {
      const path: number[] = [];
      let stage: string | undefined;
      for (let at: number | undefined = node; at !== undefined; at = sourceOf(at)) {
        stage = ownStage(at);
        if (stage !== undefined) break;
        path.push(at);
      }
      stage ??= ofInput(path.at(-1) as number);
      for (const at of path) inherited.set(at, stage);
      return stage;
    };
  }

  /** By tensor, the node that makes it; -1 for what no node makes. */
  #makers(): Int32Array {
    const makers = new Int32Array(this.#tensors.length).fill(-1);
    for (let node = 0; node < this.#nodes.length; node++)
      makers.fill(node, this.#nodes.firstOf(node), this.#nodes.endOf(node));
    return makers;
  }
}

/** What the map has for the key, made where it has nothing yet. */
function kept<K, V>(map: Map<K, V>, key: K, make: () => V): V {
  let value = map.get(key);
  if (value === undefined && !map.has(key)) map.set(key, (value = make()));
  return value as V;
}

const NO_OPTIONS: AddOptions = {};

/** The same result where the file stores the channels last; one object per result, as there are few. */
function lastOf(tensor: Tensor): Tensor {
  let last = channelsLast.get(tensor);
  if (last === undefined) channelsLast.set(tensor, (last = { ...tensor, channelsLast: true }));
  return last;
}

const channelsLast = new WeakMap<Tensor, Tensor>();
