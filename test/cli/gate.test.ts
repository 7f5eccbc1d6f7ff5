import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import stringWidth from 'fast-string-width';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Check, GateResult, LimitCheck } from '../../src/analysis/gate/result.ts';
import { configSchema } from '../../src/report/gate/configSchema.ts';
import { graph, modelBytes, node, port, stored } from '../formats/onnx/model.ts';
import { sarifErrors } from '../gate/sarif.ts';
import { junitErrors, parseXml, type Element } from '../gate/xml.ts';
import { run } from './run.ts';

let cwd: string;
beforeEach(() => {
  cwd = mkdtempSync(join(tmpdir(), 'csp-profile-'));
});
afterEach(() => {
  rmSync(cwd, { recursive: true });
});

const write = (path: string, text: string): void => {
  mkdirSync(dirname(join(cwd, path)), { recursive: true });
  writeFileSync(join(cwd, path), text);
};

const git = (...args: readonly string[]): string =>
  execFileSync('git', args, {
    cwd,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      ...process.env,
      GIT_CONFIG_GLOBAL: '/dev/null',
      GIT_CONFIG_NOSYSTEM: '1',
      GIT_AUTHOR_NAME: 'a',
      GIT_AUTHOR_EMAIL: 'a@example.org',
      GIT_COMMITTER_NAME: 'a',
      GIT_COMMITTER_EMAIL: 'a@example.org',
    },
  });

const commit = (message: string): void => {
  git('add', '-A');
  git('commit', '-q', '-m', message);
};

/** Three convolutions; the middle one begins in line 12. */
const cfg = (width: number): string => `[net]
width=32
height=32
channels=3

[convolutional]
filters=16
size=3
pad=1
activation=leaky

[convolutional]
filters=${String(width)}
size=3
stride=2
pad=1

[convolutional]
filters=16
size=1

[avgpool]
`;

// By hand, 2 FLOPs per MAC: 27*16*1024, 9*16*32*256 and 32*16*256 MACs; twice the last two when it is twice as wide.
const FLOPS = 2 * (27 * 16 * 1024 + 9 * 16 * 32 * 256 + 32 * 16 * 256);
const WIDENED = [2 * 9 * 16 * 32 * 256, 2 * 32 * 16 * 256] as const;

const CONFIG = `schemaVersion: 1
targets:
  - model: models/net.cfg
    baseline: baselines/net.json
    limits:
      flops: "+1%"
      peakActivationBytes: 1 MiB
    rules:
      - name: balanced
        expr: bottleneck.maxOverMean <= 1.1 * baseline.bottleneck.maxOverMean
        severity: warn
        message: one layer dominates
`;

/** A repository whose second commit doubles the width of the middle layer. */
async function repository(config = CONFIG): Promise<void> {
  git('init', '-q', '-b', 'main');
  write('csp-profile.config.yaml', config);
  write('models/net.cfg', cfg(32));
  await run(['gate', '--update', '--quiet'], { cwd });
  commit('narrow');
  write('models/net.cfg', cfg(64));
  commit('wider');
}

interface GateJson {
  readonly passed: boolean;
  readonly results: readonly GateResult[];
}

async function gateJson(...args: readonly string[]): Promise<GateJson & { readonly code: number }> {
  const { code, stdout, stderr } = await run(['gate', '--format', 'json', ...args], { cwd });
  expect(stderr.replace(/^csp-profile: \d+ models? here (is|are) in no target: .*\n/, '')).toBe('');
  return { code, ...(JSON.parse(stdout) as GateJson) };
}

const checkOf = ({ results }: GateJson, name: string): Check =>
  results[0]!.checks.find((check) => check.name === name)!;

const limitOf = (json: GateJson, name: string): LimitCheck => checkOf(json, name) as LimitCheck;

