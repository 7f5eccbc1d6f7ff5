import { elements } from '../units.ts';
import { integer } from '../values.ts';
import { compatible, nameOf } from './extent.ts';
import { dim, expectInputs, expectWhole, type OpSpec, type TensorType, type OpenType } from './spec.ts';

/** Attributes of `yolo`. */
export interface YoloAttrs {
  /** classes that a box is scored for */
  readonly classes: number;
  /** anchor boxes that this output level predicts */
  readonly anchors: number;
}

/**
 * An output level of YOLO: of each anchor's numbers (`box` for the box and the objectness, one per class) all but
 * the box's width and height go through a logistic function, in place.
 */
export const yoloLevel = (summary: string, box: number): OpSpec<YoloAttrs> => ({
  summary,
  attrs: { classes: integer, anchors: integer },
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
    const { shape } = inputs[0] as TensorType;
    const logistic = (elements(shape) / (attrs.classes + box)) * (attrs.classes + box - 2);
    return { transcendental: logistic, add: logistic, divide: logistic };
  },
  memory: 'stream',
});

/** YOLO's output level: x, y, width, height, objectness, classes. */
export const yolo = yoloLevel('YOLO output level: logistic of centre, objectness and class scores', 5);
