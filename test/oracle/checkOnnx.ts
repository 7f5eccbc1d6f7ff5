/**
 * Shapes and types of the outputs of ONNX's own test models against the outputs that are stored beside them.
 *
 *   ONNX_REPO=PATH node test/tools/run.mjs test/oracle/checkOnnx.ts [--list CATEGORY]
 *
 * PATH is a checkout of github.com/onnx/onnx (tag v1.22.0 has the models). Each model is read with what its file
 * states of outputs and inner values taken away, twice: with nothing but the types of its inputs, and with the
 * stored inputs as known content.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ProfileError } from '../../src/diagnostics.ts';
import { profile } from '../../src/analysis/profile.ts';
import { validate } from '../../src/graph/validate.ts';
import { dtypeOf } from '../../src/formats/onnx/dtype.ts';
import { infer, type Inferred } from '../../src/formats/onnx/infer.ts';
import { Lowerer } from '../../src/formats/onnx/lower.ts';
import {
  changed,
  decode,
  messages,
  message,
  int,
  type Schema,
  schema,
  text,
} from '../../src/formats/onnx/message.ts';
import {
  GRAPH,
  type GraphProto,
  MODEL,
  type ModelProto,
  TENSOR,
  type TensorProto,
  TYPE,
  type TypeProto,
} from '../../src/formats/onnx/proto.ts';
import type { Value } from '../../src/formats/onnx/values.ts';
import { bytesSource } from '../../src/formats/byteSource.ts';
import { WireReader } from '../../src/formats/onnx/wire.ts';

interface SequenceProto {
  name: string | undefined;
  elemType: number | undefined;
  tensorValues: readonly TensorProto[];
  sequenceValues: readonly SequenceProto[];
}

const SEQUENCE: Schema<SequenceProto> = schema('SequenceProto', {
  name: text(1),
  elemType: int(2),
  tensorValues: messages(3, () => TENSOR),
  sequenceValues: messages(5, () => SEQUENCE),
});

interface OptionalProto {
  name: string | undefined;
  elemType: number | undefined;
  tensorValue: TensorProto | undefined;
  sequenceValue: SequenceProto | undefined;
}

const OPTIONAL: Schema<OptionalProto> = schema('OptionalProto', {
  name: text(1),
  elemType: int(2),
  tensorValue: message(3, () => TENSOR),
  sequenceValue: message(5, () => SEQUENCE),
});

const CATEGORIES: readonly (readonly [string, RegExp])[] = [
  ['control flow', /^(If|Loop|Scan|SequenceMap)$/],
  ['sequence', /Sequence(?!Length)|^Optional|SequenceLength/],
  ['training', /^(Adam|Adagrad|Momentum|Gradient|NegativeLogLikelihoodLoss|SoftmaxCrossEntropyLoss)$/],
  ['string/ML', /^(String|Regex|TfIdf|LabelEncoder|ArrayFeature|Binarizer|TreeEnsemble|ImageDecoder)/],
  ['quantised', /Quantize|QLinear|Integer$/],
  ['rnn', /^(RNN|GRU|LSTM)$/],
  ['conv/pool', /Conv|Pool|Col2Im|MaxUnpool|RoiAlign/],
  ['matmul', /^(MatMul|Gemm|Einsum|Attention|FlexAttention|LinearAttention|Det)$/],
  ['norm', /Normalization|^LRN$|Softmax|Hardmax/],
  ['reduction', /^Reduce|^Arg|^TopK$|^CumSum$|^CumProd$|^Unique$/],
  ['signal', /^(DFT|STFT|.*Window|MelWeightMatrix)$/],
  [
    'movement',
    /^(Reshape|Transpose|Concat|Split|Slice|Gather|Scatter|Pad|Tile|Expand|Squeeze|Unsqueeze|Flatten|Shape|Size|Identity|DepthToSpace|SpaceToDepth|OneHot|NonZero|Compress|Constant|EyeLike|Range|Trilu|Reverse|CenterCropPad|Resize|Upsample|GridSample|AffineGrid|TensorScatter|NonMaxSuppression|Dropout)/,
  ],
];

const categoryOf = (folder: string, graph: GraphProto): string => {
  if (folder === 'light') return 'whole networks';
  if (folder === 'pytorch-converted' || folder === 'pytorch-operator') return 'pytorch';
  if (folder === 'simple')
    return [...graph.node].some(({ opType }) => /Sequence/.test(opType ?? '')) ? 'sequence' : 'simple';
  const ops = [...graph.node].map(({ opType }) => opType ?? '');
  const found = CATEGORIES.find(([, pattern]) => ops.some((op) => pattern.test(op)));
  return found?.[0] ?? 'elementwise';
};

/** dtype and shape of a value as text; `?` for what is not known. */
function describe(value: Value | undefined): string {
  if (value === undefined) return 'nothing';
  switch (value.kind) {
    case 'tensor':
      return `${value.dtype ?? '?'}${value.shape === undefined ? '[?]' : `[${value.shape.map((dim) => (typeof dim === 'number' ? String(dim) : '?')).join(',')}]`}`;
    case 'sequence':
      return value.items === undefined
        ? `sequence(${describe(value.element)})`
        : `(${value.items.map(describe).join(' ')})`;
    case 'optional':
      return value.present === false ? 'none' : describe(value.element);
    default:
      return '?';
  }
}

