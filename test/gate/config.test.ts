import { Ajv } from 'ajv';
import { describe, expect, it } from 'vitest';
import { GATE_CONFIG } from '../../src/analysis/gate/config.ts';
import { GATE_METRICS } from '../../src/analysis/gate/metrics.ts';
import { configSchema } from '../../src/report/gate/configSchema.ts';
import { conforms } from '../../src/values.ts';

const validate = new Ajv({ strict: true, allowUnionTypes: true }).compile(configSchema());

const target = (properties: object): object => ({
  schemaVersion: 1,
  targets: [{ model: 'resnet50', limits: {}, ...properties }],
});

describe('the schema of a configuration and its check agree', () => {
  it.each([
    ['nothing demanded', { schemaVersion: 1, targets: [] }],
    ['$schema', { $schema: './x.json', schemaVersion: 1, targets: [] }],
    [
      'every property',
      target({
        baseline: 'b.json',
        flops: 'full',
        cio: 'hardnet',
        batch: 2,
        dtype: 'int8',
        device: 't4',
        buffer: '1MiB',
        fusion: 'pairs',
        input: { x: '1x3', y: [1, 3] },
        bind: { N: 1, 'past + 1': 0 },
        value: { sr: 16000, size: [1, 3, 8, 8], use_cache: true, mask: [true, false], level: 0.5 },
        branch: { If_1: 'then', If_2: 'else' },
        assume: { 'my.Op': 'same-shape' },
        rules: [
          { name: 'a', expr: 'b' },
          { name: 'a', expr: 'b', severity: 'warn', message: 'c' },
        ],
      }),
    ],
    [
      'what is measured',
      target({
        limits: { measuredSeconds: '12 ms', measuredRatio: 1.1 },
        measure: {
          reference: 'resnet50',
          file: 'm.json',
          severity: 'error',
          device: 'cpu',
          threads: 1,
          budget: 60,
        },
      }),
    ],
    ['bindings as options take them', target({ bind: ['N=1'], input: ['x:1x3'] })],
    ['every metric', target({ limits: Object.fromEntries(GATE_METRICS.map(({ id }) => [id, '+1%'])) })],
    [
      'numbers, and the names of rules',
      target({ limits: { flops: 8e9, 'bottleneck.share': 0.1, 'bottleneck.maxOverMean': 6 } }),
    ],
  ])('good: %s', (_, config) => {
    expect(validate(config), JSON.stringify(validate.errors)).toBe(true);
    expect(conforms(GATE_CONFIG, config)).toBe(true);
  });

  it.each([
    ['null', null],
    ['a list', []],
    ['no version', { targets: [] }],
    ['another version', { schemaVersion: 2, targets: [] }],
    ['no targets', { schemaVersion: 1 }],
    ['a property too many', { schemaVersion: 1, targets: [], extra: 1 }],
    ['targets that are an object', { schemaVersion: 1, targets: {} }],
    ['no model', { schemaVersion: 1, targets: [{}] }],
    ['a model that is a number', target({ model: 1 })],
    ['half a batch', target({ batch: 0.5 })],
    ['inputs that are a text', target({ input: 'x:1x3' })],
    ['inputs that are a list of numbers', target({ input: [1, 3] })],
    ['a shape with a symbol', target({ input: { x: '1xN' } })],
    ['a shape with half an extent', target({ input: { x: [0.5] } })],
    ['a list of bindings as numbers', target({ bind: [1] })],
    ['a binding that is a text', target({ bind: { N: '1' } })],
    ['a binding below zero', target({ bind: { N: -1 } })],
    ['a value that is a text', target({ value: { sr: '16000' } })],
    ['values with a text', target({ value: { sr: [1, 'a'] } })],
    ['a branch that is none', target({ branch: { If_1: 'both' } })],
    ['an assumption that is none', target({ assume: { 'my.Op': 'nothing' } })],
    ['an unknown metric', target({ limits: { flop: 1 } })],
    ['a limit that is a list', target({ limits: { flops: [1] } })],
    ['limits that are a list', target({ limits: [] })],
    ['a rule without a name', target({ rules: [{ expr: 'a' }] })],
    ['a rule without an expression', target({ rules: [{ name: 'a' }] })],
    ['an odd severity', target({ rules: [{ name: 'a', expr: 'b', severity: 'info' }] })],
    ['a rule with more', target({ rules: [{ name: 'a', expr: 'b', when: 'c' }] })],
    ['a measurement of more', target({ measure: { runs: 3 } })],
    ['an odd severity of what is measured', target({ measure: { severity: 'info' } })],
    ['a prototype as metric', target({ limits: JSON.parse('{"__proto__": 1}') as object })],
  ])('bad: %s', (_, config) => {
    expect(validate(config)).toBe(false);
    expect(conforms(GATE_CONFIG, config)).toBe(false);
  });
});
