// Checks the package as users get it: what it holds, its entry points and types, and that it runs without dependencies.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stage } from './stage.mjs';

const folder = mkdtempSync(join(tmpdir(), 'csp-profile-'));
process.on('exit', () => rmSync(folder, { recursive: true, force: true }));
const run = (command, ...args) =>
  execFileSync(command, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] });
const staged = join(folder, 'staged');
stage(staged);
const fail = (message) => {
  console.error(message);
  process.exit(1);
};

const [{ filename, files, size }] = JSON.parse(
  run('npm', 'pack', staged, '--json', '--pack-destination', folder),
);
const tarball = join(folder, filename);
const paths = files.map(({ path }) => path);
for (const path of [
  'README.md',
  'LICENSE',
  'dist/cli.cjs',
  'dist/index.js',
  'dist/index.d.ts',
  'dist/THIRD-PARTY-LICENCES.txt',
])
  if (!paths.includes(path))
    fail(`the package lacks ${path} (fix: npm run build, or "files" in package.json)`);
const stray = paths.filter(
  (path) =>
    !/^(dist\/|README|LICENSE|CHANGELOG|package\.json|src\/schemas\/[a-z.-]+\.schema\.json$)/.test(path),
);
if (stray.length > 0) fail(`the package holds what no user needs: ${stray.join(', ')}`);

const manifest = JSON.parse(readFileSync(join(staged, 'package.json'), 'utf8'));
for (const part of ['scripts', 'dependencies', 'devDependencies'])
  if (part in manifest) fail(`the published manifest has ${part}, which users should not get`);

console.log(run('publint', 'run', '--strict', tarball));
console.log(run('attw', '--profile', 'esm-only', '--no-emoji', tarball));

run('tar', '-xzf', tarball, '-C', folder);
const { version } = JSON.parse(readFileSync('package.json', 'utf8'));
const printed = run(process.execPath, join(folder, 'package', 'dist', 'cli.cjs'), '--version').trim();
if (printed !== version) fail(`the packed command prints version ${printed}, not ${version}`);
run(process.execPath, join(folder, 'package', 'dist', 'cli.cjs'), 'analyze', 'cspresnext50');
// What the probe throws is the ProfileError that users of the library import.
writeFileSync(
  join(folder, 'package', 'use.mjs'),
  `import { ProfileError } from 'csp-profile';
import { probe } from 'csp-profile/probe';
const error = await probe([], {}).catch((thrown) => thrown);
if (!(error instanceof ProfileError)) throw error;`,
);
run(process.execPath, join(folder, 'package', 'use.mjs'));

console.log(`${filename}: ${paths.length} files, ${Math.round(size / 1024)} KiB`);
