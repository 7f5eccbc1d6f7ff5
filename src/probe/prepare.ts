import { closeSync, copyFileSync, linkSync, mkdirSync, openSync } from 'node:fs';
import { dirname, isAbsolute, join, normalize, sep } from 'node:path';
import type { Diagnostic } from '../diagnostics.ts';
import type { ByteSource } from '../formats/byteSource.ts';
import type { ModelProto } from '../formats/onnx/proto.ts';
import { readModelProto } from '../formats/onnx/read.ts';
import { layerIndexOf } from '../formats/onnx/writeNames.ts';
import { writeOnnx } from '../formats/onnx/write.ts';
import { GraphBuilder } from '../graph/builder.ts';
import { tensorOf, type Graph, type Tensor, type TensorId } from '../graph/graph.ts';
import { byteLength } from '../ops/dtype.ts';
import type { Shape } from '../ops/spec.ts';
import { elements } from '../units.ts';
import { openFile, writeWhole } from './fileSource.ts';
import type { Feed } from './messages.ts';
import { readRuntimeGraph, type RuntimeGraph, type RuntimeNode } from './runtimeGraph.ts';
import { splice, type Splice } from './splice.ts';
import { importsOf, versionsOf, versionsText, type Versions } from './stamp.ts';

/** A network to measure. */
export interface ProbeModel {
  /** what the layers are taken from */
  readonly graph: Graph;
  /** the ONNX file that the graph was read from, to run with its own weights; absent: made-up weights */
  readonly file?: string;
  /** contents of inputs, row by row, by name: what the graph was read with; others are made up */
  readonly values?: Readonly<Record<string, readonly number[]>>;
}

/** A model file, ready to run. */
export interface PreparedModel {
  /** the file that is timed: the user's own as it is, or the one that was written for the graph */
  readonly path: string;
  /** the same file, every node of which has a name, by which runtimes call their kernels */
  readonly named: string;
  /** why the file that is timed is a copy of the user's, which differs in this alone */
  readonly changed?: string;
  /** what of the network is not in the file */
  readonly warnings: readonly Diagnostic[];
  /** of the user's file; none of one that was written */
  readonly versions: Versions;
  /** its nodes and values */
  readonly graph: RuntimeGraph;
  /** the layer of each of its nodes; undefined for those that are part of others, or of none */
  readonly layers: readonly (number | undefined)[];
  readonly feeds: readonly Feed[];
  /** whether its tensors pass what fits into one protobuf file with the graph */
  readonly large: boolean;
}

/** Bytes of tensors from which on they are kept out of the graph's file; protobuf ends at twice that. */
const LARGE = 2 ** 30;

/**
 * Finds, or writes, the model that is run; copies go into the folder.
 *
 * @param versions to run a file under instead of its own
 */
export function prepare(
  model: ProbeModel,
  folder: string,
  seed: number,
  versions: Versions = {},
): PreparedModel {
  const { graph, file } = model;
  const large = graph.tensors.reduce((sum, tensor) => sum + storedBytes(tensor), 0) > LARGE;
  const shared = { feeds: feedsOf(model), large };
  if (file !== undefined) return { ...ownFile(graph, file, folder, versions), warnings: [], ...shared };
  const path = join(folder, 'model.onnx');
  const written = writeOnnx(graph, { seed, ...(large ? { dataFile: 'weights.bin' } : {}) });
  writeFile(path, written.file.chunks());
  if (written.data !== undefined) writeFile(join(folder, written.data.name), written.data.chunks());
  const own = savedGraph(path);
  const layers = own.nodes.map(({ name, label }) => layerIndexOf(name) ?? layerIndexOf(label));
  const warnings = written.diagnostics;
  return { path, named: path, warnings, versions: {}, graph: own, layers, ...shared };
}

const feedsOf = ({ graph, values = {} }: ProbeModel): readonly Feed[] =>
  graph.inputs.map(({ name, tensor }) => {
    const given = values[name];
    const { shape } = tensorOf(graph, tensor).type;
    return { name, shape, ...(given === undefined ? {} : { values: given }) };
  });

function ownFile(
  graph: Graph,
  file: string,
  folder: string,
  versions: Versions,
): Omit<PreparedModel, 'feeds' | 'large' | 'warnings'> {
  return withSource(file, (source) => {
    const model = readModelProto(source, file);
    const own = readRuntimeGraph(source, file);
    const copy = (name: string, changes: Splice): string => {
      const path = join(folder, name);
      writeFile(path, splice(source, file, changes));
      linkTensors(model, dirname(file), folder);
      return path;
    };
    const names = own.nodes.filter(({ within }) => within === undefined).map(({ name }) => name);
    const twins = namedAlike(names);
    const reasons = [
      ...(Object.keys(versions).length === 0
        ? []
        : [`onnxruntime takes no more than ${versionsText(versions)}`]),
      ...(twins ? [TWINS] : []),
    ];
    const stamp = {
      irVersion: versions.irVersion ?? model.irVersion ?? 0,
      opsets: importsOf(model, versions.opset),
    };
    const named = { stamp, names: distinctNames(names) };
    const path = reasons.length === 0 ? file : copy('model.onnx', twins ? named : { stamp });
    return {
      path,
      named: twins || names.every((name) => name !== '') ? path : copy('named.onnx', named),
      ...(reasons.length === 0 ? {} : { changed: reasons.join(', and ') }),
      versions: versionsOf(model),
      graph: own,
      layers: layersOfFile(own.nodes, graph),
    };
  });
}

