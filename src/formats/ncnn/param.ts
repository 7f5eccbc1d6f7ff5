import { ProfileError, excerpt, problem, warning, type Diagnostic, type Origin } from '../../diagnostics.ts';
import { Params, type ParamValue } from './params.ts';

/** One layer as the file states it. */
export interface LayerLine {
  readonly type: string;
  readonly name: string;
  readonly line: number;
  /** names of the blobs that it reads and makes */
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly params: Params;
}

/** The first word of every `.param` file since 2017. */
const MAGIC = '7767517';
/** The same number as the four bytes that a binary file begins with. */
const BINARY_MAGIC = [0xdd, 0x85, 0x76, 0x00];
/** ncnn reads 255 characters of a name and takes the rest for the next word. */
const LONGEST_NAME = 255;
/** Parameters have the keys 0 to 31. */
const KEYS = 32;
/** A list has the key -23300 - id in files of any age. */
const LIST_KEY = 23300;

/**
 * The layers of a `.param` file, in order: words apart by white space, as ncnn scans them.
 *
 * @source Net::load_param and ParamDict::load_param of Tencent/ncnn
 * @throws ProfileError CSP361 where the file is none, CSP362 where a line is not well-formed
 */
export function readLayers(
  source: Uint8Array | string,
  file: string,
): { readonly layers: readonly LayerLine[]; readonly diagnostics: readonly Diagnostic[] } {
  if (typeof source !== 'string' && BINARY_MAGIC.every((byte, i) => source[i] === byte)) {
    throw notParam(
      file,
      'is a binary .param.bin, which names no blobs',
      'give the .param text it was made of',
    );
  }
  const words = new Words(typeof source === 'string' ? source : new TextDecoder().decode(source), file);
  const magic = words.next();
  if (magic !== MAGIC) {
    throw magic === undefined
      ? notParam(file, 'is empty', 'give a .param file')
      : notParam(
          file,
          `begins with "${excerpt(magic, 20)}", a .param file with ${MAGIC}`,
          'give a .param file; one without the number is older than 2017: convert its model again',
        );
  }
  const count = words.whole('the number of layers', 1);
  const blobs = words.whole('the number of blobs', 1);
  const layers: LayerLine[] = [];
  const made = new Map<string, number>();
  while (layers.length < count) {
    const layer = readLayer(words, layers.length, count);
    for (const blob of layer.outputs) {
      const before = made.get(blob);
      if (before !== undefined) {
        words.fail(
          `makes the blob "${excerpt(blob)}" that line ${String(before)} makes already`,
          'give each blob a name of its own',
          layer,
        );
      }
      made.set(blob, layer.line);
    }
    if (made.size > blobs) {
      words.fail(
        `makes more blobs than the ${String(blobs)} that line 2 states`,
        'state the number of blobs in line 2',
        layer,
      );
    }
    layers.push(layer);
  }
  const rest = words.next();
  if (rest === undefined) return { layers, diagnostics: [] };
  const unread = warning(
    'CSP365',
    `"${excerpt(rest, 20)}" stands behind the ${String(count)} layers that line 2 states, where ncnn reads no more`,
    'state the number of layers in line 2',
    { format: 'ncnn', file, line: words.line },
  );
  return { layers, diagnostics: [unread] };
}

const notParam = (file: string, what: string, fix: string): ProfileError =>
  new ProfileError(problem('CSP361', what, fix, { format: 'ncnn', file, line: 1 }));

