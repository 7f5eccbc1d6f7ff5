import { excerpt, ProfileError, problem, type Diagnostic } from '../../diagnostics.ts';
import { foldBatchNorms } from '../../graph/foldBatchNorms.ts';
import {
  tensorOf,
  typesOf,
  type Graph,
  type GraphPort,
  type Layer,
  type OpNode,
  type TensorId,
} from '../../graph/graph.ts';
import type { TensorType } from '../../ops/spec.ts';
import { byteLength } from '../../ops/dtype.ts';
import { elements } from '../../units.ts';
import { dtypeOf } from './dtype.ts';
import { emptyMessage, encode, messageLength, varintLength } from './message.ts';
import { GRAPH, MODEL, TENSOR, type GraphProto, type ModelProto, type NodeProto } from './proto.ts';
import { Draft, MICROSOFT_DOMAIN, valueInfo, type Initializer } from './writeDraft.ts';
import { dynamicQuantization, paramsIn } from './ops/quantize.write.ts';
import { repeated, type Seen } from './ops/control.write.ts';
import { express } from './ops/registry.write.ts';
import { FLOATS, isInexpressible, newer, type Inexpressible } from './writer.ts';
import { writtenPart } from './writeEnd.ts';
import { isWritable, weightBytes, type Content, type Weights } from './writeWeights.ts';
import { WIRE, WireWriter } from './wire.ts';

export interface OnnxWriteOptions {
  /** version of the operator set; by default 17, or the first that has every operator that is needed */
  readonly opset?: number;
  /** by default `random` */
  readonly weights?: Weights;
  /** of the random weights; by default 1 */
  readonly seed?: number;
  /** `fold` turns batch normalisation behind a convolution into its bias, as deployment tools do; by default `keep` */
  readonly batchNorm?: 'keep' | 'fold';
  /** name of a second file, next to the model, that holds the weights; by default they are in the model */
  readonly dataFile?: string;
}

/** Bytes of a file that are made while it is written, so that a model never has to fit in memory. */
export interface ByteStream {
  readonly length: number;
  /** the content from the beginning, in pieces of about a mebibyte */
  readonly chunks: () => Iterable<Uint8Array>;
}

/** The graph of a model that was written: its nodes are all at hand. */
export interface WrittenGraph extends GraphProto {
  node: readonly NodeProto[];
}

export interface OnnxModel {
  /** the .onnx file */
  readonly file: ByteStream;
  /** the file of weights beside it, where one was asked for */
  readonly data?: ByteStream & { readonly name: string };
  /** nodes, ports and value types as the file has them, without stored tensors */
  readonly graph: WrittenGraph;
  /** what of the network is not in the file */
  readonly diagnostics: readonly Diagnostic[];
}

/** IR version that came with each version of the operator set, from the oldest that is written. */
const IR_VERSIONS: ReadonlyMap<number, number> = new Map([
  [13, 7],
  [14, 7],
  [15, 8],
  [16, 8],
  [17, 8],
  [18, 8],
  [19, 9],
  [20, 9],
  [21, 10],
  [22, 10],
  [23, 11],
  [24, 12],
  [25, 13],
  [26, 13],
]);

/** Layers that a refusal lists for each reason. */
const MOST_NAMED = 20;

const DEFAULT_OPSET = 17;
const PROTOBUF_LIMIT = 2 ** 31 - 1;

/**
 * The graph as an ONNX model. Node names begin with their layer (`layerScope`); shapes are those of the graph.
 * Weights are made up: the file is for running and measuring, not for predicting. What a recurrent layer keeps from
 * the step before is an input. Operators at the end that nothing is known of are left out, which a warning says.
 *
 * @throws ProfileError CSP401 naming every layer that ONNX cannot express, or without an output, CSP402 for an opset that is not
 *   written, CSP403 where the model passes what one protobuf file can hold
 */
