import type { LatencyRatio, NetworkMeasurement } from '../analysis/measurement/measurement.ts';
import { latencyQuantile, median, relativeHalfWidth } from '../analysis/measurement/statistics.ts';
import { warning, type Diagnostic } from '../diagnostics.ts';
import { DEVICES } from './devices.ts';
import type { RuntimeDevice } from './messages.ts';

export interface Measured {
  readonly networks: readonly NetworkMeasurement[];
  readonly ratios: readonly LatencyRatio[];
  /** half width of the confidence interval that was asked for */
  readonly target: number;
  readonly device: RuntimeDevice;
}

const percent = (part: number): string => `${(100 * part).toFixed(part < 0.1 ? 1 : 0)} %`;

/** A core that was there for less of the time than this was shared. */
const CONTENDED = 0.95;
const FEW_RUNS = 10;
const SLOW_FIRST_RUN = 3;
const DRIFT = 0.05;
const DISAGREEMENT = 0.05;
const HEAVY_PROFILING = 0.25;

/** What a person should know before believing the figures: what happened, why it matters, what to do. */
export function warningsOf({ networks, ratios, target, device }: Measured): readonly Diagnostic[] {
  const warnings: Diagnostic[] = [];
  const used = Math.min(
    ...networks.map(({ latency }) => (latency.clock === 'cpu' ? (latency.utilisation ?? 1) : 1)),
  );
  if (used < CONTENDED) {
    warnings.push(
      warning(
        'CSP710',
        `the runs had a core for ${percent(used)} of the time: elapsed times are too long, and CPU times a few percent as well, since others used the caches`,
        'stop what else runs for absolute figures; ratios of networks measured together hold',
      ),
    );
  }
  for (const [index, { network, latency, samples, layers, profiling }] of networks.entries()) {
    const about = { format: 'cli', argument: network.name } as const;
    const add = (code: Diagnostic['code'], message: string, fix: string): void => {
      warnings.push(warning(code, message, fix, about));
    };
    const clocks = samples.map((process) => process[latency.clock]);
    if (latency.wall.n < FEW_RUNS)
      add(
        'CSP712',
        `only ${String(latency.wall.n)} runs: too few for a confidence interval`,
        'allow more with --runs or --budget',
      );
    const first = latency.firstRunNs === undefined ? undefined : latency.firstRunNs / latency.wall.median;
    if (first !== undefined && first > SLOW_FIRST_RUN)
      add(
        'CSP713',
        `the first run took ${first.toFixed(1)} times as long as later ones (memory, kernels or shaders are set up then): a program that runs once waits that long`,
        'nothing, if the network runs repeatedly; it is not in the figures',
      );
    const drift = median(clocks.map(driftOf));
    if (Math.abs(drift) > DRIFT)
      add(
        'CSP714',
        `runs became ${percent(Math.abs(drift))} ${drift > 0 ? 'slower' : 'faster'} from the first to the last third of a process: the clock frequency or the temperature changed`,
        'let the machine settle, or fix its frequency, and measure again',
      );
    const latencies = clocks.map(latencyQuantile);
    const spread = (Math.max(...latencies) - Math.min(...latencies)) / median(latencies);
    if (spread > DISAGREEMENT)
      add(
        'CSP715',
        `the processes differ by ${percent(spread)}: absolute figures of this machine are no more certain than that`,
        'measure on a quiet machine, or rely on ratios',
      );
    if (profiling?.overhead !== undefined && profiling.overhead > HEAVY_PROFILING)
      add(
        'CSP716',
        `profiling made a run ${percent(profiling.overhead)} longer: the split among very short layers is less certain than the whole`,
        'rely on the longest layers',
      );
    if (layers.length === 0)
      add(
        'CSP717',
        `${DEVICES[device].title} does not tell how long its kernels ran: the whole is known, the layers are not`,
        device === 'cuda'
          ? 'use an onnxruntime built with --enable_cuda_profiling, and put CUPTI on the library path; or --device webgpu'
          : 'use --device webgpu, which does',
      );
    const elsewhere = layers
      .flatMap(({ kernels }) => kernels)
      .filter(({ provider }) => provider !== DEVICES[device].reportedAs);
    if (elsewhere.length > 0) {
      const ops = [...new Set(elsewhere.map(({ op }) => op))].join(', ');
      const where = [...new Set(elsewhere.map(({ provider }) => provider))].join(', ');
      add(
        'CSP718',
        `${String(elsewhere.length)} kernels ran on ${where} instead of ${DEVICES[device].title}: ${ops}`,
        'the provider lacks them: choose other operators, or take the copies between both into account',
      );
    }
    if (
      networks.length === 1 &&
      latency.interval !== undefined &&
      relativeHalfWidth(latency.interval) > target
    )
      add(...uncertain('latency', latency.interval, target));
    const ratio = ratios.find((each) => each.network === index);
    if (ratio?.interval !== undefined && relativeHalfWidth(ratio.interval) > target)
      add(...uncertain('ratio', ratio.interval, target));
    if (ratio !== undefined && ratio.interval === undefined)
      add('CSP719', 'the machine was too busy for a verdict on the ratio', 'measure on a quieter machine');
  }
  return warnings;
}

const uncertain = (
  what: string,
  interval: readonly [number, number],
  target: number,
): readonly [Diagnostic['code'], string, string] => [
  'CSP720',
  `the ${what} is known to +-${percent(relativeHalfWidth(interval))} only, not to the +-${percent(target)} aimed at`,
  'allow more time with --budget, or more --processes',
];

/** How much slower the last third of the runs was than the first. */
function driftOf(times: readonly number[]): number {
  const third = Math.floor(times.length / 3);
  return third < 3 ? 0 : latencyQuantile(times.slice(-third)) / latencyQuantile(times.slice(0, third)) - 1;
}
