import type { LayerInfo, Sketch } from '../graph/builder.ts';
import type { OpNode, TensorId } from '../graph/graph.ts';
import type { Inferred } from '../graph/inference.ts';
import { workOf, type LayerView } from '../graph/layers.ts';
import type { Count, MetricContext } from '../metrics/metric.ts';
import { COUNTS, type MetricId } from '../metrics/registry.ts';
import { PARAM_ROLES } from '../ops/spec.ts';

/** Counts that follow from a layer alone, whatever the network around it. */
export const LAYER_COUNTS: readonly Count<string, MetricId>[] = COUNTS.filter(
  ({ reach }) => reach !== 'network',
);

/**
 * Counts of layers, each kind of layer counted once however many networks have it. Layers are of one kind where the
 * same operators on the same types are connected alike, and the same of their constants were read before.
 *
 * All are kept in a few long arrays, for objects would be spread over the memory: a design has hundreds of layers.
 */
export class LayerMemo {
  readonly #conventions: Pick<MetricContext, 'flops' | 'cio'>;
  readonly #counts: readonly Count<string, MetricId>[];
  /** numbers of a layer: those of its counts, then the operators whose cost is not known */
  readonly width: number;
  /** by number of a layer's first operator, one more than the first kind of layer that begins so */
  #heads = new Int32Array(1 << 12);
  /** by kind of layer, one more than the next kind that begins alike */
  #next = new Int32Array(1 << 12);
  /** by kind of layer, where its signature begins */
  #begin = new Int32Array(1 << 12);
  #signatures = new Int32Array(1 << 16);
  #numbers: Float64Array<ArrayBuffer>;
  #kinds = 0;
  #generation: number | undefined;

  /** @param counts of `LAYER_COUNTS`, those that are wanted */
  constructor(
    conventions: Pick<MetricContext, 'flops' | 'cio'>,
    counts: readonly Count<string, MetricId>[] = LAYER_COUNTS,
  ) {
    this.#conventions = conventions;
    this.#counts = counts;
    this.width = counts.length + 1;
    this.#numbers = new Float64Array(this.width << 12);
  }

  /** By kind of layer, `width` numbers; not a number where a metric is not defined for the layer or not known. */
  get numbers(): Float64Array {
    return this.#numbers;
  }

