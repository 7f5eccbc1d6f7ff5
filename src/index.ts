export { profile, type Profile, type ProfileOptions, type ProfileRow } from './analysis/profile.ts';
export type { Bottleneck, HistogramBin } from './analysis/bottleneck.ts';
export { ProfileError, formatDiagnostic, type Diagnostic, type Origin } from './diagnostics.ts';
export { bind } from './graph/bind.ts';
export { GraphBuilder } from './graph/builder.ts';
export { withDType, type Dim, type Graph, type Layer, type OpNode, type Tensor, type TensorId } from './graph/graph.ts';
export { activationTimeline, buffers, peakActivations, type Buffer, type Peak } from './graph/liveness.ts';
export { Network, graph, type ConvOptions, type NetworkOptions, type PoolOptions } from './graph/network.ts';
export { validate } from './graph/validate.ts';
