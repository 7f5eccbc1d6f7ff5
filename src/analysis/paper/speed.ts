import type { Device, FeatureCalibration } from '../../devices/device.ts';
import { tensorOf, type Graph } from '../../graph/graph.ts';
import { networkFeatures } from '../../latency/features.ts';
import { fitNonNegative, meanAbsolute, predict, type Sample } from '../../latency/fit.ts';
import { kendallTau } from './kendall.ts';
import { printedValue, type ReproducedRow } from './reproduce.ts';

/**
 * How a printed speed stands to the calibration that predicts it.
 * fitted: one of its samples; new: measured by the same authors, and no sample;
 * quoted: a detector without YOLO heads, whose speed is its own authors', in another framework.
 */
export type SpeedClass = 'fitted' | 'new' | 'quoted';

/** Frames per second, printed beside predicted. */
export interface PredictedSpeed {
  readonly where: string;
  readonly row: string;
  readonly network: string;
  readonly input: number;
  /** printed column: `fpsGtx1080Ti` */
  readonly column: string;
  readonly class: SpeedClass;
  readonly printed: string;
  readonly predicted: number;
  /** predicted / printed - 1 */
  readonly error: number;
  /** whether the printed speed is within the interval that the calibration states for unlike networks */
  readonly inInterval: boolean;
  /** of a fitted row: predicted by a fit without it, and by a fit without its group of alike networks */
  readonly leftOut?: number;
  readonly groupLeftOut?: number;
}

/** How far the predictions of one device are off, for one class of rows. */
export interface SpeedError {
  readonly where: string;
  readonly column: string;
  /** what predicts: the calibration as it ships, or the fits that leave rows out */
  readonly how: SpeedClass | 'row left out' | 'group left out';
  readonly rows: number;
  /** mean absolute relative error of the frames per second */
  readonly error: number;
  /** share of the rows that are less than 10 % off */
  readonly within10: number;
  /** share of the rows that are within the interval of the calibration; of those that it predicts as it ships */
  readonly inInterval?: number;
  readonly worst: number;
  /** rank correlation of predicted and printed; absent where a side has no two values */
  readonly tau?: number;
}

/** Devices whose speed is printed, by column. */
export type SpeedDevices = Readonly<Record<string, Device>>;

/** Graph of a network of the zoo. */
export type BuildGraph = (network: string, input: number) => Graph;

/** Every printed speed of the rows beside what the device's calibration expects. */
export function predictedSpeeds(
  rows: readonly ReproducedRow[],
  devices: SpeedDevices,
  build: BuildGraph,
): readonly PredictedSpeed[] {
  return Object.entries(devices).flatMap(([column, { calibration }]) => {
    const printed = rows.filter(({ published }) => published.measured[column] !== undefined);
    if (calibration?.kind !== 'features' || printed.length === 0) return [];
    const refit = refits(calibration, build);
    return printed.flatMap(({ published }): PredictedSpeed[] => {
      const { where, row, network, graph, measured } = published;
      const text = measured[column] as string;
      const input = heightOf(graph);
      const features = featuresOf(calibration, graph);
      if (input === undefined || features === undefined) return [];
      const predicted = 1 / predict(coefficientsOf(calibration), features);
      const sample = calibration.networks?.find((each) => each.network === network && each.input === input);
      const without = (kept: (name: string, group: string) => boolean): number =>
        1 / predict(refit(kept), features);
      return [
        {
          where,
          row,
          network,
          input,
          column,
          class: sample !== undefined ? 'fitted' : isQuoted(graph) ? 'quoted' : 'new',
          printed: text,
          predicted,
          error: predicted / printedValue(text) - 1,
          inInterval: Math.abs(predicted / printedValue(text) - 1) <= calibration.error.unseen,
          ...(sample === undefined
            ? {}
            : {
                leftOut: without((name) => name !== nameOf(sample)),
                groupLeftOut: without((_, group) => group !== sample.group),
              }),
        },
      ];
    });
  });
}

const nameOf = ({ network, input }: { readonly network: string; readonly input: number }): string =>
  `${network}@${String(input)}`;

