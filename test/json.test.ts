import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readGateConfig } from '../src/analysis/gate/readConfig.ts';
import { parseJson } from '../src/json.ts';

describe('JSON', () => {
  it('is what JSON.parse makes of it, whatever its strings hold', () => {
    fc.assert(
      fc.property(fc.json({ maxDepth: 5 }), (text) => {
        expect(parseJson(text)).toEqual(JSON.parse(text));
      }),
    );
    const strings = ['"', '\\', '\\"', '[[[{{{', '"['.repeat(100), '\\'.repeat(7)];
    expect(parseJson(`\ufeff${JSON.stringify(strings)}`)).toEqual(strings);
  });

  const nested = (depth: number): string => '['.repeat(depth) + ']'.repeat(depth);

  it('is refused where it is nested too deep, before anything is made of it', () => {
    expect(() => parseJson(nested(64))).not.toThrow();
    expect(() => parseJson(nested(65))).toThrow(new SyntaxError('nested more than 64 deep at position 64'));
    expect(() => parseJson(`{"a":${nested(64)}}`)).toThrow(SyntaxError);
    expect(() => parseJson(`[${nested(63)},${nested(63)}]`)).not.toThrow();
    expect(() => parseJson('['.repeat(20_000_000))).toThrow('nested');
  });

  it('is refused where it has too many entries', () => {
    expect(() => parseJson(`[${'0,'.repeat(2 ** 23)}0]`)).toThrow('more than 8388608 entries');
  });

  it('that ends in a string is no JSON', () => {
    expect(() => parseJson('["')).toThrow(SyntaxError);
  });
});

describe('a configuration', () => {
  const refusal = (text: string): Promise<unknown> =>
    readGateConfig(`schemaVersion: 1\n${text}`, 'gate.yaml').catch(String);

  it.each([
    ['lists', `targets: ${'['.repeat(100_000)}`],
    ['objects', `targets: ${'{a: '.repeat(100_000)}`],
    ['blocks', `targets: ${'- '.repeat(100_000)}`],
  ])('that is nested too deep is refused with its line: %s', async (_, text) => {
    expect(await refusal(text)).toMatch(/gate\.yaml:2: nested more than 64 deep .*CSP602$/);
  });

  it('whose aliases multiply is refused', async () => {
    const lists = Array.from(
      { length: 9 },
      (_, i) => `a${String(i + 1)}: &a${String(i + 1)} [${`*a${String(i)},`.repeat(9)}]`,
    );
    expect(await refusal(`a0: &a0 [x]\n${lists.join('\n')}\ntargets: *a9`)).toMatch(/alias.*CSP602$/);
  });

  it('may hold brackets in its texts', async () => {
    expect(await refusal(`targets: "${'['.repeat(100)}"`)).not.toMatch('nested');
    expect(await refusal(`targets: '${'['.repeat(100)}'`)).not.toMatch('nested');
  });
});
