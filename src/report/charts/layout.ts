/** A point of the picture: places go to the right, lanes down (below 0). */
export interface Point {
  readonly x: number;
  readonly y: number;
}

/** Where the parts of a network are drawn. */
export interface Layout {
  /** centre of each layer's box */
  readonly boxes: readonly Point[];
  /** straight lines between boxes, or along a free lane */
  readonly lines: readonly (readonly [from: Point, to: Point])[];
  /** upper edge of each stage's row */
  readonly rows: readonly { readonly stage: string; readonly y: number }[];
  /** how many places it is wide, and lanes high */
  readonly places: number;
  readonly lanes: number;
}

/** Half of a box's width. */
const SIDE = 0.4;

/** What of a row its name takes, in lanes. */
const NAME = 0.9;

/** Lines that find no lane among so many go straight: more would be unreadable. */
const MOST_LANES = 12;

/** What takes a lane of its stage's row from one place to another: a layer, or what it made until its last reader. */
interface Run {
  readonly layer: number;
  readonly isLine: boolean;
  readonly first: number;
  readonly last: number;
}

/**
 * A network from left to right: a layer stands one place behind the last that it reads, in the row of its stage, in
 * the lane of what it continues where that is free. What is read further on runs along a lane of its own. Each layer
 * and each line is looked at a few times, so that 5,000 layers take some milliseconds.
 *
 * @param stages of each layer
 * @param order of the rows
 * @param sources for each layer, the earlier ones that it reads
 */
export function layoutOf(
  stages: readonly string[],
  order: readonly string[],
  sources: readonly (readonly number[])[],
): Layout {
  const places = placesOf(sources);
  const last = lastReader(sources, places);
  const laneOf = lanesOf(stages, sources, places, last);
  const rows = new Map<string, number>();
  const tops: { stage: string; y: number }[] = [];
  let lanes = 0;
  for (const stage of order) {
    rows.set(stage, -lanes - NAME);
    tops.push({ stage, y: -lanes });
    lanes += NAME + (laneOf.used.get(stage) ?? 1);
  }
  const height = (layer: number, lane: number): number =>
    (rows.get(stages[layer] as string) as number) - lane - 0.5;
  const boxes = places.map((x, i): Point => ({ x, y: height(i, laneOf.boxes[i] as number) }));
  return {
    boxes,
    lines: linesOf(sources, boxes, last, (layer) => {
      const lane = laneOf.lines[layer];
      return lane === undefined ? undefined : height(layer, lane);
    }),
    rows: tops,
    places: places.reduce((most, x) => Math.max(most, x + 1), 1),
    lanes,
  };
}

/** One more than the last place that a layer reads. */
function placesOf(sources: readonly (readonly number[])[]): readonly number[] {
  const places: number[] = [];
  for (const read of sources)
    places.push(read.reduce((most, source) => Math.max(most, (places[source] as number) + 1), 0));
  return places;
}

/** The last place where each layer's result is read; its own where nothing reads it. */
function lastReader(sources: readonly (readonly number[])[], places: readonly number[]): readonly number[] {
  const last = [...places];
  sources.forEach((read, i) => {
    for (const source of read) last[source] = Math.max(last[source] as number, places[i] as number);
  });
  return last;
}

interface Lanes {
  /** of each layer's box */
  readonly boxes: readonly number[];
  /** of what each layer makes, where it is read further on */
  readonly lines: readonly (number | undefined)[];
  /** how many lanes the row of a stage has */
  readonly used: ReadonlyMap<string, number>;
}

function lanesOf(
  stages: readonly string[],
  sources: readonly (readonly number[])[],
  places: readonly number[],
  last: readonly number[],
): Lanes {
  const runs: Run[] = [];
  places.forEach((place, layer) => {
    runs.push({ layer, isLine: false, first: place, last: place });
    const end = (last[layer] as number) - 1;
    if (end > place) runs.push({ layer, isLine: true, first: place + 1, last: end });
  });
  // Boxes first: lines go around them.
  runs.sort((a, b) => a.first - b.first || Number(a.isLine) - Number(b.isLine) || a.layer - b.layer);
  // By stage, the last place that each lane is taken at.
  const taken = new Map<string, number[]>();
  const [boxes, lines] = [Array<number>(places.length).fill(0), Array<number | undefined>(places.length)];
  for (const { layer, isLine, first, last: end } of runs) {
    const stage = stages[layer] as string;
    const row = taken.get(stage) ?? [];
    taken.set(stage, row);
    const continued = (sources[layer] ?? [])
      .filter((source) => stages[source] === stage)
      .map((source) => lines[source] ?? (boxes[source] as number));
    const wanted = isLine || continued.length === 0 ? 0 : Math.min(...continued);
    const isFree = (lane: number): boolean => (row[lane] ?? -1) < first;
    let lane = isFree(wanted) ? wanted : row.findIndex((_, at) => isFree(at));
    if (lane === -1) lane = row.length;
    if (isLine && lane >= MOST_LANES) continue;
    while (row.length <= lane) row.push(-1);
    row[lane] = end;
    if (isLine) lines[layer] = lane;
    else boxes[layer] = lane;
  }
  return { boxes, lines, used: new Map([...taken].map(([stage, row]) => [stage, row.length])) };
}

function linesOf(
  sources: readonly (readonly number[])[],
  boxes: readonly Point[],
  last: readonly number[],
  heightOf: (layer: number) => number | undefined,
): Layout['lines'] {
  const lines: (readonly [Point, Point])[] = [];
  const right = ({ x, y }: Point): Point => ({ x: x + SIDE, y });
  const left = ({ x, y }: Point): Point => ({ x: x - SIDE, y });
  boxes.forEach((box, layer) => {
    const y = heightOf(layer);
    if (y === undefined) return;
    const start = { x: box.x + 1 - SIDE, y };
    lines.push([right(box), start], [start, { x: (last[layer] as number) - 1 + SIDE, y }]);
  });
  sources.forEach((read, i) => {
    const box = boxes[i] as Point;
    for (const source of read) {
      const from = boxes[source] as Point;
      const y = heightOf(source);
      const isNext = from.x + 1 === box.x;
      lines.push([isNext || y === undefined ? right(from) : { x: box.x - 1 + SIDE, y }, left(box)]);
    }
  });
  return lines;
}
