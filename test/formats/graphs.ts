import fc from 'fast-check';
import { GraphBuilder } from '../../src/graph/builder.ts';
import type { Graph, TensorId } from '../../src/graph/graph.ts';
import { graph, type Network } from '../../src/graph/network.ts';
import { ACTIVATIONS, type ActivationFunction } from '../../src/ops/activation.ts';
import { OPS, type OpAttrs, type OpKind } from '../../src/ops/registry.ts';
import { casesOf, type OpCase } from '../ops/opCase.ts';

export const KINDS = Object.keys(OPS) as OpKind[];

/** A graph of one node for every worked case of every operator. */
export const CASE_GRAPHS: readonly (readonly [name: string, graph: Graph])[] = (
  await Promise.all(
    KINDS.map(async (kind) => {
      const cases = await casesOf(kind);
      return cases.map((example) => [`${kind}: ${example.name}`, caseGraph(kind, example)] as const);
    }),
  )
).flat();

function caseGraph(kind: OpKind, example: OpCase<OpAttrs<OpKind>>): Graph {
  const builder = new GraphBuilder({ name: example.name, source: 'case', format: 'zoo' });
  const inputs = example.inputs.map((shape, i) =>
    builder.input(`in${String(i)}`, { dtype: 'float32', shape }),
  );
  builder.layer({ name: kind, origin: { format: 'zoo', architecture: 'case' } });
  builder.addAll(kind, inputs, example.attrs);
  return builder.build();
}

/** A whole number from 0 to `below`, `below` excluded. */
type Choose = (below: number) => number;

/** What one step of a random network does, given the results so far and a source of choices. */
type Step = (
  g: Network,
  results: readonly TensorId[],
  choose: Choose,
  functions: readonly ActivationFunction[],
) => TensorId;

const pick = <T>(list: readonly T[], choose: Choose): T => list[choose(list.length)]!;

const spatial = (g: Network, x: TensorId): number => Math.min(...g.typeOf(x).shape.slice(2));

const STEPS: readonly Step[] = [
  (g, results, choose, functions) => {
    const x = pick(results, choose);
    const groups = pick(
      [1, 2, 4, g.channels(x)].filter((n) => g.channels(x) % n === 0),
      choose,
    );
    const kernel = pick([1, 3, [3, 1] as const], choose);
    return g.conv(x, {
      outChannels: groups * (1 + choose(3)),
      groups,
      kernel,
      stride: 1 + choose(2),
      dilation: 1 + choose(2),
      batchNorm: choose(2) === 0,
      activation: pick([...functions, 'linear'], choose),
    });
  },
  (g, results, choose) => g.maxPool(pick(results, choose), { kernel: 2 + choose(2), stride: 1 + choose(2) }),
  (g, results, choose) => g.avgPool(pick(results, choose), { kernel: 3, stride: 1 + choose(2) }),
  (g, results, choose) => {
    const first = pick(results, choose);
    const same = results.filter((x) => g.typeOf(x).shape.join() === g.typeOf(first).shape.join());
    return g.add([first, pick(same, choose)], { activation: 'leaky' });
  },
  (g, results, choose) => g.add([pick(results, choose), pick(results, choose)], { align: 'common' }),
  (g, results, choose) => {
    const first = pick(results, choose);
    const like = results.filter(
      (x) => g.typeOf(x).shape.slice(2).join() === g.typeOf(first).shape.slice(2).join(),
    );
    return g.concat([first, pick(like, choose), pick(like, choose)].slice(0, 1 + choose(3)));
  },
  (g, results, choose) => {
    const x = pick(results, choose);
    const start = choose(g.channels(x));
    return g.slice(x, { start, end: start + 1 + choose(g.channels(x) - start) });
  },
  (g, results, choose) => {
    const x = pick(results, choose);
    return g.mul(x, g.globalPool(x, { mode: pick(['average', 'max'], choose) }));
  },
  (g, results, choose) => {
    const x = pick(results, choose);
    return spatial(g, x) > 16 ? g.identity(x) : g.upsample(x, { factor: 2 });
  },
  (g, results, choose) =>
    g.softmax(pick(results, choose), { name: pick(['__proto__', 'x\u202ey', '"\\', ''], choose) }),
];

/** Random networks through the layer API: branches, groups, strides, merges of different shapes. */
export const networks = (functions: readonly ActivationFunction[] = ACTIVATIONS): fc.Arbitrary<Graph> =>
  fc
    .record({
      batch: fc.integer({ min: 1, max: 2 }),
      channels: fc.integer({ min: 2, max: 4 }),
      extents: fc.tuple(fc.integer({ min: 5, max: 9 }), fc.integer({ min: 5, max: 9 })),
      steps: fc.array(
        fc.tuple(fc.constantFrom(...STEPS), fc.array(fc.nat(), { minLength: 12, maxLength: 12 })),
        {
          minLength: 1,
          maxLength: 8,
        },
      ),
      classifier: fc.boolean(),
    })
    .map(({ batch, channels, extents, steps, classifier }) =>
      graph('random', (g) => {
        const results = [g.input([batch, channels, ...extents])];
        for (const [step, numbers] of steps) {
          let next = 0;
          const choose: Choose = (below) => numbers[next++ % numbers.length]! % below;
          results.push(step(g, results, choose, functions));
        }
        if (classifier) g.linear(results.at(-1)!, { outFeatures: 3, activation: 'relu' });
      }),
    );
