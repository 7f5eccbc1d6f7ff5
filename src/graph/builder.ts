import { ProfileError, problem, type Origin } from '../diagnostics.ts';
import { outputTypes, specOf, type OpAttrs, type OpKind } from '../ops/registry.ts';
import { isProblem, type ParamRole, type TensorType } from '../ops/spec.ts';
import type { Graph, GraphPort, Layer, OpNode, Stored, Tensor, TensorId } from './graph.ts';
import { resolutionStage } from './stages.ts';

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

interface OpenLayer {
  readonly name: string;
  readonly origin: Origin;
  readonly stage: string | undefined;
  readonly first: number;
}

const NO_PARAMS: readonly TensorId[] = [];

/** What an operator made of some types. */
interface Inferred {
  readonly kind: OpKind;
  readonly types: readonly TensorType[];
  readonly outputs: readonly Tensor[];
  readonly params: readonly Tensor[];
}

/** Attribute objects that inference is remembered for. */
const MEMO_SIZE = 1024;

/**
 * Builds a graph in execution order and infers every shape while adding.
 * Nodes belong to the layer that was started last.
 */
export class GraphBuilder {
  readonly #nodes: OpNode[] = [];
  readonly #tensors: Tensor[] = [];
  readonly #layers: Layer[] = [];
  readonly #bounds = new Set<string>();
  readonly #inputs: GraphPort[] = [];
  readonly #outputs: GraphPort[] = [];
  /** by a hash of the shape: a key of text would be made for every tensor */
  readonly #types = new Map<number, TensorType[]>();
  readonly #stages = new Map<TensorType, string>();
  readonly #memo = new Map<object, Inferred>();
  readonly #about: Pick<Graph, 'name' | 'source' | 'format' | 'fileBytes'>;
  #open: OpenLayer | undefined;
  #reused: { readonly params: (readonly TensorId[])[]; next: number } | undefined;
  #stage: string | undefined;

  constructor(about: Pick<Graph, 'name' | 'source' | 'format' | 'fileBytes'>) {
    this.#about = about;
  }

  /** Adds an input of the network; its symbols are bound already (see bind.ts). */
  input(name: string, type: TensorType, { channelsLast = false }: LayoutInfo = {}): TensorId {
    const tensor = channelsLast
      ? this.#place({ type: this.#interned(type), role: 'activation', name, channelsLast })
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
    if (stored !== undefined) this.#tensors[id] = { ...(this.#tensors[id] as Tensor), stored };
    return id;
  }

  /** Names the stage of the layers that follow; undefined returns to stages by resolution. */
  stage(name: string | undefined): void {
    this.#stage = name;
  }

