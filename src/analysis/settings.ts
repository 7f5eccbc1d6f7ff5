import type { Shape } from '../ops/spec.ts';
import type { NetworkPort, Profile } from './profile.ts';

/** The shape with the channels second, whatever the file has: how a map is stored makes no other network of it. */
export function channelsSecond({ shape, channelsLast }: NetworkPort): Shape {
  if (channelsLast !== true) return shape;
  const [batch = 1, ...spatial] = shape;
  const channels = spatial.pop() ?? 1;
  return [batch, channels, ...spatial];
}

/** What goes in, in words: `1x3x256x256 float32`. */
export const inputsOf = ({ network }: Profile): string =>
  network.inputs.map((input) => `${channelsSecond(input).join('x')} ${input.dtype}`).join(', ');

/** Whether the same goes in: the same channels and extents, or the same as the files have it, layouts unsaid. */
export function haveSameInputs(a: Profile, b: Profile): boolean {
  const stored = ({ network }: Profile): string =>
    network.inputs.map(({ shape, dtype }) => `${shape.join('x')} ${dtype}`).join();
  return inputsOf(a) === inputsOf(b) || stored(a) === stored(b);
}

/** What the numbers of a profile on hardware depend on, in words; empty without hardware. */
export const hardwareOf = ({ device, traffic }: Profile): string =>
  [
    ...(device === undefined ? [] : [device.id]),
    ...(traffic?.bufferBytes === undefined ? [] : [`a buffer of ${String(traffic.bufferBytes)} bytes`]),
    ...(traffic?.fusion === undefined ? [] : [`fused ${traffic.fusion}`]),
  ].join(', ');
