export function packagesOf(inputs: readonly string[]): readonly string[];
export function thirdPartyLicences(inputs: readonly string[]): readonly string[];
