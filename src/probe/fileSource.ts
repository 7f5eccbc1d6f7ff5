import {
  closeSync,
  constants,
  fstatSync,
  mkdtempSync,
  openSync,
  readSync,
  rmSync,
  statSync,
  writeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ProfileError, problem } from '../diagnostics.ts';
import { bytesSource, type ByteSource } from '../formats/byteSource.ts';

/** A source of bytes that has something open. */
export interface OpenSource extends ByteSource {
  readonly close: () => void;
}

/** How what has no end of its own is read: a pipe, a device. */
export interface StreamOptions {
  /** name in messages */
  readonly shown: string;
  /** as many bytes as something that begins so may have; absent: any number */
  readonly most?: (head: Uint8Array) => number;
  /** how long a named pipe may have nobody who writes to it; absent: 10 seconds */
  readonly patienceSeconds?: number;
}

/** What is read of a stream before it is kept in a file. */
const IN_MEMORY_BYTES = 1 << 26;
const PATIENCE_SECONDS = 10;
const PAUSE_MILLISECONDS = 5;
const CHUNK_BYTES = 1 << 20;

/**
 * A file that is read where it is asked for, and never as a whole; close it. What has no places to read at, such as
 * a pipe, is read to its end at once, and kept in a temporary file where it is large.
 *
 * @throws a system error; ProfileError CSP802 for a folder, a socket, a block device and a named pipe that nobody
 *   writes to, CSP308 for a stream that is too long
 */
export function openFile(path: string, options: StreamOptions = { shown: path }): OpenSource {
  const kind = statSync(path);
  // To open a disk may wake it, and says nothing that is not known.
  if (kind.isBlockDevice()) throw unreadable(options, 'this is a disk, not a file', 'name a file on it');
  if (kind.isDirectory()) throw unreadable(options, 'this is a directory', 'name the file in it');
  if (kind.isSocket()) throw unreadable(options, 'this is a socket', 'name a file');
  // A named pipe that nobody writes to would not be opened before somebody does.
  const file = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  const close = (): void => {
    closeSync(file);
  };
  try {
    const status = fstatSync(file);
    if (status.isFile()) return { ...positioned(file, status.size, options), close };
    const isNamedPipe = status.isFIFO() && !DESCRIPTOR.test(path);
    const source = readStream(file, { ...options, waitsForWriter: isNamedPipe });
    close();
    return source;
  } catch (error) {
    closeQuietly(file);
    throw error;
  }
}

/** A pipe that is open already, as of `<(command)`: whoever writes to it has it open too. */
const DESCRIPTOR = /^\/(?:dev\/(?:stdin$|fd\/)|proc\/)/;

/** Everything that comes from a descriptor that is open already. */
export const openDescriptor = (file: number, options: StreamOptions): OpenSource =>
  readStream(file, { ...options, waitsForWriter: false });

function closeQuietly(file: number): void {
  try {
    closeSync(file);
  } catch {
    // It was closed before.
  }
}

const unreadable = ({ shown }: StreamOptions, what: string, fix: string): ProfileError =>
  new ProfileError(problem('CSP802', what, fix, { format: 'cli', argument: shown }));

/** Reads to the end, in memory up to a bound and in a temporary file from there on. */
function readStream(file: number, options: StreamOptions & { readonly waitsForWriter: boolean }): OpenSource {
  const { shown, waitsForWriter, patienceSeconds = PATIENCE_SECONDS } = options;
  const kept = new Kept(options);
  let most = Number.POSITIVE_INFINITY;
  const patienceEnds = performance.now() + 1000 * patienceSeconds;
  let waits = waitsForWriter;
  try {
    for (;;) {
      const chunk = nextChunk(file);
      if (chunk === 'later' || (chunk === 'end' && waits && performance.now() < patienceEnds)) {
        // Somebody has the pipe open, and has not written yet.
        if (chunk === 'later') waits = false;
        Atomics.wait(CLOCK, 0, 0, PAUSE_MILLISECONDS);
        continue;
      }
      if (chunk === 'end' && waits) {
        throw unreadable(
          options,
          `this is a pipe that nobody wrote to for ${String(patienceSeconds)} seconds`,
          'start what writes to it first, or name a file',
        );
      }
      if (chunk === 'end') return kept.source();
      if (kept.size === 0) most = options.most?.(chunk) ?? most;
      waits = false;
      kept.add(chunk);
      if (kept.size > most) {
        throw new ProfileError(
          problem(
            'CSP308',
            `more than ${String(most)} bytes came, and no end`,
            'check that this is what you meant: what begins so is smaller',
            { format: 'cli', argument: shown },
          ),
        );
      }
    }
  } catch (error) {
    kept.close();
    throw error;
  }
}

