import { describe, expect, it } from 'vitest';
import { GraphBuilder } from '../../src/graph/builder.ts';
import type { Graph } from '../../src/graph/graph.ts';
import type { DType } from '../../src/ops/dtype.ts';
import { agreementOf } from '../../src/probe/agreement.ts';
import { compareNumbers } from '../../src/probe/compare.ts';
import type { OutputComparison } from '../../src/probe/messages.ts';
import { coarsenessOf, outputScales } from '../../src/probe/outputScale.ts';
import type { RuntimeGraph, RuntimeNode } from '../../src/probe/runtimeGraph.ts';
import { newerUses, newestTaken } from '../../src/probe/stamp.ts';

const output = (
  expected: readonly number[],
  actual: readonly number[],
  scale: Parameters<typeof compareNumbers>[2] = { name: 'y' },
): OutputComparison => ({ name: 'y', dtype: 'float32', ...compareNumbers(expected, actual, scale) });

const verdict = (compared: OutputComparison, quantised = false, half = false): string => {
  try {
    return (
      agreementOf('net', [compared], { quantised, half })
        .warnings.map(({ code }) => code)
        .join() || 'right'
    );
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
};

describe('results', () => {
  it('are right within 1e-4 of the largest value, and wrong beyond', () => {
    expect(verdict(output([10, 1, 0], [10.0009, 1, 0]))).toBe('right');
    expect(verdict(output([10, 1, 0], [10.0011, 1, 0]))).toMatch(/output "y" differs by 1\.1e-4 .* CSP707$/);
    expect(verdict(output([0, 0], [0, 0]))).toBe('right');
    expect(verdict(output([0, 0], [0, 1e-12]))).toMatch(/CSP707$/);
    expect(verdict(output([1], [Number.NaN]))).toMatch(/is not finite, unlike .* CSP707$/);
    expect(verdict(output([Infinity], [1]))).toBe('CSP711');
  });

  it('of a bounded function are as coarse near 0 as near 1: four steps of single precision, not five', () => {
    const near = (steps: number) =>
      output([1e-8, 2e-8], [1e-8 + steps * 2 ** -23, 2e-8], { name: 'y', bound: 1 });
    expect(verdict(near(3.9))).toBe('right');
    expect(verdict(near(4.1))).toMatch(/CSP707$/);
    expect(verdict(output([1e-8, 2e-8], [1e-8 + 2 ** -23, 2e-8]))).toMatch(/CSP707$/);
  });

  it('of a softmax are compared by what went into it', () => {
    const scale = { name: 'y', logarithm: true } as const;
    // The logarithm of the small one is off by log 2 of 20: nothing beside 1.
    expect(verdict(output([1, 2e-9], [1, 1e-9]))).toBe('right');
    expect(verdict(output([1, 2e-9], [1, 1e-9], scale))).toMatch(/CSP707$/);
    expect(output([1, 2e-9], [1, 1e-9], scale).relativeError).toBeCloseTo(Math.log(2) / -Math.log(2e-9), 12);
    expect(verdict(output([1, 0], [1, 0], scale))).toBe('right');
  });

  it('of a quantised network may be a step off, or little in all; of another they may not', () => {
    const step = (steps: number) =>
      output([0, 0.5, 1], [0, 0.5 + 0.25 * steps, 1], { name: 'y', step: 0.25 });
    expect(step(1)).toMatchObject({ steps: 1, differing: 1 / 3 });
    expect(verdict(step(1), true)).toBe('CSP722');
    expect(verdict(step(1), false)).toMatch(/1 steps of its quantisation/);
    expect(verdict(step(2), true)).toMatch(/CSP707$/);
    // Noise over signal: the differences' mean square over that about the mean, here sqrt(n * 0.02^2 / n) = 0.02.
    const expected = Array.from({ length: 100 }, (_, i) => (i % 2 === 0 ? 1 : -1));
    const noisy = (by: number) =>
      output(
        expected,
        expected.map((value) => value + by),
      );
    expect(noisy(0.02).noise).toBeCloseTo(0.02, 12);
    expect(verdict(noisy(0.09), true)).toBe('CSP722');
    expect(verdict(noisy(0.11), true)).toMatch(/CSP707$/);
  });

  it('behind values of half precision are as coarse as those', () => {
    // A step of half precision at 1 is 2^-10, 9.8e-4 of the largest value.
    const step = output([1, 0.5], [1 - 2 ** -10, 0.5]);
    expect(verdict(step)).toMatch(/CSP707$/);
    expect(verdict(step, false, true)).toBe('right');
    expect(verdict(output([1, 0.5], [0.979, 0.5]), false, true)).toMatch(/CSP707$/);
    expect(verdict({ ...output([1], [1]), dtype: 'int64', differing: 0.5 }, false, true)).toMatch(/CSP707$/);
  });

  it('that are whole numbers are equal or not', () => {
    const whole = (differing: number, quantised: boolean) =>
      verdict({ ...output([1, 2], [1, 2]), dtype: 'int64', differing, noise: 1 }, quantised);
    expect(whole(0, false)).toBe('right');
    expect(whole(0.5, false)).toMatch(/CSP707$/);
    expect(whole(0.5, true)).toMatch(/CSP707$/);
  });
});

const node = (
  op: string,
  operands: readonly string[],
  outputs: readonly string[],
  mode?: string,
): RuntimeNode => ({
  name: '',
  path: '',
  scope: '',
  label: outputs[0] ?? '',
  within: undefined,
  branch: undefined,
  op,
  operands,
  inputs: operands,
  outputs,
  attributes: '',
  integers: new Map(),
  mode,
  activation: undefined,
});

const made = (
  nodes: readonly RuntimeNode[],
  scalars: Readonly<Record<string, number>> = {},
): RuntimeGraph => ({
  nodes,
  inputs: ['x'],
  outputs: ['y'],
  constants: new Map(),
  scalars: new Map(Object.entries(scalars)),
  shapes: new Map(),
});

describe('the scale of an output', () => {
  it('is that of the function that its values come from, over whatever moves them', () => {
    const scaleOf = (...nodes: readonly RuntimeNode[]) => outputScales(made(nodes, { s: 0.25 }))[0];
    expect(scaleOf(node('Sigmoid', ['x'], ['y']))).toEqual({ name: 'y', bound: 1 });
    expect(scaleOf(node('Conv', ['x'], ['y']))).toEqual({ name: 'y' });
    expect(scaleOf(node('Softmax', ['x'], ['p']), node('Reshape', ['p', 'x'], ['y']))).toEqual({
      name: 'y',
      logarithm: true,
      bound: 1,
    });
    // Boxes and scores in one: not a probability, but never coarser than one.
    expect(
      scaleOf(node('Sigmoid', ['x'], ['p']), node('Exp', ['x'], ['q']), node('Concat', ['q', 'p'], ['y'])),
    ).toEqual({ name: 'y', bound: 1 });
    expect(scaleOf(node('DequantizeLinear', ['x', 's'], ['p']), node('Transpose', ['p'], ['y']))).toEqual({
      name: 'y',
      step: 0.25,
    });
    expect(scaleOf(node('DequantizeLinear', ['x', 'unknown'], ['y']))).toEqual({ name: 'y' });
    expect(scaleOf(node('QuantizeLinear', ['x', 's'], ['y']))).toEqual({ name: 'y', step: 1 });
  });

  /** An input, and a weight. */
  const graphOf = (input: DType, weight: DType): Graph => {
    const builder = new GraphBuilder({ name: 'net', source: 'net.onnx', format: 'onnx' });
    builder.input('x', { dtype: input, shape: [2] });
    builder.constant('weight', { dtype: weight, shape: [2] });
    return builder.build();
  };

  it('knows quantised networks', () => {
    const of = (op: string): boolean =>
      coarsenessOf(graphOf('float32', 'int8'), made([node(op, ['x'], ['y'])])).quantised;
    expect(of('Conv')).toBe(false);
    for (const op of ['QuantizeLinear', 'DequantizeLinear', 'QLinearConv', 'MatMulInteger', 'QGemm'])
      expect(of(op), op).toBe(true);
  });

  it('knows networks that compute in half precision, not those that only store weights in it', () => {
    const of = (input: DType, weight: DType): boolean => coarsenessOf(graphOf(input, weight), made([])).half;
    expect(of('float16', 'float32')).toBe(true);
    expect(of('float32', 'float16')).toBe(false);
  });
});

describe('a file of a version that the runtime does not take', () => {
  // As onnxruntime 1.30.0 words it.
  const ir =
    'model.cc:202 onnxruntime::Model::Model(...) Unsupported model IR version: 14, max supported IR version: 13';
  const opset =
    'Opset 27 is under development and support for this is limited. [...] Current official support for domain ai.onnx is till opset 26.';

  it('is refused with what it does take', () => {
    expect(newestTaken(ir)).toEqual({ irVersion: 13 });
    expect(newestTaken(opset)).toEqual({ opset: 26 });
    expect(newestTaken('File does not exist')).toBeUndefined();
  });

  it('runs under an older one unless it uses what came later', () => {
    const uses = (own: number, ...nodes: readonly RuntimeNode[]) =>
      newerUses(made(nodes), { opset: own }, { opset: 26 });
    expect(uses(28, node('Conv', ['x'], ['y']), node('SpaceToDepth', ['x'], ['y'], 'DCR'))).toEqual([]);
    expect(uses(27, node('LinearAttention', ['x'], ['y']))).toEqual(['LinearAttention']);
    expect(uses(28, node('SpaceToDepth', ['x'], ['y'], 'CRD'))).toEqual(['SpaceToDepth with mode']);
    const range = { ...node('Range', ['x'], ['y']), integers: new Map([['stash_type', [1]]]) };
    expect(uses(27, range)).toEqual(['Range with stash_type']);
    expect(uses(99, node('Conv', ['x'], ['y']))).toEqual(['opset 99, whose changes are not known']);
    expect(newerUses(made([]), { opset: 27 }, { irVersion: 13 })).toEqual([]);
  });
});
