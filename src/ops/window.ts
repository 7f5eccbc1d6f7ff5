import { choice, fields, integer, list, type FieldTypes } from '../values.ts';
import { bound, type Extent, isKnown, unnamed } from './extent.ts';
import { dim, expectInputs, isProblem, withShape, type OpenType, type Problem, type Shape } from './spec.ts';

/** A sliding window over the spatial axes, one entry per axis, outermost first (for images: h, w). */
export interface SlidingWindow {
  /** extents */
  readonly kernel: readonly number[];
  /** of each axis */
  readonly stride: readonly number[];
  /** distance between taps; 1 for none */
  readonly dilation: readonly number[];
  /** elements of padding before and after each axis; negative crops */
  readonly padding: { readonly begin: readonly number[]; readonly end: readonly number[] };
  /** what happens to a last window that does not fit whole */
  readonly rounding: 'floor' | 'ceil';
}

const extents = list(integer);

/** Types of a window's attributes. */
export const WINDOW: FieldTypes<SlidingWindow> = {
  kernel: extents,
  stride: extents,
  dilation: extents,
  padding: fields<SlidingWindow['padding']>({ begin: extents, end: extents }),
  rounding: choice(['floor', 'ceil']),
};

/** The same extent on both axes of an image. */
export const square = (
  kernel: number,
  stride = 1,
  padding = 0,
  dilation = 1,
  rounding: SlidingWindow['rounding'] = 'floor',
): SlidingWindow => ({
  kernel: [kernel, kernel],
  stride: [stride, stride],
  dilation: [dilation, dilation],
  padding: { begin: [padding, padding], end: [padding, padding] },
  rounding,
});

/** `3x3/2 d2`: kernel, stride and dilation where they are not 1. */
export function windowLabel({
  kernel,
  stride,
  dilation,
}: Pick<SlidingWindow, 'kernel' | 'stride' | 'dilation'>): string {
  const equal = (extents: readonly number[]): string =>
    extents.every((extent) => extent === extents[0]) ? String(extents[0]) : extents.join('x');
  return (
    kernel.join('x') +
    (stride.every((step) => step === 1) ? '' : `/${equal(stride)}`) +
    (dilation.every((step) => step === 1) ? '' : ` d${equal(dilation)}`)
  );
}

/** Number of taps of the window. */
export function taps(window: Pick<SlidingWindow, 'kernel'>): number {
  let count = 1;
  for (const extent of window.kernel) count *= extent;
  return count;
}

/**
 * Number of window positions along one axis: the only output-size formula of this project.
 *
 * With `ceil` a last window that hangs over counts, and none that starts in the padding behind the input.
 *
 * @source ONNX operators Conv and MaxPool, opset 22
 */
export function extent(
  input: number,
  kernel: number,
  stride: number,
  dilation: number,
  padBegin: number,
  padEnd: number,
  rounding: SlidingWindow['rounding'],
): number {
  const span = input + padBegin + padEnd - dilation * (kernel - 1) - 1;
  if (rounding === 'floor') return span < 0 ? 0 : Math.floor(span / stride) + 1;
  // A window that is larger than the input hangs over as well.
  return Math.max(0, Math.min(Math.ceil(span / stride) + 1, Math.ceil((input + padBegin) / stride)));
}

/** A problem unless the window has an entry for each axis behind batch and channels of `shape`, all of them possible. */
export function expectWindow(
  shape: readonly Extent[],
  { kernel, stride, dilation, padding }: SlidingWindow,
): Problem | undefined {
  const lists = [kernel, stride, dilation, padding.begin, padding.end];
  if (shape.length !== kernel.length + 2 || lists.some(({ length }) => length < kernel.length)) {
    return {
      problem: `a window over ${String(kernel.length)} axes does not fit a tensor of ${String(shape.length)} dimensions`,
      fix: 'give kernel, stride, dilation and padding one entry per spatial axis',
    };
  }
  for (let axis = 0; axis < kernel.length; axis++) {
    const [k, s, d] = [kernel[axis] as number, stride[axis] as number, dilation[axis] as number];
    const [begin, end] = [padding.begin[axis] as number, padding.end[axis] as number];
    const possible =
      whole(k, 1) && whole(s, 1) && whole(d, 1) && Number.isSafeInteger(begin) && Number.isSafeInteger(end);
    if (!possible) {
      return {
        problem: `kernel ${String(k)}, stride ${String(s)}, dilation ${String(d)}, padding ${String(begin)} and ${String(end)} make no window`,
        fix: 'use whole numbers, kernel, stride and dilation at least 1',
      };
    }
  }
  return undefined;
}

/** Spatial extents after the window has slid over the axes behind batch and channels of `shape`. */
export function slide(shape: Shape, window: SlidingWindow): Shape | Problem;
export function slide(shape: readonly Extent[], window: SlidingWindow): readonly Extent[] | Problem;
export function slide(shape: readonly Extent[], window: SlidingWindow): readonly Extent[] | Problem {
  const bad = expectWindow(shape, window);
  if (bad) return bad;
  const { kernel, stride, dilation, padding, rounding } = window;
  const result: Extent[] = [];
  for (let axis = 0; axis < kernel.length; axis++) {
    const input = shape[axis + 2] as Extent;
    const [k, s, d] = [kernel[axis] as number, stride[axis] as number, dilation[axis] as number];
    const [begin, end] = [padding.begin[axis] as number, padding.end[axis] as number];
    if (!isKnown(input)) {
      const most = bound(input);
      result.push(unnamed(most === undefined ? undefined : extent(most, k, s, d, begin, end, rounding)));
      continue;
    }
    const out = extent(input, k, s, d, begin, end, rounding);
    // A window over nothing gives nothing, unless it is larger than its padding even then.
    if (out < 1 && (input > 0 || d * (k - 1) + 1 > begin + end + s)) {
      return {
        problem: `the window of ${String(d * (k - 1) + 1)} does not fit the input extent ${String(input)} with padding ${String(begin)} and ${String(end)}`,
        fix: 'use a smaller kernel or dilation, more padding, or a larger input',
      };
    }
    result.push(out);
  }
  return result;
}

/** Types after the window has slid over every channel by itself, as pooling does. */
export function slideChannels(
  inputs: readonly OpenType[],
  window: SlidingWindow,
): readonly OpenType[] | Problem {
  const bad = expectInputs(inputs, 1, 3);
  if (bad) return bad;
  const input = inputs[0] as OpenType;
  const spatial = slide(input.shape, window);
  return isProblem(spatial)
    ? spatial
    : [withShape(input, [dim(input.shape, 0), dim(input.shape, 1), ...spatial])];
}

const whole = (value: number, least: number): boolean => Number.isSafeInteger(value) && value >= least;
