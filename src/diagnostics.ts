/**
 * Where something came from, so that every message and every row leads back to the user's own file. A format fills
 * the parts that its files have (`Format.origin`); how a part is printed is the part's own.
 */
export interface Origin {
  /** id of a format, `config` for a configuration, or `cli` for the command line */
  readonly format: string;
  /** path as the user wrote it; absent where nothing is in a file */
  readonly file?: string;
  /** counted from 1 */
  readonly line?: number;
  /** kind of a section of a text file: `convolutional` */
  readonly section?: string;
  /** number that the file's own tools give the layer */
  readonly index?: number;
  /** operator as the format names it */
  readonly op?: string;
  /** name of the layer in the file */
  readonly node?: string;
  /** modules that the file says the layer is inside of: `layer1/0/conv1` */
  readonly module?: string;
  /** built-in network */
  readonly architecture?: string;
  /** layer of a built-in network */
  readonly scope?: string;
  /** place in structured text: `layers[3].attrs` */
  readonly path?: string;
  /** word of the command line */
  readonly argument?: string;
}

/**
 * `CSP` and a number: 1xx binding, 2xx shape, 3xx import, 4xx export, 5xx device, 6xx gate, 7xx probe, 8xx
 * usage.
 */
export type DiagnosticCode = `CSP${number}`;

/**
 * One thing that is wrong, where, and what to do about it.
 * Codes: CSP1xx binding, 2xx shape, 3xx import, 4xx export, 5xx device, 6xx gate, 7xx probe, 8xx command line.
 */
export interface Diagnostic {
  /** stable, for programs: its first digit says what it is about */
  readonly code: DiagnosticCode;
  /** an error ends the work, a warning does not */
  readonly severity: 'error' | 'warning';
  /** what is wrong, in one line, without the place */
  readonly message: string;
  /** what to do about it, in one line */
  readonly fix: string;
  /** where; absent where it is nowhere in particular */
  readonly origin?: Origin;
}

/** One about extents that a model leaves open. */
export interface OpenExtents extends Diagnostic {
  /** what `fix` asks for, for those who write it otherwise: a configuration */
  readonly sizes: Sizes;
}

export const isOpenExtents = (diagnostic: Diagnostic): diagnostic is OpenExtents => 'sizes' in diagnostic;

/** Extents that make a model with open ones readable. */
export interface Sizes {
  /** extents by symbol */
  readonly bind: Readonly<Record<string, number>>;
  /** shapes of inputs with nameless extents: `1x128` */
  readonly input: Readonly<Record<string, string>>;
}

/** The only error that this project throws on purpose: bad input or usage, as one or more diagnostics. */
export class ProfileError extends Error {
  /** of the class, also after minification */
  override readonly name = 'ProfileError';
  /** one or more, all that was found */
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

/** `yolo.cfg:12 [convolutional] #3`, `net.onnx Conv "stem"`: the way a person would point at it. */
export function formatOrigin(origin: Origin): string {
  const { line, section, index, op, node, scope, path } = origin;
  return (
    (origin.file ?? origin.architecture ?? origin.argument ?? '') +
    (line === undefined ? '' : `:${String(line)}`) +
    (section === undefined ? '' : ` [${section}]`) +
    (index === undefined ? '' : ` #${String(index)}`) +
    (op === undefined ? '' : ` ${op}`) +
    (node === undefined ? '' : ` "${node}"`) +
    (scope === undefined ? '' : ` ${scope}`) +
    (path === undefined ? '' : ` ${path}`)
  );
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
 * controls, line and paragraph separators, bidirectional overrides, invisible characters, lone surrogates; `::` at
 * the start, `##[` anywhere) written as \u{...}.
 */
export function escapeControls(text: string): string {
  return text.replace(
    UNPRINTABLE,
    (character) => `\\u{${(character.codePointAt(0) ?? 0xfffd).toString(16)}}`,
  );
}

const UNPRINTABLE =
  /[\u0000-\u001f\u007f-\u009f\u00ad\u034f\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ufff9-\ufffb]|\udb40[\udc00-\udc7f]|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]|(?<=^\s*):(?=:)|#(?=#\w*\[)/g;

/** Text as one word of a shell, for commands that are pasted: names come from files, and may hold anything. */
export const quoted = (text: string): string =>
  /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;

/** The text cut to `limit` characters, for quoting a user's input back in a message. */
export function excerpt(text: string, limit = 60): string {
  return text.length <= limit ? text : `${text.slice(0, limit - 1)}…`;
}