const described = (proto: TensorProto): string =>
  `${dtypeOf(proto.dataType) ?? '?'}[${proto.dims.join(',')}]`;

function stored(
  file: string,
  type: TypeProto | undefined,
): { readonly text: string; readonly tensor: TensorProto | undefined } {
  const bytes = readFileSync(file);
  const reader = new WireReader(bytesSource(bytes), file);
  const sequence = (value: SequenceProto): string => `(${value.tensorValues.map(described).join(' ')})`;
  if (type?.sequenceType !== undefined)
    return { text: sequence(decode(reader, SEQUENCE, bytes.length)), tensor: undefined };
  if (type?.optionalType !== undefined) {
    const optional = decode(reader, OPTIONAL, bytes.length);
    const held = optional.tensorValue ?? optional.sequenceValue;
    if (held === undefined) return { text: 'none', tensor: undefined };
    return { text: 'tensorValues' in held ? sequence(held) : described(held), tensor: undefined };
  }
  const tensor = decode(reader, TENSOR, bytes.length);
  return { text: described(tensor), tensor: inMemory(tensor, bytes) };
}

/** The tensor with its payload in memory, so that it can become an initialiser of another file. */
function inMemory(tensor: TensorProto, bytes: Uint8Array): TensorProto {
  const copy = changed(TENSOR, tensor, {});
  for (const key of [
    'floatData',
    'int32Data',
    'stringData',
    'int64Data',
    'rawData',
    'doubleData',
    'uint64Data',
  ] as const) {
    const payload = copy[key];
    if (payload === undefined || payload instanceof Uint8Array) continue;
    const [only] = payload;
    copy[key] =
      payload.length === 1 && only?.unpacked === false
        ? bytes.subarray(only.offset, only.offset + only.length)
        : undefined;
  }
  return copy;
}

/** Whether what was inferred can be what is stored: equal where it is known. */
function agrees(found: string, expected: string): boolean {
  if (found === expected) return true;
  const pattern = found
    .replace(/[.*+^${}()|[\]\\]/g, '\\$&')
    .replace(/^\?$/, '.*')
    .replace(/sequence\\\(.*\\\)/, '\\(.*\\)')
    .replaceAll('\\[?\\]', '\\[.*\\]')
    .replaceAll('?', '[^,\\]\\[]+');
  return new RegExp(`^${pattern}$`).test(expected);
}

interface Tally {
  models: number;
  exact: number;
  exactWithContent: number;
  unknown: string[];
  wrong: string[];
}

const root = process.env['ONNX_REPO'];
if (root === undefined || !existsSync(join(root, 'onnx/backend/test/data'))) {
  process.stderr.write('set ONNX_REPO to a checkout of github.com/onnx/onnx at v1.22.0\n');
  process.exit(2);
}
const data = join(root, 'onnx/backend/test/data');
const tallies = new Map<string, Tally>();

function inferModel(model: ModelProto, graph: GraphProto, file: string, lowerer: Lowerer): Inferred {
  const options = {
    file: { source: bytesSource(readFileSync(file)), name: file },
    bindings: new Map<string, number>(),
  };
  return infer(model, graph, options, lowerer);
}

