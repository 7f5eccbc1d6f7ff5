import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { build, type Plugin } from 'esbuild';
import { define } from '../../tools/build/constants.mjs';

/** A list as it is with one more file and its name, before the one that is named. */
export const withName = (filter: RegExp, name: string, file: URL, before: string): Plugin => ({
  name: `with-${name}`,
  setup(bundler) {
    bundler.onLoad({ filter }, ({ path }) => {
      const list = readFileSync(path, 'utf8');
      const added = list.replace(
        new RegExp(`(?<=^export const .* = \\[\\s*)(?=${before},)`, 'm'),
        `${name}, `,
      );
      const source = JSON.stringify(fileURLToPath(file));
      return { contents: `import { ${name} } from ${source};\n${added}`, loader: 'ts' };
    });
  },
});

const withToy = withName(
  /src\/formats\/registry\.ts$/,
  'TOY',
  new URL('format.ts', import.meta.url),
  'DARKNET',
);

/** The command line with the toy format, or another addition, in a folder: bin.js, and what it loads when asked for. */
export async function buildCommand(
  outdir: string,
  addition = withToy,
  others: readonly string[] = [],
): Promise<void> {
  await build({
    entryPoints: ['src/cli/bin.ts', ...others],
    entryNames: '[name]',
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
    plugins: [addition],
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
