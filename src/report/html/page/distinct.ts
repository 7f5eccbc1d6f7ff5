import type { Datum } from '../../charts/chart.ts';

/**
 * The rows that a plot can tell apart: of each series, in each column of pixels, the lowest and the highest; what is
 * not a number breaks a line, and stays.
 *
 * @param near fields of a row that place it, and that of its series
 * @param columns pixels that the plot is wide
 */
export function distinct(
  rows: readonly Datum[],
  near: { readonly x: string; readonly y: string; readonly series: string },
  columns: number,
): readonly Datum[] {
  if (rows.length <= 2 * columns) return rows;
  let [first, last] = [Infinity, -Infinity];
  for (const row of rows) {
    const x = Number(row[near.x]);
    first = Math.min(first, x);
    last = Math.max(last, x);
  }
  const kept = new Set<Datum>();
  const extremes = new Map<string, { lowest: Datum; highest: Datum }>();
  for (const row of rows) {
    const [x, y] = [row[near.x], row[near.y]];
    // Both ends: the axis reaches from one to the other.
    if (typeof x !== 'number' || typeof y !== 'number' || x === first || x === last) {
      kept.add(row);
      continue;
    }
    const column = Math.floor((columns * (x - first)) / (last - first));
    const key = `${String(column)} ${String(row[near.series])}`;
    const known = extremes.get(key);
    if (known === undefined) extremes.set(key, { lowest: row, highest: row });
    else if (y < Number(known.lowest[near.y])) known.lowest = row;
    else if (y > Number(known.highest[near.y])) known.highest = row;
  }
  for (const { lowest, highest } of extremes.values()) kept.add(lowest).add(highest);
  return rows.filter((row) => kept.has(row));
}
