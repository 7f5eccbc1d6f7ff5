// `node runTests.mjs FOLDER FILE...`: runs bundled tests, the quickest first, until one fails: says which, and ends
// with 1.
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { startTests } from '@vitest/runner';

const [folder = '', ...files] = process.argv.slice(2);
/** How long each file took in the first run, in which nothing is changed. */
const durations = `${folder}/durations.json`;
const known = existsSync(durations) ? JSON.parse(readFileSync(durations, 'utf8')) : undefined;

function fail({ name, result }) {
  console.log(`${name}: ${result.errors?.[0]?.message.split('\n')[0] ?? ''}`);
  process.exit(1);
}

const config = {
  root: process.cwd(),
  setupFiles: [],
  allowOnly: true,
  sequence: { hooks: 'stack', setupFiles: 'list', seed: 1 },
  maxConcurrency: 1,
  testTimeout: 300_000,
  hookTimeout: 300_000,
  retry: 0,
  tags: [],
};

async function run(file) {
  const runner = {
    config,
    importFile: (path) => import(pathToFileURL(path).href),
    onAfterRunTask: (task) => {
      if (task.result?.state === 'fail') fail(task);
    },
  };
  const start = performance.now();
  const [{ name, result }] = await startTests([{ filepath: resolve(folder, file) }], runner);
  // One that cannot be loaded has no tests.
  if (result?.state !== 'pass') fail({ name, result: result ?? {} });
  return [file, performance.now() - start];
}

files.sort((a, b) => (known?.[a] ?? 0) - (known?.[b] ?? 0));
const taken = [];
for (const file of files) taken.push(await run(file));
if (known === undefined) writeFileSync(durations, JSON.stringify(Object.fromEntries(taken)));