export function writeOnnx(graph: Graph, options: OnnxWriteOptions = {}): OnnxModel {
  const { weights = 'random', seed = 1, dataFile } = options;
  if (graph.outputs.length === 0) {
    throw new ProfileError(
      problem('CSP401', 'the network has no output, and an ONNX model needs one', 'name a result as output', {
        format: 'onnx',
        file: graph.name,
      }),
    );
  }
  const source = options.batchNorm === 'fold' ? foldBatchNorms(graph) : graph;
  const content: Content = (id, layout) => weightBytes(source, id, { weights, seed }, layout);
  const { opset, usesMicrosoft, proto, initializers, diagnostics } = draftFor(source, options.opset, content);
  const bytes = (initializer: Initializer): Iterable<Uint8Array> =>
    initializer.content instanceof Uint8Array
      ? [initializer.content]
      : content(initializer.content.id, initializer.content.layout);

  const header = encode(MODEL, {
    ...emptyMessage(MODEL),
    irVersion: irVersionOf(opset),
    producerName: 'csp-profile',
    opsetImport: [
      { domain: '', version: opset },
      ...(usesMicrosoft ? [{ domain: MICROSOFT_DOMAIN, version: 1 }] : []),
    ],
  } satisfies ModelProto);
  const { entries, apart } = place(initializers, bytes, dataFile);
  const rest = encode(GRAPH, proto);
  const graphField = new WireWriter();
  graphField.tag(MODEL.fields.graph.number, WIRE.delimited);
  graphField.int64(entries.reduce((total, entry) => total + entry.length, rest.length));
  const file = joined([header, graphField, rest].map(streamOf), entries);
  if (file.length > PROTOBUF_LIMIT) {
    throw new ProfileError(
      problem(
        'CSP403',
        `the model takes ${String(file.length)} bytes, and a protobuf file ends at 2 GiB`,
        'write the weights to a file of their own',
        { format: 'onnx', file: graph.name },
      ),
    );
  }
  return {
    file,
    graph: proto,
    diagnostics,
    ...(dataFile === undefined ? {} : { data: { name: dataFile, ...joined(apart) } }),
  };
}

/** The whole file at once, for what takes a model from memory. */
export function toBytes({ length, chunks }: ByteStream): Uint8Array {
  const bytes = new Uint8Array(length);
  let at = 0;
  for (const chunk of chunks()) {
    bytes.set(chunk, at);
    at += chunk.length;
  }
  return bytes;
}

function irVersionOf(opset: number): number {
  const irVersion = IR_VERSIONS.get(opset);
  if (irVersion !== undefined) return irVersion;
  const known = [...IR_VERSIONS.keys()];
  throw new ProfileError(
    problem(
      'CSP402',
      `opset ${String(opset)} is not written`,
      `use ${String(known[0])} to ${String(known.at(-1))}`,
    ),
  );
}

/** The ONNX graph without its stored tensors, and these. */
interface Drafted {
  readonly opset: number;
  readonly usesMicrosoft: boolean;
  readonly proto: WrittenGraph;
  readonly initializers: readonly Initializer[];
  readonly diagnostics: readonly Diagnostic[];
}

/** Layers that ONNX cannot express for one reason. */
interface Refusal {
  readonly why: Inexpressible;
  readonly layers: Layer[];
}

function draftFor(graph: Graph, opset: number | undefined, content: Content): Drafted {
  if (opset !== undefined) irVersionOf(opset);
  for (let version = opset ?? DEFAULT_OPSET; ;) {
    const drafted = draft(graph, version, content);
    if ('proto' in drafted) return drafted;
    // What a later version has may need a later one again.
    const later = drafted.map(({ why }) => why.from ?? 0);
    if (opset !== undefined || !later.every((from) => from > version)) throw refused(drafted);
    version = Math.max(...later);
  }
}

