import { mergeConfig } from 'vitest/config';
import config from '../../vitest.config.ts';

/** What takes longer than a test may: `npm run check:explorer`. */
export default {
  ...mergeConfig(config, {}),
  test: { ...config.test, include: ['test/explorer/*.check.ts'] },
};
