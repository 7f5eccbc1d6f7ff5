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
import type { RuntimeGraph, RuntimeNode } from './runtimeGraph.ts';

/** The kernels of a model, each with its least time over all runs of all processes. */
export interface MergedTrace {
  readonly kernels: readonly KernelTime[];
  /** kernels that one run starts */
  readonly calls: number;
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
    for (const { key, us } of kernels)
      least.set(key, Math.min(least.get(key) ?? Number.POSITIVE_INFINITY, us));
  }
  const calls = first.kernels.reduce((sum, kernel) => sum + kernel.calls, 0);
  return {
    kernels: first.kernels.map((kernel) => ({ ...kernel, us: least.get(kernel.key) as number })),
    calls,
    runs: traces.reduce((sum, { runs }) => sum + runs, 0),
    executorUs: Math.min(...traces.map(({ callUs }) => callUs)) + calls * dispatchUs,
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
    profiling: { overhead: trace.overhead, kernels: trace.calls, runs: trace.runs },
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

/** Kernels with their owners; one that the saved graph does not show belongs to whom the one before it does. */
function ownedKernels(
  { kernels }: MergedTrace,
  optimised: RuntimeGraph,
  attribution: Attribution,
): readonly { readonly kernel: KernelTime; readonly owner: KernelOwner }[] {
  const { nodes } = matchKernels(kernels, optimised);
  let before: KernelOwner | undefined;
  return kernels.map((kernel, i) => {
    const node = nodes[i];
    const owner = node === undefined ? before : attribution.kernels[node];
    if (owner === undefined)
      throw new RangeError(`kernel ${kernel.node} belongs to no node of the saved graph`);
    before = owner;
    // Profiles leave out the domain.
    const op = node === undefined ? kernel.op : (optimised.nodes[node] as RuntimeNode).op;
    return { kernel: { ...kernel, op }, owner };
  });
}

/** Which nodes of the saved graph the kernels of a trace are. */
export interface MatchedKernels {
  /** position of the node of each kernel; undefined where the graph shows none */
  readonly nodes: readonly (number | undefined)[];
  /** whether the session that was traced runs the nodes of the saved graph, each once, and no others */
  readonly same: boolean;
}

/**
 * Matches the kernels of a session with the nodes that another one saved of the same model. Sessions of one model run
 * independent nodes in different orders and deal out the names of those that change layouts anew, so a node is known
 * by its name where the model or its optimiser names it, else by its order among the nameless of its operator; a
 * change of layout by the kernel that made what it reads.
 */
export function matchKernels(kernels: readonly KernelTime[], { nodes }: RuntimeGraph): MatchedKernels {
  const found: (number | undefined)[] = kernels.map(() => undefined);
  const inside = childrenOf(kernels.map(({ within }) => within));
  const bodies = childrenOf(nodes.map(({ within }) => within));
  let same = true;
  const match = (list: readonly number[], candidates: readonly number[]): void => {
    const branches = new Set(candidates.map((node) => nodes[node]?.branch));
    const body = [...branches]
      .map((branch) => candidates.filter((node) => nodes[node]?.branch === branch))
      .find((each) => isPermutation(list, each));
    if (body === undefined && list.length > 0) same = false;
    const matched = matchNodes(
      list.map((kernel) => kernels[kernel] as KernelTime),
      body ?? candidates,
      nodes,
    );
    for (const [i, kernel] of list.entries()) {
      const node = matched[i];
      found[kernel] = node;
      match(inside.get(kernel) ?? [], (node === undefined ? undefined : bodies.get(node)) ?? []);
    }
  };
  const isPermutation = (list: readonly number[], body: readonly number[]): boolean =>
    list
      .map((kernel) => kernels[kernel]?.op)
      .sort()
      .join() ===
    body
      .map((node) => plainOp(nodes[node] as RuntimeNode))
      .sort()
      .join();
  match(inside.get(undefined) ?? [], bodies.get(undefined) ?? []);
  return { nodes: found, same };
}

const LAYOUT = 'ReorderOutput';

function matchNodes(
  kernels: readonly KernelTime[],
  candidates: readonly number[],
  nodes: readonly RuntimeNode[],
): readonly (number | undefined)[] {
  const free = new Map<string, number[]>();
  const layouts = new Set<number>();
  const makers = new Map<string, number>();
  for (const index of candidates) {
    const node = nodes[index] as RuntimeNode;
    for (const value of node.outputs) makers.set(value, index);
    if (plainOp(node) === LAYOUT) layouts.add(index);
    else addTo(free, node.name === '' ? namelessKey(plainOp(node)) : node.name, index);
  }
  const ran = new Map<number, number>();
  const startOf = (layout: number): number => ran.get(makers.get(nodes[layout]?.inputs[0] ?? '') ?? -1) ?? -1;
  return kernels.map(({ node, op }, i) => {
    let index: number | undefined;
    if (op === LAYOUT) {
      for (const layout of layouts)
        if (index === undefined || startOf(layout) > startOf(index)) index = layout;
      if (index !== undefined) layouts.delete(index);
    } else index = (free.get(node) ?? free.get(namelessKey(op)))?.shift();
    if (index !== undefined) ran.set(index, i);
    return index;
  });
}

/** No name of a node. */
const namelessKey = (op: string): string => `\0${op}`;

function addTo(lists: Map<string, number[]>, key: string, value: number): void {
  const list = lists.get(key);
  if (list === undefined) lists.set(key, [value]);
  else list.push(value);
}

const plainOp = ({ op }: RuntimeNode): string => op.slice(op.lastIndexOf('.') + 1);

/** Positions by that of what they are in. */
function childrenOf(within: readonly (number | undefined)[]): ReadonlyMap<number | undefined, number[]> {
  const children = new Map<number | undefined, number[]>();
  for (const [index, outer] of within.entries()) {
    const list = children.get(outer);
    if (list === undefined) children.set(outer, [index]);
    else list.push(index);
  }
  return children;
}
