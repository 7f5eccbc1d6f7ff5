import type { ByteSource } from './byteSource.ts';

/** Bytes that are kept together. */
const BLOCK = 1 << 12;
/** Blocks that one read brings: it takes as long for one of them. */
const AT_ONCE = 16;
const MOST_BLOCKS = 16_384;

/** Bytes that are sooner passed over than left out: to read elsewhere takes as long. */
const SHORT_WAY = 1 << 21;

/** What is read into, again and again: new memory costs more than what is read. */
const ROOM = 1 << 20;

/** A browser's stream of bytes, as far as it is needed here. */
export interface ByteStream {
  /** A reader that fills the buffers it is given. */
  getReader(options: { readonly mode: 'byob' }): ByteStreamReader;
}

/** What fills buffers from a stream, one after the other. */
export interface ByteStreamReader {
  /** Fills the room as far as bytes are at hand; no value, or an empty one: the stream is at its end. */
  read(room: Uint8Array): Promise<{ readonly value?: Uint8Array | undefined }>;
  /** Gives the stream up. */
  cancel(): Promise<void>;
}

/**
 * The source read in blocks, which are kept: where each read takes long, as of a browser's file, or over a network.
 *
 * @param from the bytes from a place on: what is needed is then read ahead of whoever needs it
 */
export function inBlocks(
  source: ByteSource,
  from?: (offset: number) => ByteStream | Promise<ByteStream>,
): ByteSource {
  const { size } = source;
  /** by number, the one that was used last at the end */
  const blocks = new Map<number, Uint8Array>();
  const keep = (index: number, bytes: Uint8Array): void => {
    blocks.delete(index);
    blocks.set(index, bytes);
    const [oldest = index] = blocks.keys();
    if (blocks.size > MOST_BLOCKS) blocks.delete(oldest);
  };
  const bring = (index: number): Uint8Array => {
    const start = index * BLOCK;
    const bytes = source.read(start, Math.min(AT_ONCE * BLOCK, size - start));
    for (let i = AT_ONCE - 1; i >= 0; i--)
      if (i * BLOCK < bytes.length) keep(index + i, bytes.subarray(i * BLOCK, (i + 1) * BLOCK));
    return bytes.subarray(0, BLOCK);
  };
  const block = (index: number): Uint8Array => {
    const known = blocks.get(index);
    if (known === undefined) return bring(index);
    keep(index, known);
    return known;
  };
  return {
    size,
    read(offset, length, room, least = length) {
      if (least > AT_ONCE * BLOCK) return source.read(offset, length, room);
      const first = offset - (offset % BLOCK);
      const bytes = block(first / BLOCK).subarray(offset - first, offset - first + length);
      if (bytes.length >= least) return bytes;
      const whole = new Uint8Array(least);
      whole.set(bytes);
      for (let at = first + BLOCK; at < offset + least; at += BLOCK)
        whole.set(block(at / BLOCK).subarray(0, offset + least - at), at - offset);
      return whole;
    },
    ...(from === undefined
      ? {}
      : {
          async ahead(places) {
            const stream = new Streamed(size, from);
            try {
              for (const [offset, length] of places) {
                const end = Math.min(offset + length, size);
                for (let index = Math.floor(offset / BLOCK); index * BLOCK < end; index++)
                  if (!blocks.has(index)) keep(index, await stream.block(index));
              }
            } finally {
              await stream.close();
            }
          },
        }),
  };
}

/** Blocks of a file in ascending order, read on from one to the next where they are near each other. */
class Streamed {
  readonly #size: number;
  readonly #from: (offset: number) => ByteStream | Promise<ByteStream>;
  #reader: ByteStreamReader | undefined;
  #room: Uint8Array = new Uint8Array(ROOM);
  /** where in the file the room begins, and the bytes that are in it */
  #start = 0;
  #filled = 0;

  constructor(size: number, from: (offset: number) => ByteStream | Promise<ByteStream>) {
    this.#size = size;
    this.#from = from;
  }

  async block(index: number): Promise<Uint8Array> {
    const start = index * BLOCK;
    const end = Math.min(start + BLOCK, this.#size);
    const reached = this.#start + this.#filled;
    const isNear = start >= this.#start && start - reached <= SHORT_WAY;
    const reader = this.#reader !== undefined && isNear ? this.#reader : await this.#open(start);
    while (this.#start + this.#filled < end) await this.#readOn(reader, start);
    return this.#room.slice(start - this.#start, end - this.#start);
  }

  /** Reads on; of what is there, only that from `start` on is kept. */
  async #readOn(reader: ByteStreamReader, start: number): Promise<void> {
    const reached = this.#start + this.#filled;
    const kept = Math.max(0, reached - start);
    this.#room.copyWithin(0, this.#filled - kept, this.#filled);
    const { value } = await reader.read(this.#room.subarray(kept));
    if (value === undefined || value.length === 0) throw new TypeError('the file is shorter than its size');
    this.#room = new Uint8Array(value.buffer);
    this.#start = reached - kept;
    this.#filled = kept + value.length;
  }

  async #open(start: number): Promise<ByteStreamReader> {
    await this.close();
    this.#reader = (await this.#from(start)).getReader({ mode: 'byob' });
    this.#start = start;
    this.#filled = 0;
    return this.#reader;
  }

  async close(): Promise<void> {
    await this.#reader?.cancel();
  }
}
