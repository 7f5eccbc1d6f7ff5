import { elements } from '../units.ts';
import { flag, integer } from '../values.ts';
import { dim, expectInputs, expectWhole, type OpCase, type OpSpec, type TensorType } from './spec.ts';

export interface RegionAttrs {
  readonly classes: number;
  readonly anchors: number;
  /** numbers that describe a box */
  readonly coords: number;
  /** class scores of a box sum to one */
  readonly softmax: boolean;
}

/** YOLOv2's output: logistic of the box centre and the objectness, softmax of the class scores. */
export const region: OpSpec<RegionAttrs> = {
  summary: 'YOLOv2 output: logistic of centre and objectness, softmax of class scores',
  attrs: { classes: integer, anchors: integer, coords: integer, softmax: flag },
  infer(inputs, attrs) {
    const bad =
      expectInputs(inputs, 1, 4) ??
      expectWhole('the number of classes', attrs.classes, 1) ??
      expectWhole('the number of anchors', attrs.anchors, 1);
    if (bad) return bad;
    const input = inputs[0] as TensorType;
    const expected = attrs.anchors * (attrs.classes + attrs.coords + 1);
    return dim(input.shape, 1) === expected
      ? [input]
      : {
          problem: `${String(attrs.anchors)} anchors of ${String(attrs.coords)} coordinates and ${String(attrs.classes)} classes need ${String(expected)} channels, the map has ${String(dim(input.shape, 1))}`,
          fix: `set filters=${String(expected)} in the convolution before it`,
        };
  },
  work(inputs, _outputs, { classes, coords, softmax }) {
    const boxes = elements((inputs[0] as TensorType).shape) / (classes + coords + 1);
    const logistic = 3 * boxes;
    const scores = softmax ? classes * boxes : 0;
    return {
      transcendental: logistic + scores,
      add: logistic + 2 * scores,
      divide: logistic + scores,
      compare: scores,
    };
  },
  memory: 'stream',
};

export const cases: readonly OpCase<RegionAttrs>[] = [
  {
    name: 'five anchors of 20 classes, softmax',
    inputs: [[1, 125, 13, 13]],
    attrs: { classes: 20, anchors: 5, coords: 4, softmax: true },
    outputs: [[1, 125, 13, 13]],
    work: { transcendental: 845 * 23, add: 845 * 43, divide: 845 * 23, compare: 845 * 20 },
    source: 'arXiv 1612.08242: 13*13*5 boxes, logistic of x, y and objectness, softmax over classes',
  },
  {
    name: 'other coordinates, no softmax',
    inputs: [[1, 20, 2, 3]],
    attrs: { classes: 3, anchors: 2, coords: 6, softmax: false },
    outputs: [[1, 20, 2, 3]],
    work: { transcendental: 36, add: 36, divide: 36, compare: 0 },
    source: 'by hand: 2*2*3 boxes',
  },
];
