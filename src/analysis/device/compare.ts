import { runtimeText, type Device, type TermCalibration } from '../../devices/device.ts';
import {
  inEightBits,
  isUseful,
  unpacked,
  type MeasuredDevice,
  type MeasuredModels,
} from '../../devices/measured/measured.ts';
import type { Graph } from '../../graph/graph.ts';
import { predictTime } from '../../latency/measured/fit.ts';
import { demandsOf } from '../../latency/operators.ts';
import { networkTerms } from '../../latency/measured/terms.ts';

/** How long a network is expected to take on a device that other networks were measured on; in seconds. */
export interface ComparedDevice {
  /** id of the device, a slash, and that of the run */
  readonly id: string;
  /** phone, sbc, desktop, server, jetson, embedded, riscv, npu */
  readonly class: string;
  /** as the source of the measurements prints it */
  readonly title: string;
  /** what ran the networks, in words */
  readonly runtime: string;
  /** expected time of one inference */
  readonly seconds: number;
  /** four of five networks lie between these */
  readonly low: number;
  /** the upper end of the same interval */
  readonly high: number;
  /** half of the networks are missed by less by a fit that has not seen them; relative */
  readonly median: number;
  /** networks that were measured */
  readonly samples: number;
}

/** Which runs to compare. */
export interface CompareOptions {
  /** every run of a device, not only its first */
  readonly allRuns?: boolean;
  /** those that miss much too */
  readonly rough?: boolean;
}

/** The devices by the time that a network is expected to take, the fastest first; empty where it is not known. */
export function compareDevices(
  graph: Graph,
  devices: readonly MeasuredDevice[],
  models: MeasuredModels,
  { allRuns = false, rough = false }: CompareOptions = {},
): readonly ComparedDevice[] {
  const terms = networkTerms(graph);
  if (terms === undefined) return [];
  // Runs in real numbers say nothing of a network that computes in 8 bits.
  const quantised = demandsOf(graph).some(
    (demand) => demand.kind === 'tiled' && (demand.dtype === 'int8' || demand.dtype === 'uint8'),
  );
  return devices
    .flatMap((device) => {
      const runs = device.runs.filter(
        (run) => (rough || isUseful(run)) && (!quantised || inEightBits(run.runtime)),
      );
      return (allRuns ? runs : runs.slice(0, 1)).map((run): ComparedDevice => {
        const { id, title, calibration }: Device = unpacked(device, run, models);
        const { secondsPer, leftOut, runtime, samples } = calibration as TermCalibration;
        const seconds = predictTime(secondsPer, terms);
        return {
          id,
          class: device.class,
          title,
          runtime: runtimeText(runtime),
          seconds,
          low: seconds / leftOut.factor,
          high: seconds * leftOut.factor,
          median: leftOut.median,
          samples,
        };
      });
    })
    .sort((a, b) => a.seconds - b.seconds);
}
