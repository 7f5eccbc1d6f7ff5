// The public surface: emits dist/index.d.ts and compares the API report with the committed csp-profile.api.md.
// `npm run api` fails where they differ; `npm run api -- --local` accepts the change by rewriting the report.
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

const run = (command, ...args) => {
  const { status } = spawnSync(command, args, { stdio: 'inherit' });
  if (status !== 0) process.exit(1);
};
run('tsc', '-p', 'tsconfig.build.json');
run('api-extractor', 'run', ...process.argv.slice(2));

const undocumented = readFileSync('csp-profile.api.md', 'utf8').matchAll(
  /^\/\/ @public \(undocumented\)\n(.*)/gm,
);
const names = [...undocumented].map(([, declaration]) => declaration);
if (names.length > 0) {
  console.error(`exported without a docstring (fix: say what it is):\n  ${names.join('\n  ')}`);
  process.exit(1);
}
