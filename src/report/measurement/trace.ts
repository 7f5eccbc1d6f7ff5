import type { Measurement, NetworkMeasurement } from '../../analysis/measurement/measurement.ts';
import { plain } from '../format.ts';

/** An event of the Trace Event Format; times in microseconds. */
type TraceEvent =
  | {
      readonly ph: 'M';
      readonly pid: number;
      readonly tid: number;
      readonly name: string;
      readonly args: object;
    }
  | {
      readonly ph: 'X';
      readonly pid: number;
      readonly tid: number;
      readonly name: string;
      readonly cat: string;
      readonly ts: number;
      readonly dur: number;
      readonly args: object;
    };

/** Tracks of a network, from top to bottom. */
const TRACKS = { layers: 1, kernels: 2, prediction: 3 } as const;

/**
 * From one nanosecond to another, in microseconds. Readers add and round these each in their way, and drop or nest what
 * ends a nanosecond after the next one begins: where that could be, it ends a nanosecond early.
 */
function span(from: number, to: number): { readonly ts: number; readonly dur: number } {
  const [start, end] = [Math.round(from), Math.round(to)];
  const [ts, next] = [start / 1000, end / 1000];
  const isBefore = (dur: number): boolean =>
    ts + dur <= next && Math.trunc(ts * 1000) + Math.trunc(dur * 1000) <= Math.trunc(next * 1000);
  const dur = (end - start) / 1000;
  return { ts, dur: isBefore(dur) ? dur : (end - start - 1) / 1000 };
}

/**
 * A measurement as a timeline that Perfetto and chrome://tracing open: a process for each network; the layers, below
 * each the kernels that ran for it, and on a track of its own what a calibration expected. One run, laid out in the
 * order of execution: when a kernel began is not measured, how long it took is.
 *
 * @source Trace Event Format, Google, 2016: complete events (X) and metadata (M)
 */
export function renderTrace({ networks, environment, settings }: Measurement): string {
  const traceEvents = networks.flatMap((network, pid) => eventsOf(network, pid + 1));
  const { cpu, accelerator, importedFrom, versions, date } = environment;
  const otherData = {
    machine: accelerator ?? cpu?.model,
    threads: settings.threads,
    runtime: importedFrom?.tool,
    onnxruntime: versions.onnxruntime,
    date,
  };
  const lines = traceEvents.map((event) => JSON.stringify(event)).join(',\n');
  return `{"displayTimeUnit":"ns","otherData":${JSON.stringify(otherData)},"traceEvents":[\n${lines}\n]}\n`;
}

function eventsOf({ network, layers, executorNs }: NetworkMeasurement, pid: number): readonly TraceEvent[] {
  const named = (name: string, tid: number, text: string): TraceEvent => ({
    ph: 'M',
    pid,
    tid,
    name,
    args: { name: text },
  });
  const hasPrediction = layers.some(({ predictedNs }) => predictedNs !== undefined);
  const events: TraceEvent[] = [
    named('process_name', 0, plain(network.name)),
    named('thread_name', TRACKS.layers, 'layers'),
    named('thread_name', TRACKS.kernels, 'kernels'),
    ...(hasPrediction ? [named('thread_name', TRACKS.prediction, 'prediction')] : []),
  ];
  let now = 0;
  let expected = 0;
  for (const { index, name, kind, detail, stage, ns, kernels, predictedNs, flops, bytes } of layers) {
    const label = plain(`#${String(index)} ${name}`);
    if (predictedNs !== undefined && predictedNs > 0) {
      events.push({
        ...{ ph: 'X', pid, tid: TRACKS.prediction, name: label, cat: 'prediction' },
        ...span(expected, expected + predictedNs),
        args: {},
      });
      expected += predictedNs;
    }
    if (ns === 0) continue;
    events.push({
      ...{ ph: 'X', pid, tid: TRACKS.layers, name: label, cat: 'layer' },
      ...span(now, now + ns),
      args: {
        operator: plain(detail === undefined ? kind : `${kind} ${detail}`),
        stage,
        ...(flops === undefined ? {} : { flops }),
        ...(bytes === undefined ? {} : { bytes }),
      },
    });
    let start = now;
    for (const { op, provider, ns: own, fused = [] } of kernels) {
      events.push({
        ...{ ph: 'X', pid, tid: TRACKS.kernels, name: plain(op), cat: 'kernel' },
        ...span(start, start + own),
        args: { provider, ...(fused.length === 0 ? {} : { fused: fused.map((each) => `#${String(each)}`) }) },
      });
      start += own;
    }
    now += ns;
  }
  if (executorNs !== undefined && executorNs > 0) {
    events.push({
      ...{ ph: 'X', pid, tid: TRACKS.layers, name: 'between the layers', cat: 'executor' },
      ...span(now, now + executorNs),
      args: {},
    });
  }
  return events;
}