  /** Starts the layer that the next nodes belong to. */
  layer(info: LayerInfo): void {
    this.#close();
    this.#open = {
      name: info.name,
      origin: info.origin,
      stage: info.stage ?? this.#stage,
      first: this.#nodes.length,
    };
  }

  /** Notes what the data decide and is counted at a bound, in words. */
  bound(text: string): void {
    this.#bounds.add(text);
  }

  /** Number of layers started so far: the index of the next one. */
  get layerCount(): number {
    return this.#layers.length + (this.#open === undefined ? 0 : 1);
  }

  /** The nodes of a finished layer, in order: where a later layer finds the parameters that it shares. */
  nodesOf(layer: number): readonly OpNode[] {
    const { first, last } = this.#layers[layer] ?? { first: 0, last: 0 };
    return this.#nodes.slice(first, last);
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
    const tensor = this.#tensors[id];
    if (tensor === undefined) throw new RangeError(`no tensor ${String(id)}`);
    return tensor.type;
  }

  /** Whether the file stores a tensor added before with the channels last. */
  isChannelsLast(id: TensorId): boolean {
    return this.#tensors[id]?.channelsLast === true;
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
    const made = this.#inferred(kind, inputs, attrs);
    const params = options.params ?? this.#paramsOf(made.params);
    const { repeat = 1, channelsLast = false } = options;
    const outputs = (channelsLast ? made.outputs.map(lastOf) : made.outputs).map(this.#place);
    // Most nodes read what the one before made: one list is enough for both.
    const before = this.#nodes.at(-1)?.outputs;
    const chained = inputs.length === 1 && before?.length === 1 && before[0] === inputs[0];
    const node = { kind, attrs, inputs: chained ? before : inputs, params, outputs };
    // The union of node types is indexed by kind; K is one of them but the compiler cannot pick it.
    this.#nodes.push((repeat === 1 ? node : { ...node, repeat }) as OpNode);
    return outputs;
  }

  /** Applies an operator that has one output, and returns that. */
  add<K extends OpKind>(
    kind: K,
    inputs: readonly TensorId[],
    attrs: OpAttrs<K>,
    options: AddOptions = {},
  ): TensorId {
    return this.addAll(kind, inputs, attrs, options)[0] as TensorId;
  }

  /** Declares an output of the network. */
  output(name: string, tensor: TensorId): void {
    this.#outputs.push({ name, tensor });
  }

  /** The finished graph; without declared outputs, every result that nothing reads is one. */
  build(): Graph {
    this.#close();
    return {
      ...this.#about,
      inputs: this.#inputs,
      outputs: this.#outputs.length > 0 ? this.#outputs : this.#unread(),
      nodes: this.#nodes,
      tensors: this.#tensors,
      layers: this.#layers,
      ...(this.#bounds.size === 0 ? {} : { bounds: [...this.#bounds] }),
    };
  }

  /** The tensors that an operator makes; the same objects where the same attributes meet the same types again. */
  #inferred<K extends OpKind>(kind: K, inputs: readonly TensorId[], attrs: OpAttrs<K>): Inferred {
    const seen = this.#memo.get(attrs);
    if (seen?.kind === kind && this.#haveTypes(inputs, seen.types)) return seen;
    const types = inputs.map((id) => this.typeOf(id));
    const inferred = outputTypes(kind, types, attrs);
    if (isProblem(inferred)) {
      throw new ProfileError(problem('CSP201', inferred.problem, inferred.fix, this.#open?.origin));
    }
    const result: Inferred = {
      kind,
      types,
      outputs: inferred.map((type) => ({ type: this.#interned(type), role: 'activation' })),
      params: (specOf(kind).params?.(types, attrs) ?? []).map(({ role, type }) => ({
        role,
        type: this.#interned(type),
      })),
    };
    if (this.#memo.size === MEMO_SIZE) this.#memo.clear();
    this.#memo.set(attrs, result);
    return result;
  }

  #haveTypes(ids: readonly TensorId[], types: readonly TensorType[]): boolean {
    if (ids.length !== types.length) return false;
    for (let i = 0; i < ids.length; i++) {
      if (this.typeOf(ids[i] as TensorId) !== types[i]) return false;
    }
    return true;
  }

  /** One object per type: long networks have few. */
  #interned(type: TensorType): TensorType {
    let hash = type.shape.length;
    for (const extent of type.shape) hash = (Math.imul(hash, 31) + extent) | 0;
    const alike = this.#types.get(hash);
    if (alike === undefined) this.#types.set(hash, [type]);
    else {
      for (const known of alike) if (isSameType(known, type)) return known;
      alike.push(type);
    }
    return type;
  }

  /** New tensors for the parameters, or those of the same node of the shared part's first application. */
  #paramsOf(params: readonly Tensor[]): readonly TensorId[] {
    const reused = this.#reused;
    if (reused === undefined) return params.length === 0 ? NO_PARAMS : params.map(this.#place);
    const made = (reused.params[reused.next++] ??= params.map(this.#place));
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

  readonly #place = (tensor: Tensor): TensorId => (this.#tensors.push(tensor) - 1) as TensorId;

  #unread(): GraphPort[] {
    const ports: GraphPort[] = [];
    const read = new Uint8Array(this.#tensors.length);
    for (const { inputs } of this.#nodes) {
      for (const id of inputs) read[id] = 1;
    }
    for (const layer of this.#layers) {
      for (let i = layer.first; i < layer.last; i++) {
        for (const tensor of (this.#nodes[i] as OpNode).outputs) {
          if (read[tensor] === 0) ports.push({ name: layer.name, tensor });
        }
      }
    }
    return ports;
  }

  #tensor(type: TensorType, role: Tensor['role'], name?: string, values?: readonly number[]): TensorId {
    const shared = this.#interned(type);
    const tensor = name === undefined ? { type: shared, role } : { type: shared, role, name };
    return this.#place(values === undefined ? tensor : { ...tensor, values });
  }

  #close(): void {
    const open = this.#open;
    if (open === undefined) return;
    this.#open = undefined;
    // What makes nothing is no layer: a constant of a file, say.
    if (open.first === this.#nodes.length) return;
    this.#layers.push({
      index: this.#layers.length,
      name: open.name,
      stage: open.stage ?? this.#resolutionStage(open.first),
      origin: open.origin,
      first: open.first,
      last: this.#nodes.length,
    });
  }

  #resolutionStage(first: number): string {
    const input = this.#inputs[0];
    const result = this.#nodes.at(-1)?.outputs[0];
    if (input === undefined || result === undefined || this.#nodes.length === first) return '';
    const type = this.typeOf(result);
    let stage = this.#stages.get(type);
    if (stage === undefined) {
      stage = resolutionStage(this.typeOf(input.tensor).shape, type.shape);
      this.#stages.set(type, stage);
    }
    return stage;
  }
}

/** The same result where the file stores the channels last; one object per result, as there are few. */
function lastOf(tensor: Tensor): Tensor {
  let last = channelsLast.get(tensor);
  if (last === undefined) channelsLast.set(tensor, (last = { ...tensor, channelsLast: true }));
  return last;
}

const channelsLast = new WeakMap<Tensor, Tensor>();

function isSameType(a: TensorType, b: TensorType): boolean {
  if (a.dtype !== b.dtype || a.shape.length !== b.shape.length) return false;
  for (let i = 0; i < a.shape.length; i++) if (a.shape[i] !== b.shape[i]) return false;
  return true;
}
