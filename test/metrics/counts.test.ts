import { describe, expect, it } from 'vitest';
import { profile } from '../../src/analysis/profile.ts';
import { GraphBuilder } from '../../src/graph/builder.ts';
import type { TensorId } from '../../src/graph/graph.ts';
import type { DType } from '../../src/ops/dtype.ts';
import type { ParamRole } from '../../src/ops/spec.ts';
import { square } from '../../src/ops/window.ts';

const origin = { format: 'zoo', architecture: 'net' } as const;
const start = (): GraphBuilder => {
  const b = new GraphBuilder({ name: 'net', source: 'net', format: 'zoo' });
  b.layer({ name: 'layer', origin });
  return b;
};
const CONV = { ...square(3, 1, 1), outChannels: 8, groups: 1, bias: true } as const;

describe('weights and parameters', () => {
  const role = (learned: ParamRole | 'constant'): readonly [number | undefined, number | undefined] => {
    const b = start();
    const x = b.input('x', { dtype: 'float32', shape: [2, 3] });
    const table = b.constant(learned, { dtype: 'float32', shape: [2, 3] });
    b.add('add', [x, table], { align: 'exact' });
    const { weights, params } = profile(b.build()).totals;
    return [weights, params];
  };

  it('take every learned role as a parameter, weights as weights too, and constants as neither', () => {
    expect(role('weight')).toEqual([6, 6]);
    for (const learned of ['bias', 'scale', 'shift', 'mean', 'variance', 'embedding'] as const)
      expect(role(learned), learned).toEqual([0, 6]);
    expect(role('constant')).toEqual([0, 0]);
  });

  it('count a convolution with batch normalisation: 8 x 4 x 9 weights, 8 biases, 4 x 8 of the normalisation', () => {
    const b = start();
    const x = b.input('x', { dtype: 'float32', shape: [1, 4, 6, 6] });
    b.add('batchNorm', [b.add('conv', [x], CONV)], {});
    const { weights, params } = profile(b.build()).totals;
    expect([weights, params]).toEqual([288, 288 + 8 + 32]);
  });

  it('count what two layers share once', () => {
    const b = start();
    const x = b.input('x', { dtype: 'float32', shape: [1, 8, 6, 6] });
    const head = b.shared((map: TensorId) => b.add('conv', [map], { ...CONV }));
    const y = head(x);
    b.layer({ name: 'again', origin });
    head(y);
    const { layers, totals } = profile(b.build());
    expect(layers.map((row) => row.params)).toEqual([576 + 8, 0]);
    expect([totals.weights, totals.params]).toEqual([576, 584]);
  });
});

describe('memory access', () => {
  /** A table of 10 rows of 4 numbers as the graph has it: what is done with it, beside an input of six. */
  const table = (dtype: DType, use: (b: ReturnType<typeof start>, table: TensorId) => TensorId) => {
    const b = start();
    use(b, b.constant('embedding', { dtype, shape: [10, 4] }));
    const [row] = profile(b.build(), { flops: 'full' }).layers;
    return [row?.memoryAccessCost, row?.arithmeticIntensity];
  };
  const taken = (b: ReturnType<typeof start>, from: TensorId): TensorId =>
    b.add('gather', [from, b.input('i', { dtype: 'int64', shape: [3] })], { axis: 0 });

  it('of a table is what is taken of it: 3 rows of 10, read and written, and the indices', () => {
    expect(table('float32', taken)[0]).toBe(3 * 4 + 3 * 4 + 3);
  });

  it('of a table that a product reads is all of it', () => {
    const [cost, intensity] = table('float32', (b, right) =>
      b.add('matMul', [b.input('x', { dtype: 'float32', shape: [2, 10] }), right], {
        transposeA: false,
        transposeB: false,
        dtype: 'float32',
      }),
    );
    expect(cost).toBe(20 + 40 + 8);
    expect(intensity).toBe((2 * 2 * 10 * 4) / (4 * (20 + 40 + 8)));
  });

  it('of a table that is added counts no weights, but its bytes are moved', () => {
    const [cost, intensity] = table('float32', (b, right) =>
      b.add('add', [b.input('x', { dtype: 'float32', shape: [10, 4] }), right], { align: 'exact' }),
    );
    expect(cost).toBe(40 + 40);
    expect(intensity).toBe(40 / (4 * (40 + 40 + 40)));
  });

  it('is unknown in bytes where an element has no fixed size, and that of views is none', () => {
    expect(table('string', taken)[1]).toBeUndefined();
    const b = start();
    b.add('identity', [b.input('x', { dtype: 'float32', shape: [3] })], {});
    const [row] = profile(b.build()).layers;
    expect(row).not.toHaveProperty('arithmeticIntensity');
  });

  it('of two convolutions in a layer has no bound', () => {
    const b = start();
    const x = b.add('conv', [b.input('x', { dtype: 'float32', shape: [1, 4, 6, 6] })], CONV);
    expect(profile(b.build()).layers[0]).toHaveProperty('memoryAccessLowerBound');
    b.add('conv', [x], CONV);
    expect(profile(b.build()).layers[0]).not.toHaveProperty('memoryAccessLowerBound');
  });
});

