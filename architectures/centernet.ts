import type { TensorId } from '../src/graph/graph.ts';
import type { Network } from '../src/graph/network.ts';
import { DEPTHS, resnet, type ResNetOptions } from './resnet.ts';
import { family, type Family } from './family.ts';
import { choice } from './parameter.ts';

/**
 * CenterNet on ResNet: three times a deformable convolution and a transposed one that doubles the extent, then a
 * 3x3 and a 1x1 convolution for each of class heat map, box size and offset of the centre.
 *
 * @source arXiv 1904.07850; github.com/xingyizhou/CenterNet 4c50fd3, src/lib/models/networks/resnet_dcn.py
 */
function centerNet(g: Network, x: TensorId, options: ResNetOptions): void {
  let y = resnet(g, x, { ...options, shortcut: 'projection' }).at(-1) as TensorId;
  for (const outChannels of [256, 128, 64]) {
    y = g.deformConv(y, { outChannels, kernel: 3, bias: true });
    y = g.convTranspose(y, { outChannels, kernel: 4, stride: 2, padding: 1 });
  }
  for (const [name, outChannels] of [
    ['heatmap', 80],
    ['size', 2],
    ['offset', 2],
  ] as const) {
    const wide = g.conv(y, { outChannels: 64, kernel: 3, batchNorm: false });
    g.conv(wide, { outChannels, batchNorm: false, activation: 'linear', name });
  }
}

const SOURCE =
  'arXiv 1904.07850; github.com/xingyizhou/CenterNet 4c50fd3, src/lib/models/networks/resnet_dcn.py';

export const CENTERNET: readonly Family[] = [
  family({
    name: 'centernet',
    title: 'CenterNet (ResNet)',
    input: 512,
    parameters: { depth: choice('layers of the ResNet', [18, 34, 50, 101]) },
    layers: (g, x, { depth }) => {
      centerNet(g, x, DEPTHS[depth]);
    },
    networks: [
      {
        name: 'centernet-resnet18',
        title: 'CenterNet (ResNet-18)',
        source: SOURCE,
        reproduction: 'exact',
        note: "the table's 28.1 AP is that of the version with deformable convolutions (the authors' model zoo)",
        printed: [{ where: 'table 4', row: 'CenterNet / ResNet18', values: {} }],
      },
      {
        name: 'centernet-resnet101',
        title: 'CenterNet (ResNet-101)',
        parameters: { depth: 101 },
        source: SOURCE,
        reproduction: 'exact',
        note: "the table's 34.6 AP is that of the version with deformable convolutions (the authors' model zoo)",
        printed: [{ where: 'table 4', row: 'CenterNet / ResNet101', values: {} }],
      },
    ],
  }),
];
