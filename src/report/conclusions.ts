import type { Concentration } from '../analysis/conclusions/concentration.ts';
import { networkFacts, type NetworkFacts } from '../analysis/conclusions/network.ts';
import { pairFacts, type Judged, type Where } from '../analysis/conclusions/pair.ts';
import {
  deviceTime,
  type Ratio,
  type Time,
  type TimeFacts,
  type TimeVerdict,
} from '../analysis/conclusions/time.ts';
import { DIFF_METRICS, type Diff } from '../analysis/diff.ts';
import type { Profile, ProfileRow } from '../analysis/profile.ts';
import { formatSeconds } from './device/format.ts';
import { formatPercent, formatValue, inWords, plain } from './format.ts';

/** A layer that a sentence names, so that whoever shows it can lead there. */
export interface Mention {
  readonly text: string;
  /** index of the layer */
  readonly layer: number;
  /** position of its network among those told about */
  readonly at: number;
}

/** A sentence in parts, names escaped. */
export type Sentence = readonly (string | Mention)[];

/** A sentence as text. */
export const sentenceText = (sentence: Sentence): string =>
  sentence.map((part) => (typeof part === 'string' ? part : part.text)).join('');

/** From here on the largest layer stands out. */
const STANDS_OUT = 2;

/** So many layers are named one by one. */
const MOST_NAMED = 6;

/** What to know about one network before its numbers; time comes first where it is known. */
export function networkSentences(
  profile: Profile,
  options: { readonly at?: number; readonly times?: readonly TimeFacts[] } = {},
): readonly Sentence[] {
  const { at = 0, times = [] } = options;
  const facts = networkFacts(profile);
  return [
    ...times.flatMap((time) => timeSentences(time, profile, at)),
    ...flopSentences(facts, at),
    ...stageSentence(facts),
    ...peakSentence(facts, profile, at),
    ...(facts.uncounted === 0
      ? []
      : [
          [
            `${count(facts.uncounted, 'operator')} ${facts.uncounted === 1 ? 'is' : 'are'} not counted: totals are too low, and shares are of the rest.`,
          ],
        ]),
  ];
}

/** What to know about a profile before its numbers, as text. */
export function profileConclusions(profile: Profile): readonly string[] {
  const time = deviceTime(profile);
  return networkSentences(profile, time === undefined ? {} : { times: [time] }).map(sentenceText);
}

const count = (number: number, what: string): string => `${String(number)} ${what}${number === 1 ? '' : 's'}`;

/** `1x1`, `3x3/2`, `add`: what a layer does, in a word. */
const wordOf = ({ kind, detail }: ProfileRow): string =>
  plain(kind === 'conv' && detail !== undefined ? (detail.split(' ')[0] as string) : kind);

/** `#19` */
const numbered = ({ index }: { readonly index: number }, at: number, word = ''): Mention => ({
  text: `#${String(index)}${word === '' ? '' : ` ${word}`}`,
  layer: index,
  at,
});

/** `(1x1: #19 #38)`, or each with its own word. */
function named(rows: readonly ProfileRow[], at: number): Sentence {
  const words = new Set(rows.map(wordOf));
  const [word] = words;
  const alike = words.size === 1 && word !== undefined;
  const shown = rows.slice(0, MOST_NAMED);
  return [
    alike ? `(${word}: ` : '(',
    ...shown.flatMap((row, i): Sentence => [
      ...(i === 0 ? [] : [alike ? ' ' : ', ']),
      numbered(row, at, alike ? '' : wordOf(row)),
    ]),
    rows.length > shown.length ? ` and ${String(rows.length - shown.length)} more)` : ')',
  ];
}

function flopSentences({ flops, layers }: NetworkFacts, at: number): readonly Sentence[] {
  if (flops === undefined) return [['No layer has any FLOPs by this convention.']];
  const mean = `${flops.maxOverMean.toFixed(1)} times the mean of the ${String(flops.costing)} that compute`;
  if (flops.costing === 1) return [['One layer ', ...named(flops.layers, at), ' does all FLOPs.']];
  if (flops.maxOverMean < STANDS_OUT) {
    // Of two or three layers one can do most without standing out.
    const isEven = flops.largestShare < 0.5;
    return [
      [
        isEven ? 'The FLOPs are spread evenly: the largest layer ' : 'The largest layer ',
        ...named([flops.largest], at),
        ` does ${formatPercent(flops.largestShare)} of ${isEven ? 'them' : 'the FLOPs'}, ${mean}.`,
      ],
    ];
  }
  return [
    concentrated(flops, layers, flops.layers, at, ['does', 'do'], 'the FLOPs', mean),
    ...evened(flops, at),
  ];
}

