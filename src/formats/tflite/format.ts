import type { Format } from '../format.ts';

/** What a FlatBuffers file of this kind has behind its first offset. */
const IDENTIFIER = 'TFL3';

export const TFLITE: Format = {
  id: 'tflite',
  title: 'TensorFlow Lite',
  extensions: ['.tflite'],
  recognises: (head) => String.fromCharCode(...head.subarray(4, 8)) === IDENTIFIER,
  hasWeights: true,
  flops: 'standard',
  origin: { file: 'required', node: 'optional', op: 'optional' },
  async read(source, options) {
    const { readTflite } = await import('./read.ts');
    return readTflite(source, options);
  },
  async describe(source, { file }) {
    const { describeTflite } = await import('./describe.ts');
    return describeTflite(source, file);
  },
};
