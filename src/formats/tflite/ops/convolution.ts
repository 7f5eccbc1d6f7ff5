import type { TensorId } from '../../../graph/graph.ts';
import type { SlidingWindow } from '../../../ops/window.ts';
import type { Operation, Results } from '../operation.ts';
import { RARE_OPTIONS } from '../rareSchema.ts';
import type { Rules } from '../rule.ts';

/** Where the axes of a map are: batch, channels, then the spatial ones. */
type Places = readonly number[];

const isInOrder = (places: Places): boolean => places.every((place, axis) => place === axis);

/** Channels last, as TensorFlow has maps. */
const isChannelsLast = (places: Places): boolean =>
  places.every((place, axis) => place === (axis === 0 ? 0 : axis === 1 ? places.length - 1 : axis - 1));

/** The convolution of XLA, whose axes are wherever its options say. */
function convolution(op: Operation): Results | undefined {
  const o = op.options(RARE_OPTIONS.StablehloConvolution);
  const rank = op.shape(0).length;
  const data = [o.inputBatch, o.inputFeature, ...o.inputSpatial];
  const result = [o.outputBatch, o.outputFeature, ...o.outputSpatial];
  const weights = [o.kernelOutput, o.kernelInput, ...o.kernelSpatial];
  for (const places of [data, result, weights]) {
    if (places.length !== rank || op.axes(places, rank).length !== rank) {
      op.fail(`names ${String(places.length)} axes of ${String(rank)}`);
    }
  }
  const spatial = o.inputSpatial.map((_, axis) => axis);
  const ones = (given: readonly number[]): readonly number[] => spatial.map((axis) => given[axis] ?? 1);
  const [stride, dilation, spread] = [ones(o.strides), ones(o.dilations), ones(o.spread)];
  const begin = spatial.map((axis) => o.padding[2 * axis] ?? 0);
  const end = spatial.map((axis) => o.padding[2 * axis + 1] ?? 0);
  const [outChannels = 0, perGroup = 0, ...kernel] = weights.map((place) => op.shapeOf(1, rank)[place] ?? 0);
  const groups = Math.max(1, o.groups);
  if (op.shape(0)[o.inputFeature] !== perGroup * groups) {
    op.fail(
      `has weights for ${String(perGroup * groups)} channels, not ${String(op.shape(0)[o.inputFeature])}`,
    );
  }
  const window = { kernel, dilation, rounding: 'floor' as const };
  const about: About = { outChannels, groups, bias: false };
  const apart = spread.some((each) => each !== 1);
  const padded = apart
    ? {
        begin: spatial.map((i) => reach(kernel, dilation, i) - (begin[i] as number)),
        end: spatial.map((i) => reach(kernel, dilation, i) - (end[i] as number)),
      }
    : { begin, end };
  const isStrided = stride.some((each) => each !== 1);
  // Each is another operator than a convolution of a map, or of one whose entries are moved apart.
  if (o.batchGroups > 1 || [...padded.begin, ...padded.end].some((pad) => pad < 0) || (apart && isStrided)) {
    return undefined;
  }
  const last = isChannelsLast(data) && isChannelsLast(result);
  const map = last ? op.first(0) : arranged(op, op.id(0), data);
  const made = apart
    ? op.one(
        'convTranspose',
        [map],
        { ...window, ...about, stride: spread, padding: padded, outputPadding: spatial.map(() => 0) },
        [op.param(1, 'weight', [perGroup * groups, outChannels / groups, ...kernel])],
      )
    : op.one('conv', [map], { ...window, ...about, stride, padding: padded, ...op.dtypeUnless(map) }, [
        op.param(1, 'weight', [outChannels, perGroup, ...kernel]),
      ]);
  return [
    last
      ? made
      : arranged(
          op,
          made,
          result.map((_, axis) => result.indexOf(axis)),
        ),
  ];
}

interface About {
  readonly outChannels: number;
  readonly groups: number;
  readonly bias: false;
}

/** How far the last tap of a kernel is from its first. */
const reach = (kernel: SlidingWindow['kernel'], dilation: SlidingWindow['dilation'], axis: number): number =>
  (dilation[axis] as number) * ((kernel[axis] as number) - 1);

const arranged = (op: Operation, id: TensorId, perm: Places): TensorId =>
  isInOrder(perm) ? id : op.one('transpose', [id], { perm });

export const CONVOLUTION: Rules = { STABLEHLO_CONVOLUTION: { lower: convolution } };
