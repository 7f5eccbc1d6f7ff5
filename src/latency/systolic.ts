import { problem, ProfileError } from '../diagnostics.ts';
import { elements, quantity, type Elements } from '../units.ts';
import { at, convGeometry, type ConvLayer } from './convLayer.ts';

/** Which operand stays in the processing elements: outputs, weights or inputs. */
export type Dataflow = 'os' | 'ws' | 'is';

/** Processing elements in rows and columns that pass operands on to their neighbours. */
export interface SystolicArray {
  /** processing elements along one side */
  readonly rows: number;
  /** processing elements along the other side */
  readonly columns: number;
  /** what stays in the processing elements */
  readonly dataflow: Dataflow;
}

/** What a layer costs on a systolic array. */
export interface SystolicCost {
  /** times that the array is loaded, groups and batch included */
  readonly folds: number;
  /** of all folds, filling and draining of the array included */
  readonly cycles: number;
  /** shares of the array, 0 to 1 */
  readonly utilization: {
    /** MACs / (cycles * processing elements) */
    readonly overall: number;
    /** processing elements that hold work, averaged over the folds */
    readonly mapping: number;
    /** as `overall`, while operands stream: the preload of `ws` and `is` left out */
    readonly compute: number;
  };
  /** elements that cross between buffer and array */
  readonly sram: {
    readonly inputReads: Elements;
    readonly weightReads: Elements;
    /** results and, for `ws` and `is`, the partial sums of each row fold */
    readonly outputWrites: Elements;
    /** partial sums read back; absent in `scalesim` mode, which does not count them */
    readonly psumReads?: Elements;
  };
}

/**
 * Cycles, utilisation and SRAM accesses of a convolution on a systolic array of R x C.
 *
 * The layer is a product [P, K] x [K, M] per group: P output positions (batch included), K = C k k / groups,
 * M output channels of a group. `os` maps P x M on rows x columns and streams K, `ws` maps K x M and streams
 * P, `is` maps K x P and streams M; ceil(rows / R) * ceil(columns / C) folds, each filled and drained in full:
 * T + R + C - 2 cycles for `os`, 2 R + C + T - 2 for `ws` and `is` (R to preload), T the streamed extent.
 * Groups are folds of their own.
 *
 * Mode `scalesim` returns what SCALE-Sim v2 prints, where it differs from `default`:
 * no padding and no batch (padded extents are input; images, like groups, run as layers of their own);
 * ceil where the last window does not fit; one cycle less per layer; a compute utilisation that counts the
 * skew of `ws` and `is` twice; R + C output writes too many per fold of `os`; no reads of partial sums.
 *
 * @throws ProfileError CSP501 for a shape that is no convolution, CSP503 for an array without elements
 * @source scalesim-project/scale-sim-v2 at 22f88b1, equal on every row of test/latency/data/scalesim.csv
 */
export function systolicConv(
  layer: ConvLayer,
  array: SystolicArray,
  mode: 'default' | 'scalesim' = 'default',
): SystolicCost {
  const { rows: R, columns: C, dataflow } = array;
  checkArray(array);
  const quirks = mode === 'scalesim';
  const shape = convGeometry(layer);
  const P = quirks ? elements(scaleSimOutput(layer)) : shape.pixels;
  const K = shape.groupInputs * shape.taps;
  const M = shape.groupOutputs;
  const runs = quirks ? shape.groups * shape.batch : shape.groups;

  const mappedRows = dataflow === 'os' ? P : K;
  const mappedColumns = dataflow === 'is' ? P : M;
  const streamed = dataflow === 'os' ? K : dataflow === 'ws' ? P : M;
  const rowFolds = Math.ceil(mappedRows / R);
  const columnFolds = Math.ceil(mappedColumns / C);
  const folds = rowFolds * columnFolds;
  const streaming = streamed + R + C - 2;
  const cycles = folds * (dataflow === 'os' ? streaming : streaming + R) - (quirks ? 1 : 0);
  const counted = quirks && dataflow !== 'os' ? streaming + R + C - 1 : streaming;
  const mapping = (mappedRows * mappedColumns) / (R * C * folds);

  // Streamed operands are read again for each fold along the axis that they are not mapped on.
  const inputReads = K * P * (dataflow === 'is' ? 1 : columnFolds);
  const weightReads = K * M * (dataflow === 'os' ? rowFolds : dataflow === 'is' ? columnFolds : 1);
  const outputWrites = P * M * (dataflow === 'os' ? 1 : rowFolds);
  const surplus = quirks && dataflow === 'os' ? folds * (R + C) : 0;
  const sram = {
    inputReads: quantity<'element'>(inputReads * runs),
    weightReads: quantity<'element'>(weightReads * runs),
    outputWrites: quantity<'element'>((outputWrites + surplus) * runs),
  };
  return {
    folds: folds * runs,
    cycles: cycles * runs,
    utilization: {
      overall: (P * K * M) / (cycles * R * C),
      mapping,
      compute: (mapping * streamed) / counted,
    },
    sram: quirks ? sram : { ...sram, psumReads: quantity<'element'>((outputWrites - P * M) * runs) },
  };
}

/** @throws ProfileError CSP503 for an array without elements */
export function checkArray({ rows, columns }: Pick<SystolicArray, 'rows' | 'columns'>): void {
  if (Number.isSafeInteger(rows) && rows >= 1 && Number.isSafeInteger(columns) && columns >= 1) return;
  throw new ProfileError(
    problem(
      'CSP503',
      `an array has ${String(rows)} rows and ${String(columns)} columns`,
      'use whole numbers of at least 1',
    ),
  );
}

/**
 * Output extents as SCALE-Sim takes them: a last window that does not fit counts; padded extents are input.
 *
 * @throws ProfileError CSP503 for dilation, which SCALE-Sim does not have
 */
export function scaleSimOutput(layer: ConvLayer): readonly number[] {
  const { kernel, stride, dilation } = layer.window;
  if (dilation.some((d) => d !== 1)) {
    throw new ProfileError(
      problem('CSP503', 'SCALE-Sim knows no dilation', 'use the default mode for this layer'),
    );
  }
  return paddedInput(layer).map((extent, axis) =>
    Math.ceil((extent - at(kernel, axis) + at(stride, axis)) / at(stride, axis)),
  );
}

/** Input extents with the padding, which SCALE-Sim takes for data. */
export const paddedInput = ({ input, window: { padding } }: ConvLayer): readonly number[] =>
  input.map((extent, axis) => extent + at(padding.begin, axis) + at(padding.end, axis));
