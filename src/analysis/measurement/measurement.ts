import type { Diagnostic, Origin } from '../../diagnostics.ts';
import type { Profile } from '../profile.ts';

/** Version of the measurement JSON; it changes when a field changes its name or meaning. */
export const MEASUREMENT_VERSION = 1;

/** What was measured in one invocation of the probe: several networks, interleaved, on one machine. */
export interface Measurement {
  /** the machine that measured */
  readonly environment: Environment;
  /** how it measured */
  readonly settings: ProbeSettings;
  /** in the order given */
  readonly networks: readonly NetworkMeasurement[];
  /** each further network against the first; paired within processes, so that what both suffer cancels */
  readonly ratios: readonly LatencyRatio[];
  /** what makes the numbers less sure than they look */
  readonly warnings: readonly Diagnostic[];
}

/** The machine, without anything that identifies it or its user. */
export interface Environment {
  /** what measured, where that was not this tool: `TensorRT trtexec`, of the file that was imported */
  readonly importedFrom?: { readonly tool: string; readonly file: string };
  /** the processor as it names itself; absent where an imported file does not say */
  readonly cpu?: {
    readonly model: string;
    readonly logicalCores: number;
    /** instruction sets that decide which kernels run */
    readonly flags: readonly string[];
    readonly governor?: string;
  };
  /** accelerator that ran the kernels, where its name could be found out */
  readonly accelerator?: string;
  /** of the machine; absent where an imported file does not say */
  readonly memoryBytes?: number;
  /** name, version and architecture; absent where an imported file does not say */
  readonly os?: string;
  /** processes that wanted a core, over the minute before and the minute before the end */
  readonly load?: { readonly before: number; readonly after: number };
  /** of what ran */
  readonly versions: { readonly node?: string; readonly browser?: string; readonly onnxruntime?: string };
  /** of a page: whether it is isolated from others; else its clock has steps of 100 us, and the runtime one thread */
  readonly isolated?: boolean;
  /** ISO 8601, to the day */
  readonly date: string;
}

/** The machine that runs this tool, of which all of it is known. */
export interface LocalEnvironment extends Environment {
  /** the processor as it names itself */
  readonly cpu: NonNullable<Environment['cpu']>;
  /** of the machine */
  readonly memoryBytes: number;
  /** name, version and architecture */
  readonly os: string;
  /** of what ran */
  readonly versions: { readonly node: string; readonly onnxruntime: string };
}

/** How networks were measured. */
export interface ProbeSettings {
  /** what its kernels run on */
  readonly device: string;
  /** onnxruntime's level of graph optimisation; absent where another tool measured */
  readonly level?: string;
  /** of one run; absent where an imported file does not say */
  readonly threads?: number;
  /** runs of each process before those that count; absent where an imported file does not say */
  readonly warmup?: number;
  /** fresh processes that measured */
  readonly processes: number;
  /** of the random weights and inputs; absent where another tool measured */
  readonly seed?: number;
}

/** What a latency is: the 25th percentile of CPU time (one thread on the CPU), or of elapsed time. */
export type LatencyClock = 'cpu' | 'wall';

/** One network's latency, whole and by layer. */
export interface NetworkMeasurement {
  /** as its profile says */
  readonly network: Profile['network'];
  /** of the whole */
  readonly latency: LatencySummary;
  /** in nanoseconds, run by run, of each process: what every statistic here is computed from */
  readonly samples: readonly ProcessSamples[];
  /** whether it computed what it should; absent where another tool measured, and did not say */
  readonly agreement?: Agreement;
  /** what a calibration expected; absent where none was asked */
  readonly prediction?: LatencyPrediction;
  /** empty where the provider says nothing about its kernels, and only the whole could be timed */
  readonly layers: readonly MeasuredLayer[];
  /** what is left of the latency beside the layers: scheduling of kernels, copies, the call itself */
  readonly executorNs?: number;
  /** what watching the kernels costs; absent where none was watched */
  readonly profiling?: ProfilingOverhead;
}

/** How long one run takes. */
export interface LatencySummary {
  /** whose percentile `ns` is */
  readonly clock: LatencyClock;
  /** nanoseconds, whole; the sum of all layers and the executor exactly */
  readonly ns: number;
  /** 95 % confidence interval over processes and runs; absent where single runs are not known */
  readonly interval?: readonly [low: number, high: number];
  /** CPU time of the runs; absent where another tool measured */
  readonly cpu?: Distribution;
  /** elapsed time of the runs */
  readonly wall: Distribution;
  /** CPU time over elapsed time: below 1 on one thread, others had the core; absent where another tool measured */
  readonly utilisation?: number;
  /** first run of the first process, warm-up included; absent where an imported file does not say */
  readonly firstRunNs?: number;
}

/** Run times in nanoseconds, all processes together. */
export interface Distribution {
  /** number of runs */
  readonly n: number;
  /** the fastest run */
  readonly min: number;
  /** a quarter of the runs is as fast */
  readonly p25: number;
  /** half of the runs is as fast */
  readonly median: number;
  /** all runs but a twentieth are as fast */
  readonly p95: number;
  /** median absolute deviation from the median */
  readonly mad: number;
}

/** Runs of one process, or of one worker of a page, in order, in nanoseconds. */
export interface ProcessSamples {
  /** CPU time; empty where it is not told */
  readonly cpu: readonly number[];
  /** elapsed time */
  readonly wall: readonly number[];
}

/** How far the measured session's outputs are from those of an unoptimised session on the CPU, same input. */
export interface Agreement {
  /** largest difference over largest magnitude, over all outputs; of logarithms behind a softmax */
  readonly relativeError: number;
  /** the largest relative error that passes */
  readonly limit: number;
  /** how many were compared */
  readonly outputs: number;
  /** how far a quantised network is off by rounding; absent where the relative error is within its limit */
  readonly rounding?: QuantisedRounding;
}

