import type { Payload } from '../formats/onnx/message.ts';
import type { AttributeProto, GraphProto, NodeProto, TensorProto } from '../formats/onnx/proto.ts';
import { labelOf } from '../formats/onnx/infer.ts';
import { readModelProto } from '../formats/onnx/read.ts';
import type { ByteSource } from '../formats/byteSource.ts';

/** A node of a model file, or of the graph that onnxruntime made of it and saved. */
export interface RuntimeNode {
  /** '' where it has none */
  readonly name: string;
  /** what the nodes that it is in are called, before its own name: `If_25/`; '' at the top */
  readonly path: string;
  /** what names of values that are made beside it begin with; '' at the top */
  readonly scope: string;
  /** what layers of files are called: `If_25/Conv_73`; what a node without a name makes first stands for it */
  readonly label: string;
  /** position of the node whose branch or body it is in */
  readonly within: number | undefined;
  /** the branch or body: the attribute that holds it */
  readonly branch: string | undefined;
  /** operator, domain before it where it is not ONNX's own: `nchwc.Conv` */
  readonly op: string;
  /** data operands, those of graphs inside it as well; none is left out */
  readonly inputs: readonly string[];
  /** operands by position; '' for one that is left out */
  readonly operands: readonly string[];
  /** results that have a name */
  readonly outputs: readonly string[];
  /** equal for equal attributes; undefined where they cannot be compared */
  readonly attributes: string | undefined;
  /** whole numbers among the attributes: windows, groups, axes */
  readonly integers: ReadonlyMap<string, readonly number[]>;
  /** how it interpolates, or treats what lies outside */
  readonly mode: string | undefined;
  /** function that the node applies to its result */
  readonly activation: string | undefined;
}

/**
 * The graph of a model file: nodes in order, those of branches and bodies behind the node that they are in; values by
 * name. What is made inside is called by the first result of that node and the attribute as well: `y/then_branch:x`.
 */
export interface RuntimeGraph {
  readonly nodes: readonly RuntimeNode[];
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  /** stored tensors: equal for equal small contents */
  readonly constants: ReadonlyMap<string, string>;
  /** stored single numbers of type float32 */
  readonly scalars: ReadonlyMap<string, number>;
  /** extents of values, where the file states them all */
  readonly shapes: ReadonlyMap<string, readonly number[]>;
}

/** Constants up to this many bytes are compared by their content: scalars, shapes, axes. */
const SMALL = 256;

/**
 * The graph in a model file.
 *
 * @throws ProfileError CSP301 or CSP303 where it is none
 */
export function readRuntimeGraph(source: ByteSource, file: string): RuntimeGraph {
  const { graph } = readModelProto(source, file);
  const flat: FlatGraph = {
    nodes: [],
    inputs: [],
    outputs: [],
    constants: new Map(),
    scalars: new Map(),
    shapes: new Map(),
  };
  if (graph !== undefined) flatten(graph, flat, source, TOP);
  return flat;
}

interface FlatGraph extends RuntimeGraph {
  readonly nodes: RuntimeNode[];
  readonly inputs: string[];
  readonly outputs: string[];
  readonly constants: Map<string, string>;
  readonly scalars: Map<string, number>;
  readonly shapes: Map<string, readonly number[]>;
}

/** Where a graph stands. */
interface Place {
  /** of values that are made in it */
  readonly prefix: string;
  /** of nodes in it */
  readonly path: string;
  readonly within: number | undefined;
  readonly branch: string | undefined;
  /** name in the whole of a value that is made outside */
  readonly outer: (value: string) => string;
}

const TOP: Place = {
  prefix: '',
  path: '',
  within: undefined,
  branch: undefined,
  outer: (value) => value,
};

function flatten(graph: GraphProto, flat: FlatGraph, source: ByteSource, place: Place): void {
  const { prefix, outer } = place;
  const constants = new Set<string>();
  for (const tensor of graph.initializer) {
    if (tensor.name === undefined) continue;
    constants.add(tensor.name);
    flat.constants.set(prefix + tensor.name, constantKey(tensor, source));
    flat.shapes.set(prefix + tensor.name, tensor.dims);
    const scalar = scalarOf(tensor, source);
    if (scalar !== undefined) flat.scalars.set(prefix + tensor.name, scalar);
  }
  const inputs = graph.input.flatMap(({ name }) => (name === undefined || constants.has(name) ? [] : [name]));
  const own = new Set([...constants, ...inputs]);
  for (const { output } of graph.node) for (const name of output) own.add(name);
  const whole = (value: string): string => (own.has(value) ? prefix + value : outer(value));

  flat.inputs.push(...inputs.map(whole));
  flat.outputs.push(...graph.output.flatMap(({ name }) => (name === undefined ? [] : [whole(name)])));
  for (const { name, type } of [...graph.input, ...graph.valueInfo, ...graph.output]) {
    const dims = type?.tensorType?.shape?.dim.map(({ dimValue }) => dimValue);
    if (name !== undefined && !constants.has(name) && dims?.every((extent) => extent !== undefined) === true)
      flat.shapes.set(whole(name), dims);
  }
  let index = 0;
  for (const proto of graph.node) {
    const node = runtimeNode(proto, index++, place, whole);
    const within = flat.nodes.push(node) - 1;
    for (const { name = '', g } of proto.attribute) {
      if (g === undefined) continue;
      flatten(g, flat, source, {
        prefix: `${node.outputs[0] ?? node.label}/${name}:`,
        path: `${node.label}/`,
        within,
        branch: name,
        outer: whole,
      });
    }
  }
}