/** Every layer that has no form, by reason. */
function refused(refusals: readonly Refusal[]): ProfileError {
  const reasons = refusals.map(({ why, layers }) => {
    const named = layers
      .slice(0, MOST_NAMED)
      .map(({ index, name }) => `${String(index)} ${excerpt(name)}`)
      .join(', ');
    const rest = layers.length > MOST_NAMED ? ` and ${String(layers.length - MOST_NAMED)} more` : '';
    return `${why.problem}: layer${layers.length === 1 ? '' : 's'} ${named}${rest}`;
  });
  const count = new Set(refusals.flatMap(({ layers }) => layers)).size;
  const all = count === 1 ? '' : `${String(count)} layers have no ONNX form: `;
  const fixes = new Set(refusals.map(({ why }) => why.fix));
  return new ProfileError(
    problem('CSP401', `${all}${reasons.join('; ')}`, [...fixes].join('; '), refusals[0]?.layers[0]?.origin),
  );
}

function draft(graph: Graph, opset: number, content: Content): Drafted | readonly Refusal[] {
  const on = new Draft(graph, opset, content);
  const part = writtenPart(graph);
  const inputs = [...graph.inputs, ...stateOf(graph)].map(({ name, tensor }) => ({
    name: on.name(name || 'input'),
    tensor,
  }));
  const outputs = part.outputs.map(({ name, tensor }) => ({ name: on.name(name || 'output'), tensor }));
  for (const { name, tensor } of inputs) on.define(tensor, name);

  const refusals = new Map<string, Refusal>();
  const refuse = (why: Inexpressible, layer: Layer): void => {
    const key = `${why.problem} ${why.fix}`;
    const refusal = refusals.get(key) ?? { why, layers: [] };
    refusals.set(key, refusal);
    if (refusal.layers.at(-1) !== layer) refusal.layers.push(layer);
  };
  const reads = readsOf(graph);
  for (const { repeat = 1, parts } of runs(graph, part.leftOut)) {
    const add = (): void => {
      for (const { layer, nodes } of parts) {
        on.layer(layer);
        for (const why of addNodes(on, graph, nodes, reads)) refuse(why, layer);
      }
    };
    const [{ layer }] = parts;
    on.layer(layer);
    if (repeat === 1) add();
    else {
      const nodes = parts.flatMap((part) => part.nodes);
      const why = repeated(on, repeat, seenOutside(graph, nodes, reads), add);
      if (why !== undefined) refuse(why, layer);
    }
  }
  if (refusals.size > 0) return [...refusals.values()];

  const renamed = new Map<string, string>();
  for (const port of outputs) on.output(port, renamed);
  const finalName = (value: string): string => renamed.get(value) ?? value;
  const type = (id: TensorId) => tensorOf(graph, id).type;
  return {
    opset,
    usesMicrosoft: on.usesMicrosoft,
    initializers: on.initializers,
    diagnostics: part.diagnostics,
    proto: {
      ...emptyMessage(GRAPH),
      name: graph.name || 'network',
      node: on.nodes.map((node) => withNames(node, finalName)),
      input: inputs.map(({ name, tensor }) => valueInfo(name, type(tensor))),
      output: outputs.map(({ name, tensor }) => valueInfo(name, type(tensor))),
      valueInfo: [...on.valueTypes()].flatMap(([value, of]) =>
        renamed.has(value) ? [] : [valueInfo(value, of)],
      ),
    },
  };
}

/**
 * Constants that nodes read and nothing else, as inputs of the model: the state of a recurrent layer from the step
 * before. Stored, they would let a runtime compute those nodes while it loads, and never again.
 */
function stateOf(graph: Graph): readonly GraphPort[] {
  const isConstant = (id: TensorId): boolean => tensorOf(graph, id).role === 'constant';
  const alone = graph.nodes.flatMap(({ inputs }) =>
    inputs.every((id) => tensorOf(graph, id).role !== 'activation') ? inputs.filter(isConstant) : [],
  );
  return [...new Set(alone)].map((tensor) => ({ name: tensorOf(graph, tensor).name ?? 'state', tensor }));
}

/** A node with its values renamed, those that the graphs inside it read as well. */
const withNames = (node: NodeProto, finalName: (value: string) => string): NodeProto => ({
  ...node,
  input: node.input.map(finalName),
  output: node.output.map(finalName),
  attribute: node.attribute.map((each) =>
    each.g === undefined
      ? each
      : { ...each, g: { ...each.g, node: [...each.g.node].map((inner) => withNames(inner, finalName)) } },
  ),
});

