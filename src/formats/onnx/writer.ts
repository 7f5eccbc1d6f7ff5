import type { TensorId } from '../../graph/graph.ts';
import type { DType } from '../../ops/dtype.ts';
import type { OpAttrs, OpKind } from '../../ops/registry.ts';
import type { Problem, TensorType } from '../../ops/spec.ts';
import type { Draft } from './writeDraft.ts';
import type { Layout } from './writeWeights.ts';

/** A node of our graph on its way into ONNX: the values of its operands, and the types around it. */
export interface Operands<K extends OpKind> {
  readonly attrs: OpAttrs<K>;
  readonly inputs: readonly string[];
  readonly params: readonly TensorId[];
  readonly types: readonly TensorType[];
  readonly outputs: readonly TensorType[];
  /**
   * The value of a parameter in the element type that the operator computes in, by default its first operand's;
   * with other dimensions or axes in another order if need be.
   */
  readonly param: (index: number, dims?: readonly number[], layout?: Layout) => string;
}

/** Why ONNX has no form for a node, and from which opset on it has one. */
export interface Inexpressible extends Problem {
  readonly from?: number;
}

/** The values of a node's outputs, or why there are none. */
export type Expressed = string | readonly string[] | Inexpressible;

/** Adds the ONNX nodes that say what one of ours does. */
export type Writer<K extends OpKind> = (on: Draft, node: Operands<K>) => Expressed;

/** A kind that ONNX has no form for, whatever its attributes and operands. */
export interface NoForm<K extends OpKind> {
  readonly noForm: string | ((attrs: OpAttrs<K>) => string);
  readonly fix: string;
}

export type Form<K extends OpKind> = Writer<K> | NoForm<K>;

/** Element types that DequantizeLinear takes in blocks. */
export const IN_BLOCKS: readonly DType[] = ['int4', 'uint4', 'int8', 'uint8'];

/** How the kinds of one family are said in ONNX. */
export type Forms = { readonly [K in OpKind]?: Form<K> };

export const isInexpressible = (result: Expressed): result is Inexpressible =>
  typeof result === 'object' && 'problem' in result;

export const newer = (what: string, from: number): Inexpressible => ({
  problem: `${what} exists from opset ${String(from)} on`,
  fix: `write opset ${String(from)} or later`,
  from,
});

export const FLOATS: readonly DType[] = ['float32', 'float16', 'float64', 'bfloat16'];

export const isFloat = (dtype: DType): boolean => FLOATS.includes(dtype);

/** Element types of quantised maps and weights. */
export const isEightBit = (dtype: DType): boolean => dtype === 'uint8' || dtype === 'int8';

/** The element types of everything that a node reads and makes, each once. */
export const dtypesOf = (
  on: Draft,
  { params, types, outputs }: Pick<Operands<OpKind>, 'params' | 'types' | 'outputs'>,
): readonly DType[] => [
  ...new Set([...types, ...params.map((id) => on.typeOf(id)), ...outputs].map(({ dtype }) => dtype)),
];

/** There is no form of these element types. */
export const ofTypes = (kind: OpKind, dtypes: readonly DType[]): Inexpressible => ({
  problem: `"${kind}" of ${dtypes.join(' and ')} has no ONNX form here`,
  fix: `write it in one of ${FLOATS.join(', ')}`,
});

/** The first operand and its type. */
export const only = (inputs: readonly string[], types: readonly TensorType[]): [string, TensorType] => [
  inputs[0] as string,
  types[0] as TensorType,
];

/** Optional inputs at the end are left out, those in between are empty. */
export function present(inputs: readonly (string | undefined)[]): readonly string[] {
  const last = inputs.findLastIndex((input) => input !== undefined);
  return inputs.slice(0, last + 1).map((input) => input ?? '');
}
