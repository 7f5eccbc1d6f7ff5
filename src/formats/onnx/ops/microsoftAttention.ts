import { bound, type Extent, isKnown, multiply, plus } from '../../../ops/extent.ts';
import type { TensorId } from '../../../graph/graph.ts';
import type { Emitter, Lowering } from '../emit.ts';
import type { Node } from '../node.ts';
import type { Operator, Operators } from '../operator.ts';
import { tensor, type Tensor } from '../values.ts';
import { attend, attendTo, type Besides, type Heads, masks, part, placed } from './attention.ts';

/**
 * The attention operators of domain com.microsoft, in every layout that onnxruntime takes: queries, keys and values
 * apart, packed into one or two operands, or projected inside; a cache that grows, or a buffer that is shared.
 * Source of operand orders and layouts: onnxruntime docs/ContribOperators.md.
 */

/** Attention, and the tokens that its keys and values have room for behind it. */
interface Cached extends Heads {
  readonly keyHeads: Extent;
  readonly newKeys: Extent;
  /** tokens in the present keys and values */
  readonly room: Extent;
}

const headsOf = (node: Node, attribute = 'num_heads'): number =>
  node.int(attribute) ?? node.fail(`has no attribute "${attribute}"`);

/** A past of `room` tokens before these; in a shared buffer of which only the first hold something, said by an input. */
function grown(
  node: Node,
  newKeys: Extent,
  past: Extent,
  shared: boolean,
  lengthInput: number,
): { readonly keys: Extent; readonly room: Extent } {
  if (!shared) {
    const keys = plus(past, newKeys);
    return { keys, room: keys };
  }
  const length = node.has(lengthInput) ? node.elements(lengthInput)?.[0] : undefined;
  const keys = length === undefined ? node.unknownInside(0, 'keys', bound(past)) : plus(length, newKeys);
  return { keys, room: past };
}

// Attention with its projection inside.

interface Projected {
  readonly weight: number;
  readonly bias: number;
  readonly mask: readonly number[];
  readonly past: number;
  readonly pastLength: number;
  /** an input of the result's element type */
  readonly result: number;
}

const FLOAT: Projected = { weight: 1, bias: 2, mask: [3, 5], past: 4, pastLength: 6, result: 0 };
const QUANTIZED: Projected = { weight: 1, bias: 2, mask: [5], past: 8, pastLength: Infinity, result: 3 };

function projectedHeads(node: Node, { weight, past, pastLength }: Projected): Cached {
  const [batch = 1, queries = 1] = node.shapeOf(0, 3);
  const heads = headsOf(node);
  const [q, , v] = node.ints('qkv_hidden_sizes') ?? [];
  const third = (): Extent => part(node, node.dim(weight, 1), 3);
  const shared = node.int('past_present_share_buffer', 0) === 1;
  return {
    batch,
    heads,
    keyHeads: heads,
    queries,
    newKeys: queries,
    ...grown(node, queries, node.has(past) ? node.dim(past, 3) : 0, shared && node.has(past), pastLength),
    size: part(node, q ?? third(), heads),
    valueSize: part(node, v ?? third(), heads),
  };
}

/** One projection to queries, keys and values, then attention; keys and values are cached in one tensor. */
const projecting = (inputs: Projected): Operator => ({
  infer(node) {
    const { batch, queries, heads, valueSize, room, size } = projectedHeads(node, inputs);
    const dtype = node.dtype(inputs.result);
    return [
      tensor(dtype, [batch, queries, multiply(valueSize, heads)]),
      tensor(dtype, [2, batch, heads, room, size]),
    ];
  },
  lower(emit) {
    const { node } = emit;
    const heads = projectedHeads(node, inputs);
    const projected = projection(emit, inputs);
    const past = node.has(inputs.past) ? [emit.operand(inputs.past)] : [];
    const mask = inputs.mask.filter((i) => node.has(i));
    const besides: Besides = {
      ...masks(heads, mask.length > 0, node.int('unidirectional', 0) === 1),
      ...(node.int('do_rotary', 0) === 1 ? { prepare: ['rotate'] } : {}),
    };
    const operands = [...projected, ...mask.map((i) => emit.operand(i)), ...past];
    return placed(emit, attendTo(emit, heads, operands, besides));
  },
});

function projection(emit: Emitter, { weight, bias }: Projected): readonly TensorId[] {
  const [rows = 0, outFeatures = 0] = emit.input(weight).shape;
  const biased = emit.node.has(bias);
  const params = [
    emit.operand(weight, 'weight', [outFeatures, rows]),
    ...(biased ? [emit.operand(bias, 'bias')] : []),
  ];
  const { dtype } = emit.output(0);
  const attrs = {
    outFeatures,
    bias: biased,
    flatten: false,
    ...(dtype === emit.input(0).dtype ? {} : { dtype }),
  };
  return emit.add('linear', [emit.operand(0)], attrs, params);
}

