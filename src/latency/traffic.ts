import { problem, ProfileError } from '../diagnostics.ts';
import type { Bytes } from '../units.ts';
import { at, convGeometry, evenTiles, wholeBytes, type ConvGeometry, type ConvLayer } from './convLayer.ts';

/** Bytes of one element of each operand; a fraction for packed types, and for weights with their scales. */
export interface OperandBytes {
  /** of the map that is read */
  readonly input: number;
  /** of the stored weights */
  readonly weights: number;
  /** of the map that is made */
  readonly output: number;
}

/** What the traffic of one layer depends on besides its shape. */
export interface TrafficOptions {
  /** on-chip buffer that input, weight and output tiles share */
  readonly bufferBytes: number;
  /** bytes of one element: of input, weights and output alike, or of each */
  readonly dtypeBytes: number | OperandBytes;
  /** bytes of one partial sum; 4 (32-bit accumulators) by default, or those of the output where they are more */
  readonly psumBytes?: number;
  /** the next tiles load while the current ones compute, so that tiles get half of the buffer */
  readonly doubleBuffering?: boolean;
  /**
   * Neighbouring tiles along one spatial axis (the better one) keep the input rows that they share on chip.
   * Possible wherever the channel tile stays while the window slides: not where input channels are the
   * innermost loop.
   */
  readonly haloReuse?: boolean;
}

/** A loop over tiles: of output channels, of input channels, or of output positions (batch and space). */
export type TileLoop = 'outputChannels' | 'inputChannels' | 'pixels';

/** The bytes that one layer moves over DRAM, and the schedule that moves no more than this. */
export interface DramTraffic {
  /** sum of the parts: input, weights, output, psums */
  readonly total: Bytes;
  /** read, halo and repetitions included */
  readonly input: Bytes;
  /** read, repetitions included */
  readonly weights: Bytes;
  /** final outputs, written once */
  readonly output: Bytes;
  /** partial sums written and read back */
  readonly psums: Bytes;
  /** tile extents; channels are those of one group */
  readonly tile: {
    readonly batch: number;
    readonly outputChannels: number;
    readonly inputChannels: number;
    readonly output: readonly number[];
  };
  /** loops over tiles from the outermost to the innermost; loops of one iteration are left out */
  readonly loops: readonly TileLoop[];
  /** the operand whose tile stays while the innermost loop runs; `all` where every operand fits whole */
  readonly stationary: 'output' | 'input' | 'weights' | 'all';
  /** bytes of the buffer that the tiles occupy (one set of tiles, with double buffering too) */
  readonly footprint: Bytes;
}

/** What no schedule can beat and what the worst one needs. */
export interface TrafficBounds {
  /** every operand once: input elements that some window touches, weights, outputs */
  readonly compulsory: Bytes;
  /**
   * max(compulsory, 2 b P / sqrt(R S / b) - 2 S): P products with an input element (MACs less padding),
   * R = product over the axes of max(1, kernel / stride), S buffer, b bytes of the narrowest operand's elements.
   * Holds for every tiling of this model by search, not by proof.
   */
  readonly lowerBound: Bytes;
  /** two operands per MAC from DRAM, outputs once: the sum stays in its accumulator (gaps of dilation not read) */
  readonly noReuse: Bytes;
  /** four accesses per MAC: the partial sum also goes through DRAM */
  readonly noReuseSpilled: Bytes;
}

/**
 * The least DRAM traffic of one convolution over all tilings and loop orders for a buffer of `bufferBytes`.
 *
 * One group: C input and M output channels in tiles of Tc, Tm, output positions in tiles of T (batch and each
 * axis), with nc, nm and X tiles. The tiles fit: bi Tc in(T) + bw Tm Tc k k + bs Tm T <= S, where in(T) is the
 * largest input window of a tile (padding clipped), bi and bw are bytes of an element of input and weights, and bs
 * those of one of the output if nc = 1, else `psumBytes`. An operand is
 * fetched again for each iteration of a loop that it does not depend on, if a loop that it depends on runs
 * inside; input windows that overlap are fetched twice (see `haloReuse`); a window is fetched whole, stride
 * gaps inside it included. Partial sums fetched n times are written and read n - 1 times. Groups run one by one.
 *
 * Exact: for given position tiles, every loop order but weight-stationary with spilled sums has its optimum
 * at the largest tile that fits; that one is searched over Tm.
 *
 * @unit   byte
 * @throws ProfileError CSP501 for a shape that is no convolution, CSP502 for a buffer that holds no tile
 * @source checked against full enumeration (test/latency); the bound is that of Chen, Han and Wang,
 *         arXiv 1911.05662, without the outputs
 */
