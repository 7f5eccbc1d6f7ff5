import { emptyMessage, encode } from '../formats/onnx/message.ts';
import { GRAPH, MODEL, NODE, type OperatorSetIdProto } from '../formats/onnx/proto.ts';
import type { ByteSource } from '../formats/byteSource.ts';
import { WIRE, WireReader, WireWriter } from '../formats/onnx/wire.ts';

/** What to change in a model file; everything else is copied byte by byte. */
export interface Splice {
  /** new names of the top-level nodes, in file order; undefined: the name stays */
  readonly names?: readonly (string | undefined)[];
  /** another version of the file format, and other versions of the operators */
  readonly stamp?: { readonly irVersion: number; readonly opsets: readonly OperatorSetIdProto[] };
}

/** Bytes of the file, or new ones. */
type Piece = { readonly from: number; readonly to: number } | Uint8Array;

const CHUNK = 1 << 20;

/** A model with other node names or versions, in pieces; tensors are copied and never decoded. */
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

function splicedModel(reader: WireReader, { names = [], stamp }: Splice): readonly Piece[] {
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
      const wire = tag & 7;
      if (wire !== WIRE.delimited) reader.skip(wire, end);
      const stop = wire === WIRE.delimited ? reader.delimited(end) : reader.position;
      const changed = change(tag >>> 3, stop);
      reader.position = stop;
      if (changed !== undefined) {
        pieces.push(...changed);
        continue;
      }
      const last = pieces.at(-1);
      if (last !== undefined && !(last instanceof Uint8Array) && last.to === from)
        pieces[pieces.length - 1] = { from: last.from, to: reader.position };
      else pieces.push({ from, to: reader.position });
    }
    return pieces;
  };

  const graphField = (field: number, end: number): readonly Piece[] | undefined => {
    const given = field === GRAPH.fields.node.number ? names[node++] : undefined;
    if (given === undefined) return undefined;
    const name = encode(NODE, { ...emptyMessage(NODE), name: given }).finish();
    const rest = fields(end, (inner) => (inner === NODE.fields.name.number ? [] : undefined));
    return delimited(field, [name, ...rest]);
  };

  const model = fields(reader.size, (field, end) => {
    if (field === MODEL.fields.graph.number) return delimited(field, fields(end, graphField));
    const replaced =
      stamp !== undefined &&
      (field === MODEL.fields.irVersion.number || field === MODEL.fields.opsetImport.number);
    return replaced ? [] : undefined;
  });
  if (stamp === undefined) return model;
  const { irVersion, opsets: opsetImport } = stamp;
  return [encode(MODEL, { ...emptyMessage(MODEL), irVersion, opsetImport }).finish(), ...model];
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
