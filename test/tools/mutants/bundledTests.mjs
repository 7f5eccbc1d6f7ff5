import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { relative, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { context } from 'esbuild';
import { define } from '../build/constants.mjs';

/** The test files whose paths begin in one of these ways. */
const testFiles = (starts) =>
  readdirSync('test', { recursive: true })
    .map((name) => `test/${name}`)
    .filter((file) => file.endsWith('.test.ts') && starts.some((start) => file.startsWith(start)));

/**
 * Tests that run as scripts, bundled with all that they import. Vitest by itself loads hundreds of files for every
 * change, which takes ten times as long as the tests.
 *
 * @param starts how the paths of the test files begin
 * @param folder where the scripts are written
 */
export async function bundledTests(starts, folder) {
  const entryPoints = testFiles(starts);
  let change;
  let changed;
  const plugin = {
    name: 'change',
    setup({ onLoad }) {
      onLoad({ filter: /\.ts$/ }, ({ path }) => {
        const text = readFileSync(path, 'utf8');
        const made = change(relative(process.cwd(), path), text);
        if (made?.active) changed = relative(process.cwd(), path);
        return {
          loader: 'ts',
          contents: (made?.text ?? text).replaceAll(
            'import.meta.url',
            JSON.stringify(pathToFileURL(path).href),
          ),
        };
      });
    },
  };
  const bundle = await context({
    entryPoints,
    outbase: '.',
    outdir: folder,
    outExtension: { '.js': '.mjs' },
    bundle: true,
    splitting: true,
    minifySyntax: true,
    format: 'esm',
    platform: 'node',
    packages: 'external',
    alias: { vitest: resolve('test/tools/mutants/vitest.mjs') },
    define,
    plugins: [plugin],
    metafile: true,
    logLevel: 'silent',
  });

  /**
   * What the first test says that fails, of those that load the changed file: undefined where none does.
   *
   * @param made of a file and its text: its text as it shall be, and whether this is the change to be noticed
   */
  async function firstFailure(made) {
    [change, changed] = [made, undefined];
    const { metafile, error } = await bundle.rebuild().catch((error) => ({ error }));
    if (error !== undefined) return error.message;
    const tests = changed === undefined ? entryPoints : entryPoints.filter(reaches(changed, metafile.inputs));
    const { status, stdout, stderr } = spawnSync(
      'node',
      ['test/tools/mutants/runTests.mjs', folder, ...tests.map((file) => file.replace(/\.ts$/, '.mjs'))],
      { encoding: 'utf8', timeout: 300_000 },
    );
    return status === 0 ? undefined : stdout || stderr || 'no end within 300 s';
  }

  return { firstFailure, dispose: () => bundle.dispose() };
}

/** Whether a file imports `target`, by whatever way. */
function reaches(target, inputs) {
  const known = new Map([[target, true]]);
  const reached = (file) => {
    if (!known.has(file)) {
      known.set(file, false);
      const found = (inputs[file]?.imports ?? []).some(({ path }) => reached(path));
      known.set(file, found);
    }
    return known.get(file);
  };
  return reached;
}
