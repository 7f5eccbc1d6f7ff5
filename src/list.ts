/** Entries of a piece. */
const PIECE = 4096;
const SHIFT = 12;

/**
 * A list that grows, in pieces: an array that grows is copied again and again, and of a list of 100,000 that is a tenth
 * of a second for memory that is used once.
 */
export class List<T> {
  readonly #pieces: T[][] = [[]];
  #last: T[] = this.#pieces[0] as T[];

  get length(): number {
    return (this.#pieces.length - 1) * PIECE + this.#last.length;
  }

  at(index: number): T | undefined {
    return this.#pieces[index >> SHIFT]?.[index & (PIECE - 1)];
  }

  /** @returns the index of the entry */
  push(entry: T): number {
    if (this.#last.length === PIECE) this.#pieces.push((this.#last = []));
    this.#last.push(entry);
    return this.length - 1;
  }

  /** Puts another entry in the place of one that is there. */
  set(index: number, entry: T): void {
    const piece = this.#pieces[index >> SHIFT];
    if (piece === undefined || index >= this.length) throw new RangeError(`no entry ${String(index)}`);
    piece[index & (PIECE - 1)] = entry;
  }

  /** Takes the last entry away. */
  pop(): T | undefined {
    const entry = this.#last.pop();
    if (this.#last.length === 0 && this.#pieces.length > 1) {
      this.#pieces.pop();
      this.#last = this.#pieces.at(-1) as T[];
    }
    return entry;
  }

  /** All of them: the list's own array, where there are few. */
  toArray(): readonly T[] {
    return this.#pieces.length === 1 ? this.#last : ([] as T[]).concat(...this.#pieces);
  }
}
