import type { Profile } from './profile.ts';

/** What goes in, in words: `1x3x256x256 float32`. */
export const inputsOf = ({ network }: Profile): string =>
  network.inputs.map(({ shape, dtype }) => `${shape.join('x')} ${dtype}`).join(', ');

/** What the numbers of a profile on hardware depend on, in words; empty without hardware. */
export const hardwareOf = ({ device, traffic }: Profile): string =>
  [
    ...(device === undefined ? [] : [device.id]),
    ...(traffic?.bufferBytes === undefined ? [] : [`a buffer of ${String(traffic.bufferBytes)} bytes`]),
    ...(traffic?.fusion === undefined ? [] : [`fused ${traffic.fusion}`]),
  ].join(', ');
