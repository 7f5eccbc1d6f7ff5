import { choice, flag, list, natural, optional } from '../values.ts';
import { expectAny, TENSOR_TYPE, type OpSpec, type TensorType, type Work } from './spec.ts';

/** Work of one number of a query or of a new key or value that is made ready, from the formula in the comment. */
export const PREPARATION_WORK = {
  /** x + b, of queries, keys and values */ bias: { add: 1 },
  /** x g / sqrt(mean of squares + e), of queries and keys */ norm: { add: 1, mul: 3 },
  /** two products and a sum: rotation of pairs, of queries and keys */ rotate: { mul: 2, add: 1 },
} as const satisfies Record<string, Work>;

/** What attention may do to its inputs before: a name of its table of work. */
export type Preparation = keyof typeof PREPARATION_WORK;

const PREPARED = Object.keys(PREPARATION_WORK) as readonly Preparation[];

/** Attributes of `attention`. */
export interface AttentionAttrs {
  /** heads that ask, each on its own */
  readonly heads: number;
  /** tokens that ask */
  readonly queries: number;
  /** tokens that are looked at, those of the cache included */
  readonly keys: number;
  /** features of a query and of a key, per head */
  readonly size: number;
  /** features of a value, per head */
  readonly valueSize: number;
  /** scores are masked or biased */
  readonly masked: boolean;
  /** types of what it gives, in order */
  readonly outputs: readonly TensorType[];
  /** sequences; absent: the first extent of the first input */
  readonly batch?: number;
  /** heads of keys and values, each shared by several of the queries; absent: as many */
  readonly keyHeads?: number;
  /** keys that are no cache's; absent: all */
  readonly newKeys?: number;
  /** no token sees a later one; the last query is the last key's token */
  readonly causal?: boolean;
  /** keys that a causal query sees at most, its own the last of them */
  readonly window?: number;
  /** what the operator does to queries and new keys and values before; absent: nothing */
  readonly prepare?: readonly Preparation[];
}

/**
 * Scores of one head that some query may see: all, or of causal attention a triangle (with a window, a band of it) at
 * the end of the rectangle of queries x keys.
 */
export function seenScores({ queries, keys, causal, window = keys }: AttentionAttrs): number {
  if (causal !== true) return queries * keys;
  // The last query sees all keys that the window leaves, each before it one less.
  const upTo = (last: number): number =>
    last <= window ? (last * (last + 1)) / 2 : (window * (window + 1)) / 2 + (last - window) * window;
  return upTo(keys) - upTo(Math.max(0, keys - queries));
}

function prepared(batch: number, attrs: AttentionAttrs): Work {
  const { heads, queries, keys, size, valueSize, keyHeads = heads, newKeys = keys, prepare = [] } = attrs;
  const asked = batch * heads * queries * size;
  const looked = batch * keyHeads * newKeys * size;
  const values = batch * keyHeads * newKeys * valueSize;
  const total: { -readonly [P in keyof Work]: Work[P] } = {};
  for (const step of prepare) {
    const count = asked + looked + (step === 'bias' ? values : 0);
    for (const [primitive, each] of Object.entries(PREPARATION_WORK[step])) {
      const name = primitive as keyof Work;
      total[name] = (total[name] ?? 0) + each * count;
    }
  }
  if (!prepare.includes('norm')) return total;
  const vectors = batch * (heads * queries + keyHeads * newKeys);
  return {
    ...total,
    add: (total.add ?? 0) + vectors,
    divide: 2 * vectors,
    transcendental: vectors,
  };
}

/** softmax(Q K^T / sqrt(size)) V of every head, the batch first in the first input; a causal mask does not shorten it. */
export const attention: OpSpec<AttentionAttrs> = {
  summary: 'scaled dot-product attention',
  attrs: {
    heads: natural,
    queries: natural,
    keys: natural,
    size: natural,
    valueSize: natural,
    masked: flag,
    outputs: list(TENSOR_TYPE),
    batch: optional(natural),
    keyHeads: optional(natural),
    newKeys: optional(natural),
    causal: optional(flag),
    window: optional(natural),
    prepare: optional(list(choice(PREPARED))),
  },
  label(_inputs, attrs) {
    const { heads, queries, keys, size, causal } = attrs;
    const sizes = `${String(heads)} heads ${String(queries)}x${String(keys)}x${String(size)}`;
    return causal === true
      ? `${sizes}, causal: ${String(seenScores(attrs))} of ${String(queries * keys)} scores seen`
      : sizes;
  },
  infer: (inputs, attrs) => expectAny(inputs) ?? attrs.outputs,
  work(inputs, _outputs, attrs) {
    const { heads, queries, keys, size, valueSize, masked, batch = inputs[0]?.shape[0] ?? 1 } = attrs;
    const scores = batch * heads * queries * keys;
    const before = prepared(batch, attrs);
    return {
      mac: scores * (size + valueSize),
      mul: scores + (before.mul ?? 0),
      compare: scores,
      add: scores * (masked ? 3 : 2) + (before.add ?? 0),
      transcendental: scores + (before.transcendental ?? 0),
      divide: scores + (before.divide ?? 0),
    };
  },
  memory: 'kernel',
};
