import type { reportPage } from './reportPage.mjs';

/** The explorer, and the files that it comes from. */
export function explorerPage(
  report: Awaited<ReturnType<typeof reportPage>>,
): Promise<{ readonly page: string; readonly inputs: readonly string[] }>;
