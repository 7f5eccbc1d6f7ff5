import { LARGEST_HANDWRITTEN, readText, textOf } from '../byteSource.ts';
import type { Format } from '../format.ts';

export const NCNN: Format = {
  id: 'ncnn',
  title: 'ncnn',
  extensions: ['.param'],
  // The same number as text, and as the bytes of a binary file, which the reader names as such.
  recognises: (head) => /^7767517\s/.test(textOf(head)) || isBinary(head),
  flops: 'standard',
  origin: { file: 'required', line: 'required', op: 'optional', node: 'optional' },
  async read(source, options) {
    const { readNcnn } = await import('./read.ts');
    return readNcnn(readText(source, 'ncnn', options.file, LARGEST_HANDWRITTEN), options);
  },
  async describe(source, { file }) {
    const { describeNcnn } = await import('./describe.ts');
    return describeNcnn(readText(source, 'ncnn', file, LARGEST_HANDWRITTEN), file);
  },
};

const isBinary = (head: Uint8Array): boolean => [0xdd, 0x85, 0x76, 0x00].every((byte, i) => head[i] === byte);
