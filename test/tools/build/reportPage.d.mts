/** A page, what it is made of, and the files that it comes from. */
export interface BuiltPage {
  readonly page: string;
  readonly template: string;
  readonly program: string;
  readonly style: string;
  readonly inputs: readonly string[];
}

/** The page of a report, and the charts that it is given compiled, as JSON. */
export function reportPage(): Promise<BuiltPage & { readonly charts: string }>;

/** The page of a sweep. */
export function sweepPage(): Promise<BuiltPage>;
