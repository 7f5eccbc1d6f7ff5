import { describe, expect, it } from 'vitest';
import { parseRule, type Names } from '../../src/analysis/gate/rule.ts';
import { isProblem } from '../../src/ops/spec.ts';

const VALUES: Readonly<Record<string, number>> = {
  flops: 1000,
  'baseline.flops': 800,
  cio: 50,
  macs: 0,
  layers: 10,
  peakActivationBytes: 2 ** 20,
  'bottleneck.share': 0.25,
  'bottleneck.maxOverMean': 3,
  'baseline.bottleneck.maxOverMean': 2,
};
const names: Names = (name) => VALUES[name];

function outcome(expression: string): unknown {
  const rule = parseRule(expression);
  if (isProblem(rule)) return `refused: ${rule.problem}`;
  const verdict = rule.holds(names);
  return typeof verdict === 'boolean' ? verdict : `${verdict.problem} (${verdict.fix})`;
}

describe('a rule', () => {
  it.each([
    ['flops <= 1000', true],
    ['flops < 1000', false],
    ['flops == 1000', true],
    ['flops != 1000', false],
    ['flops / baseline.flops <= 1.25', true],
    ['flops / baseline.flops <= 1.2499', false],
    ['flops <= 1 kFLOP', true],
    ['flops <= 1/2 kFLOP', false],
    ['flops / 2 kFLOP == 0.5', true],
    ['peakActivationBytes == 1 MiB', true],
    ['bottleneck.maxOverMean <= 6', true],
    ['bottleneck.maxOverMean <= 1.1 * baseline.bottleneck.maxOverMean', false],
    ['0.2 < bottleneck.share <= 0.25', true],
    ['0.2 < bottleneck.share < 0.25', false],
    ['3 > 2 > 1', true],
    ['3 > 2 > 2', false],
    ['not (flops > 5) or cio == 50', true],
    ['flops > 5 and cio > 50', false],
    ['not (1 > 2)', true],
    ['min(flops, baseline.flops, cio) == 50', true],
    ['max(flops, baseline.flops) == 1000', true],
    ['abs(baseline.flops - flops) <= 200', true],
    ['-flops < +cio', true],
    ['2 + 3 * 4 == 14', true],
    ['(2 + 3) * 4 == 20', true],
    ['10 - 4 - 3 == 3', true],
    ['8 / 4 / 2 == 1', true],
    ['1.5e3 == 1500', true],
    [`${'-'.repeat(40)}1 == 1`, true],
    [`${'not '.repeat(10)}(1 > 2)`, false],
    ['  flops\n  <=\t1000 ', true],
  ])('%s is %s', (expression, expected) => {
    expect(outcome(expression)).toBe(expected);
  });

  it('knows which numbers it is about', () => {
    const rule = parseRule('flops / baseline.flops <= 1.02 and bottleneck.share < 0.5');
    expect(isProblem(rule) ? rule : rule.names).toEqual(['flops', 'baseline.flops', 'bottleneck.share']);
  });

  it.each([
    ['flops / macs > 1', /divides by 0/],
    ['flops / (cio - 50) > 1', /divides by 0/],
    ['0 / 0 == 0 / 0', /divides by 0/],
    ['not (0 / 0 > 1)', /divides by 0/],
    ['1 > 0 or 0 / 0 > 1', /divides by 0/],
    ['max(1, 0 / 0) > 1', /divides by 0/],
    ['1e308 * 1e308 > 1', /leaves the range/],
    ['weights > 1', /weights is not known/],
    ['baseline.cio > 1', /baseline\.cio is not known \(give the target a baseline\)/],
  ])('%s says nothing: %s', (expression, message) => {
    expect(outcome(expression)).toMatch(message);
  });
});

