import { boundsText } from '../bounds.ts';
import type { Cause, Check, GateResult, LimitCheck, RuleCheck, Status } from '../../analysis/gate/result.ts';
import type { Origin } from '../../diagnostics.ts';
import { DASH } from '../columns.ts';
import { formatSeconds } from '../device/format.ts';
import { formatPercent, formatValue, listed } from '../format.ts';
import type { GateReport } from './report.ts';

/** A number in full, for sentences that must show a difference of one: `32,642,024`. */
export function exactly(value: number, unit: string): string {
  if (unit === 'share') return `${String(Number((100 * value).toPrecision(6)))} %`;
  if (unit === 's') return `${String(Number((1000 * value).toPrecision(7)))} ms`;
  if (!Number.isInteger(value)) return String(Number(value.toPrecision(7)));
  const digits = String(value).replace(/\B(?=(\d{3})+$)/g, ',');
  return unit === 'byte' ? `${digits} bytes` : digits;
}

/** A number for a table. */
export function roughly(value: number, unit: string): string {
  if (unit === 'share') return formatPercent(value);
  return unit === 's' ? formatSeconds(value) : formatValue(value, unit);
}

const signed = (value: number, text: (size: number) => string): string =>
  value === 0 ? '0' : (value > 0 ? '+' : '-') + text(Math.abs(value));

/** `+1.41 %` against the baseline; undefined where there is none, or it is 0. */
export function changeOf({ value, baseline }: LimitCheck): string | undefined {
  if (baseline === undefined || baseline === 0) return undefined;
  return signed(value / baseline - 1, (share) => {
    const percent = 100 * share;
    return percent < 0.001 ? '<0.001 %' : `${percent.toFixed(percent < 1 ? 3 : 2)} %`;
  });
}

/** What came out, in one sentence with exact numbers. */
export const sentence = (check: Check): string =>
  (check.kind === 'rule' ? ruleSentence(check) : limitSentence(check)) +
  (check.inputs === undefined
    ? ''
    : `; part of it is the input, ${check.inputs.now}, in the baseline ${check.inputs.baseline}`);

function limitSentence(check: LimitCheck): string {
  const { name, status, value, unit, baseline, allowed, demand } = check;
  const change = changeOf(check);
  const against =
    baseline === undefined || change === undefined
      ? ''
      : change === '0'
        ? ', as in the baseline'
        : `, ${change} against ${exactly(baseline, unit)} in the baseline`;
  const verdict = status === 'fail' || status === 'warn' ? 'is too large: ' : 'is ';
  const limit =
    allowed === undefined
      ? ` (no baseline yet)`
      : `; ${demand} allows ${exactly(floor(allowed, unit), unit)}${status === 'pass' && value > allowed ? ', which the interval reaches' : ''}`;
  return `${name} ${verdict}${exactly(rounded(value, check), unit)}${confidence(check)}${against}${limit}`;
}

/** A measurement is no more exact than its interval: four digits say more than enough. */
const rounded = (value: number, { interval }: LimitCheck): number =>
  interval === undefined ? value : Number(value.toPrecision(4));

/** ` of resnet50's (95 % confidence: 1.08 to 1.12)` */
function confidence(check: LimitCheck): string {
  const { interval, reference, unit } = check;
  if (interval === undefined) return '';
  const [low, high] = interval.map((end) => exactly(rounded(end, check), unit));
  return `${reference === undefined ? '' : ` of ${reference}'s`} (95 % confidence: ${low ?? ''} to ${high ?? ''})`;
}

/** Counts are whole, so what is allowed ends at the last whole number. */
const floor = (allowed: number, unit: string): number =>
  unit === 'share' || unit === '1' || unit === 's' ? allowed : Math.floor(allowed);

function ruleSentence({ name, demand, status, message, values }: RuleCheck): string {
  switch (status) {
    case 'new':
      return `${name}: ${demand} is not checked (no baseline yet)`;
    case 'pass':
    case 'improved':
      return `${name}: ${demand} holds`;
    case 'warn':
    case 'fail': {
      const numbers = Object.entries(values).map(([path, value]) => `${path} is ${exactly(value, '1')}`);
      const why = message === undefined ? '' : `${message}; `;
      return `${name}: ${why}${demand} does not hold: ${numbers.join(', ')}`;
    }
  }
}

