import type { ProcessSamples } from '../analysis/measurement/measurement.ts';

/** What the parent asks of a child process; each request has one answer. */
export type Request =
  ({ readonly kind: 'inspect' } & InspectRequest) | ({ readonly kind: 'measure' } & MeasureRequest);

/** How a model is to be run. */
export interface SessionSettings {
  /** what its kernels run on */
  readonly device: RuntimeDevice;
  /** of graph optimisation */
  readonly level: OptimisationLevel;
  /** of one run */
  readonly threads: number;
}

/** What onnxruntime can run kernels on. */
export const RUNTIME_DEVICES = ['cpu', 'webgpu', 'cuda', 'dml', 'coreml'] as const;
/** One of RUNTIME_DEVICES. */
export type RuntimeDevice = (typeof RUNTIME_DEVICES)[number];

/** How far onnxruntime rewrites a graph before it runs it, least first. */
export const OPTIMISATION_LEVELS = ['disabled', 'basic', 'extended', 'layout', 'all'] as const;
/** One of OPTIMISATION_LEVELS. */
export type OptimisationLevel = (typeof OPTIMISATION_LEVELS)[number];

/** Has a model loaded twice, saves the graphs as the runtime sees them, and compares the results of a run. */
export interface InspectRequest extends SessionSettings {
  /** what is to be measured */
  readonly model: string;
  /** the same with a name for every node: what is saved is made of this one */
  readonly named: string;
  /** where the graph goes that runs unoptimised on the CPU */
  readonly source: string;
  /** where the graph goes that runs as it is asked for */
  readonly optimised: string;
  /** whether stored tensors go into a file of their own, since one protobuf file ends at 2 GiB */
  readonly large: boolean;
  /** what to compare; absent: nothing runs */
  readonly compare?: {
    readonly feeds: readonly Feed[];
    readonly seed: number;
    readonly outputs: readonly OutputScale[];
  };
}

/** An input: its extents, and its content where it is not made up. */
export interface Feed {
  readonly name: string;
  readonly shape: readonly number[];
  readonly values?: readonly number[];
}

/** On what scale the values of an output are to be compared. */
export interface OutputScale {
  readonly name: string;
  /** they are those of a softmax, behind which differences between large values are gone: logarithms are compared */
  readonly logarithm?: true;
  /** value that they cannot pass: rounding is relative to it, however small they are */
  readonly bound?: number;
  /** that quantised values lie apart */
  readonly step?: number;
}

export interface MeasureRequest extends SessionSettings {
  readonly models: readonly ModelFile[];
  readonly seed: number;
  readonly warmup: number;
  /** rounds, each with one run of every model */
  readonly rounds: { readonly least: number; readonly most: number };
  /** half width of the confidence interval, relative, that ends the rounds early */
  readonly target: number;
  /** after which no further round starts, once there are the least */
  readonly seconds: number;
  /** folder for profiles */
  readonly folder: string;
  /** a model that is a chain of kernels with next to nothing to do, and their number */
  readonly chain: { readonly path: string; readonly kernels: number };
}

/** A model to measure. */
export interface ModelFile {
  readonly path: string;
  readonly feeds: readonly Feed[];
}

export type Answer<R extends Request> = R extends { readonly kind: 'inspect' }
  ? InspectAnswer
  : MeasureAnswer;

export interface InspectAnswer {
  readonly runtime: string;
  /** empty where nothing was compared */
  readonly outputs: readonly OutputComparison[];
}

/** How two results for one output differ. */
export interface OutputComparison {
  readonly name: string;
  readonly dtype: string;
  /** largest difference over the largest magnitude, or over what rounding is relative to where that is more */
  readonly relativeError: number;
  /** part of the values that differ at all */
  readonly differing: number;
  /** root of the mean square of the differences over that of the values about their mean */
  readonly noise: number;
  /** largest difference in steps of quantisation; absent where there are none, or their size is not known */
  readonly steps?: number;
  /** shapes that differ, or reference values that are not finite */
  readonly problem?: 'shape' | 'reference not finite' | 'not finite';
}

export interface MeasureAnswer {
  /** microseconds that the runtime needs to start one kernel, at most: least time of the chain by kernel */
  readonly dispatchUs: number;
  readonly models: readonly ModelTimes[];
}

export interface ModelTimes {
  readonly firstRunNs: number;
  readonly samples: ProcessSamples;
  readonly profiled: ProcessSamples;
  /** absent where the provider does not say what its kernels took */
  readonly trace?: KernelTrace;
}

export interface KernelTrace {
  /** in order of execution, each with its least time over the runs */
  readonly kernels: readonly KernelTime[];
  readonly runs: number;
  /** microseconds of a run outside of the runtime, at least */
  readonly callUs: number;
}

/** One kernel of the optimised graph. */
export interface KernelTime {
  /** the same in every run of every process: the places of its nodes, outermost first, with their names */
  readonly key: string;
  /** position among the kernels of the trace of the one whose branch or body it is in */
  readonly within?: number;
  readonly node: string;
  readonly op: string;
  readonly provider: string;
  /** of all its calls in one run, without what runs inside of it */
  readonly us: number;
  /** times that it runs in one run */
  readonly calls: number;
}

/** What the child tells of itself, between the answers. */
export type Message =
  | { readonly kind: 'answer'; readonly answer: InspectAnswer | MeasureAnswer }
  | { readonly kind: 'failed'; readonly reason: string; readonly code?: 'missing' | 'native' }
  /** something is about to be done that can take long, or crash */
  | { readonly kind: 'step'; readonly step: string; readonly done?: number };
