import { activation } from './activation.ts';
import { add } from './add.ts';
import { avgPool } from './avgPool.ts';
import { batchNorm } from './batchNorm.ts';
import { concat } from './concat.ts';
import { conv } from './conv.ts';
import { globalPool } from './globalPool.ts';
import { identity } from './identity.ts';
import { linear } from './linear.ts';
import { maxout } from './maxout.ts';
import { maxPool } from './maxPool.ts';
import { mul } from './mul.ts';
import { opaque } from './opaque.ts';
import { slice } from './slice.ts';
import { softmax } from './softmax.ts';
import type { OpSpec } from './spec.ts';
import { upsample } from './upsample.ts';
import { yolo } from './yolo.ts';

/** Every operator, by kind. A new one is its file and its name here; kinds, attributes and checks follow. */
export const OPS = {
  activation,
  add,
  avgPool,
  batchNorm,
  concat,
  conv,
  globalPool,
  identity,
  linear,
  maxPool,
  maxout,
  mul,
  opaque,
  slice,
  softmax,
  upsample,
  yolo,
} as const;

export type OpKind = keyof typeof OPS;

/** Attributes of a kind; of a union of kinds, the union. */
export type OpAttrs<K extends OpKind> = K extends OpKind
  ? (typeof OPS)[K] extends OpSpec<infer Attrs>
    ? Attrs
    : never
  : never;

/** The spec of a kind, its attribute type erased to what the kind's nodes carry. */
export function specOf<K extends OpKind>(kind: K): OpSpec<OpAttrs<K>> {
  // The registry keeps kind and attributes together; the compiler cannot follow that through an index.
  // eslint-disable-next-line no-restricted-syntax -- the one place where the pairing is asserted
  return OPS[kind] as unknown as OpSpec<OpAttrs<K>>;
}
