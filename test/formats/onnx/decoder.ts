import type { NodeProto, TensorProto, ValueInfoProto } from '../../../src/formats/onnx/proto.ts';
import type { DType } from '../../../src/ops/dtype.ts';
import { elsewhere, modelBytes, node, port, stored } from './model.ts';

/** The ways in which files have attention with a cache. */
export const FORMS = ['plain', 'grouped', 'packed', 'standard'] as const;

/** `plain`: Concat, MatMul, Softmax; `grouped`: GroupQueryAttention; `packed`: that on one map; `standard`: Attention. */
export type Form = (typeof FORMS)[number];

/** A decoder: every layer attends to all tokens before, whose keys and values it keeps. */
export interface Decoder {
  readonly form: Form;
  readonly layers: number;
  readonly heads: number;
  readonly headSize: number;
  /** of maps and weights */
  readonly dtype?: DType;
  /** features of the feed-forward network, which a second product gates */
  readonly inner: number;
  /** tokens that go in */
  readonly tokens: number;
  /** tokens that the cache holds already */
  readonly past: number;
}

/** A decoder as an ONNX file, whose weights lie in another one; `past` is a symbol there. */
export function decoderBytes(decoder: Decoder): Uint8Array {
  const { form, layers, heads, headSize, inner, tokens, past, dtype = 'float32' } = decoder;
  const width = heads * headSize;
  const nodes: NodeProto[] = [];
  const initializer: TensorProto[] = [];
  const input: ValueInfoProto[] = [port('x0', dtype, [1, tokens, width])];
  const output: ValueInfoProto[] = [];
  const add = (
    op: string,
    from: readonly string[],
    to: readonly string[],
    ...more: readonly unknown[]
  ): void => {
    const [attributes = {}, rest = {}] = more as [Parameters<typeof node>[3]?, Parameters<typeof node>[4]?];
    nodes.push(node(op, from, to, attributes, { name: `/layers.${String(layer)}/${to[0] ?? ''}`, ...rest }));
  };
  const linear = (from: string, to: string, rows: number, columns: number): void => {
    initializer.push(elsewhere(`${to}.w`, dtype, [rows, columns], 'weights'));
    add('MatMul', [from, `${to}.w`], [to]);
  };
  const total = tokens + past;
  initializer.push(
    stored('split', 'int64', [4], [1, tokens, heads, headSize]),
    stored('merge', 'int64', [3], [1, tokens, width]),
    stored('before', 'int32', [1], [total - 1]),
    stored('total', 'int32', [], [total]),
  );
  let layer = 0;
  for (; layer < layers; layer++) {
    const at = (name: string): string => `${name}${String(layer)}`;
    const cache = ['pastK', 'pastV'].map(at);
    const kept = ['presentK', 'presentV'].map(at);
    for (const name of cache) input.push(port(name, dtype, [1, heads, 'past', headSize]));
    for (const name of kept) output.push(port(name));
    const microsoft = { domain: 'com.microsoft' };
    const grouped = { num_heads: heads, kv_num_heads: heads };
    if (form === 'packed') {
      linear(at('x'), at('qkv'), width, 3 * width);
      add(
        'GroupQueryAttention',
        [at('qkv'), '', '', ...cache, 'before', 'total'],
        [at('a'), ...kept],
        grouped,
        microsoft,
      );
    } else {
      for (const name of ['q', 'k', 'v']) linear(at('x'), at(name), width, width);
      const maps = ['q', 'k', 'v'].map(at);
      if (form === 'grouped') {
        add(
          'GroupQueryAttention',
          [...maps, ...cache, 'before', 'total'],
          [at('a'), ...kept],
          grouped,
          microsoft,
        );
      } else if (form === 'standard') {
        add('Attention', [...maps, '', ...cache], [at('a'), ...kept], {
          q_num_heads: heads,
          kv_num_heads: heads,
          is_causal: 1,
        });
      } else {
        for (const name of maps) {
          add('Reshape', [name, 'split'], [`${name}.s`]);
          add('Transpose', [`${name}.s`], [`${name}.h`], { perm: [0, 2, 1, 3] });
        }
        add('Concat', [at('pastK'), `${at('k')}.h`], [at('presentK')], { axis: 2 });
        add('Concat', [at('pastV'), `${at('v')}.h`], [at('presentV')], { axis: 2 });
        add('Transpose', [at('presentK')], [at('kt')], { perm: [0, 1, 3, 2] });
        add('MatMul', [`${at('q')}.h`, at('kt')], [at('scores')]);
        add('Softmax', [at('scores')], [at('shares')], { axis: -1 });
        add('MatMul', [at('shares'), at('presentV')], [at('seen')]);
        add('Transpose', [at('seen')], [at('seenT')], { perm: [0, 2, 1, 3] });
        add('Reshape', [at('seenT'), 'merge'], [at('a')]);
      }
    }
    linear(at('a'), at('o'), width, width);
    add('Add', [at('x'), at('o')], [at('r')]);
    linear(at('r'), at('up'), width, inner);
    linear(at('r'), at('gate'), width, inner);
    add('Sigmoid', [at('gate')], [at('open')]);
    add('Mul', [at('up'), at('open')], [at('act')]);
    linear(at('act'), at('down'), inner, width);
    add('Add', [at('r'), at('down')], [`x${String(layer + 1)}`]);
  }
  output.push(port(`x${String(layers)}`));
  return modelBytes({ opset: 23, domains: ['com.microsoft'], input, initializer, node: nodes, output });
}
