import { dense, type Device, type Source, verified } from './device.ts';

const REVIEW: Source = {
  source: 'https://www.vortez.net/articles_pages/nvidia_gtx_1080_ti_review,2.html',
  retrieved: '2026-11-24',
};

export const gtx1080ti: Device = {
  schemaVersion: 1,

  id: 'gtx1080ti',
  title: 'NVIDIA GeForce GTX 1080 Ti',
  kind: 'gpu',
  peak: {
    float32: dense(verified(3584 * 2 * 1.582e9, 'op/s', REVIEW, '3584 cores, 2 per cycle, 1582 MHz boost')),
  },
  memory: [
    {
      name: 'dram',
      capacity: verified(11 * 2 ** 30, 'byte', REVIEW),
      bandwidth: verified(484e9, 'byte/s', REVIEW),
    },
    { name: 'l2', capacity: verified(2816 * 1024, 'byte', REVIEW) },
  ],
  clock: verified(1.582e9, 'Hz', REVIEW, 'boost'),
  processors: verified(28, '1', REVIEW, 'streaming multiprocessors'),
  power: verified(250, 'W', REVIEW),
  calibration: {
    kind: 'features',
    secondsPer: { flops: 0.10292e-12, bytes: 5.8131e-12, reductionDepth: 0.11079e-6 },
    dtype: 'float32',
    fittedOn:
      'frames per second at batch 1 printed for Darknet in arXiv 1911.11929, tables 2 and 4: 10 rows of published networks (YOLOv3, CSPResNeXt50-PANet, YOLOv3-tiny) and 9 of the reconstructed PeleeNet family',
    samples: 19,
    networks: [
      { network: 'yolov3', input: 608, group: 'yolov3', framesPerSecond: 30 },
      { network: 'yolov3', input: 416, group: 'yolov3', framesPerSecond: 46 },
      { network: 'yolov3', input: 320, group: 'yolov3', framesPerSecond: 56 },
      { network: 'yolov3-spp', input: 608, group: 'yolov3', framesPerSecond: 30 },
      { network: 'cspresnext50-panet-spp', input: 608, group: 'cspresnext50', framesPerSecond: 35 },
      { network: 'cspresnext50-panet-spp', input: 512, group: 'cspresnext50', framesPerSecond: 44 },
      { network: 'cspresnext50-panet-spp', input: 416, group: 'cspresnext50', framesPerSecond: 53 },
      { network: 'cspresnext50-panet-spp', input: 320, group: 'cspresnext50', framesPerSecond: 58 },
      { network: 'yolov3-tiny', input: 416, group: 'tiny', framesPerSecond: 330 },
      { network: 'yolov3-tiny-prn', input: 416, group: 'tiny', framesPerSecond: 400 },
      { network: 'peleenet-prn', input: 416, group: 'peleenet', framesPerSecond: 145 },
      { network: 'csppeleenet-prn', input: 416, group: 'peleenet', framesPerSecond: 169 },
      { network: 'csppeleenet-prn-3l', input: 416, group: 'peleenet', framesPerSecond: 151 },
      { network: 'csppeleenet-cem', input: 416, group: 'peleenet', framesPerSecond: 148 },
      { network: 'csppeleenet-cem-sam', input: 416, group: 'peleenet', framesPerSecond: 144 },
      { network: 'csppeleenet-gfm', input: 416, group: 'peleenet', framesPerSecond: 134 },
      { network: 'csppeleenet-efm', input: 416, group: 'peleenet', framesPerSecond: 132 },
      { network: 'csppeleenet-efm-sam', input: 416, group: 'peleenet', framesPerSecond: 129 },
      { network: 'csppeleenet-efm-sam', input: 512, group: 'peleenet', framesPerSecond: 109 },
    ],
    error: {
      fit: 0.029,
      leaveOneOut: 0.034,
      unseen: 0.237,
      note: 'best of 54 forms on the same rows; 6 % where the family predicted is left out of the fit, 9 to 24 % where it is left out of the choice of the form too; the order of near-equal networks (table 2) is not predicted',
    },
    source: 'least squares on the printed rows, test/latency',
  },
};
