/** What of a row a conclusion needs to find it again. */
interface Indexed {
  readonly index: number;
}

/** The layers that cost the most, and what it would save if they cost no more than the next. */
export interface Concentration<Row extends Indexed> {
  /** those within a tenth of the largest, in order of execution */
  readonly layers: readonly Row[];
  /** of the whole, 0 to 1 */
  readonly share: number;
  /** the first of the largest */
  readonly largest: Row;
  /** of the whole, 0 to 1 */
  readonly largestShare: number;
  /** the largest over the mean of the layers that cost anything */
  readonly maxOverMean: number;
  /** layers that cost anything */
  readonly costing: number;
  /** absent where all layers that cost anything are among the largest */
  readonly evened?: {
    /** the largest of the others */
    readonly next: Row;
    /** of the whole, saved if the largest cost no more than that */
    readonly share: number;
    /** by how much the largest layer would be smaller, 0 to 1 */
    readonly largest: number;
  };
}

/** Below this part of the largest, a layer is no longer one of the largest. */
const AMONG_LARGEST = 0.9;

/**
 * The layers that cost the most by some number of theirs; undefined where none costs anything.
 *
 * @param cost undefined where it is not known or not defined: such a layer takes no part
 */
export function concentrationOf<Row extends Indexed>(
  rows: readonly Row[],
  cost: (row: Row) => number | undefined,
): Concentration<Row> | undefined {
  let largest: Row | undefined;
  let [most, whole, costing] = [0, 0, 0];
  for (let i = 0; i < rows.length; i++) {
    const row = rows[i] as Row;
    const value = cost(row);
    if (value === undefined || value <= 0) continue;
    costing++;
    whole += value;
    if (value > most) {
      most = value;
      largest = row;
    }
  }
  if (largest === undefined) return undefined;
  const among: Row[] = [];
  let next: Row | undefined;
  let [own, nextMost] = [0, 0];
  for (let i = 0; i < rows.length; i++) {
    const row = rows[i] as Row;
    const value = cost(row);
    if (value === undefined) continue;
    if (value >= AMONG_LARGEST * most) {
      among.push(row);
      own += value;
    } else if (value > nextMost) {
      nextMost = value;
      next = row;
    }
  }
  return {
    layers: among,
    share: own / whole,
    largest,
    largestShare: most / whole,
    maxOverMean: (most * costing) / whole,
    costing,
    ...(next === undefined
      ? {}
      : {
          evened: { next, share: (own - among.length * nextMost) / whole, largest: 1 - nextMost / most },
        }),
  };
}
