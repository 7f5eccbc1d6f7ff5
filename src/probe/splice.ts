import { decode, emptyMessage, encode, schema, text, type Schema } from '../formats/onnx/message.ts';
import { GRAPH, MODEL, NODE, type ValueInfoProto } from '../formats/onnx/proto.ts';
import type { ByteSource } from '../formats/byteSource.ts';
import { WIRE, WireReader, WireWriter } from '../formats/onnx/wire.ts';

/** What to change in a model file; everything else is copied byte by byte. */
export interface Splice {
  /** new names of the top-level nodes, in file order */
  readonly names: readonly string[];
  /** inputs that take the place of those with the same names */
  readonly inputs?: readonly ValueInfoProto[];
  /** outputs that take the place of all */
  readonly outputs?: readonly ValueInfoProto[];
}

/** Bytes of the file, or new ones. */
type Piece = { readonly from: number; readonly to: number } | Uint8Array;

const CHUNK = 1 << 20;

/** Of a port, what is needed to tell which one it is. */
const PORT: Schema<{ name: string | undefined }> = schema('ValueInfoProto', { name: text(1) });

/** A model with other node names, inputs or outputs, in pieces; tensors are copied and never decoded. */
export function* splice(source: ByteSource, file: string, changes: Splice): Generator<Uint8Array> {
  for (const piece of splicedModel(new WireReader(source, file), changes)) {
    if (piece instanceof Uint8Array) {
      yield piece;
      continue;
    }
    for (let at = piece.from; at < piece.to; at += CHUNK)
      yield source.read(at, Math.min(CHUNK, piece.to - at)).slice();
  }
}

function splicedModel(reader: WireReader, { names, inputs = [], outputs }: Splice): readonly Piece[] {
  const byName = new Map(inputs.map((input) => [input.name, input]));
  let node = 0;

  /** The fields up to `end`, each as it is or as `change` has it. */
  const fields = (
    end: number,
    change: (field: number, end: number) => readonly Piece[] | undefined,
  ): Piece[] => {
    const pieces: Piece[] = [];
    while (reader.position < end) {
      const from = reader.position;
      const tag = reader.tag(end);
      if ((tag & 7) === WIRE.delimited) {
        const stop = reader.delimited(end);
        const changed = change(tag >>> 3, stop);
        reader.position = stop;
        if (changed !== undefined) {
          pieces.push(...changed);
          continue;
        }
      } else reader.skip(tag & 7, end);
      const last = pieces.at(-1);
      if (last !== undefined && !(last instanceof Uint8Array) && last.to === from)
        pieces[pieces.length - 1] = { from: last.from, to: reader.position };
      else pieces.push({ from, to: reader.position });
    }
    return pieces;
  };

  const graphField = (field: number, end: number): readonly Piece[] | undefined => {
    if (field === GRAPH.fields.node.number) {
      const name = encode(NODE, { ...emptyMessage(NODE), name: names[node++] ?? '' }).finish();
      const rest = fields(end, (inner) => (inner === NODE.fields.name.number ? [] : undefined));
      return delimited(field, [name, ...rest]);
    }
    if (field === GRAPH.fields.input.number) {
      const port = byName.get(decode(reader, PORT, end).name);
      return port && [encode(GRAPH, { ...emptyMessage(GRAPH), input: [port] }).finish()];
    }
    return field === GRAPH.fields.output.number && outputs !== undefined ? [] : undefined;
  };

  return fields(reader.size, (field, end) => {
    if (field !== MODEL.fields.graph.number) return undefined;
    const graph = fields(end, graphField);
    const added = encode(GRAPH, { ...emptyMessage(GRAPH), output: outputs ?? [] }).finish();
    return delimited(field, [...graph, added]);
  });
}

const lengthOf = (piece: Piece): number =>
  piece instanceof Uint8Array ? piece.length : piece.to - piece.from;

/** A message field with this content. */
function delimited(field: number, content: readonly Piece[]): readonly Piece[] {
  const head = new WireWriter();
  head.tag(field, WIRE.delimited);
  head.int64(content.reduce((sum, piece) => sum + lengthOf(piece), 0));
  return [head.finish(), ...content];
}