export function leastDramTraffic(layer: ConvLayer, options: TrafficOptions): DramTraffic {
  const shape = convGeometry(layer);
  const whole = wholeTraffic(shape, options);
  if (whole !== undefined) return whole;
  const space = tilings(shape);
  const best = search(space, options);
  if (best !== undefined) return best;
  const smallest = smallestFootprint(space, options) * (options.doubleBuffering === true ? 2 : 1);
  throw new ProfileError(
    problem(
      'CSP502',
      `a buffer of ${String(options.bufferBytes)} bytes does not hold the smallest tiles of this layer, which take ${String(smallest)}`,
      `use a buffer of at least ${String(smallest)} bytes`,
    ),
  );
}

/**
 * `leastDramTraffic` at each buffer size; undefined where the buffer holds no tile.
 * The total never grows with the buffer.
 */
export function trafficCurve(
  layer: ConvLayer,
  bufferSizes: readonly number[],
  options: Omit<TrafficOptions, 'bufferBytes'>,
): readonly (DramTraffic | undefined)[] {
  const space = tilings(convGeometry(layer));
  return bufferSizes.map((bufferBytes) => search(space, { ...options, bufferBytes }));
}

/** What the traffic of one layer lies between: every operand once, and no reuse at all. */
export function trafficBounds(layer: ConvLayer, options: TrafficOptions): TrafficBounds {
  const shape = convGeometry(layer);
  const { bytes, size } = checked(options);
  const output = shape.outputChannels * shape.pixels * bytes.output;
  let touched = shape.batch * shape.inputChannels;
  let products = shape.batch * shape.outputChannels * shape.groupInputs;
  let reuse = 1;
  for (const axis of axes(shape)) {
    const reads = readsOf(axis);
    touched *= reads.filter((count) => count > 0).length;
    products *= reads.reduce((sum, count) => sum + count, 0);
    reuse *= Math.max(1, axis.kernel / axis.stride);
  }
  const weights = shape.outputChannels * shape.groupInputs * shape.taps * bytes.weights;
  const compulsory = touched * bytes.input + weights + output;
  // A schedule also fits, and moves no more, where every operand is as narrow as the narrowest.
  const b = Math.min(bytes.input, bytes.weights, bytes.output);
  const exchanged = (2 * products * b) / Math.sqrt((reuse * size) / b) - 2 * size;
  return {
    compulsory: wholeBytes(compulsory),
    lowerBound: wholeBytes(Math.max(compulsory, Math.floor(exchanged))),
    noReuse: wholeBytes(shape.macs * (bytes.input + bytes.weights) + output),
    noReuseSpilled: wholeBytes(shape.macs * (bytes.input + bytes.weights + 2 * bytes.output)),
  };
}

/** Bytes of the smallest tiles that compute anything: one output of one channel. */
function smallestFootprint({ shape, pixelTilings }: TilingSpace, options: TrafficOptions): number {
  const { bytes, psumBytes } = checked(options);
  const { groupInputs: C, taps } = shape;
  const span = Math.min(...pixelTilings.map((tiling) => tiling.span));
  const operands = span * bytes.input + taps * bytes.weights;
  return Math.ceil(Math.min(C * operands + bytes.output, operands + (C === 1 ? bytes.output : psumBytes)));
}

interface Axis {
  readonly input: number;
  readonly output: number;
  readonly kernel: number;
  readonly stride: number;
  readonly dilation: number;
  readonly padding: number;
}

/** One way to cut an axis into tiles. */
interface AxisTiling {
  readonly tile: number;
  readonly trips: number;
  /** largest input window of a tile */
  readonly span: number;
  /** sum of the input windows */
  readonly fetched: number;
  /** union of the input windows */
  readonly slid: number;
}

