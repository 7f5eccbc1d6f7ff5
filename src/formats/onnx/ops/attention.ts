import type { TensorId } from '../../../graph/graph.ts';
import type { Emitter, Lowering } from '../emit.ts';
import type { Node } from '../node.ts';
import type { Operator, Operators } from '../operator.ts';
import type { AttentionAttrs } from '../../../ops/attention.ts';
import { type Extent, floorDivide, isKnown, multiply, plus, sameExtent } from '../../../ops/extent.ts';
import { tensor } from '../values.ts';
import { commonDType } from './elementwise.ts';
import { present } from './select.ts';

/** The sizes of softmax(Q K^T) V, whatever the layout of its operands. */
export interface Heads {
  readonly batch: Extent;
  readonly heads: Extent;
  readonly queries: Extent;
  readonly keys: Extent;
  readonly size: Extent;
  readonly valueSize: Extent;
  /** heads of keys and values; absent: as many */
  readonly keyHeads?: Extent;
  /** keys that are no cache's; absent: all */
  readonly newKeys?: Extent;
}

interface Layout extends Heads {
  readonly keyHeads: Extent;
  readonly newKeys: Extent;
  readonly packed: boolean;
}

/** Heads of Attention: 4 dimensions with the heads in the second, or 3 with the heads packed in the last. */
function layout(node: Node, pastKey: number): Layout {
  const q = node.shape(0);
  const k = node.shape(1);
  const v = node.shape(2);
  const [batch = 1] = q;
  const past = node.has(pastKey) ? node.dim(pastKey, 2) : 0;
  if (q.length === 4) {
    return {
      batch,
      heads: q[1] ?? 1,
      keyHeads: k[1] ?? 1,
      queries: q[2] ?? 1,
      keys: plus(past, k[2] ?? 1),
      newKeys: k[2] ?? 1,
      size: q[3] ?? 1,
      valueSize: v[3] ?? 1,
      packed: false,
    };
  }
  if (q.length !== 3) node.fail('takes queries of 3 or 4 dimensions');
  const heads = node.int('q_num_heads') ?? node.fail('has no attribute "q_num_heads" for packed heads');
  const keyHeads = node.int('kv_num_heads') ?? heads;
  return {
    batch,
    heads,
    keyHeads,
    queries: q[1] ?? 1,
    keys: plus(past, k[1] ?? 1),
    newKeys: k[1] ?? 1,
    size: part(node, q[2] ?? 1, heads),
    valueSize: part(node, v[2] ?? 1, keyHeads),
    packed: true,
  };
}

export function part(node: Node, whole: Extent, parts: number): Extent {
  if (parts < 1 || (isKnown(whole) && whole % parts !== 0)) {
    node.fail(
      `cannot divide ${isKnown(whole) ? String(whole) : whole.symbol} features among ${String(parts)} heads`,
    );
  }
  return floorDivide(whole, parts);
}

/** What attention does besides: masks, what it makes ready itself, and `batch` where no operand is stacked by it. */
export type Besides = Pick<AttentionAttrs, 'masked' | 'causal' | 'window' | 'prepare' | 'batch'>;

/** Attention over these inputs, as far as the node has them. */
export const attend = (
  emit: Emitter,
  heads: Heads,
  operands: readonly number[],
  besides: Besides,
): ReturnType<Lowering> =>
  attendTo(
    emit,
    heads,
    operands.filter((i) => emit.inputs[i] !== undefined).map((i) => emit.operand(i)),
    besides,
  );

/** Attention over these tensors; extents that depend on the data are at their upper bound. */
export function attendTo(
  emit: Emitter,
  { heads, queries, keys, size, valueSize, keyHeads = heads, newKeys = keys }: Heads,
  operands: readonly TensorId[],
  besides: Besides,
): ReturnType<Lowering> {
  return emit.add('attention', operands, {
    heads: emit.counted(heads),
    queries: emit.counted(queries),
    keys: emit.counted(keys),
    size: emit.counted(size),
    valueSize: emit.counted(valueSize),
    ...(sameExtent(keyHeads, heads) ? {} : { keyHeads: emit.counted(keyHeads) }),
    ...(sameExtent(newKeys, keys) ? {} : { newKeys: emit.counted(newKeys) }),
    ...besides,
    outputs: present(emit.outputs),
  });
}

