import { ProfileError, problem } from '../../diagnostics.ts';
import type { ByteSource } from '../byteSource.ts';

const PAGE = 1 << 14;
/** Scalars may lie across two pages: each page has the beginning of the next. */
const OVERLAP = 8;
/** Pages at hand: the memory of the oldest is used again, since memory that is new to a process takes longest. */
const MOST_PAGES = 16;
const LONGEST_TEXT = 1 << 16;
/** Entries of vectors that are read in all: far more than networks have, and few enough to be read at once. */
const MOST_ENTRIES = 1 << 22;
const TWO_32 = 0x1_0000_0000;
/** Names of this many bytes are told to be ASCII before a decoder is asked. */
const LONGEST_NAME = 1024;

/** A part of a file: `view` of its bytes, in `room` or where the source has them. */
interface Page {
  readonly room: Uint8Array;
  readonly view: DataView;
}

/**
 * The scalars of a FlatBuffers file over positioned reads: pages are read where something is asked for, so that
 * weights cost nothing however many there are. Every position is checked against the file's size.
 *
 * @throws ProfileError CSP301 with the byte offset where the file is not well-formed
 */
export class FlatBuffer {
  readonly source: ByteSource;
  /** how the file is called in messages */
  readonly file: string;
  readonly #pages = new Map<number, Page>();
  #view: DataView = new DataView(new ArrayBuffer(0));
  #start = 0;
  #entries = 0;

  constructor(source: ByteSource, file: string) {
    this.source = source;
    this.file = file;
  }

  get size(): number {
    return this.source.size;
  }

  /** Where the scalar of this width is in the page at hand, which it becomes part of. */
  #at(position: number, width: number): number {
    const at = position - this.#start;
    if (at >= 0 && at + width <= this.#view.byteLength) return at;
    if (!(position >= 0 && position + width <= this.size)) {
      return this.fail('an offset leads out of the file', position);
    }
    const page = Math.floor(position / PAGE);
    this.#view = (this.#pages.get(page) ?? this.#readPage(page, position)).view;
    this.#start = page * PAGE;
    return position - this.#start;
  }

