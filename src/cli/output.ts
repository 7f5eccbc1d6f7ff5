import { escapeControls, formatDiagnostic, type Diagnostic } from '../diagnostics.ts';
import { flag, outputFile, type Args } from './command.ts';
import { STDOUT } from './files.ts';
import type { Io } from './io.ts';
import { writeFiles } from './write.ts';

/** Writes a result to `-o FILE`, whole or not at all, or to standard output, which is `-o -` too. */
export function writeResult(content: string | readonly Uint8Array[], args: Args, io: Io): void {
  const target = outputFile(args);
  if (target === undefined) {
    io.stdout.write(typeof content === 'string' ? content : Buffer.concat(content).toString());
    return;
  }
  writePieces(typeof content === 'string' ? [new TextEncoder().encode(content)] : content, target, io);
  tellWritten(target, args, io);
}

/** Says that a file is there, on standard error unless `--quiet`. */
export function tellWritten(target: string, args: Args, io: Io): void {
  if (target !== STDOUT && flag(args, 'quiet') !== true) io.stderr.write(`wrote ${escapeControls(target)}\n`);
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
