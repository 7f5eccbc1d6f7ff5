import { problem, ProfileError } from '../diagnostics.ts';
import { isProblem } from '../ops/spec.ts';
import { slide, square, taps, type SlidingWindow } from '../ops/window.ts';
import { elements, quantity, type Bytes, type Macs } from '../units.ts';

/**
 * The shape of a convolution, which is all that its cost on hardware depends on.
 *
 * A linear layer is a 1x1 convolution over `batch` images of one pixel; a matrix product of `b` pairs
 * [rows, k] x [k, columns] is one over an image of `rows` pixels with `b` groups.
 */
export interface ConvLayer {
  /** images */
  readonly batch: number;
  /** of all groups together */
  readonly inputChannels: number;
  /** of all groups together */
  readonly outputChannels: number;
  /** divides both numbers of channels */
  readonly groups: number;
  /** spatial extents of the input, outermost first ([h, w] for images) */
  readonly input: readonly number[];
  /** one entry per spatial axis, as `input` */
  readonly window: SlidingWindow;
}

/** The convolution with extents derived and one group's share of the channels. */
export interface ConvGeometry extends ConvLayer {
  /** spatial extents of the output */
  readonly output: readonly number[];
  /** input channels of one group */
  readonly groupInputs: number;
  /** output channels of one group */
  readonly groupOutputs: number;
  readonly taps: number;
  /** output positions of one channel, batch included */
  readonly pixels: number;
  readonly macs: Macs;
}

const geometries = new WeakMap<ConvLayer, ConvGeometry>();

/**
 * The geometry of a layer, derived once per object.
 *
 * @throws ProfileError CSP501 if the shape is no convolution
 */
export function convGeometry(layer: ConvLayer): ConvGeometry {
  let geometry = geometries.get(layer);
  if (geometry === undefined) {
    geometry = derive(layer);
    geometries.set(layer, geometry);
  }
  return geometry;
}

function derive(layer: ConvLayer): ConvGeometry {
  const { batch, inputChannels, outputChannels, groups, input, window } = layer;
  for (const [name, value] of [
    ['batch', batch],
    ['inputChannels', inputChannels],
    ['outputChannels', outputChannels],
    ['groups', groups],
    ...input.map((extent, axis): [string, number] => [`input[${String(axis)}]`, extent]),
  ] as const) {
    if (!Number.isSafeInteger(value) || value < 1) {
      throw new ProfileError(
        problem('CSP501', `${name} of a convolution is ${String(value)}`, 'use a whole number of at least 1'),
      );
    }
  }
  if (inputChannels % groups !== 0 || outputChannels % groups !== 0) {
    throw new ProfileError(
      problem(
        'CSP501',
        `${String(groups)} groups do not divide ${String(inputChannels)} input and ${String(outputChannels)} output channels`,
        'use a number of groups that divides both',
      ),
    );
  }
  const output = slide([batch, inputChannels, ...input], window);
  if (isProblem(output)) throw new ProfileError(problem('CSP501', output.problem, output.fix));
  const groupInputs = inputChannels / groups;
  const pixels = batch * elements(output);
  return {
    ...layer,
    output,
    groupInputs,
    groupOutputs: outputChannels / groups,
    taps: taps(window),
    pixels,
    macs: quantity<'MAC'>(pixels * outputChannels * groupInputs * taps(window)),
  };
}

/** A fully connected layer over `batch` vectors. */
export const linearLayer = (inputs: number, outputs: number, batch = 1): ConvLayer => ({
  batch,
  inputChannels: inputs,
  outputChannels: outputs,
  groups: 1,
  input: [1, 1],
  window: square(1),
});

/** `count` independent matrix products [rows, inner] x [inner, columns]. */
export const matMulLayer = (rows: number, inner: number, columns: number, count = 1): ConvLayer => ({
  batch: 1,
  inputChannels: inner * count,
  outputChannels: columns * count,
  groups: count,
  input: [rows, 1],
  window: square(1),
});

/**
 * A text that equal shapes share, to compute each shape of a network once. Two layers with one key differ
 * in nothing that a cost model here looks at.
 */
export function shapeKey(layer: ConvLayer): string {
  const { kernel, stride, dilation, padding, rounding } = layer.window;
  return [
    layer.batch,
    layer.inputChannels,
    layer.outputChannels,
    layer.groups,
    layer.input,
    kernel,
    stride,
    dilation,
    padding.begin,
    padding.end,
    rounding,
  ].join(' ');
}

/** The entry of a list whose length was checked before. */
export function at<T>(list: readonly T[], index: number): T {
  const value = list[index];
  if (value === undefined)
    throw new RangeError(`no entry ${String(index)} in a list of ${String(list.length)}`);
  return value;
}

/** The smallest tile for each number of tiles, from one tile to tiles of 1: {ceil(extent / n)}. */
export function evenTiles(extent: number): readonly number[] {
  const tiles: number[] = [];
  for (let tile = extent; tile >= 1; tile = Math.ceil(extent / Math.ceil(extent / (tile - 1)))) {
    tiles.push(tile);
    if (tile === 1) break;
  }
  return tiles;
}

/** Bytes of packed elements, those of sub-byte types rounded up to the next byte. */
export const wholeBytes = (value: number): Bytes => quantity<'byte'>(Math.ceil(value));
