import { dense, type Device, type Source, verified } from './device.ts';

const DATA_SHEET: Source = {
  source: 'https://pdf.datasheet.live/76d094ee/nvidia.com/900-83310-0001-000.html',
  retrieved: '2026-11-24',
};
const TABLE: Source = {
  source: 'https://hmc-tech.com/gpus/nvidia-tegra-x2-vs-nvidia-tegra-switch-2',
  retrieved: '2026-11-24',
};
const MODES: Source = {
  source: 'https://www.jetsonhacks.com/2017/03/25/nvpmodel-nvidia-jetson-tx2-development-kit/',
  retrieved: '2026-11-25',
};

export const jetsonTx2: Device = {
  schemaVersion: 1,

  id: 'jetson-tx2',
  title: 'NVIDIA Jetson TX2 (GPU)',
  kind: 'gpu',
  peak: {
    float32: dense(verified(256 * 2 * 1.3e9, 'op/s', MODES, '256 cores (data sheet), 2 per cycle, 1.30 GHz')),
    float16: dense(verified(256 * 4 * 1.3e9, 'op/s', TABLE, 'twice float32, as printed at 1.465 GHz')),
  },
  memory: [
    {
      name: 'dram',
      capacity: verified(8 * 2 ** 30, 'byte', DATA_SHEET),
      bandwidth: verified(59.7e9, 'byte/s', TABLE, '128 bit LPDDR4; 58.4 in the press of 2017'),
    },
    { name: 'l2', capacity: verified(512 * 1024, 'byte', TABLE) },
  ],
  clock: verified(1.3e9, 'Hz', MODES, 'mode Max-N; tables of the chip print 1.465 GHz'),
  processors: verified(2, '1', TABLE, 'streaming multiprocessors'),
  calibration: {
    kind: 'features',
    secondsPer: { flops: 3.1827e-12, boxes: 0.81514e-6, inference: 7.986e-3 },
    dtype: 'float32',
    fittedOn:
      'frames per second at batch 1 printed in arXiv 1911.11929, table 5, for YOLO heads of 1.5 to 6.3 thousand boxes',
    samples: 8,
    networks: [
      { network: 'yolov3-tiny', input: 416, group: 'tiny', framesPerSecond: 37 },
      { network: 'yolov3-tiny-prn', input: 416, group: 'tiny', framesPerSecond: 49 },
      {
        network: 'csppeleenet-reference-efm-sam',
        input: 320,
        group: 'csppeleenet-reference',
        framesPerSecond: 41,
      },
      {
        network: 'cspdensenet-reference-efm-sam',
        input: 320,
        group: 'cspdensenet-reference',
        framesPerSecond: 49,
      },
      {
        network: 'csppeleenet-reference-prn-3l',
        input: 320,
        group: 'csppeleenet-reference',
        framesPerSecond: 38,
      },
      {
        network: 'csppeleenet-reference-prn',
        input: 320,
        group: 'csppeleenet-reference',
        framesPerSecond: 52,
      },
      {
        network: 'cspdensenet-reference-prn',
        input: 320,
        group: 'cspdensenet-reference',
        framesPerSecond: 64,
      },
      {
        network: 'cspdensenetb-reference-prn',
        input: 320,
        group: 'cspdensenet-reference',
        framesPerSecond: 73,
      },
    ],
    error: {
      fit: 0.054,
      leaveOneOut: 0.09,
      unseen: 0.19,
      note: 'best of 5 forms on these rows, not validated on others: 19 % where all networks of a group are left out; rows with three heads carry the box term (16 % when left out)',
    },
    source: 'least squares on the printed rows, test/latency',
  },
};
