import type { DType } from '../../ops/dtype.ts';
import type { ParamRole, Shape } from '../../ops/spec.ts';
import type { Emitter } from './emit.ts';
import type { Node } from './node.ts';
import type { Operator } from './operator.ts';
import type { Value } from './values.ts';

/** Where an operator finds the inputs of another one that it computes. */
export interface Remapping {
  /** the inputs of the other operator, in its order; -1: it is left out */
  readonly inputs: (node: Node) => readonly number[];
  /** element type of the result; absent: what the other operator makes of its first input */
  readonly dtype?: (node: Node) => DType | undefined;
}

/** The operator that computes another one on some of its inputs: quantised and fused ones have scales between them. */
export const remapped = (operator: Operator, { inputs, dtype }: Remapping): Operator => ({
  infer(node) {
    const wanted = dtype?.(node);
    // The other operator may want operands of one type, and gives the result that of its own.
    const typed = (value: Value | undefined): Value | undefined =>
      value?.kind === 'tensor' && wanted !== undefined ? { ...value, dtype: wanted } : value;
    const inner = node.withInputs(inputs(node).map((i) => typed(node.inputs[i])));
    const results = operator.infer(inner);
    if (inner.looksPastTypes) node.looksPastTypes = true;
    return results;
  },
  lower: (emit) => operator.lower(new RemappedEmitter(emit, inputs(emit.node))),
});

/** What another operator sees of a node: some of its inputs. */
class RemappedEmitter implements Emitter {
  readonly node: Node;
  readonly bounded: Node;
  readonly inputs: Emitter['inputs'];
  readonly outputs: Emitter['outputs'];
  readonly add: Emitter['add'];
  readonly attrs: Emitter['attrs'];
  readonly counted: Emitter['counted'];
  readonly #emit: Emitter;
  readonly #from: readonly number[];

  constructor(emit: Emitter, from: readonly number[]) {
    this.#emit = emit;
    this.#from = from;
    this.node = emit.node.withInputs(from.map((i) => emit.node.inputs[i]));
    this.bounded = emit.bounded.withInputs(from.map((i) => emit.bounded.inputs[i]));
    this.inputs = from.map((i) => emit.inputs[i]);
    this.outputs = emit.outputs;
    this.add = emit.add.bind(emit);
    this.attrs = emit.attrs.bind(emit);
    this.counted = emit.counted.bind(emit);
  }

  #place(index: number): number {
    return this.#from[index] ?? -1;
  }

  input(index: number): ReturnType<Emitter['input']> {
    return this.#emit.input(this.#place(index));
  }

  output(index: number): ReturnType<Emitter['output']> {
    return this.#emit.output(index);
  }

  isConstant(index: number): boolean {
    return this.#emit.isConstant(this.#place(index));
  }

  operand(index: number, role?: ParamRole, shape?: Shape, dtype?: DType): ReturnType<Emitter['operand']> {
    return this.#emit.operand(this.#place(index), role, shape, dtype);
  }

  learned(index: number, role: ParamRole): ReturnType<Emitter['learned']> {
    return this.#emit.learned(this.#place(index), role);
  }

  operands(role?: ParamRole): ReturnType<Emitter['operands']> {
    return this.inputs.flatMap((type, i) =>
      type === undefined ? [] : [role === undefined ? this.operand(i) : this.learned(i, role)],
    );
  }
}
