import { List } from '../../list.ts';
import type { ByteSource, ByteRange } from '../byteSource.ts';
import { LONGEST_TEXT, WIRE, WireReader, WireWriter } from './wire.ts';

/** A piece of a tensor's payload, left in the file. `unpacked`: each value still has its tag before it. */
export interface Segment {
  readonly offset: number;
  readonly length: number;
  readonly unpacked: boolean;
}

/** A tensor's payload: where it lies in the file that was read, or the bytes that are to be written. */
export type Payload = readonly Segment[] | Uint8Array;

type Kind = 'int64' | 'float' | 'text' | 'payload' | (() => Schema<object>);

interface Field {
  readonly number: number;
  readonly kind: Kind;
  readonly repeated: boolean;
  /** the list stays in the file until it is walked */
  readonly later: boolean;
  /** for values that repeat themselves: those seen lately */
  readonly seen: Seen | undefined;
}

/** Messages in order: a list, or ones that are decoded as they are walked. */
export interface Messages<M> extends Iterable<M> {
  readonly length: number;
  readonly at: (index: number) => M | undefined;
}

declare const valueType: unique symbol;

/** A field whose value in the message's TypeScript type is a `V`. */
interface FieldOf<V> extends Field {
  readonly [valueType]?: V;
}

/** A protobuf message type: its name, and the field behind each property of `M`. */
export interface Schema<M> {
  readonly name: string;
  readonly fields: { readonly [K in keyof M]-?: FieldOf<M[K]> };
  /** by field number */
  readonly slots: readonly (Slot | undefined)[];
  /** names of the repeated fields */
  readonly lists: readonly string[];
  /** what every message has until it is set: the prototype of all of them, so that unset fields take no memory */
  readonly unset: object;
}

interface Slot extends Field {
  readonly name: string;
}

export function schema<M>(name: string, fields: { readonly [K in keyof M]-?: FieldOf<M[K]> }): Schema<M> {
  const slots: (Slot | undefined)[] = [];
  const unset: Record<string, unknown> = {};
  for (const [property, field] of Object.entries<Field>(fields)) {
    slots[field.number] = { ...field, name: property };
    unset[property] = field.repeated ? EMPTY : undefined;
  }
  const lists = slots.flatMap((slot) => (slot?.repeated === true && !slot.later ? [slot.name] : []));
  return { name, fields, slots, lists, unset };
}

const EMPTY: readonly never[] = Object.freeze([]);

/** Values are kept up to this many bytes: longer ones hold texts, and do not repeat themselves. */
const LONGEST_SEEN = 64;
const MOST_SEEN = 256;

/** Values of one field that were decoded lately, by their bytes. */
class Seen {
  readonly #entries = new Array<{ readonly bytes: Uint8Array; readonly value: unknown } | undefined>(
    MOST_SEEN,
  );

  /** The value between the reader's position and `end`, if it was decoded before. */
  find(reader: WireReader, end: number): unknown {
    const length = end - reader.position;
    if (length > LONGEST_SEEN) return undefined;
    const entry = this.#entries[reader.checksum(length) % MOST_SEEN];
    return entry?.bytes.length === length && reader.isAt(entry.bytes) ? entry.value : undefined;
  }

  /** Keeps the value that was decoded from `start` on, unless it names places in the file. */
  add(reader: WireReader, start: number, value: unknown): void {
    const end = reader.position;
    if (end - start > LONGEST_SEEN || reader.lastLeft >= start) return;
    reader.position = start;
    const at = reader.checksum(end - start) % MOST_SEEN;
    this.#entries[at] = { bytes: reader.bytes(end).slice(), value };
  }
}

const field = <V>(
  number: number,
  kind: Kind,
  repeated = false,
  { later = false, seen }: { readonly later?: boolean; readonly seen?: Seen } = {},
): FieldOf<V> => ({ number, kind, repeated, later, seen });

