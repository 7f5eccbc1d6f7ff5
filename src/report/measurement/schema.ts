import { MEASUREMENT_VERSION } from '../../analysis/measurement/measurement.ts';
import { FORMAT_IDS } from '../../formats/registry.ts';
import {
  amount,
  count,
  described,
  listOf,
  object,
  oneOf,
  origin,
  port,
  text,
  type JsonSchema,
} from '../profileSchema.ts';

const ns = (description: string): JsonSchema => described(count, `${description} (ns)`);
const times = (description: string): JsonSchema => described(listOf(amount), `${description} (ns)`);
const interval: JsonSchema = {
  type: 'array',
  items: { type: 'number' },
  minItems: 2,
  maxItems: 2,
  description: '95 % confidence',
};

const distribution = object({
  n: count,
  min: amount,
  p25: amount,
  median: amount,
  p95: amount,
  mad: described(amount, 'median absolute deviation from the median (ns)'),
});

const kernel = object(
  {
    op: described(text, 'operator as the runtime names it, domain before it'),
    provider: text,
    ns: ns('part in the layer'),
  },
  { fused: described(listOf(count), 'other layers whose work it does as well') },
);

const layer = object(
  {
    index: count,
    name: text,
    kind: text,
    stage: text,
    origin,
    ns: ns('of one run'),
    reorderNs: ns('part of it that changes data formats between kernels'),
    kernels: listOf(kernel),
  },
  {
    detail: text,
    absent: object({
      why: oneOf('fused', 'merged', 'folded', 'removed', 'unused', 'empty', 'unseen'),
      into: described(listOf(count), 'layers that do its work'),
    }),
    predictedNs: described(amount, 'nanoseconds that a calibration expected'),
    flops: described(amount, 'by the convention standard; absent where not known'),
    bytes: described(amount, 'activations in and out and weights, each moved once; absent where not known'),
  },
);

const network = object(
  {
    network: object(
      {
        name: text,
        source: text,
        format: oneOf(...FORMAT_IDS),
        inputs: listOf(port),
        outputs: listOf(port),
      },
      { notes: listOf(text) },
    ),
    latency: object(
      {
        clock: oneOf('cpu', 'wall'),
        ns: ns('25th percentile of the clock, median over processes: the sum of all layers and the executor'),
        wall: distribution,
      },
      {
        interval,
        cpu: distribution,
        utilisation: described(amount, 'CPU time over elapsed time'),
        firstRunNs: amount,
      },
    ),
    samples: listOf(object({ cpu: times('CPU time of each run'), wall: times('elapsed time of each run') })),
    layers: listOf(layer),
  },
  {
    agreement: object(
      {
        relativeError: described(amount, 'of the outputs, against an unoptimised session on the CPU'),
        limit: amount,
        outputs: count,
      },
      {
        rounding: object(
          {
            differing: described(amount, 'part of the values of a quantised network that differ'),
            noise: described(amount, 'of the differences over the signal, by their mean squares'),
          },
          { steps: described(amount, 'of quantisation, of the largest difference') },
        ),
      },
    ),
    prediction: object({
      device: described(text, 'id of the device file whose calibration expected this'),
      ns: described(amount, 'nanoseconds'),
      interval: described(interval, 'of networks that took no part in the calibration'),
    }),
    executorNs: ns('rest of the latency: starting kernels, copies, the call'),
    profiling: object(
      { kernels: count, runs: count },
      { overhead: described({ type: 'number' }, 'profiled over unprofiled run time, less 1') },
    ),
  },
);

const diagnostic = object(
  {
    code: { type: 'string', pattern: '^CSP[0-9]+$' },
    severity: oneOf('error', 'warning'),
    message: text,
    fix: text,
  },
  { origin },
);

/** The JSON schema of `probe --format json`. */
export const measurementSchema = (): JsonSchema => ({
  $schema: 'http://json-schema.org/draft-07/schema#',
  title: 'csp-profile: how long networks take, layer by layer, measured',
  ...object({
    schemaVersion: { const: MEASUREMENT_VERSION },
    tool: object({ name: text, version: text }),
    environment: object(
      { versions: object({}, { node: text, browser: text, onnxruntime: text }), date: text },
      {
        importedFrom: described(object({ tool: text, file: text }), 'what measured, if not this tool'),
        cpu: object({ model: text, logicalCores: count, flags: listOf(text) }, { governor: text }),
        os: text,
        accelerator: text,
        memoryBytes: count,
        isolated: described({ type: 'boolean' }, 'of a page: whether it is isolated from others'),
        load: object({ before: amount, after: amount }),
      },
    ),
    settings: object(
      { device: text, processes: count },
      { level: text, threads: count, warmup: count, seed: count },
    ),
    networks: listOf(network),
    ratios: listOf(
      object(
        {
          network: described(count, 'index of the network'),
          reference: described(count, 'index of the network that it is measured against'),
          ratio: amount,
          processes: described(listOf(amount), 'ratio within each process'),
        },
        { interval },
      ),
    ),
    warnings: listOf(diagnostic),
  }),
});
