import type { Shape } from '../ops/spec.ts';

/**
 * The stage that a map of this shape belongs to: how much smaller than the network's input it is, such as
 * `1/8`; `head` for single positions and for tensors without spatial axes.
 */
export function resolutionStage(input: Shape, output: Shape): string {
  const height = output[2];
  const from = input[2];
  const pixels = output.slice(2).reduce((product, extent) => product * extent, 1);
  if (height === undefined || from === undefined || pixels === 1) return 'head';
  return named(Math.round(from / height));
}

const named = (stride: number): string => (stride <= 1 ? '1/1' : `1/${String(stride)}`);

/**
 * The same where no operator says that this is a map: tokens, windows and heads of attention have extents like a
 * map's, and belong to the stage of what they are made of.
 *
 * @returns undefined unless all extents behind the channels, or all in front of them, are those of the input over one
 *   whole stride, give or take a position
 */
export function stageLikeMap(input: Shape, output: Shape): string | undefined {
  if (output.length <= 2 || output.slice(2).every((extent) => extent === 1)) return 'head';
  if (output.length !== input.length || input.length <= 3) return undefined;
  const stride =
    commonStride(input.slice(2), output.slice(2)) ?? commonStride(input.slice(2), output.slice(1, -1));
  return stride === undefined ? undefined : named(stride);
}

function commonStride(from: Shape, to: Shape): number | undefined {
  const stride = Math.max(1, Math.round((from[0] as number) / (to[0] as number)));
  return from.every((extent, axis) => Math.abs((to[axis] as number) - extent / stride) <= 1)
    ? stride
    : undefined;
}
