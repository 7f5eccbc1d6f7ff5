import {
  type Diagnostic,
  excerpt,
  type OpenExtents,
  type Origin,
  ProfileError,
  problem,
  warning,
  quoted,
} from '../../diagnostics.ts';
import {
  bindInputs,
  type BoundInputs,
  formatExtents,
  type StatedExtent,
  type StatedInput,
  type WantedExtents,
} from '../../graph/bind.ts';
import type { Graph } from '../../graph/graph.ts';
import { quantised } from '../../graph/quantised.ts';
import type { OpKind } from '../../ops/registry.ts';
import { elements } from '../../units.ts';
import { type ByteSource, paged } from '../byteSource.ts';
import type { TensorFile } from './constant.ts';
import { infer, type Inferred, type InferOptions, storedIn, type StoredValue } from './infer.ts';
import { Lowerer, unknownOperators } from './lower.ts';
import { decode, placesOf } from './message.ts';
import { type GraphProto, MODEL, type ModelProto, type ValueInfoProto } from './proto.ts';
import { suggestion } from './suggest.ts';
import { type StatedDim, valueOfType } from './types.ts';
import type { Value } from './values.ts';
import { WireReader } from './wire.ts';

/** How an ONNX file is read: its inputs, and what to do about operators that are not known. */
export interface OnnxOptions extends WantedExtents {
  /** name of the file, for messages and origins */
  readonly file: string;
  /** contents of small inputs, row by row, by name: what decides branches, trips and shapes */
  readonly values?: ReadonlyMap<string, readonly number[]> | undefined;
  /** branches of `If` nodes whose condition is not known, by the name of the node; absent: the one with more MACs */
  readonly branches?: ReadonlyMap<string, 'then' | 'else'> | undefined;
  /** hears of every given name that the model does not have; absent: that is an error */
  readonly passOver?: ((name: string) => void) | undefined;
  /** what to do with operators that are not known: refuse the file (the default), or go on without their cost */
  readonly onUnknown?: 'error' | 'opaque' | undefined;
  /** what operators that are not known make, by name with its domain: results like their first inputs */
  readonly assume?: ReadonlyMap<string, 'same-shape'> | undefined;
  /** operators between QDQ nodes: one quantised operator, as runtimes have it (the default), or node by node */
  readonly qdq?: 'quantised' | 'literal' | undefined;
}

/**
 * Reads an ONNX model as a graph with every shape known. Tensor payloads stay where they are, except those of
 * small shape operands; external data is never opened.
 *
 * @throws ProfileError CSP301 not well-formed, CSP302 and CSP303 no valid model, CSP304 values that do not
 *   connect, CSP307 unknown operators, CSP101 unbound dimensions, CSP102 contradictory ones, CSP201 operands that do
 *   not fit
 */
export function fromOnnx(
  source: ByteSource,
  options: OnnxOptions,
): { readonly graph: Graph; readonly diagnostics: readonly Diagnostic[] } {
  const { file } = options;
  const origin: Origin = { format: 'onnx', file };
  const model = readModelProto(source, file);
  const { graph } = model;
  if (graph === undefined) throw notAModel(file, 'holds no graph');
  const tensors: TensorFile = { source: paged(source), name: file };
  const stored = storedIn(graph, tensors);
  const inputs = statedInputs(graph, stored, file).map(({ input }) => input);
  checkNames(inputs, options, origin);
  const wanted = withCounts(inputs, options);
  const bound = bindInputs(inputs, wanted, origin);
  if (bound.open.length > 0) throw openExtents(model, tensors, stored, inputs, options, bound);
  const bindings = new AskedFor(options.bindings);
  for (const symbol of bound.symbols) bindings.asked.add(symbol);
  const lowerer = new Lowerer({ name: baseName(file), file });
  const inferred = infer(model, graph, inferOptions(tensors, stored, options, bound, bindings), lowerer);
  bindings.check(origin, options.passOver);
  checkAssumed(inferred.unknown, options, origin);
  const unknown = unknownOperators(inferred.unknown, lowerer.hidden, file);
  if (unknown !== undefined && options.onUnknown !== 'opaque') throw new ProfileError(unknown);
  const { graph: literal, warnings } = lowerer.finish(inferred);
  return {
    graph: asRun(literal, options.qdq),
    diagnostics: [
      ...inferred.warnings,
      ...(unknown === undefined
        ? []
        : [warning(unknown.code, unknown.message, missingCost(lowerer.hidden, inferred.unknown), origin)]),
      ...warnings,
    ],
  };
}

/** What to do about operators that are not known. */
function missingCost(hidden: number, unknown: Inferred['unknown']): string {
  const [first = ''] = unknown.keys();
  return hidden === 0
    ? 'every total lacks their cost'
    : `every total lacks their cost and that of what is behind them; if they make results like their first inputs: --assume ${quoted(`${first}=same-shape`)}`;
}

