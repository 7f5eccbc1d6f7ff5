import { elements, quantity, type Elements } from '../units.ts';
import { at, convGeometry, type ConvGeometry, type ConvLayer } from './convLayer.ts';
import { checkArray, paddedInput, scaleSimOutput, type SystolicArray } from './systolic.ts';

/** DRAM accesses of SCALE-Sim v2, in elements. */
export interface ScaleSimDram {
  /** elements of the input, halo and repetitions included */
  readonly inputReads: Elements;
  /** elements of the weights, repetitions included */
  readonly weightReads: Elements;
  /** SCALE-Sim prints up to 0.35 % more: it counts the padding of forced partial lines */
  readonly outputWrites: Elements;
}

/**
 * DRAM accesses of one layer as SCALE-Sim v2 counts them.
 *
 * An operand that fits the working half of its buffer, 50 floor(capacity / 100) elements, is read once, element
 * by element that a window touches. A larger one is simulated access by access, in the order of the array's
 * demands: SCALE-Sim empties the whole buffer whenever so many elements have been filled. That is its policy and
 * no bound of a layer; `leastDramTraffic` states what a buffer needs.
 *
 * @param buffers capacities of the input and the weight buffer, in elements
 * @throws ProfileError CSP501 for a shape that is no convolution, CSP503 for one that SCALE-Sim does not know
 * @source scalesim-project/scale-sim-v2 at 22f88b1, equal on every row of test/latency/data/scalesim.csv
 */
export function scaleSimDram(
  layer: ConvLayer,
  array: SystolicArray,
  buffers: { readonly inputElements: number; readonly weightElements: number },
): ScaleSimDram {
  checkArray(array);
  const shape = convGeometry(layer);
  const output = scaleSimOutput(layer);
  const runs = shape.batch * shape.groups;
  const P = elements(output);
  const K = shape.groupInputs * shape.taps;
  const M = shape.groupOutputs;
  const rowFolds = array.dataflow === 'os' ? 1 : Math.ceil(K / array.rows);
  const count = (perRun: number): Elements => quantity<'element'>(perRun * runs);
  return {
    inputReads: count(misses(inputOperand(shape, output), [P, K, M], array, buffers.inputElements)),
    weightReads: count(misses(weightOperand(K, M), [P, K, M], array, buffers.weightElements)),
    outputWrites: count(P * M * rowFolds),
  };
}

/** Where the elements of an operand lie: that of line l (a position, or a filter) and k at lines[l] + steps[k]. */
interface Operand {
  readonly name: 'input' | 'weights';
  readonly lines: Int32Array;
  readonly steps: Int32Array;
  readonly addresses: number;
  /** elements */
  readonly distinct: number;
  /** addresses beyond the end of an axis, which windows that do not fit reach; no accesses */
  readonly outside: readonly number[];
}

const weightOperand = (K: number, M: number): Operand => ({
  name: 'weights',
  lines: Int32Array.from({ length: M }, (_, m) => m),
  steps: Int32Array.from({ length: K }, (_, k) => k * M),
  addresses: K * M,
  distinct: K * M,
  outside: [],
});

/** Channels innermost, then columns, then rows, in a map large enough for all windows. */
function inputOperand(
  { groupInputs: channels, taps, window, ...layer }: ConvGeometry,
  output: readonly number[],
): Operand {
  const extents = paddedInput({ ...layer, window });
  const reach = output.map(
    (windows, axis) => (windows - 1) * at(window.stride, axis) + at(window.kernel, axis),
  );
  const map = extents.map((extent, axis) => Math.max(extent, at(reach, axis)));
  const flatten = (position: readonly number[]): number =>
    position.reduce((sum, digit, axis) => sum * at(map, axis) + digit, 0) * channels;
  const positions = Array.from({ length: elements(map) }, (_, i) => split(i, map));
  return {
    name: 'input',
    lines: Int32Array.from({ length: elements(output) }, (_, p) =>
      flatten(split(p, output).map((o, axis) => o * at(window.stride, axis))),
    ),
    steps: Int32Array.from(
      { length: taps * channels },
      (_, k) => flatten(split(Math.floor(k / channels), window.kernel)) + (k % channels),
    ),
    addresses: elements(map) * channels,
    distinct: elements(extents) * channels,
    outside: positions
      .filter((position) => position.some((digit, axis) => digit >= at(extents, axis)))
      .flatMap((position) => Array.from({ length: channels }, (_, channel) => flatten(position) + channel)),
  };
}

/** Digits of a number in a mixed base, the last axis fastest. */
function split(index: number, sizes: readonly number[]): readonly number[] {
  const digits: number[] = [];
  for (let axis = sizes.length - 1; axis >= 0; axis--) {
    digits.unshift(index % at(sizes, axis));
    index = Math.floor(index / at(sizes, axis));
  }
  return digits;
}

/** Offsets that stream past lanes, one cycle after the other; `skew` 1: each lane one cycle behind the one before. */
interface Pass {
  readonly lanes: Int32Array;
  readonly stream: Int32Array;
  readonly skew: 0 | 1;
}

/** The demands of an operand in their order: one pass for each fold, folds of columns outside. */
function* passes(
  { name, lines, steps }: Operand,
  [P, K, M]: readonly [number, number, number],
  { rows: R, columns: C, dataflow }: SystolicArray,
): Generator<Pass> {
  const mappedRows = dataflow === 'os' ? P : K;
  const mappedColumns = dataflow === 'is' ? P : M;
  const stays = name === (dataflow === 'ws' ? 'weights' : dataflow === 'is' ? 'input' : undefined);
  for (let column = 0; column < mappedColumns; column += C) {
    for (let row = 0; row < mappedRows; row += R) {
      if (stays) {
        // Preloaded row by row, the last one first.
        const stream = steps.slice(row, row + R).reverse();
        yield { lanes: lines.subarray(column, column + C), stream, skew: 0 };
      } else if (dataflow !== 'os') {
        yield { lanes: steps.subarray(row, row + R), stream: lines, skew: 1 };
      } else {
        const lanes = name === 'input' ? lines.subarray(row, row + R) : lines.subarray(column, column + C);
        yield { lanes, stream: steps, skew: 1 };
      }
    }
  }
}

/** Elements of an operand that are fetched from DRAM. */
function misses(
  operand: Operand,
  product: readonly [number, number, number],
  array: SystolicArray,
  capacity: number,
): number {
  const half = 50 * Math.floor(capacity / 100);
  const filledIn = new Int32Array(operand.addresses);
  let filling = 1;
  let filled = 0;
  let fetched = 0;
  for (const address of operand.outside) filledIn[address] = NEVER;
  const once: readonly Pass[] = [{ lanes: operand.lines, stream: operand.steps, skew: 0 }];
  for (const { lanes, stream, skew } of half >= operand.distinct ? once : passes(operand, product, array)) {
    const cycles = stream.length + skew * (lanes.length - 1);
    for (let cycle = 0; cycle < cycles; cycle++) {
      const first = skew === 0 ? 0 : Math.max(0, cycle - stream.length + 1);
      const end = skew === 0 ? lanes.length : Math.min(lanes.length, cycle + 1);
      for (let lane = first; lane < end; lane++) {
        const address = (lanes[lane] as number) + (stream[cycle - skew * lane] as number);
        const last = filledIn[address];
        if (last === filling || last === NEVER) continue;
        filledIn[address] = filling;
        fetched++;
        if (++filled < half) continue;
        filling++;
        filled = 0;
      }
    }
  }
  return fetched;
}

/** Marks an address that is no element. */
const NEVER = -1;
