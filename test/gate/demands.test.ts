import { describe, expect, it } from 'vitest';
import { buildNetwork } from '../../architectures/zoo.ts';
import { checkDemands } from '../../src/analysis/gate/demands.ts';
import { profile } from '../../src/analysis/profile.ts';
import { formatDiagnostic, ProfileError } from '../../src/diagnostics.ts';

const resnext = profile(buildNetwork('resnext50'));
const cspresnext = profile(buildNetwork('cspresnext50'));

describe('demands', () => {
  it('are checked as the gate does, with the layers behind', async () => {
    const demands = {
      limits: { cio: 33_000_000, flops: '+0%', 'bottleneck.share': '10%' },
      rules: [{ name: 'leaner', expr: 'flops <= 0.78 * baseline.flops', severity: 'warn' }],
    } as const;
    const checks = await checkDemands(cspresnext, demands, resnext);
    expect(checks.map(({ name, status }) => [name, status])).toEqual([
      ['cio', 'pass'],
      ['flops', 'improved'],
      ['bottleneckShare', 'pass'],
      ['leaner', 'warn'],
    ]);
    const [cio] = await checkDemands(resnext, { limits: demands.limits }, cspresnext);
    // arXiv 1911.11929, figure 8: 34.4M and 32.6M
    expect(cio).toMatchObject({ status: 'fail', value: 34411496, baseline: 32642024, allowed: 33000000 });
    expect(cio?.causes.length).toBeGreaterThan(0);
  });

  it.each([
    [{ limits: { flop: 1 } }, 'limits.flop: is no metric; did you mean flops?'],
    [{ limits: { flops: '8 GiB' } }, 'limits.flops: '],
    [{ limits: { measuredSeconds: 1 } }, 'limits.measuredSeconds: a profile is not measured'],
    [{ rules: [{ name: 'a', expr: 'import("x")' }] }, 'rules[0].expr: rule "a": at character 1'],
    [{ limits: { flops: '+1%' } }, 'limits.flops: the limit flops: +1% needs a baseline'],
  ])('%j are refused', async (demands, message) => {
    const refused: unknown = await checkDemands(resnext, demands).catch((error: unknown) => error);
    expect(refused).toBeInstanceOf(ProfileError);
    const [first] = (refused as ProfileError).diagnostics;
    expect(first && formatDiagnostic(first)).toContain(message);
  });

  it('are against what was counted by the same conventions', async () => {
    const standard = profile(buildNetwork('resnext50'), { flops: 'standard' });
    await expect(checkDemands(resnext, { limits: { flops: '+1%' } }, standard)).rejects.toThrow(ProfileError);
  });
});
