import { renameSync, rmSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { formatDiagnostic, type Diagnostic } from '../diagnostics.ts';
import { flag, text, type Args } from './command.ts';
import type { Io } from './io.ts';
import { fileError } from './model.ts';

/** Writes a result to `-o FILE`, whole or not at all, or to standard output. */
export function writeResult(content: string | Uint8Array, args: Args, io: Io): void {
  const target = text(args, 'output');
  if (target === undefined) {
    io.stdout.write(typeof content === 'string' ? content : new TextDecoder().decode(content));
    return;
  }
  const path = resolve(io.cwd, target);
  const partial = `${path}.${String(process.pid)}.partial`;
  try {
    writeFileSync(partial, content);
    renameSync(partial, path);
  } catch (error) {
    rmSync(partial, { force: true });
    throw fileError(target, error);
  }
}

/** Warnings of an importer, on standard error unless `--quiet`. */
export function writeWarnings(diagnostics: readonly Diagnostic[], args: Args, io: Io): void {
  if (flag(args, 'quiet') === true) return;
  for (const diagnostic of diagnostics) io.stderr.write(`csp-profile: warning: ${formatDiagnostic(diagnostic)}\n`);
}
