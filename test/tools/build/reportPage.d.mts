/** The page of a report, and the files that it is made of. */
export function reportPage(): Promise<{ readonly page: string; readonly inputs: readonly string[] }>;

/** The page of a sweep, and the files that it is made of. */
export function sweepPage(): Promise<{ readonly page: string; readonly inputs: readonly string[] }>;
