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
  const standard = ['--flops', 'standard', '--format', 'json', '-o', 'standard.json'];
  await run(['analyze', 'resnext50', ...standard], { cwd });
  await run(['export', 'resnet10', '--to', 'cfg', '-o', 'net.cfg'], { cwd });
  await run(['export', 'resnet10', '--to', 'onnx', '--weights', 'zero', '-o', 'net.onnx'], { cwd });
});
afterAll(() => {
  rmSync(cwd, { recursive: true });
});

describe('diff', () => {
  it.each([80, 160])('fits %i columns', async (columns) => {
    const { stdout, code } = await run(['diff', 'resnext50', 'cspresnext50'], {
      columns,
      isTTY: true,
      env: { NO_COLOR: '1' },
    });
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

  const json = async (...argv: readonly string[]): Promise<Diff> => {
    const { stdout, stderr } = await run(['diff', ...argv, '--format', 'json'], { cwd });
    expect(stderr).toBe('');
    return JSON.parse(stdout) as Diff;
  };

  it('counts both sides by the same rules', async () => {
    // By themselves, a .cfg counts as darknet and an .onnx as standard.
    for (const [a, b, flops, cio, ...options] of [
      ['net.cfg', 'net.onnx', 'darknet', 'cspnet'],
      ['net.onnx', 'net.cfg', 'standard', 'cspnet'],
      ['net.onnx', 'net.cfg', 'full', 'hardnet', '--flops', 'full', '--cio', 'hardnet'],
    ] as const) {
      const { conventions, totals } = await json(a, b, ...options);
      expect(conventions).toEqual({ flops, cio });
      for (const metric of ['flops', 'cio', 'macs'] as const) {
        expect(totals[metric]?.a).toBeGreaterThan(0);
        expect(totals[metric]?.change).toBe(0);
      }
    }
    // A profile that was saved decides for models, on either side.
    for (const sides of [
      ['standard.json', 'resnext50'],
      ['resnext50', 'standard.json'],
    ]) {
      const { conventions, layers } = await json(...sides);
      expect(conventions.flops).toBe('standard');
      expect(layers).toEqual([]);
    }
  });

  it('says what else differs, and what is not counted', async () => {
    const sized = await json('resnet10@224', 'resnet10@256', '--batch', '2');
    expect(sized.unlike).toEqual([{ what: 'inputs', a: '2x3x224x224 float32', b: '2x3x256x256 float32' }]);
    await run(['analyze', 'resnext50', '--dtype', 'int8', '--format', 'json', '-o', 'int8.json'], { cwd });
    expect((await json('int8.json', 'before.json')).unlike).toEqual([
      { what: 'inputs', a: '1x3x256x256 int8', b: '1x3x256x256 float32' },
    ]);
    const [hardware] = (await json('before.json', 'resnext50', '--device', 'gtx1080ti')).unlike;
    expect(hardware).toMatchObject({ what: 'hardware', a: '' });
    expect(hardware?.b).toMatch(/^gtx1080ti, a buffer of \d+ bytes$/);
    expect((await json('resnet10', 'resnet50')).unlike).toEqual([]);

    writeFileSync(
      join(cwd, 'odd.mjs'),
      `export default (g) => {
  const x = g.conv(g.input([1, 3, 8, 8]), { outChannels: 4 });
  g.builder.layer({ name: 'odd', origin: { format: 'module', file: 'odd.mjs' } });
  g.builder.add('opaque', [x], { op: 'FancyOp', outputs: [{ dtype: 'float32', shape: [1, 4, 8, 8] }] });
};`,
    );
    for (const [format, said] of [
      ['table', 'the inputs differ, 1x3x8x8 float32 -> 1x3x16x16 float32'],
      ['table', 'not counted in odd, whose totals are too low: 1 x FancyOp'],
      ['markdown', '**the inputs differ, 1x3x8x8 float32 -&gt; 1x3x16x16 float32'],
      ['markdown', '**not counted in odd, whose totals are too low: 1 x FancyOp**'],
    ] as const) {
      const { stdout } = await run(['diff', 'odd.mjs', 'resnet10@16', '--format', format], {
        cwd,
        columns: 160,
      });
      expect(stdout).toContain(said);
    }
  });

  it('compares layers of unlike formats with what stands behind them, says so, and finds nothing', async () => {
    const { stdout } = await run(['diff', 'net.cfg', 'net.onnx'], { cwd });
    expect(stdout.replaceAll('\n', ' ')).toContain(
      'the formats differ: layers are compared with the bias, batch normalisation and activation behind them as one; --group-by layer',
    );
    expect(stdout).toMatch(/mem access .* 0 {2}0\n/);
    expect(stdout).not.toContain('by kind of layer');
    expect(stdout).toContain('layers: 0 changed, 0 added, 0 removed, ');
    const { stdout: rows } = await run(['analyze', 'net.onnx', '--group-by', 'fused'], { cwd });
    expect(rows).toContain('(onnx, 17 fused layers)');
    expect((await run(['analyze', 'net.onnx', '--group-by', 'rows'], { cwd })).stderr).toContain(
      'layer, fused',
    );
  });

  it('lists the layers that change in what is asked for', async () => {
    const { stdout } = await run(['diff', 'net.cfg', 'net.onnx', '--group-by', 'layer'], { cwd });
    expect(stdout).toMatch(
      /changed, \d+ added, .*\nnone of these metrics changes; --metrics chooses others, --all shows every one\n$/,
    );
    const { stdout: all } = await run(
      ['diff', 'net.cfg', 'net.onnx', '--group-by', 'layer', '--metrics', 'inputElements'],
      {
        cwd,
      },
    );
    expect(all).toMatch(/the 12 largest changes/);
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
    [
      'profiles by different rules',
      ['diff', 'before.json', 'standard.json'],
      /standard\.json counts flops as standard, before\.json as darknet: .* CSP805/,
    ],
    [
      'profiles by different rules, as HTML',
      ['report', 'before.json', 'resnet10', 'standard.json', '-o', 'x.html'],
      /standard\.json counts flops as standard, before\.json as darknet: .* CSP805/,
    ],
    [
      'a profile by other rules than asked for',
      ['diff', 'before.json', 'resnet50', '--cio', 'hardnet'],
      /before\.json counts cio as cspnet, --cio asks for hardnet.* CSP805/,
    ],
    [
      'an option that has no effect',
      ['diff', 'before.json', 'before.json', '--batch', '2'],
      /--batch has no effect on profiles that were saved before/,
    ],
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
