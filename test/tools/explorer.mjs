// `npm run explorer [-- FOLDER]`: the explorer as a folder for any web host (dist/explorer by default). Its index.html is
// whole: it also opens from a file, and needs no server.
import { copyFileSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { root } from './build/constants.mjs';
import { explorerPage } from './build/explorerPage.mjs';
import { thirdPartyLicences } from './build/licences.mjs';
import { reportPage } from './build/reportPage.mjs';

const folder = resolve(process.argv[2] ?? join(root, 'dist/explorer'));
const report = await reportPage();
const { page, inputs } = await explorerPage(report);
rmSync(folder, { recursive: true, force: true });
mkdirSync(folder, { recursive: true });
writeFileSync(join(folder, 'index.html'), page);
// Hosts that read such a file isolate the page from others, as `csp-profile open` does.
writeFileSync(
  join(folder, '_headers'),
  '/*\n  Cross-Origin-Opener-Policy: same-origin\n  Cross-Origin-Embedder-Policy: require-corp\n',
);
copyFileSync(join(root, 'LICENSE'), join(folder, 'LICENSE.txt'));
writeFileSync(
  join(folder, 'THIRD-PARTY-LICENCES.txt'),
  thirdPartyLicences([...report.inputs, ...inputs]).join('\n---\n\n'),
);
console.log(folder);
