import { ProfileError, problem } from '../diagnostics.ts';
import { parseJson } from '../json.ts';
import { LARGEST_TEXT } from '../formats/byteSource.ts';
import { openDescriptor, openFile, type OpenSource, type StreamOptions } from '../probe/fileSource.ts';

const REASONS: Readonly<Record<string, readonly [what: string, fix: string]>> = {
  ENOENT: ['there is no such file', 'check the path'],
  EISDIR: ['this is a directory', 'name the file in it'],
  EACCES: ['the file may not be read', 'change its permissions'],
  ENXIO: ['nothing stands behind this device', 'name a file'],
  ELOOP: ['the link leads to itself', 'name a file'],
  ENAMETOOLONG: ['the name is too long', 'check the path'],
  ENOSPC: [
    'the disk is full: it keeps what is read from a pipe',
    'make room, or save what comes in as a file',
  ],
};

/**
 * The bytes of a file of text; `shown` is its name in messages.
 *
 * @throws ProfileError CSP802 where it cannot be read, CSP308 where it is no smaller than 256 MiB
 */
export function readBytes(shown: string, file: string): Uint8Array {
  return reading(shown, () => {
    const source = openFile(file, { shown, most: () => LARGEST_TEXT });
    try {
      if (source.size < LARGEST_TEXT) return source.read(0, source.size);
      throw new ProfileError(
        problem(
          'CSP308',
          `the file has ${String(source.size)} bytes`,
          'check that this is the file you meant',
          {
            format: 'cli',
            argument: shown,
          },
        ),
      );
    } finally {
      source.close();
    }
  });
}

/** What an act gives; what the system says against it is one line. */
export function reading<T>(shown: string, act: () => T): T {
  try {
    return act();
  } catch (error) {
    throw isSystemError(error) ? fileError(shown, error) : error;
  }
}

/** Whether the system, not this program, says that something cannot be done. */
export const isSystemError = (error: unknown): boolean =>
  error instanceof Error &&
  'code' in error &&
  typeof error.code === 'string' &&
  /^E[A-Z0-9]+$/.test(error.code);

/**
 * What a JSON file holds; `shown` is its name in messages.
 *
 * @throws ProfileError CSP803 where it is no JSON
 */
export function readJsonFile(shown: string, file: string): unknown {
  try {
    return parseJson(new TextDecoder().decode(readBytes(shown, file)));
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
  const code = codeOf(error);
  return about(
    shown,
    REASONS[code] ?? [`the file cannot be used (${code || messageOf(error)})`, 'check the path and the disk'],
  );
}

const about = (shown: string, [what, fix]: readonly [what: string, fix: string]): ProfileError =>
  new ProfileError(problem('CSP802', what, fix, { format: 'cli', argument: shown }));

const codeOf = (error: unknown): string =>
  error instanceof Error && 'code' in error ? String(error.code) : '';

/** What is said of a file that is written, where that is not what is said of one that is read. */
const WRITE_REASONS: typeof REASONS = {
  ENOENT: ['there is no such folder', 'make the folder first, or check the path'],
  ENOTDIR: ['a part of the path is a file, not a folder', 'check the path'],
  EISDIR: ['this is a folder', 'name a file in it'],
  EACCES: ['the file may not be written', 'change the permissions of its folder, or write elsewhere'],
  EPERM: ['the file may not be written', 'change its permissions, or write elsewhere'],
  EROFS: ['nothing can be written there: the disk is read-only', 'write elsewhere'],
  ENOSPC: ['the disk is full, nothing was changed', 'make room, or write elsewhere'],
  EDQUOT: ['the quota of the disk is used up, nothing was changed', 'make room, or write elsewhere'],
  EFBIG: ['the file would be larger than is allowed, nothing was changed', 'write elsewhere'],
  ENXIO: ['this is a socket', 'name a file'],
  ELOOP: ['the link leads to itself', 'name a file'],
  ENAMETOOLONG: ['the name is too long', 'give a shorter one'],
};

/** What an act gives that writes; what the system says against it is one line. */
export function writing<T>(shown: string, act: () => T): T {
  try {
    return act();
  } catch (error) {
    if (!isSystemError(error)) throw error;
    throw unwritable(shown, codeOf(error), error);
  }
}

/** Why a file cannot be written, by the code that the system has for that. */
export function unwritable(shown: string, code: string, error?: unknown): ProfileError {
  const reason = WRITE_REASONS[code];
  return reason === undefined ? fileError(shown, error) : about(shown, reason);
}

export const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

/** What `-` is called where it is a model, in arguments and in messages. */
export const STDIN = '<stdin>';

/** The name of standard output, among files to write. */
export const STDOUT = '-';

/** Everything on standard input, kept in a temporary file where it is large; close it. */
export const openStdin = (most: StreamOptions['most']): OpenSource =>
  reading(STDIN, () => openDescriptor(0, { shown: STDIN, ...(most && { most }) }));
