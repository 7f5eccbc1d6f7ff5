/** What a parameter says: numbers, or a text. */
export type ParamValue =
  | {
      readonly numbers: readonly number[];
      /** written without a point or an exponent: ncnn stores an integer */
      readonly isWhole: boolean;
      readonly isList: boolean;
    }
  | string;

/** The parameters of a layer by id, each read as what ncnn's layer takes it for. */
export class Params {
  readonly #values: ReadonlyMap<number, ParamValue>;
  readonly #fail: (message: string, fix: string) => never;

  constructor(values: ReadonlyMap<number, ParamValue>, fail: (message: string, fix: string) => never) {
    this.#values = values;
    this.#fail = fail;
  }

  has(id: number): boolean {
    return this.#values.has(id);
  }

  /** A whole number; `otherwise` where the file does not give it. */
  int(id: number, otherwise: number): number {
    const value = this.#values.get(id);
    if (value === undefined) return otherwise;
    const [first] = typeof value === 'string' ? [] : value.numbers;
    if (typeof value === 'string' || value.isList || !value.isWhole || first === undefined) {
      return this.#fail(`parameter ${String(id)} is no whole number`, `write ${String(id)}=N`);
    }
    return first;
  }

  /** A whole number of at least `least`. */
  count(id: number, otherwise: number, least = 1): number {
    const value = this.int(id, otherwise);
    if (value >= least) return value;
    return this.#fail(
      `parameter ${String(id)} is ${String(value)}`,
      `write ${String(id)}=N, at least ${String(least)}`,
    );
  }

  flag(id: number, otherwise = 0): boolean {
    return this.int(id, otherwise) !== 0;
  }

  /** A number with a point. ncnn takes the bits of one without for those of a tiny fraction. */
  float(id: number, otherwise: number): number {
    const value = this.#values.get(id);
    if (value === undefined) return otherwise;
    const [first] = typeof value === 'string' ? [] : value.numbers;
    if (typeof value === 'string' || value.isList || first === undefined || (value.isWhole && first !== 0)) {
      return this.#fail(
        `parameter ${String(id)} is no number with a decimal point`,
        `write ${String(id)}=1.0 or the like: ncnn takes it for an integer`,
      );
    }
    return first;
  }

  /** A number however it is written, where it tells only what an element becomes, not how much there is to do. */
  number(id: number): number | undefined {
    const value = this.#values.get(id);
    return typeof value === 'string' ? undefined : value?.numbers[0];
  }

  /** A list; empty where the file does not give it. */
  list(id: number): readonly number[] {
    const value = this.#values.get(id);
    if (value === undefined) return [];
    if (typeof value === 'string' || !value.isList) {
      return this.#fail(
        `parameter ${String(id)} is no list`,
        `write ${String(-23300 - id)}=1,N for a list of one number`,
      );
    }
    return value.numbers;
  }

  /** A text; undefined where the file does not give it. */
  text(id: number): string | undefined {
    const value = this.#values.get(id);
    return typeof value === 'string' && value !== '' ? value : undefined;
  }
}
