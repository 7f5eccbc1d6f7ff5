import { i8, i32, i64, flag, i32s, i64s, options, options2, type Field } from './schema.ts';

/** How many entries a vector has, which are not read. */
const countOf =
  (field: number): Field<number> =>
  (table) =>
    table?.range(field)?.length ?? 0;

const text =
  (field: number): Field<string> =>
  (table) =>
    table?.text(field) ?? '';

/** What is read of the options of operators that few networks have, by the name of their table. */
export const RARE_OPTIONS = {
  SVDF: options(6, { rank: i32(0), fused: i8(1) }),
  LSTM: options(14, { fused: i8(0), kernel: i8(3) }),
  Call: options(16, { subgraph: i32(0) }),
  EmbeddingLookupSparse: options(20, { combiner: i8(0) }),
  SequenceRNN: options(31, { timeMajor: flag(0), fused: i8(1) }),
  BidirectionalSequenceLSTM: options(69, { merge: flag(3), timeMajor: flag(4, true) }),
  BidirectionalSequenceRNN: options(70, { timeMajor: flag(0), fused: i8(1), merge: flag(2) }),
  UnidirectionalSequenceLSTM: options(71, { fused: i8(0), timeMajor: flag(3) }),
  If: options(92, { then: i32(0), otherwise: i32(1) }),
  While: options(93, { condition: i32(0), body: i32(1) }),
  Bucketize: options(115, { boundaries: countOf(0) }),
  StablehloConvolution: options2(4, {
    strides: i64s(0),
    padding: i64s(1),
    spread: i64s(2),
    dilations: i64s(3),
    inputBatch: i64(5),
    inputFeature: i64(6),
    inputSpatial: i64s(7),
    kernelInput: i64(8),
    kernelOutput: i64(9),
    kernelSpatial: i64s(10),
    outputBatch: i64(11),
    outputFeature: i64(12),
    outputSpatial: i64s(13),
    groups: i64(14),
    batchGroups: i64(15),
  }),
  StablehloReduce: options2(6, { dimensions: i64s(0), body: i32(1) }),
  StablehloScatter: options2(7, { body: i32(6) }),
  StablehloDotGeneral: options2(12, {
    leftBatch: i64s(0),
    rightBatch: i64s(1),
    leftContracting: i64s(2),
    rightContracting: i64s(3),
  }),
  StablehloReduceWindow: options2(13, {
    window: i64s(0),
    strides: i64s(1),
    baseDilations: i64s(2),
    windowDilations: i64s(3),
    padding: i64s(4),
    body: i32(5),
  }),
  StablehloSort: options2(14, { dimension: i64(0) }),
  StablehloWhile: options2(15, { condition: i32(0), body: i32(1) }),
  ReduceWindow: options2(20, { fn: i32(0) }),
  StablehloComposite: options2(21, { name: text(0), subgraph: i32(1) }),
  StablehloCase: options2(23, { branches: i32s(0) }),
} as const;

/** What the numbers of `CombinerType` mean. */
export const COMBINER = { sum: 0, mean: 1, squareRoot: 2 } as const;

/** The number of `ReduceWindowFunction` that has an operator of ours. */
export const REDUCE_WINDOW_FUNCTION = { maximum: 4 } as const;