describe('bytes of the stored parameters', () => {
  const stored = (dtypes: readonly DType[], elements = 3) => {
    const b = start();
    const x = b.input('x', { dtype: 'float32', shape: [elements] });
    for (const dtype of dtypes) {
      const learned = b.constant('weight', { dtype, shape: [elements] });
      b.add('elementwise', [x, learned], { fn: 'mul', dtype: 'float32' });
    }
    return profile(b.build()).totals.parameterBytes;
  };

  it.each([
    ['float64', 24],
    ['float32', 12],
    ['float16', 6],
    ['bfloat16', 6],
    ['float8e4m3fn', 3],
    ['float8e8m0', 3],
    ['int8', 3],
    ['uint8', 3],
    // 12 bits end at 2 bytes, 6 bits at 1
    ['float4e2m1', 2],
    ['int4', 2],
    ['uint4', 2],
    ['int2', 1],
    ['uint2', 1],
    ['bool', 3],
  ] as const)('three elements of %s take %i', (dtype, bytes) => {
    expect(stored([dtype])).toBe(bytes);
  });

  it('end at a whole byte for each tensor, and are not known for texts', () => {
    expect(stored(['int4', 'int4', 'int2'])).toBe(2 + 2 + 1);
    expect(stored(['int4'], 4)).toBe(2);
    expect(stored(['string'])).toBeUndefined();
  });

  it('leave out constants and count what layers share once: 8 x 8 x 9 weights and 8 biases of 4 bytes', () => {
    const b = start();
    const x = b.input('x', { dtype: 'float32', shape: [1, 8, 6, 6] });
    b.add('add', [x, b.constant('constant', { dtype: 'float32', shape: [1, 8, 6, 6] })], { align: 'exact' });
    const head = b.shared((map: TensorId) => b.add('conv', [map], CONV));
    const y = head(x);
    b.layer({ name: 'again', origin });
    head(y);
    expect(profile(b.build()).layers.map((row) => row.parameterBytes)).toEqual([4 * 584, 0]);
  });
});

describe('MACs', () => {
  it('are those of float and of one-bit products: 36 positions, 8 filters, 4 channels, 9 taps', () => {
    const macs = (binary: boolean) => {
      const b = start();
      b.add('conv', [b.input('x', { dtype: 'float32', shape: [1, 4, 6, 6] })], { ...CONV, binary });
      return profile(b.build()).totals.macs;
    };
    expect([macs(false), macs(true)]).toEqual([10368, 10368]);
  });

  it('add up over the nodes of a layer, and over its runs; unknown runs make them unknown', () => {
    const macs = (repeat: number | 'unknown') => {
      const b = start();
      const x = b.input('x', { dtype: 'float32', shape: [1, 8, 6, 6] });
      b.add('conv', [b.add('conv', [x], CONV)], CONV, { repeat });
      return profile(b.build()).totals.macs;
    };
    const one = 36 * 8 * 8 * 9;
    expect([macs(1), macs(3), macs('unknown')]).toEqual([2 * one, 4 * one, undefined]);
  });
});

describe('elements and bytes of activations', () => {
  it('are those read from other layers, each once, and those that are not used up inside', () => {
    const b = start();
    const x = b.input('x', { dtype: 'float32', shape: [1, 8, 6, 6] });
    const y = b.add('conv', [x], CONV);
    b.add('add', [y, x], { align: 'exact' });
    const [row] = profile(b.build()).layers;
    expect([row?.inputElements, row?.activationElements]).toEqual([288, 288]);
    // x, y and their sum, which takes the place of y: two maps of 288 elements of 4 bytes
    expect(row?.peakActivationBytes).toBe(2 * 288 * 4);
    // read 288, made 288, 576 weights
    expect(row?.memoryAccessCost).toBe(288 + 288 + 576);
  });
});

describe('memory access of a convolution', () => {
  const row = (outChannels: number, dtype: 'float32' | 'int8' | 'int4' = 'float32') => {
    const b = start();
    const x = b.input('x', { dtype, shape: [1, 4, 6, 6] });
    b.add('conv', [x], { ...square(1), outChannels, groups: 1, bias: false });
    return profile(b.build(), { flops: 'standard' }).layers[0];
  };

  it('is hw (c1 + c2) + c1 c2, and least where c1 = c2 for the same product', () => {
    const { memoryAccessCost, memoryAccessLowerBound, memoryAccessRatio } = row(16) ?? {};
    expect(memoryAccessCost).toBe(36 * 20 + 64);
    // equation 1 of arXiv 1807.11164: 2 sqrt(hw B) + B / hw, with B = hw c1 c2
    expect(memoryAccessLowerBound).toBe(2 * 36 * 8 + 64);
    expect(memoryAccessRatio).toBeCloseTo(784 / 640, 12);
    expect(row(4)?.memoryAccessRatio).toBe(1);
  });

  it('gives the arithmetic intensity: 2 FLOPs a MAC over bytes in, out and of weights', () => {
    const flops = 2 * 36 * 64;
    expect(row(16)?.arithmeticIntensity).toBeCloseTo(flops / (4 * 784), 12);
    expect(row(16, 'int8')?.arithmeticIntensity).toBeCloseTo(flops / 784, 12);
    expect(row(16, 'int4')?.arithmeticIntensity).toBeCloseTo(flops / 392, 12);
  });
});
