import { List } from '../list.ts';
import type { OpKind } from '../ops/registry.ts';
import type { OpNode, TensorId } from './graph.ts';
import type { Inferred } from './inference.ts';

/** A node that is added: its results have the ids from `first` to `end`, its own parameters those right before. */
interface Added {
  readonly kind: OpKind;
  readonly attrs: object;
  readonly inputs: readonly TensorId[];
  /** of its own parameters; those of others come as `params` */
  readonly firstParam: number;
  readonly params: readonly TensorId[] | undefined;
  readonly first: number;
  /** behind the last result */
  readonly end: number;
  readonly repeat: number | 'unknown';
}

/** The nodes of a graph that is being built. */
export interface NodeStore {
  readonly length: number;
  readonly add: (added: Added, made: Inferred) => void;
  readonly kindOf: (index: number) => OpKind;
  readonly operandsOf: (index: number) => readonly TensorId[];
  /** id of the first result */
  readonly firstOf: (index: number) => TensorId;
  /** id behind that of the last result: of a node without results, that of the first */
  readonly endOf: (index: number) => number;
  readonly outputsOf: (index: number) => readonly TensorId[];
  readonly at: (index: number) => OpNode;
}

/** Nodes as the objects of a graph, made as they are added. */
export class NodeObjects implements NodeStore {
  readonly #nodes = new List<OpNode>();
  #last: OpNode | undefined;

  get length(): number {
    return this.#nodes.length;
  }

  add({ kind, attrs, inputs, firstParam, params, first, end, repeat }: Added): void {
    const before = this.#last?.outputs;
    // Most nodes read what the one before made: one list is enough for both.
    const isChained = inputs.length === 1 && before?.length === 1 && before[0] === inputs[0];
    const node = {
      kind,
      attrs,
      inputs: isChained ? before : inputs,
      params: params ?? idsBetween(firstParam, first),
      outputs: idsBetween(first, end),
    };
    // The union of node types is indexed by kind, which the compiler cannot follow.
    this.#last = (repeat === 1 ? node : { ...node, repeat }) as OpNode;
    this.#nodes.push(this.#last);
  }

  kindOf(index: number): OpKind {
    return this.at(index).kind;
  }

  operandsOf(index: number): readonly TensorId[] {
    return this.at(index).inputs;
  }

  firstOf(index: number): TensorId {
    return this.at(index).outputs[0] ?? (0 as TensorId);
  }

  endOf(index: number): number {
    return this.firstOf(index) + this.at(index).outputs.length;
  }

  outputsOf(index: number): readonly TensorId[] {
    return this.at(index).outputs;
  }

  at(index: number): OpNode {
    const node = this.#nodes.at(index);
    if (node === undefined) throw new RangeError(`no node ${String(index)}`);
    return node;
  }

  toArray(): readonly OpNode[] {
    return this.#nodes.toArray();
  }
}

/** Nodes as columns: what many networks are counted from, one after the other, without their objects. */
export class NodeColumns implements NodeStore {
  readonly inferred: Inferred[] = [];
  readonly operands: (readonly TensorId[])[] = [];
  readonly firsts: TensorId[] = [];
  readonly ends: number[] = [];
  /** by node; empty where none shares its parameters */
  readonly sharedParams: (readonly TensorId[] | undefined)[] = [];
  readonly #attributes: object[] = [];
  readonly #firstParams: number[] = [];
  readonly #repeats = new Map<number, number | 'unknown'>();

  get length(): number {
    return this.inferred.length;
  }

  add({ attrs, inputs, firstParam, params, first, end, repeat }: Added, made: Inferred): void {
    const index = this.inferred.push(made) - 1;
    this.#attributes.push(attrs);
    this.operands.push(inputs);
    this.#firstParams.push(firstParam);
    if (params !== undefined) this.sharedParams[index] = params;
    this.firsts.push(first as TensorId);
    this.ends.push(end);
    if (repeat !== 1) this.#repeats.set(index, repeat);
  }

  kindOf(index: number): OpKind {
    return (this.inferred[index] as Inferred).kind;
  }

  operandsOf(index: number): readonly TensorId[] {
    return this.operands[index] as readonly TensorId[];
  }

  firstOf(index: number): TensorId {
    return this.firsts[index] as TensorId;
  }

  endOf(index: number): number {
    return this.ends[index] as number;
  }

  outputsOf(index: number): readonly TensorId[] {
    return idsBetween(this.firstOf(index), this.endOf(index));
  }

  at(index: number): OpNode {
    const repeat = this.#repeats.get(index);
    const first = this.firstOf(index);
    const node = {
      kind: this.kindOf(index),
      attrs: this.#attributes[index],
      inputs: this.operandsOf(index),
      params: this.sharedParams[index] ?? idsBetween(this.#firstParams[index] as number, first),
      outputs: this.outputsOf(index),
    };
    // As above.
    return (repeat === undefined ? node : { ...node, repeat }) as OpNode;
  }

  toArray(): readonly OpNode[] {
    return Array.from(this.inferred, (_, index) => this.at(index));
  }
}

const NO_IDS: readonly TensorId[] = [];

/** The ids from `first` (included) to `end` (excluded), in as much room as they need: a list that grows takes 16 more. */
export function idsBetween(first: number, end: number): readonly TensorId[] {
  if (first === end) return NO_IDS;
  const ids = new Array<TensorId>(end - first);
  for (let i = 0; i < ids.length; i++) ids[i] = (first + i) as TensorId;
  return ids;
}
