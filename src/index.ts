export {
  METRIC_INFO,
  profile,
  type Profile,
  type ProfileOptions,
  type ProfileRow,
} from './analysis/profile.ts';
export type { Bottleneck, HistogramBin } from './analysis/bottleneck.ts';
export { ProfileError, formatDiagnostic, type Diagnostic, type Origin } from './diagnostics.ts';
export { fromDarknet, readDarknet, type DarknetOptions } from './formats/darknet/read.ts';
export { writeDarknet } from './formats/darknet/write.ts';
export { readJson } from './formats/json/read.ts';
export { writeJson } from './formats/json/write.ts';
export { bind } from './graph/bind.ts';
export { GraphBuilder } from './graph/builder.ts';
export {
  withDType,
  type Dim,
  type Graph,
  type Layer,
  type OpNode,
  type Tensor,
  type TensorId,
} from './graph/graph.ts';
export { activationTimeline, buffers, peakActivations, type Buffer, type Peak } from './graph/liveness.ts';
export { Network, graph, type ConvOptions, type NetworkOptions, type PoolOptions } from './graph/network.ts';
export { validate } from './graph/validate.ts';
export * from '../architectures/blocks.ts';
export type { Architecture, PrintedRow } from '../architectures/architecture.ts';
export { buildNetwork, findNetwork, zoo, type NetworkInput } from '../architectures/zoo.ts';
