import { Unknown, type Rule } from '../lower.ts';

const DATA = 'how many boxes pass its threshold depends on the data';

/** Class, score and corners of a box. */
const DETECTION = 6;

/** At most so many boxes, by one parameter. */
const detections =
  (id: number, otherwise: number): Rule =>
  (_on, params) =>
    new Unknown(DATA, [[params.count(id, otherwise), DETECTION]]);

/** Every box that passes, which may be all of them. */
const yoloDetections: Rule = (on, params) => {
  const [classes, anchors] = [params.count(0, 20), params.count(1, 5)];
  let boxes = 0;
  for (let i = 0; i < on.inputCount; i++) {
    const [channels = 1, h = 1, w = 1] = on.shape(i, 3);
    const expected = anchors * (classes + 5);
    if (channels !== expected) {
      on.fail(
        `${String(anchors)} anchors of ${String(classes)} classes need ${String(expected)} channels, input ${String(i + 1)} has ${String(channels)}`,
        'correct parameters 0 and 1, or the convolution before it',
      );
    }
    boxes += anchors * h * w;
  }
  return new Unknown(DATA, [[Math.max(1, boxes), DETECTION]]);
};

const proposal: Rule = (on, params) => {
  const kept = params.count(3, 300);
  const all = [
    [kept, 1, 4],
    [kept, 1, 1],
  ];
  return new Unknown(DATA, all.slice(0, on.outputCount));
};

/** Boxes around every position, made of the extents of the map alone, and the variances of each. */
const priorBox: Rule = (on, params) => {
  const [, h = 1, w = 1] = on.shape(0, 3);
  const [small, large, ratios] = [0, 1, 2].map((id) => params.list(id).length) as [number, number, number];
  const fixed = [9, 10].every((id) => params.int(id, 0) === -233);
  // As MXNet has them: one box for each further size and for each ratio, without variances.
  const plain = on.inputCount === 1 && fixed && large === 0;
  const each = plain ? small - 1 + ratios : small * ratios * (params.flag(7, 1) ? 2 : 1) + small + large;
  const numbers = 4 * w * h * each;
  if (each < 1) on.fail('has no sizes', 'give parameter 0 the smallest sizes');
  const filled = () =>
    on.add('fill', [], { dtype: 'float32', shape: [on.batch, ...(plain ? [] : [1]), numbers], value: 0 });
  // Each corner is half a box away from its centre, and a share of the image.
  const corners = on.elementwise('add', filled(), on.number(0.5));
  if (plain) return [corners];
  return [on.concat([on.elementwise('divide', corners, on.number(1)), filled()], 0)];
};

/** A region of the map, each bin from a window as large as the region makes it. */
const regions =
  (channelsId?: number): Rule =>
  (on, params) => {
    const [channels = 1] = on.shape(0, 3);
    const [width, height] = channelsId === undefined ? [0, 0] : [7, 7];
    const kept = channelsId === undefined ? channels : params.count(channelsId, 0);
    const shape = [kept, params.count(1, height), params.count(0, width)];
    return new Unknown('its windows are as large as the regions, which are data', [shape]);
  };

const roiAlign: Rule = (on, params) => {
  const ratio = params.int(3, 0);
  const [channels = 1] = on.shape(0, 3);
  const size = [params.count(1, 0), params.count(0, 0)];
  if (ratio < 1)
    return new Unknown('how many samples a bin has depends on the regions', [[channels, ...size]]);
  return [
    on.add('sample', [on.input(0), on.input(1)], { mode: 'linear', dims: 2, points: ratio ** 2, size }),
  ];
};

const SAMPLES = [undefined, 'linear', 'nearest', 'cubic'] as const;

const gridSample: Rule = (on, params) => {
  const mode = SAMPLES[params.int(0, 1)];
  if (mode === undefined) return new Unknown(`there is no kind ${String(params.int(0, 1))} of sampling`);
  const [, ...extents] = on.shape(0, 3, 4);
  const grid = on.shape(1, extents.length + 1);
  // The coordinates of a place are the last axis of the grid, or the first.
  const size = params.flag(3) ? grid.slice(1) : grid.slice(0, -1);
  return [on.add('sample', [on.input(0), on.input(1)], { mode, dims: extents.length, points: 1, size })];
};

/** Overlapping frames of a signal, each times a window, and their spectra. */
const spectrogram: Rule = (on, params) => {
  const length = params.count(0, 0);
  const power = params.int(1, 0);
  const hop = params.count(2, Math.max(1, Math.floor(length / 4)));
  const border = params.flag(5, 1) ? Math.floor(length / 2) : 0;
  const [samples = 1] = on.shape(0, 1);
  const frames = Math.floor((samples + 2 * border - length) / hop) + 1;
  if (frames < 1)
    on.fail(`a frame of ${String(length)} does not fit ${String(samples)} samples`, 'use a longer signal');
  const bins = params.flag(8, 1) ? Math.floor(length / 2) + 1 : length;
  const dtype = 'float32';
  const modes = ['constant', 'edge', 'reflect'] as const;
  const mode = modes[params.int(6, 2)] ?? 'reflect';
  const whole =
    border === 0
      ? on.input()
      : on.add('pad', [on.input()], { begin: [0, border], end: [0, border], mode, value: 0 });
  const framed = on.add('rearrange', [whole], {
    op: 'frames',
    outputs: [{ dtype, shape: [on.batch, frames, length] }],
  });
  const windowed = on.elementwise('mul', framed, on.stored('embedding', [length]));
  const spectrum = on.add('fourier', [windowed], {
    length,
    transforms: frames,
    output: { dtype, shape: [on.batch, bins, frames, 2] },
  });
  if (power === 0) return [spectrum];
  const squares = on.add('reduce', [spectrum], { fn: 'sumSquare', axes: [3], keepDims: false });
  return [power === 1 ? on.elementwise('sqrt', squares) : squares];
};

const inverseSpectrogram: Rule = (on, params) => {
  const length = params.count(0, 0);
  const hop = params.count(2, Math.max(1, Math.floor(length / 4)));
  const [, frames = 1] = on.shape(0, 3);
  const samples = (frames - 1) * hop + (params.flag(5, 1) ? length % 2 : length);
  const shape = params.flag(1) ? [samples] : [samples, 2];
  return new Unknown('how many frames overlap is not counted', samples < 1 ? undefined : [shape]);
};

/** Maxima over a pyramid of grids, whose windows are of several sizes. */
const pyramid: Rule = (_on, params) => {
  const height = Math.min(params.count(1, 1), 16);
  return new Unknown('its windows are of several sizes', [[2, 1, (4 ** height - 1) / 3]]);
};

export const DETECTION_AND_SIGNAL: Readonly<Record<string, Rule>> = {
  DetectionOutput: detections(3, 100),
  GridSample: gridSample,
  InverseSpectrogram: inverseSpectrogram,
  PriorBox: priorBox,
  Proposal: proposal,
  PSROIPooling: regions(3),
  ROIAlign: roiAlign,
  ROIPooling: regions(),
  Spectrogram: spectrogram,
  SPP: pyramid,
  YoloDetectionOutput: yoloDetections,
  Yolov3DetectionOutput: yoloDetections,
};