describe('a target whose model has open extents', () => {
  /** A convolution, 4 filters of 3 channels, behind one of two branches; the other is twice as wide; and an unknown operator. */
  const model = (): Uint8Array => {
    const branch = (name: string, filters: number) => ({
      g: graph({
        name,
        node: [node('Conv', ['data', `w${name}`], [`y${name}`])],
        initializer: [stored(`w${name}`, 'float32', [filters, 3, 1, 1])],
        output: [port(`y${name}`)],
      }),
    });
    return modelBytes({
      domains: ['my'],
      input: [
        port('data', 'float32', ['N', 3, 'H', 'W']),
        port('rate', 'int64', []),
        port('flag', 'bool', []),
      ],
      initializer: [stored('sixteen', 'int64', [], [16]), stored('after', 'float32', [4, 3, 1, 1])],
      node: [
        node('Equal', ['rate', 'sixteen'], ['narrow']),
        node('If', ['narrow'], ['one'], { then_branch: branch('a', 4), else_branch: branch('b', 8) }),
        node(
          'If',
          ['flag'],
          ['two'],
          { then_branch: branch('c', 16), else_branch: branch('d', 32) },
          { name: 'If_2' },
        ),
        node('Op', ['data'], ['same'], {}, { domain: 'my' }),
        node('Conv', ['same', 'after'], ['three']),
      ],
      output: [port('one'), port('two'), port('three')],
    });
  };

  /** Inputs with a symbol, with none, and with one that YAML would take for a truth. */
  const open = (): Uint8Array =>
    modelBytes({
      input: [
        port('a', 'float32', ['batch', 3]),
        port('b', 'float32', ['on', 'p2o.D.1']),
        port('c', 'float32', ['?', 4]),
      ],
      node: [node('Relu', ['a'], ['x']), node('Relu', ['b'], ['y']), node('Relu', ['c'], ['z'])],
      output: [port('x'), port('y'), port('z')],
    });

  const configOf = (target: object): string =>
    JSON.stringify({ schemaVersion: 1, targets: [{ model: 'net.onnx', ...target }] });

  it('is told what to write into the configuration', async () => {
    writeFileSync(join(cwd, 'net.onnx'), open());
    writeFileSync(join(cwd, 'csp-profile.config.json'), configOf({ limits: { params: 1 } }));
    const { code, stderr } = await run(['gate'], { cwd });
    expect(code).toBe(2);
    expect(stderr).toContain(
      '(fix: give the target bind: { batch: 1, "on": 1, p2o.D.1: 16 } and input: { c: "1x4" })',
    );
  });

  /** 3 channels, 5x7 pixels. */
  const macs = (images: number, filters: number): number => images * 5 * 7 * filters * 3;

  it.each<[string, object, number]>([
    ['extents by symbol', { bind: { N: 2, H: 5, W: 7 } }, macs(2, 8 + 32 + 4)],
    ['extents as options', { bind: ['N=2', 'H=5', 'W=7'] }, macs(2, 8 + 32 + 4)],
    ['shapes as options', { input: ['data:2x3x5x7'] }, macs(2, 8 + 32 + 4)],
    ['shapes by name', { input: { data: '2x3x5x7' } }, macs(2, 8 + 32 + 4)],
    ['shapes as lists', { input: { data: [2, 3, 5, 7] } }, macs(2, 8 + 32 + 4)],
    ['contents', { bind: { N: 1, H: 5, W: 7 }, value: { rate: 16 } }, macs(1, 4 + 32 + 4)],
    ['contents as lists', { bind: { N: 1, H: 5, W: 7 }, value: { rate: [16] } }, macs(1, 4 + 32 + 4)],
    ['conditions', { bind: { N: 1, H: 5, W: 7 }, value: { flag: true } }, macs(1, 8 + 16 + 4)],
    ['branches', { bind: { N: 1, H: 5, W: 7 }, branch: { If_2: 'then' } }, macs(1, 8 + 16 + 4)],
  ])('takes %s', async (_, target, expected) => {
    writeFileSync(join(cwd, 'net.onnx'), model());
    const limited = (most: number): string =>
      configOf({ assume: { 'my.Op': 'same-shape' }, ...target, limits: { macs: most } });
    for (const [most, code] of [
      [expected, 0],
      [expected - 1, 1],
    ] as const) {
      write('csp-profile.config.json', limited(most));
      expect(await run(['gate', '--on-unknown', 'opaque', '--quiet'], { cwd }), String(most)).toMatchObject({
        code,
      });
    }
  });

  describe('and is compared with a model', () => {
    /** A convolution of one filter of 3 channels over a batch and an extent of 5. */
    const named = (batch: string): Uint8Array =>
      modelBytes({
        input: [port('data', 'float32', [batch, 3, 5, 5])],
        initializer: [stored('w', 'float32', [1, 3, 1, 1])],
        node: [node('Conv', ['data', 'w'], ['y'])],
        output: [port('y')],
      });
    const gated = (target: object) => {
      writeFileSync(join(cwd, 'net.onnx'), named('N'));
      writeFileSync(join(cwd, 'old.onnx'), named('M'));
      write('csp-profile.config.json', configOf({ limits: { macs: '+0%' }, ...target }));
      return run(['gate', '--quiet'], { cwd });
    };

    it('takes for each the symbols that it has', async () => {
      const both = await gated({ bind: { N: 2, M: 2 }, baseline: 'old.onnx' });
      expect(both).toMatchObject({ code: 0, stderr: '' });
      const fewer = await gated({ bind: { N: 2, M: 1 }, baseline: 'old.onnx' });
      expect(fewer).toMatchObject({ code: 1, stderr: '' });
    });

    it('takes them for the file of a commit as well', async () => {
      git('init', '-q', '-b', 'main');
      await gated({});
      commit('old names');
      const { code, stderr } = await gated({ bind: { N: 2, M: 2 }, baseline: 'git:HEAD:old.onnx' });
      expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    });

    it('refuses one that none of them has', async () => {
      const { code, stdout, stderr } = await gated({ bind: { N: 2, M: 2, Q: 2 }, baseline: 'old.onnx' });
      expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
      expect(stderr).toContain('none of net.onnx, old.onnx has the dimension "Q"');
    });

    it('refuses one that the model lacks where the baseline is not there yet', async () => {
      git('init', '-q', '-b', 'main');
      write('x', '');
      commit('empty');
      await gated({ bind: { N: 2, Q: 2 }, baseline: 'git:HEAD' });
      const { code, stderr } = await run(['gate', '--quiet', '--allow-new'], { cwd });
      expect(code).toBe(2);
      expect(stderr).toContain('net.onnx has no dimension "Q"');
    });
  });

  it.each<[string, object, RegExp]>([
    ['a text', { bind: 'N=2' }, /must be an object, such as \{ N: 1 \}/],
    ['a symbol that the model lacks', { bind: { N: 1, H: 5, W: 7, Q: 2 } }, /has no dimension "Q"/],
    ['a shape that is none', { input: { data: '2xN' } }, /must be a shape, such as 1x3x224x224/],
  ])('%s is refused in one line', async (_, target, message) => {
    writeFileSync(join(cwd, 'net.onnx'), model());
    write('csp-profile.config.json', configOf({ ...target, limits: { macs: 1 } }));
    const { code, stdout, stderr } = await run(['gate', '--on-unknown', 'opaque', '--quiet'], { cwd });
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toMatch(message);
  });
});

