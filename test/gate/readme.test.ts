import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { run } from '../cli/run.ts';

let cwd: string;
beforeAll(() => {
  cwd = mkdtempSync(join(tmpdir(), 'csp-profile-'));
});
afterAll(() => {
  rmSync(cwd, { recursive: true });
});

it('the configuration of the README is one', async () => {
  const [, config] = /^```yaml\n(schemaVersion[\s\S]*?)^```/m.exec(readFileSync('README.md', 'utf8')) ?? [];
  writeFileSync(join(cwd, 'csp-profile.config.yaml'), config ?? '');
  mkdirSync(join(cwd, 'models'));
  await run(['export', 'resnet10', '--to', 'cfg', '-o', 'models/a.cfg'], { cwd });
  const git = (...args: readonly string[]) =>
    execFileSync('git', ['-c', 'user.name=a', '-c', 'user.email=a@example.org', ...args], { cwd });
  git('init', '-q');
  git('add', '-A');
  git('commit', '-q', '-m', 'models');
  git('update-ref', 'refs/remotes/origin/main', 'HEAD');
  expect(await run(['gate', '--update'], { cwd })).toMatchObject({ code: 0, stderr: '' });
  const { code, stdout, stderr } = await run(['gate'], { cwd });
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  expect(stdout).toContain('2 networks, 8 checks: all hold');
});
