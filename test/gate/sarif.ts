import { Ajv } from 'ajv';

const text = { type: 'string' } as const;
const object = (properties: object, required: readonly string[] = []) => ({
  type: 'object',
  additionalProperties: false,
  required,
  properties,
});
const message = object({ text }, ['text']);

/** A relative URI reference, as RFC 3986 has it. */
const uri = { type: 'string', pattern: "^(?:[A-Za-z0-9._~!$&'()*+,;=:@/-]|%[0-9A-F]{2})+$" };

const location = object(
  {
    id: { type: 'integer', minimum: -1 },
    message,
    physicalLocation: object(
      {
        artifactLocation: object({ uri, uriBaseId: text }, ['uri']),
        region: object({ startLine: { type: 'integer', minimum: 1 } }, ['startLine']),
      },
      ['artifactLocation', 'region'],
    ),
    logicalLocations: {
      type: 'array',
      items: object({ fullyQualifiedName: text, kind: { const: 'element' } }),
    },
  },
  ['physicalLocation'],
);

/** What sarif-schema-2.1.0.json of OASIS says of the properties that are used here; no others may occur. */
const SARIF = object(
  {
    $schema: { type: 'string', pattern: '^https://' },
    version: { const: '2.1.0' },
    runs: {
      type: 'array',
      items: object(
        {
          invocations: {
            type: 'array',
            items: object(
              {
                executionSuccessful: { type: 'boolean' },
                toolExecutionNotifications: {
                  type: 'array',
                  items: object({ level: { enum: ['none', 'note', 'warning', 'error'] }, message }, [
                    'message',
                  ]),
                },
              },
              ['executionSuccessful'],
            ),
          },
          columnKind: { enum: ['utf16CodeUnits', 'unicodeCodePoints'] },
          tool: object(
            {
              driver: object(
                {
                  name: text,
                  version: text,
                  rules: {
                    type: 'array',
                    uniqueItems: true,
                    items: object({ id: text, shortDescription: message }, ['id']),
                  },
                },
                ['name'],
              ),
            },
            ['driver'],
          ),
          results: {
            type: 'array',
            items: object(
              {
                ruleId: text,
                ruleIndex: { type: 'integer', minimum: -1 },
                level: { enum: ['none', 'note', 'warning', 'error'] },
                message,
                locations: { type: 'array', items: location },
                relatedLocations: { type: 'array', uniqueItems: true, items: location },
                partialFingerprints: { type: 'object', additionalProperties: text },
              },
              ['message'],
            ),
          },
        },
        ['tool'],
      ),
    },
  },
  ['version', 'runs'],
);

const validate = new Ajv({ allErrors: true }).compile(SARIF);

/** Everything by which a document is no SARIF log. */
export const sarifErrors = (log: unknown): readonly string[] =>
  validate(log)
    ? []
    : (validate.errors ?? []).map((error) => `${error.instancePath} ${String(error.message)}`);