/** One way to cut batch and space, as products over the axes. */
interface PixelTiling {
  readonly axes: readonly AxisTiling[];
  readonly trips: number;
  readonly pixels: number;
  readonly span: number;
  /** input elements of one channel, halo fetched again */
  readonly fetched: number;
  /** the same with the halo along one axis kept */
  readonly slid: number;
}

interface TilingSpace {
  readonly shape: ConvGeometry;
  /** from the largest tiles to the smallest */
  readonly pixelTilings: readonly PixelTiling[];
  /** numbers of output channel tiles worth trying, ascending */
  readonly channelTrips: readonly number[];
}

function axes(shape: ConvGeometry): readonly Axis[] {
  const { kernel, stride, dilation, padding } = shape.window;
  return shape.input.map((input, i) => ({
    input,
    output: at(shape.output, i),
    kernel: at(kernel, i),
    stride: at(stride, i),
    dilation: at(dilation, i),
    padding: at(padding.begin, i),
  }));
}

/** For each input position of the axis, how many window taps read it. */
function readsOf({ input, output, kernel, stride, dilation, padding }: Axis): readonly number[] {
  const reads = new Array<number>(input).fill(0);
  for (let o = 0; o < output; o++) {
    for (let k = 0; k < kernel; k++) {
      const i = o * stride + k * dilation - padding;
      const count = reads[i];
      if (count !== undefined) reads[i] = count + 1;
    }
  }
  return reads;
}

/** An axis in tiles of `tile`; the last may be shorter. */
function axisTiling({ input, output, kernel, stride, dilation, padding }: Axis, tile: number): AxisTiling {
  let span = 0;
  let fetched = 0;
  let slid = 0;
  let reached = 0;
  for (let first = 0; first < output; first += tile) {
    const last = Math.min(output, first + tile) - 1;
    const from = Math.max(0, first * stride - padding);
    const to = Math.min(input, last * stride - padding + (kernel - 1) * dilation + 1);
    if (to <= from) continue;
    span = Math.max(span, to - from);
    fetched += to - from;
    slid += Math.max(0, to - Math.max(from, reached));
    reached = Math.max(reached, to);
  }
  return { tile, trips: Math.ceil(output / tile), span, fetched, slid };
}

/**
 * The tilings of an axis that are not worse than another in every respect: for each number of tiles the
 * smallest tile, and a larger one where its last, shorter tile saves input, or the first, part of whose window is
 * padding, leaves less to hold.
 */
function axisTilings(axis: Axis): readonly AxisTiling[] {
  const found: AxisTiling[] = [];
  for (let tile = 1; tile <= axis.output; tile++) {
    const one = axisTiling(axis, tile);
    if (!found.some((rival) => isNoWorse(rival, one))) found.push(one);
  }
  return found.reverse();
}

/** Whether the smaller tile does all that the larger one does. */
const isNoWorse = (smaller: AxisTiling, larger: AxisTiling): boolean =>
  smaller.trips === larger.trips &&
  smaller.span <= larger.span &&
  smaller.fetched <= larger.fetched &&
  smaller.slid <= larger.slid;

/** Images in tiles of `tile`: each is read once however they are cut. */
const batchTiling = (batch: number, tile: number): AxisTiling => ({
  tile,
  trips: Math.ceil(batch / tile),
  span: tile,
  fetched: batch,
  slid: batch,
});

const alone = (axis: AxisTiling): PixelTiling => ({ ...axis, axes: [axis], pixels: axis.tile });

const withAxis = (product: PixelTiling, one: AxisTiling): PixelTiling => ({
  axes: [...product.axes, one],
  trips: product.trips * one.trips,
  pixels: product.pixels * one.tile,
  span: product.span * one.span,
  fetched: product.fetched * one.fetched,
  slid: Math.min(product.slid * one.fetched, product.fetched * one.slid),
});

function tilings(shape: ConvGeometry): TilingSpace {
  let products = evenTiles(shape.batch).map((tile) => alone(batchTiling(shape.batch, tile)));
  for (const axis of axes(shape)) {
    const tilingsOfAxis = axisTilings(axis);
    products = products.flatMap((product) => tilingsOfAxis.map((one) => withAxis(product, one)));
  }
  return {
    shape,
    pixelTilings: products,
    channelTrips: evenTiles(shape.groupOutputs).map((tile) => Math.ceil(shape.groupOutputs / tile)),
  };
}

