import { ProfileError, problem, type Diagnostic } from '../../diagnostics.ts';
import { ORIGIN } from '../../formats/origin.ts';
import { FORMAT_IDS } from '../../formats/registry.ts';
import {
  choice,
  conforms,
  fields,
  flag,
  list,
  natural,
  number,
  optional,
  text,
  type ValueType,
} from '../../values.ts';
import {
  MEASUREMENT_VERSION,
  type Absence,
  type Agreement,
  type Distribution,
  type Environment,
  type LatencyPrediction,
  type LatencyRatio,
  type LatencySummary,
  type MeasuredKernel,
  type MeasuredLayer,
  type Measurement,
  type NetworkMeasurement,
  type ProbeSettings,
  type ProcessSamples,
  type ProfilingOverhead,
  type QuantisedRounding,
} from './measurement.ts';
import type { NetworkPort } from '../profile.ts';

/** The JSON of a measurement: itself, and who wrote it. */
interface MeasurementFile extends Measurement {
  readonly schemaVersion: number;
  readonly tool: { readonly name: string; readonly version: string };
}

/** Two numbers, the lower one first. */
const interval: ValueType<readonly [number, number]> = {
  mismatch(value) {
    const pair = Array.isArray(value) && value.length === 2 && value.every((end) => typeof end === 'number');
    return pair ? undefined : { path: '', problem: 'must be two numbers' };
  },
};

const ports = list(
  fields<NetworkPort>({ name: text, shape: list(natural), dtype: text, channelsLast: optional(flag) }),
);
const distribution = fields<Distribution>({
  n: natural,
  min: number,
  p25: number,
  median: number,
  p95: number,
  mad: number,
});

const NETWORK = fields<NetworkMeasurement>({
  network: fields<NetworkMeasurement['network']>({
    name: text,
    source: text,
    format: choice(FORMAT_IDS),
    inputs: ports,
    outputs: ports,
    shapelessOutputs: optional(list(text)),
    fused: optional(flag),
    modules: optional(natural),
    notes: optional(list(text)),
  }),
  latency: fields<LatencySummary>({
    clock: choice(['cpu', 'wall']),
    ns: natural,
    interval: optional(interval),
    cpu: optional(distribution),
    wall: distribution,
    utilisation: optional(number),
    firstRunNs: optional(number),
  }),
  samples: list(fields<ProcessSamples>({ cpu: list(number), wall: list(number) })),
  agreement: optional(
    fields<Agreement>({
      relativeError: number,
      limit: number,
      outputs: natural,
      rounding: optional(
        fields<QuantisedRounding>({ differing: number, noise: number, steps: optional(number) }),
      ),
    }),
  ),
  layers: list(
    fields<MeasuredLayer>({
      index: natural,
      name: text,
      kind: text,
      detail: optional(text),
      stage: text,
      origin: ORIGIN,
      ns: natural,
      reorderNs: natural,
      kernels: list(
        fields<MeasuredKernel>({ op: text, provider: text, ns: natural, fused: optional(list(natural)) }),
      ),
      absent: optional(
        fields<Absence>({
          why: choice(['fused', 'merged', 'folded', 'removed', 'unused', 'empty', 'unseen']),
          into: list(natural),
        }),
      ),
      predictedNs: optional(number),
      flops: optional(number),
      bytes: optional(number),
    }),
  ),
  prediction: optional(fields<LatencyPrediction>({ device: text, ns: number, interval })),
  executorNs: optional(natural),
  profiling: optional(
    fields<ProfilingOverhead>({ overhead: optional(number), kernels: natural, runs: natural }),
  ),
});

const code: ValueType<Diagnostic['code']> = {
  mismatch: (value) =>
    typeof value === 'string' && /^CSP\d+$/.test(value) ? undefined : { path: '', problem: 'must be a code' },
};

const MEASUREMENT_FILE: ValueType<MeasurementFile> = fields<MeasurementFile>({
  schemaVersion: natural,
  tool: fields({ name: text, version: text }),
  environment: fields<Environment>({
    importedFrom: optional(fields<NonNullable<Environment['importedFrom']>>({ tool: text, file: text })),
    cpu: optional(
      fields<NonNullable<Environment['cpu']>>({
        model: text,
        logicalCores: natural,
        flags: list(text),
        governor: optional(text),
      }),
    ),
    accelerator: optional(text),
    memoryBytes: optional(natural),
    os: optional(text),
    load: optional(fields<NonNullable<Environment['load']>>({ before: number, after: number })),
    versions: fields<Environment['versions']>({
      node: optional(text),
      browser: optional(text),
      onnxruntime: optional(text),
    }),
    isolated: optional(flag),
    date: text,
  }),
  settings: fields<ProbeSettings>({
    device: text,
    level: optional(text),
    threads: optional(natural),
    warmup: optional(natural),
    processes: natural,
    seed: optional(natural),
  }),
  networks: list(NETWORK),
  ratios: list(
    fields<LatencyRatio>({
      network: natural,
      reference: natural,
      ratio: number,
      interval: optional(interval),
      processes: list(number),
    }),
  ),
  warnings: list(
    fields<Diagnostic>({
      code,
      severity: choice(['error', 'warning']),
      message: text,
      fix: text,
      origin: optional(ORIGIN),
    }),
  ),
});

/**
 * The measurement that `probe --format json` wrote.
 *
 * @throws ProfileError CSP305 where the value is no such measurement, with the path of the first thing that is wrong
 */
export function readMeasurement(value: unknown, file: string): Measurement {
  const refuse = (message: string, path?: string): ProfileError =>
    new ProfileError(
      problem('CSP305', message, 'write it again with probe --format json', {
        format: 'json',
        file,
        ...(path === undefined ? {} : { path }),
      }),
    );
  const version =
    typeof value === 'object' && value !== null && 'schemaVersion' in value ? value.schemaVersion : undefined;
  if (version !== MEASUREMENT_VERSION)
    throw refuse(
      `the measurement has schemaVersion ${String(version)}, this tool reads ${String(MEASUREMENT_VERSION)}`,
    );
  if (!conforms(MEASUREMENT_FILE, value)) {
    const wrong = MEASUREMENT_FILE.mismatch(value);
    throw refuse(wrong?.problem ?? 'is no measurement', wrong?.path);
  }
  const { environment, settings, networks, ratios, warnings } = value;
  return { environment, settings, networks, ratios, warnings };
}