  /**
   * The kind of each layer of a network, one after the other.
   *
   * @param generation of the inference that the network was built with: another one, and all is forgotten
   * @throws QuantityError where a count passes 2^53
   */
  of(sketch: Sketch, generation: number): Int32Array {
    if (this.#generation !== generation) {
      this.#generation = generation;
      this.#heads.fill(0);
      this.#kinds = 0;
    }
    const wiring = new Wiring(sketch);
    const kinds = new Int32Array(sketch.layers.length);
    for (let layer = 0; layer < kinds.length; layer++) {
      const first = sketch.operators[sketch.starts[layer] as number] as Inferred;
      const signature = wiring.sign(layer);
      let kind = (this.#heads[first.id] ?? 0) - 1;
      while (kind >= 0 && !this.#isAlike(kind, signature, wiring.length))
        kind = (this.#next[kind] as number) - 1;
      if (kind < 0) kind = this.#add(first.id, sketch, wiring, layer);
      kinds[layer] = kind;
    }
    return kinds;
  }

  #isAlike(kind: number, signature: Int32Array, length: number): boolean {
    const begin = this.#begin[kind] as number;
    if ((this.#begin[kind + 1] as number) - begin !== length) return false;
    for (let i = 0; i < length; i++) if (this.#signatures[begin + i] !== signature[i]) return false;
    return true;
  }

  #add(first: number, sketch: Sketch, wiring: Wiring, layer: number): number {
    const numbers = this.#measured(sketch, wiring.view(layer));
    const kind = this.#kinds++;
    const begin = this.#begin[kind] as number;
    const end = begin + wiring.length;
    this.#heads = longer(this.#heads, first + 1);
    this.#next = longer(this.#next, kind + 1);
    this.#begin = longer(this.#begin, kind + 2);
    this.#signatures = longer(this.#signatures, end);
    if (this.#numbers.length < this.width * (kind + 1)) {
      const numbersBefore = this.#numbers;
      this.#numbers = new Float64Array(2 * numbersBefore.length);
      this.#numbers.set(numbersBefore);
    }
    this.#signatures.set(wiring.signature.subarray(0, wiring.length), begin);
    this.#begin[kind + 1] = end;
    this.#numbers.set(numbers, this.width * kind);
    this.#next[kind] = this.#heads[first] as number;
    this.#heads[first] = kind + 1;
    return kind;
  }

  #measured(sketch: Sketch, view: LayerView): Float64Array {
    const graph = { ...NO_GRAPH, tensors: sketch.tensors };
    const context: MetricContext = { graph, ...this.#conventions, liveBytes: [] };
    const numbers = new Float64Array(this.width);
    for (const [i, { measure }] of this.#counts.entries()) numbers[i] = measure(view, context) ?? Number.NaN;
    let unknown = 0;
    for (const node of view.nodes) if (workOf(graph, node) === undefined) unknown++;
    numbers[this.width - 1] = unknown;
    return numbers;
  }
}

/** What of a graph the counts of layers do not look at. */
const NO_GRAPH = {
  name: '',
  source: '',
  format: '',
  inputs: [],
  outputs: [],
  nodes: [],
  layers: [],
} as const;

function longer(array: Int32Array<ArrayBuffer>, length: number): Int32Array<ArrayBuffer> {
  if (array.length >= length) return array;
  const result = new Int32Array(Math.max(2 * array.length, length));
  result.set(array);
  return result;
}

/** What a signature has for something that is read: no number of an operator, and no place in a layer. */
const SHARED = -1;
const ACTIVATION = -2;
const CONSTANT = -3;
/** less the position of its role */
const NEW_CONSTANT = -100;
/** less its place among the results of the layer */
const OWN = -1000;

/** Which tensors layers have made and read so far, one layer after the other. */
class Wiring {
  readonly #sketch: Sketch;
  /** all that the counts of the layer signed last depend on, as `length` numbers */
  signature = new Int32Array(256);
  length = 0;
  /** per tensor, its place among all results */
  readonly #madeAt: Int32Array;
  /** per tensor, one more than the layer that read it last, and its place among what that read of others */
  readonly #readIn: Int32Array;
  readonly #readAt: Int32Array;
  #made = 0;
  /** what the layer reads of others: activations, and constants that no layer before has read */
  #inputs: TensorId[] = [];
  #constants: TensorId[] = [];

  constructor(sketch: Sketch) {
    const { length } = sketch.tensors;
    this.#sketch = sketch;
    this.#madeAt = new Int32Array(length);
    this.#readIn = new Int32Array(length);
    this.#readAt = new Int32Array(length);
  }

  /** Signs the next layer. */
  sign(layer: number): Int32Array {
    const { operators, operands, results, sharedParams, starts } = this.#sketch;
    const before = this.#made;
    const last = starts[layer + 1] as number;
    this.length = 0;
    this.#inputs.length = 0;
    this.#constants.length = 0;
    for (let i = starts[layer] as number; i < last; i++) {
      const { id, outputs } = operators[i] as Inferred;
      const read = operands[i] as readonly TensorId[];
      this.#add(id);
      for (let k = 0; k < read.length; k++) this.#read(read[k] as TensorId, layer, before);
      if (sharedParams.length > 0) {
        const shared = sharedParams[i];
        if (shared !== undefined) this.#add(SHARED);
        for (const param of shared ?? []) this.#read(param, layer, before);
      }
      const result = results[i] as number;
      for (let k = 0; k < outputs.length; k++) this.#madeAt[result + k] = ++this.#made;
    }
    return this.signature;
  }

  #add(number: number): void {
    if (this.length === this.signature.length) this.signature = longer(this.signature, this.length + 1);
    this.signature[this.length++] = number;
  }

  #read(id: TensorId, layer: number, before: number): void {
    const own = (this.#madeAt[id] as number) - before;
    if (own > 0) {
      this.#add(OWN - own);
      return;
    }
    const readIn = this.#readIn[id] as number;
    if (readIn === layer + 1) {
      this.#add(this.#readAt[id] as number);
      return;
    }
    const role = this.#sketch.tensors[id]?.role;
    if (role === 'activation') {
      this.#inputs.push(id);
      this.#add(ACTIVATION);
    } else if (readIn === 0) {
      this.#constants.push(id);
      this.#add(NEW_CONSTANT - ROLES.indexOf(role));
    } else this.#add(CONSTANT);
    this.#readIn[id] = layer + 1;
    this.#readAt[id] = this.#inputs.length + this.#constants.length;
  }

  /** The layer that was signed last, as metrics see it. */
  view(index: number): LayerView {
    const { layers, starts, nodeAt, sharedParams } = this.#sketch;
    const { name, origin } = layers[index] as LayerInfo;
    const [first, last] = [starts[index] as number, starts[index + 1] as number];
    const nodes: OpNode[] = [];
    const read: TensorId[] = [];
    const constants = [...this.#constants];
    for (let i = first; i < last; i++) {
      const node = nodeAt(i);
      nodes.push(node);
      read.push(...node.inputs);
      if (sharedParams[i] === undefined) constants.push(...node.params);
    }
    const outputs: TensorId[] = [];
    for (const node of nodes) for (const id of node.outputs) if (!read.includes(id)) outputs.push(id);
    const layer = { index, name, stage: '', origin, first, last };
    return { layer, nodes, inputs: [...this.#inputs], outputs, constants };
  }
}

const ROLES: readonly (string | undefined)[] = ['constant', ...PARAM_ROLES];
