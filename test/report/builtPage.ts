import { mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { reportPage } from '../tools/build/reportPage.mjs';

/** The page of a report as it is now, also where the command looks for it in tests. */
export async function builtPage(): Promise<string> {
  const { page } = await reportPage();
  mkdirSync('temp', { recursive: true });
  const own = `temp/report.${String(process.pid)}.html`;
  writeFileSync(own, page);
  renameSync(own, 'temp/report.html');
  return page;
}
