import { formatDiagnostic } from '../../../src/diagnostics.ts';
import { bytesSource } from '../../../src/formats/byteSource.ts';
import { changed } from '../../../src/formats/onnx/message.ts';
import { TENSOR, type TensorProto } from '../../../src/formats/onnx/proto.ts';
import { fromOnnx } from '../../../src/formats/onnx/read.ts';
import { profile, type Profile } from '../../../src/analysis/profile.ts';
import { tensorOf, type Graph } from '../../../src/graph/graph.ts';
import { validate } from '../../../src/graph/validate.ts';
import type { DType } from '../../../src/ops/dtype.ts';
import { formatShape, type TensorType } from '../../../src/ops/spec.ts';
import { type Attribute, modelBytes, node, port, stored } from './model.ts';

/** An operand: fed when the model runs, stored in the file, or left out. */
export type Operand = readonly [DType, readonly number[]] | TensorProto | undefined;

export const f = (...dims: readonly number[]): Operand => ['float32', dims];
export const u8 = (...dims: readonly number[]): Operand => ['uint8', dims];
export const i32 = (...dims: readonly number[]): Operand => ['int32', dims];
/** a stored tensor of zeros */
export const weights = (dtype: DType, ...dims: readonly number[]): TensorProto => stored('', dtype, dims);
export const scale = stored('', 'float32', [], [1]);
export const zero = (dtype: DType = 'uint8'): TensorProto => stored('', dtype, [], [0]);
export const whole = (dtype: 'int32' | 'int64', ...content: readonly number[]): TensorProto =>
  stored('', dtype, [content.length], content);

/** One node of com.microsoft. */
export interface Contributed {
  readonly op: string;
  readonly operands: readonly Operand[];
  readonly attributes?: Readonly<Record<string, Attribute>>;
  /** absent: one */
  readonly outputs?: number;
  readonly domain?: string;
  readonly opset?: number;
}

const isStored = (operand: Operand): operand is TensorProto => operand !== undefined && 'dims' in operand;

/** A model of that node alone. */
export function modelOf(one: Contributed): Uint8Array {
  const { op, operands, attributes = {}, outputs = 1, domain = 'com.microsoft', opset = 17 } = one;
  const names = operands.map((operand, i) => (operand === undefined ? '' : `in${String(i)}`));
  const results = Array.from({ length: outputs }, (_, i) => `out${String(i)}`);
  return modelBytes({
    opset,
    domains: domain === '' ? [] : [domain],
    node: [node(op, names, results, attributes, { domain })],
    input: operands.flatMap((operand, i) =>
      operand === undefined || isStored(operand) ? [] : [port(names[i] ?? '', operand[0], operand[1])],
    ),
    initializer: operands.flatMap((operand, i) =>
      isStored(operand) ? [changed(TENSOR, operand, { name: names[i] })] : [],
    ),
    output: results.map((name) => ({ name, type: undefined })),
  });
}

export const fedTypes = ({ operands }: Contributed): readonly TensorType[] =>
  operands.flatMap((operand) =>
    operand === undefined || isStored(operand) ? [] : [{ dtype: operand[0], shape: operand[1] }],
  );

const read = (one: Contributed, bindings?: ReadonlyMap<string, number>): ReturnType<typeof fromOnnx> =>
  fromOnnx(bytesSource(modelOf(one)), { file: 'x.onnx', onUnknown: 'error', bindings });

/** What the reader makes of it: a graph that is well-formed. */
export function graphOf(one: Contributed, bindings?: ReadonlyMap<string, number>): Graph {
  const { graph } = read(one, bindings);
  const wrong = validate(graph);
  if (wrong.length > 0) throw new TypeError(wrong.join('; '));
  return graph;
}

export const diagnosticsOf = (one: Contributed): readonly string[] =>
  read(one).diagnostics.map((each) => formatDiagnostic(each));

export const shown = ({ dtype, shape }: TensorType): string => `${dtype} ${formatShape(shape)}`;

export const outputsOf = (graph: Graph): readonly string[] =>
  graph.outputs.map(({ tensor }) => shown(tensorOf(graph, tensor).type));

export const profileOf = (one: Contributed, bindings?: ReadonlyMap<string, number>): Profile =>
  profile(graphOf(one, bindings));
