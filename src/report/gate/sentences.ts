import type { Cause, Check, GateResult, LimitCheck, Status } from '../../analysis/gate/gate.ts';
import type { ProfileRow } from '../../analysis/profile.ts';
import { formatOrigin, type Origin } from '../../diagnostics.ts';
import { DASH } from '../columns.ts';
import { formatPercent, formatValue } from '../format.ts';
import type { GateReport } from './report.ts';

/** A number in full, for sentences that must show a difference of one: `32,642,024`. */
export function exactly(value: number, unit: string): string {
  if (unit === 'share') return `${String(Number((100 * value).toPrecision(6)))} %`;
  if (!Number.isInteger(value)) return String(Number(value.toPrecision(7)));
  const digits = String(value).replace(/\B(?=(\d{3})+$)/g, ',');
  return unit === 'byte' ? `${digits} bytes` : digits;
}

/** A number for a table. */
export const roughly = (value: number, unit: string): string =>
  unit === 'share' ? formatPercent(value) : formatValue(value, unit);

const signed = (value: number, text: (size: number) => string): string =>
  value === 0 ? '0' : (value > 0 ? '+' : '-') + text(Math.abs(value));

/** `+1.41 %` against the baseline; undefined where there is none, or it is 0. */
export function changeOf({ value, baseline }: LimitCheck): string | undefined {
  if (baseline === undefined || baseline === 0) return undefined;
  return signed(value / baseline - 1, (share) => `${(100 * share).toFixed(share < 0.01 ? 3 : 2)} %`);
}

/** What came out, in one sentence with exact numbers. */
export function sentence(check: Check): string {
  if (check.kind === 'rule') return ruleSentence(check);
  const { name, status, value, unit, baseline, allowed, demand } = check;
  const change = changeOf(check);
  const against =
    baseline === undefined || change === undefined
      ? ''
      : change === '0'
        ? ', as in the baseline'
        : `, ${change} against ${exactly(baseline, unit)} in the baseline`;
  const limit = allowed === undefined ? '' : `: ${demand} allows ${exactly(floor(allowed, unit), unit)}`;
  const verdict: Record<Status, string> = {
    pass: '',
    fail: ' and is too large',
    warn: ' and is too large',
    improved: ' and is better than the limit expects',
    new: ' and has no baseline yet',
  };
  return `${name} is ${exactly(value, unit)}${against}${verdict[status]}${limit}`;
}

/** Counts are whole, so what is allowed ends at the last whole number. */
const floor = (allowed: number, unit: string): number =>
  unit === 'share' || unit === '1' ? allowed : Math.floor(allowed);

function ruleSentence({ name, demand, status, message, values }: Extract<Check, { kind: 'rule' }>): string {
  switch (status) {
    case 'new':
      return `${name}: not checked, there is no baseline yet (${demand})`;
    case 'pass':
    case 'improved':
      return `${name}: ${demand} holds`;
    case 'warn':
    case 'fail': {
      const numbers = Object.entries(values).map(([path, value]) => `${path} is ${String(value)}`);
      const why = message === undefined ? '' : `${message}; `;
      return `${name}: ${why}${demand} does not hold: ${numbers.join(', ')}`;
    }
  }
}

/** `conv 3x3 64->128` */
const operator = ({ kind, detail }: ProfileRow): string =>
  detail === undefined ? kind : `${kind} ${detail}`;

/** A layer behind a demand that is not met: what it is, what it was, and how much of it that makes. */
export function causeText({ layer, before, amount, unit, why }: Cause): string {
  const now = operator(layer);
  const then = before === undefined ? undefined : operator(before);
  const history: Record<Cause['why'], string> = {
    added: ', new',
    changed: then === undefined || then === now ? ', changed' : `, was ${then}`,
    fed: then === undefined || then === now ? ', reads more' : `, was ${then}, reads more`,
    costs: '',
  };
  return `#${String(layer.index)} ${layer.name}: ${now}${history[why]}: ${why === 'costs' ? '' : '+'}${exactly(amount, unit)}`;
}

/** What the layers behind a demand that is not met have in common. */
export const causesTitle = ({ causes: [first] }: Check): string =>
  first?.why === 'costs' ? 'the layers with the most' : 'the layers that grew, most first';

export const placeText = (origin: Origin): string => formatOrigin(origin);

/** Where to look first: the first layer behind it that stands in a file, or the demand itself. */
export function placesOf({ causes, place }: Check): readonly [Origin, ...Origin[]] {
  const inFiles = causes.map(({ layer }) => layer.origin).filter((origin) => fileOf(origin) !== undefined);
  const [first = place, ...others] = inFiles;
  return [first, ...others];
}

/** The file that an origin names. */
export const fileOf = (origin: Origin): string | undefined => ('file' in origin ? origin.file : undefined);

export const lineOf = (origin: Origin): number | undefined => ('line' in origin ? origin.line : undefined);

/** `against reports/baselines/x.json`, or nothing. */
export const against = ({ baseline }: GateResult): string =>
  baseline === undefined ? '' : `against ${baseline}`;

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

/** What to do about the outcome. */
export function advice({ results }: GateReport): readonly string[] {
  const some = (status: Status, updatable: boolean): boolean =>
    results.some(
      (result) => (result.updatable || !updatable) && result.checks.some((check) => check.status === status),
    );
  const better = results.filter(
    (each) => each.updatable && each.checks.some(({ status }) => status === 'improved'),
  );
  return [
    ...(some('fail', true)
      ? ['If this growth is meant, run csp-profile gate --update and commit the baselines.']
      : []),
    ...(better.length > 0
      ? [
          `Cheaper than the baseline: ${better.map(({ model }) => model).join(', ')}. Run csp-profile gate --update to keep it that way.`,
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
  const { value, unit, baseline, demand } = check;
  return [
    roughly(value, unit),
    baseline === undefined ? DASH : roughly(baseline, unit),
    changeOf(check) ?? DASH,
    demand,
  ];
}
