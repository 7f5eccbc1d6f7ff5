import { ProfileError, problem } from '../../diagnostics.ts';
import type { ByteSource } from '../byteSource.ts';

/** Wire types of protobuf; groups (3 and 4) are not used by ONNX and refused. */
export const WIRE = { varint: 0, fixed64: 1, delimited: 2, fixed32: 5 } as const;

const SMALLEST_WINDOW = 4096;
const LARGEST_WINDOW = 1 << 16;
/** What lies between two windows where a file is read on: the tag and the length of the next message, say. */
const SMALL_GAP = 64;
export const LONGEST_TEXT = 1 << 16;
const LONGEST_NAME = 64;
const TWO_32 = 0x1_0000_0000;
const utf8 = new TextDecoder();

/**
 * A strict reader of protobuf's wire format over positioned reads.
 *
 * Reads through a window that starts small after every jump and grows while reading on, so that a file
 * whose tensor payloads are skipped costs a few small reads whatever its size. Offsets are doubles: files
 * past 4 GiB are as good as any.
 *
 * @throws ProfileError CSP301 with the byte offset, at the first byte that is not well-formed
 */
export class WireReader {
  /** offset in the file of the next byte */
  position = 0;
  /** where the last value is that was left in the file, -1 if none was */
  lastLeft = -1;
  /** the integer part above 32 bits of the last varint */
  #high = 0;
  readonly source: ByteSource;
  /** how the source is called in messages */
  readonly file: string;
  #window: Uint8Array = new Uint8Array(0);
  /** what windows are read into, one after the other */
  #room: Uint8Array | undefined;
  #start = 0;
  #reach = SMALLEST_WINDOW;
  /** room for the characters of a name, by length */
  readonly #codes: number[][] = [];
  #scratch = new DataView(new ArrayBuffer(8));

  constructor(source: ByteSource, file: string) {
    this.source = source;
    this.file = file;
  }

  get size(): number {
    return this.source.size;
  }

