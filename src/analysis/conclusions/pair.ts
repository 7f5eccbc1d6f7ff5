import { changeOf, type Contribution, type Diff, type DiffMetric, type LayerPair } from '../diff.ts';
import type { ProfileRow } from '../profile.ts';

/** What two networks are judged by, in the order in which it is told. */
export const VERDICT_METRICS = [
  'flops',
  'cio',
  'weights',
  'parameterBytes',
  'peakActivationBytes',
] as const satisfies readonly DiffMetric[];

/** How a metric changes from the first network to the second. */
export interface Judged {
  readonly metric: (typeof VERDICT_METRICS)[number];
  /** second over first, less 1 */
  readonly relative: number;
}

/** A stage, and how much of a metric it adds to the second network. */
export interface StageChange {
  readonly stage: string;
  readonly change: number;
}

/** Where a metric changes. */
export interface Where {
  readonly metric: (typeof VERDICT_METRICS)[number];
  /** the stage that changes the most in the direction of the whole */
  readonly most: StageChange;
  /** its part of what all stages change in that direction, 0 to 1 */
  readonly share: number;
  /** stages that change the other way, the largest change first */
  readonly against: readonly StageChange[];
  /** of the first of those, the layer that changes the most the other way; absent where only the first network has it */
  readonly layer?: ProfileRow;
}

/** What there is to conclude from the difference of two networks. */
export interface PairFacts {
  /** metrics that are known on both sides; the weights stand for the bytes where both change alike */
  readonly metrics: readonly Judged[];
  /** absent where nothing changes, or there are not two stages */
  readonly where?: Where;
  /** whether the inputs differ, and part of every change is that */
  readonly inputsDiffer: boolean;
  /** operators of either network that are not counted: no change is sure then */
  readonly uncounted: number;
}

/** What there is to conclude from the difference of two networks. */
export function pairFacts(diff: Diff): PairFacts {
  const judged = VERDICT_METRICS.flatMap((metric): Judged[] => {
    const relative = diff.totals[metric]?.relative;
    return relative === undefined ? [] : [{ metric, relative }];
  });
  const weights = judged.find(({ metric }) => metric === 'weights');
  const metrics = judged.filter(
    ({ metric, relative }) =>
      metric !== 'parameterBytes' || weights === undefined || Math.abs(relative - weights.relative) > ALIKE,
  );
  const where = whereOf(diff, metrics);
  return {
    metrics,
    ...(where === undefined ? {} : { where }),
    inputsDiffer: diff.unlike.some(({ what }) => what === 'inputs'),
    uncounted: [...diff.coverage.a.uncounted, ...diff.coverage.b.uncounted].reduce(
      (sum, { count }) => sum + count,
      0,
    ),
  };
}

/** Changes that are told alike. */
const ALIKE = 0.01;

function whereOf(diff: Diff, metrics: readonly Judged[]): Where | undefined {
  const first = metrics.find(({ metric, relative }) => relative !== 0 && metric !== 'peakActivationBytes');
  if (first === undefined) return undefined;
  const { metric } = first;
  const total = diff.totals[metric]?.change;
  if (total === undefined || diff.stages.length < 2 || diff.stages.some(({ key }) => key === ''))
    return undefined;
  const direction = Math.sign(total);
  const changes = diff.stages.flatMap((stage): StageChange[] => {
    const change = stage.changes[metric]?.change;
    return change === undefined || change === 0 ? [] : [{ stage: stage.key, change }];
  });
  const along = changes.filter(({ change }) => Math.sign(change) === direction);
  const against = changes
    .filter(({ change }) => Math.sign(change) === -direction)
    .sort((a, b) => Math.abs(b.change) - Math.abs(a.change));
  const [start] = along;
  if (start === undefined) return undefined;
  const most = along.reduce(
    (found, each) => (Math.abs(each.change) > Math.abs(found.change) ? each : found),
    start,
  );
  const [opposed] = against;
  const layer = opposed && largestAgainst(diff.layers, metric, opposed.stage, -direction);
  return {
    metric,
    most,
    share: most.change / along.reduce((sum, { change }) => sum + change, 0),
    against,
    ...(layer === undefined ? {} : { layer }),
  };
}

/** The layer of the second network in this stage that changes the most in this direction. */
function largestAgainst(
  pairs: readonly LayerPair[],
  metric: DiffMetric,
  stage: string,
  direction: number,
): ProfileRow | undefined {
  let [found, most]: [ProfileRow | undefined, number] = [undefined, 0];
  for (const { a, b, changes } of pairs) {
    if (b?.stage !== stage) continue;
    const change = a === undefined ? b[metric] : changes[metric]?.change;
    if (change !== undefined && change * direction > most) [found, most] = [b, change * direction];
  }
  return found;
}

/** The same difference seen from the other side. */
export const reversed = (diff: Diff): Diff => ({
  ...diff,
  a: diff.b,
  b: diff.a,
  unlike: diff.unlike.map(({ what, a, b }) => ({ what, a: b, b: a })),
  coverage: { a: diff.coverage.b, b: diff.coverage.a },
  totals: turned(diff.totals),
  stages: diff.stages.map(turnedContribution),
  kinds: diff.kinds.map(turnedContribution),
  layers: diff.layers.map(({ a, b, changes }) => ({
    ...(b === undefined ? {} : { a: b }),
    ...(a === undefined ? {} : { b: a }),
    changes: turned(changes),
  })),
});

const turnedContribution = ({ key, layersA, layersB, changes }: Contribution): Contribution => ({
  key,
  layersA: layersB,
  layersB: layersA,
  changes: turned(changes),
});

const turned = (changes: Diff['totals']): Diff['totals'] =>
  Object.fromEntries(Object.entries(changes).map(([id, { a, b }]) => [id, changeOf(b, a)]));
