import { profile } from '../../src/analysis/profile.ts';
import { bytesSource } from '../../src/formats/byteSource.ts';
import { fromOnnx } from '../../src/formats/onnx/read.ts';
import { networkTraffic } from '../../src/latency/networkTraffic.ts';
import { formatCount, formatValue } from '../../src/report/format.ts';
import { decoderBytes, type Form } from '../formats/onnx/decoder.ts';
import type { Generator } from './generate.ts';
import { page, table } from './reference.ts';

/** Layers, heads and widths of LLaMA 7B, arXiv 2302.13971, table 2; the width between is that of its code. */
const LLAMA = { layers: 32, heads: 32, headSize: 128, inner: 11008, dtype: 'float16' } as const;

/** Tokens in the cache. */
const LENGTHS = [128, 512, 2048, 8192, 32_768] as const;

const TITLES = {
  grouped: 'GroupQueryAttention, and Attention of ONNX',
  plain: 'Concat, MatMul, Softmax, node by node',
} as const satisfies Readonly<Partial<Record<Form, string>>>;

/** What a token more costs a decoder, by the tokens that it attends to. */
function rowOf(form: Form, past: number): readonly string[] {
  const bytes = decoderBytes({ form, ...LLAMA, tokens: 1, past });
  const { graph } = fromOnnx(bytesSource(bytes), {
    file: 'decoder.onnx',
    bindings: new Map([['past', past]]),
  });
  const { totals, network } = profile(graph);
  const cacheOf = (ports: typeof network.inputs): number =>
    ports
      .filter(({ shape }) => shape.length === 4)
      .reduce((sum, { shape }) => sum + shape.reduce((a, b) => a * b, 2), 0);
  const moved = networkTraffic(graph, { bufferBytes: 2 ** 26 }).layers.reduce(
    (sum, { bounds }) => sum + (bounds?.compulsory ?? Number.NaN),
    0,
  );
  return [
    String(past),
    formatCount(totals.macs ?? Number.NaN),
    ...[totals.parameterBytes ?? Number.NaN, cacheOf(network.inputs), cacheOf(network.outputs), moved].map(
      (amount) => formatValue(amount, 'byte'),
    ),
    (moved / (totals.macs ?? Number.NaN)).toFixed(3),
  ];
}

const section = (form: keyof typeof TITLES): readonly string[] => [
  `## ${TITLES[form]}`,
  table(
    [
      'tokens in the cache',
      'MACs',
      'parameters',
      'cache read',
      'cache written',
      'over DRAM',
      'bytes per MAC',
    ],
    LENGTHS.map((past) => rowOf(form, past)),
  ),
];

/** What generating a token costs, by the length of what was there before. */
export const decoder: Generator = () =>
  new Map([
    [
      'reports/reference/decoder.md',
      page(
        'A token of a decoder',
        'The 32 layers of LLaMA 7B (arXiv 2302.13971) in float16 generate one token: every parameter is read, and so is the cache of keys and values, which the file gives out again with the token added. Each operand moves once; a runtime that adds the token in place writes less. Tables of words and the last product are left out.',
        ...section('grouped'),
        ...section('plain'),
      ),
    ],
  ]);