/**
 * Every operand once, where all of them fit: no tiling moves less, unless it can skip input that strides leave out
 * between its windows. Undefined otherwise.
 */
function wholeTraffic(shape: ConvGeometry, options: TrafficOptions): DramTraffic | undefined {
  const { groupInputs: C, groupOutputs: M, taps } = shape;
  const { bytes, size } = checked(options);
  const cut = axes(shape);
  if (cut.some(({ kernel, stride, dilation }) => (kernel - 1) * dilation + 1 < stride)) return undefined;
  const tiling = cut
    .map((axis) => axisTiling(axis, axis.output))
    .reduce(withAxis, alone(batchTiling(shape.batch, shape.batch)));
  const weights = M * C * taps * bytes.weights;
  const output = M * shape.pixels * bytes.output;
  if (C * tiling.span * bytes.input + weights + output > size) return undefined;
  const total = C * tiling.fetched * bytes.input + weights + output;
  return describe(
    shape,
    { total, tiling, order: 'weightStationary', outputTrips: 1, inputTrips: 1 },
    options,
  );
}

/** Loop orders, outermost first; the others cost no less than one of these. */
const ORDERS = {
  outputStationary: ['pixels', 'outputChannels', 'inputChannels'],
  inputStationary: ['inputChannels', 'pixels', 'outputChannels'],
  weightStationary: ['inputChannels', 'outputChannels', 'pixels'],
} as const satisfies Record<string, readonly TileLoop[]>;

type Order = keyof typeof ORDERS;

interface Candidate {
  readonly total: number;
  readonly tiling: PixelTiling;
  readonly order: Order;
  /** numbers of tiles */
  readonly outputTrips: number;
  readonly inputTrips: number;
}

/** The best schedule, or undefined where the buffer holds no tile. */
function search(
  { shape, pixelTilings, channelTrips }: TilingSpace,
  options: TrafficOptions,
): DramTraffic | undefined {
  const { groupInputs: C, groupOutputs: M, taps } = shape;
  const { bytes, psumBytes, haloReuse, size } = checked(options);
  const weights = M * C * taps * bytes.weights;
  const output = M * shape.pixels * bytes.output;
  /** of the weights between one input and one output channel */
  const filter = taps * bytes.weights;
  const spill = 2 * M * shape.pixels * psumBytes;

  let best: Candidate | undefined;
  let least = Infinity;
  const offer = (
    total: number,
    tiling: PixelTiling,
    order: Order,
    outputTrips: number,
    inputTrips: number,
  ): void => {
    if (total >= least) return;
    least = total;
    best = { total, tiling, order, outputTrips, inputTrips };
  };

  for (const tiling of pixelTilings) {
    const { trips: X, pixels, span } = tiling;
    const window = span * bytes.input;
    const whole = C * tiling.fetched * bytes.input;
    const sliding = haloReuse ? C * tiling.slid * bytes.input : whole;
    if (sliding + weights + output >= least) continue;

    // All input channels in one tile: a sum is final when it leaves the array.
    const widest = Math.floor((size - C * window) / (C * filter + pixels * bytes.output));
    if (widest >= 1) {
      const nm = Math.ceil(M / widest);
      offer((X > 1 ? nm : 1) * sliding + weights + output, tiling, 'weightStationary', nm, 1);
      offer(sliding + (nm > 1 ? X : 1) * weights + output, tiling, 'inputStationary', nm, 1);
    }
    if (C === 1) continue;

    // Sums stay: the thinnest input tile leaves them the most room.
    const sums = Math.floor((size - window) / (filter + pixels * psumBytes));
    if (sums >= 1) {
      const nm = Math.ceil(M / sums);
      offer(nm * whole + X * weights + output, tiling, 'outputStationary', nm, C);
    }

    // Weights stay, sums spill: larger output tiles fetch the input less often but leave it less room.
    for (const nm of channelTrips) {
      const fetched = (X > 1 ? nm : 1) * sliding + weights + output;
      if (fetched >= least) break;
      const Tm = Math.ceil(M / nm);
      const Tc = Math.min(C - 1, Math.floor((size - Tm * pixels * psumBytes) / (window + Tm * filter)));
      if (Tc < 1) continue;
      const nc = Math.ceil(C / Tc);
      offer(fetched + (X > 1 || nm > 1 ? (nc - 1) * spill : 0), tiling, 'weightStationary', nm, nc);
    }

    // Input stays, sums spill: one output channel at a time leaves the input the most room.
    const Tc = Math.min(C - 1, Math.floor((size - pixels * psumBytes) / (window + filter)));
    if (Tc >= 1 && M > 1) {
      const nc = Math.ceil(C / Tc);
      offer(sliding + X * weights + output + (nc - 1) * spill, tiling, 'inputStationary', M, nc);
    }
  }
  return best === undefined ? undefined : describe(shape, best, options);
}