/** `+154,140,672 FLOP`, or the value where nothing is compared. */
export function amountOf({ value, growth, unit }: Cause, by: Check['causesBy']): string {
  const suffix = unit === 'FLOP' || unit === 'MAC' ? ` ${unit}` : '';
  return (
    (by === 'growth' && growth !== undefined
      ? signed(growth, (size) => exactly(size, unit))
      : exactly(value, unit)) + suffix
  );
}

/** `#0: conv 7x7/2 3->96, was 7x7/2 3->64`, with the layer's name if it has one: `#0 stem: ...` */
export function layerText({ layer, before, fate }: Cause): string {
  const operator = layer.detail === undefined ? layer.kind : `${layer.kind} ${layer.detail}`;
  const was =
    before?.detail === undefined || before.detail === layer.detail
      ? ''
      : `, was ${before.kind === layer.kind ? '' : `${before.kind} `}${before.detail}`;
  const FATES = {
    same: '',
    changed: was === '' ? ', changed' : '',
    fed: ', only its input changed',
    added: ', new',
  };
  // A name that only says where the layer stands says nothing beside its number.
  const name = layer.name.endsWith(String(layer.index)) ? '' : ` ${layer.name}`;
  return `#${String(layer.index)}${name}: ${operator}${was}${fate === undefined ? '' : FATES[fate]}`;
}

/** A layer behind a demand that is not met, on one line. */
export function causeText(cause: Cause, by: Check['causesBy']): string {
  return `${amountOf(cause, by)} by ${layerText(cause)}${placeBehind(cause.layer.origin)}`;
}

/** The causes with what started it first, and what only follows from that behind it. */
export function rooted({
  causes,
  causesBy,
}: Check): readonly { readonly cause: Cause; readonly follows: boolean }[] {
  if (causesBy !== 'growth') return causes.map((cause) => ({ cause, follows: false }));
  const roots = causes.filter(({ fate }) => fate !== 'fed');
  const rootOf = ({ layer }: Cause): Cause | undefined =>
    roots
      .filter((root) => root.layer.index < layer.index)
      .reduce<Cause | undefined>(
        (last, root) => (last === undefined || root.layer.index > last.layer.index ? root : last),
        undefined,
      );
  const fed = causes.filter(({ fate }) => fate === 'fed');
  return [
    ...fed.filter((cause) => rootOf(cause) === undefined).map((cause) => ({ cause, follows: false })),
    ...roots.flatMap((root) => [
      { cause: root, follows: false },
      ...fed.filter((cause) => rootOf(cause) === root).map((cause) => ({ cause, follows: true })),
    ]),
  ];
}

/** What the layers behind a demand that is not met have in common. */
export function causesTitle(check: Check): string {
  if (check.causesBy !== 'growth') return 'the layers with the most';
  return rooted(check).some(({ follows }) => follows)
    ? 'the layers that grew, each before those that only follow from it'
    : 'the layers that grew, most first';
}

/** `models/net.cfg:12`; nothing where no line is known, because the layer's name says the rest. */
export function placeText({ file, line }: Origin): string {
  return file === undefined || line === undefined ? '' : `${file}:${String(line)}`;
}

/** The place in parentheses, to stand behind a sentence. */
export function placeBehind(origin: Origin): string {
  const place = placeText(origin);
  return place === '' ? '' : ` (${place})`;
}

/**
 * Where to look first: the largest layer that changed itself and stands in a file, or else the largest in a file,
 * or else where the demand is.
 */
export function placeOf({ causes, place }: Check): Origin {
  const inFiles = causes.filter(({ layer }) => layer.origin.file !== undefined);
  const own = inFiles.find(({ fate }) => fate === 'changed' || fate === 'added');
  return (own ?? inFiles[0])?.layer.origin ?? place;
}

/** `against reports/baselines/x.json`, or nothing. */
export const against = ({ baseline }: GateResult): string =>
  baseline === undefined ? '' : `against ${baseline}`;