/** @throws ProfileError CSP101 for an assumption about an operator that is known, or that the model does not have */
function checkAssumed(unknown: Inferred['unknown'], { assume, passOver }: OnnxOptions, origin: Origin): void {
  for (const name of assume?.keys() ?? []) {
    if (unknown.has(name)) continue;
    if (passOver !== undefined) {
      passOver(`unknown operator "${excerpt(name)}"`);
      continue;
    }
    throw new ProfileError(
      problem(
        'CSP101',
        `has no unknown operator "${excerpt(name)}"`,
        unknown.size === 0
          ? 'leave out --assume: every operator is known'
          : `its unknown operators: ${[...unknown.keys()]
              .slice(0, MOST_LISTED)
              .map((each) => excerpt(each))
              .join(', ')}`,
        origin,
      ),
    );
  }
}

/** The network as runtimes run it, and what a reader of its numbers has to know of that. */
function asRun(literal: Graph, qdq: OnnxOptions['qdq']): Graph {
  const { graph, operators } = qdq === 'literal' ? { graph: literal, operators: 0 } : quantised(literal);
  const notes = [
    ...(operators === 0
      ? []
      : [
          `${String(operators)} operator${operators === 1 ? '' : 's'} between QDQ pairs ${operators === 1 ? 'is' : 'are'} read as the quantised one${operators === 1 ? '' : 's'} that runtimes make of them; --qdq literal shows the nodes`,
        ]),
    ...otherParameters(graph),
  ];
  return notes.length === 0 ? graph : { ...graph, notes };
}

/** Kinds whose parameters people mean when they say how large a network is; nobody knows it of what is opaque. */
const LEARNING: ReadonlySet<OpKind> = new Set<OpKind>([
  'attention',
  'batchNorm',
  'conv',
  'convTranspose',
  'deformConv',
  'linear',
  'matMul',
  'normalize',
  'opaque',
  'recurrent',
]);

/** How many parameters belong to none of these: tables, anchors, scalars. */
function otherParameters(graph: Graph): readonly string[] {
  const isLearned = new Uint8Array(graph.tensors.length);
  for (const { kind, inputs, params } of graph.nodes) {
    if (!LEARNING.has(kind)) continue;
    for (const id of inputs) isLearned[id] = 1;
    for (const id of params) isLearned[id] = 1;
  }
  let others = 0;
  graph.tensors.forEach(({ role, type, stored }, id) => {
    if (role === 'activation' || role === 'constant' || isLearned[id] === 1) return;
    others += stored?.elements ?? elements(type.shape);
  });
  return others === 0
    ? []
    : [`${String(others)} of the parameters belong to no convolution, linear layer or normalisation`];
}

const inferOptions = (
  file: TensorFile,
  stored: readonly StoredValue[],
  { values, branches, assume, file: name }: OnnxOptions,
  { shapes, extentOf }: BoundInputs,
  bindings: ReadonlyMap<string, number>,
): InferOptions => ({
  file,
  stored,
  bindings,
  extentOf: (text) => bindings.get(text) ?? extentOf(text),
  shapes,
  values,
  branches,
  costOf: (body) => Lowerer.costOf(body, name),
  assume,
});

/** The inputs that a caller must feed, as the file states them. */
export function statedInputs(
  graph: GraphProto,
  stored: readonly StoredValue[],
  file: string,
): readonly StatedValue[] {
  const asked = new Set(graph.input.map(({ name }) => name ?? ''));
  for (const { constant } of stored) asked.delete(constant.name);
  return statedValues(
    graph.input.filter(({ name }) => asked.has(name ?? '')),
    file,
  );
}

/** A value as a file states it. */
export interface StatedValue {
  readonly input: StatedInput;
  /** element type; of what is no tensor, what it holds: `sequence(float32)` */
  readonly dtype: string | undefined;
}

/** A type as ONNX writes it; undefined where not all of it is stated. */
function typeName(value: Value): string | undefined {
  switch (value.kind) {
    case 'tensor':
      return value.dtype;
    case 'sequence':
    case 'optional': {
      const element = typeName(value.element);
      return element === undefined ? undefined : `${value.kind}(${element})`;
    }
    case 'map':
      return 'map';
    case 'unknown':
      return undefined;
  }
}

export const statedValues = (infos: readonly ValueInfoProto[], file: string): readonly StatedValue[] =>
  infos.map(({ name = '', type }) => {
    const extents: StatedExtent[] = [];
    const value = valueOfType(
      type,
      (stated, axis) => {
        extents[axis] = openAsRuntimesHaveIt(stated);
        return 0;
      },
      { file, name },
    );
    const stated = value.kind === 'tensor' && value.shape !== undefined ? extents : undefined;
    return { input: { name, extents: stated }, dtype: typeName(value) };
  });

/** Runtimes take the extents 0 and -1 of an input as free, and exporters write a question mark for no name. */
function openAsRuntimesHaveIt(stated: StatedDim): StatedExtent {
  if (typeof stated !== 'object') return stated === 0 || stated === -1 ? undefined : stated;
  return stated.symbol === '?' ? undefined : stated.symbol;
}

