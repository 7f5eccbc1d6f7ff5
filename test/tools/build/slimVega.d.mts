import type { Plugin } from 'esbuild';

/** Vega without the parts that no chart uses. */
export const slimVega: Plugin;
