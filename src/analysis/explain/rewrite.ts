import { ProfileError } from '../../diagnostics.ts';
import { GraphBuilder } from '../../graph/builder.ts';
import { tensorOf, type Graph, type OpNode, type TensorId } from '../../graph/graph.ts';
import type { ConvAttrs } from '../../ops/conv.ts';
import type { TensorType } from '../../ops/spec.ts';

/** Layers [first, last] of a graph, and what is built in their place. */
export interface Replacement {
  readonly first: number;
  readonly last: number;
  /** adds layers that make of the old ones' operands what the old ones made */
  readonly build: (into: Rewriter) => void;
}

/** A graph that is being built from another one. */
export class Rewriter {
  readonly builder: GraphBuilder;
  readonly graph: Graph;
  readonly #made = new Map<TensorId, TensorId>();

  constructor(graph: Graph) {
    this.graph = graph;
    this.builder = new GraphBuilder({ name: graph.name, source: graph.source, format: graph.format });
    for (const { name, tensor } of graph.inputs) {
      this.#made.set(tensor, this.builder.input(name, tensorOf(graph, tensor).type));
    }
  }

  /** How many layers there are so far. */
  layers = 0;

  /** Begins a layer. */
  layer(of: Parameters<GraphBuilder['layer']>[0]): void {
    this.builder.layer(of);
    this.layers++;
  }

  /** The new tensor that stands for an old one. */
  of(old: TensorId): TensorId {
    let made = this.#made.get(old);
    if (made === undefined) {
      // What nothing has made is a constant or parameter.
      const { role, type, name, values } = tensorOf(this.graph, old);
      if (role === 'activation') throw new RangeError(`tensor ${String(old)} is not made yet`);
      made = this.builder.constant(role, type, name, values);
      this.#made.set(old, made);
    }
    return made;
  }

  /** Says which new tensor stands for an old one from here on. */
  stand(old: TensorId, made: TensorId): void {
    this.#made.set(old, made);
  }

  /** Adds a node as it is, or a convolution of another width. */
  copy(node: OpNode, conv?: Pick<ConvAttrs, 'outChannels' | 'groups'>): void {
    const { kind, attrs, inputs, params, repeat } = node;
    const options = repeat === undefined ? {} : { repeat };
    const operands = inputs.map((id) => this.of(id));
    // Parameters keep their identity where their shapes stay, so that shared ones stay shared.
    const same = inputs.every((id, i) =>
      sameType(tensorOf(this.graph, id).type, this.builder.typeOf(operands[i] as TensorId)),
    );
    const outputs =
      conv !== undefined && node.kind === 'conv'
        ? this.builder.addAll('conv', operands, { ...node.attrs, ...conv }, options)
        : this.builder.addAll(
            kind,
            operands,
            attrs,
            same ? { ...options, params: params.map((id) => this.of(id)) } : options,
          );
    node.outputs.forEach((id, i) => this.#made.set(id, outputs[i] as TensorId));
  }
}

const sameType = (a: TensorType, b: TensorType): boolean =>
  a.dtype === b.dtype && a.shape.join() === b.shape.join();

/** A rewritten graph, and where in it what was built for each replacement stands. */
export interface Rewritten {
  readonly graph: Graph;
  /** positions [first, last] among its layers */
  readonly spans: readonly (readonly [first: number, last: number])[];
}

/**
 * The graph with some of its layers replaced; undefined where the rest does not fit them any more.
 * Replacements are in order and do not overlap.
 */
export function rewrite(graph: Graph, replacements: readonly Replacement[]): Rewritten | undefined {
  const into = new Rewriter(graph);
  const waiting = [...replacements];
  const spans: [number, number][] = [];
  try {
    for (let i = 0; i < graph.layers.length; i++) {
      const layer = graph.layers[i] as Graph['layers'][number];
      const { name, origin, stage } = layer;
      const [next] = waiting;
      if (next?.first === i) {
        const first = into.layers;
        next.build(into);
        spans.push([first, into.layers - 1]);
        waiting.shift();
        i = next.last;
        continue;
      }
      into.layer({ name, origin, stage });
      for (const node of graph.nodes.slice(layer.first, layer.last)) into.copy(node);
    }
    for (const { name, tensor } of graph.outputs) into.builder.output(name, into.of(tensor));
    return { graph: into.builder.build(), spans };
  } catch (error) {
    if (error instanceof ProfileError) return undefined;
    throw error;
  }
}

/** A convolution of another width in place of the one that a layer has. */
export function widened(graph: Graph, layer: number, conv: OpNode<'conv'>, outChannels: number): Replacement {
  const { first, last, name, origin, stage } = graph.layers[layer] as Graph['layers'][number];
  return {
    first: layer,
    last: layer,
    build(into) {
      into.layer({ name, origin, stage });
      for (const node of graph.nodes.slice(first, last)) {
        into.copy(node, node === conv ? { outChannels, groups: conv.attrs.groups } : undefined);
      }
    },
  };
}