/** @throws ProfileError CSP101 for a shape or a content of an input that the model does not have */
function checkNames(
  inputs: readonly StatedInput[],
  { inputs: shapes, values, passOver }: OnnxOptions,
  origin: Origin,
): void {
  const names = new Set(inputs.map(({ name }) => name));
  for (const name of [...(shapes?.keys() ?? []), ...(values?.keys() ?? [])]) {
    if (names.has(name)) continue;
    if (passOver !== undefined) {
      passOver(`input "${excerpt(name)}"`);
      continue;
    }
    throw new ProfileError(
      problem('CSP101', `has no input "${excerpt(name)}"`, `its inputs: ${[...names].join(', ')}`, origin),
    );
  }
}

/** A list whose content is given has as many entries. */
function withCounts(inputs: readonly StatedInput[], options: OnnxOptions): WantedExtents {
  const shapes = new Map(options.inputs);
  for (const { name, extents } of inputs) {
    const values = options.values?.get(name);
    if (values !== undefined && extents?.length === 1 && typeof extents[0] !== 'number' && !shapes.has(name))
      shapes.set(name, [values.length]);
  }
  return { ...options, inputs: shapes };
}

/** Every input with open extents, and flags that make the model readable. */
function openExtents(
  model: ModelProto,
  tensors: TensorFile,
  stored: readonly StoredValue[],
  inputs: readonly StatedInput[],
  options: OnnxOptions,
  bound: BoundInputs,
): ProfileError {
  const origin: Origin = { format: 'onnx', file: options.file };
  const openInputs = inputs.filter(({ name, extents }) => extents !== undefined && !bound.shapes.has(name));
  const shown = openInputs
    .slice(0, MOST_LISTED)
    .map(({ name, extents = [] }) => `${excerpt(name)}:${excerpt(formatExtents(extents))}`);
  const more = openInputs.length - shown.length;
  const { fix, sizes } = fixOf(model, tensors, stored, inputs, options, bound);
  const message = `leaves extents open: ${shown.join(', ')}${more > 0 ? ` and ${String(more)} more inputs` : ''}`;
  const found = problem('CSP101', message, fix, origin);
  if (sizes === undefined) return new ProfileError(found);
  const open: OpenExtents = { ...found, sizes };
  return new ProfileError(open);
}

/** What to pass so that every open extent has a value. */
export function fixOf(
  model: ModelProto,
  tensors: TensorFile,
  stored: readonly StoredValue[],
  inputs: readonly StatedInput[],
  options: OnnxOptions,
  { open }: BoundInputs,
): ReturnType<typeof suggestion> {
  return suggestion(open, inputs, (extents) => {
    const wanted = {
      ...withCounts(inputs, options),
      bindings: new Map([...(options.bindings ?? []), ...extents]),
    };
    const tried = bindInputs(inputs, wanted, { format: 'onnx', file: options.file });
    const { unfit } = infer(
      model,
      model.graph as GraphProto,
      inferOptions(tensors, stored, options, tried, wanted.bindings),
    );
    return unfit.size === 0;
  });
}

const MOST_LISTED = 20;

/** Extents by symbol, which remember the symbols that a model asked for. */
class AskedFor extends Map<string, number> {
  readonly asked = new Set<string>();

  override get(symbol: string): number | undefined {
    this.asked.add(symbol);
    return super.get(symbol);
  }

  /** @throws ProfileError CSP101 for a symbol that was given and never asked for */
  check(origin: Origin, passOver: OnnxOptions['passOver']): void {
    for (const symbol of this.keys()) {
      if (this.asked.has(symbol)) continue;
      if (passOver !== undefined) {
        passOver(`dimension "${excerpt(symbol)}"`);
        continue;
      }
      const own = [...this.asked].slice(0, MOST_LISTED);
      throw new ProfileError(
        problem(
          'CSP101',
          `has no dimension "${symbol}"`,
          own.length === 0 ? 'leave out --bind: every extent is known' : `its dimensions: ${own.join(', ')}`,
          origin,
        ),
      );
    }
  }
}

/** The model as protobuf has it; its tensor payloads are places in the source. */
export async function readAhead(source: ByteSource, file: string): Promise<void> {
  await source.ahead?.(placesOf(new WireReader(source, file), MODEL, source.size));
}

export function readModelProto(source: ByteSource, file: string): ModelProto {
  if (source.size === 0) throw notAModel(file, 'is empty');
  const model = decode(new WireReader(source, file), MODEL, source.size);
  const { graph } = model;
  if (graph === undefined) throw notAModel(file, 'holds no graph');
  if (graph.node.length === 0 && graph.output.length === 0) throw notAModel(file, 'holds a graph of nothing');
  return model;
}

const notAModel = (file: string, what: string): ProfileError =>
  new ProfileError(
    problem('CSP303', `${what}: no ONNX model`, 'give a model that ONNX tools can load', {
      format: 'onnx',
      file,
    }),
  );

function baseName(file: string): string {
  return (file.split(/[\\/]/).at(-1) ?? file).replace(/\.onnx$/, '');
}
