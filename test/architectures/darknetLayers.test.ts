import { describe, expect, test } from 'vitest';
import { buildNetwork } from '../../architectures/zoo.ts';
import { profile, type ProfileRow } from '../../src/analysis/profile.ts';
import { validate } from '../../src/graph/validate.ts';
import { darknetNetworks, type DarknetLayer } from '../oracle/darknetLayers.ts';

/** The zoo's name for each .cfg. */
const NAMES: Readonly<Record<string, string>> = {
  csdarknet53: 'cspdarknet53',
  'csmobilenet-v2': 'cspmobilenet-v2',
  csresnet50: 'cspresnet50',
  csresnext50: 'cspresnext50',
  'csresnext50-panet-spp': 'cspresnext50-panet-spp',
  darknet: 'darknet-reference',
  enetb0: 'efficientnet-b0',
};

const KINDS: Readonly<Record<string, readonly string[]>> = {
  convolutional: ['conv'],
  maxpool: ['maxPool'],
  avgpool: ['globalPool'],
  shortcut: ['add'],
  route: ['identity', 'concat', 'slice'],
  upsample: ['upsample'],
  scale_channels: ['mul'],
  dropout: ['identity'],
  softmax: ['softmax'],
  yolo: ['yolo'],
};

/** A profile's row in Darknet's terms. */
function inDarknetTerms(row: ProfileRow, { section }: DarknetLayer): object {
  const [, channels, height = 1, width = 1] = row.outputs[0] as readonly number[];
  const [, inChannels, inHeight = 1, inWidth = 1] = row.inputs[0] as readonly number[];
  return {
    index: row.index,
    section: KINDS[section]?.includes(row.kind) ? section : `${section} as ${row.kind}`,
    // Darknet states the layer before a route or scale_channels as its input, whatever it reads.
    ...(section === 'route' || section === 'scale_channels'
      ? {}
      : { input: [inWidth, inHeight, inChannels] }),
    // Darknet's softmax has no extents, only a number of outputs.
    ...(section === 'softmax' ? {} : { output: [width, height, channels] }),
    // float32, as Darknet stores them
    bflops: Math.fround((row.flops as number) / 1e9),
    params: row.params,
  };
}

function expected(layer: DarknetLayer): object {
  const { section, input, output, ...rest } = layer;
  return {
    ...rest,
    section,
    ...(section === 'route' || section === 'scale_channels' ? {} : { input }),
    ...(section === 'softmax' ? {} : { output }),
    bflops: Math.fround(layer.bflops),
  };
}

describe('every layer of a published network is as Darknet has it', () => {
  test.each(darknetNetworks().map((network) => [NAMES[network.cfg] ?? network.cfg, network] as const))(
    '%s',
    (name, { width, height, layers }) => {
      const graph = buildNetwork(name, { input: [height, width] });
      expect(validate(graph)).toEqual([]);
      const rows = profile(graph, { flops: 'darknet' }).layers;
      expect(rows).toHaveLength(layers.length);
      for (const [i, layer] of layers.entries()) {
        expect(inDarknetTerms(rows[i] as ProfileRow, layer)).toEqual(expected(layer));
      }
    },
  );
});
