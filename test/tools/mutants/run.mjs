// `npm run mutants -- [FILE or FOLDER]... [--sample N] [--seed S]`: how many small changes of the rules the tests notice.
// Of each area, or of a part of one, all mutants or a seeded sample; the survivors, and the score at the end.
import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, statSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { MUTATED, testsOf } from './areas.mjs';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { sample: { type: 'string', default: '' }, seed: { type: 'string', default: '1' } },
});

const sources = (path) => (statSync(path).isDirectory() ? `${path}/**/*.ts` : path);
function run(path) {
  const report = `temp/mutants.${path.replaceAll('/', '-')}.json`;
  const env = {
    ...process.env,
    MUTANTS_FILES: sources(path),
    MUTANTS_TESTS: testsOf(path).join(),
    MUTANTS_REPORT: report,
    MUTANTS_SAMPLE: values.sample,
    MUTANTS_SEED: values.seed,
  };
  const { status } = spawnSync('npx', ['stryker', 'run', 'test/tools/mutants/stryker.config.mjs'], {
    env,
    stdio: 'inherit',
  });
  if (status !== 0) throw new Error(`stryker ended with ${String(status)}`);
  const { files } = JSON.parse(readFileSync(report, 'utf8'));
  const outcomes = Object.values(files).flatMap(({ mutants }) => mutants.map((mutant) => mutant.status));
  const count = (...which) => outcomes.filter((outcome) => which.includes(outcome)).length;
  const [killed, left] = [count('Killed', 'Timeout'), count('Survived', 'NoCoverage')];
  const share = ((100 * killed) / (killed + left)).toFixed(1);
  // On a busy machine one that takes too long need not be an endless loop: have a look.
  return `${path}: ${String(killed)} of ${String(killed + left)} killed, ${share} %, ${String(count('Timeout'))} of these by time`;
}

mkdirSync('temp', { recursive: true });
const scores = (positionals.length === 0 ? MUTATED : positionals).map(run);
console.log(scores.join('\n'));
