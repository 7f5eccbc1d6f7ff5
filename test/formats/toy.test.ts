import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { builtPage } from '../report/builtPage.ts';
import { buildCommand } from './toy/build.ts';

const TOY = 'toy\ninput 3x8x8\nconv 4 3x3\n';
/** 3x3 over 3 channels, 4 results at 6x6 places */
const MACS = 4 * 6 * 6 * 3 * 9;

let folder: string;
mkdirSync('temp', { recursive: true });

beforeAll(async () => {
  // Below the repository, so that the bundle finds its packages.
  folder = mkdtempSync(resolve('temp', 'toy-'));
  mkdirSync(join(folder, 'nets'));
  writeFileSync(join(folder, 'nets', 'a.toy'), TOY);
  writeFileSync(join(folder, 'nets', 'b.toy'), TOY.replace('conv 4', 'conv 8'));
  await Promise.all([buildCommand(folder), builtPage()]);
}, 60_000);

afterAll(() => {
  rmSync(folder, { recursive: true });
});

function run(argv: readonly string[], input = '') {
  const { status, stdout, stderr } = spawnSync(process.execPath, ['bin.js', ...argv], {
    cwd: folder,
    input,
    encoding: 'utf8',
  });
  return { status, stdout, stderr };
}

describe('a format that is a folder and a name in the list', () => {
  it('is analysed, by the FLOP convention that its users expect', () => {
    const { status, stdout } = run(['analyze', 'nets/a.toy', '--format', 'json']);
    expect(status).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({
      network: { format: 'toy' },
      conventions: { flops: 'full' },
      totals: { macs: MACS, flops: 2 * MACS },
      layers: [{ origin: { format: 'toy', file: 'nets/a.toy', line: 3, op: 'conv' } }],
    });
    writeFileSync(join(folder, 'a.json'), stdout);
  });

  it('is known on standard input and under another name', () => {
    const { stdout } = run(['analyze', '-', '--format', 'json'], TOY);
    expect(JSON.parse(stdout)).toMatchObject({ network: { format: 'toy' }, totals: { macs: MACS } });
    writeFileSync(join(folder, 'misnamed.onnx'), TOY);
    expect(run(['analyze', 'misnamed.onnx'])).toMatchObject({
      status: 2,
      stderr:
        'csp-profile: misnamed.onnx: the file begins like Toy, not like ONNX (fix: rename it to misnamed.toy, or download it again if it should be ONNX) CSP309\n',
    });
  });

  it('is compared, also with a profile that was saved before', () => {
    const { status, stdout } = run(['diff', 'a.json', 'nets/b.toy', '--format', 'json']);
    expect(status).toBe(0);
    expect(stdout).toContain('nets/b.toy');
  });

  it('is found by gate init, and held to limits with places in its files', () => {
    expect(run(['gate', 'init']).stderr).toMatch(/^wrote/m);
    const config = readFileSync(join(folder, 'csp-profile.config.yaml'), 'utf8');
    expect(config).toContain('- model: "nets/*.toy"');
    expect(run(['gate', '--update']).status).toBe(0);
    writeFileSync(join(folder, 'nets', 'a.toy'), TOY.replace('conv 4', 'conv 5'));
    const { status, stdout } = run(['gate', '--format', 'sarif']);
    writeFileSync(join(folder, 'nets', 'a.toy'), TOY);
    expect(status).toBe(1);
    const [place] = (JSON.parse(stdout) as { runs: { results: { locations: object[] }[] }[] }).runs.flatMap(
      ({ results }) => results.flatMap(({ locations }) => locations),
    );
    expect(place).toMatchObject({
      physicalLocation: {
        artifactLocation: { uri: expect.stringMatching(/nets\/a\.toy$/) as string },
        region: { startLine: 3 },
      },
      logicalLocations: [{ fullyQualifiedName: 'conv', kind: 'element' }],
    });
    const { stdout: annotations } = run(['gate', '--format', 'github']);
    expect(annotations).not.toContain('::error');
  });

  it('is written, also as a graph file that is read again', () => {
    expect(run(['export', 'nets/a.toy', '--to', 'toy']).stdout).toBe('toy of toy\n');
    const { stdout } = run(['export', 'nets/a.toy', '--to', 'json']);
    expect(JSON.parse(stdout)).toMatchObject({ format: 'toy' });
    writeFileSync(join(folder, 'graph.json'), stdout);
    const { stdout: again } = run(['analyze', 'graph.json', '--format', 'json']);
    expect(JSON.parse(again)).toMatchObject({ network: { format: 'toy' }, conventions: { flops: 'full' } });
  });

  it('is on the page of a report, and in the help', () => {
    expect(run(['report', 'nets/a.toy', '-o', 'page.html']).status).toBe(0);
    expect(readFileSync(join(folder, 'page.html'), 'utf8')).toContain('nets/a.toy');
    expect(run(['--help']).stdout).toMatch(/^ +\.toy +Toy$/m);
    expect(run(['gate', '--help']).stdout).toContain('.toy');
  });
});
