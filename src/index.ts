import * as operators from './ops/operators.ts';

export {
  profile,
  type Coverage,
  type NetworkPort,
  type Profile,
  type ProfileOptions,
  type ProfileRow,
} from './analysis/profile.ts';
export { byModule } from './analysis/modules.ts';
export { readProfile } from './analysis/readProfile.ts';
export {
  diff,
  type Change,
  type Changes,
  type Contribution,
  type Diff,
  type DiffMetric,
  type LayerPair,
  type UnlikeSetting,
} from './analysis/diff.ts';
export type { Advice, AdviceColumn, Saving } from './analysis/explain/advice.ts';
export { explain, type Explanation } from './analysis/explain/explain.ts';
export type { ConventionTotal, Difference, FlopTerm, Reconciliation } from './analysis/explain/reconcile.ts';
export type {
  Demands,
  GateConfig,
  InputContent,
  MeasureConfig,
  RuleConfig,
  TargetConfig,
} from './analysis/gate/config.ts';
export { readGateConfig, type GateConfigFile } from './analysis/gate/readConfig.ts';
export { checkDemands } from './analysis/gate/demands.ts';
export type { Cause, Check, CheckOutcome, LimitCheck, RuleCheck, Status } from './analysis/gate/result.ts';
export type { Bottleneck, HistogramBin } from './analysis/bottleneck.ts';
export type { ActivationPeak, LiveTensor } from './analysis/peak.ts';
export type {
  DeviceCost,
  DeviceUsed,
  EnergyCost,
  LatencyCost,
  TrafficCost,
  UtilizationCost,
} from './analysis/device/cost.ts';
export { adaptedDevice, type OwnDevice, type OwnMeasurement } from './analysis/device/adapt.ts';
export { compareDevices, type ComparedDevice, type CompareOptions } from './analysis/device/compare.ts';
export { inDeviceType, withDeviceCost } from './analysis/device/withDeviceCost.ts';
export type { HardwareOptions } from './metrics/hardware.ts';
export type {
  ArrayDataflow,
  CalibratedClass,
  Calibration,
  CalibrationFeature,
  CalibrationNetwork,
  CalibrationOrigin,
  Device,
  FeatureCalibration,
  Figure,
  FigureUnit,
  KernelCalibration,
  MeasuredRuntime,
  MemoryLevel,
  PeakFigure,
  ProcessingArray,
  TermCalibration,
  TermSample,
  UnverifiedFigure,
  VerifiedFigure,
} from './devices/device.ts';
export type { AccessPoint, EnergyTable } from './devices/energyTable.ts';
export {
  measuredDevice,
  measuredDevices,
  measuredModels,
  type MeasuredOptions,
} from './devices/measured/load.ts';
export type {
  MeasuredDevice,
  MeasuredModels,
  MeasuredRun,
  MeasuredTable,
  PackedRun,
} from './devices/measured/measured.ts';
export { energyTableById, energyTableOf } from './devices/energyTable.ts';
export { DEVICES, deviceById } from './devices/registry.ts';
export { readDevice, readEnergyTable } from './devices/validate.ts';
export {
  ProfileError,
  formatDiagnostic,
  type Diagnostic,
  type DiagnosticCode,
  type Origin,
} from './diagnostics.ts';
export type { ByteStream, ByteStreamReader } from './formats/blocks.ts';
export { bytesSource, type ByteRange, type ByteSource } from './formats/byteSource.ts';
export { fromDarknet, readDarknet, type DarknetOptions } from './formats/darknet/read.ts';
export { writeDarknet } from './formats/darknet/write.ts';
export type {
  DescribedValue,
  ModelDescription,
  ReadNetwork,
  WriteOptions,
  Written,
} from './formats/format.ts';
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
export {
  describeModel,
  readModel,
  writeModel,
  type BlobLike,
  type ReadModelOptions,
} from './formats/model.ts';
export { fromOnnx, type OnnxOptions } from './formats/onnx/read.ts';
export {
  GraphBuilder,
  type AddOptions,
  type LayerInfo,
  type LayoutInfo,
  type Sketch,
} from './graph/builder.ts';
export {
  withDType,
  type Dim,
  type Graph,
  type GraphPort,
  type Layer,
  type NodeFields,
  type OpNode,
  type Stored,
  type Tensor,
  type TensorId,
} from './graph/graph.ts';
export {
  activationBuffers,
  activationTimeline,
  lifetimesOf,
  peakActivations,
  type ActivationBuffer,
  type Lifetimes,
  type Peak,
} from './graph/liveness.ts';
export {
  Network,
  graph,
  type Activation,
  type ConvOptions,
  type Extent2D,
  type LayerOptions,
  type NetworkOptions,
  type PoolOptions,
} from './graph/network.ts';
export type { LayerView } from './graph/layers.ts';
export { layerSources } from './graph/sources.ts';
export { validate } from './graph/validate.ts';
export { familySource } from './library/sweep.ts';
export { axisValues, type AxisSyntax } from './sweep/axes.ts';
export { DesignEvaluator, type NetworkSource, type SweepSettings } from './sweep/evaluate.ts';
export { frontRanks, paretoFront, type Objective } from './sweep/front.ts';
export { objectivesOfRow } from './sweep/objectives.ts';
export { polynomialText, polynomialThrough, type Fraction, type Polynomial } from './sweep/polynomial.ts';
export { parseRow, rowLine, type DesignRow, type Values } from './sweep/row.ts';
export { samplesOf, type Samples, type Sampling } from './sweep/samples.ts';
export { searchFront, type Evaluate, type SearchOptions } from './sweep/search.ts';
export { DesignSpace, type Axis, type AxisKind, type AxisValue } from './sweep/space.ts';
export type { Names, Rule } from './analysis/gate/rule.ts';
export { constraintsOf } from './sweep/constraints.ts';
export { Inference, type Inferred } from './graph/inference.ts';
export type { Demand } from './latency/demand.ts';
export { ShapeMemo } from './latency/shapeMemo.ts';
export { PAPER_TABLES, reproduce, type PaperTable } from './library/paper.ts';
export { renderProfile, type TextOptions } from './library/profileText.ts';
export {
  chartSpec,
  renderChart,
  renderReport,
  type ChartOptions,
  type ReportOptions,
} from './library/report.ts';
export type { VegaLiteSpec } from './report/charts/chart.ts';
export {
  verdictOf,
  type CostColumn,
  type ParameterCount,
  type PublishedRow,
  type Reproduced,
  type ReproducedRow,
  type Verdict,
} from './analysis/paper/reproduce.ts';
export { readMeasurement } from './analysis/measurement/read.ts';
export {
  bytesPerSecond,
  flopsPerSecond,
  type Absence,
  type Agreement,
  type Distribution,
  type Environment,
  type LatencyClock,
  type LatencyPrediction,
  type LatencyRatio,
  type LatencySummary,
  type MeasuredKernel,
  type MeasuredLayer,
  type Measurement,
  type NetworkMeasurement,
  type ProbeSettings,
  type ProcessSamples,
  type ProfilingOverhead,
  type QuantisedRounding,
} from './analysis/measurement/measurement.ts';
export { calibratedDevice, type CalibratedMachine } from './latency/kernels/device.ts';
export type { AttributedKernel, Kernel, KernelWindow } from './latency/kernels/kernel.ts';
export type { MeasuredKernels } from './latency/kernels/fitKernels.ts';
export { predictKernels, type KernelModel, type PredictedKernel } from './latency/kernels/model.ts';
export { linearLayer, matMulLayer, type ConvLayer } from './latency/convLayer.ts';
export type { Energy, EnergyPart } from './latency/energy.ts';
export {
  networkEnergy,
  type LayerEnergy,
  type NetworkEnergy,
  type NetworkEnergyOptions,
} from './latency/networkEnergy.ts';
export {
  networkLatency,
  type LatencyOptions,
  type LayerLatency,
  type NetworkLatency,
  type Throughput,
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
export type { Bound, RooflineDemand, RooflineTime } from './latency/roofline.ts';
export { rowStationaryConv, type RowStationaryCost } from './latency/rowStationary.ts';
export { scaleSimDram, type ScaleSimDram } from './latency/scalesim.ts';
export { systolicConv, type Dataflow, type SystolicArray, type SystolicCost } from './latency/systolic.ts';
export type { FusedTraffic } from './latency/fusion.ts';
export {
  leastDramTraffic,
  trafficBounds,
  trafficCurve,
  type DramTraffic,
  type OperandBytes,
  type TileLoop,
  type TrafficBounds,
  type TrafficOptions,
} from './latency/traffic.ts';
export { CIO_CONVENTIONS, type CioConvention } from './metrics/conventions/cio.ts';
export {
  FLOP_CONVENTIONS,
  type FlopConvention,
  type FlopSize,
  type FlopWeights,
} from './metrics/conventions/flops.ts';
export { METRICS, type MetricId } from './metrics/registry.ts';
export type {
  Count,
  Hardware,
  HardwareMetric,
  Metric,
  MetricColumn,
  MetricContext,
  MetricInfo,
  Need,
  Place,
} from './metrics/metric.ts';
export { ACTIVATION_WORK } from './ops/activation.ts';
export { PREPARATION_WORK } from './ops/attention.ts';
export { EXPERT_WORK } from './ops/experts.ts';
export { ELEMENTWISE_WORK } from './ops/elementwise.ts';
export { NORMALIZE_WORK } from './ops/normalize.ts';
export { REDUCE_WORK } from './ops/reduce.ts';
export type { DType } from './ops/dtype.ts';
export type { Extent, UnknownExtent } from './ops/extent.ts';
export { operators };
export type { OpAttrs, OpKind } from './ops/registry.ts';
export {
  PARAM_ROLES,
  type ParamRole,
  type Primitive,
  type Shape,
  type TensorType,
  type Work,
  type OpSpec,
  type OpenType,
  type ParamSpec,
  type Problem,
} from './ops/spec.ts';
export type { Bytes, Elements, Energies, Quantity, Seconds } from './units.ts';
export type { FieldTypes, Mismatch, OptionalType, ValueType } from './values.ts';
export { square, type SlidingWindow } from './ops/window.ts';
export * from '../architectures/blocks.ts';
export type { Architecture, PrintedColumn, PrintedRow, Reproduction } from '../architectures/architecture.ts';
export type { Family, Found, GivenValues } from '../architectures/family.ts';
export type {
  ChoiceParameter,
  ImageExtent,
  NumberParameter,
  Parameter,
  Parameters,
  ParameterValue,
  ParameterValues,
} from '../architectures/parameter.ts';
export {
  buildFamily,
  buildNetwork,
  families,
  findFamily,
  findNetwork,
  zoo,
  type NetworkInput,
} from '../architectures/zoo.ts';
