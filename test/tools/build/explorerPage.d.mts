import type { ReportPage } from './reportPage.mjs';

/** The explorer, and the files that it comes from. */
export function explorerPage(
  report: ReportPage,
): Promise<{ readonly page: string; readonly inputs: readonly string[] }>;
