import { readFile } from 'node:fs/promises';
import { relative, resolve } from 'node:path';
import { root } from './constants.mjs';

/**
 * Code that the entry shares with a lazily imported module would move into chunks which the entry then has to load
 * at start. Here each lazily imported module is made to import the entry as well: all that the entry needs
 * is then shared by the same set of chunks, lands in one of them, and that one becomes the entry.
 *
 * Each chunk is two files to read (code, compiled code), which costs more than a kilobyte that is not needed.
 *
 * @param inEntry small modules that many lazily imported modules share: these go into the entry
 * @param together by name of a lazily imported module: one that it is made to import too, so that what both share is
 *        one chunk with what the others of that kind share
 */
export const oneFileEntry = (entry, inEntry = [], together = {}) => ({
  name: 'one-file-entry',
  setup({ onResolve, onLoad, resolve: resolvePath }) {
    onResolve({ filter: /.*/ }, async ({ path, kind, importer, resolveDir }) => {
      if (kind !== 'dynamic-import') return undefined;
      const found = await resolvePath(path, { kind: 'import-statement', importer, resolveDir });
      return found.errors.length > 0 || found.external ? found : { path: found.path, namespace: 'lazy' };
    });
    const imports = (files) =>
      files.map((file) => `import ${JSON.stringify(`whole:${resolve(root, file)}`)};`).join('\n');
    onResolve({ filter: /^whole:/ }, ({ path }) => ({
      path: path.slice('whole:'.length),
      sideEffects: true,
    }));
    onLoad({ filter: /.*/, namespace: 'lazy' }, ({ path }) => {
      const beside = together[relative(root, path)];
      const files = [entry, ...inEntry, ...(beside === undefined ? [] : [beside])];
      return { resolveDir: root, contents: `${imports(files)}\nexport * from ${JSON.stringify(path)};` };
    });
    onLoad({ filter: new RegExp(`${entry.replaceAll('.', '\\.')}$`) }, async ({ path }) => ({
      loader: 'ts',
      contents: `${await readFile(path, 'utf8')}\n${imports(inEntry)}`,
    }));
    onResolve({ filter: /.*/, namespace: 'lazy' }, ({ path }) => ({ path, sideEffects: true }));
  },
});
