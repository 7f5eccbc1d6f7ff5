import { beforeAll, describe, expect, it } from 'vitest';
import { buildNetwork, zoo } from '../../architectures/zoo.ts';
import { align } from '../../src/analysis/align.ts';
import { pairFacts, reversed } from '../../src/analysis/conclusions/pair.ts';
import { deviceVerdict, measuredVerdict } from '../../src/analysis/conclusions/time.ts';
import { diff } from '../../src/analysis/diff.ts';
import { profile, type Profile, type ProfileRow } from '../../src/analysis/profile.ts';
import {
  networkSentences,
  pairSentences,
  profileConclusions,
  sentenceText,
} from '../../src/report/conclusions.ts';
import { made, row } from '../analysis/rows.ts';

// Sentences are read back as a person would, and every number and name in them computed anew from the rows.

const PREFIX: Readonly<Record<string, number>> = {
  '': 1,
  k: 1e3,
  M: 1e6,
  G: 1e9,
  T: 1e12,
  B: 1,
  KiB: 2 ** 10,
  MiB: 2 ** 20,
  GiB: 2 ** 30,
};

/** Whether a printed number is that number: it is off by half of its last digit at most. */
function prints(text: string, value: number): boolean {
  const [, digits = '', prefix = ''] = /^([\d.]+) ?(\S*)$/.exec(text) ?? [];
  const unit = PREFIX[prefix];
  if (unit === undefined) return false;
  const last = 10 ** -(digits.split('.')[1] ?? '').length;
  return Math.abs(Number(digits) - value / unit) <= 0.5001 * last;
}

const sum = (values: readonly number[]): number => values.reduce((x, y) => x + y, 0);

let profiles: readonly Profile[] = [];
beforeAll(() => {
  profiles = zoo().map(({ name }) => profile(buildNetwork(name)));
});

describe('what is said of one network', () => {
  it('is what the rows of every network of the zoo say', () => {
    const said = new Map<string, number>();
    for (const of of profiles) {
      const texts = networkSentences(of).map(sentenceText);
      for (const text of texts) said.set(checked(text, of), (said.get(checked(text, of)) ?? 0) + 1);
      expect(texts.length, of.network.name).toBeGreaterThanOrEqual(3);
    }
    // Every form of the sentences is met, so that none of these checks is idle.
    expect([...said.keys()].sort()).toEqual(['concentrated', 'evened', 'peak', 'stages']);
  });

  it('of layers that do as much each is that they are even', () => {
    const even = made([row(0, { flops: 3 }), row(1, { flops: 2 }), row(2), row(3, { flops: 3 })]);
    const [text = ''] = networkSentences(even).map(sentenceText);
    expect(text).toBe(
      'The FLOPs are spread evenly: the largest layer (3x3: #0) does 37.5 % of them, 1.1 times the mean of the 3 that compute.',
    );
    expect(checked(text, even)).toBe('even');
  });

  it('of two layers of which one does most is not that they are even', () => {
    const [text] = networkSentences(made([row(0, { flops: 8 }), row(1, { flops: 3 })])).map(sentenceText);
    expect(text).toBe(
      'The largest layer (3x3: #0) does 72.7 % of the FLOPs, 1.5 times the mean of the 2 that compute.',
    );
  });

  it('says what it does not cover, and that nothing is known where nothing is', () => {
    const coverage = { counted: 1, uncounted: [{ op: 'Mystery', count: 2 }] };
    expect(networkSentences(made([row(0)], {}, { coverage })).map(sentenceText)).toEqual([
      'No layer has any FLOPs by this convention.',
      '2 operators are not counted: totals are too low, and shares are of the rest.',
    ]);
  });
});

