/** Where something came from, so that every message and every row leads back to the user's own file. */
export type Origin =
  | {
      readonly format: 'darknet';
      readonly file: string;
      readonly line: number;
      readonly section?: string;
      readonly index?: number;
    }
  | { readonly format: 'onnx'; readonly file: string; readonly node?: string; readonly op?: string }
  | { readonly format: 'zoo'; readonly architecture: string; readonly scope?: string }
  | {
      readonly format: 'json' | 'module' | 'config';
      readonly file: string;
      readonly line?: number;
      readonly path?: string;
    }
  | { readonly format: 'cli'; readonly argument?: string };

export type DiagnosticCode = `CSP${number}`;

/**
 * One thing that is wrong, where, and what to do about it.
 * Codes: CSP1xx binding, 2xx shape, 3xx import, 4xx export, 5xx device, 6xx gate, 7xx probe, 8xx command line.
 */
export interface Diagnostic {
  readonly code: DiagnosticCode;
  readonly severity: 'error' | 'warning';
  readonly message: string;
  readonly fix: string;
  readonly origin?: Origin;
}

/** The only error that this project throws on purpose: bad input or usage, as one or more diagnostics. */
export class ProfileError extends Error {
  override readonly name = 'ProfileError';
  readonly diagnostics: readonly Diagnostic[];

  constructor(...diagnostics: readonly [Diagnostic, ...Diagnostic[]]) {
    super(diagnostics.map(formatDiagnostic).join('\n'));
    this.diagnostics = diagnostics;
  }
}

export const problem = (code: DiagnosticCode, message: string, fix: string, origin?: Origin): Diagnostic =>
  origin === undefined
    ? { code, severity: 'error', message, fix }
    : { code, severity: 'error', message, fix, origin };

export const warning = (code: DiagnosticCode, message: string, fix: string, origin?: Origin): Diagnostic => ({
  ...problem(code, message, fix, origin),
  severity: 'warning',
});

/** `yolo.cfg:12 [convolutional] #3`, the way a person would point at it. */
export function formatOrigin(origin: Origin): string {
  switch (origin.format) {
    case 'darknet':
      return (
        `${origin.file}:${String(origin.line)}` +
        (origin.section === undefined ? '' : ` [${origin.section}]`) +
        (origin.index === undefined ? '' : ` #${String(origin.index)}`)
      );
    case 'onnx':
      return (
        origin.file +
        (origin.op === undefined ? '' : ` ${origin.op}`) +
        (origin.node === undefined ? '' : ` "${origin.node}"`)
      );
    case 'zoo':
      return origin.architecture + (origin.scope === undefined ? '' : ` ${origin.scope}`);
    case 'json':
    case 'module':
    case 'config':
      return (
        origin.file +
        (origin.line === undefined ? '' : `:${String(origin.line)}`) +
        (origin.path === undefined ? '' : ` ${origin.path}`)
      );
    case 'cli':
      return origin.argument ?? '';
  }
}

/** `FILE:LINE [section] #INDEX: what is wrong (fix: what to do) CSP301`, on one line, control codes escaped. */
export function formatDiagnostic(diagnostic: Diagnostic): string {
  const place = diagnostic.origin === undefined ? '' : formatOrigin(diagnostic.origin);
  return escapeControls(
    (place === '' ? '' : `${place}: `) + `${diagnostic.message} (fix: ${diagnostic.fix}) ${diagnostic.code}`,
  );
}

/**
 * The text with everything that a terminal or the log of a CI service would obey rather than show (C0 and C1
 * controls, line and paragraph separators, bidirectional overrides, zero-width characters, lone surrogates; `::` at
 * the start, `##[` anywhere) written as \u{...}.
 */
export function escapeControls(text: string): string {
  return text.replace(
    UNPRINTABLE,
    (character) => `\\u{${(character.codePointAt(0) ?? 0xfffd).toString(16)}}`,
  );
}

const UNPRINTABLE =
  /[\u0000-\u001f\u007f-\u009f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]|(?<=^\s*):(?=:)|#(?=#\w*\[)/g;

/** The text cut to `limit` characters, for quoting a user's input back in a message. */
export function excerpt(text: string, limit = 60): string {
  return text.length <= limit ? text : `${text.slice(0, limit - 1)}…`;
}
