import type { TensorId } from '../../../graph/graph.ts';
import type { NormalizeFunction } from '../../../ops/normalize.ts';
import { elements } from '../../../units.ts';
import { Unknown, type Lowering, type Rule } from '../lower.ts';

interface Normalization {
  readonly fn: NormalizeFunction;
  readonly axes: readonly number[];
  readonly groups?: number;
  readonly scale?: boolean;
  readonly shift?: boolean;
}

const normalized = (
  on: Lowering,
  { fn, axes, groups = 1, scale = false, shift = false }: Normalization,
  params?: readonly TensorId[],
): TensorId => on.add('normalize', [on.input()], { fn, axes, groups, scale, shift }, params);

/** Axes of the tensor from `first` on. */
const axesFrom = (on: Lowering, first: number): readonly number[] =>
  on.typeOf(on.input()).shape.flatMap((_, axis) => (axis < first ? [] : [axis]));

/** Normalisation of the last dimensions, as many as the stated size covers. */
const ofSize =
  (fn: 'layer' | 'rms'): Rule =>
  (on, params) => {
    const dims = on.shape(0);
    const size = params.count(0, elements(dims));
    let axis = dims.length;
    let covered = 1;
    while (axis > 0 && covered < size) covered *= dims[--axis] as number;
    if (covered !== size) {
      on.fail(
        `normalises ${String(size)} elements of a blob of ${dims.join('x')}`,
        'state the extent of the last dimension, or the product of the last ones',
      );
    }
    const affine = params.flag(2, 1);
    return [
      normalized(on, {
        fn,
        axes: axesFrom(on, Math.min(axis, dims.length - 1) + 1),
        scale: affine,
        shift: affine && fn === 'layer',
      }),
    ];
  };

const instanceNorm: Rule = (on, params) => {
  const affine = params.flag(2, 1);
  on.shape(0, 2, 3, 4);
  return [normalized(on, { fn: 'instance', axes: axesFrom(on, 2), scale: affine, shift: affine })];
};

const groupNorm: Rule = (on, params) => {
  const groups = params.count(0, 1);
  const affine = params.flag(3, 1);
  const [channels = 1] = on.shape(0);
  if (channels % groups !== 0) {
    on.fail(
      `${String(groups)} groups do not divide ${String(channels)} channels`,
      'choose a number of groups that divides them',
    );
  }
  return [normalized(on, { fn: 'group', axes: axesFrom(on, 1), groups, scale: affine, shift: affine })];
};

/** Division by the L2 norm, times a stored factor for all or for each channel. */
const normalize: Rule = (on, params) => {
  const [spatial, channel] = [params.flag(0), params.flag(4, 1)];
  if (!spatial && !channel) return new Unknown('it normalises along no axis');
  const axes = spatial ? axesFrom(on, channel ? 1 : 2) : [1];
  const factors = params.count(3, 1);
  return [normalized(on, { fn: 'lp', axes, scale: true }, [on.stored('scale', [factors])])];
};

/** Less the mean, and over the deviation where parameter 0 says so. */
const meanVariance: Rule = (on, params) => {
  on.shape(0, 3, 4);
  const axes = axesFrom(on, params.flag(1) ? 1 : 2);
  if (params.flag(0)) return [normalized(on, { fn: params.flag(1) ? 'layer' : 'instance', axes })];
  const mean = on.add('reduce', [on.input()], { fn: 'mean', axes, keepDims: true });
  return [on.elementwise('subtract', on.input(), mean)];
};

/** Local response normalisation across channels, or within a square of each channel. */
const lrn: Rule = (on, params) => {
  const size = params.count(1, 5);
  on.shape(0, 3);
  if (!params.flag(0)) return [on.add('lrn', [on.input()], { size })];
  const before = Math.floor(size / 2);
  const after = size - 1 - before;
  const mean = on.add('avgPool', [on.add('mul', [on.input(), on.input()], {})], {
    kernel: [size, size],
    stride: [1, 1],
    dilation: [1, 1],
    padding: { begin: [before, before], end: [after, after] },
    rounding: 'floor',
  });
  const scaled = on.scaled(mean, params.number(2) ?? 1, params.number(4) ?? 1);
  const factor = on.elementwise('power', scaled, on.number(-(params.number(3) ?? 0.75)));
  return [on.add('mul', [on.input(), factor], {})];
};

export const NORMALIZATION: Readonly<Record<string, Rule>> = {
  GroupNorm: groupNorm,
  InstanceNorm: instanceNorm,
  LayerNorm: ofSize('layer'),
  LRN: lrn,
  MVN: meanVariance,
  Normalize: normalize,
  RMSNorm: ofSize('rms'),
};