/** Checks one sentence against the rows. @returns which it is */
function checked(text: string, { layers, peak, network }: Profile): string {
  const where = `${network.name}: ${text}`;
  const flops = layers.map((each) => each.flops ?? 0);
  const whole = sum(flops);
  const most = Math.max(...flops);
  const computing = flops.filter((each) => each > 0).length;
  const indices = [...text.matchAll(/#(\d+)/g)].map(([, index]) => Number(index));
  const largest = flops.flatMap((each, i) => (each >= 0.9 * most ? [i] : []));
  const share = (part: number): number => 100 * part;

  const concentrated =
    /^(\d+) of (\d+) layers? \(.*?(?: and (\d+) more)?\) (?:do|does) ([\d.]+) % of the FLOPs[;,] (?:the largest is )?([\d.]+) times the mean of the (\d+) that compute\.$/.exec(
      text,
    );
  if (concentrated !== null) {
    const [, count, all, more, part, times, mean] = concentrated.map(String);
    expect(Number(count), where).toBe(largest.length);
    expect(Number(all), where).toBe(layers.length);
    expect(indices.length + (more === 'undefined' ? 0 : Number(more)), where).toBe(largest.length);
    expect(indices, where).toEqual(largest.slice(0, indices.length));
    expect(prints(String(part), share(sum(largest.map((i) => flops[i] as number)) / whole)), where).toBe(
      true,
    );
    expect(prints(String(times), most / (whole / computing)), where).toBe(true);
    expect(most / (whole / computing), where).toBeGreaterThanOrEqual(2);
    expect(Number(mean), where).toBe(computing);
    return 'concentrated';
  }
  const even =
    /^The FLOPs are spread evenly: the largest layer \(.*\) does ([\d.]+) % of them, ([\d.]+) times the mean of the (\d+) that compute\.$/.exec(
      text,
    );
  if (even !== null) {
    expect(flops[indices[0] as number], where).toBe(most);
    expect(prints(String(even[1]), share(most / whole)), where).toBe(true);
    expect(prints(String(even[2]), (most * computing) / whole), where).toBe(true);
    expect((most * computing) / whole, where).toBeLessThan(2);
    expect(Number(even[3]), where).toBe(computing);
    return 'even';
  }
  const evened =
    /^Cut to the size of the next, #\d+ \S+, (?:it|they) would save ([\d.]+) % of the FLOPs, and the largest layer would be ([\d.]+) % smaller\.$/.exec(
      text,
    );
  if (evened !== null) {
    const next = Math.max(...flops.filter((_, i) => !largest.includes(i)));
    expect(flops[indices[0] as number], where).toBe(next);
    const after = flops.map((each, i) => (largest.includes(i) ? next : each));
    expect(prints(String(evened[1]), share(1 - sum(after) / whole)), where).toBe(true);
    expect(prints(String(evened[2]), share(1 - Math.max(...after) / most)), where).toBe(true);
    return 'evened';
  }
  const stages =
    /^Stage (\S+) does the most FLOPs \(([\d.]+) %\)(?:, stage (\S+)| and) moves the most \(([\d.]+) % of the CIO\)\.$/.exec(
      text,
    );
  if (stages !== null) {
    const [, first, flopShare, second, cioShare] = stages;
    for (const [id, stage, printed] of [
      ['flops', first, flopShare],
      ['cio', second ?? first, cioShare],
    ] as const) {
      const of = (name: string): number =>
        sum(layers.flatMap((each) => (each.stage === name ? [each[id] ?? 0] : [])));
      const names = [...new Set(layers.map((each) => each.stage))];
      expect(of(String(stage)), where).toBe(Math.max(...names.map(of)));
      expect(prints(String(printed), share(of(String(stage)) / sum(names.map(of)))), where).toBe(true);
    }
    return 'stages';
  }
  const held =
    /^Activations take (.+) at the peak, in #\d+ \S+, in (?:(\d+) tensors, the largest of (.+)|one tensor)\.$/.exec(
      text,
    );
  if (held !== null) {
    const live = layers.map((each) => each.peakActivationBytes ?? 0);
    expect(prints(String(held[1]), Math.max(...live)), where).toBe(true);
    expect(live[indices[0] as number], where).toBe(Math.max(...live));
    const tensors = peak?.tensors ?? [];
    expect(Number(held[2] ?? 1), where).toBe(tensors.length);
    if (held[3] !== undefined)
      expect(prints(held[3], Math.max(...tensors.map(({ bytes }) => bytes))), where).toBe(true);
    return 'peak';
  }
  throw new Error(`no check for: ${where}`);
}

