import { createHash, randomUUID } from 'node:crypto';
import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { build } from 'esbuild';
import { define, root } from './constants.mjs';
import { slimVega } from './slimVega.mjs';

/**
 * The page of a report in one file: its program, its style, and a policy by which nothing else may run or load.
 * What differs between reports is put in where `<!--title-->` and `<!--data-->` are.
 */
export async function reportPage() {
  const [{ page, inputs }, templates] = await Promise.all([
    onePage('src/report/html/page'),
    chartTemplates(),
  ]);
  return { page: page + templates, inputs };
}

/** The page of a sweep, made the same way. */
export const sweepPage = () => onePage('src/report/sweep/page');

async function onePage(folder) {
  const { outputFiles, metafile } = await build({
    absWorkingDir: root,
    entryPoints: [`${folder}/main.ts`, `${folder}/page.css`],
    outdir: 'dist',
    bundle: true,
    minify: true,
    write: false,
    metafile: true,
    format: 'iife',
    target: ['chrome111', 'firefox113', 'safari16.4'],
    logLevel: 'warning',
    legalComments: 'none',
    plugins: [slimVega],
  });
  const text = (extension) => outputFiles.find(({ path }) => path.endsWith(extension)).text.trim();
  const [program, style] = [text('.js'), text('.css')];
  if (/<!--|<\/?script|<\/style/i.test(program + style)) throw new Error('the page would end its own script');
  const hash = (content) => `'sha256-${createHash('sha256').update(content).digest('base64')}'`;
  const policy = `default-src 'none'; script-src ${hash(program)}; style-src ${hash(style)}; base-uri 'none'; form-action 'none'`;
  const parts = { policy, style: `<style>${style}</style>`, program: `<script>${program}</script>` };
  const page = Object.entries(parts).reduce(
    (html, [name, content]) => html.replace(`<!--${name}-->`, () => content),
    readFileSync(resolve(root, folder, 'page.html'), 'utf8'),
  );
  return { page, inputs: Object.keys(metafile.inputs) };
}

/** The charts of every sort of report, compiled: renderPage takes them out of the page again. */
async function chartTemplates() {
  mkdirSync(resolve(root, 'temp'), { recursive: true });
  const outfile = resolve(root, 'temp', `charts.${randomUUID()}.mjs`);
  await build({
    absWorkingDir: root,
    entryPoints: ['test/tools/build/chartTemplates.ts'],
    outfile,
    bundle: true,
    packages: 'external',
    platform: 'node',
    format: 'esm',
    define,
    logLevel: 'warning',
  });
  try {
    const { templates } = await import(pathToFileURL(outfile).href);
    return await templates();
  } finally {
    rmSync(outfile);
  }
}
