import { readFileSync } from 'node:fs';
import { ProfileError, problem } from '../diagnostics.ts';

const REASONS: Readonly<Record<string, readonly [what: string, fix: string]>> = {
  ENOENT: ['there is no such file', 'check the path'],
  EISDIR: ['this is a directory', 'name the file in it'],
  EACCES: ['the file may not be read', 'change its permissions'],
};

/** The bytes of a file; `shown` is its name in messages. */
export function readBytes(shown: string, file: string): Uint8Array {
  try {
    return readFileSync(file);
  } catch (error) {
    throw fileError(shown, error);
  }
}

/**
 * What a JSON file holds; `shown` is its name in messages.
 *
 * @throws ProfileError CSP803 where it is no JSON
 */
export function readJsonFile(shown: string, file: string): unknown {
  try {
    return JSON.parse(new TextDecoder().decode(readBytes(shown, file)));
  } catch (error) {
    if (error instanceof ProfileError) throw error;
    throw new ProfileError(
      problem('CSP803', `the file is no JSON: ${messageOf(error)}`, 'mend it, or write it again', {
        format: 'json',
        file: shown,
      }),
    );
  }
}

/** A system error about a file as one line. */
export function fileError(shown: string, error: unknown): ProfileError {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  const [what, fix] = REASONS[code] ?? [`the file cannot be used (${code})`, 'check the path and the disk'];
  return new ProfileError(problem('CSP802', what, fix, { format: 'cli', argument: shown }));
}

export const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

/** What `-` is called, in arguments and in messages. */
export const STDIN = '<stdin>';

/** Everything on standard input. */
export function readStdin(): Uint8Array {
  try {
    return readFileSync(0);
  } catch (error) {
    throw fileError(STDIN, error);
  }
}
