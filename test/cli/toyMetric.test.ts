import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { Ajv } from 'ajv';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buildCommand, withName } from '../formats/toy/build.ts';
import { builtPage } from '../report/builtPage.ts';

const NET = '[net]\nwidth=8\nheight=8\nchannels=3\n';
const CONV = '[convolutional]\nfilters=4\nsize=3\npad=1\nactivation=linear\n';
const BUFFER = ['--buffer', '1536'];

let folder: string;
let schemas: ReadonlyMap<string, string>;

beforeAll(async () => {
  mkdirSync('temp', { recursive: true });
  // Below the repository, so that the bundle finds its packages.
  folder = mkdtempSync(resolve('temp', 'toy-metric-'));
  const toy = withName(
    /src\/metrics\/registry\.ts$/,
    'bufferFull',
    new URL('toy/bufferFull.ts', import.meta.url),
    'flops',
  );
  await Promise.all([buildCommand(folder, toy, ['test/tools/schemas.ts']), builtPage()]);
  writeFileSync(join(folder, 'two.cfg'), NET + CONV + CONV);
  writeFileSync(join(folder, 'three.cfg'), NET + CONV + CONV + CONV);
  const module = (await import(pathToFileURL(join(folder, 'schemas.js')).href)) as {
    readonly schemas: () => ReadonlyMap<string, string>;
  };
  schemas = module.schemas();
});

afterAll(() => {
  rmSync(folder, { recursive: true });
});

function run(...argv: readonly string[]) {
  const { status, stdout, stderr } = spawnSync(process.execPath, ['bin.js', ...argv], {
    cwd: folder,
    encoding: 'utf8',
  });
  return { status, stdout, stderr };
}

const schema = (name: string): object =>
  JSON.parse(schemas.get(`src/schemas/${name}.schema.json`) ?? '') as object;

describe('a metric of hardware that is a file and a name in the list', () => {
  it('is in the profile of layers and network, as its schema says, and only under a buffer', () => {
    const { stdout } = run('analyze', 'two.cfg', ...BUFFER, '--format', 'json');
    const profile = JSON.parse(stdout) as object;
    expect(profile).toMatchObject({
      totals: { bufferFull: 3072 },
      layers: [{ bufferFull: 1536 }, { bufferFull: 1536 }],
    });
    const validate = new Ajv().compile(schema('profile'));
    expect(validate(profile)).toBe(true);
    expect(
      validate({ ...profile, totals: { ...(profile as { totals: object }).totals, bufferFull: '1' } }),
    ).toBe(false);
    expect(run('analyze', 'two.cfg', '--format', 'json').stdout).not.toContain('bufferFull');
  });

  it('is a column of tables, CSV and Markdown, in units of its own', () => {
    const table = run('analyze', 'two.cfg', ...BUFFER).stdout;
    expect(table).toMatch(/^.*\bToy\b.*$/m);
    expect(table.match(/^(?=.*->4).*1\.500 KiB/gm)).toHaveLength(2);
    expect(table).toMatch(/\b3\.000 KiB/);
    const [head = '', first = ''] = run('analyze', 'two.cfg', ...BUFFER, '--format', 'csv').stdout.split(
      '\n',
    );
    expect(first.split(',')[head.split(',').indexOf('bufferFull')]).toBe('1536');
    expect(run('analyze', 'two.cfg', ...BUFFER, '--format', 'markdown').stdout).toMatch(
      /Toy.*\n(.*\n)*.*1\.500 KiB/,
    );
  });

  it('is compared', () => {
    const { stdout } = run('diff', 'two.cfg', 'three.cfg', ...BUFFER, '--format', 'json');
    expect(JSON.parse(stdout)).toMatchObject({ totals: { bufferFull: { a: 3072, b: 4608, change: 1536 } } });
    const metric = ['--metrics', 'bufferFull'];
    expect(run('diff', 'two.cfg', 'three.cfg', ...BUFFER, ...metric).stdout).toMatch(
      /^Toy +3\.000 KiB +4\.500 KiB/m,
    );
  });

  it('is held to limits, which the schema of the configuration knows', () => {
    const target = (limit: string) =>
      `schemaVersion: 1\ntargets: [{ model: two.cfg, buffer: 1536B, limits: { bufferFull: ${limit} } }]\n`;
    writeFileSync(join(folder, 'csp-profile.config.yaml'), target('3 KiB'));
    expect(run('gate').status).toBe(0);
    writeFileSync(join(folder, 'csp-profile.config.yaml'), target('2 KiB'));
    const { status, stdout } = run('gate');
    expect([status, stdout]).toEqual([
      1,
      expect.stringMatching(/bufferFull is too large: 3,072 bytes; 2 KiB allows 2,048 bytes/),
    ]);
    expect(JSON.stringify(schema('csp-profile.config'))).toContain('"bufferFull"');
  });

  it('is in the data of a report', () => {
    expect(run('report', 'two.cfg', ...BUFFER, '-o', 'page.html').status).toBe(0);
    expect(readFileSync(join(folder, 'page.html'), 'utf8')).toContain('"bufferFull":1536');
  });
});
