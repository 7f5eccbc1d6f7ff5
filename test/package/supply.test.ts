import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from 'esbuild';
import { parse } from 'yaml';
import { describe, expect, it } from 'vitest';
import { leanYargs } from '../tools/build/leanYargs.mjs';
import { packagesOf, thirdPartyLicences } from '../tools/build/licences.mjs';
import { slimVega } from '../tools/build/slimVega.mjs';

const ENTRIES = ['src/cli/bin.ts', 'src/index.ts', 'src/probe/index.ts', 'src/report/html/page/main.ts'];

interface Manifest {
  readonly name: string;
  readonly version: string;
}

const manifestOf = (folder: string): Manifest =>
  JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as Manifest;

describe('what is bundled', () => {
  const bundled = build({
    entryPoints: ENTRIES,
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    outdir: 'unwritten',
    write: false,
    metafile: true,
    logLevel: 'silent',
    plugins: [leanYargs, slimVega],
    alias: { 'string-width': 'fast-string-width' },
    external: ['onnxruntime-node', 'sharp', './import.cjs'],
  }).then(({ metafile }) => Object.keys(metafile.inputs));

  it('comes with its licences, each with its terms', async () => {
    const shipped = readFileSync('dist/THIRD-PARTY-LICENCES.txt', 'utf8');
    const licences = thirdPartyLicences(await bundled);
    expect(licences.length).toBeGreaterThan(20);
    for (const [i, folder] of packagesOf(await bundled).entries()) {
      const { name, version } = manifestOf(folder);
      expect(shipped).toContain(`${name} ${version}\n\n`);
      expect(licences[i], name).toMatch(/Copyright|\(c\)|Author/i);
    }
  });

  it('is listed with what it is for', async () => {
    const text = readFileSync('CONTRIBUTING.md', 'utf8');
    const { devDependencies, peerDependencies } = JSON.parse(readFileSync('package.json', 'utf8')) as Record<
      'devDependencies' | 'peerDependencies',
      Record<string, string>
    >;
    const packages = packagesOf(await bundled).map((folder) => manifestOf(folder).name);
    const direct = packages.filter((name) => name in devDependencies);
    expect(direct.length).toBeGreaterThan(4);
    for (const name of [...direct, ...Object.keys(peerDependencies)]) {
      expect(text, name).toMatch(new RegExp(`^\\| \`${name}\` +\\| \\S.{20,}\\|`, 'm'));
    }
  });

  it('refuses a package without terms', () => {
    expect(() => thirdPartyLicences(['node_modules/nothing-of-this-name/index.js'])).toThrow();
  });
});

describe('what is published', () => {
  it('has a manifest without scripts and development dependencies; that of the repository builds', () => {
    const folder = mkdtempSync(join(tmpdir(), 'csp-profile-test-'));
    const { status, stderr } = spawnSync(process.execPath, ['test/tools/stage.mjs', folder], {
      encoding: 'utf8',
    });
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    const published = manifestOf(folder);
    const own = JSON.parse(readFileSync('package.json', 'utf8')) as Record<string, unknown>;
    rmSync(folder, { recursive: true });
    expect(published).not.toHaveProperty('scripts');
    expect(published).not.toHaveProperty('dependencies');
    expect(published).not.toHaveProperty('devDependencies');
    expect(published).toMatchObject({ name: own['name'], bin: own['bin'], exports: own['exports'] });
    expect(own['scripts']).toHaveProperty('prepare');
  });

  it('is published with provenance, by a job that may do nothing else', () => {
    const workflow = parse(readFileSync('.github/workflows/release.yml', 'utf8')) as {
      permissions: object;
      jobs: { publish: { permissions: object; steps: { run?: string }[] } };
    };
    expect(workflow.permissions).toEqual({});
    expect(workflow.jobs.publish.permissions).toEqual({ contents: 'read', 'id-token': 'write' });
    const commands = workflow.jobs.publish.steps.map(({ run = '' }) => run).join('\n');
    expect(commands).toMatch(/npm audit[\s\S]*npm test[\s\S]*stage\.mjs[\s\S]*npm publish .*--provenance/);
  });
});
