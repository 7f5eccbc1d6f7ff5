import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { build, type Plugin } from 'esbuild';
import { define } from '../../tools/build/constants.mjs';

/** The list of formats as it is with one more folder and its name. */
const withToy: Plugin = {
  name: 'with-toy',
  setup(bundler) {
    bundler.onLoad({ filter: /src\/formats\/registry\.ts$/ }, ({ path }) => {
      const list = readFileSync(path, 'utf8');
      const toy = fileURLToPath(new URL('format.ts', import.meta.url));
      const added = `import { TOY } from ${JSON.stringify(toy)};\n${list.replace('[DARKNET,', '[TOY, DARKNET,')}`;
      return { contents: added, loader: 'ts' };
    });
  },
};

/** The command line with the toy format, in a folder: bin.js, and what it loads when it is asked for. */
export async function buildCommand(outdir: string): Promise<void> {
  await build({
    entryPoints: ['src/cli/bin.ts'],
    outdir,
    bundle: true,
    splitting: true,
    platform: 'node',
    packages: 'external',
    format: 'esm',
    define: {
      ...define,
      CSP_PROFILE_REPORT_PAGE: JSON.stringify(
        fileURLToPath(new URL('../../../temp/report.html', import.meta.url)),
      ),
    },
    plugins: [withToy],
    logLevel: 'error',
  });
}

/** The library with the toy format, as a program for a browser that defines `cspProfile`. */
export async function buildLibrary(): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: ['src/index.ts'],
    bundle: true,
    platform: 'browser',
    format: 'iife',
    globalName: 'cspProfile',
    minify: true,
    define,
    write: false,
    plugins: [withToy],
    logLevel: 'error',
  });
  return outputFiles[0]?.text ?? '';
}