const TWINS = 'it calls two nodes by one name, which onnxruntime refuses';

const namedAlike = (names: readonly string[]): boolean => {
  const given = names.filter((name) => name !== '');
  return new Set(given).size < given.length;
};

/** New names where a node has none, or that of another; undefined where it keeps its own. */
function distinctNames(names: readonly string[]): readonly (string | undefined)[] {
  const taken = new Set<string>();
  return names.map((name, i) => {
    const free = name !== '' && !taken.has(name);
    taken.add(name);
    return free ? undefined : `csp-profile:${String(i)}`;
  });
}

/**
 * The layer of each node of the file that a graph was read from. What holds others and is no layer itself is the
 * first one inside; what quantises a result is part of the layer that makes it.
 */
function layersOfFile(nodes: readonly RuntimeNode[], { layers }: Graph): readonly (number | undefined)[] {
  const byNode = new Map<string, number>();
  for (const { index, origin } of layers) {
    if (origin.node !== undefined && !byNode.has(origin.node)) byNode.set(origin.node, index);
  }
  const own = nodes.map(({ label }) => byNode.get(label));
  for (const [i, { within }] of [...nodes.entries()].reverse())
    if (within !== undefined) own[within] = own[i] ?? own[within];
  const makers = new Map<string, number | undefined>();
  return nodes.map(({ label, op, inputs, outputs }, i) => {
    const made = op === 'QuantizeLinear' ? makers.get(inputs[0] ?? '') : undefined;
    const layer = byNode.get(label) ?? own[i] ?? made;
    for (const name of outputs) makers.set(name, layer);
    return layer;
  });
}

const storedBytes = ({ role, type }: Tensor): number =>
  role === 'activation' ? 0 : (byteLength(type.dtype, elements(type.shape)) ?? 0);

/** onnxruntime opens no tensor file outside of the model's folder, not even through a symbolic link. */
function linkTensors({ graph }: ModelProto, from: string, to: string): void {
  for (const { externalData } of graph?.initializer ?? []) {
    const location = externalData.find(({ key }) => key === 'location')?.value;
    if (location !== undefined) linkBeside(location, from, to);
  }
}

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
  readonly graph: RuntimeGraph;
  readonly layerOf: readonly number[];
}

/**
 * Matches the graph that onnxruntime saved unoptimised, in which functions are in place of their calls, with the
 * layers of the prepared model.
 *
 * @param saved path of the saved graph
 */
export function sourceModel(prepared: PreparedModel, saved: string, own: Graph): SourceModel {
  const read = savedGraph(saved);
  return {
    graph: { ...read, shapes: new Map([...read.shapes, ...shapesOf(prepared, own)]) },
    layerOf: layersOf(read.nodes, prepared),
  };
}

/** Extents of the results of each node as our own inference has them: those in a file may be symbols, or stale. */
function shapesOf(
  { graph, layers }: PreparedModel,
  { nodes, layers: rows, tensors }: Graph,
): [string, Shape][] {
  return graph.nodes.flatMap(({ outputs }, i) => {
    const row = rows[layers[i] ?? -1];
    const results = row === undefined ? [] : (nodes[row.last - 1]?.outputs ?? []);
    if (results.length !== outputs.length || row?.origin.node !== graph.nodes[i]?.label) return [];
    return outputs.map((name, o): [string, Shape] => [
      name,
      tensorOf({ tensors }, results[o] as TensorId).type.shape,
    ]);
  });
}

function layersOf(nodes: readonly RuntimeNode[], { graph, layers }: PreparedModel): readonly number[] {
  const byValue = new Map<string, number>();
  for (const [i, { outputs }] of graph.nodes.entries()) {
    const layer = layers[i];
    if (layer !== undefined) for (const name of outputs) byValue.set(name, layer);
  }
  const found = nodes.map(({ outputs }) => outputs.map((name) => byValue.get(name)).find(isKnown));
  const makers = new Map<string, number>();
  for (const [index, { outputs }] of nodes.entries()) for (const output of outputs) makers.set(output, index);
  // Nodes of functions, and what is no layer (constants' arithmetic, conversions), belong to the layer that reads them.
  for (const [index, { inputs }] of [...nodes.entries()].reverse()) {
    for (const input of inputs) {
      const maker = makers.get(input);
      if (maker !== undefined) found[maker] ??= found[index];
    }
  }
  let latest = 0;
  return nodes.map(({ inputs, within }, index) => {
    const before = inputs.map((input) => found[makers.get(input) ?? -1]).find(isKnown);
    latest = found[index] ?? before ?? found[within ?? -1] ?? latest;
    found[index] = latest;
    return latest;
  });
}

const isKnown = (layer: number | undefined): layer is number => layer !== undefined;

/** The graph of this model file: onnxruntime saves what it made of a model into such. */
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
