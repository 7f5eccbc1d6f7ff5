import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bytesSource, inBlocks } from '../../src/formats/byteSource.ts';

/** More than two blocks, each byte unlike its neighbours. */
const bytes = Uint8Array.from({ length: 150_000 }, (_, i) => (i * 31) ^ (i >> 8));

function counting() {
  const plain = bytesSource(bytes);
  const reads: (readonly [offset: number, length: number])[] = [];
  const source = {
    size: plain.size,
    read(offset: number, length: number) {
      reads.push([offset, length]);
      return plain.read(offset, length);
    },
  };
  return { reads, source: inBlocks(source) };
}

describe('a source in blocks', () => {
  it('has the same bytes everywhere', () => {
    const { source } = counting();
    const range = fc
      .tuple(fc.nat(bytes.length), fc.nat(bytes.length))
      .map(([a, b]) => [Math.min(a, b), Math.abs(a - b)] as const);
    const edge = fc.tuple(fc.constantFrom(65_530, 131_066), fc.nat(12));
    fc.assert(
      fc.property(fc.oneof(range, edge), ([offset, length]) => {
        expect(Buffer.compare(source.read(offset, length), bytes.subarray(offset, offset + length))).toBe(0);
      }),
    );
  });

  it('reads a block once, and what is larger than a block as it is asked for', () => {
    const { source, reads } = counting();
    for (let offset = 0; offset < bytes.length - 4096; offset += 4096) source.read(offset, 4096);
    source.read(65_000, 2000);
    expect(reads).toEqual([
      [0, 65_536],
      [65_536, 65_536],
      [131_072, bytes.length - 131_072],
    ]);
    source.read(10, 100_000);
    expect(reads.at(-1)).toEqual([10, 100_000]);
  });
});
