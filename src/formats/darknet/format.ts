import { LARGEST_HANDWRITTEN, readText, textOf } from '../byteSource.ts';
import type { Format } from '../format.ts';

export const DARKNET: Format = {
  id: 'darknet',
  title: 'Darknet',
  extensions: ['.cfg'],
  // Comments, then a section; a beginning of nothing but comments says no more.
  recognises: (head) => /^(\s*[#;].*(\n|$))*\s*(\[|$)/.test(textOf(head)),
  handwritten: true,
  drawn: true,
  flops: 'darknet',
  origin: { file: 'required', line: 'required', section: 'optional', index: 'optional' },
  // Netron calls a section by its index.
  nodeIn: { netron: ({ index }) => (index === undefined ? undefined : String(index)) },
  async read(source, options) {
    const { readDarknet } = await import('./read.ts');
    return readDarknet(readText(source, 'darknet', options.file, LARGEST_HANDWRITTEN), options);
  },
  async write(graph) {
    const { writeDarknet } = await import('./write.ts');
    return { content: writeDarknet(graph) };
  },
};
