import {
  bufferOf,
  type Calibration,
  type Device,
  type Figure,
  type KernelCalibration,
  type TermCalibration,
} from '../devices/device.ts';
import { problem, ProfileError } from '../diagnostics.ts';
import { tensorOf, type Graph } from '../graph/graph.ts';
import type { DType } from '../ops/dtype.ts';
import { calibratedSeconds, layerFeatures } from './features.ts';
import { networkTraffic, type NetworkTraffic, type NetworkTrafficOptions } from './networkTraffic.ts';
import { arrayCycles, arrayOf, type ArrayShape } from './networkUtilization.ts';
import type { Demand } from './demand.ts';
import { demandsOf } from './operators.ts';
import { convGeometry } from './convLayer.ts';
import type { ShapeMemo } from './shapeMemo.ts';
import type { AttributedKernel } from './kernels/kernel.ts';
import { termPrediction } from './measured/predict.ts';
import { predictLayers } from './kernels/model.ts';
import { roofline, type Bound, type RooflineDemand, type RooflineTime } from './roofline.ts';
import { amount, type Seconds } from '../units.ts';

/** A buffer other than the device's, and how layers use it. */
export interface LatencyOptions extends Partial<NetworkTrafficOptions> {
  /** DRAM traffic that was computed before for this graph and buffer */
  readonly traffic?: NetworkTraffic;
  /** what a runtime makes of the graph: a calibration of kernels predicts nothing without it */
  readonly kernels?: readonly AttributedKernel[];
}

/** Time of one layer; parts are absent where an operator of it, or the figure of the device, is not known. */
export interface LayerLatency {
  /** of the layer in `Graph.layers` */
  readonly index: number;
  /** the roofline: what binds the layer, and for how many seconds */
  readonly floor?: RooflineTime;
  /** seconds by the device's calibration */
  readonly predicted?: Seconds;
  /** FLOPs over what the peak could do in the predicted time, or else in the floor */
  readonly peakShare?: number;
}

/** Rates that follow from a time: of one that was just computed, or of one that a file states. */
export interface Throughput<S extends number = number> {
  /** of one run of the whole batch */
  readonly seconds: S;
  /** images of the batch a second */
  readonly framesPerSecond: number;
  /** 2 per MAC of convolutions, fully connected layers and products of matrices */
  readonly flopsPerSecond: number;
  /** of the peak of the element type, 0 to 1; absent where the device states none */
  readonly peakShare?: number;
}

/** How long a network takes on a device, layer by layer: in seconds. */
export interface NetworkLatency {
  /** its id */
  readonly device: string;
  /** element type that the peak is for: that of the first product */
  readonly dtype: DType;
  /** dense peak of the element type; absent where the device is known by measurements alone */
  readonly peakFlopsPerSecond?: number;
  /** images per inference */
  readonly batch: number;
  /** buffer that the DRAM bytes are for; absent: the device states none, every operand moves once */
  readonly bufferBytes?: number;
  /** the roofline: no layer-by-layer run on this device is faster; absent where the device states no peak */
  readonly floor?: Throughput<Seconds>;
  /** what the calibration expects; absent where the device has none for this element type */
  readonly prediction?: Throughput<Seconds> & {
    readonly low: Seconds;
    readonly high: Seconds;
    readonly calibration: Calibration;
    /** what the prediction says of itself beside the calibration's note */
    readonly caveat?: string;
  };
  /** in order of execution */
  readonly layers: readonly LayerLatency[];
  /** indices of the layers, the one that takes the longest first: predicted, or else by the floor */
  readonly slowest: readonly number[];
  /** seconds of the floor by what binds the layers */
  readonly boundSeconds: Readonly<Record<Bound, Seconds>>;
  /** places of the figures that the floor rests on and that no source confirms */
  readonly unverified: readonly string[];
  /** what the floor leaves out because the device states no figure for it */
  readonly notStated: readonly ('bandwidth' | 'buffer' | 'overhead')[];
  /** layers without a time: the totals are too low by theirs */
  readonly unknown: number;
}

/**
 * How long a network takes on a device: the roofline of every layer and, where the device is calibrated, what
 * the calibration expects, with an interval.
 *
 * Arithmetic is that of convolutions, fully connected layers and products of matrices, at the dense peak of
 * their element type, or cycle by cycle on the device's array; that of other operators is taken to hide
 * behind their transfers. Bytes are the least for the device's buffer (`networkTraffic`).
 *
 * @unit   second
 * @throws ProfileError CSP504 if the device states no peak for the element type, CSP502 for too small a buffer
 */
