import { describe, expect, it, test } from 'vitest';
import {
  cspPeleeNet,
  cspPeleeNetFusionFirst,
  cspPeleeNetFusionLast,
  peleeNet,
} from '../../architectures/pelee.ts';
import { buildNetwork } from '../../architectures/zoo.ts';
import { profile, type Profile } from '../../src/analysis/profile.ts';
import { graph, type Network } from '../../src/graph/network.ts';
import type { TensorId } from '../../src/graph/graph.ts';

const at224 = (build: (g: Network, x: TensorId) => unknown): Profile =>
  profile(
    graph('backbone', (g) => void build(g, g.input([1, 3, 224, 224]))),
    { flops: 'darknet-2019' },
  );

describe('CSPPeleeNet', () => {
  test.each([
    ['both', cspPeleeNet],
    ['first', cspPeleeNetFusionFirst],
    ['last', cspPeleeNetFusionLast],
  ] as const)('costs less the more bypasses: fusion %s', (_, build) => {
    const plain = at224(peleeNet).totals;
    let before = plain;
    // Every stage's channels divide by 32.
    for (let part = 1; part < 32; part++) {
      const { totals } = at224((g, x) => build(g, x, { gamma: part / 32 }));
      for (const metric of ['flops', 'macs', 'cio'] as const) {
        if (part > 1) expect(totals[metric]).toBeLessThan(before[metric] as number);
      }
      before = totals;
    }
    expect(before.flops).toBeLessThan(plain.flops as number);
  });
});

describe('PeleeNet', () => {
  test('has the channels of its paper at every stride', () => {
    const { layers } = at224(peleeNet);
    const transitions = layers.filter(({ kind, inputs, outputs }) => {
      const [input, output] = [inputs[0]?.[1], outputs[0]?.[1]];
      return kind === 'conv' && input === output && [128, 256, 512, 704].includes(output as number);
    });
    expect(transitions.map(({ outputs }) => outputs[0])).toEqual([
      [1, 128, 56, 56],
      [1, 256, 28, 28],
      [1, 512, 14, 14],
      [1, 704, 7, 7],
    ]);
  });
});

// WongKinYiu in github.com/WongKinYiu/CrossStagePartialNetworks, issue 1: "I applied maxpool_depth before route"
it.each([
  'peleenet-efm',
  'csppeleenet-efm',
  'csppeleenet-efm-sam',
  'csppeleenet-efm-spp',
  'csppeleenet-reference-efm-sam',
])('the maxout layers of %s stand before routes', (name) => {
  const { nodes } = buildNetwork(name);
  const readers = (tensor: number): readonly string[] =>
    nodes
      .filter(({ inputs }) => inputs.some((id) => id === tensor))
      .flatMap(({ kind, outputs }) =>
        ['identity', 'upsample', 'maxPool', 'slice'].includes(kind) ? outputs.flatMap(readers) : [kind],
      );
  const maxouts = nodes.filter(({ kind }) => kind === 'maxout');
  expect(maxouts.length).toBeGreaterThan(1);
  for (const { outputs } of maxouts) expect(new Set(outputs.flatMap(readers))).toEqual(new Set(['concat']));
});
