import { activation } from './activation.ts';
import { add } from './add.ts';
import { attention } from './attention.ts';
import { avgPool } from './avgPool.ts';
import { batchNorm } from './batchNorm.ts';
import { blur } from './blur.ts';
import { channelShuffle } from './channelShuffle.ts';
import { concat } from './concat.ts';
import { conv } from './conv.ts';
import { convTranspose } from './convTranspose.ts';
import { deformConv } from './deformConv.ts';
import { dequantize } from './dequantize.ts';
import { determinant } from './determinant.ts';
import { einsum } from './einsum.ts';
import { elementwise } from './elementwise.ts';
import { expand } from './expand.ts';
import { experts } from './experts.ts';
import { fill } from './fill.ts';
import { fourier } from './fourier.ts';
import { gate } from './gate.ts';
import { gather } from './gather.ts';
import { gatherND } from './gatherND.ts';
import { gaussianYolo } from './gaussianYolo.ts';
import { globalPool } from './globalPool.ts';
import { identity } from './identity.ts';
import { layout } from './layout.ts';
import { linear } from './linear.ts';
import { linearAttention } from './linearAttention.ts';
import { localConv } from './localConv.ts';
import { lpPool } from './lpPool.ts';
import { lrn } from './lrn.ts';
import { matMul } from './matMul.ts';
import { maxout } from './maxout.ts';
import { maxPool } from './maxPool.ts';
import { mul } from './mul.ts';
import { nonMaxSuppression } from './nonMaxSuppression.ts';
import { normalize } from './normalize.ts';
import { opaque } from './opaque.ts';
import { pad } from './pad.ts';
import { psRoiAlign } from './psRoiAlign.ts';
import { rearrange } from './rearrange.ts';
import { recurrent } from './recurrent.ts';
import { reduce } from './reduce.ts';
import { region } from './region.ts';
import { reorg } from './reorg.ts';
import { reshape } from './reshape.ts';
import { resize } from './resize.ts';
import { sample } from './sample.ts';
import { slice } from './slice.ts';
import { softmax } from './softmax.ts';
import { sort } from './sort.ts';
import { split } from './split.ts';
import { stridedSlice } from './stridedSlice.ts';
import { sumPool } from './sumPool.ts';
import { transpose } from './transpose.ts';
import { upsample } from './upsample.ts';
import { weightedAdd } from './weightedAdd.ts';
import { yolo } from './yolo.ts';
import { isProblem, knownTypes, type OpSpec, type Problem, type TensorType } from './spec.ts';

/** Every operator, by kind. A new one is its file and its name here; kinds, attributes and checks follow. */
export const OPS = {
  activation,
  add,
  attention,
  avgPool,
  batchNorm,
  blur,
  channelShuffle,
  concat,
  conv,
  convTranspose,
  deformConv,
  dequantize,
  determinant,
  einsum,
  elementwise,
  expand,
  experts,
  fill,
  fourier,
  gate,
  gather,
  gatherND,
  gaussianYolo,
  globalPool,
  identity,
  layout,
  linear,
  linearAttention,
  localConv,
  lpPool,
  lrn,
  matMul,
  maxout,
  maxPool,
  mul,
  nonMaxSuppression,
  normalize,
  opaque,
  pad,
  psRoiAlign,
  rearrange,
  recurrent,
  reduce,
  region,
  reorg,
  reshape,
  resize,
  sample,
  slice,
  softmax,
  sort,
  split,
  stridedSlice,
  sumPool,
  transpose,
  upsample,
  weightedAdd,
  yolo,
} as const;

/** Kind of an operator: its key in `OPS`. */
export type OpKind = keyof typeof OPS;

/** Attributes of a kind; of a union of kinds, the union. */
export type OpAttrs<K extends OpKind> = K extends OpKind
  ? (typeof OPS)[K] extends OpSpec<infer Attrs, infer Open>
    ? Extract<Attrs, Open>
    : never
  : never;

/** Attributes of a kind as inference may know them. */
export type OpenAttrs<K extends OpKind> = K extends OpKind
  ? (typeof OPS)[K] extends OpSpec<infer Attrs, infer Open>
    ? Attrs | Open
    : never
  : never;

/** The spec of a kind, its attribute type erased to what the kind's nodes carry. */
export function specOf<K extends OpKind>(kind: K): OpSpec<OpAttrs<K>, OpenAttrs<K>> {
  // The registry keeps kind and attributes together; the compiler cannot follow that through an index.
  // eslint-disable-next-line no-restricted-syntax -- the one place where the pairing is asserted
  return OPS[kind] as unknown as OpSpec<OpAttrs<K>, OpenAttrs<K>>;
}

/** Types that an operator makes of known ones. */
export function outputTypes<K extends OpKind>(
  kind: K,
  inputs: readonly TensorType[],
  attrs: OpAttrs<K>,
): readonly TensorType[] | Problem {
  const types = specOf(kind).infer(inputs, attrs);
  return isProblem(types) ? types : knownTypes(types);
}
