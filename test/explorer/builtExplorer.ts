import { mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { explorerPage } from '../tools/build/explorerPage.mjs';
import { reportPage } from '../tools/build/reportPage.mjs';

/** The page as it is now, also where the command looks for it in tests. @returns its text */
export async function builtExplorer(): Promise<string> {
  const { page } = await explorerPage(await reportPage());
  mkdirSync('temp', { recursive: true });
  const own = `temp/explorer.${String(process.pid)}.html`;
  writeFileSync(own, page);
  renameSync(own, 'temp/explorer.html');
  return page;
}
