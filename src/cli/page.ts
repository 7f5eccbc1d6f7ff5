import { readFileSync } from 'node:fs';
import type { View } from '../report/html/model.ts';

/** The page that the build made, beside this file. */
declare const CSP_PROFILE_REPORT_PAGE: string;

/** A report as one HTML file. */
export async function htmlPage(view: View): Promise<string> {
  const [{ renderPage }, { toVega }] = await Promise.all([
    import('../report/html/render.ts'),
    import('../report/html/compile.ts'),
  ]);
  const template = readFileSync(new URL(CSP_PROFILE_REPORT_PAGE, import.meta.url), 'utf8');
  return renderPage(template, view, toVega);
}
