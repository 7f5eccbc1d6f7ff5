import type { TensorId } from '../../graph/graph.ts';
import type { DType } from '../../ops/dtype.ts';
import type { ParamRole, Shape, TensorType } from '../../ops/spec.ts';
import type { Emitter } from './emit.ts';
import type { Node } from './node.ts';
import type { Operator } from './operator.ts';
import { isRanked, tensor, type Value } from './values.ts';

/**
 * Operators that compute another one: on some of their inputs (quantised ones have scales between them), or on the
 * same maps in another layout.
 */

/** Where an operator finds the inputs of the other one. */
export interface Remapping {
  /** the inputs of the other operator, in its order; -1: it is left out */
  readonly inputs: (node: Node) => readonly number[];
  /** element type of the result; absent: what the other operator makes of its first input */
  readonly dtype?: (node: Node) => DType | undefined;
}

/** The operator that computes another one on some of its inputs. */
export const remapped = (operator: Operator, { inputs, dtype }: Remapping): Operator => ({
  infer(node) {
    const wanted = dtype?.(node);
    // The other operator may want operands of one type, and gives the result that of its own.
    const typed = (value: Value | undefined): Value | undefined =>
      value?.kind === 'tensor' && wanted !== undefined ? { ...value, dtype: wanted } : value;
    return inferAs(
      operator,
      node,
      inputs(node).map((i) => typed(node.inputs[i])),
    );
  },
  lower: (emit) => operator.lower(new RemappedEmitter(emit, inputs(emit.node))),
});

/** Operators of other domains compute those of ONNX as this version has them, their axes attributes. */
const OPSET = 17;

function inferAs(operator: Operator, node: Node, inputs: readonly (Value | undefined)[]): readonly Value[] {
  const inner = node.withInputs(inputs, OPSET);
  const results = operator.infer(inner);
  if (inner.looksPastTypes) node.looksPastTypes = true;
  return results;
}

const toFirst = <T>(shape: readonly T[]): readonly T[] =>
  shape.length < 3 ? shape : [...shape.slice(0, 1), ...shape.slice(-1), ...shape.slice(1, -1)];
const toLast = <T>(shape: readonly T[]): readonly T[] =>
  shape.length < 3 ? shape : [...shape.slice(0, 1), ...shape.slice(2), ...shape.slice(1, 2)];

/** The operator on maps whose channels are last: the inputs `maps`, and every result. */
export const channelsLast = (
  operator: Operator,
  when: (node: Node) => boolean = () => true,
  maps: readonly number[] = [0],
): Operator => ({
  infer(node) {
    if (!when(node)) return operator.infer(node);
    const inputs = node.inputs.map((value, i) => (maps.includes(i) ? permuted(value, toFirst) : value));
    return inferAs(operator, node, inputs).map((value) => permuted(value, toLast) ?? value);
  },
  lower(emit) {
    if (!when(emit.node)) return operator.lower(emit);
    return operator.lower(new ChannelsFirstEmitter(emit, maps)).map((id, i) => {
      const type = emit.outputs[i];
      return id === undefined || type === undefined ? id : seen(emit, id, toLast(axesOf(type)));
    });
  },
});

function permuted(
  value: Value | undefined,
  permute: <T>(shape: readonly T[]) => readonly T[],
): Value | undefined {
  return value?.kind === 'tensor' && isRanked(value) ? tensor(value.dtype, permute(value.shape)) : value;
}

const axesOf = ({ shape }: TensorType): readonly number[] => [...shape.keys()];

/** The same storage with its axes in another order. */
const seen = (emit: Emitter, id: TensorId, perm: readonly number[]): TensorId =>
  emit.add('layout', [id], { perm })[0] ?? id;

/** Another operator's view of a node. */
class EmitterView implements Emitter {
  readonly node: Node;
  readonly bounded: Node;
  readonly inputs: Emitter['inputs'];
  readonly outputs: Emitter['outputs'];
  readonly add: Emitter['add'];
  readonly attrs: Emitter['attrs'];
  readonly counted: Emitter['counted'];
  protected readonly emit: Emitter;

  constructor(emit: Emitter, inside: (node: Node) => Node, views: Pick<Emitter, 'inputs' | 'outputs'>) {
    this.emit = emit;
    this.node = inside(emit.node);
    this.bounded = emit.bounded === emit.node ? this.node : inside(emit.bounded);
    this.inputs = views.inputs;
    this.outputs = views.outputs;
    this.add = emit.add.bind(emit);
    this.attrs = emit.attrs.bind(emit);
    this.counted = emit.counted.bind(emit);
  }

  /** The input of the node that the other operator's input is. */
  protected place(index: number): number {
    return index;
  }

  input(index: number): TensorType {
    return this.inputs[index] ?? this.node.fail(`has no tensor as input ${String(this.place(index) + 1)}`);
  }

  output(index: number): TensorType {
    return this.outputs[index] ?? this.node.fail(`has no tensor as output ${String(index + 1)}`);
  }

  isConstant(index: number): boolean {
    return this.emit.isConstant(this.place(index));
  }

  operand(index: number, role?: ParamRole, shape?: Shape, dtype?: DType): TensorId {
    return this.emit.operand(this.place(index), role, shape, dtype);
  }

  storage(index: number, role: 'scale' | 'shift', shape?: Shape, dtype?: DType): TensorId {
    return this.emit.storage(this.place(index), role, shape, dtype);
  }

  learned(index: number, role: ParamRole): TensorId {
    return this.emit.learned(this.place(index), role);
  }

  operands(role?: ParamRole): readonly TensorId[] {
    return this.inputs.flatMap((type, i) =>
      type === undefined ? [] : [role === undefined ? this.operand(i) : this.learned(i, role)],
    );
  }
}

class RemappedEmitter extends EmitterView {
  readonly #from: readonly number[];

  constructor(emit: Emitter, from: readonly number[]) {
    const pick = <T>(list: readonly T[]): readonly (T | undefined)[] => from.map((i) => list[i]);
    super(emit, (node) => node.withInputs(pick(node.inputs), OPSET), {
      inputs: pick(emit.inputs),
      outputs: emit.outputs,
    });
    this.#from = from;
  }

  protected override place(index: number): number {
    return this.#from[index] ?? -1;
  }
}

class ChannelsFirstEmitter extends EmitterView {
  readonly #maps: readonly number[];

  constructor(emit: Emitter, maps: readonly number[]) {
    const first = (type: TensorType | undefined): TensorType | undefined =>
      type && { dtype: type.dtype, shape: toFirst(type.shape) };
    super(
      emit,
      (node) =>
        node.withInputs(
          node.inputs.map((value, i) => (maps.includes(i) ? permuted(value, toFirst) : value)),
          OPSET,
        ),
      {
        inputs: emit.inputs.map((type, i) => (maps.includes(i) ? first(type) : type)),
        outputs: emit.outputs.map(first),
      },
    );
    this.#maps = maps;
  }

  override operand(index: number, role?: ParamRole, shape?: Shape, dtype?: DType): TensorId {
    const id = super.operand(index, role, shape, dtype);
    if (!this.#maps.includes(index)) return id;
    return seen(this.emit, id, toFirst(axesOf(this.input(index))));
  }
}
