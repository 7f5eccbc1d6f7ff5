import { METRIC_INFO } from '../analysis/profile.ts';
import { SCHEMA_VERSION } from '../analysis/readProfile.ts';

type JsonSchema = Readonly<Record<string, unknown>>;

const object = (required: JsonSchema, optional: JsonSchema = {}): JsonSchema => ({
  type: 'object',
  required: Object.keys(required),
  additionalProperties: false,
  properties: { ...required, ...optional },
});

const text: JsonSchema = { type: 'string' };
const count: JsonSchema = { type: 'integer', minimum: 0, maximum: Number.MAX_SAFE_INTEGER };
const listOf = (items: JsonSchema): JsonSchema => ({ type: 'array', items });
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

const origin: JsonSchema = {
  type: 'object',
  required: ['format'],
  additionalProperties: false,
  properties: {
    format: { enum: ['darknet', 'onnx', 'zoo', 'json', 'module', 'config', 'cli'] },
    file: text,
    line: count,
    section: text,
    index: count,
    node: text,
    op: text,
    architecture: text,
    scope: text,
    path: text,
    argument: text,
  },
};

const port = object({ name: text, shape, dtype: text });

/** The JSON schema of `analyze --format json`. */
export const profileSchema = (): JsonSchema => ({
  $schema: 'http://json-schema.org/draft-07/schema#',
  title: 'csp-profile: what a network costs, layer by layer',
  ...object(
    {
      schemaVersion: { const: SCHEMA_VERSION },
      tool: object({ name: text, version: text }),
      network: object({
        name: text,
        source: text,
        format: { enum: ['darknet', 'onnx', 'json', 'zoo'] },
        inputs: listOf(port),
        outputs: listOf(port),
      }),
      conventions: object({ flops: text, cio: text }),
      totals: object({ layers: count }, metrics(true)),
      coverage: object({ counted: count, uncounted: listOf(object({ op: text, count })) }),
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
          { detail: text, ...metrics(false) },
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
    },
  ),
});
