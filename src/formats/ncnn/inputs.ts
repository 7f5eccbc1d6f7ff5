import { quoted } from '../../diagnostics.ts';
import { formatShape, type Shape } from '../../ops/spec.ts';
import { taps } from '../../ops/window.ts';
import type { LayerLine } from './param.ts';

/** Shapes of the results: for each the number of dimensions, width, height, channels. */
const HINTS = 30;

/** Extents of each blob of an Input layer, outermost first; undefined where the file does not state them. */
export function statedSizes(layer: LayerLine): readonly (Shape | undefined)[] {
  const { params, outputs } = layer;
  const [w, h, c, d] = [0, 1, 2, 11].map((id) => params.count(id, 0, 0)) as [number, number, number, number];
  const stated = d !== 0 ? [c, d, h, w] : c !== 0 ? [c, h, w] : h !== 0 ? [h, w] : w !== 0 ? [w] : undefined;
  if (stated === undefined) return hintsOf(layer) ?? [];
  return outputs.map(() => (stated.every((extent) => extent > 0) ? stated : undefined));
}

/** A map with the channels that the convolution among these readers has weights for. */
export function mapOf(
  readers: readonly LayerLine[] = [],
  extent: readonly [number, number],
): Shape | undefined {
  const reader = readers.find(({ type }) => type === 'Convolution');
  if (reader === undefined) return undefined;
  const { params } = reader;
  const kernel = params.count(1, 1);
  const places = params.count(0, 1) * taps({ kernel: [params.count(11, kernel), kernel] });
  const channels = params.int(6, 0) / places;
  return Number.isSafeInteger(channels) && channels > 0 ? [channels, ...extent] : undefined;
}

/** `--input 'data:1x3x224x224'`, quoted where a shell would read it otherwise. */
export function command(blob: string, shape: Shape): string {
  return `--input ${quoted(`${blob}:${formatShape(shape)}`)}`;
}

const MOST_READERS = 8;

/** The layers that read each blob; behind a Split, those that read its parts. */
export function consumersOf(layers: readonly LayerLine[]): ReadonlyMap<string, readonly LayerLine[]> {
  const consumers = new Map<string, readonly LayerLine[]>();
  for (const layer of layers.toReversed()) {
    const readers =
      layer.type === 'Split' ? layer.outputs.flatMap((blob) => consumers.get(blob) ?? []) : [layer];
    for (const blob of layer.inputs) {
      const known = consumers.get(blob);
      // The first few tell what it is for; a chain of splits would make long lists longer at each step.
      consumers.set(blob, [...readers, ...(known ?? [])].slice(0, MOST_READERS));
    }
  }
  return consumers;
}

/** Extents of each result by the hints, outermost first; undefined where the file has none. */
export function hintsOf({ params, outputs }: LayerLine): readonly (Shape | undefined)[] | undefined {
  const numbers = params.list(HINTS);
  if (numbers.length === 0 || outputs.length === 0) return undefined;
  const step = Math.floor(numbers.length / outputs.length);
  return outputs.map((_, i) => {
    const [rank = 0, w = 0, h = 0, c = 0, last = 0] = numbers.slice(i * step, (i + 1) * step);
    const dims =
      rank === 1
        ? [w]
        : rank === 2
          ? [h, w]
          : rank === 3
            ? [step === 5 ? last : c, h, w]
            : rank === 4
              ? [last, c, h, w]
              : [];
    return dims.length > 0 && dims.every((extent) => extent > 0) ? dims : undefined;
  });
}
