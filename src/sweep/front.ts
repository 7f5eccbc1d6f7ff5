/** A number that designs are chosen by. */
export interface Objective {
  /** a metric, or another number that rows have */
  readonly name: string;
  /** whether less is better, or more */
  readonly direction: 'min' | 'max';
}

/**
 * The designs that no other beats: none is as good in every objective and better in one. Designs that are equal
 * stand beside each other; one of which a number is not known (NaN) is on no front and beats nothing.
 *
 * @param points objectives of all designs, one design behind the other, all to be minimised
 * @param objectives how many numbers each design has
 * @returns positions of the designs, ascending
 */
export function paretoFront(points: Float64Array, objectives: number): readonly number[] {
  const known: number[] = [];
  for (let i = 0; i < points.length / objectives; i++) if (isKnown(points, objectives, i)) known.push(i);
  // Whoever beats a design comes before it in this order, so that a front never shrinks.
  known.sort((a, b) => {
    for (let k = 0; k < objectives; k++) {
      const [own, other] = [points[a * objectives + k] as number, points[b * objectives + k] as number];
      if (own !== other) return own < other ? -1 : 1;
    }
    return a - b;
  });
  return (objectives === 2 ? stairs(points, known) : culled(points, objectives, known)).sort((a, b) => a - b);
}

/** Of two objectives: a design is beaten where one before it was as good in the second. */
function stairs(points: Float64Array, sorted: readonly number[]): number[] {
  const front: number[] = [];
  for (const i of sorted) {
    const last = front.at(-1);
    const [x, y] = [points[2 * i] as number, points[2 * i + 1] as number];
    if (last === undefined || y < (points[2 * last + 1] as number)) front.push(i);
    else if (y === points[2 * last + 1] && x === points[2 * last]) front.push(i);
  }
  return front;
}

/** Of any number: what beat a design most recently is tried first, since it beats the most. */
function culled(points: Float64Array, objectives: number, sorted: readonly number[]): number[] {
  const front: number[] = [];
  for (const i of sorted) {
    const by = front.findIndex((other) => dominates(points, objectives, other, i));
    if (by === -1) front.push(i);
    else if (by > 0) {
      const [winner] = front.splice(by, 1);
      front.unshift(winner as number);
    }
  }
  return front;
}

/** Whether design `a` is as good as `b` in every objective and better in one. */
export function dominates(points: Float64Array, objectives: number, a: number, b: number): boolean {
  let better = false;
  for (let k = 0; k < objectives; k++) {
    const [own, other] = [points[a * objectives + k] as number, points[b * objectives + k] as number];
    if (!(own <= other)) return false;
    if (own < other) better = true;
  }
  return better;
}

function isKnown(points: Float64Array, objectives: number, i: number): boolean {
  for (let k = 0; k < objectives; k++) if (Number.isNaN(points[i * objectives + k])) return false;
  return true;
}

/**
 * Fronts one behind the other: what is on the front once all before are gone. Designs with unknown numbers have none.
 *
 * @returns by design, 0 for the front, 1 for what it hides, and so on; -1 where a number is not known
 */
export function frontRanks(points: Float64Array, objectives: number): Int32Array {
  const ranks = new Int32Array(points.length / objectives).fill(-1);
  let left = [...ranks.keys()];
  for (let rank = 0; left.length > 0; rank++) {
    const own = Float64Array.from(
      left.flatMap((i) => [...points.subarray(i * objectives, (i + 1) * objectives)]),
    );
    const front = paretoFront(own, objectives);
    if (front.length === 0) break;
    for (const position of front) ranks[left[position] as number] = rank;
    left = left.filter((i) => ranks[i] === -1);
  }
  return ranks;
}