/** `4 of 84 layers (1x1: #19 #38 #65 #80) do 27.1 % of the FLOPs; the largest is 5.0 times the mean ...` */
function concentrated<Row extends { readonly index: number }>(
  { share }: Concentration<Row>,
  layers: number,
  rows: readonly ProfileRow[],
  at: number,
  [one, several]: readonly [string, string],
  what: string,
  mean: string,
): Sentence {
  const verb = rows.length === 1 ? one : several;
  const largest = rows.length === 1 ? '' : 'the largest is ';
  return [
    `${String(rows.length)} of ${count(layers, 'layer')} `,
    ...named(rows, at),
    ` ${verb} ${formatPercent(share)} of ${what}${rows.length === 1 ? ',' : ';'} ${largest}${mean}.`,
  ];
}

function evened({ evened: found, layers }: Concentration<ProfileRow>, at: number): readonly Sentence[] {
  if (found === undefined) return [];
  return [
    [
      'Cut to the size of the next, ',
      numbered(found.next, at, wordOf(found.next)),
      `, ${layers.length === 1 ? 'it' : 'they'} would save ${formatPercent(found.share)} of the FLOPs, and the largest layer would be ${formatPercent(found.largest)} smaller.`,
    ],
  ];
}

function stageSentence({ flopStage, cioStage }: NetworkFacts): readonly Sentence[] {
  if (flopStage === undefined || cioStage === undefined) return [];
  const [flops, moved] = [formatPercent(flopStage.share), `${formatPercent(cioStage.share)} of the CIO`];
  return [
    [
      flopStage.stage === cioStage.stage
        ? `Stage ${plain(flopStage.stage)} does the most FLOPs (${flops}) and moves the most (${moved}).`
        : `Stage ${plain(flopStage.stage)} does the most FLOPs (${flops}), stage ${plain(cioStage.stage)} moves the most (${moved}).`,
    ],
  ];
}

function peakSentence({ peak }: NetworkFacts, { layers }: Profile, at: number): readonly Sentence[] {
  const row = peak && layers.find(({ index }) => index === peak.layer);
  if (peak === undefined || row === undefined) return [];
  const held =
    peak.tensors === 1
      ? 'in one tensor'
      : `in ${String(peak.tensors)} tensors, the largest of ${bytes(peak.largest)}`;
  return [
    [`Activations take ${bytes(peak.bytes)} at the peak, in `, numbered(row, at, wordOf(row)), `, ${held}.`],
  ];
}

const bytes = (value: number): string => formatValue(value, 'byte');

const BOUND = { compute: 'compute-bound', memory: 'memory-bound', overhead: 'bound by launches' } as const;

const interval = ([low, high]: readonly [number, number]): string =>
  `${formatSeconds(low)} to ${formatSeconds(high)}`;

const timed = ({ seconds, interval: known }: Time, of: string): string =>
  `${formatSeconds(seconds)}${known === undefined ? '' : ` (${interval(known)}${of})`}`;

function timeSentences(time: TimeFacts, { layers }: Profile, at: number): readonly Sentence[] {
  const { on, measured, predicted, floor, bound, belowFloor } = time;
  const sentences: Sentence[] = [];
  const rows = new Map(layers.map((row) => [row.index, row]));
  const slowest = (found: Concentration<{ readonly index: number }> | undefined, what: string): void => {
    if (found === undefined || found.costing < 2) return;
    const named = found.layers.flatMap(({ index }) => rows.get(index) ?? []);
    if (named.length < found.layers.length) return;
    const mean = `${found.maxOverMean.toFixed(1)} times the mean of the ${String(found.costing)} that take any`;
    sentences.push(concentrated(found, layers.length, named, at, ['takes', 'take'], what, mean));
  };
  if (measured !== undefined) {
    sentences.push([`${timed(measured, ' at 95 % confidence')} measured on ${plain(on)}.`]);
    slowest(measured.layers, 'the time of all layers');
    return sentences;
  }
  if (predicted !== undefined) {
    sentences.push([
      `${timed(predicted, ' for networks unlike those of its calibration')} predicted on ${plain(on)}` +
        `${floor === undefined ? '' : `; no run layer by layer is faster than ${formatSeconds(floor.seconds)}`}.`,
    ]);
  } else if (floor !== undefined) {
    sentences.push([`At least ${formatSeconds(floor.seconds)} on ${plain(on)}: a floor, not a prediction.`]);
  }
  if (bound.length > 0) {
    const parts = bound.map(({ by, share }) => `${BOUND[by]} for ${formatPercent(share)}`).join(', ');
    sentences.push([`Of the floor's time it is ${parts}.`]);
  }
  if (predicted !== undefined) slowest(predicted.layers, 'the predicted time');
  else slowest(floor?.layers, 'the floor');
  if (belowFloor > 0) {
    sentences.push([
      `${count(belowFloor, 'layer')} ${belowFloor === 1 ? 'is' : 'are'} predicted below ${belowFloor === 1 ? 'its' : 'their'} floor: a calibration is for the whole, and less exact for single layers.`,
    ]);
  }
  return sentences;
}

