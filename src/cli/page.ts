import { readFileSync } from 'node:fs';
import type { Measurement } from '../analysis/measurement/measurement.ts';
import type { Profile } from '../analysis/profile.ts';
import { buildReport } from '../report/html/build.ts';
import type { Report, View } from '../report/html/model.ts';
import { accuracyTables } from './accuracy.ts';
import { TOOL } from './version.ts';

/** The page that the build made, beside this file. */
declare const CSP_PROFILE_REPORT_PAGE: string;

/** What a report of these networks shows; the first one is the baseline. */
export const reportOf = (profiles: readonly Profile[], measurement?: Measurement): Report =>
  buildReport({
    tool: TOOL,
    profiles,
    accuracy: accuracyTables(profiles),
    ...(measurement === undefined ? {} : { measurement }),
  });

/** A report as one HTML file. */
export async function htmlPage(view: View): Promise<string> {
  const [{ renderReport }, { toVega }] = await Promise.all([
    import('../report/html/render.ts'),
    import('../report/html/compile.ts'),
  ]);
  const template = readFileSync(new URL(CSP_PROFILE_REPORT_PAGE, import.meta.url), 'utf8');
  return renderReport(template, view, toVega);
}
