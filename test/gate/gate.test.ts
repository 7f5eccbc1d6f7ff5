import { describe, expect, it } from 'vitest';
import { gate, type Baseline, type LimitDemand, type RuleDemand } from '../../src/analysis/gate/gate.ts';
import { parseLimit } from '../../src/analysis/gate/limit.ts';
import { GATE_METRICS, UNITS, gateMetric } from '../../src/analysis/gate/metrics.ts';
import { hasFailed, type Check } from '../../src/analysis/gate/result.ts';
import { parseRule } from '../../src/analysis/gate/rule.ts';
import type { Profile, ProfileRow } from '../../src/analysis/profile.ts';
import { ProfileError, type Origin } from '../../src/diagnostics.ts';
import { isProblem } from '../../src/ops/spec.ts';
import { made, row } from '../analysis/rows.ts';

const place: Origin = { format: 'json', file: 'config.json', path: '.targets[0]' };

function limit(id: string, text: string): LimitDemand {
  const metric = gateMetric(id)!;
  const parsed = parseLimit(text, metric);
  if (isProblem(parsed)) throw new TypeError(parsed.problem);
  return { metric, limit: parsed, place };
}

function rule(expression: string, given: Partial<RuleDemand> = {}): RuleDemand {
  const parsed = parseRule(expression);
  if (isProblem(parsed)) throw new TypeError(parsed.problem);
  return { name: 'ours', rule: parsed, severity: 'error', place, ...given };
}

const target = (limits: readonly LimitDemand[], rules: readonly RuleDemand[] = []) => ({
  model: 'made.cfg',
  limits,
  measured: [],
  rules,
  place,
});

const against = (profile: Profile | 'new', updatable = false): Baseline => ({
  name: 'base.json',
  profile,
  updatable,
});

function checked(demand: LimitDemand | RuleDemand, profile: Profile, baseline?: Baseline): Check {
  const isRule = 'rule' in demand;
  const { checks } = gate(isRule ? target([], [demand]) : target([demand]), profile, baseline);
  expect(checks).toHaveLength(1);
  return checks[0]!;
}

/** What a gate that cannot decide says. */
function refused(demands: ReturnType<typeof target>, profile: Profile, baseline?: Baseline): string[] {
  try {
    gate(demands, profile, baseline);
  } catch (error) {
    if (error instanceof ProfileError)
      return error.diagnostics.map(({ code, message, fix }) => `${code} ${message} (${fix})`);
    throw error;
  }
  return [];
}

const sums = (values: readonly number[], given: readonly Partial<ProfileRow>[] = []): Profile =>
  made(
    values.map((macs, i) => row(i, { macs, ...given[i] })),
    { macs: values.reduce((a, b) => a + b, 0) },
  );

const peaks = (values: readonly number[]): Profile =>
  made(
    values.map((peakActivationBytes, i) => row(i, { peakActivationBytes })),
    { peakActivationBytes: Math.max(...values) },
  );

const causes = ({ causes }: Check): (readonly [layer: number, value: number, growth?: number])[] =>
  causes.map(({ layer, value, growth }) =>
    growth === undefined ? [layer.index, value] : [layer.index, value, growth],
  );

describe('a limit', () => {
  it('passes up to what it allows', () => {
    expect(checked(limit('macs', '10'), sums([4, 6]))).toEqual({
      kind: 'limit',
      name: 'macs',
      unit: 'MAC',
      value: 10,
      demand: '10',
      place,
      allowed: 10,
      status: 'pass',
      causes: [],
    });
    expect(checked(limit('macs', '9'), sums([4, 6]))).toMatchObject({ status: 'fail', allowed: 9 });
  });

  it('of a change is against the baseline, and says when that is due for an update', () => {
    const baseline = against(sums([50, 50]));
    expect(checked(limit('macs', '+10%'), sums([50, 60]), baseline)).toMatchObject({
      status: 'pass',
      baseline: 100,
      allowed: 110,
    });
    expect(checked(limit('macs', '+10%'), sums([50, 61]), baseline).status).toBe('fail');
    expect(checked(limit('macs', '+10%'), sums([50, 40]), baseline).status).toBe('pass');
    expect(checked(limit('macs', '+10%'), sums([50, 39]), baseline).status).toBe('improved');
    expect(checked(limit('macs', '200'), sums([50, 39]), baseline)).toMatchObject({
      status: 'pass',
      baseline: 100,
    });
  });

  it('of a change is not checked where there is no baseline yet', () => {
    expect(checked(limit('macs', '+1%'), sums([1]), against('new'))).toMatchObject({
      status: 'new',
      value: 1,
      causes: [],
    });
    expect(checked(limit('macs', '1'), sums([1]), against('new')).status).toBe('pass');
    expect(refused(target([limit('macs', '+1%')]), sums([1]))).toEqual([
      'CSP605 the limit macs: +1% needs a baseline (name one under baseline:, such as baselines/NAME.json, and run csp-profile gate --update)',
    ]);
  });

  it('says all at once what is not known', () => {
    const limits = [limit('macs', '1'), limit('floorSeconds', '1 s')];
    expect(refused(target(limits), made([row(0)]))).toEqual([
      'CSP607 macs is not known for made (limit another metric)',
      'CSP607 floorSeconds is not known for made (name a device: for this target, that states what it takes)',
    ]);
    expect(refused(target([limit('macs', '+1%')]), sums([1]), against(made([row(0)])))).toEqual([
      'CSP607 macs is not known for the baseline base.json (limit another metric)',
    ]);
  });
});

