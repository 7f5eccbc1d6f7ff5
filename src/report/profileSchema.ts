import { METRIC_INFO } from '../analysis/profile.ts';
import { SCHEMA_VERSION } from '../analysis/readProfile.ts';
import { ORIGIN_IDS, ORIGIN_PARTS } from '../formats/origin.ts';
import { FORMAT_IDS } from '../formats/registry.ts';

export type JsonSchema = Readonly<Record<string, unknown>>;

export const object = (required: JsonSchema, optional: JsonSchema = {}): JsonSchema => ({
  type: 'object',
  required: Object.keys(required),
  additionalProperties: false,
  properties: { ...required, ...optional },
});

export const text: JsonSchema = { type: 'string' };
export const count: JsonSchema = { type: 'integer', minimum: 0, maximum: Number.MAX_SAFE_INTEGER };
export const listOf = (items: JsonSchema): JsonSchema => ({ type: 'array', items });
const shape = listOf(count);

/** Whole numbers but where a convention or a ratio makes fractions. */
const metrics = (totals: boolean): JsonSchema =>
  Object.fromEntries(
    METRIC_INFO.filter(({ total }) => !totals || total !== 'none').map(({ id, unit, definition }) => [
      id,
      {
        type: 'number',
        minimum: 0,
        description: `${definition} (${unit === '1' ? 'ratio' : unit}); absent where not defined or not known`,
      },
    ]),
  );

export const origin: JsonSchema = {
  type: 'object',
  required: ['format'],
  additionalProperties: false,
  properties: {
    format: { enum: ORIGIN_IDS },
    ...Object.fromEntries(
      Object.entries(ORIGIN_PARTS).map(([part, type]) => [part, type === 'number' ? count : text]),
    ),
  },
};

export const amount: JsonSchema = { type: 'number', minimum: 0 };
const share: JsonSchema = { type: 'number', minimum: 0, maximum: 1 };
const yesOrNo: JsonSchema = { type: 'boolean' };
export const oneOf = (...values: readonly string[]): JsonSchema => ({ enum: values });
export const described = (schema: JsonSchema, description: string): JsonSchema => ({
  ...schema,
  description,
});

const rates = {
  seconds: amount,
  framesPerSecond: amount,
  flopsPerSecond: described(amount, '2 per MAC of convolutions, linear layers and products of matrices'),
};
const peakShare = { peakShare: amount };

/** Only where a buffer or a device was asked for. */
const deviceCost: JsonSchema = {
  traffic: object(
    {
      doubleBuffering: yesOrNo,
      haloReuse: yesOrNo,
      dramBytes: described(count, 'least bytes over DRAM, fused chains counted as such'),
      compulsory: described(count, 'every operand once, layer by layer'),
      lowerBound: described(count, 'no tiling of single layers needs less'),
      noReuse: described(count, 'two operands per MAC from DRAM, results once'),
      noReuseSpilled: described(count, 'partial sums through DRAM as well'),
      chains: listOf(object({ first: count, last: count, dramBytes: count, saved: count, stripes: count })),
      unknown: described(count, 'layers without a number: the totals are too low by theirs'),
    },
    {
      bufferBytes: described(count, 'absent: the device states no buffer, every operand moves once'),
      fusion: oneOf('pairs', 'stages'),
    },
  ),
  device: object(
    {
      id: text,
      title: text,
      kind: oneOf('cpu', 'gpu', 'npu'),
      dtype: text,
      unverified: described(listOf(text), 'figures that the cost rests on and no source confirms'),
      notStated: described(listOf(text), 'figures that the device does not state: left out of the floor'),
    },
    {
      peakFlopsPerSecond: described(amount, 'dense, for this element type; 2 per MAC'),
      bytesPerSecond: described(amount, 'of the DRAM'),
    },
  ),
  latency: object(
    {
      batch: count,
      boundSeconds: object({ compute: amount, memory: amount, overhead: amount }),
      unknown: described(count, 'layers without a time: the totals are too low by theirs'),
    },
    {
      floor: described(
        object(rates, peakShare),
        'roofline: no layer-by-layer run is faster; no prediction; absent without a stated peak',
      ),
      prediction: described(
        object(
          {
            ...rates,
            low: amount,
            high: amount,
            fittedOn: text,
            samples: count,
            error: object({ fit: amount, leaveOneOut: amount, unseen: amount }),
            note: text,
          },
          {
            ...peakShare,
            measured: described(
              object({ runtime: text, median: amount, p90: amount }, { outside: text }),
              'of a model of measured networks: what ran them, how far it misses those left out, what it never saw',
            ),
          },
        ),
        'what the calibration of the device expects, with the interval of an unlike network',
      ),
      bottleneck: described(object({ layer: count, seconds: amount, share }), 'layer that takes the longest'),
    },
  ),
  energy: object({
    table: text,
    title: text,
    source: text,
    unit: oneOf('pJ', 'MAC'),
    total: amount,
    parts: object({}, { arithmetic: amount, registers: amount, onChip: amount, dram: amount, idle: amount }),
    notCounted: described(listOf(text), 'parts that nothing states: the total is too low by them'),
  }),
  utilization: object({
    rows: count,
    columns: count,
    dataflow: oneOf('os', 'ws', 'is', 'rs'),
    cycles: count,
    utilization: described(share, 'MACs / (cycles * processing elements)'),
    idealCycles: described(count, 'of a network of the same MACs that keeps every element busy'),
    pipeline: described(
      object({ layer: count, cycles: count, balancedCycles: count }),
      'an array for each layer: the longest sets the pace, and what an even spread would take',
    ),
  }),
};

export const port = object({ name: text, shape, dtype: text }, { channelsLast: { type: 'boolean' } });

/** The JSON schema of `analyze --format json`. */
export const profileSchema = (): JsonSchema => ({
  $schema: 'http://json-schema.org/draft-07/schema#',
  title: 'csp-profile: what a network costs, layer by layer',
  ...object(
    {
      schemaVersion: { const: SCHEMA_VERSION },
      tool: object({ name: text, version: text }),
      network: object(
        {
          name: text,
          source: text,
          format: { enum: FORMAT_IDS },
          inputs: listOf(port),
          outputs: listOf(port),
        },
        {
          shapelessOutputs: described(listOf(text), 'names of further outputs, whose shape is not known'),
          fused: yesOrNo,
          modules: described(count, 'rows, where each is a module of several layers'),
          notes: described(listOf(text), 'how it was read, as far as its numbers depend on that'),
        },
      ),
      conventions: object({ flops: text, cio: text }),
      totals: object({ layers: count }, metrics(true)),
      coverage: object(
        { counted: count, uncounted: listOf(object({ op: text, count })) },
        { bounds: listOf(text) },
      ),
      layers: listOf(
        object(
          {
            index: count,
            name: text,
            kind: text,
            stage: text,
            origin,
            inputs: listOf(shape),
            outputs: listOf(shape),
          },
          { detail: text, bound: oneOf('compute', 'memory', 'overhead'), ...metrics(false) },
        ),
      ),
    },
    {
      bottleneck: object({
        layer: count,
        flops: { type: 'number', minimum: 0 },
        share: { type: 'number', minimum: 0, maximum: 1 },
        maxOverMean: { type: 'number', minimum: 1 },
        histogram: listOf(object({ from: { type: 'number' }, to: { type: 'number' }, layers: count })),
      }),
      peak: object({
        layer: count,
        bytes: count,
        tensors: listOf(object({ name: text, shape, dtype: text, bytes: count }, { from: count, to: count })),
      }),
      ...deviceCost,
    },
  ),
});
