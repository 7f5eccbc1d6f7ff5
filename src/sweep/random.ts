/** Numbers from 0 (included) to 1 (excluded), the same for the same seed on every machine. */
export type Random = () => number;

/**
 * A generator with a state of 128 bits.
 *
 * @source sfc32 of PractRand, pracrand.sourceforge.net
 */
export function randomOf(seed: number): Random {
  let [a, b, c, counter] = [0x9e3779b9, seed | 0, Math.floor(seed / 2 ** 32) | 0, 1];
  const next = (): number => {
    const result = (a + b + counter++) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = ((c << 21) | (c >>> 11)) + result;
    return result >>> 0;
  };
  for (let i = 0; i < 15; i++) next();
  return () => ((next() >>> 5) * 2 ** 26 + (next() >>> 6)) / 2 ** 53;
}

/** A whole number from 0 (included) to `end` (excluded). */
export const below = (random: Random, end: number): number => Math.floor(random() * end);

/** Shuffles a list in place. */
export function shuffle<T>(list: T[], random: Random): T[] {
  for (let i = list.length - 1; i > 0; i--) {
    const other = below(random, i + 1);
    [list[i], list[other]] = [list[other] as T, list[i] as T];
  }
  return list;
}