export function networkLatency(graph: Graph, device: Device, options: LatencyOptions = {}): NetworkLatency {
  const demands = demandsOf(graph, options.memo);
  const dtype = dtypeOf(graph, demands);
  // Multipliers of 8 bits take numbers with and without a sign alike.
  const peak = device.peak[dtype] ?? (dtype === 'uint8' ? device.peak.int8 : undefined);
  const calibration = calibrationFor(device, dtype);
  if (peak === undefined && calibration?.kind !== 'terms') {
    if (device.calibration?.kind === 'terms') throw otherPrecision(device.id, device.calibration, dtype);
    throw new ProfileError(
      problem(
        'CSP504',
        `${device.id} states no peak for ${dtype}`,
        isMixed(graph, dtype)
          ? `read it in real numbers (--qdq literal, where an ONNX file holds QDQ pairs), or state the peak of ${dtype === 'uint8' ? 'int8' : dtype} in a device file`
          : `choose the element type ${Object.keys(device.peak).join(' or ')}, or state the peak in a device file`,
      ),
    );
  }
  const buffer = bufferOf(device)?.capacity;
  const bufferBytes = options.bufferBytes ?? options.traffic?.bufferBytes ?? buffer?.value;
  const traffic =
    options.traffic ??
    networkTraffic(graph, { ...options, bufferBytes: bufferBytes ?? Number.MAX_SAFE_INTEGER });
  const bandwidth = device.memory[0].bandwidth;
  const perLayer = device.overhead?.perLayer;
  const { clock } = device;
  const shape = arrayOf(device);
  const array = shape === undefined || clock === undefined ? undefined : { shape, clock: clock.value };
  const beside = secondsBeside(device);
  const prediction =
    calibration &&
    layerPrediction(calibration, graph, dtype, options.kernels, amount(beside.predictedSeconds));

  let flopsInAll = 0;
  const boundSeconds = { compute: NO_TIME, memory: NO_TIME, overhead: NO_TIME };
  const layers = graph.layers.map(({ index, first, last }, position): LayerLatency => {
    const own = demands.slice(first, last);
    const dramBytes = traffic.layers[position]?.dramBytes;
    if (dramBytes === undefined) return { index };
    const work = arithmeticOf(own, peak?.value, array, options.memo);
    flopsInAll += work.flops;
    const predicted = prediction?.layers[position];
    // Written out, here and below: objects that are put together from others cost a sweep as much as the arithmetic.
    const layer: { -readonly [N in keyof LayerLatency]: LayerLatency[N] } = { index };
    if (predicted !== undefined) layer.predicted = predicted;
    if (work.seconds === undefined) return layer;
    const demand: { -readonly [N in keyof RooflineDemand]: RooflineDemand[N] } = {
      computeSeconds: work.seconds,
    };
    if (bandwidth !== undefined) demand.memorySeconds = amount<'s'>(dramBytes / bandwidth.value);
    if (perLayer !== undefined && own.some(({ kind }) => kind !== 'none'))
      demand.overheadSeconds = amount<'s'>(perLayer.value);
    const floor = roofline(demand);
    if (floor.bound !== undefined)
      boundSeconds[floor.bound] = amount(boundSeconds[floor.bound] + floor.seconds);
    layer.floor = floor;
    const seconds = predicted ?? floor.seconds;
    if (peak !== undefined && work.flops !== 0 && seconds !== 0)
      layer.peakShare = work.flops / (seconds * peak.value);
    return layer;
  });

  const batch = batchOf(graph);
  const rates = (seconds: Seconds): Throughput<Seconds> => ({
    seconds,
    framesPerSecond: batch / seconds,
    flopsPerSecond: flopsInAll / seconds,
    ...(peak === undefined ? {} : { peakShare: flopsInAll / (seconds * peak.value) }),
  });
  const perInference = device.overhead?.perInference;
  const floorSeconds = layers.reduce(
    (sum, { floor }) => (floor === undefined ? sum : sum + floor.seconds),
    beside.floorSeconds,
  );
  const unknown = layers.filter(
    ({ floor, predicted }) => (peak === undefined ? predicted : floor) === undefined,
  ).length;
  const notStated: NetworkLatency['notStated'][number][] = [];
  if (peak !== undefined) {
    if (bandwidth === undefined) notStated.push('bandwidth');
    if (bufferBytes === undefined) notStated.push('buffer');
    if (perLayer === undefined) notStated.push('overhead');
  }
  const used: readonly (readonly [string, Figure | undefined])[] = [
    [`peak.${dtype}`, array === undefined ? peak : undefined],
    ['array.rows', array === undefined ? undefined : device.array?.rows],
    ['array.columns', array === undefined ? undefined : device.array?.columns],
    ['clock', array === undefined ? undefined : device.clock],
    [`memory.${device.memory[0].name}.bandwidth`, bandwidth],
    [`memory.${bufferOf(device)?.name ?? ''}.capacity`, bufferBytes === buffer?.value ? buffer : undefined],
    ['overhead.perLayer', perLayer],
    ['overhead.perInference', perInference],
  ];
  let slowest: readonly number[] | undefined;
  return {
    device: device.id,
    dtype,
    ...(peak === undefined ? {} : { peakFlopsPerSecond: peak.value }),
    batch,
    ...(bufferBytes === undefined ? {} : { bufferBytes }),
    ...(peak === undefined ? {} : { floor: rates(amount(floorSeconds)) }),
    ...(prediction === undefined || unknown > 0
      ? {}
      : { prediction: predictionOf(prediction, rates, peak === undefined ? 0 : floorSeconds) }),
    layers,
    // Most of those who compare many networks never look.
    get slowest() {
      return (slowest ??= slowestOf(layers));
    },
    boundSeconds,
    unverified: used.flatMap(([place, figure]) => (figure?.status === 'unverified' ? [place] : [])),
    notStated,
    unknown,
  };
}

