import type { MetricId } from '../../metrics/registry.ts';
import type { Profile, ProfileRow } from '../profile.ts';
import { concentrationOf, type Concentration } from './concentration.ts';

/** The stage that has the most of a metric. */
export interface StageShare {
  readonly stage: string;
  /** layers of the stage that have any of it */
  readonly layers: number;
  /** of the network's, 0 to 1 */
  readonly share: number;
}

/** What there is to conclude from the counts of one network; absent where nothing follows. */
export interface NetworkFacts {
  readonly layers: number;
  /** where the FLOPs are */
  readonly flops?: Concentration<ProfileRow>;
  /** the stage with the most FLOPs; absent where there are not two stages that have any */
  readonly flopStage?: StageShare;
  /** the stage that moves the most elements (CIO) */
  readonly cioStage?: StageShare;
  /** bytes of activations at the peak, and the layer that runs meanwhile */
  readonly peak?: {
    readonly bytes: number;
    readonly layer: number;
    readonly tensors: number;
    readonly largest: number;
  };
  /** how many operators are not counted: every share is of what is counted */
  readonly uncounted: number;
}

/** What there is to conclude from the counts of one network. */
export function networkFacts({ layers, peak, coverage }: Profile): NetworkFacts {
  const flops = concentrationOf(layers, (row) => row.flops);
  const [flopStage, cioStage] = [largestStage(layers, 'flops'), largestStage(layers, 'cio')];
  const [largest] = peak?.tensors ?? [];
  return {
    layers: layers.length,
    ...(flops === undefined ? {} : { flops }),
    ...(flopStage === undefined ? {} : { flopStage }),
    ...(cioStage === undefined ? {} : { cioStage }),
    ...(peak === undefined || largest === undefined
      ? {}
      : {
          peak: {
            bytes: peak.bytes,
            layer: peak.layer,
            tensors: peak.tensors.length,
            largest: largest.bytes,
          },
        }),
    uncounted: coverage.uncounted.reduce((sum, { count }) => sum + count, 0),
  };
}

/** The stage with the most of a metric; undefined where fewer than two stages have any, or one has no name. */
function largestStage(rows: readonly ProfileRow[], id: MetricId): StageShare | undefined {
  const stages = new Map<string, { layers: number; sum: number }>();
  let whole = 0;
  for (let i = 0; i < rows.length; i++) {
    const row = rows[i] as ProfileRow;
    const value = row[id];
    if (value === undefined || value <= 0) continue;
    if (row.stage === '') return undefined;
    whole += value;
    const stage = stages.get(row.stage);
    if (stage === undefined) stages.set(row.stage, { layers: 1, sum: value });
    else {
      stage.layers++;
      stage.sum += value;
    }
  }
  if (stages.size < 2) return undefined;
  const [stage, { layers, sum }] = [...stages].reduce((most, each) =>
    each[1].sum > most[1].sum ? each : most,
  );
  return { stage, layers, share: sum / whole };
}
