import { closeSync, copyFileSync, linkSync, mkdirSync, openSync } from 'node:fs';
import { dirname, isAbsolute, join, normalize, sep } from 'node:path';
import type { ByteSource } from '../formats/byteSource.ts';
import type { NodeProto, ValueInfoProto } from '../formats/onnx/proto.ts';
import { readModelProto } from '../formats/onnx/read.ts';
import { valueInfo } from '../formats/onnx/writeDraft.ts';
import { labelOf } from '../formats/onnx/infer.ts';
import { layerIndexOf, layerScope } from '../formats/onnx/writeNames.ts';
import { writeOnnx } from '../formats/onnx/write.ts';
import { GraphBuilder } from '../graph/builder.ts';
import { tensorOf, type Graph, type Layer, type OpNode, type Tensor, type TensorId } from '../graph/graph.ts';
import { byteLength } from '../ops/dtype.ts';
import type { Shape } from '../ops/spec.ts';
import { elements } from '../units.ts';
import { openFile, writeWhole } from './fileSource.ts';
import { readRuntimeGraph, type RuntimeGraph, type RuntimeNode } from './runtimeGraph.ts';
import { splice } from './splice.ts';

/** A network to measure. */
export interface ProbeModel {
  /** what the layers are taken from */
  readonly graph: Graph;
  /** the ONNX file that the graph was read from, to run with its own weights; absent: made-up weights */
  readonly file?: string;
}

/** A model file whose node names begin with their layer, and its nodes. */
export interface PreparedModel {
  readonly path: string;
  readonly nodes: readonly NodeProto[];
  /** the layer that each node of a file is; absent where it is none: it is folded, or part of another one */
  readonly layers?: readonly (Layer | undefined)[];
  /** whether its tensors pass what fits into one protobuf file with the graph */
  readonly large: boolean;
}

/** Bytes of tensors from which on they are kept out of the graph's file; protobuf ends at twice that. */
const LARGE = 2 ** 30;

/** Writes the model that is run into the folder. */
export function prepare({ graph, file }: ProbeModel, folder: string, seed: number): PreparedModel {
  const path = join(folder, 'model.onnx');
  const large = graph.tensors.reduce((sum, tensor) => sum + storedBytes(tensor), 0) > LARGE;
  if (file === undefined) {
    const model = writeOnnx(graph, { seed, ...(large ? { dataFile: 'weights.bin' } : {}) });
    writeFile(path, model.file.chunks());
    if (model.data !== undefined) writeFile(join(folder, model.data.name), model.data.chunks());
    return { path, nodes: [...model.graph.node], large };
  }
  return withSource(file, (source) => {
    const model = readModelProto(source, file).graph;
    const nodes = model === undefined ? [] : [...model.node];
    const layers = layersOfFile(nodes, graph);
    const named = new Set<Layer>();
    const names = nodes.map(({ opType = '' }, i) => {
      const layer = layers[i];
      // What is no layer belongs to the one that reads it: see withReaders.
      if (layer === undefined) return `${opType}:${String(i)}`;
      const name = `${layerScope(layer)}/${opType}`;
      if (named.has(layer)) return `${name}:${String(i)}`;
      named.add(layer);
      return name;
    });
    const inputs = graph.inputs.map(({ name, tensor }) => valueInfo(name, tensorOf(graph, tensor).type));
    writeFile(path, splice(source, file, { names, inputs }));
    for (const { externalData } of model?.initializer ?? []) {
      const location = externalData.find(({ key }) => key === 'location')?.value;
      if (location !== undefined) linkBeside(location, dirname(file), folder);
    }
    return { path, nodes: nodes.map((node, i) => Object.assign(node, { name: names[i] })), layers, large };
  });
}

