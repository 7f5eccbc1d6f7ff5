import { ProfileError, problem } from '../diagnostics.ts';

/** A part of a file, in bytes: it may go past the end. */
export type ByteRange = readonly [offset: number, length: number];

/**
 * The bytes of a file at known positions: a file descriptor, a browser's `File`, a buffer. The caller never asks past
 * `size`.
 */
export interface ByteSource {
  /** bytes in all */
  readonly size: number;
  /**
   * `length` bytes from `offset` on, perhaps in `room`, if that is as large. Where each read takes long there may be
   * fewer, those that are at hand, but no fewer than `least`.
   */
  read(offset: number, length: number, room?: Uint8Array, least?: number): Uint8Array;
  /**
   * Reads what somebody will ask for before anyone waits for it: places in ascending order, of which the next is
   * asked for when the one before it can be read. Absent: each read is quick.
   */
  readonly ahead?: (places: Iterable<ByteRange>) => Promise<void>;
}

/** A source over bytes that are in memory already. */
export const bytesSource = (bytes: Uint8Array): ByteSource => ({
  size: bytes.length,
  read: (offset, length) => bytes.subarray(offset, offset + length),
});

const PAGE = 1 << 14;

/** The source with the last small part of it kept: operands that lie side by side cost one read. */
export function paged(source: ByteSource): ByteSource {
  let start = 0;
  let page: Uint8Array = new Uint8Array(0);
  return {
    size: source.size,
    read(offset, length) {
      if (length > PAGE / 4) return source.read(offset, length);
      if (offset < start || offset + length > start + page.length) {
        start = offset;
        page = source.read(offset, Math.min(PAGE, source.size - offset), undefined, length);
      }
      return page.subarray(offset - start, offset - start + length);
    },
  };
}

/** As many bytes as a format is recognised by. */
const HEAD_BYTES = 4096;

/** The beginning of a source. */
export const headOf = (source: ByteSource): Uint8Array => source.read(0, Math.min(source.size, HEAD_BYTES));

/** What no text begins with. */
const NO_TEXT = '\0';

/** What text in UTF-8 begins with, without byte order mark and blanks. */
export const textOf = (head: Uint8Array): string =>
  head.includes(0) ? NO_TEXT : new TextDecoder().decode(head).trimStart();

/** Text files of this size and more hold no network that anybody runs, */
export const LARGEST_TEXT = 2 ** 28;
/** and those that people write are far smaller: 100,000 layers take 6 MB. */
export const LARGEST_HANDWRITTEN = 2 ** 26;

/**
 * All of a text file.
 *
 * @param limit bytes that it has less of
 * @throws ProfileError CSP308 for as many bytes as the limit and more
 */
export function readText(source: ByteSource, format: string, file: string, limit = LARGEST_TEXT): Uint8Array {
  if (source.size < limit) return source.read(0, source.size);
  throw new ProfileError(
    problem(
      'CSP308',
      `the file has ${String(source.size)} bytes`,
      `check that this is the file you meant: text of a network is smaller than ${String(limit / 2 ** 20)} MiB`,
      { format, file },
    ),
  );
}
