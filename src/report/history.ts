import { boundsText } from './bounds.ts';
import { COUNT_INFO, type Profile } from '../analysis/profile.ts';
import { formatShape } from './format.ts';
import type { Renderer } from './renderer.ts';
import { inertJson } from '../inertJson.ts';

/** What a benchmark is called: another input is another benchmark. */
const nameOf = ({ network: { name, inputs } }: Profile): string =>
  [name, ...inputs.map(({ shape }) => formatShape(shape))].join(' ');

interface Total {
  readonly id: string;
  readonly unit: string;
  readonly value: number;
}

/** Numbers of the whole network of which less is better. */
const totalsOf = ({ totals, bottleneck }: Profile): readonly Total[] => [
  ...COUNT_INFO.flatMap(({ id, unit, total }): Total[] => {
    const value = totals[id];
    return value === undefined || total === 'none' ? [] : [{ id, unit, value }];
  }),
  ...(bottleneck === undefined ? [] : [{ id: 'bottleneckFlops', unit: 'FLOP', value: bottleneck.flops }]),
];

/**
 * Totals for Bencher.
 *
 * @source Bencher Metric Format, https://bencher.dev/docs/reference/bencher-metric-format
 */
export const renderBencher: Renderer = (profile) => {
  const { uncounted } = profile.coverage;
  const left = uncounted.reduce((sum, { count }) => sum + count, 0);
  // The format has no place for words: a number says that the others are too low.
  const numbers = [...totalsOf(profile), ...(left === 0 ? [] : [{ id: 'uncountedOperators', value: left }])];
  const measures = Object.fromEntries(numbers.map(({ id, value }) => [id, { value }]));
  return `${inertJson({ [nameOf(profile)]: measures }, 2)}\n`;
};

/**
 * Totals for github-action-benchmark.
 *
 * @source its tool `customSmallerIsBetter`, https://github.com/benchmark-action/github-action-benchmark
 */
export const renderBenchmarkAction: Renderer = (profile) => {
  const { coverage } = profile;
  const left = coverage.uncounted.map(({ op, count }) => `${String(count)} x ${op}`).join(', ');
  const extra = [...(left === '' ? [] : [`not counted: ${left}`]), ...boundsText(coverage)].join('; ');
  return `${inertJson(
    totalsOf(profile).map(({ id, unit, value }) => ({
      name: `${nameOf(profile)} ${id}`,
      unit,
      value,
      ...(extra === '' ? {} : { extra }),
    })),
    2,
  )}\n`;
};
