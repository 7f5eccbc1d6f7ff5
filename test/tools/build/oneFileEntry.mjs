import { resolve } from 'node:path';
import { root } from './constants.mjs';

/**
 * Code that the entry shares with a lazily imported module would move into chunks which the entry then has to load
 * at start. Here each lazily imported module is made to import the entry as well: all that the entry needs
 * is then shared by the same set of chunks, lands in one of them, and that one becomes the entry.
 */
export const oneFileEntry = (entry) => ({
  name: 'one-file-entry',
  setup({ onResolve, onLoad, resolve: resolvePath }) {
    onResolve({ filter: /.*/ }, async ({ path, kind, importer, resolveDir }) => {
      if (kind !== 'dynamic-import') return undefined;
      const found = await resolvePath(path, { kind: 'import-statement', importer, resolveDir });
      return found.errors.length > 0 || found.external ? found : { path: found.path, namespace: 'lazy' };
    });
    onLoad({ filter: /.*/, namespace: 'lazy' }, ({ path }) => ({
      resolveDir: root,
      contents: `import ${JSON.stringify(resolve(root, entry))}; export * from ${JSON.stringify(path)};`,
    }));
    onResolve({ filter: /.*/, namespace: 'lazy' }, ({ path }) => ({ path, sideEffects: true }));
  },
});
