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
  const onGpu = nodes.some(({ args }) => args?.provider !== CPU_PROVIDER);
  const programs = programsOf(events);
  if (onGpu && programs.size === 0) return undefined;

  let next = 0;
  return runs.map(({ ts, dur }, run) => {
    const kernels: TracedKernel[] = [];
    let busyUntil = Number.NEGATIVE_INFINITY;
    for (let event = nodes[next]; event !== undefined && event.ts <= ts + dur; event = nodes[++next]) {
      if (event.ts + event.dur <= busyUntil) continue;
      busyUntil = event.ts + event.dur;
      const node = nodeOf(event);
      const { op_name: op = '', provider = '' } = event.args ?? {};
      const us = provider === CPU_PROVIDER ? event.dur : programTime(programs.get(node), run, runs.length);
      kernels.push({ node, op, provider, us });
    }
    return { runUs: dur, kernels };
  });
}

const isKernel = ({ cat, name }: TraceEvent): boolean => cat === 'Node' && name.endsWith(SUFFIX);

const nodeOf = ({ name }: TraceEvent): string => name.slice(0, -SUFFIX.length);

const byStart = (a: TraceEvent, b: TraceEvent): number => a.ts - b.ts || b.dur - a.dur;

/** Durations of every GPU program, by node and by program, in order of execution. */
type Programs = ReadonlyMap<string, ReadonlyMap<string, readonly number[]>>;

/**
 * WebGPU names a program `node&Operator&Program`; CUDA puts the node into the arguments, or the event behind the
 * node's own. Their clock is not that of the runs.
 */
function programsOf(events: readonly TraceEvent[]): Programs {
  const programs = new Map<string, Map<string, number[]>>();
  let latest = '';
  for (const event of events) {
    if (isKernel(event)) latest = nodeOf(event);
    if (event.cat !== 'Api' && event.cat !== 'Kernel') continue;
    const [named] = event.name.split('&', 1);
    const parent = event.args?.parent_name?.replace(SUFFIX, '') ?? latest;
    const node = event.cat === 'Api' ? (named as string) : parent;
    const ofNode = programs.get(node) ?? new Map<string, number[]>();
    programs.set(node, ofNode);
    ofNode.set(event.name, [...(ofNode.get(event.name) ?? []), event.dur]);
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