/** The layer of each node of the file that a graph was read from; of a branch or a loop, the first one inside. */
function layersOfFile(nodes: readonly NodeProto[], { layers }: Graph): readonly (Layer | undefined)[] {
  const byNode = new Map<string, Layer>();
  for (const layer of layers) {
    const { node } = layer.origin;
    if (node === undefined) continue;
    if (!byNode.has(node)) byNode.set(node, layer);
    const [outer = ''] = node.split('/', 1);
    if (!byNode.has(`${outer}/`)) byNode.set(`${outer}/`, layer);
  }
  const makers = new Map<string, Layer | undefined>();
  return nodes.map((node, i) => {
    const label = labelOf(node, i);
    const isControl = node.attribute.some(({ g }) => g !== undefined);
    // What quantises a result is part of the layer that makes it.
    const made = node.opType === 'QuantizeLinear' ? makers.get(node.input[0] ?? '') : undefined;
    const layer = byNode.get(label) ?? (isControl ? byNode.get(`${label}/`) : made);
    for (const name of node.output) makers.set(name, layer);
    return layer;
  });
}

const storedBytes = ({ role, type }: Tensor): number =>
  role === 'activation' ? 0 : (byteLength(type.dtype, elements(type.shape)) ?? 0);

/** onnxruntime opens no tensor file outside of the model's folder, not even through a symbolic link. */
function linkBeside(location: string, from: string, to: string): void {
  const path = normalize(location);
  if (isAbsolute(path) || path.startsWith('..')) return;
  const target = join(to, path);
  if (path.includes(sep)) mkdirSync(dirname(target), { recursive: true });
  try {
    linkSync(join(from, path), target);
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    if (code === 'EXDEV' || code === 'EPERM') copyFileSync(join(from, path), target);
    else if (code !== 'EEXIST' && code !== 'ENOENT') throw error;
  }
}

/** Kernels of the chain. */
const CHAIN = 256;

/** Writes a chain of kernels with one number to do each: what running it takes is the starting of kernels. */
export function writeChain(folder: string): { readonly path: string; readonly kernels: number } {
  const builder = new GraphBuilder({ name: 'chain', source: 'chain', format: 'zoo' });
  let value = builder.input('x', { dtype: 'float32', shape: [1] });
  for (let i = 0; i < CHAIN; i++) {
    builder.layer({ name: '', origin: { format: 'zoo', architecture: 'chain' } });
    value = builder.add('activation', [value], { fn: i % 2 === 0 ? 'logistic' : 'tanh' });
  }
  builder.output('y', value);
  const path = join(folder, 'chain.onnx');
  writeFile(path, writeOnnx(builder.build()).file.chunks());
  return { path, kernels: CHAIN };
}

/** The graph before optimisation, with the layer of each of its nodes. */
export interface SourceModel {
  /** the file to run: the prepared one, or one in which the nodes of functions have names */
  readonly path: string;
  readonly graph: RuntimeGraph;
  readonly layerOf: readonly number[];
}

/**
 * Matches the graph that onnxruntime saved unoptimised with the layers of the prepared model. Functions are in
 * place of their calls there, and their nodes have no names: they get some.
 *
 * @param saved path of the saved graph
 */
export function sourceModel(prepared: PreparedModel, saved: string, own: Graph): SourceModel {
  const { layers } = own;
  return withSource(saved, (source) => {
    const read = readRuntimeGraph(source, saved);
    const graph = { ...read, shapes: new Map([...read.shapes, ...shapesOf(prepared, own)]) };
    const layerOf = layersOf(graph.nodes, prepared.nodes);
    if (graph.nodes.every(({ name }) => name !== '')) return { path: prepared.path, graph, layerOf };
    const names = graph.nodes.map(({ name, op }, i) =>
      name === '' ? `${layerScope(layers[layerOf[i] as number] as Layer)}/${op}:${String(i)}` : name,
    );
    const path = join(dirname(prepared.path), 'named.onnx');
    writeFile(path, splice(source, saved, { names }));
    const nodes = graph.nodes.map((node, i) => ({ ...node, name: names[i] as string }));
    return { path, graph: { ...graph, nodes }, layerOf };
  });
}

/** Extents of the results of each node as our own inference has them: those in a file may be symbols, or stale. */
function shapesOf({ nodes, layers }: PreparedModel, { nodes: own, tensors }: Graph): [string, Shape][] {
  if (layers === undefined) return [];
  return nodes.flatMap(({ output }, i) => {
    const layer = layers[i];
    const results = layer === undefined ? [] : (own[layer.last - 1] as OpNode).outputs;
    if (results.length !== output.length) return [];
    return output.map((name, o): [string, Shape] => [
      name,
      tensorOf({ tensors }, results[o] as TensorId).type.shape,
    ]);
  });
}

