// Mutation tests by StrykerJS; run.mjs sets the variables. Not with its runner for vitest, which loads all files anew for
// what is computed once, 9 of 10 changes, at half a minute each, and counts a file that cannot be loaded as passed.
const { MUTANTS_FILES = '', MUTANTS_REPORT = '', MUTANTS_SAMPLE = '' } = process.env;

export default {
  mutate: MUTANTS_FILES.split(','),
  testRunner: 'command',
  commandRunner: { command: 'node test/tools/mutants/runMutant.mjs' },
  plugins: ['./test/tools/mutants/sample.mjs'],
  checkers: MUTANTS_SAMPLE === '' ? [] : ['sample'],
  ignoreStatic: false,
  concurrency: 1,
  // A busy machine is not an endless loop.
  timeoutMS: 120_000,
  dryRunTimeoutMinutes: 60,
  tempDirName: 'temp/mutants',
  ignorePatterns: ['dist', 'coverage', 'temp', 'reports/paper', 'reports/api'],
  reporters: ['json', 'clear-text', 'progress-append-only'],
  jsonReporter: { fileName: MUTANTS_REPORT },
  clearTextReporter: { logTests: false, reportTests: false, allowColor: false },
};
