import { choice, fields, list, natural, type FieldTypes } from '../values.ts';
import { DTYPES, type DType } from './dtype.ts';
import { divisible, type Extent, isKnown, knownShape, nameOf } from './extent.ts';

/** Dimensions, outermost first: NCHW for images. Zero is a legal extent. */
export type Shape = readonly number[];

/** Element type and shape of a tensor. */
export interface TensorType {
  /** of every element */
  readonly dtype: DType;
  /** outermost first */
  readonly shape: Shape;
}

/** What inference knows of a type. The types of a graph are known: every `TensorType` is one. */
export interface OpenType {
  /** element type; undefined where it is not known */
  readonly dtype: DType | undefined;
  /** extents, outermost first */
  readonly shape: readonly Extent[];
}

export const TENSOR_TYPE = fields<TensorType>({ dtype: choice(DTYPES), shape: list(natural) });

/**
 * What an operator computes, in primitives; no counting convention is applied yet.
 * A window of k taps compares or adds k times (the accumulator starts at the neutral element).
 */
export interface Work {
  /** multiply-accumulates of conv, linear and matMul */
  readonly mac?: number;
  /** multiply-accumulates on one-bit operands (xnor + popcount) */
  readonly binaryMac?: number;
  /** additions and subtractions */
  readonly add?: number;
  /** multiplications */
  readonly mul?: number;
  /** comparisons, minima and maxima */
  readonly compare?: number;
  /** divisions */
  readonly divide?: number;
  /** exp, log, tanh, sqrt, ... */
  readonly transcendental?: number;
}

/** What arithmetic is counted in. */
export type Primitive = keyof Work;

/** Every role of a parameter. */
export const PARAM_ROLES = ['weight', 'bias', 'scale', 'shift', 'mean', 'variance', 'embedding'] as const;

/**
 * What a parameter tensor is for. `weights` (the paper's #Parameter) counts role `weight` only;
 * `embedding` is what is looked up or joined to the data: tables, positions, class tokens.
 */
export type ParamRole = (typeof PARAM_ROLES)[number];

/** A learned parameter that an operator owns. */
export interface ParamSpec {
  /** what it is for */
  readonly role: ParamRole;
  /** its element type and shape */
  readonly type: TensorType;
}

/** Why these inputs and attributes make no sense together. */
export interface Problem {
  /** what is wrong, in one line */
  readonly problem: string;
  /** what to do about it, in one line */
  readonly fix: string;
}

export const isProblem = <T extends object>(result: T | Problem): result is Problem => 'problem' in result;

/**
 * The contract of an operator: one object in one file, listed once in registry.ts. `Open` are the attributes as
 * inference may know them, where some of them are extents or element types.
 */
export interface OpSpec<Attrs, Open = Attrs> {
  /** One line for the operator table in the documentation. */
  readonly summary: string;
  /** Type of every attribute: what a graph file may state. */
  readonly attrs: FieldTypes<Attrs>;
  /** The operator as a person writes it, without its kind: `3x3/2 64->128`; absent where the kind says it all. */
  readonly label?: (inputs: readonly TensorType[], attrs: Attrs) => string;
  /**
   * Output types from the types of the data inputs; all checks of shape and attributes live here. What is not known
   * may fit; known inputs and attributes make known outputs.
   */
  readonly infer: (inputs: readonly OpenType[], attrs: Attrs | Open) => readonly OpenType[] | Problem;
  /** Learned parameters that the operator owns, in a fixed order. */
  readonly params?: (inputs: readonly TensorType[], attrs: Attrs) => readonly ParamSpec[];
  /** Arithmetic; `none` for operators that move or produce data, `unknown` for what cannot be counted. */
  readonly work:
    | ((inputs: readonly TensorType[], outputs: readonly TensorType[], attrs: Attrs) => Work)
    | 'none'
    | 'unknown';
  /** What it makes is a map: the axes behind the channels are positions in space or time. */
  readonly isMap?: true;
  /**
   * How the operator touches memory.
   * kernel: reads operands repeatedly, its output needs a buffer of its own;
   * stream: one pass, element by element, may write over an operand that dies here;
   * reduction: one pass, output smaller than the input, a buffer of its own;
   * view: the output is the first input's storage.
   */
  readonly memory: 'kernel' | 'stream' | 'reduction' | 'view';
}

const ORDINAL = ['first', 'second', 'third', 'fourth'] as const;

/** A problem unless there are exactly `count` inputs of at least `rank` dimensions. */
export function expectInputs(inputs: readonly OpenType[], count: number, rank: number): Problem | undefined {
  if (inputs.length !== count) {
    return {
      problem: `takes ${String(count)} input${count === 1 ? '' : 's'}, not ${String(inputs.length)}`,
      fix: 'connect each input once',
    };
  }
  for (const [i, input] of inputs.entries()) {
    if (input.shape.length < rank) {
      return {
        problem: `the ${ORDINAL[i] ?? `${String(i + 1)}th`} input has shape ${formatShape(input.shape)}, of fewer than ${String(rank)} dimensions`,
        fix: 'feed it a tensor of batch, channels and spatial extents',
      };
    }
  }
  return undefined;
}

/** A problem where there is no input. */
export function expectAny(inputs: readonly OpenType[]): Problem | undefined {
  return inputs.length > 0 ? undefined : { problem: 'has no input', fix: 'connect one at least' };
}

/** A problem unless the value can be a whole number of at least `least`. */
export function expectWhole(name: string, value: Extent, least: number): Problem | undefined {
  return !isKnown(value) || (Number.isSafeInteger(value) && value >= least)
    ? undefined
    : {
        problem: `${name} is ${String(value)}`,
        fix: `make ${name} a whole number of at least ${String(least)}`,
      };
}

/** A problem unless output channels and groups are whole, and the groups divide the channels on both sides. */
export function expectGroups(
  input: OpenType,
  { outChannels, groups }: { readonly outChannels: Extent; readonly groups: number },
): Problem | undefined {
  const inChannels = dim(input.shape, 1);
  return (
    expectWhole('the number of output channels', outChannels, 1) ??
    expectWhole('the number of groups', groups, 1) ??
    (divisible(inChannels, groups) && divisible(outChannels, groups)
      ? undefined
      : {
          problem: `${String(groups)} groups do not divide ${nameOf(inChannels)} input channels and ${nameOf(outChannels)} output channels`,
          fix: 'choose a number of groups that divides both',
        })
  );
}

export const formatShape = (shape: readonly (Extent | string)[]): string =>
  shape.length === 0
    ? 'scalar'
    : shape.map((extent) => (typeof extent === 'string' ? extent : nameOf(extent))).join('x');

/** The same dtype with another shape. */
export const withShape = <D, S>(
  type: { readonly dtype: D },
  shape: S,
): { readonly dtype: D; readonly shape: S } => ({
  dtype: type.dtype,
  shape,
});

/** The types, all of which are known. */
export const knownTypes = (types: readonly OpenType[]): readonly TensorType[] =>
  types.map((type) => {
    const { dtype } = type;
    const shape = knownShape(type.shape);
    if (dtype === undefined || shape === undefined)
      throw new TypeError(`${String(dtype)} ${formatShape(type.shape)} is not known`);
    return { dtype, shape };
  });

/** Dimension `axis` of a shape whose rank was checked before. */
export function dim<E extends Extent>(shape: readonly E[], axis: number): E {
  const value = shape[axis < 0 ? shape.length + axis : axis];
  if (value === undefined) throw new RangeError(`no axis ${String(axis)} in ${formatShape(shape)}`);
  return value;
}