function layersOf(nodes: readonly RuntimeNode[], called: readonly NodeProto[]): readonly number[] {
  const layers = nodes.map(({ name }) => layerIndexOf(name));
  const makers = new Map<string, number>();
  for (const [index, { outputs }] of nodes.entries()) for (const output of outputs) makers.set(output, index);
  const own = new Set(nodes.map(({ name }) => name));
  for (const { name = '', output } of called) {
    const layer = layerIndexOf(name);
    if (own.has(name) || layer === undefined) continue;
    // Between the results of a call and what other nodes made lies the function.
    const waiting = [...output];
    for (let value = waiting.pop(); value !== undefined; value = waiting.pop()) {
      const maker = makers.get(value);
      if (maker === undefined || layers[maker] !== undefined) continue;
      layers[maker] = layer;
      waiting.push(...(nodes[maker] as RuntimeNode).inputs);
    }
  }
  return withReaders(nodes, layers, makers);
}

/** Nodes that the runtime inserted (conversions of types) belong to the layer that reads them, or is read. */
function withReaders(
  nodes: readonly RuntimeNode[],
  layers: (number | undefined)[],
  makers: ReadonlyMap<string, number>,
): readonly number[] {
  for (const [index, node] of [...nodes.entries()].reverse()) {
    for (const input of node.inputs) {
      const maker = makers.get(input);
      if (maker !== undefined) layers[maker] ??= layers[index];
    }
  }
  let latest = 0;
  return nodes.map(({ inputs }, index) => {
    const before = inputs.map((input) => makers.get(input)).find((maker) => maker !== undefined);
    latest = layers[index] ?? (before === undefined ? undefined : layers[before]) ?? latest;
    layers[index] = latest;
    return latest;
  });
}

/** Operators that do not change what a softmax behind or before them says. */
const VIEWS = new Set(['Identity', 'Reshape', 'Flatten', 'Squeeze', 'Unsqueeze', 'Dropout']);

/**
 * A model whose outputs are what goes into the final softmax, where there is one: behind it, differences between
 * large values are gone.
 *
 * @returns the path of the model
 */
export function beforeSoftmax({ path, graph }: SourceModel, { outputs, tensors }: Graph): string {
  const makers = new Map(
    graph.nodes.flatMap((node) => node.outputs.map((output) => [output, node] as const)),
  );
  const logits = (value: string): string => {
    let before = value;
    for (;;) {
      const maker = makers.get(before);
      const operand = maker?.operands[0];
      if (maker === undefined || operand === undefined) return value;
      if (/^(Log)?Softmax$/.test(maker.op)) return graph.shapes.has(operand) ? operand : value;
      if (!VIEWS.has(maker.op)) return value;
      before = operand;
    }
  };
  const compared = outputs.map(({ name, tensor }): ValueInfoProto => {
    const { type } = tensorOf({ tensors }, tensor);
    const value = logits(name);
    return valueInfo(value, { dtype: type.dtype, shape: graph.shapes.get(value) ?? type.shape });
  });
  if (compared.every(({ name }, i) => name === outputs[i]?.name)) return path;
  const target = join(dirname(path), 'logits.onnx');
  return withSource(path, (source) => {
    const names = Array.from(readModelProto(source, path).graph?.node ?? [], ({ name = '' }) => name);
    writeFile(target, splice(source, path, { names, outputs: distinct(compared) }));
    return target;
  });
}

const distinct = (ports: readonly ValueInfoProto[]): readonly ValueInfoProto[] => [
  ...new Map(ports.map((port) => [port.name, port])).values(),
];

/** The graph that onnxruntime saved into this file. */
export const savedGraph = (path: string): RuntimeGraph =>
  withSource(path, (source) => readRuntimeGraph(source, path));

function writeFile(path: string, pieces: Iterable<Uint8Array>): void {
  const file = openSync(path, 'w');
  try {
    for (const piece of pieces) writeWhole(file, piece);
  } finally {
    closeSync(file);
  }
}

function withSource<T>(path: string, use: (source: ByteSource) => T): T {
  const source = openFile(path);
  try {
    return use(source);
  } finally {
    source.close();
  }
}
