import { root } from './constants.mjs';

/**
 * What yargs loads and does not need here. Its translations would be looked for in a `locales` folder three levels
 * above dist/cli.cjs, which belongs to somebody else: its built-in text is English, so only the substitution of %s and
 * %d is left. Node's assert takes 1 ms to load; yargs asks it for two comparisons. Completion is not asked of yargs. Node's
 * module takes 2 ms; yargs' parser makes a `require` of it for options that name a file of options: there are none.
 */
export const leanYargs = {
  name: 'lean-yargs',
  setup({ onResolve, onLoad }) {
    const modules = {
      y18n: `
        import { format } from 'node:util';
        const __n = (one, many, count, ...rest) => {
          const text = count === 1 ? one : many;
          return text.includes('%d') ? format(text, count, ...rest) : format(text, ...rest);
        };
        export default () => ({ __: format, __n, getLocale: () => 'en', setLocale() {}, updateLocale() {} });`,
      assert: `
        const check = (holds, message) => {
          if (!holds) throw new TypeError(message);
        };
        export const strictEqual = (a, b, message) => check(Object.is(a, b), message);
        export const notStrictEqual = (a, b, message) => check(!Object.is(a, b), message);`,
      './completion.js': `
        export const completion = () => ({
          completionKey: 'get-yargs-completions',
          setParsed() {},
          getCompletion: (words, done) => done(null, []),
        });`,
      'node:module': 'export const createRequire = undefined;',
    };
    onResolve({ filter: /^\.\/completion\.js$/ }, ({ path, importer }) =>
      /node_modules\/yargs\//.test(importer) ? { path, namespace: 'lean-yargs' } : undefined,
    );
    onResolve({ filter: /^node:module$/ }, ({ path, importer }) =>
      /node_modules\/yargs-parser\//.test(importer) ? { path, namespace: 'lean-yargs' } : undefined,
    );
    onResolve({ filter: /^(y18n|assert)$/ }, ({ path }) => ({ path, namespace: 'lean-yargs' }));
    onLoad({ filter: /.*/, namespace: 'lean-yargs' }, ({ path }) => ({
      resolveDir: root,
      contents: modules[path],
    }));
  },
};