function check(
  folder: string,
  name: string,
  file: string,
  outputs: readonly string[],
  inputs: readonly string[],
): void {
  const bytes = readFileSync(file);
  const model = decode(new WireReader(bytesSource(bytes), name), MODEL, bytes.length);
  const { graph } = model;
  if (graph === undefined) throw new TypeError(`${file} has no graph`);
  const category = categoryOf(folder, graph);
  const tally = tallies.get(category) ?? { models: 0, exact: 0, exactWithContent: 0, unknown: [], wrong: [] };
  tallies.set(category, tally);
  tally.models++;
  const expected = outputs.map((path, i) => stored(path, graph.output[i]?.type).text);
  const initialized = new Set(Array.from(graph.initializer, (tensor) => tensor.name));
  const asked = graph.input.filter((input) => !initialized.has(input.name));
  const given = inputs.map((path, i) => ({ name: asked[i]?.name, ...stored(path, asked[i]?.type) }));
  const bare = changed(GRAPH, graph, {
    valueInfo: [],
    output: graph.output.map(({ name: output }) => ({ name: output, type: undefined })),
  });
  // Inputs whose file leaves extents open get those of the stored inputs.
  const sized = changed(GRAPH, bare, {
    input: bare.input.map((input) => {
      const tensor = given.find((one) => one.name === input.name)?.tensor;
      if (tensor === undefined || input.type?.tensorType === undefined) return input;
      const shape = { dim: tensor.dims.map((dimValue) => ({ dimValue, dimParam: undefined })) };
      return {
        ...input,
        type: changed(TYPE, input.type, { tensorType: { elemType: input.type.tensorType.elemType, shape } }),
      };
    }),
  });
  const filled = changed(GRAPH, sized, {
    input: sized.input.filter(
      (input) => !given.some((one) => one.name === input.name && one.tensor !== undefined),
    ),
    initializer: [
      ...graph.initializer,
      ...given.flatMap(({ name: input, tensor }) =>
        tensor === undefined ? [] : [changed(TENSOR, tensor, { name: input })],
      ),
    ],
  });
  try {
    for (const [content, variant] of [
      [false, sized],
      [true, filled],
    ] as const) {
      const lowerer = new Lowerer({ name, file: name });
      const inferred = inferModel(model, variant, file, lowerer);
      const found = inferred.results.map(describe);
      if (found.every((one, i) => one === expected[i])) tally[content ? 'exactWithContent' : 'exact']++;
      else if (!found.every((one, i) => agrees(one, expected[i] ?? ''))) {
        tally.wrong.push(
          `${name}${content ? ' (content known)' : ''}: ${found.join(' ')} for ${expected.join(' ')}`,
        );
      } else if (content) tally.unknown.push(`${name}: ${found.join(' ')} for ${expected.join(' ')}`);
      const lowered = lowerer.finish(inferred).graph;
      const malformed = validate(lowered);
      if (malformed.length > 0) tally.wrong.push(`${name}: ${malformed[0] ?? ''}`);
      profile(lowered);
    }
  } catch (error) {
    const text =
      error instanceof ProfileError
        ? error.message
        : error instanceof Error
          ? (error.stack ?? '')
          : String(error);
    tally.wrong.push(`${name}: ${text.slice(0, 600)}`);
  }
}

for (const folder of ['node', 'simple', 'pytorch-converted', 'pytorch-operator']) {
  for (const name of readdirSync(join(data, folder)).sort()) {
    const set = join(data, folder, name, 'test_data_set_0');
    const file = join(data, folder, name, 'model.onnx');
    if (!existsSync(file) || !existsSync(set)) continue;
    const files = readdirSync(set);
    const numbered = (kind: string): string[] =>
      files
        .filter((one) => one.startsWith(kind) && one.endsWith('.pb'))
        .sort((a, b) => Number(/\d+/.exec(a)?.[0]) - Number(/\d+/.exec(b)?.[0]))
        .map((one) => join(set, one));
    check(folder, name, file, numbered('output_'), numbered('input_'));
  }
}
for (const name of readdirSync(join(data, 'light')).sort()) {
  if (!name.endsWith('.onnx')) continue;
  const file = join(data, 'light', name);
  check('light', name, file, [file.replace(/\.onnx$/, '_output_0.pb')], []);
}

const listed = process.argv.indexOf('--list');
const wanted = listed < 0 ? undefined : process.argv[listed + 1];
let wrong = 0;
process.stdout.write('category         models  exact  exact with content  partly unknown  wrong\n');
const sum = { models: 0, exact: 0, exactWithContent: 0, unknown: 0, wrong: 0 };
for (const [category, tally] of [...tallies].sort(([a], [b]) => a.localeCompare(b))) {
  wrong += tally.wrong.length;
  sum.models += tally.models;
  sum.exact += tally.exact;
  sum.exactWithContent += tally.exactWithContent;
  sum.unknown += tally.unknown.length;
  sum.wrong += tally.wrong.length;
  process.stdout.write(
    `${category.padEnd(16)} ${String(tally.models).padStart(6)} ${String(tally.exact).padStart(6)} ${String(tally.exactWithContent).padStart(19)} ${String(tally.unknown.length).padStart(15)} ${String(tally.wrong.length).padStart(6)}\n`,
  );
  if (wanted === category || wanted === 'all')
    for (const line of tally.unknown) process.stdout.write(`  unknown ${line}\n`);
  for (const line of tally.wrong) process.stdout.write(`  wrong ${line}\n`);
}
process.stdout.write(`all ${JSON.stringify(sum)}\n`);
process.exitCode = wrong === 0 ? 0 : 1;
