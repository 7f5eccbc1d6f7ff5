import { dataTypeOf } from '../../../src/formats/onnx/dtype.ts';
import { changed, emptyMessage, encode, type Schema } from '../../../src/formats/onnx/message.ts';
import {
  ATTRIBUTE,
  FUNCTION,
  GRAPH,
  MODEL,
  NODE,
  TENSOR,
  type AttributeProto,
  type FunctionProto,
  type GraphProto,
  type ModelProto,
  type NodeProto,
  type TensorProto,
  type TypeProto,
  type ValueInfoProto,
} from '../../../src/formats/onnx/proto.ts';
import type { DType } from '../../../src/ops/dtype.ts';

type Dims = readonly (number | string)[];

/** A value of an attribute; integers are written as 3, floats as `{ f: 3 }`. */
export type Attribute =
  | number
  | string
  | readonly number[]
  | readonly string[]
  | { readonly f: number }
  | { readonly floats: readonly number[] }
  | { readonly t: TensorProto }
  | { readonly g: GraphProto }
  | { readonly ref: string };

const make = <M extends object>(schema: Schema<M>, fields: Partial<M>): M => ({
  ...emptyMessage(schema),
  ...fields,
});

export function attribute(name: string, value: Attribute): AttributeProto {
  const is = (fields: Partial<AttributeProto>): AttributeProto => make(ATTRIBUTE, { name, ...fields });
  if (typeof value === 'number') return is({ type: 2, i: value });
  if (typeof value === 'string') return is({ type: 3, s: value });
  if ('f' in value) return is({ type: 1, f: value.f });
  if ('floats' in value) return is({ type: 6, floats: value.floats });
  if ('t' in value) return is({ type: 4, t: value.t });
  if ('g' in value) return is({ type: 5, g: value.g });
  if ('ref' in value) return is({ refAttrName: value.ref, type: 2 });
  return typeof value[0] === 'string'
    ? is({ type: 8, strings: value as readonly string[] })
    : is({ type: 7, ints: value as readonly number[] });
}

export const node = (
  opType: string,
  input: readonly string[],
  output: readonly string[],
  attributes: Readonly<Record<string, Attribute>> = {},
  more: Partial<NodeProto> = {},
): NodeProto =>
  make(NODE, {
    opType,
    input,
    output,
    attribute: Object.entries(attributes).map(([name, value]) => attribute(name, value)),
    ...more,
  });

const BYTES: Partial<Record<DType, number>> = {
  float32: 4,
  float16: 2,
  int64: 8,
  int32: 4,
  int8: 1,
  uint8: 1,
  bool: 1,
  int4: 1 / 2,
  uint4: 1 / 2,
};

/** A tensor with content, or with zeros. */
export function stored(
  name: string,
  dtype: DType,
  dims: readonly number[],
  content?: readonly number[],
): TensorProto {
  const count = dims.reduce((a, b) => a * b, 1);
  const rawData = new Uint8Array(Math.ceil(count * (BYTES[dtype] ?? 1)));
  const view = new DataView(rawData.buffer);
  content?.forEach((value, i) => {
    if (dtype === 'float32') view.setFloat32(i * 4, value, true);
    else if (dtype === 'int64') view.setBigInt64(i * 8, BigInt(value), true);
    else if (dtype === 'int32') view.setInt32(i * 4, value, true);
    else rawData[i] = value;
  });
  return make(TENSOR, { name, dims, dataType: dataTypeOf(dtype), rawData });
}

/** A tensor whose numbers lie in another file. */
export const elsewhere = (
  name: string,
  dtype: DType,
  dims: readonly number[],
  location: string,
): TensorProto =>
  make(TENSOR, {
    name,
    dims,
    dataType: dataTypeOf(dtype),
    dataLocation: 1,
    externalData: [{ key: 'location', value: location }],
  });

export const typeOf = (dtype: DType, dims?: Dims): TypeProto => ({
  tensorType: {
    elemType: dataTypeOf(dtype),
    shape:
      dims === undefined
        ? undefined
        : {
            dim: dims.map((dim) =>
              typeof dim === 'number'
                ? { dimValue: dim, dimParam: undefined }
                : { dimValue: undefined, dimParam: dim },
            ),
          },
  },
  sequenceType: undefined,
  mapType: undefined,
  sparseTensorType: undefined,
  optionalType: undefined,
});

export const port = (name: string, dtype: DType = 'float32', dims?: Dims): ValueInfoProto => ({
  name,
  type: typeOf(dtype, dims),
});

export const graph = (fields: Partial<GraphProto>): GraphProto => make(GRAPH, { name: 'graph', ...fields });

export const fn = (fields: Partial<FunctionProto>): FunctionProto =>
  make(FUNCTION, { domain: 'local', opsetImport: [{ domain: '', version: 17 }], ...fields });

export interface Content extends Partial<GraphProto> {
  readonly opset?: number;
  readonly functions?: readonly FunctionProto[];
  readonly domains?: readonly string[];
}

/** A model as bytes. */
export function modelBytes({ opset = 17, functions = [], domains = [], ...fields }: Content): Uint8Array {
  const model: ModelProto = make(MODEL, {
    irVersion: 8,
    opsetImport: [{ domain: '', version: opset }, ...domains.map((domain) => ({ domain, version: 1 }))],
    graph: graph(fields),
    functions,
  });
  return encode(MODEL, model).finish();
}

/** A model of one node, its operands inputs of these types or stored tensors. */
export function single(
  opType: string,
  operands: readonly (readonly [DType, Dims] | TensorProto)[],
  attributes: Readonly<Record<string, Attribute>> = {},
  {
    opset = 17,
    outputs = 1,
    domain = '',
  }: { readonly opset?: number; readonly outputs?: number; readonly domain?: string } = {},
): Uint8Array {
  const names = operands.map((_, i) => `in${String(i)}`);
  const results = Array.from({ length: outputs }, (_, i) => `out${String(i)}`);
  return modelBytes({
    opset,
    domains: domain === '' ? [] : [domain],
    node: [node(opType, names, results, attributes, domain === '' ? {} : { domain })],
    input: operands.flatMap((one, i) => ('dims' in one ? [] : [port(names[i] as string, one[0], one[1])])),
    initializer: operands.flatMap((one, i) =>
      'dims' in one ? [changed(TENSOR, one, { name: names[i] })] : [],
    ),
    output: results.map((name) => ({ name, type: undefined })),
  });
}
