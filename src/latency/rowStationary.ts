import { at, convGeometry, type ConvLayer } from './convLayer.ts';
import { checkArray } from './systolic.ts';

/** What a layer costs on an array of processing elements that each keep a row of weights. */
export interface RowStationaryCost {
  /** times that the array is loaded, batch and groups included */
  readonly passes: number;
  /** of all passes; loading and draining take none here */
  readonly cycles: number;
  /** MACs / (cycles * processing elements) */
  readonly utilization: number;
}

/**
 * Cycles and utilisation of a convolution on a row-stationary array of rows x columns (Eyeriss).
 *
 * A processing element convolves one row of weights (k taps) with one row of the input: k MACs for each output
 * position of the row, one a cycle. A set of them, filter rows x output rows, makes one plane: one filter channel
 * on one image. Sets taller than the array are folded, wider ones cut into strips of even width; as many sets as
 * fit work on planes of their own. Loading, draining and what registers and buffer can hold take no time here.
 *
 * @throws ProfileError CSP501 for a shape that is no convolution, CSP503 for an array without elements
 * @source Y.-H. Chen et al., Eyeriss, ISCA 2016, section 5; processing elements in use as nn_dataflow at 198a527
 *         pins them for AlexNet on the chip (test/latency)
 */
export function rowStationaryConv(
  layer: ConvLayer,
  array: { readonly rows: number; readonly columns: number },
): RowStationaryCost {
  checkArray(array);
  const { batch, outputChannels, groupInputs, window, output, taps, pixels, macs } = convGeometry(layer);
  const filterRows = at(window.kernel, 0);
  const outputRows = at(output, 0);
  const folds = Math.ceil(filterRows / array.rows);
  const strips = Math.ceil(outputRows / array.columns);
  const sets =
    Math.floor(array.rows / Math.ceil(filterRows / folds)) *
    Math.floor(array.columns / Math.ceil(outputRows / strips));
  const passes = Math.ceil((batch * outputChannels * groupInputs * folds * strips) / sets);
  const cycles = passes * (taps / filterRows) * (pixels / batch / outputRows);
  return { passes, cycles, utilization: macs / (cycles * array.rows * array.columns) };
}
