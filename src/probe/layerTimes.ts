import type {
  LatencyClock,
  MeasuredKernel,
  MeasuredLayer,
  NetworkMeasurement,
} from '../analysis/measurement/measurement.ts';
import { apportion, latencyQuantile, median } from '../analysis/measurement/statistics.ts';
import type { Profile, ProfileRow } from '../analysis/profile.ts';
import { DTYPES, byteLength, type DType } from '../ops/dtype.ts';
import type { Attribution, KernelOwner } from './attribute.ts';
import type { KernelTime, ModelTimes } from './messages.ts';
import type { RuntimeGraph } from './runtimeGraph.ts';

/** The kernels of a model, each with its least time over all runs of all processes. */
export interface MergedTrace {
  readonly kernels: readonly KernelTime[];
  readonly runs: number;
  /** microseconds of a run that are no kernel's: starting kernels, and the call */
  readonly executorUs: number;
  /** profiled over unprofiled run time, less 1 */
  readonly overhead: number;
}

/**
 * All traces of a model as one; undefined where the provider gives none.
 *
 * @param dispatchUs microseconds that the runtime needs to start a kernel
 */
export function mergedTrace(
  times: readonly ModelTimes[],
  dispatchUs: number,
  clock: LatencyClock,
): MergedTrace | undefined {
  const traces = times.flatMap(({ trace }) => trace ?? []);
  const [first] = traces;
  if (first === undefined) return undefined;
  const least = new Map<string, number>();
  for (const { kernels } of traces) {
    for (const { node, us } of kernels)
      least.set(node, Math.min(least.get(node) ?? Number.POSITIVE_INFINITY, us));
  }
  return {
    kernels: first.kernels.map((kernel) => ({ ...kernel, us: least.get(kernel.node) as number })),
    runs: traces.reduce((sum, { runs }) => sum + runs, 0),
    executorUs: Math.min(...traces.map(({ callUs }) => callUs)) + first.kernels.length * dispatchUs,
    overhead: median(
      times.map(
        ({ samples, profiled }) => latencyQuantile(profiled[clock]) / latencyQuantile(samples[clock]) - 1,
      ),
    ),
  };
}

type LayerTimes = Pick<NetworkMeasurement, 'layers'> &
  Required<Pick<NetworkMeasurement, 'executorNs' | 'profiling'>>;

/**
 * The latency, split among layers and the executor: whole nanoseconds, whose sum is the latency exactly.
 * On a CPU, kernels and executor are scaled to the latency: profiling makes both longer. A GPU's clock is its
 * own: its kernels are as long as it says, and the rest of the latency is the executor's.
 */
export function layerTimes(
  ns: number,
  trace: MergedTrace,
  onCpu: boolean,
  optimised: RuntimeGraph,
  attribution: Attribution,
  { network, layers }: Profile,
): LayerTimes {
  const dtype = DTYPES.find((each) => each === network.inputs[0]?.dtype) ?? 'float32';
  const parts = ownedKernels(trace, optimised, attribution).flatMap(({ kernel, owner }) =>
    owner.layers.map(({ layer, part }) => ({ kernel, owner, layer, us: kernel.us * part })),
  );
  const kernelUs = trace.kernels.reduce((sum, { us }) => sum + us, 0);
  const executorUs = onCpu ? trace.executorUs : Math.max(0, ns / 1000 - kernelUs);
  const times = apportion(ns, [executorUs, ...parts.map(({ us }) => us)]);
  const byLayer = new Map<number, { readonly kernels: MeasuredKernel[]; ns: number; reorderNs: number }>();
  for (const [i, { kernel, owner, layer }] of parts.entries()) {
    const time = times[i + 1] as number;
    const own = byLayer.get(layer) ?? { kernels: [], ns: 0, reorderNs: 0 };
    byLayer.set(layer, own);
    own.ns += time;
    if (owner.reorder) own.reorderNs += time;
    const others = [...owner.fused, ...owner.layers.map((each) => each.layer)].filter(
      (each) => each !== layer,
    );
    own.kernels.push({
      op: kernel.op,
      provider: kernel.provider,
      ns: time,
      ...(others.length === 0 ? {} : { fused: others.sort((a, b) => a - b) }),
    });
  }
  return {
    layers: layers.map((row) => measuredLayer(row, byLayer.get(row.index), attribution, dtype)),
    executorNs: times[0] as number,
    profiling: { overhead: trace.overhead, kernels: trace.kernels.length, runs: trace.runs },
  };
}

function measuredLayer(
  { index, name, kind, detail, stage, origin, flops, memoryAccessCost }: ProfileRow,
  own: Pick<MeasuredLayer, 'kernels' | 'ns' | 'reorderNs'> | undefined,
  { absent }: Attribution,
  dtype: DType,
): MeasuredLayer {
  const bytes = memoryAccessCost === undefined ? undefined : byteLength(dtype, memoryAccessCost);
  return {
    index,
    name,
    kind,
    ...(detail === undefined ? {} : { detail }),
    stage,
    origin,
    ...(own ?? { ns: 0, reorderNs: 0, kernels: [], absent: absent.get(index) ?? { why: 'empty', into: [] } }),
    ...(flops === undefined ? {} : { flops }),
    ...(bytes === undefined ? {} : { bytes }),
  };
}

interface OwnedNode {
  /** operator with its domain, which profiles leave out */
  readonly op: string;
  readonly owner?: KernelOwner;
}

/** Kernels with their owners; one that the saved graph does not show belongs to whom the one before it does. */
function ownedKernels(
  { kernels }: MergedTrace,
  optimised: RuntimeGraph,
  attribution: Attribution,
): readonly { readonly kernel: KernelTime; readonly owner: KernelOwner }[] {
  const byName = new Map<string, OwnedNode>();
  const nameless = new Map<string, OwnedNode[]>();
  for (const [i, { name, op }] of optimised.nodes.entries()) {
    const owned = { op, owner: attribution.kernels[i] as KernelOwner };
    if (name !== '') byName.set(name, owned);
    else nameless.set(op, [...(nameless.get(op) ?? []), owned]);
  }
  let before: KernelOwner | undefined;
  return kernels.map((kernel) => {
    const unknown: OwnedNode = { op: kernel.op };
    const { op, owner = before } = byName.get(kernel.node) ?? nameless.get(kernel.op)?.shift() ?? unknown;
    if (owner === undefined)
      throw new RangeError(`kernel ${kernel.node} belongs to no node of the saved graph`);
    before = owner;
    return { kernel: { ...kernel, op }, owner };
  });
}