/** How far results of a quantised network differ, that are as right as others: the worst of all outputs. */
export interface QuantisedRounding {
  /** part of the values that differ */
  readonly differing: number;
  /** root of the mean square of the differences over that of the values about their mean */
  readonly noise: number;
  /** steps of quantisation of the largest difference; absent where their size is not known */
  readonly steps?: number;
}

/** What the calibration of a device expected of a network, before it was measured. */
export interface LatencyPrediction {
  /** id of the device file */
  readonly device: string;
  /** nanoseconds of one run */
  readonly ns: number;
  /** of networks that took no part in the calibration */
  readonly interval: readonly [low: number, high: number];
}

/** What profiling added to a run; it is removed by scaling the kernels to the unprofiled latency. */
export interface ProfilingOverhead {
  /** profiled over unprofiled run time, less 1; absent where only profiled runs are known */
  readonly overhead?: number;
  /** kernels that one run executes */
  readonly kernels: number;
  /** profiled runs that each kernel's minimum is over */
  readonly runs: number;
}

/** One layer: the same index and name as in the profile of the network. */
export interface MeasuredLayer {
  /** of the layer in the profile */
  readonly index: number;
  /** as the profile has it */
  readonly name: string;
  /** as the profile has it */
  readonly kind: string;
  /** as the profile has it */
  readonly detail?: string;
  /** as the profile has it */
  readonly stage: string;
  /** where the user wrote it */
  readonly origin: Origin;
  /** nanoseconds of one run; 0 for a layer without kernels, and `absent` then says why */
  readonly ns: number;
  /** part of `ns` spent on changing data formats between kernels */
  readonly reorderNs: number;
  /** that ran for it, in order of execution */
  readonly kernels: readonly MeasuredKernel[];
  /** why no kernel ran for it */
  readonly absent?: Absence;
  /** nanoseconds that a calibration expected; absent where none was asked */
  readonly predictedNs?: number;
  /** of the layer, by the convention `standard` (2 per MAC); absent where not known */
  readonly flops?: number;
  /** activations in and out and weights, each moved once; absent where not known */
  readonly bytes?: number;
}

/** A kernel's part in a layer. */
export interface MeasuredKernel {
  /** operator as the runtime names it, domain before it: `nchwc.Conv`, `FusedConv`, `ReorderOutput` */
  readonly op: string;
  /** of onnxruntime, that ran it */
  readonly provider: string;
  /** nanoseconds of one run */
  readonly ns: number;
  /** other layers, by index, whose work the kernel does as well */
  readonly fused?: readonly number[];
}

/** Why a layer has no kernel of its own, and the layers that do its work. */
export interface Absence {
  /** what became of it */
  readonly why: 'fused' | 'merged' | 'folded' | 'removed' | 'unused' | 'empty' | 'unseen';
  /** layers that do its work, by index */
  readonly into: readonly number[];
}

/** The latency of one network over that of another. */
export interface LatencyRatio {
  /** indices into `Measurement.networks` */
  readonly network: number;
  /** index of the network that it is relative to */
  readonly reference: number;
  /** latency over that of the reference */
  readonly ratio: number;
  /** 95 % confidence interval; absent where the machine was too busy for a verdict */
  readonly interval?: readonly [low: number, high: number];
  /** ratio within each process */
  readonly processes: readonly number[];
}

/** Achieved arithmetic rate of a layer in FLOP/s; undefined where its FLOPs or its time are not known. */
export const flopsPerSecond = ({ flops, ns }: MeasuredLayer): number | undefined =>
  flops === undefined || flops === 0 || ns === 0 ? undefined : flops / (ns * 1e-9);

/** Achieved rate of memory access of a layer in byte/s, if each tensor crossed the memory once. */
export const bytesPerSecond = ({ bytes, ns }: MeasuredLayer): number | undefined =>
  bytes === undefined || bytes === 0 || ns === 0 ? undefined : bytes / (ns * 1e-9);

/** All kernels of one operator in a network. */
export interface KernelSummary {
  readonly op: string;
  readonly provider: string;
  readonly kernels: number;
  readonly ns: number;
  /** of the layers that spend most of their time in such a kernel; absent where none has known FLOPs */
  readonly flopsPerSecond?: number;
}

/** The kernels of a network by operator, longest first. */
export function kernelSummaries({ layers }: NetworkMeasurement): readonly KernelSummary[] {
  const groups = new Map<
    string,
    { op: string; provider: string; kernels: number; ns: number; flops: number; flopsNs: number }
  >();
  for (const { kernels, flops } of layers) {
    const longest = kernels.reduce<MeasuredKernel | undefined>(
      (found, kernel) => (found === undefined || kernel.ns > found.ns ? kernel : found),
      undefined,
    );
    for (const kernel of kernels) {
      const { op, provider, ns } = kernel;
      const key = `${provider} ${op}`;
      const group = groups.get(key) ?? { op, provider, kernels: 0, ns: 0, flops: 0, flopsNs: 0 };
      groups.set(key, group);
      group.kernels++;
      group.ns += ns;
      if (kernel !== longest || flops === undefined || flops === 0) continue;
      group.flops += flops;
      group.flopsNs += ns;
    }
  }
  return [...groups.values()]
    .sort((a, b) => b.ns - a.ns)
    .map(({ op, provider, kernels, ns, flops, flopsNs }) => ({
      op,
      provider,
      kernels,
      ns,
      ...(flopsNs === 0 ? {} : { flopsPerSecond: flops / (flopsNs * 1e-9) }),
    }));
}
