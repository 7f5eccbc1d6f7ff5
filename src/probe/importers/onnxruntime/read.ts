import { latencyQuantile } from '../../../analysis/measurement/statistics.ts';
import { tracedRuns, type TraceEvent, type TracedRun } from '../../trace.ts';
import { parsed, type Importer } from '../importer.ts';

/**
 * onnxruntime's profile: trace events, of which those of whole runs and of nodes count. The first run sets up memory
 * and kernels; it is left out where there are others.
 *
 * @source microsoft/onnxruntime, core/common/profiler.cc and core/framework/sequential_executor.cc
 */
export const ONNXRUNTIME: Importer = {
  id: 'onnxruntime',
  title: 'onnxruntime',
  command: 'SessionOptions.enable_profiling, or onnxruntime_perf_test -p PREFIX',
  recognises(text) {
    const events = eventsIn(text);
    return events?.some(({ cat, name }) => cat === 'Session' && name === 'model_run') === true;
  },
  read([file]) {
    const runs = tracedRuns(eventsIn(file?.text ?? '') ?? []);
    if (runs === undefined) throw new TypeError('has no times of the GPU, on which its kernels ran');
    const counted = runs.length > 1 ? runs.slice(1) : runs;
    const providers = new Set(counted.flatMap(({ kernels }) => kernels.map(({ provider }) => provider)));
    return {
      kernels: kernelsOf(counted),
      provider: [...providers].join(' and '),
      runsUs: counted.map(({ runUs }) => runUs),
      runs: counted.length,
    };
  },
};

/** `[` and `{"cat": ..}` at the beginning; a run that was cut off leaves the list open. */
function eventsIn(text: string): readonly TraceEvent[] | undefined {
  const start = text.slice(0, 4000);
  if (!start.trimStart().startsWith('[') || !/"cat"\s*:/.test(start)) return undefined;
  const whole = parsed(text) ?? parsed(`${text.trimEnd().replace(/,$/, '')}]`);
  return Array.isArray(whole) ? (whole as readonly TraceEvent[]) : undefined;
}

/** Each kernel with the quartile of its times that stands for a latency. */
function kernelsOf(runs: readonly TracedRun[]): ReturnType<Importer['read']>['kernels'] {
  const times = new Map<string, number[]>();
  for (const { kernels } of runs)
    for (const { key, us } of kernels) {
      const known = times.get(key);
      if (known === undefined) times.set(key, [us]);
      else known.push(us);
    }
  return (runs[0]?.kernels ?? []).map(({ key, node, op }) => ({
    names: namesOf(node),
    op,
    us: latencyQuantile(times.get(key) ?? []),
  }));
}

/** What onnxruntime adds to names: the format, the fusion, a number that makes a name unique. */
const namesOf = (node: string): readonly string[] => [
  node,
  ...[/(_bn)?_nchwc$/, /\/\w+Fusion\/?$/, /_token_\d+$/].flatMap((added) =>
    added.test(node) ? [node.replace(added, '')] : [],
  ),
];
