// `npm test`: every check of the project, as many at once as there are cores. One line for each step, the output of
// those that failed, and at the end `N passed, N failed`: the tests, where a step that fails counts as one failed.
import { spawn } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { performance } from 'node:perf_hooks';

const results = 'temp/vitest.json';
const steps = [
  { name: 'bundle', command: 'node esbuild.config.mjs' },
  {
    name: 'tests',
    command: `vitest run --reporter=default --reporter=json --outputFile.json=${results}`,
    after: ['bundle'],
  },
  { name: 'lint', command: 'eslint .' },
  { name: 'types', command: 'npm run --silent typecheck' },
  { name: 'api', command: 'npm run --silent api', after: ['bundle'] },
  { name: 'format', command: 'prettier --check --log-level warn .' },
  { name: 'boundaries', command: 'npm run --silent boundaries' },
  { name: 'unused', command: 'npm run --silent knip' },
  { name: 'package', command: 'node test/tools/package.mjs', after: ['bundle', 'api'] },
  { name: 'generated', command: 'node test/tools/run.mjs test/tools/generate.ts --check' },
];

function run({ name, command }) {
  const start = performance.now();
  return new Promise((done) => {
    const child = spawn(command, { shell: true, stdio: ['ignore', 'pipe', 'pipe'] });
    const output = [];
    child.stdout.on('data', (chunk) => output.push(chunk));
    child.stderr.on('data', (chunk) => output.push(chunk));
    child.on('close', (status) => {
      const seconds = ((performance.now() - start) / 1000).toFixed(1);
      console.log(`${name.padEnd(12)}${seconds.padStart(6)} s  ${status === 0 ? 'ok' : 'FAILED'}`);
      done({ name, ok: status === 0, output: Buffer.concat(output).toString() });
    });
  });
}

/** Starts a step as soon as those before it are through and a core is free. */
async function runAll() {
  const outcomes = [];
  const waiting = [...steps];
  const worker = async () => {
    while (waiting.length > 0) {
      const through = new Set(outcomes.map(({ name }) => name));
      const next = waiting.findIndex(({ after = [] }) => after.every((name) => through.has(name)));
      if (next === -1) await Promise.race(running);
      else {
        const step = run(waiting.splice(next, 1)[0]).then((outcome) => {
          outcomes.push(outcome);
          running.delete(step);
        });
        running.add(step);
        await step;
      }
    }
  };
  const running = new Set();
  await Promise.all(Array.from({ length: availableParallelism() }, worker));
  return outcomes;
}

/** What the tests counted; no result file, or one without a test, is a failure. */
function testCounts() {
  try {
    const { numPassedTests, numFailedTests, numPendingTests, numTodoTests } = JSON.parse(
      readFileSync(results, 'utf8'),
    );
    return { passed: numPassedTests, failed: numFailedTests, skipped: numPendingTests + numTodoTests };
  } catch {
    return { passed: 0, failed: 0, skipped: 0 };
  }
}

mkdirSync('temp', { recursive: true });
rmSync(results, { force: true });
const outcomes = await runAll();
const failures = outcomes.filter(({ ok }) => !ok);
for (const { name, output } of failures) console.log(`\n--- ${name} ---\n${output.trimEnd()}`);

const { passed, failed, skipped } = testCounts();
const testsFailed = failures.some(({ name }) => name === 'tests') || passed === 0;
const otherSteps = failures.filter(({ name }) => name !== 'tests').length;
const total = otherSteps + (testsFailed ? Math.max(failed, 1) : failed);
if (total > 0) process.exitCode = 1;
console.log(`\n${passed} passed, ${total} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`);