function readLayer(words: Words, index: number, count: number): LayerLine {
  const type = words.next();
  if (type === undefined) {
    return words.fail(
      `ends behind ${String(index)} of the ${String(count)} layers that line 2 states`,
      'give the whole file, or state the number of layers in line 2',
    );
  }
  const { line } = words;
  if (/^[@#$]|=/.test(type)) {
    words.fail(
      `"${excerpt(type, 20)}" is no parameter of ncnn`,
      'write KEY=NUMBER; of the files that pnnx writes, give the one that ends in .ncnn.param',
    );
  }
  const name = words.name('the name of the layer');
  const place = { type, name, line };
  const inputs = words.whole('the number of inputs', 0, place);
  const outputs = words.whole('the number of outputs', 0, place);
  const names = (length: number, what: string): readonly string[] => {
    const list: string[] = [];
    while (list.length < length) list.push(words.name(what, place));
    return list;
  };
  return {
    ...place,
    inputs: names(inputs, 'the name of an input'),
    outputs: names(outputs, 'the name of an output'),
    params: new Params(words.params(place), (message, fix) => words.fail(message, fix, place)),
  };
}

type Place = Pick<LayerLine, 'type' | 'name' | 'line'>;

/** Where a layer stands, as users see it. */
export const originOf = (file: string, { type, name, line }: Place): Origin => ({
  format: 'ncnn',
  file,
  line,
  op: type,
  node: name,
});

/** The words of the file, and the line of the last one. */
class Words {
  readonly #text: string;
  readonly #file: string;
  #at = 0;
  line = 1;

  constructor(text: string, file: string) {
    this.#text = text;
    this.#file = file;
  }

  next(): string | undefined {
    this.#skip();
    const from = this.#at;
    while (this.#at < this.#text.length && !isSpace(this.#text.charCodeAt(this.#at))) this.#at++;
    return from === this.#at ? undefined : this.#text.slice(from, this.#at);
  }

  name(what: string, place?: Place): string {
    const word = this.next();
    if (word === undefined) return this.fail(`ends where ${what} is due`, 'give the whole file', place);
    if (word.length > LONGEST_NAME) {
      return this.fail(
        `${what} has ${String(word.length)} characters`,
        `ncnn reads names of up to ${String(LONGEST_NAME)}: shorten it`,
        place,
      );
    }
    return word;
  }

  whole(what: string, least: number, place?: Place): number {
    const word = this.next();
    if (word === undefined) return this.fail(`ends where ${what} is due`, 'give the whole file', place);
    const value = /^\+?[0-9]{1,10}$/.test(word) ? Number(word) : Number.NaN;
    if (value >= least && value <= INT_MAX) return value;
    return this.fail(
      `${what} is "${excerpt(word, 20)}"`,
      `give a whole number from ${String(least)} to ${String(INT_MAX)}`,
      place,
    );
  }

  /** The pairs of key and value that follow. */
  params(place: Place): ReadonlyMap<number, ParamValue> {
    const values = new Map<number, ParamValue>();
    for (;;) {
      this.#skip();
      PAIR.lastIndex = this.#at;
      const [pair, key = '', text = '', word = ''] = PAIR.exec(this.#text) ?? [];
      if (pair === undefined) return values;
      this.#at += pair.length;
      const list = Number(key) <= -LIST_KEY;
      const id = list ? -Number(key) - LIST_KEY : Number(key);
      if (id < 0 || id >= KEYS) {
        this.fail(`there is no parameter ${key}`, `use keys from 0 to ${String(KEYS - 1)}`, place);
      }
      const raw = text === '' ? word : text.replace(/^"|"$/g, '');
      const value = text !== '' || /^[A-Za-z]/.test(word) ? raw : numbersOf(raw, list);
      if (value === undefined) {
        this.fail(
          `parameter ${key} is "${excerpt(raw, 20)}"`,
          list ? 'write how many numbers there are, and then the numbers' : 'write a number',
          place,
        );
      }
      values.set(id, value);
    }
  }

  /** @throws ProfileError at the line, and at the layer if there is one */
  fail(message: string, fix: string, place?: Place): never {
    const origin: Origin =
      place === undefined
        ? { format: 'ncnn', file: this.#file, line: this.line }
        : originOf(this.#file, place);
    throw new ProfileError(problem('CSP362', message, fix, origin));
  }

  #skip(): void {
    while (this.#at < this.#text.length) {
      const code = this.#text.charCodeAt(this.#at);
      if (!isSpace(code)) return;
      if (code === NEWLINE) this.line++;
      this.#at++;
    }
  }
}

/** Largest number of 32 bits, which counts and numbers of the file are. */
const INT_MAX = 2 ** 31 - 1;
const NEWLINE = 10;
/** `4=16`, `-23304=2,1.0,2.0`, `6="a text"`, up to the white space behind it */
const PAIR = /([-+]?[0-9]{1,9})=(?:("[^"\n]*"?)|(\S*))/y;
const NUMBER = /^[-+]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][-+]?[0-9]+)?$/;

const isSpace = (code: number): boolean => code === 32 || (code >= 9 && code <= 13);

/** One number, or a list of them; undefined for what ncnn cannot scan. */
function numbersOf(text: string, counted: boolean): ParamValue | undefined {
  const words = text.split(',');
  const trailing = words.length > 1 && words.at(-1) === '' ? words.slice(0, -1) : words;
  if (!trailing.every((word) => NUMBER.test(word))) return undefined;
  const numbers = trailing.map(Number);
  const isWhole = !/[.eE]/.test(text);
  if (isWhole && numbers.some((value) => Math.abs(value) > INT_MAX + 1)) return undefined;
  if (!counted) return { numbers, isWhole, isList: words.length > 1 };
  const [length, ...items] = numbers;
  return length === items.length ? { numbers: items, isWhole, isList: true } : undefined;
}