/** How often each tensor is read, by nodes or as an output of the network. */
function readsOf(graph: Graph): Uint32Array {
  const reads = new Uint32Array(graph.tensors.length);
  const count = (id: TensorId): void => {
    reads[id] = (reads[id] ?? 0) + 1;
  };
  for (const { inputs, params } of graph.nodes) {
    inputs.forEach(count);
    params.forEach(count);
  }
  for (const { tensor } of graph.outputs) count(tensor);
  return reads;
}

/** Whether anything but these nodes reads a tensor. */
const isReadElsewhere = (reads: Uint32Array, id: TensorId, readers: readonly OpNode[]): boolean =>
  readers
    .flatMap(({ inputs, params }) => [...inputs, ...params])
    .reduce((rest, each) => rest - Number(each === id), reads[id] ?? 0) > 0;

/** Nodes that run equally often, by their layers. */
interface Run {
  readonly repeat: OpNode['repeat'];
  readonly parts: [Part, ...Part[]];
}

interface Part {
  readonly layer: Layer;
  readonly nodes: OpNode[];
}

/** Nodes in order, those together that run equally often: of one layer, or of a loop, whose layers are several. */
function runs(graph: Graph, leftOut: ReadonlySet<OpNode>): readonly Run[] {
  const all: Run[] = [];
  for (const layer of graph.layers) {
    for (const node of graph.nodes.slice(layer.first, layer.last)) {
      if (leftOut.has(node)) continue;
      const run = all.at(-1);
      const part = run?.parts.at(-1);
      const isLoop = node.repeat !== undefined;
      if (run === undefined || run.repeat !== node.repeat || (part?.layer !== layer && !isLoop))
        all.push({ repeat: node.repeat, parts: [{ layer, nodes: [node] }] });
      else if (part?.layer === layer) part.nodes.push(node);
      else run.parts.push({ layer, nodes: [node] });
    }
  }
  return all;
}

/** What nodes of a loop make and others read; where there is nothing, what the last one makes. */
function seenOutside(graph: Graph, nodes: readonly OpNode[], reads: Uint32Array): readonly Seen[] {
  const inside = new Uint32Array(reads.length);
  for (const { inputs, params } of nodes) {
    for (const id of [...inputs, ...params]) inside[id] = (inside[id] ?? 0) + 1;
  }
  const made = nodes.flatMap(({ outputs }) => outputs);
  const seen = made.filter((id) => (reads[id] ?? 0) > (inside[id] ?? 0));
  return (seen.length > 0 ? seen : made.slice(-1)).map((id) => ({ id, type: tensorOf(graph, id).type }));
}

/** Adds what the nodes are in ONNX, and says why those are not added that have no form. */
function addNodes(
  on: Draft,
  graph: Graph,
  nodes: readonly OpNode[],
  reads: Uint32Array,
): readonly Inexpressible[] {
  const failed: Inexpressible[] = [];
  for (let at = 0; at < nodes.length; at++) {
    const together = dynamicQuantization(on, nodes.slice(at, at + 4), (id, readers) =>
      isReadElsewhere(reads, id, readers),
    );
    if (together > 0) {
      at += together - 1;
      continue;
    }
    const why = addNode(on, graph, nodes[at] as OpNode);
    if (why !== undefined) failed.push(why);
  }
  return failed;
}

/** Adds what a node is in ONNX, or says why there is no such thing. */
function addNode(on: Draft, graph: Graph, node: OpNode): Inexpressible | undefined {
  for (const id of [...node.inputs, ...node.params]) {
    const why = on.has(id) ? undefined : storageProblem(tensorOf(graph, id).type, on.opset);
    if (why !== undefined) return defineUnknown(on, node, why);
  }
  const types = typesOf(graph, node.inputs);
  const result = express(on, node.kind, {
    attrs: node.attrs,
    inputs: node.inputs.map((id) => on.value(id)),
    params: node.params,
    types,
    outputs: typesOf(graph, node.outputs),
    param: paramsIn(on, node.params, types[0]?.dtype ?? 'float32'),
  });
  if (isInexpressible(result)) return defineUnknown(on, node, result);
  const values = typeof result === 'string' ? [result] : result;
  node.outputs.forEach((id, o) => on.define(id, values[o] ?? `unknown ${String(id)}`));
  return undefined;
}

