import { List } from '../../list.ts';

/** Places that a name may be in; where all are taken, it goes into a table that no file can make slow. */
const MOST_PROBES = 8;
/** Every call of a function has names of its own, which are few. */
const FEWEST_SLOTS = 16;

/** Distinct names in order; large files have very many, for which a `Map` is slow and large. */
export class Names {
  readonly #names = new List<string>();
  /** one more than the index of a name, by hash; 0 where there is none */
  #slots = new Int32Array(FEWEST_SLOTS);
  /** by index: a table that grows does not read the names again */
  #hashes = new Int32Array(FEWEST_SLOTS / 2);
  #crowded: Map<string, number> | undefined;

  get length(): number {
    return this.#names.length;
  }

  at(index: number): string | undefined {
    return this.#names.at(index);
  }

  indexOf(name: string): number | undefined {
    const mask = this.#slots.length - 1;
    const code = hash(name);
    let slot = code;
    for (let probe = 0; probe < MOST_PROBES; probe++, slot++) {
      const index = (this.#slots[slot & mask] as number) - 1;
      if (index < 0) return undefined;
      if (this.#hashes[index] === code && this.#names.at(index) === name) return index;
    }
    return this.#crowded?.get(name);
  }

  /** Adds a name behind the others; false if it is one of them. */
  add(name: string): boolean {
    const index = this.#names.length;
    const code = hash(name);
    if (!this.#place(name, code, index)) return false;
    this.#names.push(name);
    this.#hashes[index] = code;
    if (this.#names.length === this.#hashes.length) this.#grow();
    return true;
  }

  #place(name: string, code: number, index: number): boolean {
    const mask = this.#slots.length - 1;
    let slot = code;
    for (let probe = 0; probe < MOST_PROBES; probe++, slot++) {
      const other = (this.#slots[slot & mask] as number) - 1;
      if (other < 0) {
        this.#slots[slot & mask] = index + 1;
        return true;
      }
      if (this.#hashes[other] === code && this.#names.at(other) === name) return false;
    }
    this.#crowded ??= new Map();
    if (this.#crowded.has(name)) return false;
    this.#crowded.set(name, index);
    return true;
  }

  #grow(): void {
    const hashes = this.#hashes;
    this.#slots = new Int32Array(this.#slots.length * 4);
    this.#hashes = new Int32Array(this.#slots.length / 2);
    this.#hashes.set(hashes);
    this.#crowded = undefined;
    for (let index = 0; index < this.#names.length; index++)
      this.#place(this.#names.at(index) as string, hashes[index] as number, index);
  }
}

function hash(name: string): number {
  let sum = 0x811c9dc5;
  for (let i = 0; i < name.length; i++) sum = Math.imul(sum ^ name.charCodeAt(i), 0x01000193);
  return (sum ^ (sum >>> 15)) & 0x3fffffff;
}
