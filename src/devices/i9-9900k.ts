import { dense, type Device, type Source, unverified, verified } from './device.ts';

const REPORT: Source = {
  source: 'https://desklib.com/document/intel-core-i9-9900k-architecture',
  retrieved: '2026-11-24',
};
const REVIEW: Source = {
  source:
    'https://hardwareluxx.de/index.php/artikel/hardware/prozessoren/51322-skylake-und-14-nm-am-limit-der-intel-core-i9-9900ks-im-test.html',
  retrieved: '2026-11-25',
};

export const i9_9900k: Device = {
  schemaVersion: 1,

  id: 'i9-9900k',
  title: 'Intel Core i9-9900K',
  kind: 'cpu',
  peak: {
    float32: dense(
      verified(
        8 * 32 * 4.7e9,
        'op/s',
        { source: 'https://stackoverflow.com/questions/15655835', retrieved: '2026-11-25' },
        'two 256-bit FMA per cycle, 8 cores at 4.7 GHz',
      ),
    ),
  },
  memory: [
    {
      name: 'dram',
      bandwidth: unverified(41.6e9, 'byte/s', 'DDR4-2666 (verified), two channels from memory'),
    },
    { name: 'l3', capacity: verified(16 * 1024 * 1024, 'byte', REPORT) },
  ],
  clock: verified(4.7e9, 'Hz', REVIEW, 'all cores; 3.6 GHz base, 5.0 GHz boost'),
  processors: verified(8, '1', REPORT, 'cores'),
  power: verified(95, 'W', REPORT),
  calibration: {
    kind: 'features',
    secondsPer: { flops: 1.8375e-12, boxes: 1.2483e-6, inference: 5.2589e-3 },
    dtype: 'float32',
    fittedOn:
      'frames per second of OpenCV at batch 1 printed in arXiv 1911.11929, table 5, for YOLO heads of 1.5 to 6.3 thousand boxes',
    samples: 6,
    networks: [
      { network: 'yolov3-tiny', input: 416, group: 'tiny', framesPerSecond: 54 },
      { network: 'yolov3-tiny-prn', input: 416, group: 'tiny', framesPerSecond: 71 },
      {
        network: 'csppeleenet-reference-prn-3l',
        input: 320,
        group: 'csppeleenet-reference',
        framesPerSecond: 52,
      },
      {
        network: 'csppeleenet-reference-prn',
        input: 320,
        group: 'csppeleenet-reference',
        framesPerSecond: 75,
      },
      {
        network: 'cspdensenet-reference-prn',
        input: 320,
        group: 'cspdensenet-reference',
        framesPerSecond: 95,
      },
      {
        network: 'cspdensenetb-reference-prn',
        input: 320,
        group: 'cspdensenet-reference',
        framesPerSecond: 102,
      },
    ],
    error: {
      fit: 0.041,
      leaveOneOut: 0.106,
      unseen: 0.2,
      note: 'best of 5 forms on these rows, not validated on others: 20 % where all networks of a group are left out; rows with three heads carry the box term (30 % when left out); errors are of the time (10.6 % of the time are 12.9 % of the frames per second). Measured anew in OpenCV DNN, the engine of the paper, the order of the six networks holds (Kendall 0.87) but the printed ratios are flatter: 5.5 ms + the time of OpenCV + 0.94 us for each box gives all six rows to 2.7 % (this form: 4.0 %), so that handling of frames and of boxes is part of what was timed',
    },
    source: 'least squares on the printed rows, test/latency',
  },
};