  #readPage(page: number, position: number): Page {
    const room = this.#room();
    const length = Math.min(room.length, this.size - page * PAGE);
    const bytes = this.source.read(page * PAGE, length, room);
    if (bytes.length !== length) return this.fail('the file is shorter than its size', position);
    const read = { room, view: new DataView(bytes.buffer, bytes.byteOffset, length) };
    this.#pages.set(page, read);
    return read;
  }

  /** Memory for a page: that of the oldest one, where there are enough. */
  #room(): Uint8Array {
    if (this.#pages.size < MOST_PAGES) return new Uint8Array(PAGE + OVERLAP);
    const [oldest = 0] = this.#pages.keys();
    const room = this.#pages.get(oldest)?.room ?? new Uint8Array(PAGE + OVERLAP);
    this.#pages.delete(oldest);
    return room;
  }

  u8(position: number): number {
    const at = this.#at(position, 1);
    return this.#view.getUint8(at);
  }

  i8(position: number): number {
    const at = this.#at(position, 1);
    return this.#view.getInt8(at);
  }

  u16(position: number): number {
    const at = this.#at(position, 2);
    return this.#view.getUint16(at, true);
  }

  i32(position: number): number {
    const at = this.#at(position, 4);
    return this.#view.getInt32(at, true);
  }

  u32(position: number): number {
    const at = this.#at(position, 4);
    return this.#view.getUint32(at, true);
  }

  f32(position: number): number {
    const at = this.#at(position, 4);
    return this.#view.getFloat32(at, true);
  }

  /** Exact within 2^53, else rounded to the nearest double. */
  i64(position: number): number {
    const at = this.#at(position, 8);
    return this.#view.getInt32(at + 4, true) * TWO_32 + this.#view.getUint32(at, true);
  }

  /** Exact within 2^53, else rounded to the nearest double. */
  u64(position: number): number {
    const at = this.#at(position, 8);
    return this.#view.getUint32(at + 4, true) * TWO_32 + this.#view.getUint32(at, true);
  }

  /** Bytes as they are until something else is asked for. */
  bytes(position: number, length: number): Uint8Array {
    if (!(position >= 0 && position + length <= this.size)) {
      this.fail('a length leads out of the file', position);
    }
    const at = length === 0 ? 0 : this.#at(position, 1);
    return at + length <= this.#view.byteLength
      ? new Uint8Array(this.#view.buffer, this.#view.byteOffset + at, length)
      : this.source.read(position, length);
  }

  /** Where the offset that is stored here leads: always forward. */
  follow(position: number): number {
    const offset = this.u32(position);
    if (offset < 4) this.fail('an offset leads to itself', position);
    return position + offset;
  }

  /** Number of entries of the vector that is here, all of which lie in the file. */
  length(position: number, width: number): number {
    const count = this.u32(position);
    if (position + 4 + count * width > this.size) {
      this.fail(`a length of ${String(count)} leads out of the file`, position);
    }
    return count;
  }

  /** Counts entries that are about to be read, which a small file can name over and over. */
  spend(entries: number, position: number): void {
    this.#entries += entries;
    if (this.#entries > MOST_ENTRIES) this.fail('more entries than a network has', position);
  }

  text(position: number): string {
    const length = this.length(position, 1);
    this.spend(length, position);
    const bytes = this.bytes(position + 4, Math.min(length, LONGEST_TEXT));
    return ascii(bytes) ?? new TextDecoder().decode(bytes);
  }

  /** @throws ProfileError always */
  fail(what: string, position: number): never {
    throw new ProfileError(
      problem(
        'CSP301',
        `not a well-formed TensorFlow Lite file: ${what} (byte ${String(position)})`,
        'convert the model again, or copy the file again in binary mode',
        { format: 'tflite', file: this.file },
      ),
    );
  }
}

/** A table of a FlatBuffers file; fields are named by their number in the schema. */
export class Table {
  readonly buffer: FlatBuffer;
  readonly position: number;
  readonly #vtable: number;
  readonly #fields: number;
  readonly #size: number;

  constructor(buffer: FlatBuffer, position: number) {
    const vtable = position - buffer.i32(position);
    const bytes = buffer.u16(vtable);
    const size = buffer.u16(vtable + 2);
    if (bytes < 4 || bytes % 2 !== 0 || vtable + bytes > buffer.size) {
      buffer.fail(`a list of fields of ${String(bytes)} bytes`, vtable);
    }
    if (size < 4 || position + size > buffer.size) {
      buffer.fail(`a table of ${String(size)} bytes`, position);
    }
    this.buffer = buffer;
    this.position = position;
    this.#vtable = vtable;
    this.#fields = bytes / 2 - 2;
    this.#size = size;
  }

  /** Position of a field; 0 where the table does not have it. */
  #at(field: number, width: number): number {
    if (field >= this.#fields) return 0;
    const offset = this.buffer.u16(this.#vtable + 4 + 2 * field);
    if (offset === 0) return 0;
    if (offset < 4 || offset + width > this.#size) {
      this.buffer.fail(`field ${String(field)} is not inside its table`, this.position);
    }
    return this.position + offset;
  }

  has(field: number): boolean {
    return this.#at(field, 0) !== 0;
  }

  u8(field: number, otherwise = 0): number {
    const at = this.#at(field, 1);
    return at === 0 ? otherwise : this.buffer.u8(at);
  }

  i8(field: number, otherwise = 0): number {
    const at = this.#at(field, 1);
    return at === 0 ? otherwise : this.buffer.i8(at);
  }

  i32(field: number, otherwise = 0): number {
    const at = this.#at(field, 4);
    return at === 0 ? otherwise : this.buffer.i32(at);
  }

  u32(field: number, otherwise = 0): number {
    const at = this.#at(field, 4);
    return at === 0 ? otherwise : this.buffer.u32(at);
  }

  i64(field: number, otherwise = 0): number {
    const at = this.#at(field, 8);
    return at === 0 ? otherwise : this.buffer.i64(at);
  }

  u64(field: number, otherwise = 0): number {
    const at = this.#at(field, 8);
    return at === 0 ? otherwise : this.buffer.u64(at);
  }

  f32(field: number, otherwise = 0): number {
    const at = this.#at(field, 4);
    return at === 0 ? otherwise : this.buffer.f32(at);
  }

  /** Where an offset leads; 0 where the table does not have the field. */
  #target(field: number): number {
    const at = this.#at(field, 4);
    return at === 0 ? 0 : this.buffer.follow(at);
  }

  text(field: number): string | undefined {
    const at = this.#target(field);
    return at === 0 ? undefined : this.buffer.text(at);
  }

  table(field: number): Table | undefined {
    const at = this.#target(field);
    return at === 0 ? undefined : new Table(this.buffer, at);
  }

  /** The entries of a vector of tables, none where there is no vector. */
  tables(field: number): Tables {
    return new Tables(this.buffer, this.#target(field));
  }

  i32s(field: number): readonly number[] | undefined {
    return this.#numbers(field, 4, (position) => this.buffer.i32(position));
  }

  i64s(field: number): readonly number[] | undefined {
    return this.#numbers(field, 8, (position) => this.buffer.i64(position));
  }

  u8s(field: number): Uint8Array | undefined {
    const at = this.#target(field);
    if (at === 0) return undefined;
    const length = this.buffer.length(at, 1);
    this.buffer.spend(length, at);
    return this.buffer.bytes(at + 4, length).slice();
  }

  /** Where the bytes of a vector are, which may be long and are not read. */
  range(field: number): { readonly position: number; readonly length: number } | undefined {
    const at = this.#target(field);
    return at === 0 ? undefined : { position: at + 4, length: this.buffer.length(at, 1) };
  }

  #numbers(field: number, width: number, read: (position: number) => number): readonly number[] | undefined {
    const at = this.#target(field);
    if (at === 0) return undefined;
    const length = this.buffer.length(at, width);
    this.buffer.spend(length, at);
    const numbers: number[] = new Array<number>(length);
    for (let i = 0; i < length; i++) numbers[i] = read(at + 4 + width * i);
    return numbers;
  }
}

/** A vector of tables, each read when it is asked for. */
export class Tables {
  readonly length: number;
  readonly #buffer: FlatBuffer;
  readonly #position: number;

  /** @param position of the vector; 0: there is none */
  constructor(buffer: FlatBuffer, position: number) {
    this.#buffer = buffer;
    this.#position = position;
    this.length = position === 0 ? 0 : buffer.length(position, 4);
  }

  /** @throws RangeError where there is no such entry */
  at(index: number): Table {
    if (!(index >= 0 && index < this.length)) throw new RangeError(`no entry ${String(index)}`);
    this.#buffer.spend(1, this.#position);
    return new Table(this.#buffer, this.#buffer.follow(this.#position + 4 + 4 * index));
  }
}

/** The bytes as text, if they are few and ASCII: most names are, and a decoder of text takes long to make. */
function ascii(bytes: Uint8Array): string | undefined {
  if (bytes.length > LONGEST_NAME) return undefined;
  // Numbers like a list of them, which is all that is asked for here.
  const text = String.fromCharCode.apply(undefined, bytes as Iterable<number> as number[]);
  return /[\x80-\xff]/.test(text) ? undefined : text;
}
