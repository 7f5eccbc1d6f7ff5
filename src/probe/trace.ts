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
  /** the places of its nodes in their graphs, outermost first, with their names: the same in every run */
  readonly key: string;
  /** position, in this list, of the kernel whose branch or body it is in */
  readonly within?: number;
  readonly node: string;
  readonly op: string;
  readonly provider: string;
  /** of all its calls, without what runs inside of it */
  readonly us: number;
  readonly calls: number;
}

const SUFFIX = '_kernel_time';
const EXECUTOR = 'SequentialExecutor::Execute';
const CPU_PROVIDER = 'CPUExecutionProvider';

/**
 * The kernels of each run in a profile, in order of execution; those inside of a loop or a branch behind it, the calls
 * of one together. On a GPU a kernel's time is what the GPU measured of all programs that it started; that of
 * starting them is no kernel time.
 *
 * @returns undefined where kernels ran on a GPU and the provider gives no time of theirs
 */
export function tracedRuns(events: readonly TraceEvent[]): readonly TracedRun[] | undefined {
  const runs = events.filter(({ cat, name }) => cat === 'Session' && name === 'model_run').sort(byStart);
  const spans = events
    .map((event, place) => ({ event, place, end: event.ts + event.dur }))
    .filter(({ event }) => isKernel(event) || isExecutor(event))
    .sort(inOrder);
  const [programs, launched] = [programsOf(events), launchedBy(events)];
  const onGpu = spans.some(({ event }) => isKernel(event) && isOnGpu(event));
  if (onGpu && programs.size + launched.size === 0) return undefined;

  const timeOf = (event: TraceEvent, run: number): number =>
    isOnGpu(event)
      ? (launched.get(event) ?? programTime(programs.get(nodeOf(event)), run, runs.length))
      : event.dur;
  let next = 0;
  return runs.map(({ ts, dur }, run) => {
    const all = new Kernels();
    for (let span = spans[next]; span !== undefined && span.event.ts <= ts + dur; span = spans[++next]) {
      if (span.event.ts >= ts) all.add(span.event, span.end, (event) => timeOf(event, run));
    }
    return { runUs: dur, kernels: all.list };
  });
}

interface Span {
  readonly event: TraceEvent;
  /** in the profile */
  readonly place: number;
}

/** By start; what takes no time comes before what does, and what encloses others, which ends later, before them. */
const inOrder = (a: Span, b: Span): number =>
  a.event.ts - b.event.ts ||
  Number(a.event.dur > 0) - Number(b.event.dur > 0) ||
  b.event.dur - a.event.dur ||
  (isKernel(a.event) && isKernel(b.event) ? a.place - b.place : b.place - a.place);

/** A kernel that runs, or the executor of the graph inside of one. */
interface Open {
  readonly event: TraceEvent;
  readonly end: number;
  /** position of the kernel, or of the one that the executor works for */
  readonly kernel: number | undefined;
  /** kernels that the executor has started */
  started: number;
}

/** Starts and durations are rounded down to microseconds, each by itself. */
const ROUNDING = 2;

const holds = ({ event, end }: Open, from: number, to: number): boolean =>
  (from < end || from === event.ts) && to <= end + ROUNDING;

/** Puts events, which come by their start, in their places. */
class Kernels {
  readonly list: {
    key: string;
    within?: number;
    node: string;
    op: string;
    provider: string;
    us: number;
    calls: number;
  }[] = [];
  readonly #byKey = new Map<string, number>();
  readonly #open: Open[] = [];
  #first = 0;

  add(event: TraceEvent, end: number, timeOf: (event: TraceEvent) => number): void {
    const kernel = isKernel(event);
    // Kernels run inside of executors, and executors inside of kernels.
    for (let top = this.#open.at(-1); top !== undefined; top = this.#open.at(-1)) {
      if (isKernel(top.event) !== kernel && holds(top, event.ts, end)) break;
      this.#open.pop();
    }
    const around = this.#open.at(-1);
    if (kernel) this.#kernel(event, end, around, timeOf(event));
    else this.#executor(event, end, around);
  }

  #executor(event: TraceEvent, end: number, around: Open | undefined): void {
    const inside = around === undefined ? undefined : this.list[around.kernel ?? -1];
    // A GPU's own time holds nothing of this.
    if (around !== undefined && inside !== undefined && !isOnGpu(around.event)) inside.us -= event.dur;
    this.#open.push({ event, end, kernel: around?.kernel, started: 0 });
  }

  #kernel(event: TraceEvent, end: number, around: Open | undefined, us: number): void {
    const { op_name: op = '', provider = '' } = event.args ?? {};
    const node = nodeOf(event);
    const place = around === undefined ? this.#first++ : around.started++;
    const within = around?.kernel;
    const outer = within === undefined ? '' : `${this.list[within]?.key ?? ''} > `;
    const key = `${outer}${String(place)} ${node}`;
    let index = this.#byKey.get(key);
    const known = index === undefined ? undefined : this.list[index];
    if (index === undefined || known === undefined) {
      const found = { key, ...(within === undefined ? {} : { within }), node, op, provider, us, calls: 1 };
      index = this.list.push(found) - 1;
      this.#byKey.set(key, index);
    } else {
      known.us += us;
      known.calls++;
    }
    this.#open.push({ event, end, kernel: index, started: 0 });
  }
}

const isKernel = ({ cat, name }: TraceEvent): boolean => cat === 'Node' && name.endsWith(SUFFIX);

const isExecutor = ({ cat, name }: TraceEvent): boolean => cat === 'Session' && name === EXECUTOR;

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
