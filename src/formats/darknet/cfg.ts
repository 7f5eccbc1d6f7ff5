import { List } from '../../list.ts';
import { ProfileError, excerpt, problem, type Origin } from '../../diagnostics.ts';

/** One `[name]` line and the text under it, up to the next one. */
export interface Section {
  readonly name: string;
  /** of the `[name]`, counted from 1 */
  readonly line: number;
  /** the lines that follow, not yet split into options */
  readonly body: string;
}

/**
 * The sections of a file: `[net]`, and those of the layers in order. Long files have very many: each is cut out of the
 * text when it is asked for.
 */
export class Sections {
  readonly #text: string;
  readonly #names = new List<string>();
  /** of each section, its line and where its body begins and ends */
  readonly #places = new List<number>();
  /** names seen so far, each as one string */
  readonly #known = new Map<string, string>();

  constructor(text: string) {
    this.#text = text;
  }

  /** Number of all sections. */
  get length(): number {
    return this.#names.length;
  }

  add(name: string, line: number, start: number, end: number): void {
    let known = this.#known.get(name);
    if (known === undefined) this.#known.set(name, (known = name));
    this.#names.push(known);
    this.#places.push(line);
    this.#places.push(start);
    this.#places.push(end);
  }

  get net(): Section {
    return this.#at(0);
  }

  *layers(): Generator<Section, void> {
    for (let i = 1; i < this.length; i++) yield this.#at(i);
  }

  #at(index: number): Section {
    const [places, first] = [this.#places, 3 * index];
    const body = this.#text.slice(places.at(first + 1), places.at(first + 2));
    return { name: this.#names.at(index) as string, line: places.at(first) as number, body };
  }
}

/** More sections than this make no network that anybody runs, only a way to exhaust memory. */
const MOST_SECTIONS = 250_000;

/**
 * The sections of a `.cfg`, in order, their options still unread (so that a long file costs little memory).
 *
 * Blanks are removed wherever they stand, and lines that begin with `#` or `;` are comments, as in Darknet; so is
 * what follows a `#` behind a section name or a value, as in hank-ai's Darknet.
 * UTF-8 with or without a byte order mark, lines that end in LF or CRLF.
 *
 * @throws ProfileError CSP321 for bytes that are no text, CSP322 for a malformed section name, CSP323 where
 * the first section is not `[net]`, CSP324 for too many sections
 */
export function splitSections(source: Uint8Array | string, file: string): Sections {
  const text = decode(source, file);
  const sections = new Sections(text);
  let name = '';
  let startLine = 0;
  let bodyStart = 0;
  const close = (end: number): void => {
    if (startLine > 0) sections.add(name, startLine, bodyStart, end);
  };
  eachLine(text, (start, end, line) => {
    const first = firstInk(text, start, end);
    if (text.charCodeAt(first) !== BRACKET || first === end) {
      if (startLine === 0 && first < end && !isComment(text.charCodeAt(first))) throw noNet(file, line);
      return;
    }
    close(start);
    const content = withoutBlanks(beforeComment(text.slice(first, end)));
    const origin: Origin = { format: 'darknet', file, line };
    if (!content.endsWith(']')) {
      throw new ProfileError(
        problem(
          'CSP322',
          `"${excerpt(content)}" does not end in "]"`,
          'write a section name alone, as [name]',
          origin,
        ),
      );
    }
    name = content.slice(1, -1);
    if (startLine === 0 && !isNet(name)) throw noNet(file, line);
    if (sections.length === MOST_SECTIONS) {
      throw new ProfileError(
        problem(
          'CSP324',
          `more than ${String(MOST_SECTIONS)} sections`,
          'check that this is the file you meant: no network is that deep',
          origin,
        ),
      );
    }
    startLine = line;
    bodyStart = end;
  });
  close(text.length);
  if (sections.length === 0) throw noNet(file, 1);
  return sections;
}

/** Whether a section of this name describes the network rather than a layer. */
export const isNet = (name: string): boolean => name === 'net' || name === 'network';

/**
 * Calls `visit` with every option of a section, in order, blanks removed as Darknet removes them.
 *
 * @throws ProfileError CSP322 for a line that is no `key=value`
 */
export function eachOption(
  section: Section,
  origin: (line: number) => Origin,
  visit: (key: string, value: string, line: number) => void,
): void {
  const { body } = section;
  // The body begins with the rest of the `[name]` line, which is empty.
  eachLine(body, (start, end, index) => {
    const first = firstInk(body, start, end);
    if (first === end || isComment(body.charCodeAt(first))) return;
    const content = withoutBlanks(beforeComment(body.slice(first, end)));
    const equals = content.indexOf('=');
    const line = section.line + index - 1;
    if (equals <= 0 || equals === content.length - 1) {
      throw new ProfileError(
        problem(
          'CSP322',
          `"${excerpt(content)}" is neither a [section], key=value nor a # comment`,
          equals < 0 ? 'write key=value, or put a # before it' : 'write a key and a value around the "="',
          origin(line),
        ),
      );
    }
    visit(content.slice(0, equals), content.slice(equals + 1), line);
  });
}

const BRACKET = 0x5b;
const BYTE_ORDER_MARK = 0xfeff;

/** Blanks are what Darknet strips: space, tab, carriage return. */
const isBlank = (code: number): boolean => code === 0x20 || code === 0x09 || code === 0x0d;

const isComment = (code: number): boolean => code === 0x23 || code === 0x3b;

const withoutBlanks = (text: string): string => (/[ \t\r]/.test(text) ? text.replace(/[ \t\r]+/g, '') : text);

function firstInk(text: string, start: number, end: number): number {
  let at = start;
  while (at < end && isBlank(text.charCodeAt(at))) at++;
  return at;
}

/** The line without the comment at its end. */
function beforeComment(line: string): string {
  const hash = line.indexOf('#');
  return hash < 0 ? line : line.slice(0, hash);
}

function eachLine(text: string, visit: (start: number, end: number, line: number) => void): void {
  let line = 0;
  for (let start = 0; start < text.length;) {
    const newline = text.indexOf('\n', start);
    const end = newline < 0 ? text.length : newline;
    visit(start, end, ++line);
    start = end + 1;
  }
}

function decode(source: Uint8Array | string, file: string): string {
  const wide =
    typeof source !== 'string' &&
    ((source[0] === 0xff && source[1] === 0xfe) || (source[0] === 0xfe && source[1] === 0xff));
  const text = typeof source === 'string' ? source : new TextDecoder().decode(source);
  const nul = text.indexOf('\0');
  if (wide || nul >= 0) {
    throw new ProfileError(
      problem(
        'CSP321',
        wide ? 'the file is UTF-16' : 'the file holds NUL bytes: it is no text, or UTF-16',
        'save it as UTF-8',
        { format: 'darknet', file, line: wide ? 1 : text.slice(0, nul).split('\n').length },
      ),
    );
  }
  return text.charCodeAt(0) === BYTE_ORDER_MARK ? text.slice(1) : text;
}

function noNet(file: string, line: number): ProfileError {
  return new ProfileError(
    problem(
      'CSP323',
      'the file does not begin with a [net] section',
      'put [net] with width, height and channels first',
      {
        format: 'darknet',
        file,
        line,
      },
    ),
  );
}
