import type { DType } from '../ops/dtype.ts';
import type { Bytes } from '../units.ts';
import type { ConvLayer } from './convLayer.ts';
import type { OperandBytes } from './traffic.ts';

/** What an operator of a graph asks of the memory. */
export type Demand =
  /** nothing: a view, a concatenation (operands are written where it lies), or applied as a result leaves */
  | { readonly kind: 'none' }
  /** operands and results once each; of what is looked up, the entries that are taken */
  | { readonly kind: 'once'; readonly bytes: Bytes }
  /** a convolution or product of matrices, tile by tile */
  | {
      readonly kind: 'tiled';
      readonly layer: ConvLayer;
      readonly dtype: DType;
      readonly bytes: OperandBytes;
      readonly repeat: number;
    }
  /** an operator whose cost is not known, or whose number of runs is not */
  | { readonly kind: 'unknown' };
