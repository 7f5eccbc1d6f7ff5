import type { Graph } from '../graph/graph.ts';
import type { ConvLayer } from './convLayer.ts';

/** Shapes that are remembered before all are forgotten. */
const MOST_SHAPES = 1 << 13;

/**
 * What is computed once for the layers of many networks: equal shapes are one object, and what is searched for a shape
 * is found for all networks that have it.
 */
export class ShapeMemo {
  /** by a text that equal shapes share */
  readonly shapes = new Map<string, ConvLayer>();
  readonly #results = new Map<string, Map<ConvLayer, unknown>>();
  #last: { readonly graph: Graph; readonly found: unknown } | undefined;

  /** What the nodes of a graph ask for: several models want to know it of one graph after the other. */
  ofGraph<T>(graph: Graph, compute: () => T): T {
    if (this.#last?.graph !== graph) {
      if (this.shapes.size > MOST_SHAPES) {
        this.shapes.clear();
        this.#results.clear();
      }
      this.#last = { graph, found: compute() };
    }
    // One graph is asked about by one caller, `demandsOf`.
    return this.#last.found as T;
  }

  /** Where the results of one model for one setting are kept, by shape. */
  results<T>(setting: string): Map<ConvLayer, T> {
    let found = this.#results.get(setting);
    if (found === undefined) this.#results.set(setting, (found = new Map<ConvLayer, unknown>()));
    // A setting names the model, whose results have one type.
    return found as Map<ConvLayer, T>;
  }
}
