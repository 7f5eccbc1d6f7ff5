/** Put in by the build: the page of a report, whole. */
declare const CSP_PROFILE_REPORT_HTML: string;

/** What every report has: style, program and the places of what differs. Half a megabyte: import() this file. */
export const PAGE = CSP_PROFILE_REPORT_HTML;
