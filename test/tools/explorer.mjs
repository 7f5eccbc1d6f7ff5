// `npm run explorer [-- FOLDER]`: the explorer as a folder for any web host (dist/explorer by default). Its index.html is
// whole: it also opens from a file, and needs no server. Beside it lies what measures, with onnxruntime-web;
// measuring.html carries that as well (36 MB), and so measures from a file.
import { copyFileSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { RUNTIMES, root } from './build/constants.mjs';
import { explorerPage, measureProgram } from './build/explorerPage.mjs';
import { thirdPartyLicences } from './build/licences.mjs';
import { reportPage } from './build/reportPage.mjs';

const folder = resolve(process.argv[2] ?? join(root, 'dist/explorer'));
const report = await reportPage();
const { page, inputs } = await explorerPage(report);
rmSync(folder, { recursive: true, force: true });
mkdirSync(folder, { recursive: true });
writeFileSync(join(folder, 'index.html'), page);
const measure = await measureProgram();
const runtime = join(root, 'node_modules/onnxruntime-web');
mkdirSync(join(folder, 'runtime'));
writeFileSync(join(folder, 'runtime/measure.js'), measure.program);
for (const file of Object.values(RUNTIMES).flat())
  copyFileSync(join(runtime, 'dist', file), join(folder, 'runtime', file));
const carried = ['measure.js', ...RUNTIMES.webgpu].map((file) => {
  const data = readFileSync(join(folder, 'runtime', file)).toString('base64');
  return `<script type="text/plain" id="${file}">${data}</script>\n`;
});
writeFileSync(
  join(folder, 'measuring.html'),
  page.replace('</body>', () => `${carried.join('')}</body>`),
);
const { version, license } = JSON.parse(readFileSync(join(runtime, 'package.json'), 'utf8'));
// Hosts that read such a file isolate the page from others, as `csp-profile open` does.
writeFileSync(
  join(folder, '_headers'),
  '/*\n  Cross-Origin-Opener-Policy: same-origin\n  Cross-Origin-Embedder-Policy: require-corp\n',
);
copyFileSync(join(root, 'LICENSE'), join(folder, 'LICENSE.txt'));
writeFileSync(
  join(folder, 'THIRD-PARTY-LICENCES.txt'),
  [
    ...thirdPartyLicences([...report.inputs, ...inputs, ...measure.inputs]),
    `onnxruntime-web ${version}\n\n${license}, https://github.com/microsoft/onnxruntime\n`,
  ].join('\n---\n\n'),
);
console.log(folder);
