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
  const stride = Math.round(from / height);
  return stride <= 1 ? '1/1' : `1/${String(stride)}`;
}
