import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { build } from 'esbuild';
import { define, root } from './constants.mjs';
import { PROGRAMS, embedded } from './pages.mjs';
import { programOf } from './reportPage.mjs';

/** The page reads networks, and writes none. */
const readersOnly = {
  name: 'readers-only',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^\.\/write\.ts$/ }, ({ importer, kind }) =>
      kind === 'dynamic-import' && /src\/formats\//.test(importer)
        ? { path: importer, namespace: 'unwritten' }
        : undefined,
    );
    onLoad({ filter: /.*/, namespace: 'unwritten' }, () => ({ contents: 'export {};' }));
  },
};

/**
 * The explorer in one file: the report's own program and style, what is around them, and the program of its worker,
 * which is data until the page starts it. Nothing outside may run, and nothing may load but the files that its own server has.
 *
 * @param report what reportPage made: saved reports carry it
 */
export async function explorerPage(report) {
  const folder = 'src/explorer/page';
  const { examples } = await programOf('examples.ts');
  const { outputFiles, metafile } = await build({
    ...PROGRAMS,
    entryPoints: [`${folder}/main.ts`, `${folder}/worker.ts`, `${folder}/page.css`],
    define: {
      ...define,
      CSP_PROFILE_CHARTS: report.charts,
      CSP_PROFILE_EXAMPLES: JSON.stringify(examples()),
    },
    plugins: [...PROGRAMS.plugins, readersOnly],
  });
  const text = (name) => embedded(outputFiles.find(({ path }) => path.endsWith(name)).text);
  const [main, worker, style] = [text('main.js'), text('worker.js'), text('page.css')];
  const hash = (content) => `'sha256-${createHash('sha256').update(content).digest('base64')}'`;
  const policy = [
    "default-src 'none'",
    // What measures is loaded as data, and run from there.
    `script-src ${hash(report.program)} ${hash(main)} blob: 'wasm-unsafe-eval'`,
    `style-src ${hash(report.style)} ${hash(style)}`,
    'worker-src blob:',
    "connect-src 'self' blob:",
    'img-src data:',
    "base-uri 'none'",
    "form-action 'none'",
  ].join('; ');
  const template = JSON.stringify({ template: report.template }).replaceAll('<', '\\u003c');
  const parts = [
    `<script type="application/json" id="template">${template}</script>`,
    `<script type="text/plain" id="worker">${worker}</script>`,
    `<script id="report-program">${report.program}</script>`,
    `<script>${main}</script>`,
  ].join('\n');
  const styles = `<style id="report-style">${report.style}</style><style>${style}</style>`;
  const page = Object.entries({ policy, style: styles, parts }).reduce(
    (html, [name, content]) => html.replace(`<!--${name}-->`, () => content),
    readFileSync(resolve(root, folder, 'page.html'), 'utf8'),
  );
  return { page, inputs: Object.keys(metafile.inputs) };
}

/** The program that measures, beside the page: readers, the ONNX writer, and what attributes kernels to layers. */
export async function measureProgram() {
  const { outputFiles, metafile } = await build({
    ...PROGRAMS,
    entryPoints: ['src/explorer/page/measureWorker.ts'],
    define,
    supported: { 'dynamic-import': true },
  });
  return { program: outputFiles[0].text, inputs: Object.keys(metafile.inputs) };
}
