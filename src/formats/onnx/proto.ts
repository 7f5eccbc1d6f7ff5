/**
 * The messages of ONNX's file format, as far as structure, shapes and costs need them: field numbers and
 * names as in onnx.proto (IR version 13). Fields that are left out here (doc strings, sharding, training)
 * are stepped over.
 */
import {
  float,
  floats,
  int,
  ints,
  message,
  messages,
  messagesAlike,
  messagesLater,
  type Messages,
  type Payload,
  payload,
  type Schema,
  schema,
  text,
  textAlike,
  texts,
} from './message.ts';

export interface ModelProto {
  irVersion: number | undefined;
  producerName: string | undefined;
  producerVersion: string | undefined;
  graph: GraphProto | undefined;
  opsetImport: readonly OperatorSetIdProto[];
  metadataProps: readonly StringStringEntryProto[];
  functions: readonly FunctionProto[];
}

export interface OperatorSetIdProto {
  domain: string | undefined;
  version: number | undefined;
}

export interface StringStringEntryProto {
  key: string | undefined;
  value: string | undefined;
}

export interface GraphProto {
  node: Messages<NodeProto>;
  name: string | undefined;
  initializer: Messages<TensorProto>;
  input: readonly ValueInfoProto[];
  output: readonly ValueInfoProto[];
  valueInfo: readonly ValueInfoProto[];
  sparseInitializer: readonly SparseTensorProto[];
}

export interface NodeProto {
  input: readonly string[];
  output: readonly string[];
  name: string | undefined;
  opType: string | undefined;
  attribute: readonly AttributeProto[];
  domain: string | undefined;
  overload: string | undefined;
  metadataProps: Messages<StringStringEntryProto>;
}

export interface FunctionProto {
  name: string | undefined;
  input: readonly string[];
  output: readonly string[];
  attribute: readonly string[];
  node: Messages<NodeProto>;
  opsetImport: readonly OperatorSetIdProto[];
  domain: string | undefined;
  attributeProto: readonly AttributeProto[];
  overload: string | undefined;
}

export interface AttributeProto {
  name: string | undefined;
  refAttrName: string | undefined;
  type: number | undefined;
  f: number | undefined;
  i: number | undefined;
  s: string | undefined;
  t: TensorProto | undefined;
  g: GraphProto | undefined;
  tp: TypeProto | undefined;
  floats: readonly number[];
  ints: readonly number[];
  strings: readonly string[];
  tensors: readonly TensorProto[];
  graphs: readonly GraphProto[];
  sparseTensor: SparseTensorProto | undefined;
}

export interface TensorProto {
  dims: readonly number[];
  dataType: number | undefined;
  floatData: Payload | undefined;
  int32Data: Payload | undefined;
  stringData: Payload | undefined;
  int64Data: Payload | undefined;
  name: string | undefined;
  rawData: Payload | undefined;
  doubleData: Payload | undefined;
  uint64Data: Payload | undefined;
  externalData: readonly StringStringEntryProto[];
  dataLocation: number | undefined;
}

export interface SparseTensorProto {
  values: TensorProto | undefined;
  indices: TensorProto | undefined;
  dims: readonly number[];
}

export interface ValueInfoProto {
  name: string | undefined;
  type: TypeProto | undefined;
}

export interface TypeProto {
  tensorType: TensorTypeProto | undefined;
  sequenceType: ElementTypeProto | undefined;
  mapType: MapTypeProto | undefined;
  sparseTensorType: TensorTypeProto | undefined;
  optionalType: ElementTypeProto | undefined;
}

export interface TensorTypeProto {
  elemType: number | undefined;
  shape: TensorShapeProto | undefined;
}

export interface ElementTypeProto {
  elemType: TypeProto | undefined;
}

export interface MapTypeProto {
  keyType: number | undefined;
  valueType: TypeProto | undefined;
}

export interface TensorShapeProto {
  dim: readonly DimensionProto[];
}

export interface DimensionProto {
  dimValue: number | undefined;
  dimParam: string | undefined;
}

export const MODEL: Schema<ModelProto> = schema('ModelProto', {
  irVersion: int(1),
  producerName: text(2),
  producerVersion: text(3),
  graph: message(7, () => GRAPH),
  opsetImport: messages(8, () => OPERATOR_SET),
  metadataProps: messages(14, () => ENTRY),
  functions: messages(25, () => FUNCTION),
});

