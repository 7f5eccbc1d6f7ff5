// `npm run mutants -- [FILE or FOLDER]... [--sample N] [--seed S]`: how many small changes of the rules the tests notice.
// Of each area, or of a part of one, all mutants or a seeded sample; the survivors, and the score at the end.
import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, statSync } from 'node:fs';
import { parseArgs } from 'node:util';

/** What is mutated, and the tests that hold its rules. */
const AREAS = {
  'src/ops': ['test/ops'],
  'src/metrics': ['test/metrics', 'test/ops'],
  'src/latency': ['test/latency'],
  'src/formats/onnx/ops': ['test/formats/onnx'],
  'src/analysis/diff.ts': ['test/analysis'],
  'src/analysis/align.ts': ['test/analysis'],
  'src/analysis/bottleneck.ts': ['test/analysis'],
  'src/analysis/gate': ['test/analysis', 'test/gate'],
  'src/probe/attribute.ts': ['test/probe/attribute*'],
};

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { sample: { type: 'string', default: '' }, seed: { type: 'string', default: '1' } },
});

const glob = (path, files) =>
  path.includes('*') || !statSync(path).isDirectory() ? path : `${path}/**/${files}`;

function run(path, tests) {
  const env = {
    ...process.env,
    MUTANTS_FILES: glob(path, '*.ts'),
    MUTANTS_TESTS: tests.map((test) => (test.includes('*') ? test : glob(test, '*.test.ts'))).join(),
    MUTANTS_SAMPLE: values.sample,
    MUTANTS_SEED: values.seed,
  };
  const { status } = spawnSync('npx', ['stryker', 'run', 'test/tools/mutants/stryker.config.mjs'], {
    env,
    stdio: 'inherit',
  });
  if (status !== 0) throw new Error(`stryker ended with ${String(status)}`);
  const { files } = JSON.parse(readFileSync('temp/mutants.json', 'utf8'));
  const outcomes = Object.values(files).flatMap(({ mutants }) => mutants.map((mutant) => mutant.status));
  const count = (...which) => outcomes.filter((outcome) => which.includes(outcome)).length;
  const [killed, left] = [count('Killed', 'Timeout'), count('Survived', 'NoCoverage')];
  return `${path}: ${String(killed)} of ${String(killed + left)} killed, ${((100 * killed) / (killed + left)).toFixed(1)} %`;
}

mkdirSync('temp', { recursive: true });
const paths = positionals.length === 0 ? Object.keys(AREAS) : positionals;
const scores = [];
for (const path of paths) {
  const area = Object.keys(AREAS).find((each) => path === each || path.startsWith(`${each}/`));
  if (area === undefined) throw new Error(`${path} lies in none of ${Object.keys(AREAS).join(', ')}`);
  scores.push(run(path, AREAS[area]));
}
console.log(scores.join('\n'));