export const int = (number: number): FieldOf<number | undefined> => field(number, 'int64');
export const ints = (number: number): FieldOf<readonly number[]> => field(number, 'int64', true);
export const float = (number: number): FieldOf<number | undefined> => field(number, 'float');
export const floats = (number: number): FieldOf<readonly number[]> => field(number, 'float', true);
export const text = (number: number): FieldOf<string | undefined> => field(number, 'text');
/** a text that is one of few */
export const textAlike = (number: number): FieldOf<string | undefined> =>
  field(number, 'text', false, { seen: new Seen() });
export const texts = (number: number): FieldOf<readonly string[]> => field(number, 'text', true);
/** bytes that may be large: read as a place in the file */
export const payload = (number: number): FieldOf<Payload | undefined> => field(number, 'payload');
export const message = <M extends object>(number: number, of: () => Schema<M>): FieldOf<M | undefined> =>
  field(number, of);
export const messages = <M extends object>(number: number, of: () => Schema<M>): FieldOf<readonly M[]> =>
  field(number, of, true);

/** messages that are many and needed once */
export const messagesLater = <M extends object>(number: number, of: () => Schema<M>): FieldOf<Messages<M>> =>
  field(number, of, true, { later: true });

/** messages that are many and say the same again and again */
export const messagesAlike = <M extends object>(number: number, of: () => Schema<M>): FieldOf<readonly M[]> =>
  field(number, of, true, { seen: new Seen() });

/** Bytes of a message that is read where it stands: a window of the reader's, the next of which would lie behind it. */
const LONG = 4096;

/** Messages inside messages; protobuf's own limit is 100. */
const DEEPEST = 100;

/**
 * The message between the reader's position and `end`. Unknown fields are stepped over, as protobuf wants;
 * a known field of another wire type is an error, since a reader that skips it would see an empty model.
 *
 * @throws ProfileError CSP301
 */
export function decode<M extends object>(reader: WireReader, of: Schema<M>, end: number): M {
  return decodeTo(reader, of, end, true);
}

/** `kept`: the message lives long, so its lists are to take no more room than they need. */
function decodeTo<M extends object>(reader: WireReader, of: Schema<M>, end: number, kept: boolean): M {
  const target = emptyMessage(of);
  decodeInto(reader, of, target as Record<string, unknown>, end, 0, kept);
  return target;
}

/** Bytes of a tag and of the length or the number after it. */
const LONGEST_HEAD = 16;

/**
 * Where in a file lies what `decode` reads of a message, in its order: everything but payloads of long messages. Each
 * place is read when the next one is asked for.
 *
 * @throws ProfileError CSP301 where `decode` would throw it
 */
export function* placesOf(
  reader: WireReader,
  of: Schema<object>,
  end: number,
  depth = 0,
): Generator<ByteRange, void> {
  while (reader.position < end && depth <= DEEPEST) {
    yield [reader.position, LONGEST_HEAD];
    const tag = reader.tag(end);
    if ((tag & 7) !== WIRE.delimited) {
      reader.skip(tag & 7, end);
      continue;
    }
    const stop = reader.delimited(end);
    const length = stop - reader.position;
    const kind = of.slots[tag >>> 3]?.kind;
    if (typeof kind === 'function' && length > LONG) yield* placesOf(reader, kind(), stop, depth + 1);
    else if (kind !== undefined && kind !== 'payload')
      yield [reader.position, Math.min(length, LONGEST_TEXT)];
    reader.position = stop;
  }
}

/** A message with nothing set: lists empty, everything else undefined. */
export const emptyMessage = <M extends object>(of: Schema<M>): M => Object.create(of.unset) as M;

/** A copy of a message with some fields changed (a spread would lose the fields that are unset). */
export const changed = <M extends object>(of: Schema<M>, from: M, fields: Partial<M>): M =>
  Object.assign(emptyMessage(of), from, fields);

/**
 * Messages of a file, decoded one by one whenever they are walked. One that is too long for the window behind it is
 * decoded while the reader is there, and kept: it is a tensor or a graph, of which little is kept, and to come back
 * would be to read the file twice.
 */
class StoredMessages<M extends object> implements Messages<M> {
  readonly #of: Schema<M>;
  readonly #source: ByteSource;
  readonly #file: string;
  /** where each begins and ends */
  readonly #spans = new List<number>();
  readonly #long = new Map<number, M>();