/** What somebody might try, and a piece of the reason that they get. */
const HOSTILE: readonly (readonly [expression: string, reason: RegExp])[] = [
  ['import({ flops: 1 })', /at character 1 .*no metric "import"/],
  ['createUnit("x")', /at character 1 .*no metric "createUnit"/],
  ['evaluate("1 > 0")', /no metric "evaluate"/],
  ['parse("1")', /no metric "parse"/],
  ['simplify("x")', /no metric "simplify"/],
  ['derivative("x^2", "x")', /no metric "derivative"/],
  ['cos.constructor("return 1")()', /at character 1 .*no metric "cos\.constructor"/],
  ['constructor', /no metric "constructor"/],
  ['__proto__', /no metric "__proto__"/],
  ['flops.constructor > 1', /no metric "flops\.constructor"/],
  ['flops.__proto__.x > 1', /no metric "flops\.__proto__\.x"/],
  ['min.constructor("return 1")()', /no metric "min\.constructor"/],
  ['baseline.constructor.constructor > 1', /no metric "baseline\.constructor\.constructor"/],
  ['baseline["flops"] > 1', /at character 1 .*no metric "baseline"/],
  ['flops[1] > 1', /"\[" is not allowed/],
  ['process.uptime() > 1', /no metric "process\.uptime"/],
  ['globalThis', /no metric "globalThis"/],
  ['require("fs")', /no metric "require"/],
  ['ones(2, 2)', /no metric "ones"/],
  ['zeros(2)', /no metric "zeros"/],
  ['1:3', /at character 2 .*":" is not allowed/],
  ['range(1, 3)', /no metric "range"/],
  ['[1, 2, 3] > 2', /"\[" is not allowed/],
  ['{a: 1}.a > 0', /"\{" is not allowed/],
  ['"a".repeat(2)', /at character 1 .*""" is not allowed/],
  ["'a' == 'a'", /"'" is not allowed/],
  ['`x` > 1', /"`" is not allowed/],
  ['factorial(3) > 1', /no metric "factorial"/],
  ['3! > 1', /"!" is not allowed/],
  ['2^2 > 1', /"\^" is not allowed/],
  ['pow(2, 2) > 1', /no metric "pow"/],
  ['10 % 3 > 1', /"%" is not allowed/],
  ['flops % 3 == 0', /"%" is not allowed/],
  ['10 mod 3 > 1', /no metric "mod"/],
  ['1 cm to inch > 1', /no metric "cm"/],
  ['flops = 3', /at character 7 .*"=" is not allowed/],
  ['f(x) = x', /no metric "f"/],
  ['flops := 3', /":" is not allowed/],
  ['flops === 3', /"=" is not allowed/],
  ['a = 1; a > 0', /no metric "a"/],
  ['flops > 1; flops > 2', /";" is not allowed/],
  ['flops > 1 # comment', /"#" is not allowed/],
  ['flops > 1 ? 1 : 0', /"\?" is not allowed/],
  ['flops > 1 && cio > 1', /"&" is not allowed/],
  ['flops > 1 | cio > 1', /"\|" is not allowed/],
  ['flops ~ 1', /"~" is not allowed/],
  ['~flops > 1', /"~" is not allowed/],
  ['flops << 2 > 1', /"flops << 2" is not allowed/],
  ['flops', /is a number, no condition/],
  ['flops + 1', /is a number, no condition/],
  ['8 GFLOP', /is a number, no condition/],
  ['1', /is a number, no condition/],
  ['true', /no metric "true"/],
  ['NaN > 1', /no metric "NaN"/],
  ['Infinity > 1', /no metric "Infinity"/],
  ['1e999 > 1', /"Infinity" is not allowed/],
  ['i > 1', /no metric "i"/],
  ['(flops > 1) + 1 > 1', /is a condition inside/],
  ['flops and cio', /"flops" is a number inside "flops and cio"/],
  ['not flops', /is a number inside/],
  ['(flops > 1) == (cio > 1)', /is a condition inside/],
  ['flops cio > 1', /has no operator between its parts/],
  ['2 flops > 1', /has no operator between its parts/],
  ['flops(3) > 1', /"flops\(3\)" is not allowed/],
  ['GFLOP(3) > 1', /"GFLOP\(3\)" is not allowed/],
  ['min() > 1', /has 0 operands/],
  ['abs(1, 2) > 1', /has 2 operands/],
  ['min > 1', /"min" is no metric/],
  ['flops <= ', /is no expression/],
  ['<= flops', /is no expression/],
  ['((flops > 1)', /is no expression/],
  ['flops > 1)', /is no expression/],
  ['flops > 1 and', /is no expression/],
  [`${'('.repeat(31)}1${')'.repeat(31)} > 1`, /at character 31 .*parentheses are too deep/],
  ['('.repeat(31), /parentheses are too deep/],
  [`${'1+'.repeat(248)}1 > 1`, /goes on to 501 characters/],
  ['', /is empty/],
  [' \n\t ', /is empty/],
  ['flops\u202e > 1', /at character 6 .*is not allowed/],
  ['flops\u0000 > 1', /is not allowed/],
  ['flоps > 1', /no metric "fl"/], // a Cyrillic o
  ['💥 > 1', /"💥" is not allowed/],
  ['flop > 1', /at character 1 .*no metric "flop".*did you mean flops/],
  ['qqqqqqqqqqqq > 1', /no metric "qqqqqqqqqqqq" use names of metrics, .*; metrics are .*\bflops\b/],
];

describe('hostile rules', () => {
  it(`are ${String(HOSTILE.length)}, of which none is a rule`, () => {
    expect(HOSTILE.length).toBeGreaterThanOrEqual(60);
    expect(new Set(HOSTILE.map(([expression]) => expression)).size).toBe(HOSTILE.length);
  });

  it.each(HOSTILE.map(([expression, reason]) => [expression.slice(0, 40), expression, reason] as const))(
    '%j is refused',
    (_, expression, reason) => {
      const rule = parseRule(expression);
      expect(isProblem(rule)).toBe(true);
      if (!isProblem(rule)) return;
      expect(`${rule.problem} ${rule.fix}`).toMatch(reason);
      expect(rule.fix.length).toBeGreaterThan(0);
      expect(rule.problem.length).toBeLessThan(300);
    },
  );
});
