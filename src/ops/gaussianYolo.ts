import { elements } from '../units.ts';
import { dim, expectInputs, expectWhole, type OpCase, type OpSpec, type TensorType } from './spec.ts';
import { yolo, type YoloAttrs } from './yolo.ts';

/** Gaussian YOLO's output level: a mean and a deviation for each of the four box numbers, objectness, classes. */
export const gaussianYolo: OpSpec<YoloAttrs> = {
  summary: 'Gaussian YOLO output level: every box number with its deviation',
  attrs: yolo.attrs,
  infer(inputs, attrs) {
    const bad =
      expectInputs(inputs, 1, 4) ??
      expectWhole('the number of classes', attrs.classes, 1) ??
      expectWhole('the number of anchors', attrs.anchors, 1);
    if (bad) return bad;
    const input = inputs[0] as TensorType;
    const expected = attrs.anchors * (attrs.classes + 9);
    return dim(input.shape, 1) === expected
      ? [input]
      : {
          problem: `${String(attrs.anchors)} anchors of ${String(attrs.classes)} classes need ${String(expected)} channels, the map has ${String(dim(input.shape, 1))}`,
          fix: `set filters=${String(expected)} in the convolution before it`,
        };
  },
  work(inputs, _outputs, attrs) {
    const { shape } = inputs[0] as TensorType;
    // Every number but the means of width and height.
    const logistic = (elements(shape) / (attrs.classes + 9)) * (attrs.classes + 7);
    return { transcendental: logistic, add: logistic, divide: logistic };
  },
  memory: 'stream',
};

export const cases: readonly OpCase<YoloAttrs>[] = [
  {
    name: 'three anchors of ten classes',
    inputs: [[1, 57, 16, 16]],
    attrs: { classes: 10, anchors: 3 },
    outputs: [[1, 57, 16, 16]],
    work: { transcendental: 3 * 17 * 256, add: 3 * 17 * 256, divide: 3 * 17 * 256 },
    source: 'arXiv 1904.04620, section 3.1: (3 * (8 + 1 + 10)) channels; width and height means stay linear',
  },
  {
    name: 'one anchor, one class',
    inputs: [[1, 10, 2, 2]],
    attrs: { classes: 1, anchors: 1 },
    outputs: [[1, 10, 2, 2]],
    work: { transcendental: 32, add: 32, divide: 32 },
    source: 'by hand',
  },
];
