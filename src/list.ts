/** Entries of a piece: as many as take a piece of memory of their own, which is not copied when it lives on. */
const PIECE = 16_384;
const SHIFT = 14;

/**
 * A list that grows, in pieces: an array that grows is copied again and again, and of a list of 100,000 that is a tenth
 * of a second for memory that is used once.
 */
export class List<T> {
  /** the first grows, the others have their size from the beginning */
  readonly #pieces: T[][] = [[]];
  #last: T[] = this.#pieces[0] as T[];
  #length = 0;

  get length(): number {
    return this.#length;
  }

  at(index: number): T | undefined {
    return this.#pieces[index >> SHIFT]?.[index & (PIECE - 1)];
  }

  /** @returns the index of the entry */
  push(entry: T): number {
    const index = this.#length++;
    if (index < PIECE) this.#last.push(entry);
    else {
      const place = index & (PIECE - 1);
      if (place === 0) this.#pieces.push((this.#last = new Array<T>(PIECE)));
      this.#last[place] = entry;
    }
    return index;
  }

  /** Puts another entry in the place of one that is there. */
  set(index: number, entry: T): void {
    const piece = this.#pieces[index >> SHIFT];
    if (piece === undefined || index >= this.#length) throw new RangeError(`no entry ${String(index)}`);
    piece[index & (PIECE - 1)] = entry;
  }

  /** Takes the last entry away. */
  pop(): T | undefined {
    if (this.#length === 0) return undefined;
    const index = --this.#length;
    if (index < PIECE) return this.#last.pop();
    const place = index & (PIECE - 1);
    const entry = this.#last[place];
    // Nothing is behind the last entry.
    this.#last.length = place;
    if (place === 0) {
      this.#pieces.pop();
      this.#last = this.#pieces.at(-1) as T[];
    }
    return entry;
  }

  /** All of them: the list's own array, where there are few. */
  toArray(): readonly T[] {
    if (this.#pieces.length === 1) return this.#last;
    const whole = this.#pieces.slice(0, -1);
    const rest = this.#last.slice(0, ((this.#length - 1) & (PIECE - 1)) + 1);
    return ([] as T[]).concat(...whole, rest);
  }
}
