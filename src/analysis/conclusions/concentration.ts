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
  const costing = rows.flatMap((row) => {
    const value = cost(row);
    return value === undefined || value <= 0 ? [] : [{ row, value }];
  });
  const [first] = costing;
  if (first === undefined) return undefined;
  const largest = costing.reduce((most, each) => (each.value > most.value ? each : most), first);
  const whole = costing.reduce((sum, { value }) => sum + value, 0);
  const among = costing.filter(({ value }) => value >= AMONG_LARGEST * largest.value);
  const others = costing.filter(({ value }) => value < AMONG_LARGEST * largest.value);
  const own = among.reduce((sum, { value }) => sum + value, 0);
  const [start] = others;
  const next = start && others.reduce((most, each) => (each.value > most.value ? each : most), start);
  return {
    layers: among.map(({ row }) => row),
    share: own / whole,
    largest: largest.row,
    largestShare: largest.value / whole,
    maxOverMean: (largest.value * costing.length) / whole,
    costing: costing.length,
    ...(next === undefined
      ? {}
      : {
          evened: {
            next: next.row,
            share: (own - among.length * next.value) / whole,
            largest: 1 - next.value / largest.value,
          },
        }),
  };
}