const NO_TIME = amount<'s'>(0);

/** Seconds of an inference beside its layers: in the floor, and as a calibration of features expects. */
export function secondsBeside({ overhead, calibration }: Device) {
  const { inference = 0 } = calibration?.kind === 'features' ? calibration.secondsPer : {};
  return { floorSeconds: overhead?.perInference?.value ?? NO_TIME, predictedSeconds: inference };
}

const EIGHT_BITS: ReadonlySet<DType> = new Set(['int8', 'uint8']);

/**
 * The calibration, where it is for the element type. Networks that were measured in 8 bits say how long a network in
 * real numbers takes once it is quantised; those measured in real numbers say nothing of 8 bits.
 */
function calibrationFor({ calibration }: Device, dtype: DType): Calibration | undefined {
  if (calibration?.kind !== 'terms' || calibration.dtype !== 'int8')
    return calibration?.dtype === dtype ? calibration : undefined;
  return EIGHT_BITS.has(dtype) || dtype === 'float32' ? calibration : undefined;
}

const otherPrecision = (id: string, { runtime }: TermCalibration, dtype: DType): ProfileError =>
  new ProfileError(
    problem(
      'CSP504',
      `${id} was measured in other numbers (${runtime.precision}) than this network's ${dtype}`,
      EIGHT_BITS.has(dtype)
        ? 'give the network in real numbers, or a run in 8 bits: csp-profile devices --search w8a8'
        : 'give the network in float32',
    ),
  );

/** Indices of the layers that take any time, the one that takes the longest first. */
function slowestOf(layers: readonly LayerLatency[]): readonly number[] {
  return layers
    .flatMap(({ index, predicted, floor }) => {
      const seconds = predicted ?? floor?.seconds;
      return seconds === undefined || seconds === 0 ? [] : [{ index, seconds }];
    })
    .sort((a, b) => b.seconds - a.seconds)
    .map(({ index }) => index);
}

/** What a calibration expects. */
interface LayerPrediction {
  readonly calibration: Calibration;
  /** seconds, by position; undefined where an operator is not known */
  readonly layers: readonly (Seconds | undefined)[];
  /** seconds of an inference beside its layers */
  readonly beside: Seconds;
  readonly caveat?: string;
}

function layerPrediction(
  calibration: Calibration,
  graph: Graph,
  dtype: DType,
  kernels: readonly AttributedKernel[] | undefined,
  beside: Seconds,
): LayerPrediction | undefined {
  if (calibration.kind === 'kernels') return kernels && kernelPrediction(calibration, graph, kernels);
  if (calibration.kind === 'terms') return termPrediction(calibration, graph, dtype);
  const layers = layerFeatures(graph).map((feature) => feature && calibratedSeconds(calibration, feature));
  return { calibration, layers, beside };
}