const CLOCK = new Int32Array(new SharedArrayBuffer(4));

/** What is there; `later` where somebody may write yet. */
function nextChunk(file: number): Uint8Array | 'later' | 'end' {
  const buffer = new Uint8Array(CHUNK_BYTES);
  try {
    const count = readSync(file, buffer, 0, buffer.length, null);
    return count === 0 ? 'end' : buffer.subarray(0, count);
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    if (code === 'EAGAIN') return 'later';
    // What Windows says at the end of a pipe.
    if (code === 'EOF') return 'end';
    throw error;
  }
}

/** Writes all of it, which the system may do in parts; a reader that has seen enough of a pipe is no error. */
export function writeWhole(file: number, piece: Uint8Array): void {
  for (let done = 0; done < piece.length;) {
    try {
      done += writeSync(file, piece, done);
    } catch (error) {
      const code = error instanceof Error && 'code' in error ? error.code : undefined;
      if (code === 'EPIPE') return;
      if (code !== 'EAGAIN') throw error;
      // What is written next must come behind what was written before.
      Atomics.wait(CLOCK, 0, 0, PAUSE_MILLISECONDS);
    }
  }
}

/** Bytes one behind the other, in memory or in a temporary file that has no name. */
class Kept {
  size = 0;
  readonly #options: StreamOptions;
  #chunks: Uint8Array[] = [];
  #file: { readonly descriptor: number; readonly folder: string } | undefined;

  constructor(options: StreamOptions) {
    this.#options = options;
  }

  add(chunk: Uint8Array): void {
    // Short chunks, as of a pipe, do not keep the whole of their buffers.
    this.#chunks.push(chunk.length < chunk.buffer.byteLength / 2 ? chunk.slice() : chunk);
    this.size += chunk.length;
    if (this.size > IN_MEMORY_BYTES) this.#store();
  }

  #store(): void {
    this.#file ??= temporaryFile();
    const chunks = this.#chunks;
    this.#chunks = [];
    for (const chunk of chunks) writeWhole(this.#file.descriptor, chunk);
  }

  source(): OpenSource {
    const close = (): void => {
      this.close();
    };
    if (this.#file !== undefined)
      return { ...positioned(this.#file.descriptor, this.size, this.#options), close };
    const bytes = new Uint8Array(this.size);
    let at = 0;
    for (const chunk of this.#chunks) {
      bytes.set(chunk, at);
      at += chunk.length;
    }
    this.#chunks = [];
    return { ...bytesSource(bytes), close };
  }

  close(): void {
    this.#chunks = [];
    if (this.#file === undefined) return;
    closeQuietly(this.#file.descriptor);
    rmSync(this.#file.folder, { recursive: true, force: true });
    this.#file = undefined;
  }
}

function temporaryFile(): { readonly descriptor: number; readonly folder: string } {
  const folder = mkdtempSync(join(tmpdir(), 'csp-profile-'));
  const name = join(folder, 'input');
  const descriptor = openSync(name, 'wx+');
  try {
    // Gone with the process, however that ends.
    rmSync(name);
  } catch {
    // Windows keeps what is open; it is removed when it is closed.
  }
  return { descriptor, folder };
}

const positioned = (file: number, size: number, options: StreamOptions): ByteSource => ({
  size,
  read(offset, length, room) {
    const bytes =
      room === undefined || room.length < length ? new Uint8Array(length) : room.subarray(0, length);
    let filled = 0;
    while (filled < length) {
      const count = readSync(file, bytes, filled, length - filled, offset + filled);
      if (count === 0)
        throw unreadable(options, 'the file became shorter while it was read', 'wait until it is written');
      filled += count;
    }
    return bytes;
  },
});
