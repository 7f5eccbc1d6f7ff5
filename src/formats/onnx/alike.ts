import type { DType } from '../../ops/dtype.ts';
import type { Node } from './node.ts';
import type { Operator } from './operator.ts';
import type { AttributeProto } from './proto.ts';
import { knownShape } from '../../ops/extent.ts';
import { isSameShape, type Value } from './values.ts';

/** What decides the result of a node that looks at no content: nodes with the same are alike. */
interface Applied {
  readonly opset: number;
  readonly attributes: readonly AttributeProto[];
  readonly inputs: readonly (Operand | undefined)[];
  readonly dtype: DType | undefined;
  readonly shape: readonly number[];
}

interface Operand {
  readonly dtype: DType | undefined;
  readonly shape: readonly number[];
  readonly isFollowed: boolean;
  readonly isStored: boolean;
}

/** How many different nodes of an operator are remembered. */
const MOST_REMEMBERED = 8;

/**
 * The types that nodes made lately, by operator, attributes and operand types: long networks apply few operators
 * to few types. Nothing is remembered of a node whose result depends on anything else.
 */
export class AlikeNodes {
  readonly #applied = new Map<Operator, Applied[]>();

  /** What was remembered of nodes like this one. */
  find(operator: Operator, node: Node): Applied | undefined {
    const applied = this.#applied.get(operator);
    if (applied !== undefined) for (const one of applied) if (isAlike(one, node)) return one;
    return undefined;
  }

  /** Remembers what a node makes, if every node like it makes the same; undefined if not. */
  remember(operator: Operator, node: Node, outputs: readonly Value[]): Applied | undefined {
    const [output] = outputs;
    if (output?.kind !== 'tensor' || outputs.length !== 1 || node.outputs !== 1) return undefined;
    const shape = knownShape(output.shape);
    if (shape === undefined || output.elements !== undefined || output.constant !== undefined)
      return undefined;
    if (node.looksPastTypes) return undefined;
    const inputs: (Operand | undefined)[] = [];
    for (const value of node.inputs) {
      const operand = value === undefined ? undefined : operandOf(value);
      if (value !== undefined && operand === undefined) return undefined;
      inputs.push(operand);
    }
    const { attribute } = node.proto;
    if (attribute.some(({ g, graphs, refAttrName }) => g ?? graphs[0] ?? refAttrName)) return undefined;
    let applied = this.#applied.get(operator);
    if (applied === undefined) this.#applied.set(operator, (applied = []));
    if (applied.length === MOST_REMEMBERED) applied.pop();
    const result = { opset: node.opset, attributes: attribute, inputs, dtype: output.dtype, shape };
    applied.unshift(result);
    return result;
  }
}

/** A new value of the type that the nodes make. */
export const resultOf = ({ dtype, shape }: Applied): Value => ({
  kind: 'tensor',
  dtype,
  shape,
  elements: undefined,
  constant: undefined,
});

function operandOf(value: Value): Operand | undefined {
  if (value.kind !== 'tensor') return undefined;
  const { dtype, elements, constant } = value;
  const shape = knownShape(value.shape);
  if (shape === undefined) return undefined;
  return { dtype, shape, isFollowed: elements !== undefined, isStored: constant !== undefined };
}

function isAlike({ opset, attributes, inputs }: Applied, node: Node): boolean {
  const { attribute } = node.proto;
  if (node.outputs !== 1 || opset !== node.opset) return false;
  if (attributes.length !== attribute.length || inputs.length !== node.inputs.length) return false;
  // Equal attributes are the same object: see `messagesAlike`.
  for (let i = 0; i < attribute.length; i++) if (attribute[i] !== attributes[i]) return false;
  for (let i = 0; i < inputs.length; i++) if (!isOperand(inputs[i], node.inputs[i])) return false;
  return true;
}

function isOperand(operand: Operand | undefined, value: Value | undefined): boolean {
  if (operand === undefined || value === undefined) return operand === value;
  return (
    value.kind === 'tensor' &&
    value.dtype === operand.dtype &&
    (value.elements !== undefined) === operand.isFollowed &&
    (value.constant !== undefined) === operand.isStored &&
    value.shape !== undefined &&
    isSameShape(value.shape, operand.shape)
  );
}
