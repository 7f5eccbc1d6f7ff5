// The public surface of csp-profile and csp-profile/probe: emits dist/*.d.ts and compares the API reports with the
// committed reports/api/*.api.md. `npm run api` fails where they differ; `npm run api -- --local` accepts the change by
// rewriting the reports. An exported symbol or member without a docstring is an error, and so is a type that a user
// meets and cannot import.
import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const run = (command, ...args) => {
  const { status } = spawnSync(command, args, { stdio: 'inherit' });
  if (status !== 0) process.exit(1);
};
const emit = (part) => run('tsc', '-p', `test/tools/api/tsconfig.${part}.json`);
const extract = (part) =>
  run(
    'api-extractor',
    'run',
    '--config',
    `test/tools/api/api-extractor.${part}.json`,
    ...process.argv.slice(2),
  );

/**
 * The probe's declarations take those of the core from the package, as its users do: a Graph or a ProfileError is one
 * type in both entries. What the core does not export does not resolve.
 */
function importCore() {
  const core = 'temp/types-probe/node_modules/csp-profile';
  mkdirSync(core, { recursive: true });
  copyFileSync('dist/index.d.ts', join(core, 'index.d.ts'));
  writeFileSync(
    join(core, 'package.json'),
    '{ "name": "csp-profile", "version": "0.0.0", "type": "module", "types": "index.d.ts" }',
  );
  // A scope of its own: in that of csp-profile the name would mean this very package, which is no foreign one.
  writeFileSync('temp/types-probe/package.json', '{ "name": "csp-profile-probe", "type": "module" }');
  const probe = 'temp/types-probe/src/probe';
  for (const name of readdirSync(probe, { recursive: true })) {
    if (!name.endsWith('.d.ts')) continue;
    const file = join(probe, name);
    // Folders of the core are two or more levels up, at the side of src/probe.
    const text = readFileSync(file, 'utf8').replace(
      /(from |import\()(["'])(?:\.\.\/)+(?:analysis|devices|formats|graph|latency|metrics|ops|diagnostics|units)\b[^"']*\2/g,
      '$1$2csp-profile$2',
    );
    writeFileSync(file, text);
  }
}

emit('core');
extract('core');
emit('probe');
importCore();
extract('probe');
