import { spawn } from 'node:child_process';
import {
  appendFileSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { asyncBufferFromFile, parquetReadObjects } from 'hyparquet';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { PageColumn, SweepPageData } from '../../src/report/sweep/pageData.ts';
import { builtPage } from '../report/builtPage.ts';
import { run } from './run.ts';

const SMALL = ['sweep', 'csppeleenet', '--param', 'gamma=0.25,0.5,0.75', '--param', 'fusion=first,last'];

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'sweep-test-'));
});
afterAll(() => {
  rmSync(folder, { recursive: true });
});

type Row = Readonly<Record<string, unknown>>;
const read = (file: string): string => readFileSync(join(folder, file), 'utf8');
const rowsOf = (file: string): readonly Row[] =>
  read(file)
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Row);

async function sweep(...argv: string[]) {
  const ran = await run(argv, { cwd: folder });
  expect(ran.stderr).toBe('');
  return ran;
}

describe('sweep', () => {
  it('says of each design what analyze says of the network that its row names', async () => {
    await sweep(
      ...['sweep', 'csppeleenet', '--param', 'gamma=0.25,0.75', '--param', 'input=96', '-o', 'device.ndjson'],
      ...['--device', 'jetson-tx2,eyeriss', '--buffer', '108KiB,1MiB'],
    );
    const rows = rowsOf('device.ndjson');
    expect(rows).toHaveLength(8);
    for (const row of [rows[0]!, rows[3]!, rows[5]!, rows[6]!]) {
      const { stdout } = await run(['analyze', ...String(row['design']).split(' '), '--format', 'json']);
      const { totals, bottleneck } = JSON.parse(stdout) as { totals: Row; bottleneck: Row };
      for (const name of [
        'layers',
        'flops',
        'cio',
        'weights',
        'peakActivationBytes',
        'dramBytes',
        'floorSeconds',
      ])
        expect(row[name], `${String(row['design'])} ${name}`).toBe(totals[name]);
      for (const name of ['predictedSeconds', 'cycles']) expect(row[name]).toBe(totals[name]);
      expect(row['bottleneckShare']).toBe(bottleneck['share']);
    }
    // Unlike devices: a number that one has no basis for is absent there.
    expect(rows.filter(({ predictedSeconds }) => predictedSeconds !== undefined)).toHaveLength(4);
    expect(rows.filter(({ cycles }) => cycles !== undefined)).toHaveLength(4);
  });

  it('marks the designs that no other beats, and prints them', async () => {
    const { stdout } = await sweep(
      ...SMALL,
      '--objective',
      'flops:min,weights:max',
      '--format',
      'json',
      '-o',
      'front.ndjson',
    );
    const rows = rowsOf('front.ndjson') as readonly {
      flops: number;
      weights: number;
      front: boolean;
      design: string;
    }[];
    for (const row of rows) {
      const beaten = rows.some(
        (other) =>
          other.flops <= row.flops &&
          other.weights >= row.weights &&
          (other.flops < row.flops || other.weights > row.weights),
      );
      expect(row.front).toBe(!beaten);
    }
    const front = rows.filter((row) => row.front).map(({ design }) => design);
    const { front: shown } = JSON.parse(stdout) as { front: { rows: readonly { design: string }[] } };
    expect(shown.rows.map(({ design }) => design).sort()).toEqual([...front].sort());
  });

  it('goes on where it was, past a torn line, and grows with its axes', async () => {
    await sweep(...SMALL, '-o', 'whole.ndjson');
    const lines = read('whole.ndjson').trimEnd().split('\n');
    const own = lines.map((line) => line.replace(/,"front":(true|false)/, ''));
    const partial = join(folder, 'rows.ndjson.elsewhere-7.partial');
    writeFileSync(partial, `${own[3]!}\n${own[1]!}\n${own[5]!.slice(0, 50)}`);
    await sweep(...SMALL, '-o', 'rows.ndjson');
    expect(read('rows.ndjson')).toBe(read('whole.ndjson'));
    expect(readdirSync(folder).filter((name) => name.startsWith('rows.'))).toEqual(['rows.ndjson']);
    // A row that is there is not computed again: it says what it said.
    writeFileSync(join(folder, 'rows.ndjson'), read('rows.ndjson').replace(/"cio":[0-9]+/, '"cio":1'));
    const more = SMALL.map((word) => word.replace('gamma=', 'gamma=0.1,'));
    await sweep(...more, '-o', 'rows.ndjson');
    const rows = rowsOf('rows.ndjson');
    expect(rows.map(({ index }) => index)).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
    expect(rows.map(({ gamma }) => gamma)).toEqual([0.1, 0.1, 0.25, 0.25, 0.5, 0.5, 0.75, 0.75]);
    expect(rows[2]!['cio']).toBe(1);
  });

  it('does not mix the rows of two sweeps', async () => {
    const { code, stderr } = await run([...SMALL, '--flops', 'standard', '-o', 'whole.ndjson'], {
      cwd: folder,
    });
    expect(code).toBe(2);
    expect(stderr).toMatch(
      /^csp-profile: whole\.ndjson holds rows of another sweep: .* \(fix: .*rm whole\.ndjson\) CSP811\n$/,
    );
    expect(rowsOf('whole.ndjson')).toHaveLength(6);
  });

  it('is computed in shards, some of them twice, and merged to the same bytes', async () => {
    for (const part of [0, 1, 2, 1]) {
      const { code, stderr } = await run([...SMALL, '--shard', `${String(part)}/3`, '-o', 'shard.ndjson'], {
        cwd: folder,
      });
      expect({ code, stderr }).toEqual({
        code: 0,
        stderr: `csp-profile: shard ${String(part)} of 3 (from 0): 2 designs in shard.${String(part)}-of-3.ndjson\n`,
      });
    }
    const env = { SLURM_ARRAY_TASK_ID: '12', SLURM_ARRAY_TASK_MIN: '10', SLURM_ARRAY_TASK_COUNT: '3' };
    const { stderr } = await run([...SMALL, '-o', 'shard.ndjson'], { cwd: folder, env });
    expect(stderr).toContain('shard 2 of 3 (from 0, by Slurm)');
    writeFileSync(join(folder, 'twice.ndjson'), read('shard.1-of-3.ndjson'));
    await sweep('sweep', 'merge', 'shard.*.ndjson', 'twice.ndjson', '-o', 'merged.ndjson');
    expect(read('merged.ndjson')).toBe(read('whole.ndjson'));
  });

  it.each([['csv'], ['parquet'], ['page'], ['details']])(
    'leaves --%s to the merge in a shard of a Slurm array, and says so',
    async (name) => {
      const env = { SLURM_ARRAY_TASK_ID: '1', SLURM_ARRAY_TASK_MIN: '1', SLURM_ARRAY_TASK_COUNT: '3' };
      const before = readdirSync(folder);
      const argv = [...SMALL, '-o', `array-${name}.ndjson`, `--${name}`, `array.${name}`];
      const { code, stderr } = await run(argv, { cwd: folder, env });
      expect({ code, stderr }).toEqual({
        code: 0,
        stderr:
          `csp-profile: --${name} is left out of a shard: give it to csp-profile sweep merge, of all shards\n` +
          `csp-profile: shard 0 of 3 (from 0, by Slurm): 2 designs in array-${name}.0-of-3.ndjson\n`,
      });
      expect(readdirSync(folder).filter((file) => !before.includes(file))).toEqual([
        `array-${name}.0-of-3.ndjson`,
      ]);
    },
  );

  it('writes a page of all designs, with the report and the model of each of the front', async () => {
    await builtPage();
    await sweep(
      ...[...SMALL, '--param', 'input=64', '-o', 'paged.ndjson'],
      ...['--page', 'pages/front.html', '--details', 'pages/front'],
    );
    const rows = rowsOf('paged.ndjson');
    const front = rows.filter((row) => row['front'] === true);
    expect(front.length).toBeGreaterThan(0);
    expect(front.length).toBeLessThan(rows.length);
    const page = read('pages/front.html');
    expect(page).toContain('<title>csppeleenet: 6 designs – csp-profile</title>');
    const [, json = ''] = /<script type="application\/json" id="data">(.*?)<\/script>/s.exec(page) ?? [];
    const data = JSON.parse(json) as SweepPageData;
    expect(data.designs).toEqual(rows.map(({ design }) => design));
    expect(data.front).toEqual(front.map(({ index }) => index));
    const flops = data.columns.find(({ name }) => name === 'flops') as PageColumn & {
      readonly numbers: readonly number[];
    };
    expect(flops.numbers).toEqual(rows.map((row) => row['flops']));
    // Relative to the page, and there: of the front only.
    expect(data.files).toEqual(
      Object.fromEntries(
        front.map(({ index }) => [
          String(index),
          ['html', 'cfg', 'onnx'].map((format) => `front/design-${String(index)}.${format}`),
        ]),
      ),
    );
    expect(readdirSync(join(folder, 'pages/front')).sort()).toEqual(
      Object.values(data.files)
        .flat()
        .map((file) => file.slice('front/'.length))
        .sort(),
    );
    for (const row of front) {
      const model = `pages/front/design-${String(row['index'])}.onnx`;
      const { stdout } = await run(['analyze', model, '--format', 'json'], { cwd: folder });
      expect((JSON.parse(stdout) as { totals: Row }).totals['macs']).toBe(row['macs']);
    }
  });

  it('merges nothing that is missing, torn or of another sweep', async () => {
    const merge = async (...files: string[]) => {
      const { code, stderr } = await run(['sweep', 'merge', ...files, '-o', 'none.ndjson'], { cwd: folder });
      expect(code).toBe(2);
      return stderr;
    };
    expect(await merge('shard.0-of-3.ndjson', 'shard.2-of-3.ndjson')).toContain(
      'shard.1-of-3.ndjson is not there',
    );
    expect(await merge('nothing.ndjson')).toContain('there is no such file');
    writeFileSync(
      join(folder, 'changed.ndjson'),
      read('shard.0-of-3.ndjson').replace('"layers":', '"layers":1'),
    );
    expect(await merge('whole.ndjson', 'changed.ndjson')).toMatch(/its row of design \d is not that of/);
    await sweep(...SMALL, '--metrics', 'flops', '-o', 'other.ndjson');
    expect(await merge('whole.ndjson', 'other.ndjson')).toContain('another sweep');
    const [first = '', second = ''] = read('whole.ndjson').split('\n');
    writeFileSync(join(folder, 'unsorted.ndjson'), `${second}\n${first}\n`);
    expect(await merge('unsorted.ndjson')).toContain('not in order');
    expect(readdirSync(folder)).not.toContain('none.ndjson');
  });

  it('keeps what breaks a constraint or fails as a row with the reason, and off the front', async () => {
    const { stdout } = await sweep(
      ...['sweep', 'ssd300-vgg16', '--param', 'input=32,268,300'],
      ...[
        '--constraint',
        'flops <= 60 GFLOP',
        '--constraint',
        'input > 100 and bottleneck.share < 0.9',
        '-o',
        'broken.ndjson',
      ],
    );
    const rows = rowsOf('broken.ndjson');
    expect(rows.map(({ front }) => front)).toEqual([false, true, false]);
    expect(rows[2]!['infeasible']).toBe('flops <= 60 GFLOP');
    expect(String(rows[0]!['error'])).toMatch(/ssd300.*\(fix: .*\) CSP/);
    expect(rows[0]!['flops']).toBeUndefined();
    expect(stdout).toContain('1 design breaks a constraint.');
    expect(stdout).toContain('1 design failed: ');
  });

  it('does not choose by what no design has a number of, and says so', async () => {
    writeFileSync(
      join(folder, 'linear.mjs'),
      'export default (g, { parameters: { features, depth } }) => { let x = g.input([1, 16]); for (let i = 0; i < depth; i++) x = g.linear(x, { outFeatures: features }); };',
    );
    const both = ['sweep', 'linear.mjs', '--param', 'features=16,32', '--param', 'depth=1,2'];
    const { stdout } = await sweep(...both, '--objective', 'macs,cio', '-o', 'linear.ndjson');
    expect(stdout).toContain('1 of 4 designs is beaten by no other in macs:min\n');
    expect(stdout).toContain('No design has a number of cio, which decides nothing.');
    expect(rowsOf('linear.ndjson').map(({ front }) => front)).toEqual([true, false, false, false]);
    const merged = await sweep(
      'sweep',
      'merge',
      'linear.ndjson',
      '--objective',
      'macs,cio',
      '-o',
      'all.ndjson',
    );
    expect(merged.stdout).toBe(stdout);
    const none = await sweep(...both, '--objective', 'cio', '-o', 'none.ndjson');
    expect(none.stdout).toMatch(/^4 designs\n/);
    expect(rowsOf('none.ndjson').map(({ front }) => front)).toEqual(Array(4).fill(undefined));
    const misfits = await sweep(...both, '--constraint', 'macs < 0', '-o', 'misfits.ndjson');
    expect(misfits.stdout).not.toContain('decides nothing');
    expect(rowsOf('misfits.ndjson').map(({ front }) => front)).toEqual(Array(4).fill(false));
  });

  it('shows all designs in the order of the one axis that varies, and what they follow', async () => {
    const { stdout } = await sweep(
      'sweep',
      'linear.mjs',
      '--param',
      'features=16..64:16',
      '--param',
      'depth=1',
    );
    expect(stdout).toContain('4 designs against features\n');
    expect(stdout.match(/^(?:16|32|48|64) /gm)).toHaveLength(4);
  });

  it('reads YAML, a table of accuracies, and modules that take parameters', async () => {
    writeFileSync(
      join(folder, 'net.mjs'),
      'export default (g, { extent, batch, parameters: { depth = 1, kind = "conv" } }) => { let x = g.input([batch, 3, ...extent]); for (let i = 0; i < depth; i++) x = kind === "conv" ? g.conv(x, { outChannels: 8, kernel: 3 }) : g.maxPool(x, { kernel: 2 }); };',
    );
    writeFileSync(join(folder, 'top1.csv'), 'depth,kind,top1\n1,conv,50\n2,conv,60\n3,"conv",70\n');
    writeFileSync(
      join(folder, 'sweep.yaml'),
      'model: net.mjs@16\naxes: { depth: 1..3:1, kind: [conv, pool] }\nobjectives: [macs:min, top1:max]\njoin: top1.csv\nmetrics: [macs, bottleneck.share]\n',
    );
    await sweep('sweep', 'sweep.yaml', '-o', 'yaml.ndjson', '--csv', 'yaml.csv', '--parquet', 'yaml.parquet');
    const rows = rowsOf('yaml.ndjson');
    expect(rows.map(({ design }) => design)).toContain('net.mjs:depth=2,kind=conv@16');
    // 3x3 over 3, then 8 channels, to 8 channels, at 256 places.
    expect(rows.map(({ macs }) => macs)).toEqual(
      [1, 0, 2, 0, 3, 0].map((n) => (n === 0 ? 0 : (27 + 72 * (n - 1)) * 8 * 256)),
    );
    expect(rows.map(({ front }) => front)).toEqual([true, false, true, false, true, false]);
    expect(rows[1]!['top1']).toBeUndefined();
    const { stdout } = await run(['analyze', 'net.mjs:depth=2,kind=conv@16', '--format', 'json'], {
      cwd: folder,
    });
    expect((JSON.parse(stdout) as { totals: Row }).totals['macs']).toBe(rows[2]!['macs']);
    const parquet = await parquetReadObjects({
      file: await asyncBufferFromFile(join(folder, 'yaml.parquet')),
    });
    const known = parquet.map((row) =>
      Object.fromEntries(Object.entries(row).filter(([, value]) => value !== null && value !== undefined)),
    );
    expect(known).toEqual(rows);
    const [head, line] = read('yaml.csv').split('\n');
    expect(head).toBe('index,design,sweep,depth,kind,macs,bottleneckShare,top1,front');
    expect(line).toMatch(/^0,"net\.mjs:depth=1,kind=conv@16",\w+,1,conv,55296,1,50,true$/);
  });

  it('prints names that would act on a terminal as what they are', async () => {
    const name = 'a\u001b[31m\u009b\u202e\u200b.mjs';
    writeFileSync(
      join(folder, name),
      'export default (g, { parameters: { depth = 1 } }) => { let x = g.input([1, 3, 8, 8]); for (let i = 0; i < depth; i++) x = g.conv(x, { outChannels: 8 }); };',
    );
    const { stdout } = await sweep(
      ...['sweep', name, '--param', 'depth=1,2', '-o', '-', '--csv', 'named.csv', '--metrics', 'macs'],
    );
    await sweep('sweep', name, '--param', 'depth=1,2', '-o', 'named.ndjson', '--metrics', 'macs');
    await sweep('sweep', 'merge', 'named.ndjson', '-o', 'named-merged.ndjson');
    expect(stdout.split('\n').slice(0, 2)).toHaveLength(2);
    expect((JSON.parse(stdout.split('\n')[0]!) as Row)['design']).toBe(`${name}:depth=1`);
    for (const text of [stdout, read('named.csv'), read('named.ndjson'), read('named-merged.ndjson')]) {
      expect(text).toMatch(/\\u009b|\\u\{9b\}/);
      expect(text.replaceAll('\n', '')).not.toMatch(/[\p{Cc}\p{Cf}]/u);
    }
  });

  it('searches with a budget, and goes on where a search was', async () => {
    const argv = [
      'sweep',
      'csppeleenet',
      '--param',
      'gamma=0.05..0.95',
      '--param',
      'width=0.5..1',
      '--param',
      'fusion=both,first,last',
    ];
    const objectives = ['--objective', 'flops:min,weights:max', '--metrics', 'flops,weights'];
    await sweep(...argv, ...objectives, '--search', '60', '-o', 'search.ndjson');
    expect(rowsOf('search.ndjson')).toHaveLength(60);
    const before = read('search.ndjson');
    rmSync(join(folder, 'search.ndjson'));
    writeFileSync(join(folder, 'search.ndjson.gone-1.partial'), before.split('\n').slice(0, 30).join('\n'));
    await sweep(...argv, ...objectives, '--search', '60', '-o', 'search.ndjson');
    expect(read('search.ndjson')).toBe(before);
  });

  it.each([
    [['sweep', 'csppeleenet'], 'nothing varies'],
    [['sweep', 'csppeleenet', '--param', 'gama=1'], 'has no parameter "gama"'],
    [['sweep', 'csppeleenet', '--param', 'gamma'], '--param is "gamma"'],
    [['sweep', 'csppeleenet', '--param', 'gamma=0.5', '--objective', 'speed'], '"speed" is no objective'],
    [
      ['sweep', 'csppeleenet', '--param', 'gamma=0.5', '--constraint', 'speed < 1'],
      'there is no metric "speed"',
    ],
    [['sweep', 'csppeleenet', '--param', 'gamma=0.5', '--random', '3', '--latin', '3'], 'exclude each other'],
    [['sweep', 'csppeleenet', '--param', 'gamma=0.5', '--shard', '16/16', '-o', 'x'], '--shard is "16/16"'],
    [['sweep', 'csppeleenet', '--param', 'gamma=0.5', '-o', 'no/such/folder/x'], 'there is no such folder'],
    [['sweep', 'none/*.onnx', '--bind', 'N=1'], 'no file is called like'],
    [
      ['sweep', 'csppeleenet', '--param', 'gamma=0.5', '--shard', '0/2', '-o', 'x', '--csv', 'y'],
      'a shard writes its rows only',
    ],
  ])('%s is a mistake of one line', async (argv, message) => {
    const { code, stdout, stderr } = await run(argv, { cwd: folder });
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toMatch(/^csp-profile: .*\(fix: .*\) CSP8\d\d\n$/);
    expect(stderr).toContain(message);
  });
});

