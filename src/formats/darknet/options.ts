import { ProfileError, excerpt, problem, warning, type Diagnostic, type Origin } from '../../diagnostics.ts';
import { eachOption, type Section } from './cfg.ts';

/** How the value of one option is read. `undefined` as fallback: the section tells what is meant. */
export interface OptionType<T> {
  readonly fallback: T;
  /** the value, or what it should have been */
  readonly parse: (value: string) => T | Expected;
}

class Expected {
  readonly what: string;
  constructor(what: string) {
    this.what = what;
  }
}

export type OptionTypes = Readonly<Record<string, OptionType<unknown>>>;

export type OptionValues<T extends OptionTypes> = {
  readonly [K in keyof T]: T[K] extends OptionType<infer V> ? V : never;
};

const MOST = 2 ** 31 - 1;

/** Darknet's int: it reads the digits and ignores what follows, so that `filters=232#192` is 232. */
function parseWhole(value: string, least: number, most = MOST): number | Expected {
  const first = value.charCodeAt(0);
  let number = 0;
  let at = first === MINUS || first === PLUS ? 1 : 0;
  const start = at;
  for (; at < value.length; at++) {
    const digit = value.charCodeAt(at) - ZERO;
    if (digit < 0 || digit > 9) break;
    number = number * 10 + digit;
  }
  const end = value.charCodeAt(at);
  const whole = at > start && (at === value.length || end === HASH || end === SEMICOLON || end === POINT);
  const signed = first === MINUS ? -number : number;
  if (whole && signed >= least && number <= most) return signed;
  return new Expected(
    least === -MOST
      ? `a whole number of at most ${String(most)}`
      : `a whole number from ${String(least)} to ${String(most)}`,
  );
}

const [MINUS, PLUS, ZERO, HASH, SEMICOLON, POINT] = [0x2d, 0x2b, 0x30, 0x23, 0x3b, 0x2e];

/** A whole number of at least `least`, and at most `most`. */
export const whole = (fallback: number, least: number, most?: number): OptionType<number> => ({
  fallback,
  parse: (value) => parseWhole(value, least, most),
});

/** A whole number that another option stands in for. */
export const optionalWhole = (least: number): OptionType<number | undefined> => ({
  fallback: undefined,
  parse: (value) => parseWhole(value, least),
});

/** A whole number of either sign. */
export const integer = (fallback: number): OptionType<number> => whole(fallback, -MOST);

/** On unless it is 0. */
export const flag = (): OptionType<boolean> => ({
  fallback: false,
  parse(value) {
    const number = parseWhole(value, -MOST);
    return typeof number === 'number' ? number !== 0 : number;
  },
});

/** Text as it stands. */
export const text = <T extends string | undefined>(fallback: T): OptionType<T | string> => ({
  fallback,
  parse: (value) => value,
});

/** Whole numbers of either sign, separated by commas; undefined where the option is missing. */
export const integers = (): OptionType<readonly number[] | undefined> => ({
  fallback: undefined,
  parse(value) {
    const numbers: number[] = [];
    for (const item of value.replace(/[#;].*/, '').split(',')) {
      const number = parseWhole(item, -MOST);
      if (typeof number !== 'number') return new Expected('whole numbers with commas between them');
      numbers.push(number);
    }
    return numbers;
  },
});

/** Numbers separated by commas, each read as far as it is one; undefined where the option is missing. */
export const numbers = (): OptionType<readonly number[] | undefined> => ({
  fallback: undefined,
  parse(value) {
    const read = value
      .replace(/[#;].*/, '')
      .split(',')
      .map((item) => Number.parseFloat(item));
    return read.every(Number.isFinite) ? read : new Expected('numbers with commas between them');
  },
});

/** A number. */
export const real = (fallback: number): OptionType<number> => ({
  fallback,
  parse(value) {
    const read = Number.parseFloat(value);
    return Number.isFinite(read) ? read : new Expected('a number');
  },
});

/** Options that do not touch shapes or costs: every section may have them. */
const COMMON =
  'clip onlyforward dont_update burnin_update stopbackward train_only_bn dontload dontloadscales learning_rate show_receptive_field';

/** A section's options: the typed ones that decide shapes and costs, and the names of the rest. */
export class OptionTable<T extends OptionTypes> {
  readonly #types: ReadonlyMap<string, OptionType<unknown>>;
  readonly #known: ReadonlySet<string>;
  readonly #defaults: OptionValues<T>;

  /** @param others names, with blanks between them, of options that Darknet knows and that cost nothing */
  constructor(types: T, others = '') {
    this.#types = new Map(Object.entries(types));
    this.#known = new Set([...this.#types.keys(), ...`${others} ${COMMON}`.trim().split(' ')]);
    this.#defaults = Object.fromEntries(
      Object.entries(types).map(([key, { fallback }]) => [key, fallback]),
    ) as OptionValues<T>;
  }

  /**
   * The values of a section; of a repeated key the first counts, as in Darknet.
   *
   * @throws ProfileError CSP325 for a value of the wrong kind
   */
  read(
    section: Section,
    origin: (line: number) => Origin,
    complain: (diagnostic: Diagnostic) => void,
  ): OptionValues<T> {
    const values: Record<string, unknown> = { ...this.#defaults };
    const seen: string[] = [];
    eachOption(section, origin, (key, value, line) => {
      const type = this.#types.get(key);
      if (type === undefined) {
        const meant = this.#known.has(key) ? undefined : this.#nearest(key);
        if (meant === undefined) return;
        complain(
          warning(
            'CSP326',
            `"${excerpt(key)}" is no option of [${section.name}] and was ignored`,
            `did you mean "${meant}"?`,
            origin(line),
          ),
        );
        return;
      }
      if (seen.includes(key)) {
        complain(
          warning(
            'CSP327',
            `${key} is given again: the first value counts, as in Darknet`,
            'remove one',
            origin(line),
          ),
        );
        return;
      }
      seen.push(key);
      const parsed = type.parse(value);
      if (parsed instanceof Expected) {
        throw new ProfileError(
          problem('CSP325', `${key} is "${excerpt(value)}"`, `give ${parsed.what}`, origin(line)),
        );
      }
      values[key] = parsed;
    });
    return values as OptionValues<T>;
  }

  /** The known option that this one is a slip of the finger away from. */
  #nearest(key: string): string | undefined {
    if (key.length < 3 || key.length > 40) return undefined;
    return [...this.#known].find((known) => known.length >= 3 && isSlip(key, known));
  }
}

/** Whether one insertion, deletion, substitution or swap of neighbours makes the words equal. */
function isSlip(a: string, b: string): boolean {
  if (Math.abs(a.length - b.length) > 1) return false;
  let at = 0;
  while (at < a.length && a[at] === b[at]) at++;
  const restA = a.slice(at);
  const restB = b.slice(at);
  return (
    restA.slice(1) === restB.slice(1) ||
    restA.slice(1) === restB ||
    restA === restB.slice(1) ||
    (restA[0] === restB[1] && restA[1] === restB[0] && restA.slice(2) === restB.slice(2))
  );
}
