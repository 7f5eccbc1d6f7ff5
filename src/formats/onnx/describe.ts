import { bindInputs, type StatedExtent } from '../../graph/bind.ts';
import type { DType } from '../../ops/dtype.ts';
import { type ByteSource, paged } from '../byteSource.ts';
import { storedBytes, tally } from '../describe.ts';
import type { DescribedValue, ModelDescription } from '../format.ts';
import { dtypeOf } from './dtype.ts';
import { domainOf } from './ops/registry.ts';
import type { GraphProto, ModelProto, TensorProto } from './proto.ts';
import { storedIn } from './infer.ts';
import { fixOf, readModelProto, statedInputs, type StatedValue, statedValues } from './read.ts';

/**
 * What a model says of itself; no payload is read.
 *
 * @throws ProfileError CSP301 and CSP303 for what is no model
 */
export function describeOnnx(source: ByteSource, file: string): ModelDescription {
  const model = readModelProto(source, file);
  const graph = model.graph as GraphProto;
  const tensors = { source: paged(source), name: file };
  const stored = storedIn(graph, tensors);
  const stated = statedInputs(graph, stored, file);
  const inputs = stated.map(({ input }) => input);
  const bound = bindInputs(inputs, {}, { format: 'onnx', file });
  const fix =
    bound.open.length === 0 ? undefined : fixOf(model, tensors, stored, inputs, { file }, bound).fix;
  const outputs = statedValues(graph.output, file);
  const parameters = [...sizesIn(graph)];
  return {
    facts: factsOf(model),
    inputs: stated.map(described),
    outputs: outputs.map(described),
    operators: tally(operatorsIn(graph)),
    parameters: { tensors: parameters.length, bytes: storedBytes(parameters) },
    ...(fix === undefined ? {} : { fix }),
  };
}

const described = ({ input: { name, extents }, dtype }: StatedValue): DescribedValue => ({
  name,
  ...(dtype === undefined ? {} : { dtype }),
  ...(extents === undefined ? {} : { shape: extents.map((extent: StatedExtent) => extent ?? null) }),
});

function factsOf({
  irVersion,
  producerName = '',
  producerVersion = '',
  opsetImport,
}: ModelProto): ModelDescription['facts'] {
  const opsets = opsetImport.map(({ domain, version }) => {
    const name = domainOf(domain);
    return `${name === '' ? '' : `${name} `}${String(version ?? 1)}`;
  });
  const producer = `${producerName} ${producerVersion}`.trim();
  return [
    ...(irVersion === undefined ? [] : [['IR', String(irVersion)] as const]),
    ['opset', opsets.join(', ')],
    ...(producer === '' ? [] : [['producer', producer] as const]),
  ];
}

/** Operators of the graph and of the graphs inside its nodes. */
function* operatorsIn(graph: GraphProto): Generator<string> {
  for (const { opType = '', domain, attribute } of graph.node) {
    const name = domainOf(domain);
    yield name === '' ? opType : `${name}.${opType}`;
    for (const { g, graphs } of attribute) {
      if (g !== undefined) yield* operatorsIn(g);
      for (const inner of graphs) yield* operatorsIn(inner);
    }
  }
}

function* sizesIn(graph: GraphProto): Generator<{ readonly dtype: DType; readonly elements: number }> {
  for (const proto of graph.initializer) yield* sizeOf(proto);
  for (const { values } of graph.sparseInitializer) if (values !== undefined) yield* sizeOf(values);
  for (const { opType, attribute } of graph.node) {
    for (const { g, t } of attribute) {
      if (g !== undefined) yield* sizesIn(g);
      // Exporters write weights as nodes as well; numbers one by one are settings.
      if (t !== undefined && opType === 'Constant' && isReal(t)) yield* sizeOf(t);
    }
  }
}

const isReal = ({ dataType, dims }: TensorProto): boolean =>
  dtypeOf(dataType)?.includes('float') === true && dims.some((extent) => extent !== 1);

function* sizeOf({
  dataType,
  dims,
}: TensorProto): Generator<{ readonly dtype: DType; readonly elements: number }> {
  const dtype = dtypeOf(dataType);
  if (dtype !== undefined) yield { dtype, elements: dims.reduce((a, b) => a * b, 1) };
}
