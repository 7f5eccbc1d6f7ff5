import type { ProcessSamples } from '../analysis/measurement/measurement.ts';

/** What the parent asks of a child process; each request has one answer. */
export type Request =
  | ({ readonly kind: 'save' } & SaveRequest)
  | ({ readonly kind: 'check' } & CheckRequest)
  | ({ readonly kind: 'measure' } & MeasureRequest);

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

/** Loads a model and saves the graph as the runtime sees it. */
export interface SaveRequest extends SessionSettings {
  readonly model: string;
  readonly saveTo: string;
  /** whether stored tensors go into a file of their own, since one protobuf file ends at 2 GiB */
  readonly large: boolean;
}

/** Runs a model twice on the same input: unoptimised on the CPU, and as asked. */
export interface CheckRequest extends SessionSettings {
  readonly model: string;
  readonly seed: number;
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
  /**
   * The graph that the runtime made of it and saved, which is what runs under the profiler: another session names
   * some nodes in another order. Absent: the model itself.
   */
  readonly optimised?: string;
}

export type Answer<R extends Request> = R extends { readonly kind: 'save' }
  ? SaveAnswer
  : R extends { readonly kind: 'check' }
    ? CheckAnswer
    : MeasureAnswer;

export interface SaveAnswer {
  readonly runtime: string;
}

export interface CheckAnswer {
  readonly outputs: readonly OutputComparison[];
}

/** How two results for one output differ. */
export interface OutputComparison {
  readonly name: string;
  readonly dtype: string;
  /** largest difference over largest magnitude; of whole numbers, the part that differs */
  readonly relativeError: number;
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
  readonly node: string;
  readonly op: string;
  readonly provider: string;
  readonly us: number;
}

/** What the child tells of itself, between the answers. */
export type Message =
  | { readonly kind: 'answer'; readonly answer: SaveAnswer | CheckAnswer | MeasureAnswer }
  | { readonly kind: 'failed'; readonly reason: string; readonly code?: 'missing' | 'native' }
  /** something is about to be done that can take long, or crash */
  | { readonly kind: 'step'; readonly step: string; readonly done?: number };
