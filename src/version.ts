declare const CSP_PROFILE_VERSION: string;

/** The package's version, put in by the build. */
export const VERSION = CSP_PROFILE_VERSION;

/** What wrote a file. */
export const TOOL = { name: 'csp-profile', version: VERSION } as const;
