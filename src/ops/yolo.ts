import { elements } from '../units.ts';
import { flag, integer, list, natural, number, optional, type FieldTypes } from '../values.ts';
import { compatible, nameOf } from './extent.ts';
import { dim, expectInputs, expectWhole, type OpSpec, type TensorType, type OpenType } from './spec.ts';

/** Attributes of `yolo`. */
export interface YoloAttrs {
  /** classes that a box is scored for */
  readonly classes: number;
  /** anchor boxes that this output level predicts */
  readonly anchors: number;
  /** width and height of every anchor box of the network, in pixels of its input; absent: not stated */
  readonly priors?: readonly number[];
  /** which of the network's anchor boxes this level predicts; absent: the first ones */
  readonly mask?: readonly number[];
  /** anchor boxes of the network; absent: as many as this level predicts */
  readonly priorCount?: number;
  /** by how much a centre may lie outside of its cell: x s - (s - 1) / 2; absent: 1, not at all */
  readonly scale?: number;
  /** the numbers come through a logistic function already, as in Scaled-YOLOv4 */
  readonly newCoords?: boolean;
}

/** What every output level states. */
export const BOXES = {
  classes: integer,
  anchors: integer,
  priors: optional(list(number)),
  mask: optional(list(natural)),
  priorCount: optional(integer),
  scale: optional(number),
};

/**
 * An output level of YOLO: of each anchor's numbers (`box` for the box and the objectness, one per class) all but
 * the box's width and height go through a logistic function, in place, and its centre is scaled.
 *
 * @source forward_yolo_layer of AlexeyAB/darknet, src/yolo_layer.c
 */
export const yoloLevel = <A extends YoloAttrs>(
  summary: string,
  box: number,
  attrs: FieldTypes<A>,
): OpSpec<A> => ({
  summary,
  attrs,
  infer(inputs, attrs) {
    const bad =
      expectInputs(inputs, 1, 4) ??
      expectWhole('the number of classes', attrs.classes, 1) ??
      expectWhole('the number of anchors', attrs.anchors, 1);
    if (bad) return bad;
    const input = inputs[0] as OpenType;
    const expected = attrs.anchors * (attrs.classes + box);
    return compatible(dim(input.shape, 1), expected)
      ? [input]
      : {
          problem: `${String(attrs.anchors)} anchors of ${String(attrs.classes)} classes need ${String(expected)} channels, the map has ${nameOf(dim(input.shape, 1))}`,
          fix: `set filters=${String(expected)} in the convolution before it`,
        };
  },
  work(inputs, _outputs, attrs) {
    const { classes, newCoords = false, scale = 1 } = attrs;
    const boxes = elements((inputs[0] as TensorType).shape) / (classes + box);
    const logistic = newCoords ? 0 : boxes * (classes + box - 2);
    const scaled = scale === 1 ? 0 : 2 * boxes;
    return { transcendental: logistic, add: logistic + scaled, mul: scaled, divide: logistic };
  },
  memory: 'stream',
});

/** YOLO's output level: x, y, width, height, objectness, classes. */
export const yolo = yoloLevel<YoloAttrs>(
  'YOLO output level: logistic of centre, objectness and class scores',
  5,
  { ...BOXES, newCoords: optional(flag) },
);