function kernelPrediction(
  calibration: KernelCalibration,
  graph: Graph,
  kernels: readonly AttributedKernel[],
): LayerPrediction {
  const { byLayer, standIns, unknown } = predictLayers(calibration, kernels);
  // A layer without kernels takes no time of its own.
  const seconds = graph.layers.map(() => NO_TIME);
  for (const [layer, own] of byLayer) seconds[layer] = amount(own);
  const caveats = [
    ...(standIns.size === 0
      ? []
      : [`no kernel of these classes was measured, others stand in: ${[...standIns].join(', ')}`]),
    ...(unknown === 0
      ? []
      : [`${String(unknown)} of ${String(kernels.length)} kernels are not known and count as no time`]),
  ];
  return {
    calibration,
    layers: seconds,
    beside: amount(calibration.secondsPerRun),
    ...(caveats.length === 0 ? {} : { caveat: caveats.join('; ') }),
  };
}

/**
 * What a calibration expects of the network. Forms over whole networks know nothing of memory or of single layers: they
 * are held to the floor. The sum over measured kernels stands as it is.
 */
function predictionOf(
  { calibration, layers, beside, caveat: known }: LayerPrediction,
  rates: (seconds: Seconds) => Throughput<Seconds>,
  networkFloor: number,
): NonNullable<NetworkLatency['prediction']> {
  const floor = calibration.kind === 'kernels' ? 0 : networkFloor;
  const expected = layers.reduce<number>(
    (sum, predicted) => (predicted === undefined ? sum : sum + predicted),
    beside,
  );
  const seconds = amount<'s'>(Math.max(expected, floor));
  const caveats = [
    ...(known === undefined ? [] : [known]),
    ...(expected < floor
      ? [
          'the calibration expects less than the floor, which stands in for it: networks like this were not measured',
        ]
      : []),
  ];
  const caveat = caveats.length === 0 ? undefined : caveats.join('; ');
  const [low, high] = intervalOf(calibration);
  return {
    ...rates(seconds),
    low: amount(Math.max(seconds * low, floor)),
    high: amount(seconds * high),
    calibration,
    ...(caveat === undefined ? {} : { caveat }),
  };
}

/** What the ends of the interval are of the time. */
function intervalOf(calibration: Calibration): readonly [low: number, high: number] {
  if (calibration.kind === 'terms') return [1 / calibration.leftOut.factor, calibration.leftOut.factor];
  const { unseen } = calibration.error;
  return [Math.max(0, 1 - unseen), 1 + unseen];
}

/** FLOPs of a layer's products and the seconds that they take at the peak or on the array. */
function arithmeticOf(
  demands: readonly Demand[],
  peak: number | undefined,
  array: { readonly shape: ArrayShape; readonly clock: number } | undefined,
  memo: ShapeMemo | undefined,
): { readonly flops: number; readonly seconds: Seconds | undefined } {
  let flops = 0;
  let seconds = 0;
  for (const demand of demands) {
    if (demand.kind !== 'tiled') continue;
    const own = 2 * convGeometry(demand.layer).macs * demand.repeat;
    flops += own;
    if (peak === undefined) continue;
    seconds +=
      array === undefined
        ? own / peak
        : (arrayCycles(demand.layer, array.shape, memo) * demand.repeat) / array.clock;
  }
  return { flops, seconds: peak === undefined ? undefined : amount(seconds) };
}

/** Element type of the first product; of the first input where there is none. */
function dtypeOf(graph: Graph, demands: readonly Demand[]): DType {
  for (const demand of demands) if (demand.kind === 'tiled') return demand.dtype;
  const [input] = graph.inputs;
  return input === undefined ? 'float32' : tensorOf(graph, input.tensor).type.dtype;
}

/** Whether the network takes numbers of another type than it computes in, as quantised ones do. */
const isMixed = ({ inputs, tensors }: Graph, dtype: DType): boolean =>
  inputs.every(({ tensor }) => tensorOf({ tensors }, tensor).type.dtype !== dtype);

function batchOf(graph: Graph): number {
  const [input] = graph.inputs;
  const batch = input === undefined ? undefined : tensorOf(graph, input.tensor).type.shape[0];
  return batch ?? 1;
}
