import { closeSync, openSync, renameSync, rmSync, writeSync } from 'node:fs';
import { resolve } from 'node:path';
import { ProfileError, formatDiagnostic, type Diagnostic } from '../diagnostics.ts';
import { flag, text, type Args } from './command.ts';
import type { Io } from './io.ts';
import { fileError } from './files.ts';

/** Writes a result to `-o FILE`, whole or not at all, or to standard output. */
export function writeResult(content: string, args: Args, io: Io): void {
  const target = text(args, 'output');
  if (target === undefined) io.stdout.write(content);
  else writePieces([new TextEncoder().encode(content)], target, io);
}

/** Writes a file piece by piece; it appears under its name when it is complete. */
export function writePieces(pieces: Iterable<Uint8Array>, target: string, io: Io): void {
  const path = resolve(io.cwd, target);
  const partial = `${path}.${String(process.pid)}.partial`;
  try {
    const file = openSync(partial, 'w');
    try {
      for (const piece of pieces) writeSync(file, piece);
    } finally {
      closeSync(file);
    }
    renameSync(partial, path);
  } catch (error) {
    rmSync(partial, { force: true });
    throw error instanceof ProfileError ? error : fileError(target, error);
  }
}

/** Warnings of an importer, on standard error unless `--quiet`. */
export function writeWarnings(diagnostics: readonly Diagnostic[], args: Args, io: Io): void {
  if (flag(args, 'quiet') === true) return;
  for (const diagnostic of diagnostics)
    io.stderr.write(`csp-profile: warning: ${formatDiagnostic(diagnostic)}\n`);
}
