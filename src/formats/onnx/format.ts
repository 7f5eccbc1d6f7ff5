import type { Origin } from '../../diagnostics.ts';
import type { Format } from '../format.ts';
import { layerIndexOf } from './writeNames.ts';

/** Files that we wrote name the layer that a node was made of. */
const unitOf = ({ node = '' }: Origin): string | undefined => {
  const index = layerIndexOf(node);
  return index === undefined ? undefined : String(index);
};

const nodeOf = ({ node }: Origin): string | undefined => node;

export const ONNX: Format = {
  id: 'onnx',
  title: 'ONNX',
  extensions: ['.onnx'],
  recognises: beginsWithFields,
  hasWeights: true,
  flops: 'standard',
  origin: { file: 'required', node: 'optional', op: 'optional', module: 'optional' },
  unitOf,
  nodeIn: { netron: nodeOf, 'model-explorer': nodeOf },
  async read(source, options) {
    const { fromOnnx, readAhead } = await import('./read.ts');
    await readAhead(source, options.file);
    return fromOnnx(source, options);
  },
  async describe(source, { file }) {
    const [{ describeOnnx }, { readAhead }] = await Promise.all([
      import('./describe.ts'),
      import('./read.ts'),
    ]);
    await readAhead(source, file);
    return describeOnnx(source, file);
  },
  async write(graph, options) {
    const { writeOnnx } = await import('./write.ts');
    const { file, data, diagnostics } = writeOnnx(graph, options);
    return {
      content: file.chunks(),
      diagnostics,
      ...(data === undefined ? {} : { beside: { name: data.name, content: data.chunks() } }),
    };
  },
};

const VARINT = 0;
const DELIMITED = 2;

/**
 * Fields of a ModelProto, by number, and how each is encoded.
 *
 * @source onnx/onnx.proto of ONNX 1.19
 */
const FIELDS: ReadonlyMap<number, number> = new Map([
  [1, VARINT],
  [2, DELIMITED],
  [3, DELIMITED],
  [4, DELIMITED],
  [5, VARINT],
  [6, DELIMITED],
  [7, DELIMITED],
  [8, DELIMITED],
  [14, DELIMITED],
  [20, DELIMITED],
  [25, DELIMITED],
  [26, DELIMITED],
]);

/** Protobuf has no magic number: a model begins with fields that a ModelProto has, as far as these bytes reach. */
function beginsWithFields(head: Uint8Array): boolean {
  let at = 0;
  const varint = (): number => {
    let value = 0;
    for (let scale = 1; at < head.length; scale *= 128) {
      const byte = head[at++] as number;
      value += (byte % 128) * scale;
      if (byte < 128) break;
    }
    return value;
  };
  for (let fields = 0; fields < 3 && at < head.length; fields++) {
    const tag = varint();
    if (FIELDS.get(Math.floor(tag / 8)) !== tag % 8) return false;
    const value = varint();
    if (tag % 8 === DELIMITED) at += value;
  }
  return head.length > 0;
}
