import type { TensorId } from '../../graph/graph.ts';
import type { OpAttrs, OpKind } from '../../ops/registry.ts';
import type { DType } from '../../ops/dtype.ts';
import type { Extent } from '../../ops/extent.ts';
import type { ParamRole, Shape, TensorType } from '../../ops/spec.ts';
import type { Node } from './node.ts';

/** What a lowering may ask for and add: one ONNX node on its way into our graph. */
export interface Emitter {
  readonly node: Node;
  /** the node with every extent of its inputs at its upper bound: the node itself, where all are known */
  readonly bounded: Node;
  /** types of the inputs, every extent a number; undefined for one that is left out or is no tensor */
  readonly inputs: readonly (TensorType | undefined)[];
  /** types of the outputs likewise */
  readonly outputs: readonly (TensorType | undefined)[];
  /** type of an input that the operator requires */
  input(index: number): TensorType;
  /** type of an output that the operator always has */
  output(index: number): TensorType;
  /** whether the input is stored in the file (as it is, or cast, dequantised or rearranged) */
  isConstant(index: number): boolean;
  /**
   * The input as an operand; a stored one is a constant of this role (`constant`, if none is named), and of
   * this shape (and element type) where the operator has its weights in another order (or packing) than the file.
   */
  operand(index: number, role?: ParamRole, shape?: Shape, dtype?: DType): TensorId;
  /** Stored scales or zero points as a constant of this role: part of how a parameter is stored, and no parameter. */
  storage(index: number, role: 'scale' | 'shift', shape?: Shape, dtype?: DType): TensorId;
  /** the input as an operand; it has the role only if it is an initialiser of more than one real number */
  learned(index: number, role: ParamRole): TensorId;
  /** every tensor input as an operand, with the role as in `learned` */
  operands(role?: ParamRole): readonly TensorId[];
  /**
   * Attributes that follow from the attributes and operand types of the ONNX node alone; those of a node that is
   * alike, where there was one.
   */
  attrs<K extends OpKind>(kind: K, make: () => OpAttrs<K>): OpAttrs<K>;
  /** The extent as a number; one that depends on the data is counted at its bound, which is said. */
  counted(extent: Extent): number;
  /** adds a node of our graph and returns its results */
  add<K extends OpKind>(
    kind: K,
    inputs: readonly TensorId[],
    attrs: OpAttrs<K>,
    params?: readonly TensorId[],
  ): readonly TensorId[];
}

/** Adds what one ONNX node is in our graph and returns the results, one for each tensor output. */
export type Lowering = (emit: Emitter) => readonly (TensorId | undefined)[];