/** Masked where a mask is among the inputs, and the triangle of causal attention if every key's token asks. */
export const masks = (
  { queries, keys, newKeys = keys }: Heads,
  masked: boolean,
  causal: boolean,
): Pick<Besides, 'masked' | 'causal'> => ({
  masked: masked || causal,
  ...(causal && sameExtent(queries, newKeys) ? { causal } : {}),
});

/** Results at the places of the outputs that exist. */
export function placed(emit: Emitter, results: ReturnType<Lowering>): ReturnType<Lowering> {
  let next = 0;
  return emit.outputs.map((type) => (type === undefined ? undefined : results[next++]));
}

const attention: Operator = {
  infer(node) {
    commonDType(node, [0, 1]);
    const { batch, heads, keyHeads, queries, keys, size, valueSize, packed } = layout(node, 4);
    const dtype = node.dtype(0);
    return [
      tensor(
        dtype,
        packed ? [batch, queries, multiply(valueSize, heads)] : [batch, heads, queries, valueSize],
      ),
      tensor(node.dtype(1), [batch, keyHeads, keys, size]),
      tensor(node.dtype(2), [batch, keyHeads, keys, valueSize]),
      tensor(dtype, [batch, heads, queries, keys]),
    ];
  },
  lower(emit) {
    const { node } = emit;
    const heads = layout(node, 4);
    const besides = masks(heads, node.has(3) || node.has(6), node.int('is_causal', 0) === 1);
    return placed(emit, attend(emit, heads, [0, 1, 2, 3, 4, 5], besides));
  },
};

/** Attention whose scores and probabilities pass through graphs of their own. */
const flexAttention: Operator = {
  infer(node) {
    const { batch, heads, queries, keys, valueSize } = layout(node, 3);
    const scores = tensor(node.dtype(0), [batch, heads, queries, keys]);
    const bodies = ['score_mod', 'prob_mod'].flatMap((name) =>
      node.hasAttribute(name) ? [node.body(node.graph(name), [scores])] : [],
    );
    node.inside = { bodies, repeat: 1, whole: false };
    return [tensor(node.dtype(0), [batch, heads, queries, valueSize])];
  },
  lower: (emit) => placed(emit, attend(emit, layout(emit.node, 3), [0, 1, 2], { masked: false })),
};

/** Attention without softmax: a state of size x valueSize per head that every token updates. */
const linearAttention: Operator = {
  infer(node) {
    const [batch = 1, tokens = 1, width = 1] = node.shapeOf(0, 3);
    const heads = node.int('q_num_heads') ?? node.fail('has no attribute "q_num_heads"');
    const keyHeads = node.int('kv_num_heads') ?? node.fail('has no attribute "kv_num_heads"');
    const valueSize = part(node, node.dim(2, 2), keyHeads);
    // onnxruntime's operator may keep the states of several tokens.
    const window = node.int('state_window', 0);
    const state = tensor(node.has(3) ? node.dtype(3) : node.dtype(0), [
      ...(window > 0 ? [window] : []),
      batch,
      keyHeads,
      part(node, width, heads),
      valueSize,
    ]);
    return [node.like(0, [batch, tokens, multiply(valueSize, Math.max(heads, keyHeads))]), state];
  },
  lower(emit) {
    const { node } = emit;
    const [, tokens = 1, width = 1] = emit.input(0).shape;
    const heads = node.int('q_num_heads', 1);
    const keyHeads = node.int('kv_num_heads', 1);
    const rule = node.text('update_rule', 'gated_delta');
    return placed(
      emit,
      emit.add('linearAttention', emit.operands(), {
        tokens,
        // Every state answers, where there are more of them than queries.
        heads: Math.max(heads, keyHeads),
        keyHeads,
        size: width / heads,
        valueSize: (emit.input(2).shape[2] ?? 1) / keyHeads,
        gated: rule.startsWith('gated'),
        delta: rule.endsWith('delta'),
        outputs: present(emit.outputs),
      }),
    );
  },
};

const rotaryEmbedding: Operator = {
  infer: (node) => [node.like(0, node.shape(0))],
  lower: (emit) => emit.add('elementwise', [emit.operand(0)], { fn: 'rotate', dtype: emit.output(0).dtype }),
};

export const ATTENTION: Operators = {
  Attention: attention,
  LinearAttention: linearAttention,
  RotaryEmbedding: rotaryEmbedding,
};

export const PREVIEW: Operators = { FlexAttention: flexAttention };
