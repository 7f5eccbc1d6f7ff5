import { bottleneckOf } from '../../src/analysis/bottleneck.ts';
import type { Profile, ProfileRow } from '../../src/analysis/profile.ts';

/** A layer of a profile as if it had been counted: a 3x3 convolution of an 8x8 map, but for what is given. */
export const row = (index: number, given: Partial<ProfileRow> = {}): ProfileRow => ({
  index,
  name: `conv${String(index)}`,
  kind: 'conv',
  detail: '3x3 4->4',
  stage: 'stem',
  origin: { format: 'zoo', architecture: 'made' },
  inputs: [[1, 4, 8, 8]],
  outputs: [[1, 4, 8, 8]],
  ...given,
});

/** A profile of such layers. */
export const made = (
  layers: readonly ProfileRow[],
  totals: Partial<Profile['totals']> = {},
  given: Partial<Profile> = {},
): Profile => ({
  network: {
    name: 'made',
    source: 'by hand',
    format: 'zoo',
    inputs: [{ name: 'x', shape: [1, 4, 8, 8], dtype: 'float32' }],
    outputs: [],
  },
  conventions: { flops: 'darknet', cio: 'cspnet' },
  totals: { layers: layers.length, ...totals },
  coverage: { counted: layers.length, uncounted: [] },
  bottleneck: bottleneckOf(layers),
  layers,
  ...given,
});
