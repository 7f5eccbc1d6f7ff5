/**
 * The sample report and its picture: `npm run screenshots` writes them, with --check it says whether they show what
 * a report shows now. It draws with Chromium (CHROMIUM=path), the check does not.
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { chromium } from 'playwright-core';
import { toVega } from '../../src/report/html/compile.ts';
import { firstView } from '../../src/report/html/model.ts';
import { renderPage } from '../../src/report/html/render.ts';
import { firstScreen, sampleReport } from './guide.ts';

const STATE = 'reports/guide/report.sha256';
const report = sampleReport();
const state = `${firstScreen(report)}\n`;

if (process.argv.includes('--check')) {
  if (readFileSync(STATE, 'utf8') !== state) {
    console.log('reports/guide/report.png shows an older report: `npm run screenshots` draws it anew');
    process.exitCode = 1;
  }
} else {
  const page = await renderPage(readFileSync('dist/report.html', 'utf8'), firstView(report), () =>
    Promise.resolve(toVega),
  );
  writeFileSync('reports/guide/report.html', page);
  const folder = mkdtempSync(join(tmpdir(), 'csp-profile-screenshot-'));
  const browser = await chromium.launch({
    executablePath: process.env['CHROMIUM'] ?? '/usr/bin/chromium',
    args: ['--no-sandbox', '--disable-gpu'],
  });
  try {
    const file = join(folder, 'report.html');
    writeFileSync(file, page);
    const tab = await browser.newPage({ viewport: { width: 1200, height: 900 }, colorScheme: 'light' });
    await tab.goto(pathToFileURL(file).href);
    await tab.waitForSelector('#layers svg');
    await tab.screenshot({ path: 'reports/guide/report.png' });
  } finally {
    await browser.close();
    rmSync(folder, { recursive: true });
  }
  writeFileSync(STATE, state);
}
