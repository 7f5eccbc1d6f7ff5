// Writes a small TensorFlow Lite model: node sample.mjs FILE
import { writeFileSync } from 'node:fs';
import { flatBuffer, modelRoot, type OperatorDraft } from '../../formats/tflite/build.ts';

const i32 = (value: number) => ({ i32: value });
const conv: OperatorDraft = {
  op: 'CONV_2D',
  inputs: [0, 1, 2],
  outputs: [3],
  options: [1, { 0: { i8: 0 }, 1: i32(1), 2: i32(1), 3: { i8: 1 } }],
};

/** What most networks are made of, each once. */
const bytes = flatBuffer(
  modelRoot([
    {
      tensors: [
        { shape: [1, 4, 4, 3], type: 'int8' },
        { shape: [3, 1, 1, 3], type: 'int8' },
        { shape: [3], type: 'int32' },
        { shape: [1, 4, 4, 3], type: 'int8' },
        { shape: [1, 3, 3, 3], type: 'int8' },
        { shape: [1, 4, 4, 3], type: 'int8' },
        { shape: [1, 4, 4, 3], type: 'int8' },
        { shape: [1, 1, 1, 3], type: 'int8' },
        { shape: [2], type: 'int32', values: [-1, 3] },
        { shape: [1, 3], type: 'int8' },
        { shape: [5, 3], type: 'int8' },
        { shape: [1, 5], type: 'int8' },
        { shape: [1, 5], type: 'int8' },
        { shape: [1, 5] },
      ],
      operators: [
        conv,
        {
          ...conv,
          op: 'DEPTHWISE_CONV_2D',
          inputs: [3, 4],
          outputs: [5],
          options: [2, { 1: i32(1), 2: i32(1) }],
        },
        { op: 'ADD', inputs: [3, 5], outputs: [6], options: [11, {}] },
        {
          op: 'AVERAGE_POOL_2D',
          inputs: [6],
          outputs: [7],
          options: [5, { 0: { i8: 1 }, 1: i32(4), 2: i32(4), 3: i32(4), 4: i32(4) }],
        },
        { op: 'RESHAPE', inputs: [7, 8], outputs: [9], options: [17, {}] },
        { op: 'FULLY_CONNECTED', inputs: [9, 10, -1], outputs: [11], options: [8, {}] },
        { op: 'SOFTMAX', inputs: [11], outputs: [12], options: [9, {}] },
        { op: 'DEQUANTIZE', inputs: [12], outputs: [13] },
      ],
      inputs: [0],
      outputs: [13],
    },
  ]),
);

writeFileSync(process.argv[2] ?? 'sample.tflite', bytes);