  constructor(of: Schema<M>, reader: WireReader) {
    this.#of = of;
    this.#source = reader.source;
    this.#file = reader.file;
  }

  get length(): number {
    return this.#spans.length / 2;
  }

  /** Adds the message between the reader's position and `end`. */
  add(reader: WireReader, end: number, depth: number): void {
    const start = reader.position;
    if (end - start > LONG) {
      const message = emptyMessage(this.#of);
      decodeInto(reader, this.#of, message as Record<string, unknown>, end, depth, true);
      this.#long.set(this.#spans.length, message);
    }
    this.#spans.push(start);
    this.#spans.push(end);
  }

  *[Symbol.iterator](): IterableIterator<M> {
    const reader = new WireReader(this.#source, this.#file);
    for (let i = 0; i < this.#spans.length; i += 2) yield this.#read(reader, i);
  }

  at(index: number): M | undefined {
    return index < this.length ? this.#read(new WireReader(this.#source, this.#file), 2 * index) : undefined;
  }

  #read(reader: WireReader, i: number): M {
    const long = this.#long.get(i);
    if (long !== undefined) return long;
    reader.position = this.#spans.at(i) as number;
    return decodeTo(reader, this.#of, this.#spans.at(i + 1) as number, false);
  }
}

function decodeInto(
  reader: WireReader,
  { slots, name, lists }: Schema<object>,
  target: Record<string, unknown>,
  end: number,
  depth: number,
  kept: boolean,
): void {
  if (depth > DEEPEST) reader.fail(`messages nested deeper than ${String(DEEPEST)}`);
  while (reader.position < end) {
    const from = reader.position;
    const tag = reader.tag(end);
    const wire = tag & 7;
    const slot = slots[tag >>> 3];
    if (slot === undefined) {
      reader.skip(wire, end);
      continue;
    }
    const { kind, repeated } = slot;
    if (kind === 'payload') {
      target[slot.name] = appendSegment(
        reader,
        target[slot.name] as readonly Segment[] | undefined,
        wire,
        from,
        end,
      );
    } else if (kind === 'int64' || kind === 'float') {
      const expected = kind === 'int64' ? WIRE.varint : WIRE.fixed32;
      if (wire === expected) {
        const value = kind === 'int64' ? reader.int64(end) : reader.float(end);
        if (repeated) append(target, slot.name, value);
        else target[slot.name] = value;
      } else if (repeated && wire === WIRE.delimited) {
        const stop = reader.delimited(end);
        while (reader.position < stop)
          append(target, slot.name, kind === 'int64' ? reader.int64(stop) : reader.float(stop));
      } else wrongWire(reader, name, slot.name, wire, from);
    } else {
      if (wire !== WIRE.delimited) wrongWire(reader, name, slot.name, wire, from);
      const stop = reader.delimited(end);
      const start = reader.position;
      const same = slot.seen?.find(reader, stop);
      if (same !== undefined) {
        if (repeated) append(target, slot.name, same);
        else target[slot.name] = same;
        reader.position = stop;
      } else if (kind === 'text') {
        const value = reader.text(stop);
        if (repeated) append(target, slot.name, value);
        else target[slot.name] = value;
        slot.seen?.add(reader, start, value);
      } else {
        const of = kind();
        if (slot.later) {
          if (target[slot.name] === EMPTY) target[slot.name] = new StoredMessages(of, reader);
          (target[slot.name] as StoredMessages<object>).add(reader, stop, depth + 1);
          reader.lastLeft = start;
          reader.position = stop;
          continue;
        }
        const before = repeated ? undefined : target[slot.name];
        const inner = (before ?? emptyMessage(of)) as Record<string, unknown>;
        decodeInto(reader, of, inner, stop, depth + 1, kept);
        if (repeated) append(target, slot.name, inner);
        else target[slot.name] = inner;
        slot.seen?.add(reader, start, inner);
      }
    }
  }
  if (!kept) return;
  // Lists that grew have room to grow on.
  for (const list of lists) {
    const values = target[list];
    if (values !== EMPTY) target[list] = (values as unknown[]).slice();
  }
}

/** Adds to a list; most have one or two entries, for which a list that has room to grow would be large. */
function append(target: Record<string, unknown>, name: string, value: unknown): void {
  const list = target[name] as unknown[];
  if (list.length === 0) target[name] = [value];
  else if (list.length === 1) target[name] = [list[0], value];
  else list.push(value);
}

function wrongWire(reader: WireReader, message: string, name: string, wire: number, offset: number): never {
  return reader.fail(`${message}.${name} has wire type ${String(wire)}`, offset);
}

function appendSegment(
  reader: WireReader,
  before: readonly Segment[] = EMPTY,
  wire: number,
  from: number,
  end: number,
): readonly Segment[] {
  reader.lastLeft = from;
  if (wire === WIRE.delimited) {
    const stop = reader.delimited(end);
    const segment = { offset: reader.position, length: stop - reader.position, unpacked: false };
    reader.position = stop;
    return before.length === 0 ? [segment] : [...before, segment];
  }
  reader.skip(wire, end);
  const last = before.at(-1);
  const joins = last?.unpacked === true && last.offset + last.length === from;
  const start = joins ? last.offset : from;
  const segment = { offset: start, length: reader.position - start, unpacked: true };
  return [...(joins ? before.slice(0, -1) : before), segment];
}

/** The message in protobuf's wire format; undefined fields and empty lists are left out. */
export function encode<M extends object>(of: Schema<M>, value: M, writer = new WireWriter()): WireWriter {
  for (const slot of of.slots) {
    if (slot === undefined) continue;
    for (const one of valuesOf(slot, value)) encodeField(writer, slot, one);
  }
  return writer;
}

/** What a message holds of a field; nothing of one that is not set. */
function valuesOf({ name, repeated }: Slot, message: object): Iterable<unknown> {
  const content = (message as Record<string, unknown>)[name];
  if (content === undefined) return EMPTY;
  return repeated ? (content as Iterable<unknown>) : [content];
}

/** Bytes that a message takes, without the length before it. */
export function messageLength<M extends object>(of: Schema<M>, message: M): number {
  let total = 0;
  for (const slot of of.slots) {
    if (slot === undefined) continue;
    for (const one of valuesOf(slot, message)) total += fieldLength(slot, one);
  }
  return total;
}

function fieldLength({ number, kind }: Slot, value: unknown): number {
  const tag = varintLength(number * 8);
  if (kind === 'int64') return tag + varintLength(value as number);
  if (kind === 'float') return tag + 4;
  const length =
    kind === 'text'
      ? utf8Length(value as string)
      : kind === 'payload'
        ? (value as Uint8Array).length
        : messageLength(kind(), value as object);
  return tag + varintLength(length) + length;
}

/** Bytes that an integer takes. */
export function varintLength(value: number): number {
  // Negative numbers have all 64 bits.
  if (value < 0) return 10;
  let length = 1;
  for (let rest = value; rest >= 0x80; rest = Math.floor(rest / 0x80)) length++;
  return length;
}

function utf8Length(text: string): number {
  for (let i = 0; i < text.length; i++) if (text.charCodeAt(i) >= 0x80) return utf8.encode(text).length;
  return text.length;
}

const utf8 = new TextEncoder();

function encodeField(writer: WireWriter, { number, kind }: Slot, value: unknown): void {
  if (kind === 'int64') {
    writer.tag(number, WIRE.varint);
    writer.int64(value as number);
  } else if (kind === 'float') {
    writer.tag(number, WIRE.fixed32);
    writer.float(value as number);
  } else {
    writer.tag(number, WIRE.delimited);
    if (kind === 'text' || kind === 'payload') {
      if (kind === 'payload' && !(value instanceof Uint8Array))
        throw new TypeError('a payload left in its file');
      const bytes = kind === 'text' ? utf8.encode(value as string) : (value as Uint8Array);
      writer.int64(bytes.length);
      writer.bytes(bytes);
    } else {
      writer.int64(messageLength(kind(), value as object));
      encode(kind(), value as object, writer);
    }
  }
}
