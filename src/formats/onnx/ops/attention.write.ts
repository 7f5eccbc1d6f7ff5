import { int, type Draft } from '../writeDraft.ts';
import { newer, type Expressed, type Forms, type Operands } from '../writer.ts';
import { ofFloats } from './quantize.write.ts';

/** Attention of queries, keys and values that stand apart, with a mask and a cache where there are more operands. */
function attention(on: Draft, { attrs, inputs, types, outputs }: Operands<'attention'>): Expressed {
  const { heads, queries, keys, size, valueSize, masked } = attrs;
  const [q, k, v] = types.map(({ shape }) => shape);
  const cached = inputs.length > 4;
  const packed = q?.length === 3;
  const fits =
    q !== undefined &&
    k !== undefined &&
    v !== undefined &&
    [q, k, v].every(({ length }) => length === (packed ? 3 : 4)) &&
    q.at(-2) === queries &&
    (cached || k.at(-2) === keys) &&
    q.at(-1) === (packed ? heads * size : size) &&
    (packed ? v[2] === heads * valueSize || (v[2] ?? 0) % valueSize === 0 : v[3] === valueSize);
  if (!fits) {
    return {
      problem: 'attention of operands that are projected or packed together is not in ONNX',
      fix: 'give queries, keys and values apart',
    };
  }
  if (on.opset < 23) return newer('attention', 23);
  const mask = inputs.length === 4 || inputs.length === 6 ? [inputs[3] as string] : [];
  const cache = cached ? inputs.slice(-2) : [];
  const operands = [...inputs.slice(0, 3), ...mask, ...(cached && mask.length === 0 ? [''] : []), ...cache];
  return on.ops('Attention', operands, outputs.length, {
    ...(packed ? { q_num_heads: int(heads), kv_num_heads: int((v[2] ?? 0) / valueSize) } : {}),
    ...(masked && mask.length === 0 ? { is_causal: int(1) } : {}),
  });
}

export const ATTENTION_FORMS = {
  attention: ofFloats('attention', attention),
  linearAttention: {
    noForm: 'attention by a recurrent state is in no opset that is written',
    fix: 'write a network without it',
  },
} satisfies Forms;
