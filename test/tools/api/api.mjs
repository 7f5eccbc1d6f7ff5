// The public surface of csp-profile and csp-profile/probe: emits dist/*.d.ts and compares the API reports with the
// committed reports/api/*.api.md. `npm run api` fails where they differ; `npm run api -- --local` accepts the change by
// rewriting the reports. An exported symbol or member without a docstring is an error.
import { spawnSync } from 'node:child_process';

const run = (command, ...args) => {
  const { status } = spawnSync(command, args, { stdio: 'inherit' });
  if (status !== 0) process.exit(1);
};
for (const part of ['core', 'probe']) {
  run('tsc', '-p', `test/tools/api/tsconfig.${part}.json`);
  run(
    'api-extractor',
    'run',
    '--config',
    `test/tools/api/api-extractor.${part}.json`,
    ...process.argv.slice(2),
  );
}