const LABELS = {
  FLOPs: 'flops',
  CIO: 'cio',
  weights: 'weights',
  'parameter bytes': 'parameterBytes',
  'peak activations': 'peakActivationBytes',
} as const;

describe('what is said of two networks', () => {
  it('is what the rows of 200 pairs of the zoo say, from either side', () => {
    const said = new Set<string>();
    // A step that is prime to the number of networks meets families within and across.
    const pairs = Array.from({ length: 200 }, (_, k) => {
      const i = k % profiles.length;
      return [
        i,
        (i + (k < profiles.length ? 1 : k < 2 * profiles.length ? 7 : 40)) % profiles.length,
      ] as const;
    });
    for (const [k, [i, j]] of pairs.entries()) {
      const [a, b] = [profiles[i] as Profile, profiles[j] as Profile];
      const difference = diff(a, b);
      for (const text of pairSentences(difference, { labels: ['A', 'B'] }).map(sentenceText))
        said.add(checkedPair(text, a, b));
      // The other side, of some: to align networks takes most of the time.
      if (k % 5 !== 0) continue;
      const back = pairSentences(reversed(difference), { labels: ['B', 'A'] }).map(sentenceText);
      expect(back).toEqual(pairSentences(diff(b, a), { labels: ['B', 'A'] }).map(sentenceText));
    }
    expect([...said].sort()).toEqual(['alike', 'cheaper', 'dearer', 'traded', 'where']);
  });

  it('of a network and its quantised self is what is stored, not what is counted', () => {
    const totals = { flops: 8, cio: 4, weights: 100, peakActivationBytes: 64 };
    const float = made([row(0, { flops: 8 })], { ...totals, parameterBytes: 400 });
    const int8 = made([row(0, { flops: 8 })], { ...totals, parameterBytes: 100, peakActivationBytes: 16 });
    expect(pairSentences(diff(float, int8), { labels: ['float', 'int8'] }).map(sentenceText)).toEqual([
      'int8 is cheaper than float: parameter bytes -75.0 %, peak activations -75.0 %; the same FLOPs, CIO and weights.',
    ]);
  });

  it('of networks of other inputs, or not counted whole, is said to be no more than that', () => {
    const a = made([row(0, { flops: 8 })], { flops: 8 });
    const b: Profile = {
      ...made([row(0, { flops: 4 })], { flops: 4 }),
      coverage: { counted: 1, uncounted: [{ op: 'Mystery', count: 1 }] },
      network: { ...a.network, inputs: [{ name: 'x', shape: [1, 4, 4, 4], dtype: 'float32' }] },
    };
    expect(pairSentences(diff(a, b), { labels: ['A', 'B'] }).map(sentenceText)).toEqual([
      'B is cheaper than A: FLOPs -50.0 %; their inputs differ, which is part of it; 1 operator of them is not counted.',
    ]);
  });

  it('of a network and itself is that nothing changes', () => {
    const same = profiles[0] as Profile;
    expect(pairSentences(diff(same, same), { labels: ['A', 'B'] }).map(sentenceText)).toEqual([
      'B costs what A costs: the same FLOPs, CIO, weights and peak activations.',
    ]);
    expect(pairFacts(diff(same, same)).where).toBeUndefined();
  });
});

