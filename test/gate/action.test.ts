import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { sarifErrors } from './sarif.ts';

interface Action {
  readonly inputs: Readonly<Record<string, { readonly default: string; readonly description: string }>>;
  readonly runs: {
    readonly using: string;
    readonly steps: readonly {
      readonly run: string;
      readonly shell: string;
      readonly 'working-directory'?: string;
      readonly env?: Readonly<Record<string, string>>;
    }[];
  };
}

const action = parse(readFileSync('action.yml', 'utf8')) as Action;

/**
 * Runs the steps as GitHub's runner does: inputs put in, one shell for each, files for the summary and the outputs, the
 * first failure ends the job.
 */
function runAction(
  inputs: Readonly<Record<string, string>>,
  cwd: string,
  { folder = process.cwd(), path = String(process.env['PATH']) } = {},
) {
  const value = (text: string): string =>
    text.replace(
      /\$\{\{ inputs\.([a-z-]+) \}\}/g,
      (_, name: string) => inputs[name] ?? action.inputs[name]!.default,
    );
  const [summary, output] = [join(cwd, 'summary.md'), join(cwd, 'output.txt')];
  for (const file of [summary, output]) writeFileSync(file, '');
  const result = { status: 0, stdout: '', stderr: '', summary: '' };
  for (const step of action.runs.steps) {
    expect(step.shell).toBe('bash');
    const env = Object.fromEntries(Object.entries(step.env ?? {}).map(([name, text]) => [name, value(text)]));
    const ran = spawnSync('bash', ['--noprofile', '--norc', '-eo', 'pipefail', '-c', step.run], {
      cwd: join(cwd, value(step['working-directory'] ?? '.')),
      encoding: 'utf8',
      env: {
        PATH: path,
        CI: 'true',
        GITHUB_ACTIONS: 'true',
        GITHUB_ACTION_PATH: folder,
        GITHUB_STEP_SUMMARY: summary,
        GITHUB_OUTPUT: output,
        ...env,
      },
    });
    result.stdout += ran.stdout;
    result.stderr += ran.stderr;
    result.summary = readFileSync(summary, 'utf8');
    result.status = ran.status ?? 1;
    if (result.status !== 0) break;
  }
  expect(readFileSync(output, 'utf8')).toBe('');
  return result;
}

let cwd: string;
beforeEach(() => {
  cwd = mkdtempSync(join(tmpdir(), 'csp-profile-'));
});
afterEach(() => {
  rmSync(cwd, { recursive: true });
});

const config = (limit: string): string =>
  `schemaVersion: 1\ntargets:\n  - { model: cspresnext50, limits: { flops: ${limit} } }\n  - { model: resnet10, limits: { flops: 9 G } }\n`;

describe('action.yml', () => {
  it('puts no input into a script', () => {
    expect(action.runs.using).toBe('composite');
    for (const { run } of action.runs.steps) expect(run).not.toContain('${{');
  });

  it('passes, and fails with annotations', () => {
    writeFileSync(join(cwd, 'csp-profile.config.yaml'), config('8 G'));
    const { summary: passed, ...outcome } = runAction({}, cwd);
    expect(outcome).toEqual({
      status: 0,
      stdout: 'csp-profile gate: 2 networks, 2 checks: all hold\n',
      stderr: '',
    });
    expect(passed).toMatch(/^## csp-profile gate: 2 networks, 2 checks: all hold\n[^]*\| ✓ \| flops \|/);
    writeFileSync(join(cwd, 'csp-profile.config.yaml'), config('7 G'));
    // The summary is written once, also where SARIF is asked for.
    for (const inputs of [{}, { sarif: 'gate.sarif' }]) {
      const { status, stdout, summary } = runAction(inputs, cwd);
      expect(status).toBe(1);
      expect(stdout).toMatch(/^::error file=csp-profile\.config\.yaml,line=3,title=cspresnext50%3A flops::/);
      expect(summary.match(/^## csp-profile gate: 2 networks, 2 checks: 1 failed$/gm)).toHaveLength(1);
      expect(summary).toContain('\\#19: conv 1x1 256-&gt;256');
    }
  });

  it('builds itself where it is not built', () => {
    const folder = join(cwd, 'the action');
    mkdirSync(join(folder, 'bin'), { recursive: true });
    const npm = (script: string): void =>
      writeFileSync(join(folder, 'bin/npm'), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
    const path = `${join(folder, 'bin')}:${String(process.env['PATH'])}`;
    writeFileSync(join(cwd, 'csp-profile.config.yaml'), config('8 G'));
    npm('echo no network >&2; exit 7');
    expect(runAction({}, cwd, { folder, path })).toMatchObject({ status: 7, stdout: '' });
    npm(`echo "npm $*" in "$PWD"; ln -s '${process.cwd()}/dist' dist`);
    const hold = 'csp-profile gate: 2 networks, 2 checks: all hold\n';
    expect(runAction({}, cwd, { folder, path })).toMatchObject({
      status: 0,
      stdout: `npm ci --no-audit --no-fund --loglevel=error in ${folder}\n${hold}`,
    });
    expect(runAction({}, cwd, { folder, path })).toMatchObject({ status: 0, stdout: hold });
  });

  it('takes its inputs literally', () => {
    mkdirSync(join(cwd, 'a $(touch x) b'));
    writeFileSync(join(cwd, 'a $(touch x) b', '$HOME;.yaml'), config('7 G'));
    const inputs = {
      config: '$HOME;.yaml',
      target: 'resnet10\ncspresnext50\n',
      sarif: 'out $(touch y).sarif',
      'working-directory': 'a $(touch x) b',
    };
    const { status, stdout } = runAction(inputs, cwd);
    expect(status).toBe(1);
    expect(stdout.match(/^::error/gm)).toHaveLength(1);
    const log: unknown = JSON.parse(
      readFileSync(join(cwd, 'a $(touch x) b', 'out $(touch y).sarif'), 'utf8'),
    );
    expect(sarifErrors(log)).toEqual([]);
    expect(runAction({ ...inputs, target: 'resnet10' }, cwd).status).toBe(0);
  });

  it('ends where the configuration is wrong', () => {
    const { status, stdout, stderr } = runAction({ sarif: 'x.sarif' }, cwd);
    expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
    expect(stderr).toMatch(/^csp-profile: there is no csp-profile\.config\.yaml/);
  });
});

describe('a configuration in TypeScript', () => {
  it('is read by a Node that strips types; any other says so in one line', () => {
    writeFileSync(
      join(cwd, 'csp-profile.config.ts'),
      'const limit: string = "8 G";\nexport default { schemaVersion: 1, targets: [{ model: "cspresnext50", limits: { flops: limit } }] };\n',
    );
    const { status, stdout, stderr } = spawnSync(
      process.execPath,
      [join(process.cwd(), 'dist/cli.cjs'), 'gate'],
      {
        cwd,
        encoding: 'utf8',
      },
    );
    const strips = Object.entries(process.features).some(
      ([name, value]) => name === 'typescript' && value !== false,
    );
    if (strips) {
      expect({ status, stdout: stdout.split('\n')[0] }).toEqual({
        status: 0,
        stdout: 'csp-profile.config.ts: 1 network, 1 check: all hold',
      });
    } else {
      expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
      expect(stderr).toMatch(
        /^csp-profile: csp-profile\.config\.ts: Node .* does not read TypeScript \(fix: .*\) CSP601\n$/,
      );
    }
  });
});
