import { ProfileError, problem, type Origin } from '../diagnostics.ts';
import { byteLength, type DType } from '../ops/dtype.ts';
import { outputTypes, specOf, type OpAttrs, type OpKind } from '../ops/registry.ts';
import { isProblem, type TensorType } from '../ops/spec.ts';
import { elements } from '../units.ts';
import type { Tensor } from './graph.ts';

/** What an operator made of some types. */
export interface Inferred {
  /** of this inference: equal numbers, equal operators on equal types */
  readonly id: number;
  /** kind of the operator */
  readonly kind: OpKind;
  /** of the operator */
  readonly attrs: object;
  /** of its operands */
  readonly types: readonly TensorType[];
  /** its results */
  readonly outputs: readonly Tensor[];
  /** the parameters that it owns */
  readonly params: readonly Tensor[];
  /** bytes of each result; undefined where its elements have no size */
  readonly bytes: readonly (number | undefined)[];
  /** what was applied to its only result last: most often it is again */
  next: Inferred | undefined;
}

/** Attributes and what was inferred from them that are remembered, unless told otherwise. */
const MEMO_SIZE = 1024;

/**
 * What operators make of types, inferred once: equal types are one object, and so are equal attributes that
 * `attributes` hands out. One for each network, or one for many that are built one after the other.
 */
export class Inference {
  /** by a hash of the shape: a key of text would be made for every tensor */
  readonly #types = new Map<number, TensorType[]>();
  readonly #attributes = new Map<string | number, object>();
  /** numbers for the hash of what is inferred */
  readonly #ids = new Map<object, number>();
  /** by a hash of attributes and types; of two with one hash, the last */
  readonly #inferred = new Map<number, Inferred>();
  readonly #size: number;
  readonly #float32: DType;
  #made = 0;
  #generation = 0;

  /**
   * @param size attributes, types and results that are kept, before all are forgotten
   * @param float32 the element type that stands for float32: networks are those that `withDType` would give
   */
  constructor(size = MEMO_SIZE, float32: DType = 'float32') {
    this.#size = size;
    this.#float32 = float32;
  }

  /** One object per type: networks have few. */
  type(asked: TensorType): TensorType {
    const { shape } = asked;
    const type =
      asked.dtype === 'float32' && this.#float32 !== 'float32' ? { dtype: this.#float32, shape } : asked;
    let hash = shape.length;
    for (const extent of shape) hash = (Math.imul(hash, 31) + extent) | 0;
    const alike = this.#types.get(hash);
    if (alike === undefined) this.#types.set(hash, [type]);
    else {
      for (const known of alike) if (isSameType(known, type)) return known;
      alike.push(type);
    }
    return type;
  }

  /**
   * The attributes that were made for this key before, or else those that `make` makes now.
   *
   * @param key says the kind of the operator and every attribute; numbers are keys of convolutions
   */
  attributes<A extends object>(key: string | number, make: () => A): A {
    // Equal keys are of one kind, whose attributes have one type.
    let attrs = this.#attributes.get(key) as A | undefined;
    if (attrs === undefined) {
      if (this.#attributes.size === this.#size) this.#attributes.clear();
      this.#attributes.set(key, (attrs = make()));
    }
    return attrs;
  }

  /** How many operators were inferred since all was forgotten last. */
  get operators(): number {
    return this.#made;
  }

  /** Changes when all is forgotten, after which numbers begin anew. */
  get generation(): number {
    return this.#generation;
  }

  /**
   * What an operator makes of operands of these types, which are objects that `type` gave.
   *
   * @throws ProfileError CSP201 with this place where shapes or attributes do not fit
   */
  infer<K extends OpKind>(
    kind: K,
    types: readonly TensorType[],
    attrs: OpAttrs<K>,
    origin: Origin | undefined,
  ): Inferred {
    let hash = this.#idOf(attrs) + kind.length + 31 * types.length;
    // Of many operands a few tell enough: the first, the last and what lies halfway to it, and so on.
    for (let i = types.length; i > 0; i >>= 1)
      hash = (Math.imul(hash, 0x01000193) + this.#idOf(types[i - 1] as TensorType)) & 0x3fffffff;
    const seen = this.#inferred.get(hash);
    if (seen?.kind === kind && seen.attrs === attrs && areSame(seen.types, types)) return seen;
    const inferred = outputTypes(kind, types, attrs);
    if (isProblem(inferred))
      throw new ProfileError(problem('CSP201', inferred.problem, inferred.fix, origin));
    const outputs = inferred.map((type): Tensor => ({ type: this.type(type), role: 'activation' }));
    const result: Inferred = {
      id: this.#made++,
      kind,
      attrs,
      types,
      outputs,
      params: (specOf(kind).params?.(types, attrs) ?? []).map(({ role, type }) => ({
        role,
        type: this.type(type),
      })),
      bytes: outputs.map(({ type }) => byteLength(type.dtype, elements(type.shape))),
      next: undefined,
    };
    if (this.#inferred.size === this.#size) this.#inferred.clear();
    this.#inferred.set(hash, result);
    return result;
  }

  /** Forgets all once there is too much: only between two networks, since one compares its types as objects. */
  trim(): void {
    if (this.#made < this.#size) return;
    this.#types.clear();
    this.#attributes.clear();
    this.#inferred.clear();
    this.#ids.clear();
    this.#made = 0;
    this.#generation++;
  }

  #idOf(object: object): number {
    let id = this.#ids.get(object);
    if (id === undefined) {
      if (this.#ids.size === this.#size) {
        this.#ids.clear();
        this.#inferred.clear();
      }
      this.#ids.set(object, (id = this.#ids.size));
    }
    return id;
  }
}

function areSame(a: readonly TensorType[], b: readonly TensorType[]): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}

function isSameType(a: TensorType, b: TensorType): boolean {
  if (a.dtype !== b.dtype || a.shape.length !== b.shape.length) return false;
  for (let i = 0; i < a.shape.length; i++) if (a.shape[i] !== b.shape[i]) return false;
  return true;
}
