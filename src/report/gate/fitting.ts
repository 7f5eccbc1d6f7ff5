/** A text's length, in the unit of a limit. */
export type SizeOf = (text: string) => number;

/** What a list becomes within a limit. */
export interface FitOptions {
  readonly most: number;
  readonly sizeOf: SizeOf;
  /** what stands between two */
  readonly separator: string;
  /** says that there are so many more */
  readonly more: (count: number) => string;
}

/** As many of the entries as there is room for, from the first on, and in the place of the others how many they are. */
export function fitting(
  entries: readonly string[],
  { most, sizeOf, separator, more }: FitOptions,
): readonly string[] {
  const between = sizeOf(separator);
  const sizes = entries.map((entry) => sizeOf(entry) + between);
  if (sizes.reduce((sum, size) => sum + size, 0) - between <= most) return entries;
  const room = most - sizeOf(more(entries.length));
  let [shown, used] = [0, 0];
  while (used + (sizes[shown] as number) <= room) used += sizes[shown++] as number;
  return [...entries.slice(0, shown), more(entries.length - shown)];
}

/** The text if there is room for it, or else as much of its beginning as there is room for, and an ellipsis. */
export function cut(text: string, most: number, sizeOf: SizeOf): string {
  if (sizeOf(text) <= most) return text;
  let [fits, fails] = [0, text.length];
  while (fails - fits > 1) {
    const middle = (fits + fails) >> 1;
    if (sizeOf(`${text.slice(0, middle)}…`) <= most) fits = middle;
    else fails = middle;
  }
  return `${text.slice(0, fits)}…`;
}

/** Gives out names, each once: what occurred before is numbered. */
export class Names {
  readonly #taken = new Set<string>();
  readonly #last = new Map<string, number>();

  unique(name: string): string {
    let count = this.#last.get(name) ?? 1;
    let unique = count === 1 ? name : `${name} (${String(count)})`;
    while (this.#taken.has(unique)) unique = `${name} (${String(++count)})`;
    this.#last.set(name, count);
    this.#taken.add(unique);
    return unique;
  }
}
