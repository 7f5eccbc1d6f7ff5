import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { buildNetwork } from '../../architectures/zoo.ts';
import type { GateResult, LimitCheck } from '../../src/analysis/gate/result.ts';
import type { Measurement, NetworkMeasurement } from '../../src/analysis/measurement/measurement.ts';
import { profile } from '../../src/analysis/profile.ts';
import { renderProbe } from '../../src/report/measurement/measurement.ts';
import { run } from '../cli/run.ts';
import { kernel, layer, measurement, network } from '../probe/made.ts';
import { sarifErrors } from './sarif.ts';
import { junitErrors, parseXml } from './xml.ts';

let cwd: string;
beforeAll(() => {
  cwd = mkdtempSync(join(tmpdir(), 'csp-profile-'));
});
afterAll(() => {
  rmSync(cwd, { recursive: true });
});

/** A network of the zoo as if it had been measured: `ns` in every run, or those of `runs`. */
function measured(
  name: string,
  runs: readonly number[],
  { input = 32, utilisation = 1 } = {},
): NetworkMeasurement {
  const { network: of, layers } = profile(buildNetwork(name, { input }));
  const [ns = 0] = runs;
  const rows = layers.map(({ index, name: own, kind, detail }) => ({
    ...layer(index, [kernel('Conv', 1000 * (index + 1))]),
    name: own,
    kind,
    ...(detail === undefined ? {} : { detail }),
  }));
  const made = network(name, ns, rows, [runs, runs, runs]);
  return {
    ...made,
    network: of,
    latency: { ...made.latency, utilisation, interval: [Math.min(...runs), Math.max(...runs)] },
  };
}

const steady = (ns: number): readonly number[] => Array<number>(12).fill(ns);

const save = (file: string, of: Measurement): void => {
  writeFileSync(
    join(cwd, file),
    renderProbe('json', of, { width: 80, top: 'all', tool: { name: 'csp-profile', version: '0' } }),
  );
};

const config = (target: object): void => {
  writeFileSync(
    join(cwd, 'csp-profile.config.json'),
    JSON.stringify({ schemaVersion: 1, targets: [{ model: 'resnet10@32', ...target }] }, undefined, 1),
  );
};

beforeEach(() => {
  save(
    'm.json',
    measurement([measured('darknet-reference', steady(2e6)), measured('resnet10', steady(3e6))]),
  );
});

const gate = (...argv: readonly string[]) => run(['gate', ...argv], { cwd });

async function checksOf(target: object): Promise<readonly LimitCheck[]> {
  config(target);
  const { stdout, stderr } = await gate('--format', 'json');
  expect(stderr).toBe('');
  const [result] = (JSON.parse(stdout) as { readonly results: readonly GateResult[] }).results;
  return result?.checks as readonly LimitCheck[];
}

const beside = { reference: 'darknet-reference@32', file: 'm.json' };

describe('limits of what was measured', () => {
  it('are of seconds, and of the ratio to a network measured in the same run', async () => {
    const checks = await checksOf({
      limits: { measuredSeconds: '3 ms', measuredRatio: 1.5 },
      measure: beside,
    });
    expect(checks).toMatchObject([
      {
        name: 'measuredSeconds',
        value: 0.003,
        interval: [0.003, 0.003],
        allowed: 0.003,
        status: 'pass',
        causesBy: 'value',
      },
      {
        name: 'measuredRatio',
        value: 1.5,
        interval: [1.5, 1.5],
        reference: 'darknet-reference',
        status: 'pass',
      },
    ]);
  });

  it('warn, and fail where that is asked for; the longest layers are named', async () => {
    const limits = { flops: '1 GFLOP', measuredSeconds: '2.9 ms', measuredRatio: 1.4 };
    config({ limits, measure: beside });
    const soft = await gate();
    expect(soft).toMatchObject({ code: 0, stderr: '' });
    expect(soft.stdout).toContain('3 checks: 2 warnings');
    config({ limits, measure: { ...beside, severity: 'error' } });
    const hard = await gate();
    expect(hard).toMatchObject({ code: 1, stderr: '' });
    expect(hard.stdout).toMatch(/measuredRatio +1\.50 .* 1\.4 of darknet-reference/);
    const sentence = hard.stdout.replace(/\s+/g, ' ');
    expect(sentence).toContain(
      "measuredRatio is too large: 1.5 of darknet-reference's (95 % confidence: 1.5 to 1.5); 1.4 allows 1.4",
    );
    expect(sentence).toContain('the layers with the most: 0.017 ms #16');
    // No baseline makes a measured time right.
    expect(hard.stdout).not.toContain('--update');
  });

  it('name the ten longest layers, the longest first', async () => {
    const [check] = await checksOf({ limits: { measuredSeconds: '2.9 ms' }, measure: beside });
    // Every layer takes a microsecond more than the one before it, and there are 17.
    const microseconds = check?.causes.map(({ value }) => Math.round(value * 1e6));
    expect(microseconds).toEqual([17, 16, 15, 14, 13, 12, 11, 10, 9, 8]);
  });

  it('are kept where the interval reaches them', async () => {
    const uncertain = [...steady(3e6), 2.8e6, 3.2e6];
    save('u.json', measurement([measured('resnet10', uncertain)]));
    const [check] = await checksOf({ limits: { measuredSeconds: '2.9 ms' }, measure: { file: 'u.json' } });
    expect(check).toMatchObject({ status: 'pass', interval: [0.0028, 0.0032] });
    expect((await gate('--format', 'junit')).stdout).toContain('allows 2.9 ms, which the interval reaches');
    save('u.json', measurement([measured('resnet10', [...steady(3.1e6), 3e6, 3.2e6])]));
    const [broken] = await checksOf({ limits: { measuredSeconds: '2.9 ms' }, measure: { file: 'u.json' } });
    expect(broken?.status).toBe('warn');
  });

  it('are in every format', async () => {
    config({
      limits: { measuredSeconds: '2 ms', measuredRatio: 1 },
      measure: { ...beside, severity: 'error' },
    });
    const sarif = await gate('--format', 'sarif');
    expect(sarifErrors(JSON.parse(sarif.stdout))).toEqual([]);
    expect(sarif.stdout).toContain('"limit/measuredRatio"');
    expect(junitErrors(parseXml((await gate('--format', 'junit')).stdout))).toEqual([]);
    expect((await gate('--format', 'github')).stdout).toMatch(
      /^::error file=csp-profile.config.json,line=7,/m,
    );
    expect((await gate('--format', 'markdown')).stdout).toContain('| 1 of darknet-reference |');
  });
});