function checkedPair(text: string, a: Profile, b: Profile): string {
  const where = `${a.network.name} -> ${b.network.name}: ${text}`;
  const inputs = [a, b].map(({ network }) =>
    JSON.stringify(network.inputs.map(({ shape, dtype }) => [shape, dtype])),
  );
  const stageForm =
    /^(FLOPs|CIO|weights|parameter bytes) (falls?|grows?) most in stage (\S+) \(([+-])([^,]+), (?:([\d.]+) %|all) (?:of what|that) (?:falls|grows)\)(.*)\.$/.exec(
      text,
    );
  if (stageForm !== null) {
    const [, label, verb, stage, sign, amount, part, rest] = stageForm.map(String);
    const id = LABELS[label as keyof typeof LABELS];
    const direction = String(verb).startsWith('fall') ? -1 : 1;
    const stages = [...new Set([...a.layers, ...b.layers].map((each) => each.stage))];
    const of = (rows: readonly ProfileRow[], name: string): number =>
      sum(rows.flatMap((each) => (each.stage === name ? [each[id] ?? 0] : [])));
    const changes = new Map(stages.map((name) => [name, of(b.layers, name) - of(a.layers, name)]));
    const along = [...changes.values()].filter((change) => change * direction > 0);
    const own = changes.get(String(stage)) as number;
    expect(sign, where).toBe(direction < 0 ? '-' : '+');
    expect(Math.sign((b.totals[id] as number) - (a.totals[id] as number)), where).toBe(direction);
    expect(own * direction, where).toBe(Math.max(...along.map((change) => change * direction)));
    expect(prints(String(amount), Math.abs(own)), where).toBe(true);
    if (part === 'undefined') expect(along, where).toHaveLength(1);
    else expect(prints(String(part), (100 * own) / sum(along)), where).toBe(true);
    const against = [...changes].filter(([, change]) => change * direction < 0);
    const told = [...String(rest).matchAll(/(\S+) \(([+-])([^)]+)\)/g)];
    expect(told.map(([, name]) => name).sort(), where).toEqual(against.map(([name]) => name).sort());
    for (const [, name, turn, size] of told) {
      const change = changes.get(String(name)) as number;
      expect(turn, where).toBe(change < 0 ? '-' : '+');
      expect(prints(String(size), Math.abs(change)), where).toBe(true);
    }
    const [first] = told;
    const blamed = /most in #(\d+)/.exec(String(rest))?.[1];
    if (first !== undefined && blamed !== undefined) {
      const growth = (from: ProfileRow | undefined, to: ProfileRow): number =>
        -direction * ((to[id] ?? 0) - (from?.[id] ?? 0));
      const grown = align(a.layers, b.layers).flatMap(([from, to]) =>
        to !== undefined && to.stage === first[1] ? [[to.index, growth(from, to)] as const] : [],
      );
      const most = Math.max(...grown.map(([, change]) => change));
      expect(grown.find(([index]) => index === Number(blamed))?.[1], where).toBe(most);
    }
    return 'where';
  }
  const [judgement = '', ...limits] = text.replace(/\.$/, '').split('; ');
  const alike = /^B costs what A costs: the same (.+)$/.exec(judgement);
  if (alike !== null) {
    const names = String(alike[1]).split(/, | and /);
    for (const name of names) {
      const id = LABELS[name as keyof typeof LABELS];
      expect(b.totals[id], where).toBe(a.totals[id]);
    }
    expect(names.length, where).toBeGreaterThanOrEqual(4);
    return 'alike';
  }
  const form =
    /^B (?:is (cheaper) than A|costs (more) than A|costs less than A in one respect and (more in another)): (.+)$/.exec(
      judgement,
    );
  if (form === null) throw new Error(`no check for: ${where}`);
  expect(limits.includes('their inputs differ, which is part of it'), where).toBe(inputs[0] !== inputs[1]);
  const told = [
    ...String(form[4]).matchAll(/(FLOPs|CIO|weights|parameter bytes|peak activations) ([+-])([\d.e-]+) %/g),
  ];
  for (const [, label, sign, size] of told) {
    const id = LABELS[label as keyof typeof LABELS];
    const relative = (b.totals[id] as number) / (a.totals[id] as number) - 1;
    expect(sign, where).toBe(relative < 0 ? '-' : '+');
    const last = 10 ** -(String(size).split('.')[1] ?? '').length;
    expect(Math.abs(100 * Math.abs(relative) - Number(size)), where).toBeLessThanOrEqual(0.5001 * last);
  }
  const same = limits.find((each) => each.startsWith('the same '));
  for (const label of Object.keys(LABELS) as (keyof typeof LABELS)[]) {
    const id = LABELS[label];
    if (same?.includes(label) === true) expect(b.totals[id], where).toBe(a.totals[id]);
    // What is left out changes as the weights do.
    else if (label !== 'parameter bytes')
      expect(
        told.some(([, name]) => name === label),
        where,
      ).toBe(true);
  }
  const signs = new Set(told.map(([, , sign]) => sign));
  expect([...signs].sort().join(''), where).toBe(
    form[1] === 'cheaper' ? '-' : form[2] === 'more' ? '+' : '+-',
  );
  return form[1] ?? (form[2] === 'more' ? 'dearer' : 'traded');
}

