import {
  choice,
  fields,
  flag,
  list,
  natural,
  number,
  optional,
  text,
  type FieldTypes,
} from '../../values.ts';
import type { DeviceCost, Throughput } from './cost.ts';

const rates = {
  seconds: number,
  framesPerSecond: number,
  flopsPerSecond: number,
  peakShare: optional(number),
};
/** What can bind a layer. */
export const BOUNDS = ['compute', 'memory', 'overhead'] as const;
const CAUSES = ['arithmetic', 'registers', 'onChip', 'dram', 'idle'] as const;

type Cost<K extends keyof DeviceCost> = NonNullable<DeviceCost[K]>;

type Measured = NonNullable<NonNullable<Cost<'latency'>['prediction']>['measured']>;

/** What only the profile of a device, or of a buffer, has. */
export const DEVICE_COST: FieldTypes<DeviceCost> = {
  traffic: optional(
    fields<Cost<'traffic'>>({
      bufferBytes: optional(natural),
      doubleBuffering: flag,
      haloReuse: flag,
      fusion: optional(choice(['pairs', 'stages'])),
      dramBytes: natural,
      compulsory: natural,
      lowerBound: natural,
      noReuse: natural,
      noReuseSpilled: natural,
      chains: list(
        fields({ first: natural, last: natural, dramBytes: natural, saved: natural, stripes: natural }),
      ),
      unknown: natural,
    }),
  ),
  device: optional(
    fields<Cost<'device'>>({
      id: text,
      title: text,
      kind: choice(['cpu', 'gpu', 'npu']),
      dtype: text,
      peakFlopsPerSecond: optional(number),
      bytesPerSecond: optional(number),
      unverified: list(text),
      notStated: list(text),
    }),
  ),
  latency: optional(
    fields<Cost<'latency'>>({
      batch: natural,
      floor: optional(fields<Throughput>(rates)),
      prediction: optional(
        fields<NonNullable<Cost<'latency'>['prediction']>>({
          ...rates,
          low: number,
          high: number,
          fittedOn: text,
          samples: natural,
          error: fields({ fit: number, leaveOneOut: number, unseen: number }),
          note: text,
          measured: optional(
            fields<Measured>({ runtime: text, median: number, p90: number, outside: optional(text) }),
          ),
        }),
      ),
      bottleneck: optional(fields({ layer: natural, seconds: number, share: number })),
      boundSeconds: fields({ compute: number, memory: number, overhead: number }),
      unknown: natural,
    }),
  ),
  energy: optional(
    fields<Cost<'energy'>>({
      table: text,
      title: text,
      source: text,
      unit: choice(['pJ', 'MAC']),
      total: number,
      parts: fields<Cost<'energy'>['parts']>({
        arithmetic: optional(number),
        registers: optional(number),
        onChip: optional(number),
        dram: optional(number),
        idle: optional(number),
      }),
      notCounted: list(choice(CAUSES)),
    }),
  ),
  utilization: optional(
    fields<Cost<'utilization'>>({
      rows: natural,
      columns: natural,
      dataflow: choice(['os', 'ws', 'is', 'rs']),
      cycles: natural,
      utilization: number,
      idealCycles: natural,
      pipeline: fields({ layer: natural, cycles: natural, balancedCycles: natural }),
    }),
  ),
};
