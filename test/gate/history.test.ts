import { Ajv } from 'ajv';
import { expect, it } from 'vitest';
import { run } from '../cli/run.ts';

/** bencher.dev/bmf.json, which this restates. */
const BENCHER = {
  type: 'object',
  minProperties: 1,
  additionalProperties: {
    type: 'object',
    minProperties: 1,
    additionalProperties: {
      type: 'object',
      required: ['value'],
      additionalProperties: false,
      properties: { value: { type: 'number' } },
    },
  },
};

/** Entries of `customSmallerIsBetter`, of which the action demands these three. */
const BENCHMARK_ACTION = {
  type: 'array',
  items: {
    type: 'object',
    required: ['name', 'unit', 'value'],
    additionalProperties: false,
    properties: {
      name: { type: 'string' },
      unit: { type: 'string' },
      value: { type: 'number' },
      extra: { type: 'string' },
    },
  },
};

const analyze = async (format: string): Promise<unknown> => {
  const { stdout, code } = await run(['analyze', 'cspresnext50@320', '--format', format]);
  expect(code).toBe(0);
  return JSON.parse(stdout);
};

it('Bencher gets the totals', async () => {
  const printed = await analyze('bencher');
  expect(new Ajv().validate(BENCHER, printed)).toBe(true);
  const { totals } = (await analyze('json')) as { totals: Record<string, number> };
  const numbers = Object.entries(totals).filter(([id]) => id !== 'layers');
  expect(printed).toMatchObject({
    'cspresnext50 1x3x320x320': Object.fromEntries(numbers.map(([id, value]) => [id, { value }])),
  });
});

it('github-action-benchmark gets the totals', async () => {
  const printed = await analyze('benchmark-action');
  expect(new Ajv().validate(BENCHMARK_ACTION, printed)).toBe(true);
  const { totals } = (await analyze('json')) as { totals: Record<string, number> };
  expect(printed).toContainEqual({
    name: 'cspresnext50 1x3x320x320 cio',
    unit: 'element',
    value: totals['cio'],
  });
  expect(printed).toContainEqual({
    name: 'cspresnext50 1x3x320x320 macs',
    unit: 'MAC',
    value: totals['macs'],
  });
});