// Attention of what was projected before.

/** Where MultiHeadAttention and its like find their operands; queries, keys and values are the first three inputs. */
interface Places {
  readonly bias: number;
  readonly mask: readonly number[];
  readonly past: readonly [key: number, value: number];
  readonly pastLength: number;
  /** whether the past is a buffer in which the present is written too */
  readonly shared: (node: Node) => boolean;
}

const MULTI_HEAD: Places = {
  bias: 3,
  mask: [4, 5],
  past: [6, 7],
  pastLength: 8,
  shared: (node) => node.has(8),
};

const DECODER: Places = {
  bias: 10,
  mask: [3, 4],
  past: [5, 6],
  pastLength: 7,
  shared: (node) => node.int('past_present_share_buffer', 0) === 1,
};

/** Heads of queries [B,S,HD] or [B,S,H,3,D], keys [B,L,HD], [B,L,H,2,D] or [B,H,L,D]; none: all packed in the first. */
function separateHeads(node: Node, places: Places): Cached {
  const heads = headsOf(node);
  const query = node.shape(0);
  const [batch = 1, queries = 1, width = 1] = query;
  const [pastKey] = places.past;
  const past = node.has(pastKey) ? node.dim(pastKey, 2) : 0;
  const after = (newKeys: Extent): Pick<Cached, 'newKeys' | 'keys' | 'room'> => ({
    newKeys,
    ...grown(node, newKeys, past, node.has(pastKey) && places.shared(node), places.pastLength),
  });
  const common = { batch, heads, keyHeads: heads, queries };
  if (query.length === 5) {
    const [, , , , size = 1] = query;
    return { ...common, ...after(queries), size, valueSize: size };
  }
  if (query.length !== 3) node.fail('takes queries of 3 or 5 dimensions');
  if (!node.has(1)) {
    const size = part(node, part(node, width, 3), heads);
    return { ...common, ...after(queries), size, valueSize: size };
  }
  const key = node.shape(1);
  const size = part(node, width, heads);
  if (key.length === 4) {
    // Keys and values of another sequence, cached with their heads apart: nothing is added to them.
    const [, , length = 1] = key;
    return { ...common, newKeys: 0, keys: length, room: length, size, valueSize: node.dim(2, 3) };
  }
  const [, length = 1] = key;
  const valueSize = key.length === 5 ? (key[4] ?? 1) : part(node, node.dim(2, 2), heads);
  return { ...common, ...after(length), size, valueSize };
}

const multiHead = (places: Places): Operator => ({
  infer(node) {
    const heads = separateHeads(node, places);
    return [...results(node, heads, node.dtype(0)), scores(node, heads)];
  },
  lower(emit) {
    const { node } = emit;
    const heads = separateHeads(node, places);
    const besides: Besides = {
      ...masks(
        heads,
        places.mask.some((i) => node.has(i)),
        node.int('unidirectional', 0) === 1,
      ),
      ...(node.has(places.bias) ? { prepare: ['bias'] } : {}),
    };
    const operands = [0, 1, 2, ...places.mask, ...places.past].filter((i) => node.has(i));
    const bias = node.has(places.bias) ? [emit.operand(places.bias, 'bias')] : [];
    const ids = [...operands.map((i) => emit.operand(i)), ...bias];
    return placed(emit, attendTo(emit, heads, ids, besides));
  },
});

/** The result and the present keys and values. */
const results = (
  node: Node,
  { batch, heads, keyHeads, queries, size, valueSize, room }: Cached,
  cache: Tensor['dtype'],
): readonly Tensor[] => [
  node.like(0, [batch, queries, multiply(valueSize, heads)]),
  tensor(cache, [batch, keyHeads, room, size]),
  tensor(cache, [batch, keyHeads, room, valueSize]),
];

const scores = (node: Node, { batch, heads, queries, keys }: Heads): Tensor =>
  node.like(0, [batch, heads, queries, keys]);

// Attention whose key and value heads are shared by several heads of queries.

const TOTAL_LENGTH = 6;
const CAPACITY = 'sliding_window_cache';

/** Sizes of [.., (heads + 2 keyHeads) size] where keys are left out, of [.., heads size] where they are not. */
const headSize = (node: Node, heads: number, keyHeads: number): Extent => {
  const width = node.dim(0, -1);
  return part(node, width, node.has(1) ? heads : heads + 2 * keyHeads);
};

