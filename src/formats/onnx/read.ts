import { type Diagnostic, ProfileError, problem, warning } from '../../diagnostics.ts';
import { bind, formatDims } from '../../graph/bind.ts';
import type { Graph } from '../../graph/graph.ts';
import { type ByteSource, paged } from '../byteSource.ts';
import { infer } from './infer.ts';
import { Lowerer, unknownOperators } from './lower.ts';
import { decode } from './message.ts';
import { MODEL, type ModelProto } from './proto.ts';
import type { StatedDim } from './types.ts';
import type { Dim } from './values.ts';
import { WireReader } from './wire.ts';

export interface OnnxOptions {
  /** name of the file, for messages and origins */
  readonly file: string;
  /** extents of symbolic dimensions, and of those that depend on the data, by symbol */
  readonly bindings?: ReadonlyMap<string, number>;
  /** whole shapes of inputs, by name */
  readonly inputs?: ReadonlyMap<string, readonly number[]>;
  /** height and width of every input of four dimensions that leaves them open */
  readonly extent?: readonly [number, number];
  /** first dimension of every input that leaves it open */
  readonly batch?: number;
  /** what to do with operators that are not known: refuse the file (the default), or go on without their cost */
  readonly onUnknown?: 'error' | 'opaque';
}

/**
 * Reads an ONNX model as a graph with every shape known. Tensor payloads stay where they are, except those of
 * small shape operands; external data is never opened.
 *
 * @throws ProfileError CSP301 not well-formed, CSP302 and CSP303 no valid model, CSP304 values that do not
 *   connect, CSP307 unknown operators, CSP101 unbound dimensions, CSP201 operands that do not fit
 */
export function fromOnnx(
  source: ByteSource,
  options: OnnxOptions,
): { readonly graph: Graph; readonly diagnostics: readonly Diagnostic[] } {
  const {
    file,
    bindings: given = new Map<string, number>(),
    inputs = new Map<string, readonly number[]>(),
  } = options;
  const model = readModelProto(source, file);
  const graph = model.graph;
  if (graph === undefined) throw notAModel(file, 'holds no graph');
  const names = new Set(graph.input.map(({ name }) => name));
  for (const name of inputs.keys()) {
    if (!names.has(name)) {
      throw new ProfileError(
        problem('CSP101', `has no input "${name}"`, `its inputs: ${[...names].join(', ')}`, {
          format: 'onnx',
          file,
        }),
      );
    }
  }
  const bindings = new AskedFor(given);
  const lowerer = new Lowerer({ name: baseName(file), file });
  const inferred = infer(
    model,
    graph,
    {
      file: { source: paged(source), name: file },
      bindings,
      input: (name, stated) => inputShape(name, stated, inputs.get(name), options, bindings),
    },
    lowerer,
  );
  for (const symbol of given.keys()) {
    if (bindings.asked.has(symbol)) continue;
    const own = [...bindings.asked].slice(0, MOST_LISTED);
    throw new ProfileError(
      problem(
        'CSP101',
        `has no dimension "${symbol}"`,
        own.length === 0 ? 'leave out --bind: every extent is known' : `its dimensions: ${own.join(', ')}`,
        { format: 'onnx', file },
      ),
    );
  }
  const unknown = unknownOperators(inferred.unknown, file);
  if (unknown !== undefined && options.onUnknown !== 'opaque') throw new ProfileError(unknown);
  const { graph: result, warnings } = lowerer.finish(inferred);
  return {
    graph: result,
    diagnostics: [
      ...inferred.warnings,
      ...(unknown === undefined
        ? []
        : [warning(unknown.code, unknown.message, 'every total lacks their cost', { format: 'onnx', file })]),
      ...warnings,
    ],
  };
}

const MOST_LISTED = 20;

/** Extents by symbol, which remember the symbols that a model asked for. */
class AskedFor extends Map<string, number> {
  readonly asked = new Set<string>();

  override get(symbol: string): number | undefined {
    this.asked.add(symbol);
    return super.get(symbol);
  }
}

/** The model as protobuf has it; its tensor payloads are places in the source. */
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

/** The shape of an input: what the user gave, or what the file states with its symbols bound. */
function inputShape(
  name: string,
  stated: readonly StatedDim[],
  given: readonly number[] | undefined,
  { file, extent, batch }: OnnxOptions,
  bindings: ReadonlyMap<string, number>,
): readonly Dim[] {
  const dims = stated.map((dim, axis) => dim ?? { symbol: `${name}[${String(axis)}]` });
  const asked = (axis: number): number | undefined => {
    if (given !== undefined) return given[axis];
    if (axis === 0) return batch;
    return dims.length === 4 && axis >= 2 ? extent?.[axis - 2] : undefined;
  };
  const wanted = dims.map((dim, axis) => asked(axis) ?? dim);
  const fits = given === undefined || given.length === dims.length;
  if (!fits || dims.some((dim, axis) => typeof dim === 'number' && dim !== wanted[axis])) {
    const shape = given ?? wanted.map((dim) => (typeof dim === 'number' ? dim : dim.symbol));
    throw new ProfileError(
      problem(
        'CSP102',
        `input "${name}" is ${formatDims(dims)}, not ${shape.join('x')}`,
        'keep the extents that the model fixes',
        {
          format: 'onnx',
          file,
        },
      ),
    );
  }
  return bind(name, wanted, bindings, { format: 'onnx', file });
}

function baseName(file: string): string {
  return (file.split(/[\\/]/).at(-1) ?? file).replace(/\.onnx$/, '');
}