/** Whether the detector's own authors measured it, in another framework: only YOLO heads run in Darknet. */
export const isQuoted = (graph: Graph): boolean => graph.nodes.every(({ kind }) => kind !== 'yolo');

function heightOf(graph: Graph): number | undefined {
  const [port] = graph.inputs;
  return port && tensorOf(graph, port.tensor).type.shape[2];
}

/** What the calibration multiplies with the graph's features, term by term. */
const coefficientsOf = ({ secondsPer }: FeatureCalibration): readonly number[] => Object.values(secondsPer);

type Features = ReturnType<typeof networkFeatures>;

/** Of graphs that several tables and devices ask about. */
const known = new WeakMap<Graph, { readonly features: Features }>();

function featuresOf({ secondsPer }: FeatureCalibration, graph: Graph): readonly number[] | undefined {
  const { features } = known.get(graph) ?? { features: networkFeatures(graph) };
  known.set(graph, { features });
  return features && (Object.keys(secondsPer) as (keyof typeof secondsPer)[]).map((term) => features[term]);
}

type Refit = (kept: (name: string, group: string) => boolean) => readonly number[];

/** Fits of the calibration's form to those of its samples that are kept. */
function refits(calibration: FeatureCalibration, build: BuildGraph): Refit {
  const samples = (calibration.networks ?? []).flatMap((each): readonly (Sample & Named)[] => {
    const features = featuresOf(calibration, build(each.network, each.input));
    return features === undefined
      ? []
      : [{ name: nameOf(each), group: each.group, features, seconds: 1 / each.framesPerSecond }];
  });
  return (kept) => fitNonNegative(samples.filter(({ name, group }) => kept(name, group)));
}

interface Named {
  readonly name: string;
  readonly group: string;
}

/** The errors of each table and device, by class; of fitted rows also where they, or their group, are left out. */
export function speedErrors(speeds: readonly PredictedSpeed[]): readonly SpeedError[] {
  const groups = new Map<string, PredictedSpeed[]>();
  for (const speed of speeds) {
    const key = `${speed.where} ${speed.column}`;
    groups.set(key, [...(groups.get(key) ?? []), speed]);
  }
  return [...groups.values()].flatMap((all) => {
    const fitted = all.filter((speed) => speed.class === 'fitted');
    return [
      errorOf('fitted', fitted, ({ predicted }) => predicted),
      errorOf('row left out', fitted, ({ leftOut }) => leftOut),
      errorOf('group left out', fitted, ({ groupLeftOut }) => groupLeftOut),
      ...(['new', 'quoted'] as const).map((each) =>
        errorOf(
          each,
          all.filter((speed) => speed.class === each),
          ({ predicted }) => predicted,
        ),
      ),
    ].flatMap((error) => error ?? []);
  });
}

function errorOf(
  how: SpeedError['how'],
  speeds: readonly PredictedSpeed[],
  predictedOf: (speed: PredictedSpeed) => number | undefined,
): SpeedError | undefined {
  const [first] = speeds;
  if (first === undefined) return undefined;
  const pairs = speeds.flatMap((speed) => {
    const predicted = predictedOf(speed);
    return predicted === undefined ? [] : [{ predicted, printed: printedValue(speed.printed) }];
  });
  const errors = pairs.map(({ predicted, printed }) => predicted / printed - 1);
  const tau = kendallTau(
    pairs.map(({ predicted }) => predicted),
    pairs.map(({ printed }) => printed),
  );
  return {
    where: first.where,
    column: first.column,
    how,
    rows: pairs.length,
    error: meanAbsolute(errors),
    within10: errors.filter((error) => Math.abs(error) < 0.1).length / errors.length,
    ...(how === 'new'
      ? { inInterval: speeds.filter((speed) => speed.inInterval).length / speeds.length }
      : {}),
    worst: errors.reduce((worst, error) => (Math.abs(error) > Math.abs(worst) ? error : worst)),
    ...(tau === undefined ? {} : { tau }),
  };
}