function groupedHeads(node: Node, totalLength: number): Cached {
  const [batch = 1, queries = 1] = node.shapeOf(0, 3);
  const heads = headsOf(node);
  const keyHeads = headsOf(node, 'kv_num_heads');
  const size = headSize(node, heads, keyHeads);
  const newKeys = node.has(1) ? node.dim(1, 1) : queries;
  const common = { batch, heads, keyHeads, queries, size, valueSize: size, newKeys };
  const past = node.has(3) ? node.dim(3, 2) : 0;
  const both = plus(past, newKeys);
  const total = node.has(totalLength) ? node.elements(totalLength)?.[0] : undefined;
  if (node.int(CAPACITY, 0) === 1) {
    const keys = smaller(total ?? both, both);
    return { ...common, keys, room: node.has(3) ? past : keys };
  }
  return total === undefined
    ? { ...common, keys: both, room: both }
    : { ...common, keys: total, room: larger(total, past) };
}

const larger = (a: Extent, b: Extent): Extent => (isKnown(a) && isKnown(b) ? Math.max(a, b) : a);
const smaller = (a: Extent, b: Extent): Extent => (isKnown(a) && isKnown(b) ? Math.min(a, b) : b);

const groupQuery: Operator = {
  infer(node) {
    const heads = groupedHeads(node, TOTAL_LENGTH);
    const [output, key, value] = results(node, heads, node.has(3) ? node.dtype(3) : node.dtype(0));
    const stored = (present: Tensor | undefined, past: number): Tensor => {
      // Of a cache of 4 bits two numbers are in a byte.
      const packed = node.has(past) ? node.dim(past, 3) : undefined;
      const shape = present?.shape ?? [];
      return tensor(present?.dtype, packed === undefined ? shape : [...shape.slice(0, -1), packed]);
    };
    return [output ?? node.fail('makes nothing'), stored(key, 3), stored(value, 4), scores(node, heads)];
  },
  lower(emit) {
    const { node } = emit;
    const heads = groupedHeads(node, TOTAL_LENGTH);
    const causal = node.int('causal', 1) === 1;
    const window = node.int('local_window_size', -1);
    const besides: Besides = {
      ...masks(heads, node.has(10), causal),
      ...(causal && window > 0 ? { window } : {}),
      ...preparation(node, [14, 15]),
    };
    const operands = [0, 1, 2, 10, 3, 4].filter((i) => node.has(i)).map((i) => emit.operand(i));
    return placed(
      emit,
      attendTo(
        emit,
        heads,
        [...operands, ...rotation(emit, 7, { ids: 9, lengths: 5 }), ...scales(emit, [11, 12, 13, 14, 15])],
        besides,
      ),
    );
  },
};

/** What happens to queries and keys before they meet. */
function preparation(node: Node, norm: readonly number[]): Pick<Besides, 'prepare'> {
  const prepare = [
    ...(norm.some((i) => node.has(i)) ? (['norm'] as const) : []),
    ...(node.int('do_rotary', 0) === 1 ? (['rotate'] as const) : []),
  ];
  return prepare.length === 0 ? {} : { prepare };
}

/** The rows of the tables of cosines and sines at the places of the tokens, if they are used. */
function rotation(emit: Emitter, first: number, position: Position): readonly TensorId[] {
  const { node } = emit;
  if (node.int('do_rotary', 0) !== 1 || !node.has(first)) return [];
  const shape = emit.input(0).shape.slice(0, -1);
  const places =
    position.ids !== undefined && node.has(position.ids)
      ? [emit.operand(position.ids)]
      : emit.add('rearrange', [emit.operand(position.lengths)], {
          op: 'positions',
          outputs: [{ dtype: 'int64', shape }],
        });
  return [first, first + 1].flatMap((table) =>
    emit.add('gather', [emit.learned(table, 'embedding'), ...places], { axis: 0 }),
  );
}

/** The input that says where the tokens are, and the one that says how many there are. */
interface Position {
  readonly ids?: number;
  readonly lengths: number;
}

const scales = (emit: Emitter, inputs: readonly number[]): readonly TensorId[] =>
  inputs.filter((i) => emit.node.has(i)).map((i) => emit.storage(i, 'scale'));

/** Blocks of scores are left out by a pattern in the data; all are counted. */
const sparse: Operator = {
  infer(node) {
    const heads = groupedHeads(node, 7);
    const [output] = results(node, heads, node.dtype(3));
    return [output ?? node.fail('makes nothing'), node.like(3, node.shape(3)), node.like(4, node.shape(4))];
  },
  lower(emit) {
    const heads = groupedHeads(emit.node, 7);
    const besides = { ...masks(heads, true, true), ...preparation(emit.node, []) };
    const operands = [0, 1, 2, 3, 4].filter((i) => emit.node.has(i)).map((i) => emit.operand(i));
    return placed(emit, attendTo(emit, heads, [...operands, ...rotation(emit, 9, { lengths: 8 })], besides));
  },
};

// Attention of tokens of several sequences one behind the other.