describe('the layers behind a sum', () => {
  it('are those that grew, by how much', () => {
    const check = checked(limit('macs', '+0%'), sums([10, 70, 5, 9]), against(sums([10, 20, 4, 30])));
    expect(check.status).toBe('fail');
    expect(check.causesBy).toBe('growth');
    expect(causes(check)).toEqual([
      [1, 70, 50],
      [2, 5, 1],
    ]);
    expect(check).not.toHaveProperty('inputs');
  });

  it('are those with the most where nothing grew, none without a value', () => {
    const same = checked(limit('macs', '5'), sums([10, 20, 0]), against(sums([10, 20, 0])));
    expect(same.causesBy).toBe('value');
    expect(causes(same)).toEqual([
      [1, 20, 0],
      [0, 10, 0],
    ]);
    expect(causes(checked(limit('macs', '5'), sums([10, 20, 0])))).toEqual([
      [1, 20],
      [0, 10],
    ]);
  });

  it('are ten at most, the earlier one first of two alike', () => {
    const check = checked(limit('macs', '5'), sums(Array.from({ length: 12 }, () => 3)));
    expect(causes(check).map(([layer]) => layer)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
  });

  it('are new ones by all that they cost', () => {
    const check = checked(limit('macs', '+0%'), sums([10, 7]), against(sums([10])));
    expect(causes(check)).toEqual([[1, 7, 7]]);
    expect(check.causes[0]).toMatchObject({ fate: 'added', unit: 'MAC' });
    expect(check.causes[0]).not.toHaveProperty('before');
    const unknown = made([row(0, { macs: 7 })], { macs: 7 });
    expect(causes(checked(limit('macs', '+0%'), unknown, against(made([row(0)], { macs: 1 }))))).toEqual([
      [0, 7, 7],
    ]);
  });

  it('stand beside inputs that are not the same', () => {
    const network = { ...made([]).network, inputs: [{ name: 'x', shape: [2, 4], dtype: 'int8' }] };
    const check = checked(limit('macs', '+0%'), { ...sums([9]), network }, against(sums([1])));
    expect(check.inputs).toEqual({ baseline: '1x4x8x8 float32', now: '2x4 int8' });
  });

  const larger = [[1, 4, 16, 16]];
  it.each([
    ['nothing', {}, 'same'],
    ['what it makes', { outputs: larger }, 'changed'],
    ['its operator', { detail: '1x1 4->4' }, 'changed'],
    ['what it reads', { inputs: larger }, 'fed'],
    ['what it reads and makes', { inputs: larger, outputs: larger }, 'fed'],
    ['operator and what it reads', { inputs: larger, detail: '1x1 4->4' }, 'fed'],
    ['everything', { inputs: larger, outputs: larger, detail: '1x1 4->4' }, 'changed'],
  ] as const)('say what became of them: %s', (_, given, fate) => {
    const check = checked(limit('macs', '+0%'), sums([9], [given]), against(sums([1])));
    expect(check.causes.map((cause) => cause.fate)).toEqual([fate]);
    expect(check.causes[0]?.before).toEqual(row(0, { macs: 1 }));
  });
});

describe('the layers behind a maximum', () => {
  it('are those above what is allowed, the largest first', () => {
    const check = checked(limit('peakActivationBytes', '10 B'), peaks([8, 12, 10, 15, 11]));
    expect(check.causesBy).toBe('value');
    expect(causes(check)).toEqual([
      [3, 15],
      [1, 12],
      [4, 11],
    ]);
  });

  it('are all of those above, though only one grew', () => {
    const check = checked(
      limit('peakActivationBytes', '+0%'),
      peaks([12, 20, 15]),
      against(peaks([12, 14, 15])),
    );
    expect(causes(check)).toEqual([[1, 20, 6]]);
    const more = checked(limit('peakActivationBytes', '9'), peaks([12, 20]), against(peaks([12, 14])));
    expect(causes(more)).toEqual([
      [1, 20, 6],
      [0, 12, 0],
    ]);
  });
});

const costly = (flops: readonly number[]): Profile =>
  made(
    flops.map((each, i) => row(i, { flops: each })),
    { flops: flops.reduce((a, b) => a + b, 0) },
  );

describe('the bottleneck', () => {
  it.each([
    ['bottleneckFlops', '5', 60, 'FLOP'],
    ['bottleneck.share', '10%', 0.6, 'share'],
    ['bottleneck.maxOverMean', '1', 1.8, '1'],
  ])('is the one layer behind %s', (id, most, value, unit) => {
    const check = checked(limit(id, most), costly([10, 60, 30]));
    expect(check).toMatchObject({ status: 'fail', unit });
    expect('value' in check && check.value).toBeCloseTo(value, 12);
    expect(check.causes).toEqual([{ layer: row(1, { flops: 60 }), value: 60, unit: 'FLOP' }]);
  });

  it('is not known where nothing computes', () => {
    expect(refused(target([limit('bottleneckShare', '1')]), made([row(0)]))).toEqual([
      'CSP607 bottleneckShare is not known for made (limit another metric)',
    ]);
  });
});

describe('numbers beside the metrics', () => {
  it('are layers, one each, and operators that are not counted', () => {
    expect(checked(limit('layers', '1'), sums([1, 1]))).toMatchObject({ value: 2, unit: 'layer' });
    expect(causes(checked(limit('layers', '1'), sums([1, 1])))).toEqual([
      [0, 1],
      [1, 1],
    ]);
    const uncounted = [
      { op: 'a', count: 2 },
      { op: 'b', count: 3 },
    ];
    const check = checked(
      limit('uncountedOperators', '0'),
      made([row(0)], {}, { coverage: { counted: 0, uncounted } }),
    );
    expect(check).toMatchObject({ value: 5, unit: 'operator', status: 'fail', causes: [] });
  });

  it('have units', () => {
    const of = (unit: string): Record<string, number> => Object.fromEntries(UNITS.get(unit) ?? []);
    const prefixes = { k: 1e3, M: 1e6, G: 1e9, T: 1e12 };
    expect(of('element')).toEqual(prefixes);
    expect(of('cycle')).toEqual(prefixes);
    expect(of('s')).toEqual({ s: 1, ms: 1e-3, us: 1e-6 });
    expect(of('byte')).toEqual({
      B: 1,
      KiB: 1024,
      MiB: 1048576,
      GiB: 1073741824,
      kB: 1e3,
      MB: 1e6,
      GB: 1e9,
      TB: 1e12,
    });
    for (const [unit, plural] of [
      ['FLOP', 'FLOPs'],
      ['MAC', 'MACs'],
    ] as const) {
      const written = [unit, plural].flatMap((name) => [
        [name, 1],
        ...Object.entries(prefixes).map(([prefix, factor]) => [prefix + name, factor]),
      ]);
      expect(of(unit)).toEqual({ ...Object.fromEntries(written), ...prefixes });
    }
    expect([...UNITS.keys()].sort()).toEqual(['FLOP', 'MAC', 'byte', 'cycle', 'element', 's']);
  });

  it('leave out ratios, and know what needs a device', () => {
    const ids = GATE_METRICS.map(({ id }) => id);
    expect(ids).not.toContain('utilization');
    expect(gateMetric('dramBytes')?.onDevice).toBe(true);
    expect(gateMetric('flops')?.onDevice).toBe(false);
    expect(gateMetric('bottleneck.maxOverMean')?.id).toBe('bottleneckMaxOverMean');
    expect(gateMetric('bottleneck.')).toBeUndefined();
    expect(gateMetric('my.bottleneck.share')).toBeUndefined();
  });
});

describe('a rule', () => {
  it('passes with the numbers that it names', () => {
    expect(checked(rule('macs <= 2 * baseline.macs'), sums([10]), against(sums([5])))).toEqual({
      kind: 'rule',
      name: 'ours',
      demand: 'macs <= 2 * baseline.macs',
      place,
      values: { macs: 10, 'baseline.macs': 5 },
      status: 'pass',
      causes: [],
    });
  });

  it('fails, or warns, with its message and the layers behind the first metric', () => {
    const check = checked(rule('macs < 10', { message: 'too much' }), sums([10, 0]));
    expect(check).toMatchObject({ status: 'fail', message: 'too much', causesBy: 'value' });
    expect(causes(check)).toEqual([[0, 10]]);
    const warned = checked(rule('macs < 10', { severity: 'warn' }), sums([10]));
    expect(warned.status).toBe('warn');
    expect(warned).not.toHaveProperty('message');
    expect(causes(checked(rule('peakActivationBytes < 1'), peaks([3, 4])))).toEqual([
      [1, 4],
      [0, 3],
    ]);
    expect(checked(rule('1 > 2'), sums([10])).causes).toEqual([]);
    expect(causes(checked(rule('baseline.macs > 5 and macs > 20'), sums([10]), against(sums([2]))))).toEqual([
      [0, 10, 8],
    ]);
  });

  it('is not checked where there is no baseline yet, and needs one where none is named', () => {
    expect(checked(rule('macs <= baseline.macs'), sums([1]), against('new'))).toMatchObject({
      status: 'new',
      values: { macs: 1 },
      causes: [],
    });
    expect(refused(target([], [rule('macs <= baseline.macs')]), sums([1]))).toEqual([
      'CSP605 the rule "ours" needs a baseline (name one under baseline:, such as baselines/NAME.json, and run csp-profile gate --update)',
    ]);
  });

  it('that says nothing is refused', () => {
    const [said] = refused(target([], [rule('cio > 1')]), sums([1]));
    expect(said).toMatch(/^CSP607 the rule "ours" says nothing: cio is not known/);
    const [unknown] = refused(target([], [rule('baseline.cio > 1')]), sums([1]), against(sums([1])));
    expect(unknown).toMatch(/^CSP607 the rule "ours" says nothing/);
    const [other] = refused(target([], [rule('cio > 1')]), sums([1]), against('new'));
    expect(other).toMatch(/^CSP607/);
  });
});

describe('a baseline', () => {
  it.each(['flops', 'cio'] as const)('that counts %s otherwise is refused', (what) => {
    const conventions = { ...made([]).conventions, [what]: 'other' };
    const baseline = made([], {}, { conventions });
    const counted = what === 'flops' ? 'darknet' : 'cspnet';
    expect(refused(target([]), made([]), against(baseline))).toEqual([
      `CSP605 the baseline base.json counts ${what} as other, the network is counted as ${counted} (set ${what}: other for this target)`,
    ]);
    expect(refused(target([]), made([]), against(baseline, true))[0]).toContain(
      `set ${what}: other for this target, or run csp-profile gate --update`,
    );
  });

  it('on other hardware is refused, where the network is on any', () => {
    const device = {
      id: 'a',
      title: 'A',
      kind: 'cpu',
      dtype: 'float32',
      peakFlopsPerSecond: 1,
      unverified: [],
      notStated: [],
    } as const satisfies Profile['device'];
    const [on, off] = [made([], {}, { device }), made([])];
    const other = made([], {}, { device: { ...device, id: 'b' } });
    expect(refused(target([]), on, against(off))).toEqual([
      'CSP605 the network is costed on a, the baseline base.json on no hardware (cost both on the same)',
    ]);
    expect(refused(target([]), on, against(other))[0]).toContain('costed on a, the baseline base.json on b');
    expect(refused(target([]), off, against(on))).toEqual([]);
    expect(refused(target([]), on, against(on))).toEqual([]);
  });

  it('is named in the result', () => {
    const profile = sums([1]);
    expect(gate(target([]), profile, undefined)).toEqual({
      model: 'made.cfg',
      network: profile.network,
      conventions: profile.conventions,
      coverage: profile.coverage,
      updatable: false,
      checks: [],
    });
    expect(gate(target([]), profile, against(profile, true))).toMatchObject({
      baseline: 'base.json',
      updatable: true,
    });
    expect(gate(target([]), profile, against(profile)).updatable).toBe(false);
  });
});

it('has failed where a check has, and not by a warning', () => {
  const result = (demand: LimitDemand | RuleDemand) =>
    gate('rule' in demand ? target([], [demand]) : target([demand]), sums([5]), undefined);
  const [good, bad] = [result(limit('macs', '5')), result(limit('macs', '4'))];
  const warned = result(rule('macs < 1', { severity: 'warn' }));
  expect(hasFailed([])).toBe(false);
  expect(hasFailed([good, warned])).toBe(false);
  expect(hasFailed([good, bad])).toBe(true);
});