  #byte(end: number): number {
    if (this.position >= end) this.fail('the file ends, or a length is wrong, in the middle of a value');
    let at = this.position - this.#start;
    if (at < 0 || at >= this.#window.length) {
      this.#fill(1);
      at = 0;
    }
    this.position++;
    const byte = this.#window[at];
    return byte ?? this.fail('the file is shorter than it says');
  }

  /** Moves the window to `position`, with at least `need` bytes in it. */
  #fill(need: number): void {
    const end = this.#start + this.#window.length;
    const isNext = this.position >= this.#start && this.position <= end + SMALL_GAP;
    this.#reach = isNext ? Math.min(this.#reach * 2, LARGEST_WINDOW) : SMALLEST_WINDOW;
    const length = Math.min(Math.max(this.#reach, need), this.source.size - this.position);
    if (this.#room === undefined || this.#room.length < this.#reach) this.#room = new Uint8Array(this.#reach);
    this.#window = this.source.read(this.position, length, this.#room, need);
    if (this.#window.length < Math.min(need, length)) this.fail('the file is shorter than its size');
    this.#start = this.position;
  }

  /** A varint of at most 64 bits; returns the low 32 bits unsigned and keeps the high ones. */
  #varint(end: number): number {
    const from = this.position;
    let byte = this.#byte(end);
    this.#high = 0;
    if (byte < 0x80) return byte;
    let low = byte & 0x7f;
    let high = 0;
    for (let shift = 7; byte >= 0x80; shift += 7) {
      byte = this.#byte(end);
      const bits = byte & 0x7f;
      if (shift < 28) low |= bits << shift;
      else if (shift === 28) {
        low |= bits << 28;
        high = bits >>> 4;
      } else if (shift < 63) high |= bits << (shift - 32);
      else if (shift === 63 && byte <= 1) high |= bits << 31;
      else this.fail('a varint of more than 64 bits', from);
    }
    this.#high = high;
    return low >>> 0;
  }

  /** A signed 64-bit integer; exact within 2^53, else rounded to the nearest double. */
  int64(end: number): number {
    const low = this.#varint(end);
    return this.#high === 0 ? low : (this.#high | 0) * TWO_32 + low;
  }

  /** An unsigned 64-bit integer; exact within 2^53, else rounded to the nearest double. */
  uint64(end: number): number {
    const low = this.#varint(end);
    return this.#high === 0 ? low : (this.#high >>> 0) * TWO_32 + low;
  }

  float(end: number): number {
    for (let i = 0; i < 4; i++) this.#scratch.setUint8(i, this.#byte(end));
    return this.#scratch.getFloat32(0, true);
  }

  double(end: number): number {
    for (let i = 0; i < 8; i++) this.#scratch.setUint8(i, this.#byte(end));
    return this.#scratch.getFloat64(0, true);
  }

  /** A field's tag, `field * 8 + wire type`. */
  tag(end: number): number {
    const from = this.position;
    const tag = this.#varint(end);
    if (this.#high !== 0 || tag >>> 3 === 0) this.fail('no field has this number', from);
    const wire = tag & 7;
    if (wire === 3 || wire === 4 || wire > 5)
      this.fail(`wire type ${String(wire)} does not exist in ONNX`, from);
    return tag;
  }

  /** The end of the length-delimited value that starts here; at most `end`. */
  delimited(end: number): number {
    const from = this.position;
    const length = this.uint64(end);
    const stop = this.position + length;
    if (stop > end) {
      this.fail(
        `a length of ${String(length)} bytes goes past the end of ${end === this.size ? 'the file' : 'its message'}`,
        from,
      );
    }
    return stop;
  }

  /** The bytes from here to `stop`, which are good until the next value is read. */
  bytes(stop: number): Uint8Array {
    const length = stop - this.position;
    if (length === 0) return new Uint8Array(0);
    let at = this.position - this.#start;
    if (at < 0 || at + length > this.#window.length) {
      this.#fill(length);
      at = 0;
    }
    this.position = stop;
    return this.#window.subarray(at, at + length);
  }

  /** A number that equal bytes have in common, of the next ones; 0 where they are not in the window. */
  checksum(length: number): number {
    const at = this.position - this.#start;
    if (at < 0 || at + length > this.#window.length) return 0;
    let sum = length;
    for (let i = at; i < at + length; i++) sum = (Math.imul(sum, 31) + (this.#window[i] as number)) >>> 0;
    return sum;
  }

  /** Whether the next bytes are these, as far as the window tells. */
  isAt(bytes: Uint8Array): boolean {
    const at = this.position - this.#start;
    if (at < 0 || at + bytes.length > this.#window.length) return false;
    for (let i = 0; i < bytes.length; i++) if (this.#window[at + i] !== bytes[i]) return false;
    return true;
  }

  /** The text up to `stop`; of more than 64 KiB (a blob in an attribute) only the beginning. */
  text(stop: number): string {
    const length = stop - this.position;
    const short = length <= LONGEST_NAME ? this.#ascii(length) : undefined;
    if (short !== undefined) {
      this.position = stop;
      return short;
    }
    const bytes = this.bytes(Math.min(stop, this.position + LONGEST_TEXT));
    this.position = stop;
    return utf8.decode(bytes);
  }

  /** The next bytes as text, if they are ASCII and in the window: most names are, and a view of each costs more. */
  #ascii(length: number): string | undefined {
    const at = this.position - this.#start;
    if (at < 0 || at + length > this.#window.length) return undefined;
    const codes = (this.#codes[length] ??= new Array<number>(length).fill(0));
    for (let i = 0; i < length; i++) {
      const byte = this.#window[at + i] ?? 0x80;
      if (byte >= 0x80) return undefined;
      codes[i] = byte;
    }
    return String.fromCharCode.apply(undefined, codes);
  }

  /** Steps over a value of a field that is not needed. */
  skip(wire: number, end: number): void {
    if (wire === WIRE.varint) this.#varint(end);
    else if (wire === WIRE.delimited) this.position = this.delimited(end);
    else {
      const stop = this.position + (wire === WIRE.fixed32 ? 4 : 8);
      if (stop > end) this.fail('the file ends, or a length is wrong, in the middle of a value');
      this.position = stop;
    }
  }

  /** @throws ProfileError always */
  fail(what: string, offset = this.position): never {
    throw new ProfileError(
      problem(
        'CSP301',
        `not a well-formed ONNX file: ${what} (byte ${String(offset)})`,
        'the file is cut off or damaged: download it again (in binary mode), or export it again',
        { format: 'onnx', file: this.file },
      ),
    );
  }
}

/** A writer of protobuf's wire format; large byte strings are kept by reference, not copied. */
export class WireWriter {
  /** bytes written so far */
  length = 0;
  readonly #chunks: Uint8Array[] = [];
  #buffer = new Uint8Array(256);
  #used = 0;

  #reserve(count: number): void {
    if (this.#used + count <= this.#buffer.length) return;
    this.#flush();
    this.#buffer = new Uint8Array(Math.max(Math.min(this.length, LARGEST_WINDOW), 256, count));
  }

  #flush(): void {
    if (this.#used > 0) this.#chunks.push(this.#buffer.subarray(0, this.#used));
    this.#buffer = this.#buffer.subarray(this.#used);
    this.#used = 0;
  }

  /** @throws RangeError unless a safe integer */
  int64(value: number): void {
    if (!Number.isSafeInteger(value)) throw new RangeError(`${String(value)} is not an exact integer`);
    this.#reserve(10);
    let low = value >>> 0;
    let high = Math.floor(value / TWO_32) >>> 0;
    while (high > 0 || low > 0x7f) {
      this.#put((low & 0x7f) | 0x80);
      low = ((low >>> 7) | (high << 25)) >>> 0;
      high >>>= 7;
    }
    this.#put(low);
  }

  #put(byte: number): void {
    this.#buffer[this.#used++] = byte;
    this.length++;
  }

  float(value: number): void {
    this.#reserve(4);
    new DataView(this.#buffer.buffer, this.#buffer.byteOffset).setFloat32(this.#used, value, true);
    this.#used += 4;
    this.length += 4;
  }

  tag(field: number, wire: number): void {
    this.int64(field * 8 + wire);
  }

  /** The bytes, without a length before them. */
  bytes(bytes: Uint8Array): void {
    if (bytes.length > 1024) {
      this.#flush();
      this.#chunks.push(bytes);
    } else {
      this.#reserve(bytes.length);
      this.#buffer.set(bytes, this.#used);
      this.#used += bytes.length;
    }
    this.length += bytes.length;
  }

  /** Everything written, in pieces whose lengths sum to `length`. */
  chunks(): readonly Uint8Array[] {
    this.#flush();
    return this.#chunks;
  }

  /** Everything written, in one piece. */
  finish(): Uint8Array {
    const result = new Uint8Array(this.length);
    let at = 0;
    for (const chunk of this.chunks()) {
      result.set(chunk, at);
      at += chunk.length;
    }
    return result;
  }
}
