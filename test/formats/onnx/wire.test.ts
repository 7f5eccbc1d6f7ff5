import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ProfileError } from '../../../src/diagnostics.ts';
import { decode, encode, emptyMessage } from '../../../src/formats/onnx/message.ts';
import { ATTRIBUTE, MODEL, NODE, TENSOR } from '../../../src/formats/onnx/proto.ts';
import { bytesSource, type ByteSource } from '../../../src/formats/byteSource.ts';
import { WireReader, WireWriter } from '../../../src/formats/onnx/wire.ts';

const reader = (...bytes: readonly number[]): WireReader =>
  new WireReader(bytesSource(Uint8Array.from(bytes)), 'x.onnx');

/** A varint by the definition in protobuf's encoding guide: groups of 7 bits, the lowest first. */
function varint(value: bigint): number[] {
  let rest = BigInt.asUintN(64, value);
  const bytes: number[] = [];
  do {
    const group = Number(rest & 0x7fn);
    rest >>= 7n;
    bytes.push(rest > 0n ? group | 0x80 : group);
  } while (rest > 0n);
  return bytes;
}

const refusal = (act: () => unknown): string => {
  try {
    act();
  } catch (error) {
    if (error instanceof ProfileError) return error.message;
    throw error;
  }
  return 'nothing refused';
};

describe('varints', () => {
  it('reads the examples of the encoding guide', () => {
    expect(reader(0x96, 0x01).int64(2)).toBe(150);
    expect(reader(0xfe, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01).int64(10)).toBe(-2);
  });

  it('agrees with the definition, both ways, for every safe integer', () => {
    fc.assert(
      fc.property(fc.maxSafeInteger(), (value) => {
        const bytes = varint(BigInt(value));
        expect(reader(...bytes).int64(bytes.length)).toBe(value);
        const writer = new WireWriter();
        writer.int64(value);
        expect([...writer.finish()]).toEqual(bytes);
      }),
    );
  });

  it('keeps the size of integers past 2^53', () => {
    const largest = varint(0x7fff_ffff_ffff_ffffn);
    expect(reader(...largest).int64(largest.length)).toBe(2 ** 63);
    expect(reader(...varint(-1n)).uint64(10)).toBe(2 ** 64);
  });

  it('refuses more than 64 bits', () => {
    const eleven = [...Array<number>(10).fill(0x80), 0x01];
    expect(refusal(() => reader(...eleven).int64(11))).toMatch(/more than 64 bits \(byte 0\).*CSP301/);
    expect(refusal(() => reader(...Array<number>(9).fill(0xff), 0x02).int64(10))).toContain(
      'more than 64 bits',
    );
  });

  it('refuses to write what it cannot state', () => {
    expect(() => {
      new WireWriter().int64(2 ** 53);
    }).toThrow(RangeError);
  });
});

