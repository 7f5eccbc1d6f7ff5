import { describe, expect, it } from 'vitest';
import fc from 'fast-check';
import { evaluate, parseExpression, solve, symbolsOf } from '../../src/graph/expression.ts';

function value(text: string, symbols: Readonly<Record<string, number>> = {}): number | undefined {
  const expression = parseExpression(text);
  return expression === undefined ? undefined : evaluate(expression, (name) => symbols[name]);
}

describe('expressions of exporters', () => {
  it.each([
    ['past_sequence_length + 1', { past_sequence_length: 15 }, 16],
    ['2*s0', { s0: 4 }, 8],
    ['encoder_sequence_length / 2', { encoder_sequence_length: 3000 }, 1500],
    ['floor(h/2)', { h: 5 }, 2],
    ['Max(1, s77//4)', { s77: 3 }, 1],
    ['max(1, s77//4)', { s77: 9 }, 2],
    ['Min(a, b) - -1', { a: 4, b: 3 }, 4],
    ['ceiling(x/2)', { x: 5 }, 3],
    ['((s1 - 1)//2) + 1', { s1: 7 }, 4],
    ['Mod(s0, 3) + s0 % 4', { s0: 10 }, 3],
    ['s0**2 - 2*s0*3', { s0: 10 }, 40],
    ['FloorDiv(s0 + 1, 2)', { s0: 4 }, 2],
    ['-s0 + 10', { s0: 4 }, 6],
    ['10 - 4 - 3', {}, 3],
    ['floor(0.5*h + 0.5)', { h: 5 }, 3],
    ['CeilToInt(IntTrueDiv(n, 4))', { n: 5 }, 2],
  ])('%s', (text, symbols, expected) => {
    expect(value(text, symbols)).toBe(expected);
  });

  it('are unknown where a symbol is', () => {
    expect(value('a + b', { a: 1 })).toBeUndefined();
    expect([...symbolsOf(parseExpression('a + floor(b/a)') ?? { kind: 'number', value: 0 })]).toEqual([
      'a',
      'b',
    ]);
  });

  it.each([
    '',
    '?',
    'unk__1:0',
    'a b',
    '(a',
    'a)',
    'f(x)',
    'max()',
    'floor(a, b)',
    'a +',
    '* a',
    `${'('.repeat(40)}a${')'.repeat(40)}`,
    'a'.repeat(600),
  ])('are not %j', (text) => {
    expect(parseExpression(text)).toBeUndefined();
  });
});

describe('solve', () => {
  it('finds the symbol of every linear expression', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 9 }),
        fc.nat(99),
        fc.nat(1000),
        fc.nat(50),
        (factor, constant, n, m) => {
          const expression = parseExpression(`${String(factor)}*n + (m - ${String(constant)})/1`);
          if (expression === undefined) throw new TypeError('no expression');
          const whole = factor * n + m - constant;
          expect(solve(expression, whole, (name) => (name === 'm' ? m : undefined))).toEqual({
            symbol: 'n',
            value: n,
          });
          expect(
            factor > 1 ? solve(expression, whole + 1, (name) => (name === 'm' ? m : undefined)) : undefined,
          ).toBeUndefined();
        },
      ),
    );
  });

  it('says nothing of what is not linear, or has two unknowns', () => {
    for (const text of ['n*n', 'floor(n/2)', 'n + m', 'max(n, 1)', '2/n', '3']) {
      const expression = parseExpression(text);
      if (expression === undefined) throw new TypeError('no expression');
      expect(
        solve(expression, 4, () => undefined),
        text,
      ).toBeUndefined();
    }
  });
});
