import { ProfileError, problem } from '../../../src/diagnostics.ts';
import type { ReadNetwork, ReadOptions } from '../../../src/formats/format.ts';
import { GraphBuilder } from '../../../src/graph/builder.ts';
import { square } from '../../../src/ops/window.ts';

export function readToy(text: string, { file, batch = 1 }: ReadOptions): ReadNetwork {
  const [, channels, height, width, outChannels, kernel] =
    /^toy\ninput (\d+)x(\d+)x(\d+)\nconv (\d+) (\d+)x\d+\n$/.exec(text)?.map(Number) ?? [];
  if (kernel === undefined || outChannels === undefined) {
    throw new ProfileError(
      problem('CSP399', 'is no toy', 'write input and conv', { format: 'toy', file, line: 1 }),
    );
  }
  const builder = new GraphBuilder({ name: 'toy', source: file, format: 'toy' });
  const x = builder.input('x', {
    dtype: 'float32',
    shape: [batch, channels as number, height as number, width as number],
  });
  builder.layer({ name: 'conv', origin: { format: 'toy', file, line: 3, op: 'conv' } });
  builder.output('y', builder.add('conv', [x], { outChannels, bias: false, groups: 1, ...square(kernel) }));
  return { graph: builder.build(), diagnostics: [] };
}
