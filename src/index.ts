export {
  METRIC_INFO,
  profile,
  type Profile,
  type ProfileOptions,
  type ProfileRow,
} from './analysis/profile.ts';
export { readProfile } from './analysis/readProfile.ts';
export {
  diff,
  type Change,
  type Changes,
  type Contribution,
  type Diff,
  type LayerPair,
  type UnlikeSetting,
} from './analysis/diff.ts';
export type { Advice, AdviceColumn } from './analysis/explain/advice.ts';
export { explain, type Explanation } from './analysis/explain/explain.ts';
export type { ConventionTotal, Difference, Reconciliation } from './analysis/explain/reconcile.ts';
export type { Demands, RuleConfig } from './analysis/gate/config.ts';
export { checkDemands } from './analysis/gate/demands.ts';
export type { Cause, Check, LimitCheck, RuleCheck } from './analysis/gate/result.ts';
export type { Bottleneck, HistogramBin } from './analysis/bottleneck.ts';
export type {
  DeviceCost,
  DeviceUsed,
  EnergyCost,
  LatencyCost,
  Rates,
  TrafficCost,
  UtilizationCost,
} from './analysis/device/cost.ts';
export { inDeviceType, withDeviceCost } from './analysis/device/withDeviceCost.ts';
export type { HardwareOptions } from './metrics/hardware.ts';
export type {
  Calibration,
  Device,
  FeatureCalibration,
  Figure,
  KernelCalibration,
  MemoryLevel,
  ProcessingArray,
} from './devices/device.ts';
export type { EnergyTable } from './devices/energyTable.ts';
export { DEVICES, deviceById, energyTableById, energyTableOf } from './devices/registry.ts';
export { readDevice, readEnergyTable } from './devices/validate.ts';
export { ProfileError, formatDiagnostic, type Diagnostic, type Origin } from './diagnostics.ts';
export { bytesSource, type ByteSource } from './formats/byteSource.ts';
export { fromDarknet, readDarknet, type DarknetOptions } from './formats/darknet/read.ts';
export { writeDarknet } from './formats/darknet/write.ts';
export type { ReadNetwork, WriteOptions, Written } from './formats/format.ts';
export { readJson } from './formats/json/read.ts';
export { writeJson } from './formats/json/write.ts';
export {
  bindInputs,
  type BoundInputs,
  type OpenExtent,
  type StatedExtent,
  type StatedInput,
  type WantedExtents,
} from './graph/bind.ts';
export { readModel, writeModel, type BlobLike, type ReadModelOptions } from './formats/model.ts';
export { fromOnnx, type OnnxOptions } from './formats/onnx/read.ts';
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
export { calibratedDevice, type MeasuredDevice } from './latency/kernels/device.ts';
export type { AttributedKernel, Kernel, KernelWindow } from './latency/kernels/kernel.ts';
export {
  predictKernels,
  type KernelModel,
  type MeasuredKernels,
  type PredictedKernel,
} from './latency/kernels/model.ts';
export { linearLayer, matMulLayer, type ConvLayer } from './latency/convLayer.ts';
export { networkEnergy, type NetworkEnergy, type NetworkEnergyOptions } from './latency/networkEnergy.ts';
export {
  networkLatency,
  type LatencyOptions,
  type LayerLatency,
  type NetworkLatency,
} from './latency/networkLatency.ts';
export {
  networkTraffic,
  networkTrafficCurve,
  type ChainTraffic,
  type LayerTraffic,
  type NetworkTraffic,
  type NetworkTrafficCurve,
  type NetworkTrafficOptions,
} from './latency/networkTraffic.ts';
export {
  networkUtilization,
  type ArrayShape,
  type LayerUtilization,
  type NetworkUtilization,
} from './latency/networkUtilization.ts';
export { rowStationaryConv, type RowStationaryCost } from './latency/rowStationary.ts';
export { scaleSimDram, type ScaleSimDram } from './latency/scalesim.ts';
export { systolicConv, type SystolicArray, type SystolicCost } from './latency/systolic.ts';
export {
  leastDramTraffic,
  trafficBounds,
  trafficCurve,
  type DramTraffic,
  type TrafficBounds,
  type TrafficOptions,
} from './latency/traffic.ts';
export type { DType } from './ops/dtype.ts';
export { square, type Window } from './ops/window.ts';
export * from '../architectures/blocks.ts';
export type { Architecture, PrintedRow } from '../architectures/architecture.ts';
export { buildNetwork, findNetwork, zoo, type NetworkInput } from '../architectures/zoo.ts';
