import type { Bytes } from '../units.ts';
import { at, evenTiles, wholeBytes } from './convLayer.ts';

/** How rows of an operator's output depend on rows of an operand. */
export type RowMap =
  | {
      readonly kind: 'window';
      readonly kernel: number;
      readonly stride: number;
      readonly dilation: number;
      readonly padding: number;
    }
  /** each input row makes `factor` output rows */
  | { readonly kind: 'repeat'; readonly factor: number }
  /** every output row needs the whole operand */
  | { readonly kind: 'whole' };

export const ROW_BY_ROW: RowMap = { kind: 'window', kernel: 1, stride: 1, dilation: 1, padding: 0 };

/** A map of one image: rows (the outermost spatial axis) of so many elements, all channels. */
export interface FusedTensor {
  readonly rows: number;
  readonly rowElements: number;
}

/** One operator of a fused chain; tensors are indices into the chain's list. */
export interface FusedStep {
  readonly operands: readonly { readonly tensor: number; readonly rows: RowMap }[];
  readonly outputs: readonly number[];
  /** elements of weights */
  readonly weights: number;
  /** elements of the smallest part of the weights that can be used at once: one filter */
  readonly filter: number;
}

/** Operators in execution order that exchange their intermediate maps on chip. */
export interface FusedChain {
  readonly batch: number;
  readonly tensors: readonly FusedTensor[];
  readonly steps: readonly FusedStep[];
  /** tensors made here that are read outside the chain, and so are written to DRAM */
  readonly results: readonly number[];
}

/** The bytes that a chain of layers moves over DRAM, and how it is cut. */
export interface FusedTraffic {
  /** sum of the parts: input, weights, output */
  readonly total: Bytes;
  /** maps that are read from DRAM, halo included */
  readonly input: Bytes;
  /** read, repetitions included */
  readonly weights: Bytes;
  /** maps that are written to DRAM */
  readonly output: Bytes;
  /** stripes that each image is cut into */
  readonly stripes: number;
  /** weights that stay on chip throughout */
  readonly residentWeights: Bytes;
  /** most bytes on chip at once */
  readonly footprint: Bytes;
}

/**
 * DRAM traffic of a chain of operators whose intermediate maps stay on chip, at the best number of stripes
 * ceil(rows / stripe rows); undefined where the buffer holds no schedule.
 *
 * Images run one by one, each in n stripes of full-width rows. In a stripe every result advances by its share
 * of rows (ceil(rows t / n) after t stripes) and every operator makes the rows that this needs, in execution
 * order. A row is loaded or computed once, before its first use, and kept until no later use needs it or a
 * row before it; an operator holds its operands and its new rows together, all channels. So inputs (the rows
 * that are used) and results cross DRAM once. Weights stay on chip, the largest first, as far as they fit;
 * the others are read once per stripe, filter by filter.
 *
 * @unit   byte
 * @source checked against a simulation that moves single rows (test/latency)
 */
export function fusedDramTraffic(
  chain: FusedChain,
  options: { readonly bufferBytes: number; readonly dtypeBytes: number; readonly doubleBuffering?: boolean },
): FusedTraffic | undefined {
  const { batch, tensors, steps, results } = chain;
  const { bufferBytes, dtypeBytes: b, doubleBuffering = false } = options;
  const capacity = (doubleBuffering ? bufferBytes / 2 : bufferBytes) / b;
  const made = new Set(steps.flatMap((step) => step.outputs));
  const rowsAtEnd = rowsReached(chain, 1, 1);
  let inputElements = 0;
  tensors.forEach(({ rowElements }, id) => {
    if (!made.has(id)) inputElements += at(rowsAtEnd, id) * rowElements;
  });
  const outputElements = results.reduce(
    (sum, id) => sum + at(tensors, id).rows * at(tensors, id).rowElements,
    0,
  );
  const weights = steps.reduce((sum, step) => sum + step.weights, 0);
  const tallest = Math.max(1, ...results.map((id) => at(tensors, id).rows));
  const bytesWith = (residentElements: number, stripes: number) => {
    const bytes = {
      input: wholeBytes(batch * inputElements * b),
      weights: wholeBytes((residentElements + (weights - residentElements) * stripes * batch) * b),
      output: wholeBytes(batch * outputElements * b),
    };
    return { total: wholeBytes(bytes.input + bytes.weights + bytes.output), ...bytes };
  };

  const elementsHeld = holdings(chain);
  let best: FusedTraffic | undefined;
  for (const tile of evenTiles(tallest)) {
    const stripes = Math.ceil(tallest / tile);
    // Even a buffer full of weights reads the others once per stripe: more stripes do not need less.
    if (best !== undefined && bytesWith(Math.min(weights, capacity), stripes).total >= best.total) break;
    const held = elementsHeld(stripes, capacity);
    if (held === undefined) continue;
    const { residentElements, footprint } = residentWeights(steps, held, capacity);
    const bytes = bytesWith(residentElements, stripes);
    if (best !== undefined && bytes.total >= best.total) continue;
    best = {
      ...bytes,
      stripes,
      residentWeights: wholeBytes(residentElements * b),
      footprint: wholeBytes(footprint * b),
    };
  }
  return best;
}

