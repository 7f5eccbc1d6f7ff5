import type { ByteSource } from '../../formats/byteSource.ts';
import type { BlobLike } from '../../formats/model.ts';
import type { Slot } from '../explore.ts';
import type { SentSlot, Served } from '../messages.ts';

/** A network as a worker reads it. */
export const slotOf = ({ source, ...slot }: SentSlot): Slot => ({
  ...slot,
  ...(source === undefined ? {} : { source: 'url' in source ? served(source) : source }),
});

const sources = new Map<string, ByteSource>();

/** Bytes of a file that is served: a worker may wait for them. The same object for the same file. */
function served({ url, size }: Served): BlobLike | ByteSource {
  const known = sources.get(url);
  if (known !== undefined) return known;
  const source: ByteSource = {
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
  };
  sources.set(url, source);
  return source;
}
