import type { reportPage } from './reportPage.mjs';

/** The program that measures, which lies beside the page as runtime/measure.js. */
export function measureProgram(): Promise<{ readonly program: string; readonly inputs: readonly string[] }>;

/** The explorer, and the files that it comes from. */
export function explorerPage(
  report: Awaited<ReturnType<typeof reportPage>>,
): Promise<{ readonly page: string; readonly inputs: readonly string[] }>;