/** What two networks differ in, before the details; time comes first where it is known. */
export function pairSentences(
  diff: Diff,
  options: {
    readonly labels: readonly [a: string, b: string];
    readonly at?: readonly [a: number, b: number];
    readonly times?: readonly TimeVerdict[];
  },
): readonly Sentence[] {
  const { labels, at = [0, 1], times = [] } = options;
  const { metrics, where, inputsDiffer, uncounted } = pairFacts(diff);
  const limits = [
    ...(inputsDiffer ? ['their inputs differ, which is part of it'] : []),
    ...(uncounted === 0
      ? []
      : [`${count(uncounted, 'operator')} of them ${uncounted === 1 ? 'is' : 'are'} not counted`]),
  ];
  const judgement = judged(metrics, labels);
  return [
    ...times.map((time): Sentence => [`${verdictOf(time, labels)}.`]),
    ...(judgement === undefined ? [] : [[`${[judgement, ...limits].join('; ')}.`]]),
    ...(where === undefined ? [] : [whereSentence(where, at[1])]),
  ];
}

const labelOf = (id: string): string => DIFF_METRICS.find((metric) => metric.id === id)?.label ?? id;
const unitOf = (id: string): string => DIFF_METRICS.find((metric) => metric.id === id)?.unit ?? '1';

/** `-21.6 %`; what would round to nothing keeps one digit. */
function signedPercent(relative: number): string {
  const size = Math.abs(relative);
  return `${relative > 0 ? '+' : '-'}${size < 0.0005 ? `${(100 * size).toPrecision(1)} %` : formatPercent(size)}`;
}

function judged(metrics: readonly Judged[], [a, b]: readonly [string, string]): string | undefined {
  if (metrics.length === 0) return undefined;
  const changed = (sign: number): readonly Judged[] =>
    metrics.filter(({ relative }) => Math.sign(relative) === sign);
  const [less, more, same] = [changed(-1), changed(1), changed(0)];
  const told = (list: readonly Judged[]): string =>
    list.map(({ metric, relative }) => `${labelOf(metric)} ${signedPercent(relative)}`).join(', ');
  const rest = same.length === 0 ? '' : `; the same ${inWords(same.map(({ metric }) => labelOf(metric)))}`;
  if (less.length === 0 && more.length === 0)
    return `${b} costs what ${a} costs: the same ${inWords(same.map(({ metric }) => labelOf(metric)))}`;
  if (more.length === 0) return `${b} is cheaper than ${a}: ${told(less)}${rest}`;
  if (less.length === 0) return `${b} costs more than ${a}: ${told(more)}${rest}`;
  return `${b} costs less than ${a} in one respect and more in another: ${told(less)}, but ${told(more)}${rest}`;
}

function whereSentence({ metric, most, share, against, layer }: Where, at: number): Sentence {
  const falls = most.change < 0;
  const amount = (change: number): string =>
    `${change < 0 ? '-' : '+'}${formatValue(Math.abs(change), unitOf(metric))}`;
  const whole =
    share === 1
      ? `all that ${falls ? 'falls' : 'grows'}`
      : `${formatPercent(share)} of what ${falls ? 'falls' : 'grows'}`;
  const other = falls ? 'grow' : 'fall';
  const parts: (string | Mention)[] = [
    `${labelOf(metric)} ${falls ? 'fall' : 'grow'}${metric === 'cio' ? 's' : ''} most in stage ${plain(most.stage)} (${amount(most.change)}, ${whole})`,
  ];
  const [first] = against;
  if (first !== undefined) {
    const names = against.map(({ stage, change }) => `${plain(stage)} (${amount(change)})`);
    parts.push(
      against.length === 1 ? `; only stage ${names.join()} ${other}s` : `; stages ${inWords(names)} ${other}`,
    );
    if (layer !== undefined) {
      parts.push(
        against.length === 1 ? ', most in ' : `, in ${plain(first.stage)} most in `,
        numbered(layer, at, wordOf(layer)),
      );
    }
  }
  return [...parts, '.'];
}

const ratioText = ({ value, interval: known }: Ratio): string =>
  `${value.toFixed(3)} times the time${known === undefined ? '' : `, ${known[0].toFixed(3)} to ${known[1].toFixed(3)}`}`;

function verdictOf({ outcome, by, ratio }: TimeVerdict, [a, b]: readonly [string, string]): string {
  const how = by === 'measured' ? 'measured' : 'predicted';
  switch (outcome) {
    case 'faster':
    case 'slower':
      return `${b} is ${outcome} than ${a}: ${how}, ${ratioText(ratio)}${by === 'measured' ? ' at 95 % confidence' : ''}`;
    case 'not told':
      if (by === 'floor') return `Which of ${a} and ${b} is faster is not known: a floor is no prediction`;
      return ratio.interval === undefined
        ? `The measurement does not tell which of ${a} and ${b} is faster: the machine was too busy`
        : `The ${by === 'measured' ? 'measurement' : 'prediction'} does not tell which of ${a} and ${b} is faster (${ratioText(ratio)})`;
  }
}
