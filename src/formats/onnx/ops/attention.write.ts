import type { OpAttrs } from '../../../ops/registry.ts';
import type { Shape, TensorType } from '../../../ops/spec.ts';
import { int, type Draft } from '../writeDraft.ts';
import { newer, type Expressed, type Forms, type Operands } from '../writer.ts';
import { ofFloats } from './quantize.write.ts';

/** Attention of queries, keys and values that stand apart, with a mask and a cache where there are more operands. */
function attention(on: Draft, { attrs, inputs, types, outputs }: Operands<'attention'>): Expressed {
  const { heads, keyHeads = heads, masked, causal } = attrs;
  const places = placesOf(attrs, types);
  if (places === undefined) {
    return {
      problem:
        'attention of operands that are projected, packed together or made ready inside is not in ONNX',
      fix: 'give queries, keys and values apart',
    };
  }
  if (on.opset < 23) return newer('attention', 23);
  const { packed, mask, cache } = places;
  const name = (at: number | undefined): string => (at === undefined ? '' : (inputs[at] ?? ''));
  const operands = [
    ...inputs.slice(0, 3),
    ...(mask === undefined && cache === undefined ? [] : [name(mask)]),
    ...(cache === undefined ? [] : inputs.slice(cache)),
  ];
  return on.ops('Attention', operands, outputs.length, {
    ...(packed ? { q_num_heads: int(heads), kv_num_heads: int(keyHeads) } : {}),
    ...(masked && (causal === true || mask === undefined) ? { is_causal: int(1) } : {}),
  });
}

interface Places {
  /** heads are in the last dimension, not in one of their own */
  readonly packed: boolean;
  readonly mask: number | undefined;
  /** past keys; the past values are behind them */
  readonly cache: number | undefined;
}

/** Where the operands are; undefined where they are not as ONNX takes them. */
function placesOf(attrs: OpAttrs<'attention'>, types: readonly TensorType[]): Places | undefined {
  const { heads, queries, keys, size, valueSize, keyHeads = heads, newKeys = keys } = attrs;
  const [q, k, v, ...more] = types.map(({ shape }) => shape);
  if (attrs.prepare !== undefined || attrs.window !== undefined || attrs.batch !== undefined)
    return undefined;
  const packed = q?.length === 3;
  const is = (shape: Shape | undefined, count: number, length: number, width: number): boolean =>
    shape?.length === (packed ? 3 : 4) &&
    shape.at(-2) === length &&
    shape.at(-1) === (packed ? count * width : width) &&
    (packed || shape[1] === count);
  if (!is(q, heads, queries, size) || !is(k, keyHeads, newKeys, size) || !is(v, keyHeads, newKeys, valueSize))
    return undefined;
  const cached = more.length > 1;
  if (more.length > 3) return undefined;
  const past = cached ? more.slice(-2) : [];
  if (!past.every((shape) => shape.length === 4 && shape[1] === keyHeads && shape[2] === keys - newKeys))
    return undefined;
  const masked = more.length % 2 === 1;
  const scores = [q?.[0] ?? 1, heads, queries, keys];
  const fits = (mask: Shape): boolean =>
    mask.every((extent, axis) => extent === 1 || extent === scores[axis - mask.length + 4]);
  if (masked && !fits(more[0] ?? [])) return undefined;
  return { packed, mask: masked ? 3 : undefined, cache: cached ? types.length - 2 : undefined };
}

export const ATTENTION_FORMS = {
  attention: ofFloats('attention', attention),
  linearAttention: {
    noForm: 'attention by a recurrent state is in no opset that is written',
    fix: 'write a network without it',
  },
} satisfies Forms;
