import type { TensorId } from '../../graph/graph.ts';
import { type Extent, isKnown, knownShape, unnamed } from '../../ops/extent.ts';
import { type OpAttrs, type OpenAttrs, type OpKind, specOf } from '../../ops/registry.ts';
import { isProblem, type OpenType, type ParamRole, type TensorType } from '../../ops/spec.ts';
import type { Emitter } from './emit.ts';
import type { Node } from './node.ts';
import type { Operator } from './operator.ts';
import { type Tensor, tensor } from './values.ts';

/** What an operator of ours makes of these types. Extents that follow from nothing are named by output and axis. */
export function made<K extends OpKind>(
  node: Node,
  kind: K,
  inputs: readonly OpenType[],
  attrs: OpAttrs<K> | OpenAttrs<K>,
): readonly Tensor[] {
  const types = specOf(kind).infer(inputs, attrs);
  if (isProblem(types)) return node.fail(types.problem, types.fix);
  return types.map(({ dtype, shape }, output) =>
    tensor(dtype, knownShape(shape) ?? shape.map((extent, axis) => node.named(extent, output, axis))),
  );
}

/** Inputs that are parameters, with what they are for. */
type Params = readonly (readonly [input: number, role: ParamRole])[];

/** An ONNX operator that is one of ours: where that finds its operands, and what it is set to. */
export interface Application<K extends OpKind> {
  /** the inputs that are its data; those that a node leaves out are none */
  readonly operands: readonly number[];
  /** the inputs that are its parameters */
  readonly params?: Params;
  /** whether the parameters may have another shape than the operator gives them */
  readonly anyParams?: (node: Node) => boolean;
  readonly attrs: (node: Node) => OpenAttrs<K>;
}

/** An operator whose results are tensors. */
interface Applied extends Operator {
  readonly infer: (node: Node) => readonly Tensor[];
}

/** The operator that is one of ours. */
export function applied<K extends OpKind>(kind: K, application: Application<K>): Applied {
  const { operands, params = [] } = application;
  return {
    infer(node) {
      const inputs = operands.filter((i) => node.has(i)).map((i) => node.typed(i));
      const attrs = application.attrs(node);
      const outputs = made(node, kind, inputs, attrs);
      if (application.anyParams?.(node) !== true) expectParams(node, kind, inputs, attrs, params);
      return outputs;
    },
    lower(emit) {
      const stored = params.length === 0 ? undefined : storedParams(emit, params);
      const attrs = emit.attrs(kind, () => attrsAtBounds(emit, application.attrs(emit.bounded)));
      return emit.add(kind, dataOperands(emit, operands), attrs, stored);
    },
  };
}

// A list that grows has room to grow on, and a network of many nodes keeps them all: these are made as long as needed.

function storedParams(emit: Emitter, params: Params): readonly TensorId[] {
  let count = 0;
  for (let i = 0; i < params.length; i++) if (emit.node.has((params[i] as Params[number])[0])) count++;
  const ids = new Array<TensorId>(count);
  for (let i = 0, next = 0; i < params.length; i++) {
    const param = params[i] as Params[number];
    if (emit.node.has(param[0])) ids[next++] = emit.operand(param[0], param[1]);
  }
  return ids;
}

function dataOperands(emit: Emitter, operands: readonly number[]): readonly TensorId[] {
  let count = 0;
  for (let i = 0; i < operands.length; i++) if (emit.node.has(operands[i] as number)) count++;
  const ids = new Array<TensorId>(count);
  for (let i = 0, next = 0; i < operands.length; i++) {
    const operand = operands[i] as number;
    if (emit.node.has(operand)) ids[next++] = emit.operand(operand);
  }
  return ids;
}

/** The operator, and outputs behind its first that are made of what it computes anyway. */
export const withFurther = (
  operator: Applied,
  op: string,
  further: (node: Node, first: Tensor) => readonly Tensor[],
): Operator => ({
  infer(node) {
    const [first] = operator.infer(node);
    return first === undefined || node.outputs === 1
      ? [first ?? node.fail('makes nothing')]
      : [first, ...further(node, first)];
  },
  lower: (emit) =>
    emit.outputs.length === 1 ? operator.lower(emit) : [...operator.lower(emit), ...furtherOutputs(emit, op)],
});

/** The outputs behind the first, produced with no arithmetic. */
export function furtherOutputs(emit: Emitter, op: string): readonly (TensorId | undefined)[] {
  const wanted = emit.outputs.slice(1);
  const outputs = wanted.filter((type) => type !== undefined);
  if (outputs.length === 0) return [];
  const made = emit.add('rearrange', [], { op, outputs });
  let next = 0;
  return wanted.map((type) => (type === undefined ? undefined : made[next++]));
}

/** Refuses parameters that do not have the shape that the operator gives them. */
function expectParams<K extends OpKind>(
  node: Node,
  kind: K,
  inputs: readonly OpenType[],
  attrs: OpenAttrs<K>,
  params: Params,
): void {
  if (params.length === 0) return;
  const given = params.filter(([i]) => node.has(i));
  if (given.length === 0) return;
  const own = specOf(kind).params?.(inputs.map(numeric), inNumbers(attrs, () => NaN) as OpAttrs<K>) ?? [];
  for (const [i, { type }] of own.entries()) {
    const [input] = given[i] ?? [];
    if (input !== undefined)
      node.expect(
        input,
        type.shape.map((extent) => (Number.isNaN(extent) ? unnamed(undefined) : extent)),
      );
  }
}

/** The type in numbers, of which those that are not known are NaN, and so is all that follows from them. */
const numeric = ({ dtype = 'float32', shape }: OpenType): TensorType => ({
  dtype,
  shape: knownShape(shape) ?? shape.map((extent) => (isKnown(extent) ? extent : NaN)),
});

/** The attributes with every extent at its bound. */
export function attrsAtBounds<K extends OpKind>(emit: Emitter, attrs: OpenAttrs<K>): OpAttrs<K> {
  const unbounded = (extent: Extent): never =>
    emit.node.fail(`has an extent "${isKnown(extent) ? String(extent) : extent.symbol}" without a bound`);
  // What is left are numbers.
  return inNumbers(attrs, (extent) => extent.atMost ?? unbounded(extent)) as OpAttrs<K>;
}

type Unknown = Exclude<Extent, number>;

/** The attributes with a number for every extent that is not known. */
function inNumbers(attrs: unknown, number: (extent: Unknown) => number): unknown {
  if (typeof attrs !== 'object' || attrs === null) return attrs;
  if (isUnknown(attrs)) return number(attrs);
  if (Array.isArray(attrs)) {
    // Most lists are of numbers, and stay as they are.
    return attrs.every((entry) => typeof entry !== 'object')
      ? attrs
      : attrs.map((entry: unknown) => inNumbers(entry, number));
  }
  const given = attrs as Readonly<Record<string, unknown>>;
  // So do most attributes.
  let result: Record<string, unknown> | undefined;
  for (const name in given) {
    const value = given[name];
    const known = typeof value === 'object' ? inNumbers(value, number) : value;
    if (known !== value) (result ??= { ...given })[name] = known;
  }
  return result ?? attrs;
}

const isUnknown = (value: object): value is Unknown => 'symbol' in value;
