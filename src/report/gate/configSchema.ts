import { CONFIG_VERSION } from '../../analysis/gate/config.ts';
import { MEASURED_METRICS } from '../../analysis/gate/measured.ts';
import { GATE_METRICS } from '../../analysis/gate/metrics.ts';

type JsonSchema = Readonly<Record<string, unknown>>;

const text = (description: string): JsonSchema => ({ type: 'string', description });

/** Values of one kind, by names from the model. */
const map = (values: JsonSchema, description: string): JsonSchema => ({
  type: 'object',
  additionalProperties: values,
  description,
});

/** A map, or a list of what the option of the command line takes. */
const orOptions = ({ description, ...values }: JsonSchema): JsonSchema => ({
  oneOf: [values, { type: 'array', items: { type: 'string' } }],
  description,
});

const NATURAL = { type: 'integer', minimum: 0 };

const object = (properties: JsonSchema, required: readonly string[], description?: string): JsonSchema => ({
  type: 'object',
  ...(description === undefined ? {} : { description }),
  additionalProperties: false,
  required,
  properties,
});

const LIMIT = {
  type: ['string', 'number'],
  description:
    'the most that passes: an amount (8 GFLOP, 16 MiB, 10%), or a change against the baseline (+2%, -1%, +1 MFLOP); "and" demands both bounds, "or" one of them',
};

const MEASURED_LIMIT = {
  type: ['string', 'number'],
  description:
    'the most that passes, as an amount (12 ms, 1.1); broken only where the whole 95 % confidence interval lies above',
};

const measure = object(
  {
    reference: text('network that takes turns with the model: measuredRatio is over its latency'),
    file: text('measurement of both: what probe --format json -o wrote; absent: measured now'),
    severity: {
      enum: ['error', 'warn'],
      default: 'warn',
      description: 'of a measured limit that is not kept; warn: reported, and passes',
    },
    device: text('where to run: cpu, webgpu, cuda, dml or coreml (cpu)'),
    threads: { type: 'integer', minimum: 1, description: 'threads of one run (1)' },
    budget: { type: 'integer', minimum: 1, description: 'seconds to measure for (60)' },
  },
  [],
  'how measured numbers are come by',
);

const rule = object(
  {
    name: text('what the rule is called'),
    expr: text(
      'condition over names of metrics, baseline.NAME and numbers with units: + - * /, comparisons, and, or, not, min, max, abs',
    ),
    severity: { enum: ['error', 'warn'], default: 'error', description: 'warn: reported, and passes' },
    message: text('what it means that the rule does not hold'),
  },
  ['name', 'expr'],
);

const target = object(
  {
    model: text('built-in network, file, or pattern of files (models/*.cfg), with @EXTENT for another input'),
    baseline: text(
      'what to compare with: a profile that gate --update writes (baselines/{name}.json), a model, git:REF (the same file at a commit) or git:REF:PATH',
    ),
    flops: text('counting rules of FLOPs'),
    cio: text('counting rules of CIO'),
    batch: { type: 'integer', minimum: 1, description: 'batch size' },
    dtype: text('element type'),
    device: text(
      'hardware to cost it on: an id, or a file.json; for dramBytes, floorSeconds, predictedSeconds, cycles',
    ),
    buffer: text('on-chip buffer for dramBytes: 108KiB'),
    fusion: text('layers that exchange maps on chip: pairs or stages'),
    input: orOptions(
      map(
        {
          oneOf: [
            { type: 'string', pattern: '^[0-9]+(x[0-9]+)*$' },
            { type: 'array', items: NATURAL },
          ],
        },
        'shapes of inputs, by name: { data: 1x3x224x224 }',
      ),
    ),
    bind: orOptions(map(NATURAL, 'extents of symbolic dimensions, by symbol: { N: 1 }')),
    value: map(
      {
        oneOf: [{ type: ['number', 'boolean'] }, { type: 'array', items: { type: ['number', 'boolean'] } }],
      },
      'contents of small inputs that decide branches, trips or shapes, by name: { sr: 16000 }',
    ),
    branch: map(
      { enum: ['then', 'else'] },
      'branches of nodes whose condition is not known, by the name of the node: { If_12: then }',
    ),
    assume: map(
      { const: 'same-shape' },
      'what unknown ONNX operators make: { my.domain.Op: same-shape }, results like their first inputs',
    ),
    limits: object(
      Object.fromEntries([
        ...GATE_METRICS.flatMap(({ id, unit }): [string, JsonSchema][] => {
          const limit = { ...LIMIT, title: `${id} (${unit === '1' ? 'ratio' : unit})` };
          const short = /^bottleneck(.)(.*)/.exec(id);
          return short === null
            ? [[id, limit]]
            : [id, `bottleneck.${(short[1] as string).toLowerCase()}${short[2] as string}`].map((name) => [
                name,
                limit,
              ]);
        }),
        ...MEASURED_METRICS.map(({ id, unit }): [string, JsonSchema] => [
          id,
          { ...MEASURED_LIMIT, title: `${id} (${unit === '1' ? 'ratio' : unit})` },
        ]),
      ]),
      [],
      'upper limits of metrics',
    ),
    measure,
    rules: { type: 'array', items: rule, description: 'conditions that must hold' },
  },
  ['model'],
);

/** The JSON schema of `csp-profile.config.*`. */
export const configSchema = (): JsonSchema => ({
  $schema: 'http://json-schema.org/draft-07/schema#',
  title: 'csp-profile gate: networks and what is demanded of each',
  ...object(
    {
      $schema: { type: 'string' },
      schemaVersion: { const: CONFIG_VERSION },
      targets: { type: 'array', items: target, description: 'networks and their demands' },
    },
    ['schemaVersion', 'targets'],
  ),
});
