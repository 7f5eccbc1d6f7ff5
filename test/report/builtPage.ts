import { mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { reportPage, sweepPage } from '../tools/build/reportPage.mjs';

/** The page of a report as it is now, and that of a sweep, also where the commands look for them in tests. */
export async function builtPage(): Promise<string> {
  const [report, sweep] = await Promise.all([reportPage(), sweepPage()]);
  mkdirSync('temp', { recursive: true });
  for (const [name, { page }] of [['report', report] as const, ['sweep', sweep] as const]) {
    const own = `temp/${name}.${String(process.pid)}.html`;
    writeFileSync(own, page);
    renameSync(own, `temp/${name}.html`);
  }
  return report.page;
}

/**
 * For programs of a page: the frame after the next. Chromium now and then draws none of a new window; what waits for one
 * goes on all the same.
 */
export const NEXT_FRAME =
  'new Promise((done) => { requestAnimationFrame(() => requestAnimationFrame(done)); setTimeout(done, 1000); })';
