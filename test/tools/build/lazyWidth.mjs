import { root } from './constants.mjs';

/**
 * Loads the module of text widths where a text needs it: its expressions of Unicode's classes take 4 ms to make, and
 * most texts are Latin (src/report/cells.ts). It takes the place of string-width in yargs, too.
 */
export const lazyWidth = {
  name: 'lazy-width',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^(fast-)?string-width$/ }, ({ kind }) =>
      kind === 'require-call' ? undefined : { path: 'width', namespace: 'lazy-width' },
    );
    onLoad({ filter: /.*/, namespace: 'lazy-width' }, () => ({
      resolveDir: root,
      contents: `
        let width;
        export default (text) => (width ??= require('fast-string-width').default)(text);`,
    }));
  },
};
