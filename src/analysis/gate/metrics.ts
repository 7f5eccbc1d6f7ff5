import { METRIC_INFO, type Profile } from '../profile.ts';

/** A number of a network that a limit or a rule can name. */
export interface GateMetric {
  readonly id: string;
  readonly unit: string;
  readonly value: (profile: Profile) => number | undefined;
}

/** Totals by their ids, and the bottleneck's numbers. */
export const GATE_METRICS: readonly GateMetric[] = [
  ...METRIC_INFO.filter(({ total }) => total !== 'none').map(
    ({ id, unit }): GateMetric => ({ id, unit, value: ({ totals }) => totals[id] }),
  ),
  { id: 'layers', unit: 'layer', value: ({ totals }) => totals.layers },
  { id: 'bottleneckFlops', unit: 'FLOP', value: ({ bottleneck }) => bottleneck?.flops },
  { id: 'bottleneckShare', unit: '1', value: ({ bottleneck }) => bottleneck?.share },
  { id: 'bottleneckMaxOverMean', unit: '1', value: ({ bottleneck }) => bottleneck?.maxOverMean },
];

export const gateMetric = (id: string): GateMetric | undefined => GATE_METRICS.find((metric) => metric.id === id);

const PREFIXES = { '': 1, k: 1e3, M: 1e6, G: 1e9, T: 1e12 } as const;

const prefixed = (unit: string): [string, number][] =>
  Object.entries(PREFIXES).map(([prefix, factor]) => [prefix + unit, factor]);

/** What one of each unit is in the base unit of its metrics. */
export const UNITS: Readonly<Record<string, ReadonlyMap<string, number>>> = {
  FLOP: new Map([...prefixed('FLOP'), ...prefixed('FLOPs')]),
  MAC: new Map([...prefixed('MAC'), ...prefixed('MACs')]),
  byte: new Map([
    ['B', 1],
    ['KiB', 2 ** 10],
    ['MiB', 2 ** 20],
    ['GiB', 2 ** 30],
  ]),
  element: new Map(prefixed('').filter(([name]) => name !== '')),
  '1': new Map([['%', 0.01]]),
};
