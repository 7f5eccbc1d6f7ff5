import type { Payload } from '../formats/onnx/message.ts';
import type { AttributeProto, GraphProto, NodeProto, TensorProto } from '../formats/onnx/proto.ts';
import { readModelProto } from '../formats/onnx/read.ts';
import type { ByteSource } from '../formats/byteSource.ts';

/** A node of a graph as onnxruntime saved it. */
export interface RuntimeNode {
  readonly name: string;
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

/** A graph as onnxruntime saved it: nodes in order, values by name. */
export interface RuntimeGraph {
  readonly nodes: readonly RuntimeNode[];
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  /** stored tensors: equal for equal small contents */
  readonly constants: ReadonlyMap<string, string>;
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
  if (graph === undefined)
    return { nodes: [], inputs: [], outputs: [], constants: new Map(), shapes: new Map() };
  const constants = new Map<string, string>();
  for (const tensor of graph.initializer) {
    if (tensor.name !== undefined) constants.set(tensor.name, constantKey(tensor, source));
  }
  const shapes = new Map<string, readonly number[]>();
  for (const { name, type } of [...graph.input, ...graph.valueInfo, ...graph.output]) {
    const dims = type?.tensorType?.shape?.dim.map(({ dimValue }) => dimValue);
    if (name !== undefined && dims?.every((extent) => extent !== undefined) === true) shapes.set(name, dims);
  }
  for (const { name, dims } of graph.initializer) if (name !== undefined) shapes.set(name, dims);
  const named = (ports: GraphProto['input']): string[] => ports.flatMap(({ name }) => name ?? []);
  return {
    nodes: Array.from(graph.node, runtimeNode),
    inputs: named(graph.input).filter((name) => !constants.has(name)),
    outputs: named(graph.output),
    constants,
    shapes,
  };
}

function runtimeNode(node: NodeProto): RuntimeNode {
  const { name = '', opType = '', domain = '', input, output, attribute } = node;
  const captured = attribute
    .flatMap(({ g, graphs }) => [...(g === undefined ? [] : [g]), ...graphs])
    .flatMap(outerNames);
  return {
    name,
    op: shortDomain(domain) + opType,
    inputs: [...new Set([...input.filter((value) => value !== ''), ...captured])],
    operands: input,
    outputs: output.filter((value) => value !== ''),
    attributes: attributesKey(attribute),
    integers: new Map(
      attribute.flatMap(({ name, i, ints }) => {
        const values = i === undefined ? ints : [i];
        return name === undefined || values.length === 0 ? [] : [[name, values.map(Number)] as const];
      }),
    ),
    mode: attribute.find(({ name }) => name === 'mode')?.s,
    activation: attribute.find(({ name }) => name === 'activation')?.s,
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
  for (const node of graph.node) {
    used.push(...runtimeNode(node).inputs);
    for (const name of node.output) own.add(name);
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

function smallContent(payload: Payload, source: ByteSource): string | undefined {
  if (payload instanceof Uint8Array) return undefined;
  if (payload.reduce((sum, { length }) => sum + length, 0) > SMALL) return undefined;
  return payload.map(({ offset, length }) => source.read(offset, length).join()).join(' ');
}
