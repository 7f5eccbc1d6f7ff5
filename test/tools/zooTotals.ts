import { buildNetwork, zoo } from '../../architectures/zoo.ts';
import { profile } from '../../src/analysis/profile.ts';
import type { Generator } from './generate.ts';

/** What `csp-profile list` prints of each network: counted here, so that listing builds none. */
export const zooTotals: Generator = () => {
  const rows = zoo().map(({ name }) => {
    const { layers, flops, weights } = profile(buildNetwork(name), { flops: 'darknet-2019' }).totals;
    // As Prettier has it: quotes where a name needs them.
    const key = /^[a-z]\w*$/i.test(name) ? name : `'${name}'`;
    return `  ${key}: [${[layers, flops, weights].map(String).join(', ')}],`;
  });
  return new Map([
    [
      'architectures/totals.ts',
      `/**
 * Layers, FLOPs by the paper's rules (darknet-2019) and weights of each network at its own input.
 * \`npm run generate\` counts them; nobody edits them.
 */
export const TOTALS: Readonly<
  Record<string, readonly [layers: number, flops: number, weights: number] | undefined>
> = {
${rows.join('\n')}
};
`,
    ],
  ]);
};