const OPERATOR_SET: Schema<OperatorSetIdProto> = schema('OperatorSetIdProto', {
  domain: text(1),
  version: int(2),
});

const ENTRY: Schema<StringStringEntryProto> = schema('StringStringEntryProto', {
  key: text(1),
  value: text(2),
});

export const GRAPH: Schema<GraphProto> = schema('GraphProto', {
  node: messagesLater(1, () => NODE),
  name: text(2),
  initializer: messagesLater(5, () => TENSOR),
  input: messages(11, () => VALUE_INFO),
  output: messages(12, () => VALUE_INFO),
  valueInfo: messages(13, () => VALUE_INFO),
  sparseInitializer: messages(15, () => SPARSE_TENSOR),
});

export const NODE: Schema<NodeProto> = schema('NodeProto', {
  input: texts(1),
  output: texts(2),
  name: text(3),
  opType: textAlike(4),
  attribute: messagesAlike(5, () => ATTRIBUTE),
  domain: text(7),
  overload: text(8),
  metadataProps: messagesLater(9, () => ENTRY),
});

export const FUNCTION: Schema<FunctionProto> = schema('FunctionProto', {
  name: text(1),
  input: texts(4),
  output: texts(5),
  attribute: texts(6),
  node: messagesLater(7, () => NODE),
  opsetImport: messages(9, () => OPERATOR_SET),
  domain: text(10),
  attributeProto: messages(11, () => ATTRIBUTE),
  overload: text(13),
});

export const ATTRIBUTE: Schema<AttributeProto> = schema('AttributeProto', {
  name: text(1),
  f: float(2),
  i: int(3),
  s: text(4),
  t: message(5, () => TENSOR),
  g: message(6, () => GRAPH),
  floats: floats(7),
  ints: ints(8),
  strings: texts(9),
  tensors: messages(10, () => TENSOR),
  graphs: messages(11, () => GRAPH),
  tp: message(14, () => TYPE),
  type: int(20),
  refAttrName: text(21),
  sparseTensor: message(22, () => SPARSE_TENSOR),
});

export const TENSOR: Schema<TensorProto> = schema('TensorProto', {
  dims: ints(1),
  dataType: int(2),
  floatData: payload(4),
  int32Data: payload(5),
  stringData: payload(6),
  int64Data: payload(7),
  name: text(8),
  rawData: payload(9),
  doubleData: payload(10),
  uint64Data: payload(11),
  externalData: messages(13, () => ENTRY),
  dataLocation: int(14),
});

const SPARSE_TENSOR: Schema<SparseTensorProto> = schema('SparseTensorProto', {
  values: message(1, () => TENSOR),
  indices: message(2, () => TENSOR),
  dims: ints(3),
});

const VALUE_INFO: Schema<ValueInfoProto> = schema('ValueInfoProto', {
  name: text(1),
  type: message(2, () => TYPE),
});

export const TYPE: Schema<TypeProto> = schema('TypeProto', {
  tensorType: message(1, () => TENSOR_TYPE),
  sequenceType: message(4, () => ELEMENT_TYPE),
  mapType: message(5, () => MAP_TYPE),
  sparseTensorType: message(8, () => TENSOR_TYPE),
  optionalType: message(9, () => ELEMENT_TYPE),
});

const TENSOR_TYPE: Schema<TensorTypeProto> = schema('TypeProto.Tensor', {
  elemType: int(1),
  shape: message(2, () => SHAPE),
});

const ELEMENT_TYPE: Schema<ElementTypeProto> = schema('TypeProto.Sequence', {
  elemType: message(1, () => TYPE),
});

const MAP_TYPE: Schema<MapTypeProto> = schema('TypeProto.Map', {
  keyType: int(1),
  valueType: message(2, () => TYPE),
});

const SHAPE: Schema<TensorShapeProto> = schema('TensorShapeProto', { dim: messages(1, () => DIMENSION) });

const DIMENSION: Schema<DimensionProto> = schema('TensorShapeProto.Dimension', {
  dimValue: int(1),
  dimParam: text(2),
});
