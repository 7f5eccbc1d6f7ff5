import type { Problem } from '../../ops/spec.ts';
import { diff, type LayerPair } from '../diff.ts';
import type { Profile } from '../profile.ts';
import { allowed, improved, needsBaseline, type Limit } from './limit.ts';
import { gateMetric, type GateMetric } from './metrics.ts';
import type { Names, Rule } from './rule.ts';

/** What is demanded of one network. */
export interface GateTarget {
  /** the model as the configuration names it */
  readonly model: string;
  readonly limits: readonly { readonly metric: GateMetric; readonly limit: Limit }[];
  readonly rules: readonly NamedRule[];
}

export interface NamedRule {
  readonly name: string;
  readonly rule: Rule;
  readonly severity: 'error' | 'warn';
  readonly message?: string;
}

/** The outcome of one limit or rule. */
export interface Check {
  /** metric of a limit, or name of a rule */
  readonly name: string;
  readonly status: 'pass' | 'fail' | 'warn' | 'improved';
  /** one sentence for people */
  readonly message: string;
  readonly metric?: string;
  readonly unit?: string;
  readonly value?: number;
  readonly baseline?: number;
  /** the largest value that would have passed */
  readonly allowed?: number;
  /** what the configuration says */
  readonly demand: string;
  /** layers that made the metric grow, largest growth first */
  readonly causes: readonly Cause[];
}

export interface Cause {
  readonly layer: LayerPair;
  readonly growth: number;
}

export interface GateResult {
  readonly model: string;
  readonly profile: Profile;
  readonly checks: readonly Check[];
}

export const failed = (results: readonly GateResult[]): boolean =>
  results.some(({ checks }) => checks.some(({ status }) => status === 'fail'));

const MOST_CAUSES = 10;

/**
 * Whether a network keeps what is demanded of it.
 *
 * @returns the result, or what makes the demand meaningless (a baseline or a number that is not there)
 */
export function gate(target: GateTarget, profile: Profile, baseline: Profile | undefined): GateResult | Problem {
  const checks: Check[] = [];
  for (const { metric, limit } of target.limits) {
    const check = checkLimit(metric, limit, profile, baseline);
    if ('problem' in check) return check;
    checks.push(check);
  }
  for (const rule of target.rules) {
    const check = checkRule(rule, profile, baseline);
    if ('problem' in check) return check;
    checks.push(check);
  }
  return { model: target.model, profile, checks };
}

function checkLimit(
  metric: GateMetric,
  limit: Limit,
  profile: Profile,
  baseline: Profile | undefined,
): Check | Problem {
  const value = metric.value(profile);
  if (value === undefined) {
    return { problem: `${metric.id} is not known for this network`, fix: 'limit another metric' };
  }
  const before = baseline === undefined ? undefined : metric.value(baseline);
  const most = allowed(limit, before);
  if (most === undefined) {
    return {
      problem: `the limit ${metric.id}: "${limit.text}" needs a baseline`,
      fix: 'name one under baseline:, and write it with csp-profile gate --update',
    };
  }
  const status = value > most ? 'fail' : before !== undefined && improved(limit, value, before) ? 'improved' : 'pass';
  const compared = needsBaseline(limit) && before !== undefined;
  return {
    name: metric.id,
    status,
    message:
      status === 'fail'
        ? `${metric.id} is above its limit`
        : status === 'improved'
          ? `${metric.id} is further below the baseline than the limit: csp-profile gate --update makes that the new baseline`
          : `${metric.id} is within its limit`,
    metric: metric.id,
    unit: metric.unit,
    value,
    ...(compared ? { baseline: before } : {}),
    allowed: most,
    demand: limit.text,
    causes: status === 'fail' ? causesOf(metric, profile, baseline) : [],
  };
}

/** The layers whose growth broke a limit; without a baseline, the layers that cost most. */
function causesOf(metric: GateMetric, profile: Profile, baseline: Profile | undefined): readonly Cause[] {
  const id = LAYER_METRIC[metric.id] ?? metric.id;
  const causes: Cause[] = [];
  if (baseline === undefined) {
    for (const row of profile.layers) {
      const value: unknown = Object.hasOwn(row, id) ? row[id as keyof typeof row] : undefined;
      if (typeof value === 'number' && value > 0) causes.push({ layer: { b: row, changes: {} }, growth: value });
    }
  } else {
    for (const layer of diff(baseline, profile).layers) {
      const change = Object.entries(layer.changes).find(([name]) => name === id)?.[1];
      const growth = change?.change ?? (change?.a === undefined ? change?.b : -change.a);
      if (growth !== undefined && growth > 0) causes.push({ layer, growth });
    }
  }
  return causes.sort((a, b) => b.growth - a.growth).slice(0, MOST_CAUSES);
}

/** The metric of the layers behind a network's number. */
const LAYER_METRIC: Readonly<Record<string, string>> = {
  bottleneckFlops: 'flops',
  bottleneckShare: 'flops',
  bottleneckMaxOverMean: 'flops',
};

function checkRule(
  { name, rule, severity, message }: NamedRule,
  profile: Profile,
  baseline: Profile | undefined,
): Check | Problem {
  const verdict = rule.holds(namesOf(profile, baseline));
  if (typeof verdict === 'object') return { ...verdict, problem: `rule "${name}": ${verdict.problem}` };
  const [first] = rule.names.flatMap((path) => gateMetric(path.replace(/^baseline\./, '')) ?? []);
  return {
    name,
    status: verdict ? 'pass' : severity === 'warn' ? 'warn' : 'fail',
    message: message ?? (verdict ? 'holds' : `does not hold: ${rule.expression}`),
    demand: rule.expression,
    causes: verdict || first === undefined ? [] : causesOf(first, profile, baseline),
  };
}

const namesOf =
  (profile: Profile, baseline: Profile | undefined): Names =>
  (name) => {
    const ofBaseline = name.startsWith('baseline.');
    const source = ofBaseline ? baseline : profile;
    if (source === undefined) return undefined;
    const id = (ofBaseline ? name.slice('baseline.'.length) : name).replace(
      /^bottleneck\.(.)(.*)$/,
      (_, first: string, rest: string) => `bottleneck${first.toUpperCase()}${rest}`,
    );
    return gateMetric(id)?.value(source);
  };

