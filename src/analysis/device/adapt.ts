import type { Device, MeasuredRuntime, TermCalibration } from '../../devices/device.ts';
import {
  isUseful,
  unpacked,
  type MeasuredDevice,
  type MeasuredModels,
} from '../../devices/measured/measured.ts';
import { problem, ProfileError } from '../../diagnostics.ts';
import type { Graph } from '../../graph/graph.ts';
import { adapted, adaptedLeavingOut, type KnownDevice } from '../../latency/measured/adapt.ts';
import { leftOutError, quantile } from '../../latency/measured/error.ts';
import { predictTime, type MeasuredNetwork } from '../../latency/measured/fit.ts';
import { macsOf } from '../../latency/measured/predict.ts';
import { networkTerms } from '../../latency/measured/terms.ts';

/** A network that somebody measured on a device of theirs. */
export interface OwnMeasurement {
  /** what it is called; where a benchmark that ships has a network of this name and these MACs, it is that one */
  readonly network: string;
  /** the network as it ran: batch and element type are those of the run */
  readonly graph: Graph;
  /** of one inference */
  readonly milliseconds: number;
}

/** A device that nobody has a model of. */
export interface OwnDevice {
  /** lower case letters, digits and hyphens */
  readonly id: string;
  /** its name for people */
  readonly title: string;
  /** what ran the networks */
  readonly runtime: MeasuredRuntime;
  /** where the measurements are from, in words */
  readonly source: string;
}

/** Fewest networks from which a model comes: the error is that of leaving each out. */
const FEWEST = 3;

/**
 * The device file of a device of which three networks or more were measured: the models of devices that run the same
 * backend with one thread, or with several, scaled and weighed by how alike their times are.
 *
 * @throws ProfileError CSP516 for too few networks, or one whose terms are not known
 */
export function adaptedDevice(
  measurements: readonly OwnMeasurement[],
  own: OwnDevice,
  devices: readonly MeasuredDevice[],
  models: MeasuredModels,
): Device {
  if (measurements.length < FEWEST) {
    throw new ProfileError(
      problem(
        'CSP516',
        `${String(measurements.length)} measured networks are too few for a model`,
        `measure ${String(FEWEST)} to 10 that differ: a MobileNet, a ResNet or GoogLeNet, a ShuffleNet`,
      ),
    );
  }
  const samples = measurements.map(({ network, graph, milliseconds }): MeasuredNetwork => {
    const terms = networkTerms(graph);
    if (terms !== undefined) return { network, terms, time: milliseconds / 1000 };
    throw new ProfileError(
      problem('CSP516', `${network} has operators that run an unknown number of times`, 'leave it out'),
    );
  });
  const table = models.tables[own.runtime.backend === 'npu' ? 'aihub' : 'ncnn'];
  const known = new Set(
    measurements.flatMap(({ network, graph }) => {
      const at = table?.networks.indexOf(network) ?? -1;
      return at >= 0 && table?.macs[at] === macsOf(graph) ? [network] : [];
    }),
  );
  const pool = poolOf(own.runtime, devices, models, known);
  const ratios = adaptedLeavingOut(samples, pool);
  const coefficients = adapted(samples, pool);
  const { median, p90, factor } = leftOutError(ratios);
  const misses = samples
    .map(({ terms, time }) => Math.abs(predictTime(coefficients, terms) / time - 1))
    .sort((a, b) => a - b);
  const calibration: TermCalibration = {
    kind: 'terms',
    dtype: 'float32',
    runtime: own.runtime,
    secondsPer: Object.fromEntries(
      Object.entries(coefficients).map(([term, value]) => [term, Number(value.toPrecision(4))]),
    ),
    fittedOn: `networks of ${own.source}, and the models of ${String(pool.length)} runs on measured devices`,
    samples: samples.length,
    error: {
      fit: quantile(misses, 0.5),
      leaveOneOut: median,
      unseen: factor - 1,
      note: 'each network is predicted from the others; so few say little of how far further ones are missed',
    },
    leftOut: { median, p90, factor },
    range: { most: table?.most ?? {}, operators: table?.operators ?? [] },
    networks: measurements.map(({ network, milliseconds }, i) => ({
      network,
      milliseconds,
      predicted: milliseconds * (ratios[i] as number),
    })),
    source: own.source,
  };
  return {
    schemaVersion: 1,
    id: own.id,
    title: own.title,
    kind: own.runtime.backend === 'vulkan' ? 'gpu' : own.runtime.backend,
    peak: {},
    memory: [{ name: 'dram' }],
    calibration,
  };
}

/**
 * Useful runs of the same backend; on a CPU those with one thread, or those with several.
 *
 * @param known networks that were measured there as well
 */
function poolOf(
  { backend, threads = 1 }: MeasuredRuntime,
  devices: readonly MeasuredDevice[],
  models: MeasuredModels,
  known: ReadonlySet<string>,
): readonly KnownDevice[] {
  return devices.flatMap((device) =>
    device.runs
      .filter(
        (run) =>
          isUseful(run) &&
          run.runtime.backend === backend &&
          (backend !== 'cpu' || (run.runtime.threads === 1) === (threads === 1)),
      )
      .map((run): KnownDevice => {
        const { secondsPer, networks } = unpacked(device, run, models).calibration as TermCalibration;
        return {
          coefficients: secondsPer,
          times: new Map(
            networks.flatMap(({ network, milliseconds }) =>
              known.has(network) ? [[network, milliseconds / 1000] as const] : [],
            ),
          ),
        };
      }),
  );
}
