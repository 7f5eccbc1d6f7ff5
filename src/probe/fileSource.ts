import { closeSync, fstatSync, openSync, readFileSync, readSync } from 'node:fs';
import { bytesSource, type ByteSource } from '../formats/byteSource.ts';

/**
 * A file that is read where it is asked for, and never as a whole; close it. What has no places to read at, such as
 * a pipe, is read at once.
 *
 * @throws a system error, EISDIR for a folder
 */
export function openFile(path: string): ByteSource & { readonly close: () => void } {
  const file = openSync(path, 'r');
  const close = (): void => {
    closeSync(file);
  };
  try {
    const status = fstatSync(file);
    return status.isFile()
      ? { ...positioned(file, status.size), close }
      : { ...bytesSource(readFileSync(file)), close };
  } catch (error) {
    close();
    throw error;
  }
}

const positioned = (file: number, size: number): ByteSource => ({
  size,
  read(offset, length) {
    const bytes = new Uint8Array(length);
    let filled = 0;
    while (filled < length) {
      const count = readSync(file, bytes, filled, length - filled, offset + filled);
      if (count === 0) break;
      filled += count;
    }
    return bytes.subarray(0, filled);
  },
});
