import { Indeterminate, type Operation, type Results } from '../operation.ts';
import { wholeNumbers } from '../flexbuffer.ts';
import type { Rules } from '../rule.ts';
import { OPERATOR } from '../schema.ts';

/**
 * Boxes from encodings and anchors, and the best of them: each box is decoded (products with the anchor and sums, two
 * exponentials for its size), its best class found, and boxes of lower score that overlap one are dropped. As many
 * places as `max_detections` times `max_classes_per_detection` come out.
 *
 * @source google-ai-edge/LiteRT f674577, tflite/kernels/detection_postprocess.cc (fast suppression over all classes)
 */
function detections(op: Operation): Results {
  const [batch = 1, boxes = 1] = op.shapeOf(0, 3);
  const options = wholeNumbers(op.operator.table.u8s(OPERATOR.custom) ?? new Uint8Array(0));
  const [most, perBox] = ['max_detections', 'max_classes_per_detection'].map((key) => options.get(key));
  if (most === undefined || perBox === undefined) throw new Indeterminate('how many are found is not stated');
  const places = most * perBox;
  const dtype = 'float32' as const;
  const centers = op.one('elementwise', [op.id(0), op.learned(2, 'embedding')], { fn: 'rotate', dtype });
  const sizes = op.one('slice', [centers], { axis: 2, start: 2, end: 4 });
  const extents = op.one('elementwise', [sizes], { fn: 'exp', dtype });
  const corners = op.one('rearrange', [centers, extents], {
    op: 'corners',
    outputs: [{ dtype, shape: [batch, boxes, 4] }],
  });
  const best = op.one('reduce', [op.id(1)], { fn: 'max', axes: [2], keepDims: false, dtype });
  const shapes = [[1, places, 4], [1, places], [1, places], [1]];
  return op.add('nonMaxSuppression', [corners, op.reshape(best, [batch, 1, boxes])], {
    outputs: shapes.map((shape) => ({ dtype, shape })),
  });
}

/** Boxes [n, 4] and scores [n], as many kept as the third input says. */
const suppression =
  (scored: boolean) =>
  (op: Operation): Results => {
    const [boxes = 1] = op.shapeOf(0, 2);
    const kept = op.numbers(2)[0] ?? 0;
    const outputs = op.outputs.map((_, i) => ({
      dtype: op.resultType(i),
      shape: i === (scored ? 2 : 1) ? [] : [kept],
    }));
    const framed = [op.reshape(op.id(0), [1, boxes, 4]), op.reshape(op.id(1), [1, 1, boxes])];
    return op.add('nonMaxSuppression', framed, { outputs });
  };

export const DETECTION: Rules = {
  NON_MAX_SUPPRESSION_V4: { lower: suppression(false) },
  NON_MAX_SUPPRESSION_V5: { lower: suppression(true) },
};

/** Custom operators, by the name that the file has for them. */
export const CUSTOM_RULES: Rules = {
  TFLite_Detection_PostProcess: { lower: detections },
};
