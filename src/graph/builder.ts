import { ProfileError, problem, type Origin } from '../diagnostics.ts';
import { specOf, type OpAttrs, type OpKind } from '../ops/registry.ts';
import { isProblem, type ParamRole, type TensorType } from '../ops/spec.ts';
import type { Graph, GraphPort, Layer, OpNode, Tensor, TensorId } from './graph.ts';
import { resolutionStage } from './stages.ts';

export interface LayerInfo {
  readonly name: string;
  readonly origin: Origin;
  /** absent: the stage that `stage()` named last, or else one derived from the resolution */
  readonly stage?: string;
}

interface OpenLayer {
  readonly name: string;
  readonly origin: Origin;
  readonly stage: string | undefined;
  readonly first: number;
}

const NO_PARAMS: readonly TensorId[] = [];

/**
 * Builds a graph in execution order and infers every shape while adding.
 * Nodes belong to the layer that was started last.
 */
export class GraphBuilder {
  readonly #nodes: OpNode[] = [];
  readonly #tensors: Tensor[] = [];
  readonly #layers: Layer[] = [];
  readonly #inputs: GraphPort[] = [];
  readonly #outputs: GraphPort[] = [];
  readonly #consumed = new Set<TensorId>();
  readonly #about: Pick<Graph, 'name' | 'source' | 'format'>;
  #open: OpenLayer | undefined;
  #stage: string | undefined;

  constructor(about: Pick<Graph, 'name' | 'source' | 'format'>) {
    this.#about = about;
  }

  /** Adds an input of the network; its symbols are bound already (see bind.ts). */
  input(name: string, type: TensorType): TensorId {
    const tensor = this.#tensor(type, 'activation', name);
    this.#inputs.push({ name, tensor });
    return tensor;
  }

  /** Adds a tensor that no node computes: a learned operand, or a fixed one (role `constant`). */
  constant(role: ParamRole | 'constant', type: TensorType, name?: string): TensorId {
    return this.#tensor(type, role, name);
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

  /** Number of layers started so far: the index of the next one. */
  get layerCount(): number {
    return this.#layers.length + (this.#open === undefined ? 0 : 1);
  }

  /** The nodes of a finished layer, in order: where a later layer finds the parameters that it shares. */
  nodesOf(layer: number): readonly OpNode[] {
    const { first, last } = this.#layers[layer] ?? { first: 0, last: 0 };
    return this.#nodes.slice(first, last);
  }

  /** The type of a tensor added before. */
  typeOf(id: TensorId): TensorType {
    const tensor = this.#tensors[id];
    if (tensor === undefined) throw new RangeError(`no tensor ${String(id)}`);
    return tensor.type;
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
    options: { readonly params?: readonly TensorId[]; readonly repeat?: number | 'unknown' } = {},
  ): readonly TensorId[] {
    const spec = specOf(kind);
    const types = inputs.map((id) => this.typeOf(id));
    const inferred = spec.infer(types, attrs);
    if (isProblem(inferred)) {
      throw new ProfileError(problem('CSP201', inferred.problem, inferred.fix, this.#open?.origin));
    }
    const params = options.params ?? this.#ownParams(spec.params?.(types, attrs));
    const outputs = inferred.map((type) => this.#tensor(type, 'activation'));
    const { repeat } = options;
    this.#nodes.push({
      kind,
      attrs,
      inputs,
      params,
      outputs,
      ...(repeat === undefined || repeat === 1 ? {} : { repeat }),
      // The union of node types is indexed by kind; K is one of them but the compiler cannot pick it.
    } as OpNode);
    for (const id of inputs) this.#consumed.add(id);
    return outputs;
  }

  /** Applies an operator that has one output, and returns that. */
  add<K extends OpKind>(
    kind: K,
    inputs: readonly TensorId[],
    attrs: OpAttrs<K>,
    options: { readonly params?: readonly TensorId[]; readonly repeat?: number | 'unknown' } = {},
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
    };
  }

  #unread(): GraphPort[] {
    const ports: GraphPort[] = [];
    for (const layer of this.#layers) {
      for (let i = layer.first; i < layer.last; i++) {
        for (const tensor of (this.#nodes[i] as OpNode).outputs) {
          if (!this.#consumed.has(tensor)) ports.push({ name: layer.name, tensor });
        }
      }
    }
    return ports;
  }

  #tensor(type: TensorType, role: Tensor['role'], name?: string): TensorId {
    this.#tensors.push(name === undefined ? { type, role } : { type, role, name });
    return (this.#tensors.length - 1) as TensorId;
  }

  #ownParams(specs: readonly { role: ParamRole; type: TensorType }[] | undefined): readonly TensorId[] {
    return specs === undefined || specs.length === 0
      ? NO_PARAMS
      : specs.map(({ role, type }) => this.#tensor(type, role));
  }

  #close(): void {
    const open = this.#open;
    if (open === undefined) return;
    this.#open = undefined;
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
    return input === undefined || result === undefined || this.#nodes.length === first
      ? ''
      : resolutionStage(this.typeOf(input.tensor).shape, this.typeOf(result).shape);
  }
}