describe('what is said of time', () => {
  const measured = (low: number, high: number) =>
    measuredVerdict({
      network: 1,
      reference: 0,
      ratio: (low + high) / 2,
      interval: [low, high],
      processes: [],
    });

  it('never claims what the interval does not allow', () => {
    expect(measured(0.9, 0.99).outcome).toBe('faster');
    expect(measured(1.01, 1.1).outcome).toBe('slower');
    expect(measured(0.9, 1).outcome).toBe('not told');
    expect(measured(1, 1.1).outcome).toBe('not told');
    expect(measured(0.98, 1.02).outcome).toBe('not told');
    expect(measuredVerdict({ network: 1, reference: 0, ratio: 0.5, processes: [] }).outcome).toBe('not told');
  });

  const predicted = (seconds: number, low: number, high: number): Profile =>
    made(
      [row(0)],
      {},
      {
        device: {
          id: 'made',
          title: 'Made',
          kind: 'gpu',
          dtype: 'float32',
          peakFlopsPerSecond: 1,
          unverified: [],
          notStated: [],
        },
        latency: {
          batch: 1,
          floor: { seconds: 1, framesPerSecond: 1, flopsPerSecond: 1, peakShare: 1 },
          prediction: {
            seconds,
            low,
            high,
            framesPerSecond: 1,
            flopsPerSecond: 1,
            peakShare: 1,
            fittedOn: 'made',
            samples: 1,
            error: { fit: 0, leaveOneOut: 0, unseen: 0 },
            note: '',
          },
          boundSeconds: { compute: 0.75, memory: 0.25, overhead: 0 },
          unknown: 0,
        },
      },
    );

  it('of two predictions says which is faster only where their intervals are apart', () => {
    expect(deviceVerdict(predicted(2, 1.8, 2.2), predicted(1, 0.9, 1.1))?.outcome).toBe('faster');
    expect(deviceVerdict(predicted(1, 0.9, 1.1), predicted(2, 1.8, 2.2))?.outcome).toBe('slower');
    expect(deviceVerdict(predicted(1, 0.9, 1.1), predicted(1.2, 1.1, 1.3))?.outcome).toBe('not told');
  });

  it('says what binds the floor, and which layers are predicted below theirs', () => {
    const profile = predicted(2, 1.8, 2.2);
    const slow = {
      ...profile,
      layers: [
        row(0, { floorSeconds: 0.5, predictedSeconds: 0.4 }),
        row(1, { floorSeconds: 0.5, predictedSeconds: 1.6 }),
      ],
    };
    const pair = pairSentences(diff(slow, slow), {
      labels: ['A', 'B'],
      times: [deviceVerdict(profile, predicted(1, 0.9, 1.1))].flatMap((each) => each ?? []),
    });
    expect(sentenceText(pair[0] ?? [])).toBe(
      'B is faster than A: predicted, 0.500 times the time, 0.409 to 0.611.',
    );
    expect(profileConclusions(slow).slice(0, 4)).toEqual([
      '2 s (1.8 s to 2.2 s for networks unlike those of its calibration) predicted on Made, float32, batch 1; no run layer by layer is faster than 1 s.',
      "Of the floor's time it is compute-bound for 75.0 %, memory-bound for 25.0 %.",
      '1 of 2 layers (3x3: #1) takes 80.0 % of the predicted time, 1.6 times the mean of the 2 that take any.',
      '1 layer is predicted below its floor: a calibration is for the whole, and less exact for single layers.',
    ]);
  });
});
