import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Ajv } from 'ajv';
import stringWidth from 'fast-string-width';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buildNetwork } from '../../architectures/zoo.ts';
import { profile, type Profile } from '../../src/analysis/profile.ts';
import { profileSchema } from '../../src/report/profileSchema.ts';
import { run } from './run.ts';

let cwd: string;
beforeAll(() => {
  cwd = mkdtempSync(join(tmpdir(), 'csp-profile-'));
});
afterAll(() => {
  rmSync(cwd, { recursive: true });
});

const CFG = `[net]
width=32
height=32
channels=3
[convolutional]
filters=8
size=3
pad=1
[maxpool]
size=2
stride=2
`;

describe('the table', () => {
  it.each([80, 100, 160])('fits %i columns and uses them', async (columns) => {
    const { stdout, code } = await run(['analyze', 'cspresnext50'], { columns });
    expect(code).toBe(0);
    const widths = stdout.split('\n').map((line) => stringWidth(line));
    expect(Math.max(...widths)).toBeLessThanOrEqual(columns);
    expect(Math.max(...widths)).toBeGreaterThan(columns - 20);
  });

  it('shows the costliest layers, or all of them in order', async () => {
    const rows = (stdout: string) => stdout.split('\n').filter((line) => /^ *\d+ {2}[a-z]\w+ /.test(line));
    const costliest = rows((await run(['analyze', 'cspresnext50', '--top', '3'])).stdout);
    expect(costliest.map((line) => line.trim().split(/\s+/)[0])).toEqual(['19', '38', '65']);
    const all = rows((await run(['analyze', 'cspresnext50', '--all'])).stdout);
    expect(all.map((line) => Number(line.trim().split(/\s+/)[0]))).toEqual(all.map((_, i) => i));
    expect(all).toHaveLength(84);
  });

  it('sorts by any column and shows the columns asked for', async () => {
    const { stdout } = await run([
      'analyze',
      'resnet10',
      '--sort',
      'cio',
      '--top',
      '1',
      '--columns',
      'index,cio',
    ]);
    const { layers } = profile(buildNetwork('resnet10'));
    const [largest] = [...layers].sort((a, b) => (b.cio as number) - (a.cio as number));
    expect(stdout).toMatch(new RegExp(`# +CIO\\n *${String(largest?.index)} `));
  });

  it('colours only where a person looks', async () => {
    const colored = async (options: object, ...flags: string[]) =>
      /\u001b\[/.test((await run(['analyze', 'resnet10', ...flags], options)).stdout);
    expect(await colored({ isTTY: true })).toBe(true);
    expect(await colored({ isTTY: false })).toBe(false);
    expect(await colored({ isTTY: true, env: { NO_COLOR: '1' } })).toBe(false);
    expect(await colored({ isTTY: true, env: { TERM: 'dumb' } })).toBe(false);
    expect(await colored({ isTTY: true, env: { CI: 'true' } })).toBe(false);
    expect(await colored({ isTTY: false, env: { FORCE_COLOR: '1' } })).toBe(true);
    expect(await colored({ isTTY: true }, '--no-color')).toBe(false);
    expect(await colored({ isTTY: false }, '--color')).toBe(true);
  });
});

describe('formats', () => {
  it('JSON is the profile, by the published schema', async () => {
    const { stdout } = await run(['analyze', 'cspresnext50', '--format', 'json']);
    const printed = JSON.parse(stdout) as Profile;
    const validate = new Ajv({ strict: true, allErrors: true }).compile(profileSchema());
    expect(validate(printed), JSON.stringify(validate.errors)).toBe(true);
    expect(printed).toMatchObject(
      JSON.parse(JSON.stringify(profile(buildNetwork('cspresnext50')))) as object,
    );
  });

  it('CSV has a row per layer, exact numbers, empty where undefined', async () => {
    const { stdout } = await run([
      'analyze',
      'cspresnext50',
      '--format',
      'csv',
      '--columns',
      'index,kind,flops,cio',
    ]);
    const lines = stdout.trimEnd().split('\n');
    expect(lines[0]).toBe('index,kind,flops,cio');
    expect(lines[1]).toBe('0,conv,308281344,1245184');
    expect(lines).toHaveLength(85);
    const { layers } = profile(buildNetwork('cspresnext50'));
    expect(lines.slice(1)).toEqual(
      layers.map(({ index, kind, flops, cio }) =>
        [index, kind, flops, cio].map((value) => value ?? '').join(','),
      ),
    );
  });

  it('Markdown is a table', async () => {
    const { stdout } = await run(['analyze', 'cspresnext50', '--format', 'markdown', '--top', '2']);
    expect(stdout).toContain('## cspresnext50');
    expect(stdout).toMatch(/\| 19 \| conv19 \|/);
  });
});

describe('models', () => {
  it('reads a .cfg at its own and at another extent', async () => {
    writeFileSync(join(cwd, 'two.cfg'), CFG);
    const shape = async (spec: string, ...flags: string[]) => {
      const { stdout } = await run(['analyze', spec, '--format', 'json', ...flags], { cwd });
      return (JSON.parse(stdout) as Profile).layers[1]?.outputs[0];
    };
    expect(await shape('two.cfg')).toEqual([1, 8, 16, 16]);
    expect(await shape('two.cfg@64x128')).toEqual([1, 8, 32, 64]);
    expect(await shape('two.cfg@64', '--batch', '3')).toEqual([3, 8, 32, 32]);
  });

  it('reads the graph that export wrote', async () => {
    const exported = await run(['export', 'cspresnext50', '--to', 'json', '-o', 'net.json'], { cwd });
    expect(exported).toEqual({ code: 0, stdout: '', stderr: 'wrote net.json\n' });
    const { stdout } = await run(['analyze', 'net.json', '--format', 'json', '--flops', 'darknet'], { cwd });
    expect((JSON.parse(stdout) as Profile).totals).toEqual(profile(buildNetwork('cspresnext50')).totals);
    const resized = await run(['analyze', 'net.json@64'], { cwd });
    expect(resized).toMatchObject({ code: 2, stdout: '' });
  });

  it('runs a module that builds a network', async () => {
    writeFileSync(
      join(cwd, 'mine.mjs'),
      `export default (g, { extent, batch }) => g.conv(g.input([batch, 3, ...extent]), { outChannels: 4, kernel: 3 });`,
    );
    const { stdout } = await run(['analyze', 'mine.mjs@20', '--format', 'json'], { cwd });
    expect((JSON.parse(stdout) as Profile).totals.macs).toBe(4 * 3 * 9 * 400);
  });

  it('counts bytes in the element type asked for', async () => {
    const peak = async (...flags: string[]) => {
      const { stdout } = await run(['analyze', 'resnet10', '--format', 'json', ...flags]);
      return (JSON.parse(stdout) as Profile).totals.peakActivationBytes as number;
    };
    const full = await peak();
    expect(await peak('--dtype', 'float16')).toBe(full / 2);
    expect(await peak('--dtype', 'int8')).toBe(full / 4);
  });
});

describe('-o', () => {
  it('writes the file, whole, and nothing on standard output', async () => {
    const ran = await run(['analyze', 'resnet10', '--format', 'json', '-o', 'out.json'], { cwd });
    expect(ran).toEqual({ code: 0, stdout: '', stderr: 'wrote out.json\n' });
    expect((JSON.parse(readFileSync(join(cwd, 'out.json'), 'utf8')) as Profile).network.name).toBe(
      'resnet10',
    );
    expect(readdirSync(cwd).filter((name) => name.includes('partial'))).toEqual([]);
  });

  it('says where it cannot write', async () => {
    const ran = await run(['analyze', 'resnet10', '-o', 'no/such/folder/out.txt'], { cwd });
    expect(ran).toEqual({
      code: 2,
      stdout: '',
      stderr:
        'csp-profile: no/such/folder/out.txt: there is no such folder (fix: make the folder first, or check the path) CSP802\n',
    });
  });
});

describe('bad input', () => {
  const cases: readonly (readonly [string, readonly string[], RegExp])[] = [
    ['no model', ['analyze'], /<model> is missing/],
    ['unknown command', ['analyse', 'resnet10'], /did you mean analyze\?/],
    ['unknown network', ['analyze', 'cspresnext51'], /did you mean cspresnext50/],
    ['unknown option', ['analyze', 'resnet10', '--tops', '3'], /Unknown argument: tops/],
    ['unknown format', ['analyze', 'resnet10', '--format', 'xml'], /use one of table, json, csv, markdown/],
    ['unknown column', ['analyze', 'resnet10', '--columns', 'flopz'], /"flopz", which is no column/],
    ['unknown convention', ['analyze', 'resnet10', '--flops', 'mine'], /CSP103/],
    ['unknown dtype', ['analyze', 'resnet10', '--dtype', 'int7'], /--dtype is "int7"/],
    ['top of a word', ['analyze', 'resnet10', '--top', 'x'], /--top is "x"/],
    ['batch of zero', ['analyze', 'resnet10', '--batch', '0'], /at least 1/],
    ['extent of zero', ['analyze', 'resnet10@0'], /at least 1/],
    ['extent too small', ['analyze', 'vgg16@1'], /the input is 1x1 \(fix: use a whole number from 32/],
    ['missing file', ['analyze', 'none.cfg'], /none\.cfg: there is no such file/],
    ['a folder', ['analyze', 'folder.cfg'], /this is a directory/],
    ['unknown kind of file', ['analyze', 'a.txt'], /neither a built-in network nor a file of a known kind/],
    ['malformed JSON', ['analyze', 'bad.json'], /bad\.json/],
    ['a module without a builder', ['analyze', 'empty.mjs'], /no function as its default export/],
    [
      'a module with an attribute of no operator',
      ['analyze', 'sigmoid.mjs'],
      /adds "activation", whose fn must be/,
    ],
    ['a module that throws', ['analyze', 'throws.mjs'], /the builder failed: oops/],
    ['prototype names', ['analyze', '__proto__'], /no network "__proto__"/],
    ['prototype commands', ['constructor'], /no command "constructor"/],
    ['prototype extension', ['analyze', 'x.__proto__'], /neither/],
  ];

  beforeAll(async () => {
    const { mkdirSync } = await import('node:fs');
    mkdirSync(join(cwd, 'folder.cfg'));
    writeFileSync(join(cwd, 'bad.json'), '{');
    writeFileSync(join(cwd, 'empty.mjs'), 'export const x = 1;');
    writeFileSync(
      join(cwd, 'sigmoid.mjs'),
      "export default (g) => { g.activation(g.input([1, 3, 8, 8]), 'sigmoid'); };",
    );
    writeFileSync(join(cwd, 'throws.mjs'), 'export default () => { throw new Error("oops"); };');
  });

  it.each(cases)('%s: one line, exit code 2, nothing on standard output', async (_, argv, message) => {
    const { code, stdout, stderr } = await run(argv, { cwd });
    expect(stderr).toMatch(message);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toMatch(/^csp-profile: [^\n]+ \(fix: [^\n]+\) CSP\d+\n$/);
  });
});

describe('help', () => {
  it.each([['analyze'], ['list'], ['export']])('%s explains itself with an example', async (name) => {
    const { stdout, code } = await run([name, '--help']);
    expect(code).toBe(0);
    expect(stdout).toContain(`csp-profile ${name}`);
    expect(stdout).toContain('Examples:');
    expect(Math.max(...stdout.split('\n').map((line) => line.length))).toBeLessThanOrEqual(80);
  });

  it('lists the commands', async () => {
    const { stdout, code } = await run(['--help']);
    expect(code).toBe(0);
    for (const name of ['analyze', 'list', 'export']) expect(stdout).toContain(`  ${name}`);
    expect(Math.max(...stdout.split('\n').map((line) => line.length))).toBeLessThanOrEqual(80);
    expect(await run([])).toMatchObject({ code: 2, stdout: '' });
  });

  it('knows its version', async () => {
    const { version } = JSON.parse(readFileSync('package.json', 'utf8')) as { version: string };
    expect(await run(['--version'])).toEqual({ code: 0, stdout: `${version}\n`, stderr: '' });
  });
});

describe('list', () => {
  it('shows each network beside what was printed for it', async () => {
    const { stdout } = await run(['list'], { columns: 160 });
    expect(stdout).toMatch(/^resnext50 .* 10\.11 G +10\.11 +22\.19 M +22\.19M +exact/m);
    const rows = JSON.parse((await run(['list', '--format', 'json'])).stdout) as { name: string }[];
    expect(rows.map(({ name }) => name)).toContain('cspresnext50');
  });
});
