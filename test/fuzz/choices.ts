/** What inputs are made by: choices that a seed makes again. */
export class Choices {
  #state: number;

  constructor(seed: number) {
    this.#state = seed >>> 0;
  }

  /** A number from 0 to 1, 1 excluded: mulberry32. */
  fraction(): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), this.#state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  }

  /** A whole number from 0 to `count`, `count` excluded. */
  below(count: number): number {
    return Math.floor(this.fraction() * count);
  }

  chance(probability: number): boolean {
    return this.fraction() < probability;
  }

  of<T>(list: readonly T[]): T {
    const chosen = list[this.below(list.length)];
    if (chosen === undefined && list.length === 0) throw new TypeError('there is nothing to choose from');
    return chosen as T;
  }
}

/** Numbers at which arithmetic, allocation and formats change what they do. */
export const NUMBERS: readonly number[] = [
  0,
  -0,
  1,
  -1,
  2,
  3,
  7,
  255,
  256,
  65535,
  65536,
  1e6,
  2 ** 31 - 1,
  -(2 ** 31),
  2 ** 32,
  2 ** 53 - 1,
  2 ** 53,
  1e300,
  0.5,
  -233,
  -23300,
  -23330,
  NaN,
  Infinity,
];

/** Names of an object's own, controls, and what quotes and closes in some format. */
export const WORDS: readonly string[] = [
  'constructor',
  '__proto__',
  'toString',
  'hasOwnProperty',
  '',
  '\u0000',
  '\u202e',
  '\u001b[31m',
  '"',
  "'",
  '[',
  ']',
  '{',
  '=',
  ',',
  ':',
  '#',
  '-',
  '../../etc/passwd',
  'null',
  'true',
  'NaN',
  '1e999',
  '0x10',
  'a'.repeat(300),
  '\ud800',
];
