import type { Stored, TensorId } from '../../graph/graph.ts';
import { byteLength, type DType } from '../../ops/dtype.ts';
import type { TensorType } from '../../ops/spec.ts';
import { elements } from '../../units.ts';
import type { Inferred } from './infer.ts';
import type { Node } from './node.ts';
import type { Constant } from './values.ts';

/** Operators on quantised numbers: what of their operands is real says what those numbers stand for. */
const QUANTIZED = /^(Q[A-Z]|Quantize|Dequantize|DynamicQuantize)|Integer|Quantized|NBits|Bnb4/;

const isReal = ({ dtype }: Constant): boolean => dtype.includes('float');

/** Quantised numbers; flags are none. */
const isNarrow = ({ dtype }: Constant): boolean => /^u?int[248]$/.test(dtype);

/** Initialisers that can be parameters, or part of how they are stored: no indices, no shapes. */
const isParameter = (constant: Constant): boolean =>
  constant.initializer && (isReal(constant) || isNarrow(constant));

/** Constants that can be part of one: initialisers, and lists that nodes store, of which single numbers are settings. */
const isSource = (constant: Constant): boolean =>
  isParameter(constant) ||
  ((isReal(constant) || isNarrow(constant)) && constant.shape.some((extent) => extent !== 1));

/** What a constant that no input changes is made of, as far as the file stores it. */
export function sourcesOf(constants: readonly (Constant | undefined)[]): readonly Constant[] {
  const sources = new Set<Constant>();
  for (const constant of constants) {
    for (const source of constant?.sources ?? (constant === undefined ? [] : [constant]))
      if (isSource(source)) sources.add(source);
  }
  return [...sources];
}

/** Not a number where elements have no size: strings. */
const bytesOf = ({ dtype, shape }: TensorType): number => byteLength(dtype, elements(shape)) ?? NaN;

/** Which stored numbers the tensors of a graph are made of: each belongs to the first that is. */
export class Ledger {
  /** with the parameter that each is by itself */
  readonly #owned = new Map<Constant, TensorId | undefined>();
  /** scales and zero points */
  readonly #scales = new Set<Constant>();
  readonly #read = new Set<Constant>();

  /** The parameter that these numbers are. */
  parameterOf(constant: Constant): TensorId | undefined {
    return this.#owned.get(constant);
  }

  /** Notes the parameter that these numbers are from now on. */
  setParameter(constant: Constant, id: TensorId): void {
    this.#owned.set(constant, id);
  }

  /** Notes what an operator reads that no parameter is made of yet; beside its maps and weights, a quantised one reads scales. */
  reads({ op, inputs }: Node): void {
    for (let index = 0; index < inputs.length; index++) {
      const value = inputs[index];
      if (value?.kind !== 'tensor' || value.constant === undefined || this.#owned.has(value.constant))
        continue;
      this.#read.add(value.constant);
      if ((index > 0 || op.startsWith('QLinear')) && isReal(value.constant) && QUANTIZED.test(op))
        this.#scales.add(value.constant);
    }
  }

  /** How a parameter of this type is stored, which owns from now on what it is made of; undefined: as its type says. */
  take(constant: Constant, type: TensorType): Stored | undefined {
    const { sources, scales = [] } = constant;
    const whole = elements(type.shape);
    // Several numbers may be packed in what the file calls one.
    const isPacked = sources === undefined && constant.dtype !== type.dtype;
    let count = 0;
    let bytes = 0;
    for (const source of sources ?? [constant]) {
      if (!this.#isFresh(source)) continue;
      count += isPacked ? whole : elements(source.shape);
      bytes += bytesOf(source);
    }
    let read = isPacked ? bytesOf(constant) : bytesOf({ dtype: constant.dtype, shape: type.shape });
    for (const scale of scales) {
      read += bytesOf(scale);
      if (this.#isFresh(scale)) bytes += bytesOf(scale);
    }
    const stated = bytesOf(type);
    // How long strings are nobody knows, and their type says so.
    if (Number.isNaN(bytes + read + stated)) return undefined;
    if (count === whole && bytes === stated && read === stated) return undefined;
    return { elements: count, bytes, ...(read === stated ? {} : { read }) };
  }

  /** How scales or zero points of this type are stored, which are part of a parameter and none themselves. */
  takeScale(constant: Constant, type: TensorType): Stored {
    const read = bytesOf(constant);
    const bytes = this.#isFresh(constant) ? read : 0;
    return { elements: 0, bytes, ...(read === bytesOf(type) ? {} : { read }) };
  }

  /** Whether nothing had it before; from now on, something has. */
  #isFresh(constant: Constant): boolean {
    if (this.#owned.has(constant)) return false;
    this.#owned.set(constant, undefined);
    return true;
  }

  /**
   * What of a file's initialisers no parameter is made of, though something reads it: the real ones, and the bytes of
   * these and of all scales.
   */
  rest({ stored, skipped, unused }: Pick<Inferred, 'stored' | 'skipped' | 'unused'>): readonly {
    readonly type: TensorType;
    readonly stored: Stored;
  }[] {
    const rest = new Map<DType, { elements: number; count: number; bytes: number }>();
    const add = (constant: Constant): void => {
      if (this.#owned.has(constant)) return;
      const count = elements(constant.shape);
      const entry = rest.get(constant.dtype) ?? { elements: 0, count: 0, bytes: 0 };
      rest.set(constant.dtype, entry);
      entry.count += count;
      if (isReal(constant) && !this.#scales.has(constant)) entry.elements += count;
      entry.bytes += bytesOf(constant);
    };
    for (const values of stored) {
      for (const { constant } of values)
        if (isParameter(constant) && (this.#read.has(constant) || skipped.has(constant.name))) add(constant);
    }
    for (const { constant } of unused) if (isReal(constant) || isNarrow(constant)) add(constant);
    return [...rest].map(([dtype, { count, elements: parameters, bytes }]) => ({
      type: { dtype, shape: [count] },
      stored: { elements: parameters, bytes },
    }));
  }
}
