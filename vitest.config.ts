import { defineConfig } from 'vitest/config';
import packageJson from './package.json' with { type: 'json' };
import { RUNTIMES } from './test/tools/build/constants.mjs';

export default defineConfig({
  define: {
    CSP_PROFILE_VERSION: JSON.stringify(packageJson.version),
    // Written by test/report/builtPage.ts: tests need no bundle, and never an old one.
    CSP_PROFILE_REPORT_PAGE: '"../../temp/report.html"',
    CSP_PROFILE_SWEEP_PAGE: '"../../../temp/sweep.html"',
    CSP_PROFILE_EXPLORER_PAGE: '"../../../temp/explorer.html"',
    CSP_PROFILE_MEASURE_PROGRAM: '"../../../temp/explorer-measure.js"',
    CSP_PROFILE_RUNTIMES: JSON.stringify(RUNTIMES),
  },
  test: {
    include: ['test/**/*.test.ts'],
    // Only what hangs: how fast a test is says how busy the machine is.
    testTimeout: 300_000,
    hookTimeout: 300_000,
    // Files share the modules they import, which no test changes: a third of the time goes into loading them anew.
    isolate: false,
    coverage: {
      provider: 'v8',
      include: ['src/**', 'architectures/**'],
      reporter: ['text-summary', 'html', 'lcovonly'],
    },
  },
});
