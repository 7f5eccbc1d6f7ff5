/** One event of onnxruntime's profile, as far as it is used. Times in microseconds. */
export interface TraceEvent {
  readonly cat: string;
  readonly name: string;
  readonly ts: number;
  readonly dur: number;
  readonly args?: { readonly op_name?: string; readonly provider?: string; readonly parent_name?: string };
}

/** The kernels of one run. */
export interface TracedRun {
  /** of the whole run, within the runtime */
  readonly runUs: number;
  readonly kernels: readonly TracedKernel[];
}

export interface TracedKernel {
  readonly node: string;
  readonly op: string;
  readonly provider: string;
  readonly us: number;
}

const SUFFIX = '_kernel_time';
const CPU_PROVIDER = 'CPUExecutionProvider';

/**
 * The kernels of each run in a profile, in order of execution. A kernel that holds others (a loop, a branch) has
 * their time. On a GPU a kernel's time is what the GPU measured of all programs that it started; that of
 * starting them is no kernel time.
 *
 * @returns undefined where kernels ran on a GPU and the provider gives no time of theirs
 */
export function tracedRuns(events: readonly TraceEvent[]): readonly TracedRun[] | undefined {
  const runs = events.filter(({ cat, name }) => cat === 'Session' && name === 'model_run').sort(byStart);
  const nodes = events.filter(isKernel).sort(byStart);
  const [programs, launched] = [programsOf(events), launchedBy(events)];
  if (nodes.some(isOnGpu) && programs.size + launched.size === 0) return undefined;

  const timeOf = (event: TraceEvent, run: number): number =>
    isOnGpu(event)
      ? (launched.get(event) ?? programTime(programs.get(nodeOf(event)), run, runs.length))
      : event.dur;
  let next = 0;
  return runs.map(({ ts, dur }, run) => {
    const kernels: { node: string; op: string; provider: string; us: number }[] = [];
    let outer: TraceEvent | undefined;
    for (let event = nodes[next]; event !== undefined && event.ts <= ts + dur; event = nodes[++next]) {
      const us = timeOf(event, run);
      const last = kernels.at(-1);
      if (outer !== undefined && last !== undefined && event.ts + event.dur <= outer.ts + outer.dur) {
        if (isOnGpu(outer)) last.us += us;
        continue;
      }
      outer = event;
      const { op_name: op = '', provider = '' } = event.args ?? {};
      kernels.push({ node: nodeOf(event), op, provider, us });
    }
    return { runUs: dur, kernels };
  });
}

const isKernel = ({ cat, name }: TraceEvent): boolean => cat === 'Node' && name.endsWith(SUFFIX);

const nodeOf = ({ name }: TraceEvent): string => name.slice(0, -SUFFIX.length);

const isOnGpu = ({ args }: TraceEvent): boolean => args?.provider !== CPU_PROVIDER;

const byStart = (a: TraceEvent, b: TraceEvent): number => a.ts - b.ts || b.dur - a.dur;

/**
 * What CUDA ran for each event of a node, which the profile has right behind it, with the node's event as
 * `parent_name`. What was started outside of nodes (copies of inputs and results) has another parent or none.
 *
 * @source onnxruntime, core/providers/cuda/cupti_manager.cc, ProcessActivityBuffers, and gpu_profiler_common.h,
 *   GPUProfilerBase::MergeEvents; only where it was built with --enable_cuda_profiling
 */
function launchedBy(events: readonly TraceEvent[]): ReadonlyMap<TraceEvent, number> {
  const times = new Map<TraceEvent, number>();
  let parent: TraceEvent | undefined;
  let found = false;
  for (const event of events) {
    if (isKernel(event)) {
      parent = event;
      if (isOnGpu(event)) times.set(event, 0);
    } else if (event.cat === 'Kernel' && event.args?.parent_name === parent?.name) {
      const before = parent && times.get(parent);
      if (parent === undefined || before === undefined) continue;
      times.set(parent, before + event.dur);
      found = true;
    }
  }
  return found ? times : new Map();
}

/** Durations of every GPU program, by node and by program, in order of execution. */
type Programs = ReadonlyMap<string, ReadonlyMap<string, readonly number[]>>;

/** WebGPU names a program `node&Operator&Program`. Their clock is not that of the runs. */
function programsOf(events: readonly TraceEvent[]): Programs {
  const programs = new Map<string, Map<string, number[]>>();
  for (const { cat, name, dur } of events) {
    if (cat !== 'Api') continue;
    const [node = ''] = name.split('&', 1);
    const ofNode = programs.get(node) ?? new Map<string, number[]>();
    programs.set(node, ofNode);
    ofNode.set(name, [...(ofNode.get(name) ?? []), dur]);
  }
  return programs;
}

/** GPU time of a node in one run, counted from the last run: what only the first one did came before. */
function programTime(
  programs: ReadonlyMap<string, readonly number[]> | undefined,
  run: number,
  runs: number,
): number {
  let total = 0;
  for (const durations of programs?.values() ?? []) {
    const perRun = Math.floor(durations.length / runs);
    const from = durations.length - (runs - run) * perRun;
    for (const duration of durations.slice(from, from + perRun)) total += duration;
  }
  return total;
}
