import { readFileSync } from 'node:fs';
import type { View } from '../report/html/model.ts';
import type { KeptAs } from '../report/html/templates.ts';

/** The page that the build made, beside this file. */
declare const CSP_PROFILE_REPORT_PAGE: string;

/** What the build made stays bytes: to decode and encode half a megabyte took as long as to count two networks. */
export const AS_BYTES: KeptAs<Buffer> = {
  find: (page, mark, from) => page.indexOf(mark, from),
  slice: (page, start, end) => page.subarray(start, end),
  text: (part) => part.toString('latin1'),
};

/** A report as one HTML file, in pieces. */
export async function htmlPage(view: View): Promise<readonly Uint8Array[]> {
  const { pagePieces } = await import('../report/html/render.ts');
  const template = readFileSync(new URL(CSP_PROFILE_REPORT_PAGE, import.meta.url));
  const load = async () => (await import('../report/html/compile.ts')).toVega;
  const pieces = await pagePieces(template, AS_BYTES, view, load);
  return pieces.map((piece) => (typeof piece === 'string' ? new TextEncoder().encode(piece) : piece));
}
