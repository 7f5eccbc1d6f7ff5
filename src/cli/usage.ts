import { ProfileError, problem } from '../diagnostics.ts';

/** A mistake in the command line: exit code 2. */
export const usageError = (message: string, fix: string, argument?: string): ProfileError =>
  new ProfileError(
    problem('CSP801', message, fix, argument === undefined ? undefined : { format: 'cli', argument }),
  );

/** The whole number that an option's text is, or a usage error. */
export function wholeNumber(name: string, value: string, least: number, most = Infinity): number {
  const number = Number(value);
  if (value.trim() !== '' && Number.isSafeInteger(number) && number >= least && number <= most) return number;
  const range =
    most === Infinity ? `of at least ${String(least)}` : `from ${String(least)} to ${String(most)}`;
  throw usageError(`--${name} is "${value}"`, `give a whole number ${range}`);
}

/** The value if it is one of these, or a usage error that lists them. */
export function oneOf<T extends string>(name: string, value: string, all: readonly T[]): T {
  const found = all.find((each) => each === value);
  if (found !== undefined) return found;
  throw usageError(`--${name} is "${value}"`, `use one of ${all.join(', ')}`);
}