/** Layers behind one without a form are tried as well, so that all of them are named at once. */
function defineUnknown(on: Draft, { outputs }: OpNode, why: Inexpressible): Inexpressible {
  for (const id of outputs) on.define(id, `unknown ${String(id)}`);
  return why;
}

/** Why a constant of this type cannot be stored. */
const storageProblem = ({ dtype }: TensorType, opset: number): Inexpressible | undefined =>
  isWritable(dtype)
    ? opset < 21 && (dtype === 'int4' || dtype === 'uint4')
      ? newer('numbers of 4 bits', 21)
      : undefined
    : {
        problem: `constants of type ${dtype} are not written`,
        fix: `write it in one of ${FLOATS.join(', ')}`,
      };

const joined = (...parts: readonly (readonly ByteStream[])[]): ByteStream => {
  const streams = parts.flat();
  return {
    length: streams.reduce((total, { length }) => total + length, 0),
    *chunks() {
      for (const stream of streams) yield* stream.chunks();
    },
  };
};

const streamOf = (writer: WireWriter): ByteStream => ({
  length: writer.length,
  chunks: () => writer.chunks(),
});

/** Stored tensors as fields of the graph message, and what of them is in the file of weights. */
function place(
  initializers: readonly Initializer[],
  bytes: (initializer: Initializer) => Iterable<Uint8Array>,
  dataFile: string | undefined,
): { readonly entries: readonly ByteStream[]; readonly apart: readonly ByteStream[] } {
  const entries: ByteStream[] = [];
  const apart: ByteStream[] = [];
  let pending = new WireWriter();
  let offset = 0;
  for (const initializer of initializers) {
    const { proto } = initializer;
    const payload = { length: payloadLength(initializer), chunks: () => bytes(initializer) };
    pending.tag(GRAPH.fields.initializer.number, WIRE.delimited);
    if (dataFile === undefined || payload.length <= SMALL) {
      const { number } = TENSOR.fields.rawData;
      const behind = varintLength(number * 8) + varintLength(payload.length) + payload.length;
      pending.int64(messageLength(TENSOR, proto) + behind);
      encode(TENSOR, proto, pending);
      pending.tag(number, WIRE.delimited);
      pending.int64(payload.length);
      if (payload.length <= SMALL) {
        for (const chunk of payload.chunks()) pending.bytes(chunk);
      } else {
        entries.push(streamOf(pending), payload);
        pending = new WireWriter();
      }
    } else {
      // Pages: runtimes map the file into memory.
      const gap = -offset & (PAGE - 1);
      apart.push({ length: gap, chunks: () => [new Uint8Array(gap)] }, payload);
      offset += gap;
      const where = { location: dataFile, offset: String(offset), length: String(payload.length) };
      const externalData = Object.entries(where).map(([key, value]) => ({ key, value }));
      const elsewhere = { ...proto, externalData, dataLocation: EXTERNAL };
      pending.int64(messageLength(TENSOR, elsewhere));
      encode(TENSOR, elsewhere, pending);
      offset += payload.length;
    }
  }
  return { entries: [...entries, streamOf(pending)], apart };
}

/** Bytes of a tensor that stays in the model and is not worth a piece of its own. */
const SMALL = 1024;
const PAGE = 4096;
/** TensorProto.DataLocation */
const EXTERNAL = 1;

function payloadLength({ proto, content }: Initializer): number {
  if (content instanceof Uint8Array) return content.length;
  const dtype = dtypeOf(proto.dataType);
  const length = dtype === undefined ? undefined : byteLength(dtype, elements(proto.dims));
  if (length === undefined) throw new RangeError(`tensor "${proto.name ?? ''}" has no fixed size`);
  return length;
}
