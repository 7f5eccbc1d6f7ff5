// Mutation tests by StrykerJS; run.mjs sets the variables.
const { MUTANTS_FILES = '', MUTANTS_REPORT = '', MUTANTS_SAMPLE = '' } = process.env;

export default {
  mutate: MUTANTS_FILES.split(','),
  testRunner: 'vitest',
  vitest: { configFile: 'test/tools/mutants/vitest.config.ts', related: false },
  plugins: ['@stryker-mutator/vitest-runner', './test/tools/mutants/sample.mjs'],
  checkers: MUTANTS_SAMPLE === '' ? [] : ['sample'],
  coverageAnalysis: 'perTest',
  ignoreStatic: false,
  concurrency: 1,
  // A busy machine is not an endless loop.
  timeoutMS: 300_000,
  dryRunTimeoutMinutes: 60,
  tempDirName: 'temp/mutants',
  ignorePatterns: ['dist', 'coverage', 'temp', 'reports/paper', 'reports/api'],
  reporters: ['json', 'clear-text', 'progress-append-only'],
  jsonReporter: { fileName: MUTANTS_REPORT },
  clearTextReporter: { logTests: false, reportTests: false, allowColor: false },
};