/** Tokens that a sequence can have in its blocks of the cache. */
function pagedHeads(node: Node): Cached {
  const [tokens = 1] = node.shapeOf(0, 2);
  const heads = headsOf(node);
  const keyHeads = headsOf(node, 'kv_num_heads');
  const latent = node.text('kv_cache_layout', 'SEPARATE') === 'LATENT';
  const size = latent ? part(node, node.dim(0, 1), heads) : headSize(node, heads, keyHeads);
  const valueSize = latent ? (node.int('v_head_size') ?? size) : size;
  const capacity = multiply(node.dim(7, 1), node.dim(3, 1));
  return {
    batch: 1,
    heads,
    keyHeads,
    queries: tokens,
    newKeys: tokens,
    keys: pagedKeys(node) ?? node.unknownInside(0, 'keys', bound(capacity)),
    room: capacity,
    size,
    valueSize,
  };
}

/** Keys of one query: what its sequence has in the cache and adds, if the sequences are alike in that. */
function pagedKeys(node: Node): number | undefined {
  const starts = node.numbers(5);
  const past = node.numbers(6);
  const lengths = past?.map((length, i) => length + (starts?.[i + 1] ?? NaN) - (starts?.[i] ?? NaN));
  const [first] = lengths ?? [];
  return lengths?.every((length) => length === first) === true ? first : undefined;
}

const paged: Operator = {
  infer(node) {
    const { queries, heads, valueSize } = pagedHeads(node);
    return [
      node.like(0, [queries, multiply(valueSize, heads)]),
      node.like(3, node.shape(3)),
      ...(node.has(4) ? [node.like(4, node.shape(4))] : []),
    ];
  },
  lower(emit) {
    const { node } = emit;
    const heads = pagedHeads(node);
    const besides: Besides = {
      masked: node.int('is_causal', 1) === 1,
      batch: 1,
      ...preparation(node, [12, 13]),
    };
    const operands = [0, 1, 2, 3, 4].filter((i) => node.has(i)).map((i) => emit.operand(i));
    const ids = [...operands, ...rotation(emit, 8, { lengths: 6 }), ...scales(emit, [11, 12, 13, 14, 15])];
    return placed(emit, attendTo(emit, heads, ids, besides));
  },
};

/** Sequences of up to S tokens each, without their padding: [tokens, ..], and where each token was in [B,S]. */
function unpaddedHeads(node: Node, width: Extent, offsets: number, valueSize: Extent): Heads {
  const heads = headsOf(node);
  const [batch = 1, length = 1] = node.shapeOf(offsets, 2);
  return { batch, heads, queries: length, keys: length, size: part(node, width, heads), valueSize };
}

const unpadded = (
  headsIn: (node: Node) => Heads,
  lower: (emit: Emitter, heads: Heads, besides: Besides) => ReturnType<Lowering>,
  mask: number,
): Operator => ({
  infer(node) {
    const { heads, valueSize } = headsIn(node);
    return [node.like(0, [node.dim(0, 0), multiply(heads, valueSize)])];
  },
  lower(emit) {
    const heads = headsIn(emit.node);
    return lower(emit, heads, { masked: emit.node.has(mask), batch: emit.counted(heads.batch) });
  },
});

const packedAttention = unpadded(
  (node) => {
    const [q, , v] = node.ints('qkv_hidden_sizes') ?? [];
    const third = (): Extent => part(node, node.dim(1, 1), 3);
    return unpaddedHeads(node, q ?? third(), 3, part(node, v ?? third(), headsOf(node)));
  },
  (emit, heads, besides) => attendTo(emit, heads, projection(emit, FLOAT), besides),
  5,
);

const packedMultiHead = unpadded(
  (node) => {
    const query = node.shape(0);
    if (query.length === 4) {
      const width = multiply(query[1] ?? 1, query[3] ?? 1);
      return unpaddedHeads(node, width, 4, query[3] ?? 1);
    }
    return unpaddedHeads(node, node.dim(0, 1), 4, part(node, node.dim(2, 1), headsOf(node)));
  },
  (emit, heads, besides) =>
    attend(emit, heads, [0, 1, 2, 3, 6], {
      ...besides,
      ...(emit.node.has(3) ? { prepare: ['bias'] } : {}),
    }),
  6,
);

export const MICROSOFT_ATTENTION: Operators = {
  Attention: projecting(FLOAT),
  DecoderMaskedMultiHeadAttention: multiHead(DECODER),
  DecoderMaskedSelfAttention: projecting(FLOAT),
  GroupQueryAttention: groupQuery,
  MultiHeadAttention: multiHead(MULTI_HEAD),
  PackedAttention: packedAttention,
  PackedMultiHeadAttention: packedMultiHead,
  PagedAttention: paged,
  QAttention: projecting(QUANTIZED),
  SparseAttention: sparse,
};
