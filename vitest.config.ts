import { defineConfig } from 'vitest/config';
import packageJson from './package.json' with { type: 'json' };

export default defineConfig({
  define: {
    CSP_PROFILE_VERSION: JSON.stringify(packageJson.version),
    CSP_PROFILE_REPORT_PAGE: '"../../../dist/report.html"',
  },
  test: {
    include: ['test/**/*.test.ts'],
    testTimeout: 20_000,
    coverage: {
      provider: 'v8',
      include: ['src/**', 'architectures/**'],
      reporter: ['text-summary', 'html', 'lcovonly'],
    },
  },
});
