import { createHash, randomUUID } from 'node:crypto';
import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { build } from 'esbuild';
import { define, root } from './constants.mjs';
import { PROGRAMS, embedded } from './pages.mjs';

/**
 * The page of a report in one file: its program, its style, and a policy by which nothing else may run or load.
 * What differs between reports is put in where `<!--title-->` and `<!--data-->` are.
 *
 * @returns the page, and what it was made of: `template` is the page without its style and its program's text
 */
export async function reportPage() {
  const [made, charts] = await Promise.all([onePage('src/report/html/page', 'entry.ts'), chartTemplates()]);
  return { ...made, page: charts.behind(made.page), charts: charts.json };
}

/** The page of a sweep, made the same way. */
export const sweepPage = () => onePage('src/report/sweep/page', 'main.ts');

async function onePage(folder, entry) {
  const { outputFiles, metafile } = await build({
    ...PROGRAMS,
    entryPoints: [`${folder}/${entry}`, `${folder}/page.css`],
  });
  const text = (extension) => embedded(outputFiles.find(({ path }) => path.endsWith(extension)).text);
  const [program, style] = [text('.js'), text('.css')];
  const hash = (content) => `'sha256-${createHash('sha256').update(content).digest('base64')}'`;
  const policy = `default-src 'none'; script-src ${hash(program)}; style-src ${hash(style)}; base-uri 'none'; form-action 'none'`;
  // Not a blank more: the policy knows their contents.
  const template = readFileSync(resolve(root, folder, 'page.html'), 'utf8')
    .replace('<!--policy-->', policy)
    .replace('<!--style-->', '<style><!--style--></style>')
    .replace('<!--program-->', '<script><!--program--></script>');
  const page = Object.entries({ style, program }).reduce(
    (html, [name, content]) => html.replace(`<!--${name}-->`, () => content),
    template,
  );
  return { page, template, program, style, inputs: Object.keys(metafile.inputs) };
}

/** The charts of every sort of report, compiled. */
async function chartTemplates() {
  const { templates, withCharts } = await programOf('chartTemplates.ts');
  const charts = templates();
  return {
    json: JSON.stringify(Object.fromEntries(charts)),
    behind: (page) => withCharts(page, charts),
  };
}

/** What a TypeScript program of this folder exports. */
export async function programOf(file) {
  mkdirSync(resolve(root, 'temp'), { recursive: true });
  const outfile = resolve(root, 'temp', `${file}.${randomUUID()}.mjs`);
  await build({
    absWorkingDir: root,
    entryPoints: [`test/tools/build/${file}`],
    outfile,
    bundle: true,
    packages: 'external',
    platform: 'node',
    format: 'esm',
    define,
    logLevel: 'warning',
  });
  try {
    return await import(pathToFileURL(outfile).href);
  } finally {
    rmSync(outfile);
  }
}