describe('a commit that makes a layer wider', () => {
  it('breaks the limit, and the layer is named', async () => {
    await repository();
    const json = await gateJson();
    expect(json).toMatchObject({ code: 1, passed: false });
    expect(limitOf(json, 'flops')).toMatchObject({
      status: 'fail',
      value: FLOPS + WIDENED[0] + WIDENED[1],
      baseline: FLOPS,
      place: { file: 'csp-profile.config.yaml', line: 6 },
    });
    const { causes } = limitOf(json, 'flops');
    expect(causes.map(({ layer, growth, fate }) => [layer.index, growth, fate])).toEqual([
      [1, WIDENED[0], 'changed'],
      [2, WIDENED[1], 'fed'],
    ]);
    expect(causes[0]!.layer.origin).toMatchObject({ file: 'models/net.cfg', line: 12 });
    expect(causes[0]!.before!.detail).toBe('3x3/2 16->32');
    expect(limitOf(json, 'peakActivationBytes').status).toBe('pass');
  });

  const lines = (text: string): readonly string[] => text.split('\n');

  it('is red in the table', async () => {
    await repository();
    for (const columns of [80, 140]) {
      const { code, stdout } = await run(['gate'], { cwd, columns, isTTY: true, env: { NO_COLOR: '1' } });
      expect(code).toBe(1);
      expect(stdout).toMatch(/✗ flops/);
      // The conclusion first: what failed, and the layer that began it.
      expect(lines(stdout)[1]).toMatch(/^models\/net\.cfg: flops \+\d+\.\d\d %/);
      const first = lines(stdout).findIndex((line) => line.includes('the layers that grew'));
      const [root, ...others] = lines(stdout).slice(first + 1, first + 6);
      expect(root).toMatch(/\+2,359,296 FLOP {2}#1: conv 3x3\/2 16->64/);
      expect(others.some((line) => /FLOP {2}↳ #2: /.test(line))).toBe(true);
      expect(stdout.replace(/\n */g, ' ')).toContain('(models/net.cfg:12)');
      expect(stdout).toContain('was 3x3/2 16->32');
      expect(stdout).toContain('csp-profile gate --update');
      expect(Math.max(...lines(stdout).map((line) => stringWidth(line)))).toBeLessThanOrEqual(columns);
    }
  });

  it('is red in Markdown', async () => {
    await repository();
    const { code, stdout } = await run(['gate', '--format', 'markdown'], { cwd });
    expect(code).toBe(1);
    expect(stdout).toMatch(/\| ✗ \| flops \| 6\.128 M \| 3\.506 M \|/);
    expect(stdout).toMatch(
      /^- \\\+2,359,296 FLOP by \\#1: conv 3x3\/2 16-&gt;64.* \\\(models\/net\.cfg:12\\\)$/m,
    );
  });

  it('is red in JUnit, by its schema', async () => {
    await repository();
    const { code, stdout } = await run(['gate', '--format', 'junit'], { cwd });
    expect(code).toBe(1);
    const root = parseXml(stdout);
    expect(junitErrors(root)).toEqual([]);
    expect(root.attributes).toMatchObject({ tests: '3', failures: '1', errors: '0' });
    const suite = root.children[0] as Element;
    expect(suite.attributes).toMatchObject({ name: 'models/net.cfg', tests: '3', failures: '1' });
    const failed = suite.children.filter(({ children }) => children[0]?.name === 'failure');
    expect(failed.map(({ attributes }) => attributes['name'])).toEqual(['flops']);
    const failure = failed[0]!.children[0]!;
    expect(failure.attributes['message']).toMatch(
      /^flops is too large: 6,127,616, .*\(models\/net\.cfg:12\)$/,
    );
    expect(failure.text).toMatch(
      /\n\+2,359,296 FLOP by #1: conv 3x3\/2 16->64, was 3x3\/2 16->32 \(models\/net\.cfg:12\)\n/,
    );
  });

  it('is red in SARIF, by its schema', async () => {
    await repository();
    const { code, stdout } = await run(['gate', '--format', 'sarif'], { cwd });
    expect(code).toBe(1);
    const log = JSON.parse(stdout) as {
      runs: [{ tool: { driver: { rules: { id: string }[] } }; results: [Record<string, unknown>] }];
    };
    expect(sarifErrors(log)).toEqual([]);
    const [{ tool, results }] = log.runs;
    expect(tool.driver.rules.map(({ id }) => id)).toEqual(['limit/flops', 'rule/balanced']);
    expect(results[0]).toMatchObject({
      ruleId: 'limit/flops',
      level: 'error',
      locations: [
        { physicalLocation: { artifactLocation: { uri: 'models/net.cfg' }, region: { startLine: 12 } } },
      ],
    });
  });

  it('is red as annotations of GitHub, with a summary of the step', async () => {
    await repository();
    const summary = join(cwd, 'summary.md');
    writeFileSync(summary, 'before\n');
    const { code, stdout } = await run(['gate', '--format', 'github'], {
      cwd,
      env: { GITHUB_STEP_SUMMARY: summary },
    });
    expect(code).toBe(1);
    expect(stdout).toMatch(
      /^::error file=models\/net\.cfg,line=12,title=models\/net\.cfg%3A flops::flops is too large.*%0A\+2,359,296 FLOP by #1: /,
    );
    expect(stdout).toMatch(/^::warning file=models\/net\.cfg,line=12,.*::balanced: one layer dominates/m);
    const { stdout: markdown } = await run(['gate', '--format', 'markdown'], { cwd });
    expect(readFileSync(summary, 'utf8')).toBe(`before\n${markdown}`);
  });

  it('is red against the commit before, without any file of a baseline', async () => {
    await repository(CONFIG.replace('baselines/net.json', 'git:HEAD~1'));
    const json = await gateJson();
    expect(json.code).toBe(1);
    expect(limitOf(json, 'flops')).toMatchObject({ baseline: FLOPS, status: 'fail' });
    expect(limitOf(json, 'flops').causes[0]!.layer.origin).toMatchObject({
      file: 'models/net.cfg',
      line: 12,
    });
    write('csp-profile.config.yaml', CONFIG.replace('baselines/net.json', 'git:HEAD'));
    expect(await gateJson()).toMatchObject({ code: 0, passed: true });
  });

  it('is red against the baseline of the commit before', async () => {
    await repository();
    await run(['gate', '--update', '--quiet'], { cwd });
    commit('new baseline');
    write('csp-profile.config.yaml', CONFIG.replace('baselines/net.json', 'git:HEAD~1:baselines/net.json'));
    expect(limitOf(await gateJson(), 'flops')).toMatchObject({ baseline: FLOPS, status: 'fail' });
  });

  it('is green after --update', async () => {
    await repository();
    const { code, stdout } = await run(['gate', '--update'], { cwd });
    expect(code).toBe(0);
    expect(stdout).toMatch(/^wrote baselines\/net\.json: flops \+74\.77 %/);
    expect(await gateJson()).toMatchObject({ code: 0, passed: true });
    const baseline = readFileSync(join(cwd, 'baselines/net.json'), 'utf8');
    expect((await run(['gate', '--update'], { cwd })).stdout).toBe('unchanged baselines/net.json\n');
    expect(readFileSync(join(cwd, 'baselines/net.json'), 'utf8')).toBe(baseline);
    // One layer a line: the commit shows the two layers that changed.
    const changed = git('diff', '-U0', 'HEAD', '--', 'baselines').match(/^\+.*"index":(\d)/gm);
    expect(changed).toHaveLength(2);
  });

  it('is found from a folder below, with places as the repository has them', async () => {
    git('init', '-q', '-b', 'main');
    write('nets/csp-profile.config.yaml', CONFIG);
    write('nets/models/net.cfg', cfg(32));
    mkdirSync(join(cwd, 'nets/src/deep'), { recursive: true });
    const below = { cwd: join(cwd, 'nets/src/deep') };
    await run(['gate', '--update'], below);
    expect(existsSync(join(cwd, 'nets/baselines/net.json'))).toBe(true);
    write('nets/models/net.cfg', cfg(64));
    const github = await run(['gate', '--format', 'github'], below);
    expect(github.stdout).toMatch(/^::error file=nets\/models\/net\.cfg,line=12,/);
    const { stdout } = await run(['gate', '--format', 'sarif'], below);
    expect(stdout).toContain('"uri": "nets/models/net.cfg"');
    expect(stdout).toContain('"uri": "nets/csp-profile.config.yaml"');
  });
});

const target = (text: string): string =>
  `schemaVersion: 1\ntargets:\n  - ${text.replaceAll('\n', '\n    ')}\n`;

describe('limits and rules', () => {
  it('compare with a model', async () => {
    write(
      'csp-profile.config.yaml',
      target('model: resnext50\nbaseline: resnet50\nlimits: { flops: +0%, cio: +0% }'),
    );
    const json = await gateJson();
    expect(json.code).toBe(1);
    const other = await run(['analyze', 'resnet50', '--format', 'json']);
    const { totals } = JSON.parse(other.stdout) as { totals: { flops: number } };
    expect(limitOf(json, 'flops').baseline).toBe(totals.flops);
  });

  it('take numbers from the JSON of a profile as from the model itself', async () => {
    await run(['analyze', 'cspresnext50', '--format', 'json', '-o', 'saved.json'], { cwd });
    const limits =
      'limits: { flops: 8 GFLOP, cio: 33 M, bottleneckShare: 10%, peakActivationBytes: 16 MiB, layers: 84 }';
    write('csp-profile.config.yaml', target(`model: cspresnext50\n${limits}`));
    const direct = await gateJson();
    write('csp-profile.config.yaml', target(`model: saved.json\n${limits}`));
    const saved = await gateJson();
    const numbers = ({ results }: GateJson) =>
      results[0]!.checks.map((check) => ({ ...check, place: undefined }));
    expect(numbers(saved)).toEqual(numbers(direct));
    expect(limitOf(direct, 'cio').value).toBe(32642024);
  });

  it('say where the input is a cause', async () => {
    write('csp-profile.config.yaml', target('model: resnet10@64\nbaseline: b.json\nlimits: { flops: +1% }'));
    await run(['gate', '--update'], { cwd });
    write('csp-profile.config.yaml', target('model: resnet10@96\nbaseline: b.json\nlimits: { flops: +1% }'));
    for (const format of ['table', 'junit', 'sarif', 'github', 'markdown', 'json']) {
      const { code, stdout } = await run(['gate', '--format', format], { cwd, columns: 160 });
      expect(code).toBe(1);
      expect(stdout.replace(/\s+/g, ' '), format).toMatch(
        format === 'json'
          ? /"inputs": \{ "baseline": "1x3x64x64 float32", "now": "1x3x96x96 float32" \}/
          : /part of it is the input, 1x3x96x96 float32, in the baseline 1x3x64x64 float32/,
      );
    }
  });

  it('without a baseline name the layers with the most', async () => {
    write('csp-profile.config.yaml', target('model: cspresnext50\nlimits: { flops: 7 GFLOP }'));
    const { code, stdout } = await run(['gate'], { cwd });
    expect(code).toBe(1);
    expect(stdout).toMatch(/the layers with the most:\n +536,870,912 FLOP {2}#19: conv 1x1 256->256/);
  });

  it('that are beaten suggest an update', async () => {
    write('csp-profile.config.yaml', CONFIG);
    write('models/net.cfg', cfg(64));
    await run(['gate', '--update'], { cwd });
    write('models/net.cfg', cfg(32));
    const { code, stdout } = await run(['gate'], { cwd });
    expect(code).toBe(0);
    expect(stdout).toMatch(/↓ flops/);
    expect(stdout).toContain('Cheaper than the baseline: models/net.cfg. Run csp-profile gate --update');
  });

  it('of severity warn do not fail', async () => {
    write(
      'csp-profile.config.yaml',
      target('model: resnet10\nrules: [{ name: r, expr: flops < 1, severity: warn }]'),
    );
    const { code, stdout } = await run(['gate'], { cwd });
    expect(code).toBe(0);
    expect(stdout).toMatch(/1 network, 1 check: 1 warning/);
  });

  it('that fail say which numbers they saw', async () => {
    write(
      'csp-profile.config.yaml',
      target('model: cspresnext50\nrules: [{ name: r, expr: cio / layers < 1 k }]'.replace(' k', ' kFLOP')),
    );
    const { code, stdout } = await run(['gate', '--format', 'junit'], { cwd });
    expect(code).toBe(1);
    expect(stdout).toContain('cio is 32,642,024, layers is 84');
  });

  it('count by the conventions of the target', async () => {
    write(
      'csp-profile.config.yaml',
      target('model: cspresnext50\nflops: standard\ncio: hardnet\nlimits: { flops: 9 G, cio: 32 M }'),
    );
    const json = await gateJson();
    expect(json.results[0]!.conventions).toEqual({ flops: 'standard', cio: 'hardnet' });
  });

  it('cost a network on hardware, and compare only what was costed on the same', async () => {
    const device = 'device: jetson-tx2\nbuffer: 256KiB';
    const limits =
      'baseline: b.json\nlimits: { floorSeconds: +1%, dramBytes: +0% and 1 GiB, predictedSeconds: 1 ms }';
    write('csp-profile.config.yaml', target(`model: cspresnext50\n${device}\n${limits}`));
    expect((await run(['gate', '--update', '--quiet'], { cwd })).code).toBe(0);
    const json = await gateJson('--quiet');
    const analyzed = await run([
      'analyze',
      'cspresnext50',
      '--device',
      'jetson-tx2',
      '--buffer',
      '256KiB',
      '--format',
      'json',
      '--quiet',
    ]);
    const { totals } = JSON.parse(analyzed.stdout) as { totals: Record<string, number> };
    for (const name of ['floorSeconds', 'dramBytes']) {
      expect(limitOf(json, name)).toMatchObject({
        status: 'pass',
        value: totals[name],
        baseline: totals[name],
      });
    }
    expect(limitOf(json, 'predictedSeconds')).toMatchObject({ status: 'fail', allowed: 0.001 });
    const { stdout } = await run(['gate', '--quiet'], { cwd });
    expect(stdout).toMatch(/predictedSeconds is too large: [\d.]+ ms, .*; 1 ms\n? +allows 1 ms/);

    write('csp-profile.config.yaml', target(`model: cspresnext50\ndevice: t4\n${limits}`));
    const { code, stderr } = await run(['gate', '--quiet'], { cwd });
    expect(code).toBe(2);
    expect(stderr).toMatch(
      /costed on t4.*, the baseline b\.json on jetson-tx2, a buffer of 262144 bytes .* CSP605/,
    );
    write('csp-profile.config.yaml', target(`model: cspresnext50\n${limits}`));
    expect((await run(['gate'], { cwd })).stderr).toMatch(
      /floorSeconds is not known for cspresnext50 .*name a device.* CSP607/,
    );
  });

  it('point into an ONNX file by its nodes', async () => {
    write('n.cfg', cfg(32));
    await run(['export', 'n.cfg', '--to', 'onnx', '-o', 'net.onnx'], { cwd });
    write('csp-profile.config.yaml', target('model: net.onnx\nbaseline: b.json\nlimits: { flops: +1% }'));
    await run(['gate', '--update'], { cwd });
    write('n.cfg', cfg(64));
    await run(['export', 'n.cfg', '--to', 'onnx', '-o', 'net.onnx'], { cwd });
    const json = await gateJson();
    const [first] = limitOf(json, 'flops').causes;
    expect(first).toMatchObject({
      growth: WIDENED[0],
      fate: 'changed',
      layer: { origin: { file: 'net.onnx', op: 'Conv' } },
    });
    const { stdout } = await run(['gate', '--format', 'sarif'], { cwd });
    const log = JSON.parse(stdout) as { runs: [{ results: [{ locations: object[] }] }] };
    expect(sarifErrors(log)).toEqual([]);
    expect(log.runs[0].results[0].locations).toEqual([
      {
        physicalLocation: {
          artifactLocation: { uri: 'net.onnx', uriBaseId: '%SRCROOT%' },
          region: { startLine: 1 },
        },
        logicalLocations: [
          { fullyQualifiedName: (first!.layer.origin as { node: string }).node, kind: 'element' },
        ],
      },
    ]);
  });

  it('look at every file of a pattern, in order', async () => {
    for (const name of ['b', 'a', 'c.d', '.hidden']) write(`models/${name}.cfg`, cfg(32));
    write('models/readme.txt', '');
    // A pattern that met a pipe would wait for somebody to write to it.
    execFileSync('mkfifo', [join(cwd, 'models/pipe.cfg')]);
    write('models/deeper/e.cfg', cfg(32));
    const models = async (pattern: string, ...args: string[]) => {
      write(
        'csp-profile.config.yaml',
        target(`model: "${pattern}"\nbaseline: baselines/{name}.json\nlimits: { flops: +0% }`),
      );
      await run(['gate', '--update'], { cwd });
      return (await gateJson(...args)).results.map(({ model, baseline }) => [model, baseline]);
    };
    expect(await models('models/*.cfg@64')).toEqual([
      ['models/a.cfg@64', 'baselines/a.json'],
      ['models/b.cfg@64', 'baselines/b.json'],
      ['models/c.d.cfg@64', 'baselines/c.d.json'],
    ]);
    expect((await models('models/**/{a,e}.cfg')).map(([model]) => model)).toEqual([
      'models/a.cfg',
      'models/deeper/e.cfg',
    ]);
    expect(
      (await models('**/?.cfg', '--target', 'models/b.cfg', '--target', 'e')).map(([model]) => model),
    ).toEqual(['models/b.cfg', 'models/deeper/e.cfg']);
    expect((await models('models/*.cfg', '--target', '{a,b}')).map(([model]) => model)).toEqual([
      'models/a.cfg',
      'models/b.cfg',
    ]);
  });

  it('let new models pass when that is asked for', async () => {
    await repository(
      CONFIG.replace('models/net.cfg', 'models/*.cfg').replace('baselines/net', 'baselines/{name}'),
    );
    await run(['gate', '--update', '--quiet'], { cwd });
    write('models/other.cfg', cfg(32));
    expect(await run(['gate'], { cwd })).toMatchObject({ code: 2, stdout: '' });
    const json = await gateJson('--allow-new');
    expect(json.code).toBe(0);
    expect(json.results[1]!.checks.map(({ name, status }) => [name, status])).toEqual([
      ['flops', 'new'],
      ['peakActivationBytes', 'pass'],
      ['balanced', 'new'],
    ]);
    const junit = parseXml((await run(['gate', '--allow-new', '--format', 'junit'], { cwd })).stdout);
    expect(junitErrors(junit)).toEqual([]);
    expect(junit.children[1]!.attributes['skipped']).toBe('2');
    write(
      'csp-profile.config.yaml',
      CONFIG.replace('models/net.cfg', 'models/other.cfg').replace('baselines/net.json', 'git:HEAD'),
    );
    expect((await gateJson('--allow-new')).results[0]!.checks[0]!.status).toBe('new');
  });
});

describe('annotations', () => {
  it('are at most ten of a kind; the last one lists the rest', async () => {
    const rules = Array.from(
      { length: 13 },
      (_, i) => `  - { name: r${String(i)}, expr: layers < ${String(i)} }`,
    );
    const warnings = Array.from(
      { length: 10 },
      (_, i) => `  - { name: w${String(i)}, expr: layers < 1, severity: warn }`,
    );
    write(
      'csp-profile.config.yaml',
      target(`model: resnet50\nrules:\n${[...rules, ...warnings].join('\n')}`),
    );
    const { code, stdout } = await run(['gate', '--format', 'github'], { cwd });
    expect(code).toBe(1);
    const errors = stdout.split('\n').filter((line) => line.startsWith('::error'));
    expect(errors).toHaveLength(10);
    expect(errors[9]).toMatch(
      /^::error title=4 more checks::resnet50: r9: .*%0Aresnet50: r10: .*%0A.*%0Aresnet50: r12: /,
    );
    expect(stdout.split('\n').filter((line) => line.startsWith('::warning'))).toHaveLength(10);
  });

  it('of a built-in network stand at the demand', async () => {
    write('csp-profile.config.yaml', target('model: resnet50\nlimits:\n  flops: 1'));
    const { stdout } = await run(['gate', '--format', 'github'], { cwd });
    expect(stdout).toMatch(/^::error file=csp-profile\.config\.yaml,line=5,title=resnet50%3A flops::/);
    const sarif = await run(['gate', '--format', 'sarif'], { cwd });
    expect(sarifErrors(JSON.parse(sarif.stdout))).toEqual([]);
    expect(sarif.stdout).toContain('"startLine": 5');
  });

  it('are none, and the log is empty, where all hold', async () => {
    write('csp-profile.config.yaml', target('model: resnet50\nlimits: { flops: 100 G }'));
    expect((await run(['gate', '--format', 'github'], { cwd })).stdout).toBe(
      'csp-profile gate: 1 network, 1 check: all hold\n',
    );
    const log = JSON.parse((await run(['gate', '--format', 'sarif'], { cwd })).stdout) as {
      runs: [{ results: [] }];
    };
    expect(log.runs[0].results).toEqual([]);
  });
});

describe('a configuration', () => {
  const limits = { flops: '9 G' };
  const object = { schemaVersion: 1, targets: [{ model: 'cspresnext50', limits }] };

  it.each([
    ['yaml', target('model: cspresnext50\nlimits: { flops: 9 G }')],
    [
      'yml',
      `%YAML 1.2\n---\n${target('model: cspresnext50\nlimits: &a { flops: 9 G }')}  - { model: resnet10, limits: *a }\n`,
    ],
    ['json', `{\n\t"$schema": "./x.json",${JSON.stringify(object).slice(1)}`],
    ['mjs', `export default ${JSON.stringify(object)};`],
    ['js', `module.exports = ${JSON.stringify(object)};`],
    ['mjs', `export default Promise.resolve(${JSON.stringify(object)});`],
  ])('is read from .%s', async (extension, text) => {
    write(`csp-profile.config.${extension}`, text);
    if (extension === 'js') write('package.json', '{ "type": "commonjs" }');
    const { code, results } = await gateJson();
    expect(code).toBe(0);
    expect(results[0]!.checks[0]!.demand).toBe('9 G');
  });

  it('is searched up to the repository, no further', async () => {
    write('csp-profile.config.json', JSON.stringify(object));
    write('repo/.git/HEAD', '');
    mkdirSync(join(cwd, 'plain/deep'), { recursive: true });
    expect(await run(['gate'], { cwd: join(cwd, 'plain/deep') })).toMatchObject({ code: 0 });
    const { code, stderr } = await run(['gate'], { cwd: join(cwd, 'repo') });
    expect(code).toBe(2);
    expect(stderr).toMatch(/^csp-profile: there is no csp-profile\.config\.yaml .* CSP601\n$/);
  });

  const cases: readonly (readonly [
    name: string,
    file: string,
    text: string,
    argv: readonly string[],
    message: RegExp,
  ])[] = [
    ['is malformed', 'yaml', 'schemaVersion: 1\ntargets: [', [], /config\.yaml:2: .* CSP602/],
    [
      'says a thing twice',
      'yaml',
      'schemaVersion: 1\nschemaVersion: 1\n',
      [],
      /config\.yaml:2: .*unique.* CSP602/,
    ],
    ['has an unknown tag', 'yaml', 'a: 1\nb: !!js/function "x"\n', [], /config\.yaml:2: Unresolved tag/],
    ['has an alias to nothing', 'yaml', 'a: *b\n', [], /Unresolved alias/],
    [
      'is a bomb of aliases',
      'yaml',
      `a: &a [1]\n${Array.from({ length: 20 }, (_, i) => `${String.fromCharCode(98 + i)}: &${String.fromCharCode(98 + i)} [${`*${String.fromCharCode(97 + i)},`.repeat(9)}]`).join('\n')}\n`,
      [],
      /alias/,
    ],
    ['is empty', 'yaml', '', [], /must be an object/],
    ['is JSON with a comma too many', 'json', '{\n "schemaVersion": 1,\n}', [], /config\.json:3: /],
    ['is YAML in .json', 'json', 'schemaVersion: 1\n', [], /config\.json.* CSP602/],
    ['has no version', 'yaml', 'targets: []', [], /schemaVersion: is missing/],
    [
      'has another version',
      'yaml',
      '# new\nschemaVersion: 2\ntargets: []\n',
      [],
      /config\.yaml:2 schemaVersion: must be 1/,
    ],
    [
      'has a property too many',
      'yaml',
      target('model: x\nlimit: {}'),
      [],
      /config\.yaml:4 targets\[0\]\.limit: is none of/,
    ],
    [
      'has a target without a model',
      'yaml',
      target('limits: {}'),
      [],
      /config\.yaml:3 targets\[0\]\.model: is missing/,
    ],
    ['demands nothing', 'yaml', target('model: resnet50'), [], /:3 targets\[0\]: the target demands nothing/],
    [
      'limits an unknown metric',
      'yaml',
      target('model: resnet50\nlimits:\n  flop: 1'),
      [],
      /:5 targets\[0\]\.limits\.flop: is no metric; did you mean flops/,
    ],
    [
      'limits by a list',
      'yaml',
      target('model: resnet50\nlimits: { flops: [1] }'),
      [],
      /must be a text such as/,
    ],
    [
      'limits in another unit',
      'yaml',
      target('model: resnet50\nlimits:\n  flops: 1\n  cio: 8 GiB'),
      [],
      /:6 targets\[0\]\.limits\.cio: .*not counted in "GiB".* CSP603/,
    ],
    [
      'has a hostile rule',
      'yaml',
      target('model: resnet50\nrules:\n  - name: x\n    expr: cos.constructor("y")()'),
      [],
      /:6 targets\[0\]\.rules\[0\]\.expr: rule "x": at character 1 .* CSP604/,
    ],
    [
      'has a rule without a name',
      'yaml',
      target('model: resnet50\nrules:\n  - expr: flops > 1'),
      [],
      /:5 targets\[0\]\.rules\[0\]\.name: is missing/,
    ],
    [
      'has an odd severity',
      'yaml',
      target('model: resnet50\nrules:\n  - { name: a, expr: flops > 1, severity: info }'),
      [],
      /must be one of error, warn/,
    ],
    [
      'names an unknown network',
      'yaml',
      target('model: cspresnext51\nlimits: { flops: 1 }'),
      [],
      /:3 targets\[0\]\.model: there is no network "cspresnext51".*did you mean/,
    ],
    [
      'names a file that is not there',
      'yaml',
      target('model: none.cfg\nlimits: { flops: 1 }'),
      [],
      /:3 targets\[0\]\.model: none\.cfg: there is no such file/,
    ],
    [
      'names a pattern that fits nothing',
      'yaml',
      target('model: none/*.cfg\nlimits: { flops: 1 }'),
      [],
      /:3 .*no file is like none\/\*\.cfg.* CSP606/,
    ],
    ['names no network', 'yaml', 'schemaVersion: 1\ntargets: []\n', [], /names no network.* CSP606/],
    [
      'has no such target',
      'yaml',
      target('model: resnet50\nlimits: { flops: 1 }'),
      ['--target', 'resnet5'],
      /--target resnet5 fits nothing.*use one of resnet50.* CSP606/,
    ],
    [
      'has a relative limit without a baseline',
      'yaml',
      target('model: resnet50\nlimits: { flops: +1% }'),
      [],
      /:4 .*needs a baseline.*--update.* CSP605/,
    ],
    [
      'has a rule about a baseline that it does not name',
      'yaml',
      target('model: resnet50\nrules: [{ name: r, expr: flops <= baseline.flops }]'),
      [],
      /rule "r" needs a baseline.* CSP605/,
    ],
    [
      'names a baseline that is not there',
      'yaml',
      target('model: resnet50\nbaseline: b.json\nlimits: { flops: 1 }'),
      [],
      /b\.json does not exist.*--update.*--allow-new.* CSP605/,
    ],
    [
      'names an unknown convention',
      'yaml',
      target('model: resnet50\nflops: mine\nlimits: { flops: 1 }'),
      [],
      /:3 .*no FLOP convention "mine"/,
    ],
    [
      'is no git repository',
      'yaml',
      target('model: m.cfg\nbaseline: git:main\nlimits: { flops: 1 }'),
      [],
      /no git repository.* CSP609/,
    ],
    [
      'compares a built-in network with a commit',
      'yaml',
      target('model: resnet50\nbaseline: git:main\nlimits: { flops: 1 }'),
      [],
      /resnet50 is built in.*git:main:baselines/,
    ],
    [
      'is a module that throws',
      'mjs',
      'throw new TypeError("oops");',
      [],
      /config\.mjs: the configuration does not load: oops.* CSP601/,
    ],
    ['is a module without a default export', 'mjs', 'export const x = 1;', [], /exports no configuration/],
    [
      'is a module with a mistake',
      'mjs',
      'export default { schemaVersion: 1, targets: [{}] };',
      [],
      /config\.mjs targets\[0\]\.model: is missing/,
    ],
    [
      'has no baseline to write',
      'yaml',
      target('model: resnet50\nlimits: { flops: 1 }'),
      ['--update'],
      /no target has a baseline file/,
    ],
    [
      'writes one baseline for two networks',
      'yaml',
      `${target('model: resnet50\nbaseline: b.json\nlimits: { flops: 1 }')}  - { model: resnet10, baseline: b.json, limits: { flops: 1 } }\n`,
      ['--update'],
      /:6 .*two networks have the baseline b\.json/,
    ],
    ['is asked for an unknown action', 'yaml', '', ['chek'], /--action is "chek"/],
    ['is asked for an unknown format', 'yaml', '', ['--format', 'xml'], /--format is "xml"/],
  ];

  it.each(cases)('that %s: one line, exit code 2', async (_, extension, text, argv, message) => {
    write(`csp-profile.config.${extension}`, text);
    write('m.cfg', cfg(32));
    const { code, stdout, stderr } = await run(['gate', ...argv], { cwd });
    expect(stderr).toMatch(message);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toMatch(/^csp-profile: [^\n]+ \(fix: [^\n]+\) CSP\d+\n$/);
  });

  it('shows all mistakes of limits and rules at once', async () => {
    write(
      'csp-profile.config.yaml',
      target('model: resnet50\nlimits: { flops: x, cio: y }\nrules: [{ name: r, expr: z }]'),
    );
    const { stderr } = await run(['gate'], { cwd });
    expect(stderr.trimEnd().split('\n')).toHaveLength(3);
  });

  it('must be one', async () => {
    write('csp-profile.config.yaml', '');
    write('csp-profile.config.mjs', '');
    expect((await run(['gate'], { cwd })).stderr).toMatch(/two configurations.*--config/);
    write('other.json', JSON.stringify(object));
    expect(await run(['gate', '--config', 'other.json'], { cwd })).toMatchObject({ code: 0 });
    expect((await run(['gate', '--config', 'none.yaml'], { cwd })).stderr).toMatch(
      /none\.yaml: there is no such file/,
    );
    expect((await run(['gate', '--config', 'a.toml'], { cwd })).stderr).toMatch(
      /a\.toml is no kind of configuration/,
    );
  });
});

describe('baselines', () => {
  it('that count otherwise are refused, with the fix', async () => {
    write('csp-profile.config.yaml', target('model: resnet50\nbaseline: b.json\nlimits: { flops: +1% }'));
    await run(['gate', '--update'], { cwd });
    write(
      'csp-profile.config.yaml',
      target('model: resnet50\nflops: standard\nbaseline: b.json\nlimits: { flops: +1% }'),
    );
    const { code, stderr } = await run(['gate'], { cwd });
    expect(code).toBe(2);
    expect(stderr).toMatch(
      /b\.json counts flops as darknet, the network is counted as standard .*--update\) CSP605/,
    );
    expect((await run(['gate', '--update'], { cwd })).code).toBe(0);
    expect((await run(['gate'], { cwd })).code).toBe(0);
  });

  it('with conflict markers are refused, and mended by --update', async () => {
    write('csp-profile.config.yaml', target('model: resnet50\nbaseline: b.json\nlimits: { flops: +1% }'));
    write('b.json', '<<<<<<< HEAD\n{\n=======\n');
    expect(await run(['gate'], { cwd })).toMatchObject({ code: 2, stdout: '' });
    expect((await run(['gate', '--update'], { cwd })).stdout).toBe('wrote b.json\n');
    expect((await run(['gate'], { cwd })).code).toBe(0);
  });

  it('that are models are never written over', async () => {
    await run(['export', 'resnet50', '--to', 'json', '-o', 'graph.json'], { cwd });
    const before = readFileSync(join(cwd, 'graph.json'), 'utf8');
    write(
      'csp-profile.config.yaml',
      target('model: resnet50\nbaseline: graph.json\nflops: darknet\nlimits: { flops: +0% }'),
    );
    expect((await run(['gate'], { cwd })).code).toBe(0);
    expect((await run(['gate', '--update'], { cwd })).code).toBe(2);
    expect(readFileSync(join(cwd, 'graph.json'), 'utf8')).toBe(before);
    write('package.json', '{ "name": "x" }');
    write(
      'csp-profile.config.yaml',
      target('model: resnet50\nbaseline: package.json\nlimits: { flops: +0% }'),
    );
    expect((await run(['gate', '--update'], { cwd })).code).toBe(2);
    expect(readFileSync(join(cwd, 'package.json'), 'utf8')).toBe('{ "name": "x" }');
  });

  it.each([
    ['git:nowhere', /git knows no commit "nowhere".*fetch-depth: 0.* CSP609/],
    ['git:--help', /git knows no commit "--help"/],
    ['git:HEAD:none.cfg', /has no file none\.cfg.*--allow-new.* CSP605/],
    ['git:HEAD:models', /models is built in/],
    ['"git:"', /git knows no commit ""/],
    ['git:HEAD:csp-profile.config.yaml', /begins like no network that is known/],
    ['git:HEAD:tool.mjs', /tool\.mjs is a program/],
  ])('%s: one line', async (name, message) => {
    await repository(CONFIG.replace('baselines/net.json', 'git:HEAD'));
    write('tool.mjs', 'export default () => {};');
    commit('tool');
    write('csp-profile.config.yaml', CONFIG.replace('baselines/net.json', name));
    const { code, stdout, stderr } = await run(['gate'], { cwd });
    expect(stderr).toMatch(message);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toMatch(/^csp-profile: [^\n]+\n$/);
  });
});

describe('operators that cannot be counted', () => {
  const graph = (op: string) =>
    `import { GraphBuilder } from '${join(process.cwd(), 'src/graph/builder.ts')}';
export default (g) => {
  const x = g.input([1, 3, 8, 8]);
  const y = g.conv(x, { outChannels: 4, kernel: 3 });
  g.builder.layer({ name: 'odd', origin: { format: 'module', file: 'odd.mjs' } });
  g.builder.add('opaque', [y], { op: '${op}', outputs: [{ dtype: 'float32', shape: [1, 4, 8, 8] }] });
};`;

  it('fail the gate, by name, unless that is allowed', async () => {
    write('odd.mjs', graph('FancyOp'));
    write(
      'csp-profile.config.yaml',
      target('model: odd.mjs\nbaseline: odd.json\nlimits: { macs: 1 G, uncountedOperators: +0 }'),
    );
    for (const args of [[], ['--update']]) {
      const { code, stdout, stderr } = await run(['gate', ...args], { cwd });
      expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
      expect(stderr).toMatch(
        /config\.yaml:3 .*odd\.mjs has operators that cannot be counted: 1 x FancyOp .*--on-unknown opaque.* CSP608/,
      );
    }
    expect((await run(['gate', '--update', '--on-unknown', 'opaque'], { cwd })).code).toBe(0);
    for (const format of ['table', 'markdown', 'github', 'junit', 'sarif']) {
      expect(await run(['gate', '--on-unknown', 'opaque', '--format', format], { cwd })).toMatchObject({
        code: 0,
        stdout: expect.stringMatching(
          /Not counted in .*odd\.mjs, so every value is too low: 1 x FancyOp\./,
        ) as string,
      });
    }
    const { stdout: log } = await run(['gate', '--on-unknown', 'opaque', '--format', 'sarif'], { cwd });
    expect(sarifErrors(JSON.parse(log))).toEqual([]);
    const totals = await run(['analyze', 'odd.mjs', '--format', 'bencher'], { cwd });
    expect(totals.stdout).toContain('"uncountedOperators": {\n      "value": 1\n    }');
  });
});

describe('init', () => {
  it('writes a configuration that works for what is here', async () => {
    write('models/a.cfg', cfg(32));
    write('models/b.cfg', cfg(16));
    write('other/c.cfg', cfg(8));
    write('setup.cfg', '[metadata]\nname = x\n');
    const { code: written, stdout, stderr } = await run(['gate', 'init'], { cwd });
    expect({ written, stdout }).toEqual({ written: 0, stdout: '' });
    expect(stderr).toMatch(/^left out setup\.cfg: .* CSP\d+$/m);
    expect(stderr).toMatch(/^wrote csp-profile\.config\.yaml: 3 networks$/m);
    const text = readFileSync(join(cwd, 'csp-profile.config.yaml'), 'utf8');
    expect(text.match(/model: .*/g)).toEqual(['model: "models/*.cfg"', 'model: "other/c.cfg"']);
    const [, schema = ''] = /\$schema=.\/node_modules\/csp-profile\/(\S+)/.exec(text) ?? [];
    expect(JSON.parse(readFileSync(schema, 'utf8'))).toEqual(configSchema());
    expect(await run(['gate'], { cwd })).toMatchObject({ code: 2 });
    expect(await run(['gate', '--update'], { cwd })).toMatchObject({ code: 0 });
    expect(await run(['gate'], { cwd })).toMatchObject({ code: 0 });
    expect((await run(['gate', 'init'], { cwd })).stderr).toMatch(
      /there is a csp-profile\.config\.yaml here already/,
    );
  });

  it('takes models, and checks them', async () => {
    expect((await run(['gate', 'init', 'resnet51'], { cwd })).code).toBe(2);
    expect((await run(['gate', 'init'], { cwd })).stderr).toMatch(/there is no network here/);
    expect(existsSync(join(cwd, 'csp-profile.config.yaml'))).toBe(false);
    expect((await run(['gate', 'init', 'cspresnext50@320', 'resnet50'], { cwd })).code).toBe(0);
    await run(['gate', '--update'], { cwd });
    expect(await gateJson()).toMatchObject({
      code: 0,
      results: [{ model: 'cspresnext50@320' }, { model: 'resnet50' }],
    });
  });

  it('keeps networks of one family apart', async () => {
    const models = ['csppeleenet:gamma=0.25', 'csppeleenet:gamma=0.75'];
    expect((await run(['gate', 'init', ...models], { cwd })).code).toBe(0);
    const text = readFileSync(join(cwd, 'csp-profile.config.yaml'), 'utf8');
    expect(text.match(/(model|baseline): .*/g)).toEqual(
      models.flatMap((model) => [
        `model: "${model}"`,
        `baseline: "baselines/${model.replace(':', '-')}.json"`,
      ]),
    );
    await run(['gate', '--update'], { cwd });
    expect(await gateJson()).toMatchObject({ code: 0, results: models.map((model) => ({ model })) });
  });
});