/** The candidate operand by operand, from the refetch rule itself. */
function describe(shape: ConvGeometry, candidate: Candidate, options: TrafficOptions): DramTraffic {
  const { tiling, order, outputTrips, inputTrips } = candidate;
  const { groupInputs: C, groupOutputs: M, groups, taps } = shape;
  const { bytes, psumBytes, haloReuse } = checked(options);
  const trips: Record<TileLoop, number> = {
    outputChannels: outputTrips,
    inputChannels: inputTrips,
    pixels: tiling.trips,
  };
  const loops: readonly TileLoop[] = ORDERS[order].filter((loop) => trips[loop] > 1);
  /** Times that the operand which does not depend on `loop` is fetched. */
  const fetches = (loop: TileLoop): number => {
    const position = loops.indexOf(loop);
    return position === -1 || position === loops.length - 1 ? 1 : trips[loop];
  };
  const slides = haloReuse && loops.at(-1) !== 'inputChannels';
  const Tc = Math.ceil(C / inputTrips);
  const Tm = Math.ceil(M / outputTrips);
  const input = fetches('outputChannels') * C * (slides ? tiling.slid : tiling.fetched);
  const psums = 2 * (fetches('inputChannels') - 1) * M * shape.pixels;
  const [batch, ...space] = tiling.axes;
  const innermost = loops.at(-1);
  return {
    total: wholeBytes(groups * candidate.total),
    input: wholeBytes(groups * input * bytes.input),
    weights: wholeBytes(groups * fetches('pixels') * M * C * taps * bytes.weights),
    output: wholeBytes(groups * M * shape.pixels * bytes.output),
    psums: wholeBytes(groups * psums * psumBytes),
    tile: {
      batch: batch?.tile ?? 1,
      outputChannels: Tm,
      inputChannels: Tc,
      output: space.map((axis) => axis.tile),
    },
    loops,
    stationary: innermost === undefined ? 'all' : STATIONARY[innermost],
    footprint: wholeBytes(
      Tc * (tiling.span * bytes.input + Tm * taps * bytes.weights) +
        Tm * tiling.pixels * (inputTrips === 1 ? bytes.output : psumBytes),
    ),
  };
}

/** The operand that does not depend on the innermost loop. */
const STATIONARY = { outputChannels: 'input', inputChannels: 'output', pixels: 'weights' } as const;

interface CheckedOptions {
  readonly bytes: OperandBytes;
  readonly psumBytes: number;
  readonly haloReuse: boolean;
  /** bytes for one set of tiles */
  readonly size: number;
}

function checked(options: TrafficOptions): CheckedOptions {
  const { bufferBytes, dtypeBytes, doubleBuffering = false } = options;
  const bytes =
    typeof dtypeBytes === 'number'
      ? { input: dtypeBytes, weights: dtypeBytes, output: dtypeBytes }
      : dtypeBytes;
  const { psumBytes = Math.max(4, bytes.output) } = options;
  for (const [name, value] of Object.entries({ bufferBytes, dtypeBytes, psumBytes })) {
    if (!(typeof value === 'number' ? [value] : Object.values(value)).every((each) => each > 0)) {
      throw new ProfileError(
        problem('CSP502', `${name} is ${JSON.stringify(value)}`, 'use a positive number of bytes'),
      );
    }
  }
  return {
    bytes,
    psumBytes,
    haloReuse: options.haloReuse ?? false,
    size: doubleBuffering ? bufferBytes / 2 : bufferBytes,
  };
}
