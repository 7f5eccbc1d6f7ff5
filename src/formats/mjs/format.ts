import type { Format } from '../format.ts';

/** A user's program whose default export builds the network; only the command line runs it. */
export const MODULE: Format = {
  id: 'module',
  title: 'module that exports a builder',
  extensions: ['.mjs'],
  commonExtension: true,
  drawn: true,
  flops: 'darknet',
  origin: { file: 'required', line: 'optional', path: 'optional' },
};