it('a measurement is no model', async () => {
  const { code, stderr } = await run(['report', 'm.json', '-o', 'r.html'], { cwd });
  expect(code).toBe(2);
  expect(stderr).toMatch(
    /^csp-profile: m\.json.* is a measurement, and no model .*--measured m\.json.* CSP305\n$/,
  );
});

describe('what is not known is an error that says what to do', () => {
  const measure = { file: 'm.json' };
  const limits = { measuredSeconds: '3 ms' };
  const again = 'csp-profile probe REFERENCE resnet10 --format json -o m.json';
  it.each([
    [
      'a ratio to nothing',
      { limits: { measuredRatio: 1 } },
      'measuredRatio is relative to nothing',
      'reference:',
    ],
    ['a change', { limits: { measuredSeconds: '+2%' } }, 'a baseline is not measured', 'measuredRatio: 1.05'],
    ['another unit', { limits: { measuredSeconds: '3 MiB' } }, 'is not counted in "MiB"', 'use s, ms, us'],
    [
      'no limit',
      { limits: { flops: 1 }, measure },
      'nothing that is measured has a limit',
      'leave measure out',
    ],
    [
      'twice measured',
      { limits, measure: { ...measure, budget: 9 } },
      'has been measured already',
      'or the file',
    ],
    ['no file', { limits, measure: { file: 'none.json' } }, 'none.json', ''],
    [
      'a profile',
      { limits, measure: { file: 'csp-profile.config.json' } },
      'is no measurement',
      'csp-profile probe',
    ],
    [
      'another network',
      { model: 'mobilenet-v2', limits, measure },
      'and not mobilenet-v2',
      'csp-profile probe',
    ],
    ['another input', { model: 'resnet10@64', limits, measure }, 'with the input 1x3x32x32 float32', again],
    ['another device', { limits, measure: { device: 'abacus' } }, 'abacus', 'cpu'],
    [
      'another reference',
      { limits, measure: { ...measure, reference: 'resnet50' } },
      'and not resnet50',
      'probe',
    ],
  ])('%s', async (_, target, message, fix) => {
    config(target);
    const { code, stdout, stderr } = await gate();
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr.trim().split('\n')).toHaveLength(1);
    expect(stderr).toContain(message);
    expect(stderr).toContain(fix);
  });

  it('another version of the network', async () => {
    const of = measured('resnet10', steady(3e6));
    const layers = of.layers.map((each, i) => (i === 4 ? { ...each, detail: '3x3 8->8' } : each));
    save('m.json', measurement([{ ...of, layers }]));
    config({ limits, measure });
    expect((await gate()).stderr).toContain(
      'm.json has measured another resnet10, which differs in layer #4',
    );
  });

  it('a machine that was too busy', async () => {
    save(
      'm.json',
      measurement([
        measured('darknet-reference', steady(2e6)),
        measured('resnet10', steady(3e6), { utilisation: 0.1 }),
      ]),
    );
    config({ limits: { measuredRatio: 2 }, measure: beside });
    const { code, stderr } = await gate();
    expect(code).toBe(2);
    expect(stderr).toContain(
      'measuredRatio is not known for resnet10: the machine was too busy for a verdict',
    );
  });
});
