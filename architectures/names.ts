// Written by `npm run generate`; do not edit.
import type { Family } from './family.ts';

/** Names of networks and families, and what loads the file that has them. */
export const NAMES: readonly (readonly [names: string, load: () => Promise<readonly Family[]>])[] = [
  ['resnet10 resnet50 resnet101 resnet152 resnet152-he resnext50 resnext101 resnet cspresnet10 cspresnet50 cspresnext50 cspresnet', async () => (await import('./resnet.ts')).RESNET],
  ['darknet-reference darknet53 cspdarknet53', async () => (await import('./darknet.ts')).DARKNET],
  ['mobilenet-v2 cspmobilenet-v2', async () => (await import('./mobilenet.ts')).MOBILENET],
  ['efficientnet-b0 efficientnet-b0-official efficientnet', async () => (await import('./efficientnet.ts')).EFFICIENTNET],
  ['yolov3 yolov3-spp yolov3-tiny yolov3-tiny-prn yolov4 yolov4-tiny cspresnext50-panet-spp', async () => (await import('./yolo.ts')).YOLO],
  ['peleenet peleenet-swish sparsepeleenet peleenext sepeleenet-swish csppeleenet csppeleenet-g25 csppeleenet-g75 csppeleenet-swish secsppeleenet-swish csppeleenet-first-g25 csppeleenet-first csppeleenet-first-g75 csppeleenet-last-g25 csppeleenet-last csppeleenet-last-g75', async () => (await import('./pelee.ts')).PELEE],
  ['pelee-ssd peleenet-yolo peleenet-fpn peleenet-prn peleenet-prn-3l sparsepeleenet-prn peleenet-efm peleenet-detector csppeleenet-prn csppeleenet-prn-swish csppeleenet-prn-3l csppeleenet-cem csppeleenet-cem-sam csppeleenet-gfm csppeleenet-efm csppeleenet-efm-sam csppeleenet-efm-spp csppeleenet-detector', async () => (await import('./peleeDetectors.ts')).PELEE_DETECTORS],
  ['cspdensenet-reference cspdensenetb-reference csppeleenet-reference csppeleenetb-reference cspdensenetb-reference-prn cspdensenet-reference-prn csppeleenet-reference-prn csppeleenet-reference-prn-3l cspdensenet-reference-efm-sam csppeleenet-reference-efm-sam csp-reference', async () => (await import('./reference.ts')).REFERENCE],
  ['densenet201 densenet264 densenet264-32 densenet201-elastic densenet cspdensenet201-elastic cspdensenet', async () => (await import('./densenet.ts')).DENSENET],
  ['hardnet68 hardnet85 hardnet138s hardnet', async () => (await import('./hardnet.ts')).HARDNET],
  ['res2net50 res2net50-26w4s res2next50 res2net', async () => (await import('./res2net.ts')).RES2NET],
  ['vgg16 vgg vgg16-reduced', async () => (await import('./vgg.ts')).VGG],
  ['ssd300-vgg16 ssd512-hardnet68 ssd512-hardnet85 ssd512-hardnet', async () => (await import('./ssd.ts')).SSD],
  ['rfbnet512-vgg16', async () => (await import('./rfbnet.ts')).RFBNET],
  ['refinedet320-vgg16', async () => (await import('./refinedet.ts')).REFINEDET],
  ['m2det320-vgg16', async () => (await import('./m2det.ts')).M2DET],
  ['pfpnet-r320-vgg16 pfpnet-s300-vgg16', async () => (await import('./pfpnet.ts')).PFPNET],
  ['lrf512-vgg16 lrf512-resnet101', async () => (await import('./lrf.ts')).LRF],
  ['centernet-resnet18 centernet-resnet101 centernet', async () => (await import('./centernet.ts')).CENTERNET],
  ['ttfnet-resnet18 ttfnet-darknet53', async () => (await import('./ttfnet.ts')).TTFNET],
  ['snet49 snet146 snet535 snet', async () => (await import('./snet.ts')).SNET],
  ['thundernet-snet49 thundernet-snet146 thundernet-snet535 thundernet', async () => (await import('./thundernet.ts')).THUNDERNET],
];
