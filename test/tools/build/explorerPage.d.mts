import type { BuiltPage } from './reportPage.mjs';

/** The explorer, and the files that it comes from. */
export function explorerPage(
  report: BuiltPage,
): Promise<{ readonly page: string; readonly inputs: readonly string[] }>;
