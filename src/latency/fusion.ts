import type { Bytes } from '../units.ts';
import { at, evenTiles, wholeBytes } from './conv-layer.ts';

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

export interface FusedTraffic {
  readonly total: Bytes;
  readonly input: Bytes;
  readonly weights: Bytes;
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
  const size = doubleBuffering ? bufferBytes / 2 : bufferBytes;
  const largestFirst = [...steps.keys()].sort((i, j) => at(steps, j).weights - at(steps, i).weights);
  const made = new Set(steps.flatMap((step) => step.outputs));
  const outputElements = results.reduce(
    (sum, id) => sum + at(tensors, id).rows * at(tensors, id).rowElements,
    0,
  );
  const tallest = Math.max(1, ...results.map((id) => at(tensors, id).rows));

  let best: FusedTraffic | undefined;
  for (const stripes of evenTiles(tallest).map((tile) => Math.ceil(tallest / tile))) {
    const reached = Array.from({ length: stripes + 1 }, (_, done) => rowsReached(chain, done, stripes));
    const held = elementsHeld(chain, reached);
    const resident = new Set<number>();
    let residentElements = 0;
    const footprint = (): number =>
      b *
      held.reduce((most, maps, i) => {
        const streamed = resident.has(i) ? 0 : at(steps, i).filter;
        return Math.max(most, maps + residentElements + streamed);
      }, 0);
    if (footprint() > size) continue;
    for (const i of largestFirst) {
      resident.add(i);
      residentElements += at(steps, i).weights;
      if (footprint() <= size) continue;
      resident.delete(i);
      residentElements -= at(steps, i).weights;
    }
    const streamed = steps.reduce((sum, step, i) => sum + (resident.has(i) ? 0 : step.weights), 0);
    const input = tensors.reduce(
      (sum, tensor, id) => sum + (made.has(id) ? 0 : at(at(reached, stripes), id) * tensor.rowElements),
      0,
    );
    const bytes = {
      input: wholeBytes(batch * input * b),
      weights: wholeBytes((residentElements + streamed * stripes * batch) * b),
      output: wholeBytes(batch * outputElements * b),
    };
    const total = wholeBytes(bytes.input + bytes.weights + bytes.output);
    if (best !== undefined && total >= best.total) continue;
    best = {
      total,
      ...bytes,
      stripes,
      residentWeights: wholeBytes(residentElements * b),
      footprint: wholeBytes(footprint()),
    };
  }
  return best;
}

/** Rows of each tensor that exist after `done` of `stripes` stripes. */
function rowsReached(
  { tensors, steps, results }: FusedChain,
  done: number,
  stripes: number,
): readonly number[] {
  const reached = new Array<number>(tensors.length).fill(0);
  for (const id of results) reached[id] = Math.ceil((at(tensors, id).rows * done) / stripes);
  for (const step of [...steps].reverse()) {
    for (const id of step.outputs) {
      const rows = at(reached, id);
      if (rows === 0) continue;
      for (const { tensor, rows: map } of step.operands) {
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

/** For each step, the most elements of maps on chip while it runs, over all stripes. */
function elementsHeld(
  { tensors, steps }: FusedChain,
  reached: readonly (readonly number[])[],
): readonly number[] {
  const final = at(reached, reached.length - 1);
  /** the step that makes a tensor, or first reads an input */
  const appears = new Array<number>(tensors.length).fill(steps.length);
  const uses: { step: number; rows: RowMap; outputs: readonly number[] }[][] = tensors.map(() => []);
  steps.forEach((step, i) => {
    for (const { tensor, rows } of step.operands) {
      at(uses, tensor).push({ step: i, rows, outputs: step.outputs });
      appears[tensor] = Math.min(at(appears, tensor), i);
    }
    for (const id of step.outputs) appears[id] = i;
  });
  return steps.map((_, i) => {
    let most = 0;
    for (let stripe = 1; stripe < reached.length; stripe++) {
      const before = at(reached, stripe - 1);
      const after = at(reached, stripe);
      let held = 0;
      tensors.forEach((tensor, id) => {
        const available = at(at(appears, id) <= i ? after : before, id);
        let first = available;
        for (const use of at(uses, id)) {
          for (const output of use.outputs) {
            const next = at(use.step < i ? after : before, output);
            if (next < at(final, output)) first = Math.min(first, firstRowNeeded(use.rows, next));
          }
        }
        const fresh = at(appears, id) === i ? at(after, id) - at(before, id) : 0;
        held += Math.max(available - first, fresh) * tensor.rowElements;
      });
      most = Math.max(most, held);
    }
    return most;
  });
}