function runtimeNode(
  proto: NodeProto,
  index: number,
  { path, prefix, within, branch }: Place,
  whole: (value: string) => string,
): RuntimeNode {
  const { name = '', opType = '', domain = '', input, output, attribute } = proto;
  const captured = attribute
    .flatMap(({ g, graphs }) => [...(g === undefined ? [] : [g]), ...graphs])
    .flatMap(outerNames);
  return {
    name,
    path,
    scope: prefix,
    label: path + labelOf(proto, index),
    within,
    branch,
    op: shortDomain(domain) + opType,
    inputs: [...new Set([...input.filter((value) => value !== ''), ...captured])].map(whole),
    operands: input.map((value) => (value === '' ? '' : whole(value))),
    outputs: output.filter((value) => value !== '').map(whole),
    attributes: attributesKey(attribute),
    integers: new Map(
      attribute.flatMap(({ name: of, i, ints }) => {
        const values = i === undefined ? ints : [i];
        return of === undefined || values.length === 0 ? [] : [[of, values.map(Number)] as const];
      }),
    ),
    mode: attribute.find(({ name: of }) => of === 'mode')?.s,
    activation: attribute.find(({ name: of }) => of === 'activation')?.s,
  };
}

/** `nchwc.` of `com.microsoft.nchwc`; nothing for operators that ONNX or onnxruntime define for every format. */
function shortDomain(domain: string): string {
  const last = domain.split('.').at(-1) ?? '';
  return domain === '' || domain === 'ai.onnx' || domain === 'com.microsoft' ? '' : `${last}.`;
}

/** Values that a graph inside a node takes from outside. */
function outerNames(graph: GraphProto): readonly string[] {
  const own = new Set(Array.from(graph.initializer, ({ name }) => name));
  for (const { name } of graph.input) own.add(name);
  const used: string[] = [];
  for (const { input, output, attribute } of graph.node) {
    used.push(...input.filter((value) => value !== ''));
    for (const { g } of attribute) if (g !== undefined) used.push(...outerNames(g));
    for (const name of output) own.add(name);
  }
  used.push(...graph.output.flatMap(({ name }) => name ?? []));
  return used.filter((name) => !own.has(name));
}

function attributesKey(attributes: readonly AttributeProto[]): string | undefined {
  if (attributes.some(({ t, g, tensors, graphs }) => t ?? g ?? [...tensors, ...graphs][0])) return undefined;
  return attributes
    .map(({ name, f, i, s, floats, ints, strings }) => JSON.stringify([name, f, i, s, floats, ints, strings]))
    .sort()
    .join();
}

function constantKey(
  { name, dims, dataType, rawData, floatData, int64Data, int32Data }: TensorProto,
  source: ByteSource,
): string {
  const payload = rawData ?? floatData ?? int64Data ?? int32Data;
  const content = payload === undefined ? undefined : smallContent(payload, source);
  return content === undefined ? `name ${name ?? ''}` : `${String(dataType)} ${dims.join()} ${content}`;
}

const FLOAT32 = 1;
const FLOAT32_BYTES = 4;

function scalarOf(
  { dims, dataType, rawData, floatData }: TensorProto,
  source: ByteSource,
): number | undefined {
  const payload = rawData ?? floatData;
  if (dataType !== FLOAT32 || dims.some((extent) => extent !== 1) || !Array.isArray(payload))
    return undefined;
  const [piece] = payload as readonly { readonly offset: number; readonly length: number }[];
  if (piece?.length !== FLOAT32_BYTES) return undefined;
  const bytes = source.read(piece.offset, piece.length);
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.length).getFloat32(0, true);
}

function smallContent(payload: Payload, source: ByteSource): string | undefined {
  if (payload instanceof Uint8Array) return undefined;
  if (payload.reduce((sum, { length }) => sum + length, 0) > SMALL) return undefined;
  return payload.map(({ offset, length }) => source.read(offset, length).join()).join(' ');
}
