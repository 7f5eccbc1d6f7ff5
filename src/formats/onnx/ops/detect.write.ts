import { int, type Draft } from '../writeDraft.ts';
import { only, type Forms, type Operands } from '../writer.ts';
import { reshape } from './move.write.ts';
import { ofFloats } from './quantize.write.ts';

/**
 * Parts of each anchor's numbers that a function is applied to, in order; `undefined` leaves them as they are. With a
 * `scale` s, x becomes x s - (s - 1) / 2 behind it.
 */
type Parts = readonly (readonly [
  count: number,
  opType: 'Sigmoid' | 'Softmax' | undefined,
  scale?: number | undefined,
])[];

function perAnchor(
  on: Draft,
  { inputs, types, attrs }: Pick<Operands<'yolo' | 'gaussianYolo' | 'region'>, 'inputs' | 'types' | 'attrs'>,
  numbers: number,
  parts: Parts,
): string {
  const [x, { shape, dtype }] = only(inputs, types);
  const [batch = 1, , ...spatial] = shape;
  const boxes = reshape(on, x, [batch, attrs.anchors, numbers, ...spatial]);
  const used = parts.filter(([count]) => count > 0);
  const pieces = on.ops('Split', [boxes, on.integers(used.map(([count]) => count))], used.length, {
    axis: int(2),
  });
  const results = used.map(([, opType, scale = 1], i) => {
    const piece = pieces[i] as string;
    const result =
      opType === undefined ? piece : on.op(opType, [piece], opType === 'Softmax' ? { axis: int(2) } : {});
    if (scale === 1) return result;
    const scaled = on.op('Mul', [result, on.numbers(dtype, [scale])]);
    return on.op('Add', [scaled, on.numbers(dtype, [(1 - scale) / 2])]);
  });
  return reshape(on, on.op('Concat', results, { axis: int(2) }), shape);
}

/** Darknet's detection heads, of which ONNX has none: functions of parts of each anchor's numbers. */
export const DETECT_FORMS = {
  gaussianYolo: ofFloats('gaussianYolo', (on, node) => {
    // Mean and deviation of x and y, mean of w, deviation of w, mean of h, deviation of h, objectness, classes.
    const { classes, scale = 1 } = node.attrs;
    return perAnchor(on, node, classes + 9, [
      ...(scale === 1
        ? ([[4, 'Sigmoid']] as const)
        : ([
            [1, 'Sigmoid', scale],
            [1, 'Sigmoid'],
            [1, 'Sigmoid', scale],
            [1, 'Sigmoid'],
          ] as const)),
      [1, undefined],
      [1, 'Sigmoid'],
      [1, undefined],
      [2 + classes, 'Sigmoid'],
    ]);
  }),
  region: ofFloats('region', (on, node) => {
    const { classes, coords, softmax } = node.attrs;
    return perAnchor(on, node, classes + coords + 1, [
      [2, 'Sigmoid'],
      [coords - 2, undefined],
      [1, 'Sigmoid'],
      [classes, softmax ? 'Softmax' : undefined],
    ]);
  }),
  yolo: ofFloats('yolo', (on, node) => {
    const { classes, scale, newCoords = false } = node.attrs;
    const logistic = newCoords ? undefined : 'Sigmoid';
    return perAnchor(on, node, classes + 5, [
      [2, logistic, scale],
      [2, undefined],
      [1 + classes, logistic],
    ]);
  }),
} satisfies Forms;
