import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import stringWidth from 'fast-string-width';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Diff } from '../../src/analysis/diff.ts';
import { run } from './run.ts';

let cwd: string;
beforeAll(async () => {
  cwd = mkdtempSync(join(tmpdir(), 'csp-profile-'));
  await run(['analyze', 'resnext50', '--format', 'json', '-o', 'before.json'], { cwd });
});
afterAll(() => {
  rmSync(cwd, { recursive: true });
});

describe('diff', () => {
  it.each([80, 160])('fits %i columns', async (columns) => {
    const { stdout, code } = await run(['diff', 'resnext50', 'cspresnext50'], { columns });
    expect(code).toBe(0);
    expect(Math.max(...stdout.split('\n').map((line) => stringWidth(line)))).toBeLessThanOrEqual(columns);
    expect(stdout).toMatch(/CIO +34\.41 M +32\.64 M +-1\.769 M +-5\.1 %/);
  });

  it('reads profiles that analyze wrote', async () => {
    const saved = await run(['diff', 'before.json', 'cspresnext50', '--format', 'json'], { cwd });
    const direct = await run(['diff', 'resnext50', 'cspresnext50', '--format', 'json'], { cwd });
    expect(saved).toEqual(direct);
    expect((JSON.parse(saved.stdout) as Diff).totals.cio?.change).toBe(-1769472);
  });

  it('shows the metrics asked for', async () => {
    const { stdout } = await run([
      'diff',
      'resnext50',
      'cspresnext50',
      '--metrics',
      'macs',
      '--format',
      'markdown',
    ]);
    expect(stdout).toContain('| layers | MACs |');
  });

  it.each([
    ['a second model is missing', ['diff', 'resnext50'], /<a> <b> is missing/],
    ['an unknown metric', ['diff', 'resnext50', 'resnet50', '--metrics', 'x'], /--metrics is "x"/],
    ['a profile of another version', ['diff', 'old.json', 'resnet50'], /schemaVersion 0, this tool reads 1/],
    [
      'a profile that was edited',
      ['diff', 'odd.json', 'resnet50'],
      /odd\.json \.totals\.flops: must be a number/,
    ],
  ])('%s: one line', async (_, argv, message) => {
    writeFileSync(join(cwd, 'old.json'), '{"schemaVersion": 0, "totals": {}}');
    const { stdout: profile } = await run(['analyze', 'resnet10', '--format', 'json']);
    writeFileSync(join(cwd, 'odd.json'), profile.replace(/"flops": \d+/, '"flops": "many"'));
    const { code, stdout, stderr } = await run(argv, { cwd });
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toMatch(message);
    expect(stderr).toMatch(/^csp-profile: [^\n]+ \(fix: [^\n]+\) CSP\d+\n$/);
  });
});
