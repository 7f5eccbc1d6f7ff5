import { inBlocks } from '../../formats/blocks.ts';
import type { ByteSource } from '../../formats/byteSource.ts';
import { workerSource } from '../../formats/model.ts';
import type { Slot } from '../explore.ts';
import type { Given, SentSlot, Served } from '../messages.ts';

/** A network as a worker reads it. */
export const slotOf = ({ source, ...slot }: SentSlot): Slot => ({
  ...slot,
  ...(source === undefined ? {} : { source: sourceOf(source) }),
});

/** All networks that there are; files of others are let go of. */
export function slotsOf(slots: readonly SentSlot[]): readonly Slot[] {
  const kept = new Set(slots.map(({ source }) => source && keyOf(source)));
  for (const key of sources.keys()) if (!kept.has(key)) sources.delete(key);
  return slots.map(slotOf);
}

/** By what a worker knows a file again. */
const sources = new Map<string | number, ByteSource>();

const keyOf = (source: Given | Served): string | number => ('url' in source ? source.url : source.number);

function sourceOf(source: Given | Served): ByteSource {
  const key = keyOf(source);
  const known = sources.get(key);
  if (known !== undefined) return known;
  const opened = 'url' in source ? served(source) : workerSource(source.file);
  if (opened === undefined) throw new TypeError('files are read in a worker');
  sources.set(key, opened);
  return opened;
}

/** Bytes of a file that is served: a worker may wait for them. */
const served = ({ url, size }: Served): ByteSource =>
  inBlocks({
    size,
    read(offset, length) {
      if (length === 0) return new Uint8Array(0);
      const request = new XMLHttpRequest();
      request.open('GET', url, false);
      request.responseType = 'arraybuffer';
      request.setRequestHeader('Range', `bytes=${String(offset)}-${String(offset + length - 1)}`);
      request.send();
      const bytes = request.response as ArrayBuffer | null;
      if (request.status !== 206 || bytes?.byteLength !== length)
        throw new TypeError(
          `the server of the file answered ${String(request.status)}: is it still running?`,
        );
      return new Uint8Array(bytes);
    },
  });