describe('a sweep as a process', () => {
  it('that is killed loses no row, and repeats none', async () => {
    const argv = [join(process.cwd(), 'dist/cli.cjs'), 'sweep', 'csppeleenet', '--param', 'gamma=0.05..0.95'];
    const more = ['--param', 'width=0.5,0.75,1', '--param', 'fusion=first,last', '--quiet'];
    const start = (...options: string[]) =>
      spawn(process.execPath, [...argv, ...more, ...options], { cwd: folder, stdio: 'ignore' });
    const killed = start('--jobs', '1', '-o', 'killed.ndjson');
    const partial = () =>
      readdirSync(folder).find((name) => name.startsWith('killed.') && name.endsWith('.partial'));
    for (let lines = 0; lines < 10;) {
      await new Promise((resolve) => setTimeout(resolve, 20));
      const name = partial();
      lines = name === undefined ? 0 : read(name).split('\n').length;
    }
    killed.kill('SIGKILL');
    await new Promise((resolve) => killed.once('exit', resolve));
    const left = partial()!;
    // As if the last line was being written.
    truncateSync(join(folder, left), Buffer.byteLength(read(left)) - 20);
    appendFileSync(join(folder, left), '{"index":');
    await new Promise((resolve) => start('--jobs', '2', '-o', 'killed.ndjson').once('exit', resolve));
    await new Promise((resolve) => start('--jobs', '1', '-o', 'uninterrupted.ndjson').once('exit', resolve));
    expect(rowsOf('uninterrupted.ndjson')).toHaveLength(19 * 3 * 2);
    expect(read('killed.ndjson')).toBe(read('uninterrupted.ndjson'));
    expect(partial()).toBeUndefined();
  });
});
