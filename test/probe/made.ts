import { buildNetwork } from '../../architectures/zoo.ts';
import type {
  MeasuredKernel,
  MeasuredLayer,
  Measurement,
  NetworkMeasurement,
} from '../../src/analysis/measurement/measurement.ts';
import { distribution } from '../../src/analysis/measurement/statistics.ts';
import { profile } from '../../src/analysis/profile.ts';

export const kernel = (op: string, ns: number, provider = 'CPUExecutionProvider'): MeasuredKernel => ({
  op,
  provider,
  ns,
});

export const layer = (index: number, kernels: readonly MeasuredKernel[], flops?: number): MeasuredLayer => ({
  index,
  name: `layer${String(index)}`,
  kind: 'conv',
  stage: '',
  origin: { format: 'zoo', architecture: 'made' },
  ns: kernels.reduce((sum, { ns }) => sum + ns, 0),
  reorderNs: 0,
  kernels,
  ...(flops === undefined ? {} : { flops, bytes: flops / 10 }),
});

/** A network of which every run of every process took the same time, unless it is said otherwise. */
export function network(
  name: string,
  ns: number,
  layers: readonly MeasuredLayer[] = [],
  runs?: readonly (readonly number[])[],
): NetworkMeasurement {
  const samples = (runs ?? [Array<number>(12).fill(ns)]).map((cpu) => ({ cpu, wall: cpu }));
  const all = samples.flatMap(({ cpu }) => cpu);
  return {
    network: { ...profile(buildNetwork('resnet10', { input: 32 })).network, name },
    latency: {
      clock: 'cpu',
      ns,
      interval: [ns, ns],
      cpu: distribution(all),
      wall: distribution(all),
      utilisation: 1,
      firstRunNs: ns,
    },
    samples,
    agreement: { relativeError: 1e-7, limit: 1e-4, outputs: 1 },
    layers,
  };
}

export const measurement = (
  networks: readonly NetworkMeasurement[],
  ratios: Measurement['ratios'] = [],
): Measurement => ({
  environment: {
    cpu: { model: 'Example CPU', logicalCores: 4, flags: ['avx2'] },
    memoryBytes: 2 ** 33,
    os: 'Example 1',
    versions: { node: '20.0.0', onnxruntime: '1.30.0' },
    date: '2025-01-01',
  },
  settings: { device: 'cpu', level: 'all', threads: 1, warmup: 2, processes: 3, seed: 1 },
  networks,
  ratios,
  warnings: [],
});