/** Weights that stay on chip, the largest first as far as they fit, and the most elements on chip with them. */
function residentWeights(
  steps: readonly FusedStep[],
  held: readonly number[],
  capacity: number,
): { readonly residentElements: number; readonly footprint: number } {
  const streaming = [...steps.keys()].sort(
    (i, j) => at(held, j) + at(steps, j).filter - (at(held, i) + at(steps, i).filter),
  );
  const resident = new Set<number>();
  let residentElements = 0;
  let mostHeld = 0;
  /** most elements of maps and streamed filters at once, without the filter of this step */
  const mostBeside = (step: number): number => {
    const other = streaming.find((i) => i !== step && !resident.has(i));
    return other === undefined ? mostHeld : Math.max(mostHeld, at(held, other) + at(steps, other).filter);
  };
  for (const i of [...steps.keys()].sort((i, j) => at(steps, j).weights - at(steps, i).weights)) {
    const { weights } = at(steps, i);
    if (residentElements + weights + Math.max(at(held, i), mostBeside(i)) > capacity) continue;
    resident.add(i);
    residentElements += weights;
    mostHeld = Math.max(mostHeld, at(held, i));
  }
  return { residentElements, footprint: residentElements + mostBeside(-1) };
}

/** Rows of each tensor that exist after `done` of `stripes` stripes. */
function rowsReached(
  { tensors, steps, results }: FusedChain,
  done: number,
  stripes: number,
): readonly number[] {
  const reached = new Array<number>(tensors.length).fill(0);
  for (const id of results) reached[id] = Math.ceil((at(tensors, id).rows * done) / stripes);
  for (let i = steps.length - 1; i >= 0; i--) {
    const { operands, outputs } = at(steps, i);
    for (const id of outputs) {
      const rows = at(reached, id);
      if (rows === 0) continue;
      for (const { tensor, rows: map } of operands) {
        const needed = Math.min(at(tensors, tensor).rows, rowsNeeded(map, rows));
        reached[tensor] = Math.max(at(reached, tensor), needed);
      }
    }
  }
  return reached;
}

/** Operand rows, counted from the first, that the first `rows` output rows need. */
function rowsNeeded(map: RowMap, rows: number): number {
  switch (map.kind) {
    case 'window':
      return Math.max(0, (rows - 1) * map.stride - map.padding + (map.kernel - 1) * map.dilation + 1);
    case 'repeat':
      return Math.ceil(rows / map.factor);
    case 'whole':
      return Infinity;
  }
}

/** The first operand row that output row `row` or a later one needs. */
function firstRowNeeded(map: RowMap, row: number): number {
  switch (map.kind) {
    case 'window':
      return Math.max(0, row * map.stride - map.padding);
    case 'repeat':
      return Math.floor(row / map.factor);
    case 'whole':
      return 0;
  }
}

/**
 * For a number of stripes, the most elements of maps on chip while each step runs; undefined where one does not
 * leave room for its filter.
 */
function holdings(chain: FusedChain): (stripes: number, capacity: number) => readonly number[] | undefined {
  const { tensors, steps } = chain;
  const final = rowsReached(chain, 1, 1);
  /** the step that makes a tensor, or first reads an input */
  const appears = new Array<number>(tensors.length).fill(steps.length);
  const uses: { step: number; rows: RowMap; output: number }[][] = tensors.map(() => []);
  steps.forEach(({ operands, outputs }, i) => {
    for (const { tensor, rows } of operands) {
      for (const output of outputs) at(uses, tensor).push({ step: i, rows, output });
      appears[tensor] = Math.min(at(appears, tensor), i);
    }
    for (const id of outputs) appears[id] = i;
  });
  /** tensors that a step may hold more or fewer rows of than the step before */
  const touched = steps.map(({ operands, outputs }) => [...operands.map(({ tensor }) => tensor), ...outputs]);
  const changed = touched.map((own, i) =>
    i === 0 ? [...tensors.keys()] : [...new Set([...at(touched, i - 1), ...own])],
  );

  return (stripes, capacity) => {
    const most = new Array<number>(steps.length).fill(0);
    const rows = new Array<number>(tensors.length).fill(0);
    let held = 0;
    let after: readonly number[] = rows.slice();
    for (let stripe = 1; stripe <= stripes; stripe++) {
      const before = after;
      after = rowsReached(chain, stripe, stripes);
      for (let step = 0; step < steps.length; step++) {
        for (const id of at(changed, step)) {
          const now = rowsHeld(id, step, before, after);
          held += (now - at(rows, id)) * at(tensors, id).rowElements;
          rows[id] = now;
        }
        if (held + at(steps, step).filter > capacity) return undefined;
        most[step] = Math.max(at(most, step), held);
      }
    }
    return most;
  };

  function rowsHeld(id: number, step: number, before: readonly number[], after: readonly number[]): number {
    const appearsAt = at(appears, id);
    const available = at(appearsAt <= step ? after : before, id);
    let first = available;
    for (const use of at(uses, id)) {
      const next = at(use.step < step ? after : before, use.output);
      if (next < at(final, use.output)) first = Math.min(first, firstRowNeeded(use.rows, next));
    }
    const kept = available - first;
    return appearsAt === step ? Math.max(kept, at(after, id) - at(before, id)) : kept;
  }
}