/** What each network that fails fails by, and the layer that it begins with; one sentence a network. */
export function headline({ results }: GateReport): readonly string[] {
  return results.flatMap(({ model, checks }) => {
    const failed = checks.filter(({ status }) => status === 'fail');
    if (failed.length === 0) return [];
    const parts = failed.map((check) => {
      const change = check.kind === 'limit' ? changeOf(check) : undefined;
      return `${check.name}${change === undefined ? '' : ` ${change}`}`;
    });
    const [root] = failed.flatMap((check) => rooted(check).slice(0, 1));
    const by = root === undefined ? '' : `, by ${layerText(root.cause)}`;
    return [`${model}: ${parts.join(', ')}${by}`];
  });
}

/** Checks and failures of the whole run. */
export function verdict({ results }: GateReport): string {
  const statuses = results.flatMap(({ checks }) => checks.map(({ status }) => status));
  const count = (status: Status): number => statuses.filter((each) => each === status).length;
  const networks = results.length === 1 ? '1 network' : `${String(results.length)} networks`;
  const checks = statuses.length === 1 ? '1 check' : `${String(statuses.length)} checks`;
  const [failed, warned, unchecked] = [count('fail'), count('warn'), count('new')];
  const outcomes = [
    ...(failed > 0 ? [`${String(failed)} failed`] : []),
    ...(warned > 0 ? [`${String(warned)} ${warned === 1 ? 'warning' : 'warnings'}`] : []),
    ...(unchecked > 0 ? [`${String(unchecked)} without a baseline`] : []),
  ];
  return `${networks}, ${checks}: ${outcomes.length === 0 ? 'all hold' : outcomes.join(', ')}`;
}

/** What the values of a network leave out; nothing where that is nothing. */
export const uncountedText = ({
  model,
  coverage,
}: Pick<GateResult, 'model' | 'coverage'>): readonly string[] => {
  const list = coverage.uncounted.map(({ op, count }) => `${String(count)} x ${op}`).join(', ');
  return [
    ...(list === '' ? [] : [`Not counted in ${model}, so every value is too low: ${list}.`]),
    ...boundsText(coverage).map((note) => `${model} is ${note}.`),
  ];
};

const MOST_LISTED = 20;

/** What the numbers lack, and what to do about the outcome. */
export function advice({ results }: GateReport): readonly string[] {
  const isOfBaseline = (check: Check): boolean => check.kind === 'rule' || check.interval === undefined;
  const some = (status: Status, updatable: boolean): boolean =>
    results.some(
      (result) =>
        (result.updatable || !updatable) &&
        result.checks.some((check) => check.status === status && isOfBaseline(check)),
    );
  const better = results.filter(
    (each) => each.updatable && each.checks.some(({ status }) => status === 'improved'),
  );
  return [
    ...results.flatMap(uncountedText),
    ...(some('fail', true)
      ? ['If this growth is meant, run csp-profile gate --update and commit the baselines.']
      : []),
    ...(better.length > 0
      ? [
          `Cheaper than the baseline: ${listed(
            better.map(({ model }) => model),
            MOST_LISTED,
          )}. Run csp-profile gate --update to keep it that way.`,
        ]
      : []),
    ...(some('new', true) ? ['Run csp-profile gate --update to write the baselines that are missing.'] : []),
  ];
}

export const MARKS: Readonly<Record<Status, string>> = {
  pass: '✓',
  improved: '↓',
  warn: '!',
  fail: '✗',
  new: '?',
};

/** Cells of one check: value, baseline, change, demand. */
export function cells(
  check: Check,
): readonly [value: string, baseline: string, change: string, demand: string] {
  if (check.kind === 'rule') return ['', '', '', check.demand];
  const { value, unit, baseline, demand, interval, reference } = check;
  return [
    roughly(value, unit),
    baseline === undefined ? DASH : roughly(baseline, unit),
    interval === undefined
      ? (changeOf(check) ?? DASH)
      : `+-${formatPercent((interval[1] - interval[0]) / (2 * value))}`,
    reference === undefined ? demand : `${demand} of ${reference}`,
  ];
}
