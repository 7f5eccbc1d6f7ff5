import { formatDiagnostic, type Diagnostic } from '../diagnostics.ts';
import { flag, outputFile, type Args } from './command.ts';
import type { Io } from './io.ts';
import { writeFiles } from './write.ts';

/** Writes a result to `-o FILE`, whole or not at all, or to standard output, which is `-o -` too. */
export function writeResult(content: string, args: Args, io: Io): void {
  const target = outputFile(args);
  if (target === undefined) io.stdout.write(content);
  else writePieces([new TextEncoder().encode(content)], target, io);
}

/** Writes a file piece by piece, whole or not at all: {@link writeFiles}. */
export function writePieces(pieces: Iterable<Uint8Array>, target: string, io: Io): void {
  writeFiles([{ target, pieces }], io.cwd);
}

/** Warnings of an importer, on standard error unless `--quiet`. */
export function writeWarnings(diagnostics: readonly Diagnostic[], args: Args, io: Io): void {
  if (flag(args, 'quiet') === true) return;
  for (const diagnostic of diagnostics)
    io.stderr.write(`csp-profile: warning: ${formatDiagnostic(diagnostic)}\n`);
}
