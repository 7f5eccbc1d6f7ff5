import { readFileSync } from 'node:fs';
import type { View } from '../report/html/model.ts';

/** The page that the build made, beside this file. */
declare const CSP_PROFILE_REPORT_PAGE: string;

/** A report as one HTML file. */
export async function htmlPage(view: View): Promise<string> {
  const { renderPage } = await import('../report/html/render.ts');
  const template = readFileSync(new URL(CSP_PROFILE_REPORT_PAGE, import.meta.url), 'utf8');
  return renderPage(template, view, async () => (await import('../report/html/compile.ts')).toVega);
}