describe('messages', () => {
  it('reads the length-delimited example of the encoding guide', () => {
    // Field 2 of a ModelProto is a string, as in the guide's "testing".
    const model = decode(reader(0x12, 0x07, 0x74, 0x65, 0x73, 0x74, 0x69, 0x6e, 0x67), MODEL, 9);
    expect(model.producerName).toBe('testing');
  });

  it('reads packed and unpacked lists alike', () => {
    const packed = decode(reader(0x0a, 0x03, 0x03, 0x8e, 0x02), TENSOR, 5);
    const unpacked = decode(reader(0x08, 0x03, 0x08, 0x8e, 0x02), TENSOR, 5);
    expect(packed.dims).toEqual([3, 270]);
    expect(unpacked.dims).toEqual([3, 270]);
  });

  it('steps over fields that it does not know', () => {
    // Field 77 of each wire type, then the name.
    const bytes = [
      0xe8, 0x04, 0x05, 0xe9, 0x04, 1, 2, 3, 4, 5, 6, 7, 8, 0xea, 0x04, 0x01, 0x00, 0xed, 0x04, 1, 2, 3, 4,
      0x1a, 0x01, 0x6e,
    ];
    expect(decode(reader(...bytes), NODE, bytes.length).name).toBe('n');
  });

  it('merges a message that comes in two pieces, as protobuf does', () => {
    const piece = [0x3a, 0x03, 0x12, 0x01, 0x67]; // ModelProto.graph { name: "g" }
    const model = decode(reader(...piece, 0x3a, 0x02, 0x5a, 0x00), MODEL, 9);
    expect(model.graph?.name).toBe('g');
    expect(model.graph?.input).toHaveLength(1);
  });

  it.each([
    ['a varint where a message should be', [0x38, 0x01], /ModelProto\.graph has wire type 0 \(byte 0\)/],
    ['a message where a varint should be', [0x0a, 0x00], /ModelProto\.irVersion has wire type 2/],
    ['a group', [0x3b, 0x3c], /wire type 3 does not exist/],
    ['field number 0', [0x02, 0x00], /no field has this number/],
    [
      'a length past the end',
      [0x3a, 0x7f, 0x00],
      /a length of 127 bytes goes past the end of the file \(byte 1\)/,
    ],
    [
      'a length past the end of the message around it',
      [0x3a, 0x02, 0x12, 0x05, 0, 0, 0, 0, 0],
      /past the end of its message/,
    ],
    ['a length past 2^53', [0x3a, ...varint(2n ** 62n)], /goes past the end/],
    ['an end in the middle of a tag', [0x3a, 0x01, 0xff], /in the middle of a value/],
    ['an end in the middle of a fixed value', [0x3d, 0x01], /ModelProto\.graph has wire type 5/],
  ])('refuses %s', (_, bytes, message) => {
    expect(refusal(() => decode(reader(...bytes), MODEL, bytes.length))).toMatch(message);
  });

  it('refuses messages that are nested without end', () => {
    // A TypeProto whose sequence_type holds an elem_type that is a sequence, and so on.
    let type = Uint8Array.of();
    for (let i = 0; i < 5000; i++)
      type = Uint8Array.from([i % 2 === 0 ? 0x0a : 0x22, ...varint(BigInt(type.length)), ...type]);
    const value = [0x12, ...varint(BigInt(type.length)), ...type];
    const port = [0x5a, ...varint(BigInt(value.length)), ...value];
    const model = [0x3a, ...varint(BigInt(port.length)), ...port];
    expect(refusal(() => decode(reader(...model), MODEL, model.length))).toContain('nested deeper than 100');
  });

  it('round-trips what it writes', () => {
    const small = fc.string({ maxLength: 12 });
    const attribute = fc.record({
      name: small,
      i: fc.option(fc.maxSafeInteger(), { nil: undefined }),
      f: fc.option(fc.float({ noNaN: true }), { nil: undefined }),
      s: fc.option(fc.string({ unit: 'grapheme', maxLength: 300 }), { nil: undefined }),
      ints: fc.array(fc.maxSafeInteger(), { maxLength: 20 }),
      floats: fc.array(fc.float({ noNaN: true }), { maxLength: 20 }),
      strings: fc.array(small, { maxLength: 5 }),
    });
    fc.assert(
      fc.property(
        fc.array(attribute, { maxLength: 8 }),
        fc.array(small),
        small,
        (attributes, input, name) => {
          const node = Object.assign(emptyMessage(NODE), {
            input,
            name,
            attribute: attributes.map((fields) => Object.assign(emptyMessage(ATTRIBUTE), fields)),
          });
          const bytes = encode(NODE, node).finish();
          const back = decode(new WireReader(bytesSource(bytes), 'x'), NODE, bytes.length);
          expect([...back.input]).toEqual(input);
          expect(back.name).toBe(name);
          expect(back.attribute.map((one) => ({ ...one }))).toEqual(
            attributes.map((fields) =>
              Object.fromEntries(
                Object.entries(fields).filter(
                  ([, v]) => v !== undefined && !(Array.isArray(v) && v.length === 0),
                ),
              ),
            ),
          );
        },
      ),
    );
  });
});

describe('positioned reads', () => {
  /** A file of any size that exists only where it is read: zeros, but for some bytes at an offset. */
  function sparse(
    size: number,
    offset: number,
    bytes: readonly number[],
  ): ByteSource & { readonly reads: [number, number][] } {
    const reads: [number, number][] = [];
    return {
      size,
      reads,
      read(from, length) {
        reads.push([from, length]);
        return Uint8Array.from({ length }, (_, i) => bytes[from + i - offset] ?? 0);
      },
    };
  }

  it('leaves payloads where they are, past 4 GiB too', () => {
    const payload = 5 * 2 ** 30;
    // TensorProto { raw_data: 5 GiB, name: "w" }
    const head = [0x4a, ...varint(BigInt(payload))];
    const size = head.length + payload + 3;
    const source: ByteSource & { reads: number[] } = {
      size,
      reads: [],
      read(from, length) {
        this.reads.push(length);
        return Uint8Array.from({ length }, (_, i) => {
          const at = from + i;
          return head[at] ?? [0x42, 0x01, 0x77][at - head.length - payload] ?? 0;
        });
      },
    };
    const tensor = decode(new WireReader(source, 'big.onnx'), TENSOR, size);
    expect(tensor.name).toBe('w');
    expect(tensor.rawData).toEqual([{ offset: head.length, length: payload, unpacked: false }]);
    expect(source.reads.reduce((a, b) => a + b, 0)).toBeLessThan(20_000);
  });

  it('says where it is in a large file', () => {
    const source = sparse(2 ** 33, 0, [0x4a, ...varint(2n ** 33n - 8n), 0]);
    expect(refusal(() => decode(new WireReader(source, 'big.onnx'), TENSOR, 2 ** 33))).toContain(
      '(byte 8589934590)',
    );
  });

  it('refuses a file that is shorter than its size', () => {
    const source: ByteSource = {
      size: 100,
      read: (offset, length) => new Uint8Array(Math.min(length, Math.max(0, 10 - offset))).fill(8),
    };
    expect(refusal(() => decode(new WireReader(source, 'x'), MODEL, 100))).toContain('shorter than its size');
  });
});
