import { elements } from '../units.ts';
import { flag, integer, list, number, optional } from '../values.ts';
import { compatible, nameOf } from './extent.ts';
import { dim, expectInputs, expectWhole, type OpSpec, type TensorType, type OpenType } from './spec.ts';

/** Attributes of `region`. */
export interface RegionAttrs {
  /** classes that a box is scored for */
  readonly classes: number;
  /** boxes at every position */
  readonly anchors: number;
  /** numbers that describe a box */
  readonly coords: number;
  /** class scores of a box sum to one */
  readonly softmax: boolean;
  /** width and height of every box, in cells of the map; absent: not stated */
  readonly priors?: readonly number[];
}

/** YOLOv2's output: logistic of the box centre and the objectness, softmax of the class scores. */
export const region: OpSpec<RegionAttrs> = {
  summary: 'YOLOv2 output: logistic of centre and objectness, softmax of class scores',
  attrs: {
    classes: integer,
    anchors: integer,
    coords: integer,
    softmax: flag,
    priors: optional(list(number)),
  },
  infer(inputs, attrs) {
    const bad =
      expectInputs(inputs, 1, 4) ??
      expectWhole('the number of classes', attrs.classes, 1) ??
      expectWhole('the number of anchors', attrs.anchors, 1);
    if (bad) return bad;
    const input = inputs[0] as OpenType;
    const expected = attrs.anchors * (attrs.classes + attrs.coords + 1);
    return compatible(dim(input.shape, 1), expected)
      ? [input]
      : {
          problem: `${String(attrs.anchors)} anchors of ${String(attrs.coords)} coordinates and ${String(attrs.classes)} classes need ${String(expected)} channels, the map has ${nameOf(dim(input.shape, 1))}`,
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
