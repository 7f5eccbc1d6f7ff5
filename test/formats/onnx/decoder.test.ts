import { describe, expect, it } from 'vitest';
import { profile, type Profile } from '../../../src/analysis/profile.ts';
import { bytesSource } from '../../../src/formats/byteSource.ts';
import { fromOnnx } from '../../../src/formats/onnx/read.ts';
import type { Graph } from '../../../src/graph/graph.ts';
import { networkTraffic } from '../../../src/latency/networkTraffic.ts';
import { decoderBytes, FORMS, type Form } from './decoder.ts';

const [LAYERS, HEADS, SIZE, INNER] = [32, 8, 16, 256];
const WIDTH = HEADS * SIZE;

const graphOf = (form: Form, tokens: number, past: number): Graph =>
  fromOnnx(
    bytesSource(
      decoderBytes({ form, layers: LAYERS, heads: HEADS, headSize: SIZE, inner: INNER, tokens, past }),
    ),
    { file: 'decoder.onnx', bindings: new Map([['past', past]]) },
  ).graph;

const costOf = (form: Form, tokens: number, past: number): Profile => profile(graphOf(form, tokens, past));

/** Bytes that cross DRAM if everything is moved once by each layer. */
const bytesOf = (form: Form, tokens: number, past: number): number => {
  const { layers } = networkTraffic(graphOf(form, tokens, past), { bufferBytes: 1 << 26 });
  return layers.reduce((sum, { bounds }) => sum + (bounds?.compulsory ?? Number.NaN), 0);
};

describe('a decoder of 32 layers with a cache costs the same however its file says attention', () => {
  it.each([
    ['prefill', 16, 0],
    ['decode', 1, 255],
    ['decode of several tokens', 4, 60],
  ] as const)('%s', (_, tokens, past) => {
    // Products of the weights, and of the tokens with all that they attend to: scores, and shares of the values.
    const weights = 4 * WIDTH * WIDTH + 3 * WIDTH * INNER;
    const macs = LAYERS * (tokens * weights + 2 * tokens * (tokens + past) * WIDTH);
    for (const form of FORMS) {
      const { totals, coverage, network } = costOf(form, tokens, past);
      expect([form, totals.macs, totals.params, coverage.uncounted]).toEqual([
        form,
        macs,
        LAYERS * weights,
        [],
      ]);
      const cache = [HEADS, past + tokens, SIZE].join('x');
      expect(network.outputs.filter(({ shape }) => shape.join('x') === `1x${cache}`)).toHaveLength(
        2 * LAYERS,
      );
    }
  });

  it('a token more in the cache is read once and written once, keys and values', () => {
    const [before, after] = [127, 255];
    const token = LAYERS * 2 * WIDTH * 4;
    for (const form of ['grouped', 'packed', 'standard'] as const) {
      const growth = (bytesOf(form, 1, after) - bytesOf(form, 1, before)) / (after - before);
      expect([form, growth]).toEqual([form, 2 * token]);
    }
    // Node by node the scores move too: written, read and written by the softmax, read. The transposed keys are
    // written and read in the place of what the concatenation, a view, does not move.
    const growth = (bytesOf('plain', 1, after) - bytesOf('plain', 1, before)) / (after - before);
    expect(growth).toBe(2 * token + LAYERS * 4 * HEADS * 4);
  });
});
