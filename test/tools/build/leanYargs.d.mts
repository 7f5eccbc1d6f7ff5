import type { Plugin } from 'esbuild';

export const leanYargs: Plugin;
