/**
 * Channels times a factor, to multiples of `divisor`, and never more than a tenth fewer; at 1 as they are.
 *
 * @source github.com/tensorflow/models, research/slim/nets/mobilenet/mobilenet.py, _make_divisible
 */
export function scaleChannels(channels: number, factor: number, divisor = 8): number {
  if (factor === 1) return channels;
  const wanted = channels * factor;
  const nearest = Math.max(divisor, Math.floor((wanted + divisor / 2) / divisor) * divisor);
  return nearest < 0.9 * wanted ? nearest + divisor : nearest;
}

/** Layers times a factor, rounded up. */
export const scaleLayers = (layers: number, factor: number): number => Math.ceil(layers * factor);

/** The channels that `gamma` lets bypass: to the nearest, at least one, and one at least remains. */
export const bypassedChannels = (channels: number, gamma: number): number =>
  Math.min(channels - 1, Math.max(1, Math.round(gamma * channels)));
