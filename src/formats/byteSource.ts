import { ProfileError, problem } from '../diagnostics.ts';

/**
 * The bytes of a file at known positions: a file descriptor, a browser's `File` read ahead, a buffer.
 * `read` returns exactly `length` bytes; the caller never asks past `size`.
 */
export interface ByteSource {
  /** bytes in all */
  readonly size: number;
  /** Exactly `length` bytes from `offset` on, perhaps in `room`, if that is as large; nobody asks past `size`. */
  read(offset: number, length: number, room?: Uint8Array): Uint8Array;
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
        page = source.read(offset, Math.min(PAGE, source.size - offset));
      }
      return page.subarray(offset - start, offset - start + length);
    },
  };
}

const BLOCK = 1 << 16;
const MOST_BLOCKS = 256;

/** The source read in blocks, which are kept: where each read takes long, as of a browser's file, or over a network. */
export function inBlocks(source: ByteSource): ByteSource {
  /** by number, the one that was used last at the end */
  const blocks = new Map<number, Uint8Array>();
  const block = (index: number): Uint8Array => {
    const start = index * BLOCK;
    const bytes = blocks.get(index) ?? source.read(start, Math.min(BLOCK, source.size - start));
    blocks.delete(index);
    blocks.set(index, bytes);
    const [oldest = index] = blocks.keys();
    if (blocks.size > MOST_BLOCKS) blocks.delete(oldest);
    return bytes;
  };
  return {
    size: source.size,
    read(offset, length, room) {
      if (length > BLOCK) return source.read(offset, length, room);
      const index = Math.floor(offset / BLOCK);
      const start = offset - index * BLOCK;
      if (start + length <= BLOCK) return block(index).subarray(start, start + length);
      const bytes = new Uint8Array(length);
      bytes.set(block(index).subarray(start));
      bytes.set(block(index + 1).subarray(0, start + length - BLOCK), BLOCK - start);
      return bytes;
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
