import {
  closeSync,
  constants,
  fchmodSync,
  fchownSync,
  fstatSync,
  fsyncSync,
  ftruncateSync,
  lstatSync,
  openSync,
  readlinkSync,
  readSync,
  renameSync,
  rmSync,
  statSync,
  type Stats,
} from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { writeWhole } from '../probe/fileSource.ts';
import { STDOUT, unwritable, writing } from './files.ts';

/** A file to write, and what it holds in pieces, which are made while they are asked for. */
export interface NewFile {
  /** as the user named it */
  readonly target: string;
  readonly pieces: Iterable<Uint8Array>;
}

/**
 * Writes files, all or none of them: what stands at a name is replaced in one step when everything is on the disk.
 *
 * Through a link its target is written, which keeps its permissions and, where that is allowed, its owner. A file
 * with several names (hard links) and one that is mounted by itself are written in place, when all is ready beside
 * them. Devices and pipes are written to as they are; `-` is standard output.
 *
 * @throws ProfileError CSP802 where that fails: nothing is changed then
 */
export function writeFiles(files: readonly NewFile[], cwd: string): void {
  const staged: Staged[] = [];
  try {
    for (const { target, pieces } of files) {
      staged.push(writing(target, () => stage(target, cwd)));
      const { file } = staged.at(-1) as Staged;
      for (const piece of pieces)
        writing(target, () => {
          writeWhole(file, piece);
        });
    }
    for (const [i, each] of staged.entries()) writing(files[i]?.target ?? '', each.commit);
  } finally {
    for (const { discard } of staged) discard();
  }
}

/**
 * The file that a name leads to through links, there or not; undefined where a device, a pipe or an open descriptor
 * takes what is written.
 *
 * @throws ProfileError CSP802 for a folder or a socket
 */
export function regularFile(target: string, cwd: string): string | undefined {
  const place = placeOf(target, resolve(cwd, target));
  if (typeof place === 'number') return undefined;
  const before = statSync(place, { throwIfNoEntry: false });
  if (before?.isDirectory() === true || /[/\\]$/.test(target)) throw unwritable(target, 'EISDIR');
  if (before?.isSocket() === true) throw unwritable(target, 'ENXIO');
  return before === undefined || before.isFile() ? place : undefined;
}

/** What is written before it is at its place. */
interface Staged {
  readonly file: number;
  readonly commit: () => void;
  /** Closes it, and removes what has not got to its place. */
  readonly discard: () => void;
}

function stage(target: string, cwd: string): Staged {
  const regular = regularFile(target, cwd);
  if (regular !== undefined) return stageBeside(regular, statSync(regular, { throwIfNoEntry: false }));
  const place = placeOf(target, resolve(cwd, target));
  if (typeof place === 'number') return { file: place, commit: nothing, discard: nothing };
  const file = openSync(place, constants.O_WRONLY);
  return {
    file,
    commit: nothing,
    discard: () => {
      closeSync(file);
    },
  };
}

const nothing = (): void => undefined;

/** Names of descriptors that are open already: a second opening would write over what is there. */
const DESCRIPTOR = /^\/(?:dev\/fd|proc\/self\/fd|proc\/[0-9]+\/fd)\/([0-9]+)$/;
const MOST_LINKS = 40;

/** What a name leads to, through links that may lead to nothing yet; a descriptor that is open already. */
function placeOf(target: string, named: string): string | number {
  if (target === STDOUT) return 1;
  let path = named;
  for (let links = 0; links < MOST_LINKS; links++) {
    const [, descriptor] = DESCRIPTOR.exec(path) ?? [];
    if (descriptor !== undefined && isOpen(Number(descriptor))) return Number(descriptor);
    if (lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink() !== true) return path;
    path = resolve(dirname(path), readlinkSync(path));
  }
  throw unwritable(target, 'ELOOP');
}

function isOpen(descriptor: number): boolean {
  try {
    fstatSync(descriptor);
    return true;
  } catch {
    return false;
  }
}

/** A new file beside the place, with the permissions and the owner of what stands there. */
function stageBeside(place: string, before: Stats | undefined): Staged {
  const partial = join(
    dirname(place),
    `.csp-profile-${String(process.pid)}-${process.hrtime.bigint().toString(36)}.partial`,
  );
  const file = openSync(partial, 'wx+');
  let isPlaced = false;
  try {
    if (before !== undefined) likeBefore(file, before);
  } catch (error) {
    rmSync(partial, { force: true });
    closeSync(file);
    throw error;
  }
  return {
    file,
    commit() {
      fsyncSync(file);
      if (before !== undefined && before.nlink > 1) writeInPlace(file, place);
      else if (renamed(partial, place)) isPlaced = true;
      else writeInPlace(file, place);
    },
    discard() {
      closeSync(file);
      if (!isPlaced) rmSync(partial, { force: true });
    },
  };
}

/** The owner first: to change it takes some permissions away. */
function likeBefore(file: number, { uid, gid, mode }: Stats): void {
  const now = fstatSync(file);
  if (now.uid !== uid || now.gid !== gid) {
    try {
      fchownSync(file, uid, gid);
    } catch (error) {
      // Nobody but root gives files away: the new file is the user's own.
      if (codeOf(error) !== 'EPERM') throw error;
    }
  }
  fchmodSync(file, mode & 0o7777);
}

/** Whether the file could be moved to its place; a file that is mounted by itself can only be written in place. */
function renamed(partial: string, place: string): boolean {
  try {
    renameSync(partial, place);
    return true;
  } catch (error) {
    if (codeOf(error) === 'EBUSY') return false;
    throw error;
  }
}

function writeInPlace(from: number, place: string): void {
  const to = openSync(place, constants.O_WRONLY);
  try {
    const buffer = new Uint8Array(1 << 16);
    let at = 0;
    for (let count = -1; count !== 0; at += count) {
      count = readSync(from, buffer, 0, buffer.length, at);
      if (count > 0) writeWhole(to, buffer.subarray(0, count));
    }
    ftruncateSync(to, at);
    fsyncSync(to);
  } finally {
    closeSync(to);
  }
}

const codeOf = (error: unknown): unknown =>
  error instanceof Error && 'code' in error ? error.code : undefined;
