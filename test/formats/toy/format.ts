import { textOf } from '../../../src/formats/byteSource.ts';
import type { Format } from '../../../src/formats/format.ts';

/** Three lines of text: `toy`, `input 3x8x8` and `conv 4 3x3`. What a new format takes is this folder and its name. */
export const TOY: Format = {
  id: 'toy',
  title: 'Toy',
  extensions: ['.toy'],
  recognises: (head) => textOf(head).startsWith('toy\n'),
  flops: 'full',
  origin: { file: 'required', line: 'required', op: 'optional' },
  async read(source, options) {
    const { readToy } = await import('./read.ts');
    return readToy(new TextDecoder().decode(source.read(0, source.size)), options);
  },
  write: (graph) => Promise.resolve({ content: `toy of ${graph.name}\n` }),
};
