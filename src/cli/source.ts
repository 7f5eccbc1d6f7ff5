import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import type { ByteSource } from '../formats/onnx/wire.ts';
import { fileError } from './files.ts';

/** Runs `use` with a file that is read where it is asked for, and never as a whole. */
export function withFile<T>(shown: string, path: string, use: (source: ByteSource) => T): T {
  let file: number;
  try {
    file = openSync(path, 'r');
  } catch (error) {
    throw fileError(shown, error);
  }
  try {
    const status = fstatSync(file);
    if (status.isDirectory())
      throw fileError(shown, Object.assign(new TypeError('directory'), { code: 'EISDIR' }));
    return use({
      size: status.size,
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
  } finally {
    closeSync(file);
  }
}
