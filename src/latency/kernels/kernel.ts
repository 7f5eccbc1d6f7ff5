import type { Shape } from '../../ops/spec.ts';

/** A kernel of a graph as a runtime has optimised it: all that a latency model knows about it. Maps are NCHW. */
export interface Kernel {
  /** operator, its domain before it: `nchwc.Conv`, `FusedConv`, `nchwc.ReorderInput`, `Concat` */
  readonly op: string;
  /** extents of the operands that are computed */
  readonly inputs: readonly Shape[];
  /** extents of the stored operands */
  readonly weights: readonly Shape[];
  /** extents of the results */
  readonly outputs: readonly Shape[];
  /** of convolutions and pools, where the node states it */
  readonly window?: KernelWindow;
  /** how it interpolates, or treats what lies outside: the node's `mode` */
  readonly mode?: string;
  /** function that is applied to the result on its way */
  readonly activation?: string;
}

/** A kernel with the layers that it works for, by index, and their parts of its time, which sum to 1. */
export interface AttributedKernel {
  /** undefined where too little is known of it */
  readonly kernel: Kernel | undefined;
  /** by index in `Graph.layers` */
  readonly layers: readonly { readonly layer: number; readonly part: number }[];
}

/** Extents of a window: height, width. */
export interface KernelWindow {
  /** extents */
  readonly kernel: readonly number[];
  /** of each axis */
  readonly strides: readonly number[];
  /** of each axis */
  readonly dilations: readonly number[];
  /** top, left, bottom, right */
  readonly pads: readonly number[];
  /** of a convolution; 1 for a pool */
  readonly groups: number;
}
