import { DIFF_METRICS } from '../diff.ts';
import type { Profile, ProfileRow } from '../profile.ts';

/** A number of a network that a limit or a rule can name. */
export interface GateMetric {
  readonly id: string;
  readonly unit: string;
  readonly value: (profile: Profile) => number | undefined;
  /** what a layer contributes; absent where the number belongs to the bottleneck alone */
  readonly ofLayer?: (row: ProfileRow) => number | undefined;
  /** how layers make the network's number */
  readonly total: 'sum' | 'max';
  /** known only for a target that names a device or a buffer */
  readonly onDevice?: boolean;
}

const ofBottleneck = (
  id: string,
  unit: string,
  value: (bottleneck: NonNullable<Profile['bottleneck']>) => number,
): GateMetric => ({
  id,
  unit,
  total: 'max',
  value: ({ bottleneck }) => (bottleneck === undefined ? undefined : value(bottleneck)),
});

/** Totals by their ids (those on a device only where a target names one), and the bottleneck's numbers. */
export const GATE_METRICS: readonly GateMetric[] = [
  ...DIFF_METRICS.flatMap(({ id, unit, total, needs }): GateMetric[] =>
    total === 'none'
      ? []
      : [
          {
            id,
            unit,
            total,
            value: ({ totals }) => totals[id],
            ofLayer: (row) => row[id],
            onDevice: needs !== undefined,
          },
        ],
  ),
  { id: 'layers', unit: 'layer', total: 'sum', value: ({ totals }) => totals.layers, ofLayer: () => 1 },
  {
    id: 'uncountedOperators',
    unit: 'operator',
    total: 'sum',
    value: ({ coverage }) => coverage.uncounted.reduce((sum, { count }) => sum + count, 0),
    ofLayer: () => undefined,
  },
  ofBottleneck('bottleneckFlops', 'FLOP', ({ flops }) => flops),
  ofBottleneck('bottleneckShare', 'share', ({ share }) => share),
  ofBottleneck('bottleneckMaxOverMean', '1', ({ maxOverMean }) => maxOverMean),
];

/** The metric of this name; the bottleneck's may be written `bottleneck.share`, as in the profile. */
export function gateMetric(name: string): GateMetric | undefined {
  const id = name.replace(/^bottleneck\.(.)/, (_, first: string) => `bottleneck${first.toUpperCase()}`);
  return GATE_METRICS.find((metric) => metric.id === id);
}

const decimal = (unit: string): readonly (readonly [string, number])[] =>
  Object.entries({ k: 1e3, M: 1e6, G: 1e9, T: 1e12 }).map(([prefix, factor]) => [prefix + unit, factor]);

const counted = (unit: string): ReadonlyMap<string, number> =>
  new Map([[unit, 1], [`${unit}s`, 1], ...decimal(unit), ...decimal(`${unit}s`), ...decimal('')]);

/** What one of each unit is in the unit of its metrics. */
export const UNITS: ReadonlyMap<string, ReadonlyMap<string, number>> = new Map([
  ['FLOP', counted('FLOP')],
  ['MAC', counted('MAC')],
  ['element', new Map(decimal(''))],
  ['cycle', new Map(decimal(''))],
  [
    's',
    new Map([
      ['s', 1],
      ['ms', 1e-3],
      ['us', 1e-6],
    ]),
  ],
  ['byte', new Map([['B', 1], ['KiB', 2 ** 10], ['MiB', 2 ** 20], ['GiB', 2 ** 30], ...decimal('B')])],
]);
