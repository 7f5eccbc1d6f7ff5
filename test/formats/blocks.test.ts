import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { buildNetwork } from '../../architectures/zoo.ts';
import { inBlocks } from '../../src/formats/blocks.ts';
import { bytesSource, type ByteRange } from '../../src/formats/byteSource.ts';
import { readModel, writeModel } from '../../src/formats/model.ts';

/** More than two reads, each byte unlike its neighbours. */
const bytes = Uint8Array.from({ length: 150_000 }, (_, i) => (i * 31) ^ (i >> 8));

/** A source in blocks, what was read for it, and the streams that were opened for it. */
function counting(content: Uint8Array<ArrayBuffer> = bytes, streamed: Uint8Array<ArrayBuffer> = content) {
  const plain = bytesSource(content);
  const reads: ByteRange[] = [];
  const streams: number[] = [];
  const source = inBlocks(
    {
      size: plain.size,
      read(offset, length) {
        reads.push([offset, length]);
        return plain.read(offset, length);
      },
    },
    (offset) => {
      streams.push(offset);
      return new Blob([streamed.subarray(offset)]).stream();
    },
  );
  const ahead = async (...places: readonly ByteRange[]): Promise<void> => source.ahead?.(places);
  return { reads, streams, source, ahead };
}

const sameBytes = (read: Uint8Array, offset: number, content = bytes): boolean =>
  Buffer.compare(read, content.subarray(offset, offset + read.length)) === 0;

describe('a source in blocks', () => {
  it('has the same bytes everywhere', () => {
    const { source } = counting();
    const range = fc
      .tuple(fc.nat(bytes.length), fc.nat(bytes.length))
      .map(([a, b]) => [Math.min(a, b), Math.abs(a - b)] as const);
    const edge = fc.tuple(fc.constantFrom(4090, 65_530, 131_066), fc.nat(12));
    fc.assert(
      fc.property(fc.oneof(range, edge), fc.nat(), ([offset, length], less) => {
        const least = Math.max(0, length - less);
        expect(source.read(offset, length)).toHaveLength(length);
        const read = source.read(offset, length, undefined, least);
        expect(read.length).toBeGreaterThanOrEqual(least);
        expect(read.length).toBeLessThanOrEqual(length);
        expect(sameBytes(source.read(offset, length), offset) && sameBytes(read, offset)).toBe(true);
      }),
    );
  });

  it('reads a part once, and what is larger as it is asked for', () => {
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

  it('gives less than what would have to be read first, if that is enough', () => {
    const { source, reads } = counting();
    expect(source.read(65_000, 4096, undefined, 100)).toHaveLength(536);
    expect(reads).toHaveLength(1);
  });
});

describe('a source that is read ahead', () => {
  it('has what was asked for, wherever the stream breaks off its pieces', async () => {
    const large = Uint8Array.from({ length: 400_000 }, (_, i) => (i * 31) ^ (i >> 8));
    const place = fc.tuple(fc.nat(large.length - 1), fc.integer({ min: 1, max: 70_000 }));
    await fc.assert(
      fc.asyncProperty(fc.array(place, { maxLength: 8 }), async (places) => {
        const { source, ahead, reads } = counting(large);
        await ahead(...places.toSorted(([a], [b]) => a - b));
        for (const [offset, most] of places) {
          const length = Math.min(most, large.length - offset, 65_536);
          expect(sameBytes(source.read(offset, length), offset, large)).toBe(true);
        }
        expect(reads).toEqual([]);
      }),
      { numRuns: 20 },
    );
  });

  it('reads on where the next place is near, and elsewhere where it is far', async () => {
    const { ahead, streams } = counting(new Uint8Array(6_000_000));
    await ahead([0, 10], [1_500_000, 10], [1_500_020, 10], [5_000_000, 10]);
    expect(streams).toEqual([0, 4_997_120]);
    await ahead([0, 10], [1_500_000, 10]);
    expect(streams).toHaveLength(2);
  });

  it('asks for the next place when the one before it can be read', async () => {
    const { source, reads } = counting();
    function* places(): Generator<ByteRange> {
      yield [100_000, 1];
      yield [100_000 + (source.read(100_000, 1)[0] as number), 1];
    }
    await source.ahead?.(places());
    expect(reads).toEqual([]);
  });

  it('says that a file became shorter', async () => {
    const { ahead } = counting(bytes, bytes.subarray(0, 1000));
    await expect(ahead([0, 5000])).rejects.toThrow('the file is shorter than its size');
  });

  it('reads nothing more of an ONNX file, and says of a damaged one what is said of one in memory', async () => {
    const network = buildNetwork('peleenet', { input: 64 });
    const { content } = await writeModel(network, 'onnx', { weights: 'zero' });
    const file = new Uint8Array(
      await new Blob([...(content as readonly Uint8Array<ArrayBuffer>[])]).arrayBuffer(),
    );
    const { source, reads } = counting(file);
    const { graph } = await readModel(source, { file: 'a.onnx' });
    expect(graph.nodes).toHaveLength(network.nodes.length);
    // The beginning, by which its format is known.
    expect(reads).toEqual([[0, 65_536]]);

    const half = file.subarray(0, file.length / 2);
    const said = await readModel(half, { file: 'a.onnx' }).catch((error: unknown) => error);
    expect(String(said)).toContain('not a well-formed ONNX file');
    await expect(readModel(counting(half).source, { file: 'a.onnx' })).rejects.toEqual(said);
  });
});
