import { NUMBERS, WORDS, type Choices } from './choices.ts';

/** A field of a message: a number, bytes of a fixed length, bytes, or what reads as a message itself. */
interface Field {
  number: number;
  wire: 0 | 1 | 2 | 5;
  content: bigint | Uint8Array | Field[];
}

/** Bytes that are no message for certain, and need no reading. */
const LARGE = 1 << 14;
const DEEPEST = 12;

/** Changes fields of a message and of those in it; the lengths around them stay right. */
export function mutateProtobuf(bytes: Uint8Array, choices: Choices, other: Uint8Array): Uint8Array {
  const message = parse(bytes, 0);
  if (message === undefined || choices.chance(0.1)) return mutateBytes(bytes, choices);
  const donors = listsOf(parse(other, 0) ?? []).flat();
  for (let left = 1 + choices.below(4); left > 0; left--) {
    const lists = listsOf(message);
    const list = choices.of(lists);
    change(list, choices, choices.chance(0.5) || donors.length === 0 ? lists.flat() : donors);
  }
  const result = encode(message);
  return choices.chance(0.03) ? mutateBytes(result, choices) : result;
}

const listsOf = (message: Field[], lists: Field[][] = []): Field[][] => {
  if (message.length > 0) lists.push(message);
  for (const { content } of message) if (Array.isArray(content)) listsOf(content, lists);
  return lists.length === 0 ? [message] : lists;
};

const copy = ({ number, wire, content }: Field): Field => ({
  number,
  wire,
  content: Array.isArray(content) ? content.map(copy) : content,
});

function change(list: Field[], choices: Choices, others: readonly Field[]): void {
  if (list.length === 0) return;
  const i = choices.below(list.length);
  const field = list[i] as Field;
  switch (choices.below(9)) {
    case 0:
      list.splice(i, 1);
      break;
    case 1:
      list.splice(i, 0, copy(field));
      break;
    case 2:
      list[i] = { ...copy(choices.of(others)), number: field.number };
      break;
    case 3: {
      const alike = others.filter(({ number, wire }) => number === field.number && wire === field.wire);
      if (alike.length > 0) list[i] = copy(choices.of(alike));
      break;
    }
    case 4:
      list.splice(i, 0, copy(choices.of(others)));
      break;
    case 5:
      field.number = Math.max(1, field.number + choices.of([1, -1, 2, 10]));
      break;
    case 6: {
      const j = choices.below(list.length);
      [list[i], list[j]] = [list[j] as Field, field];
      break;
    }
    default:
      field.content = otherContent(field, choices);
  }
}

function otherContent({ wire, content }: Field, choices: Choices): Field['content'] {
  if (typeof content === 'bigint') {
    const whole = choices.of(
      NUMBERS.filter((number) => Number.isInteger(number) && Math.abs(number) < 2 ** 60),
    );
    return BigInt.asUintN(64, choices.chance(0.5) ? content + BigInt(choices.below(5) - 2) : BigInt(whole));
  }
  if (wire !== 2) return crumbled(content as Uint8Array, choices);
  if (choices.chance(0.5)) return new TextEncoder().encode(choices.of(WORDS));
  const bytes = Array.isArray(content) ? encode(content) : content;
  return choices.chance(0.3) ? bytes.slice(0, choices.below(bytes.length + 1)) : crumbled(bytes, choices);
}

function crumbled(bytes: Uint8Array, choices: Choices): Uint8Array {
  const result = bytes.slice();
  if (result.length > 0) result[choices.below(result.length)] = choices.below(256);
  return result;
}

/** Changes single bytes, words of four, and pieces, whatever they mean. */
export function mutateBytes(bytes: Uint8Array, choices: Choices): Uint8Array {
  let result = bytes.slice();
  for (let left = 1 + choices.below(5); left > 0 && result.length > 16; left--) {
    const view = new DataView(result.buffer);
    const at = choices.below(result.length);
    const word = choices.below((result.length >>> 2) - 1) << 2;
    switch (choices.below(6)) {
      case 0:
        result[at] = choices.below(256);
        break;
      case 1:
        result[at] = (result[at] as number) ^ (1 << choices.below(8));
        break;
      case 2:
        view.setInt32(word, choices.of([0, 1, -1, 2 ** 31 - 1, -(2 ** 31), 4, 65536, result.length]), true);
        break;
      case 3:
        view.setInt32(word, view.getInt32(word, true) + choices.of([1, -1, 4, -4, 8, 100]), true);
        break;
      case 4:
        view.setInt32(word, view.getInt32(choices.below((result.length >>> 2) - 1) << 2, true), true);
        break;
      default:
        if (choices.chance(0.3)) result = result.slice(0, choices.below(result.length));
        else result.copyWithin(at, choices.below(result.length), choices.below(result.length));
    }
  }
  return result;
}

function parse(bytes: Uint8Array, depth: number): Field[] | undefined {
  const fields: Field[] = [];
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  let at = 0;
  const varint = (): bigint | undefined => {
    let value = 0n;
    for (let shift = 0n; shift < 70n && at < bytes.length; shift += 7n) {
      const byte = view.getUint8(at++);
      value |= BigInt(byte & 127) << shift;
      if (byte < 128) return BigInt.asUintN(64, value);
    }
    return undefined;
  };
  while (at < bytes.length) {
    const tag = varint();
    if (tag === undefined || tag < 8n || tag > 8000n) return undefined;
    const [number, wire] = [Number(tag >> 3n), Number(tag & 7n)];
    if (wire === 0) {
      const content = varint();
      if (content === undefined) return undefined;
      fields.push({ number, wire, content });
    } else if (wire === 1 || wire === 2 || wire === 5) {
      const length = wire === 1 ? 8n : wire === 5 ? 4n : varint();
      if (length === undefined || BigInt(at) + length > BigInt(bytes.length)) return undefined;
      const content = bytes.subarray(at, (at += Number(length)));
      const message =
        wire === 2 && depth < DEEPEST && length > 1n && length < LARGE
          ? parse(content, depth + 1)
          : undefined;
      fields.push({ number, wire, content: message ?? content });
    } else return undefined;
  }
  return fields;
}

function encode(fields: readonly Field[]): Uint8Array {
  const pieces: Uint8Array[] = [];
  for (const { number, wire, content } of fields) {
    pieces.push(varintBytes(BigInt(number * 8 + wire)));
    if (typeof content === 'bigint') {
      pieces.push(varintBytes(content));
      continue;
    }
    const bytes = Array.isArray(content) ? encode(content) : content;
    if (wire === 2) pieces.push(varintBytes(BigInt(bytes.length)));
    pieces.push(bytes);
  }
  return new Uint8Array(Buffer.concat(pieces));
}

function varintBytes(value: bigint): Uint8Array {
  const bytes: number[] = [];
  for (let rest = value; ; rest >>= 7n) {
    if (rest < 128n) return new Uint8Array([...bytes, Number(rest)]);
    bytes.push(Number(rest & 127n) | 128);
  }
}
