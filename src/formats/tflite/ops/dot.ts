import type { Operation, Results } from '../operation.ts';
import { RARE_OPTIONS } from '../rareSchema.ts';
import type { Rules } from '../rule.ts';

/**
 * A singular value decomposed filter: features of each step, and a window over the last steps of every feature that
 * sums `rank` filters to a unit.
 */
function svdf(op: Operation): Results {
  const { rank, fused } = op.options(RARE_OPTIONS.SVDF);
  const [batch = 1, inputs = 1] = op.shapeOf(0, 2);
  const [filters = 0, features] = op.shapeOf(1, 2);
  const [, steps = 0] = op.shapeOf(2, 2);
  if (features !== inputs) op.fail(`has weights for ${String(features)} features, not ${String(inputs)}`);
  if (!(rank >= 1 && filters % rank === 0))
    op.fail(`makes no units of ${String(filters)} filters, ${String(rank)} each`);
  const units = filters / rank;
  const data = op.id(0);
  const dtype = op.dtype(4);
  const found = op.one(
    'linear',
    [data],
    {
      outFeatures: filters,
      bias: false,
      flatten: false,
      ...(dtype === op.typeOf(data).dtype ? {} : { dtype }),
    },
    [op.param(1, 'weight', [filters, inputs])],
  );
  // The steps before are what the last run left, moved by one.
  const before = op.reshape(op.id(4), [batch, filters, steps]);
  const newest = op.reshape(found, [batch, filters, 1]);
  const state =
    steps === 1
      ? newest
      : op.one('concat', [op.one('slice', [before], { axis: 2, start: 1, end: steps }), newest], { axis: 2 });
  const window = {
    kernel: [steps],
    stride: [1],
    dilation: [1],
    padding: { begin: [0], end: [0] },
    rounding: 'floor' as const,
  };
  const weighted = op.one(
    'conv',
    [state],
    { ...window, outChannels: filters, groups: filters, bias: false },
    [op.param(2, 'weight', [filters, 1, steps])],
  );
  const grouped = op.reshape(weighted, [batch, units, rank]);
  const summed = op.one('reduce', [grouped], {
    fn: 'sum',
    axes: [2],
    keepDims: false,
    ...(op.resultType() === dtype ? {} : { dtype: op.resultType() }),
  });
  const biased = op.has(3)
    ? op.one('elementwise', [summed, op.learned(3, 'bias')], { fn: 'add', dtype: op.resultType() })
    : summed;
  return [op.fused(biased, fused)];
}

/** Letters for the axes of both operands: shared ones, then those that are summed over, then the others. */
function dotGeneral(op: Operation): Results {
  const o = op.options(RARE_OPTIONS.StablehloDotGeneral);
  const [left, right] = [op.shape(0), op.shape(1)];
  if (left.length + right.length > LETTERS.length) op.fail('has more dimensions than can be named');
  const a = left.map((_, axis) => LETTERS[axis] as string);
  const b = right.map((_, axis) => LETTERS[left.length + axis] as string);
  const name = (mine: readonly number[], others: readonly number[]): readonly string[] =>
    mine.map((axis, i) => {
      const letter = a[op.axis(axis, left.length)] as string;
      b[op.axis(others[i] ?? -1, right.length)] = letter;
      return letter;
    });
  const batch = name(o.leftBatch, o.rightBatch);
  const summed = name(o.leftContracting, o.rightContracting);
  const free = [...a, ...b].filter((letter) => !batch.includes(letter) && !summed.includes(letter));
  const operands = [op.learned(0, 'weight'), op.learned(1, 'weight')];
  return [
    op.one('einsum', operands, { operands: [a, b], result: [...batch, ...free], dtype: op.resultType() }),
  ];
}

const LETTERS = 'abcdefghijklmnopqrstuvwxyz';

export const DOT: Rules = {
  SVDF: { lower: svdf },
  STABLEHLO_DOT_GENERAL: { lower: dotGeneral },
};
