import { ProfileError, problem, type Diagnostic, type Origin } from '../../diagnostics.ts';
import { align } from '../align.ts';
import type { Profile, ProfileRow } from '../profile.ts';
import { hardwareOf, inputsOf } from '../settings.ts';
import { allowed, improved, needsBaseline, type Limit } from './limit.ts';
import { checkMeasured, type Measured, type MeasuredDemand } from './measured.ts';
import { gateMetric, type GateMetric } from './metrics.ts';
import type { Cause, Check, GateResult, LimitCheck, CheckOutcome, RuleCheck } from './result.ts';
import type { Rule } from './rule.ts';

/** What is demanded of one network. */
export interface GateTarget {
  /** the model as the configuration names it */
  readonly model: string;
  readonly limits: readonly LimitDemand[];
  readonly measured: readonly MeasuredDemand[];
  readonly rules: readonly RuleDemand[];
  /** where the configuration names the model */
  readonly place: Origin;
}

export interface LimitDemand {
  readonly metric: GateMetric;
  readonly limit: Limit;
  readonly place: Origin;
}

export interface RuleDemand {
  readonly name: string;
  readonly rule: Rule;
  readonly severity: 'error' | 'warn';
  /** what it means that the rule does not hold */
  readonly message?: string;
  readonly place: Origin;
}

/** The state that a network is compared with. */
export interface Baseline {
  readonly name: string;
  /** `new`: there is none yet, and that is allowed */
  readonly profile: Profile | 'new';
  readonly updatable: boolean;
}

const MOST_CAUSES = 10;

/**
 * Whether a network keeps what is demanded of it.
 *
 * @param measured what limits of measured numbers are about; needed where the target has any
 * @throws ProfileError CSP605 where a baseline is missing or counts otherwise, CSP607 where a number is not known
 */
export function gate(
  target: GateTarget,
  profile: Profile,
  baseline: Baseline | undefined,
  measured?: Measured,
): GateResult {
  if (baseline !== undefined) refuseOtherConventions(profile, baseline, target.place);
  const wrong: Diagnostic[] = [];
  const checks: Check[] = [];
  const take = (check: Check | Diagnostic): void => {
    if ('code' in check) wrong.push(check);
    else checks.push(check);
  };
  for (const demand of target.limits) take(checkLimit(demand, profile, baseline));
  if (measured !== undefined) {
    for (const demand of target.measured) take(checkMeasured(demand, profile, measured));
  }
  for (const demand of target.rules) take(checkRule(demand, profile, baseline));
  const [first, ...others] = wrong;
  if (first !== undefined) throw new ProfileError(first, ...others);
  const { network, conventions, coverage } = profile;
  return {
    model: target.model,
    network,
    conventions,
    coverage,
    ...(baseline === undefined ? {} : { baseline: baseline.name }),
    updatable: baseline?.updatable === true,
    checks,
  };
}

function refuseOtherConventions(
  profile: Profile,
  { name, profile: before, updatable }: Baseline,
  place: Origin,
): void {
  if (before === 'new') return;
  const again = updatable ? ', or run csp-profile gate --update' : '';
  for (const what of ['flops', 'cio'] as const) {
    const [now, then] = [profile.conventions[what], before.conventions[what]];
    if (now === then) continue;
    throw new ProfileError(
      problem(
        'CSP605',
        `the baseline ${name} counts ${what} as ${then}, the network is counted as ${now}`,
        `set ${what}: ${then} for this target${again}`,
        place,
      ),
    );
  }
  const [now, then] = [hardwareOf(profile), hardwareOf(before)];
  if (now === then || now === '') return;
  throw new ProfileError(
    problem(
      'CSP605',
      `the network is costed on ${now}, the baseline ${name} on ${then === '' ? 'no hardware' : then}`,
      `cost both on the same${again}`,
      place,
    ),
  );
}

const NO_BASELINE =
  'name one under baseline:, such as baselines/NAME.json, and run csp-profile gate --update';

const profileOf = (baseline: Baseline | undefined): Profile | undefined =>
  baseline === undefined || baseline.profile === 'new' ? undefined : baseline.profile;

function checkLimit(
  { metric, limit, place }: LimitDemand,
  profile: Profile,
  baseline: Baseline | undefined,
): LimitCheck | Diagnostic {
  const unknown = (whose: string): Diagnostic =>
    problem(
      'CSP607',
      `${metric.id} is not known for ${whose}`,
      metric.onDevice === true
        ? 'name a device: for this target, that states what it takes'
        : 'limit another metric',
      place,
    );
  const value = metric.value(profile);
  if (value === undefined) return unknown(profile.network.name);
  const before = profileOf(baseline);
  const then = before === undefined ? undefined : metric.value(before);
  const common = {
    kind: 'limit',
    name: metric.id,
    unit: metric.unit,
    value,
    demand: limit.text,
    place,
    ...(then === undefined ? {} : { baseline: then }),
  } as const;
  const most = allowed(limit, then);
  if (most === undefined) {
    if (baseline?.profile === 'new') return { ...common, status: 'new', causes: [] };
    if (baseline !== undefined) return unknown(`the baseline ${baseline.name}`);
    return problem('CSP605', `the limit ${metric.id}: ${limit.text} needs a baseline`, NO_BASELINE, place);
  }
  if (value > most) {
    return { ...common, allowed: most, status: 'fail', ...causesOf(metric, profile, before, most) };
  }
  const better = needsBaseline(limit) && then !== undefined && improved(limit, value, then);
  return { ...common, allowed: most, status: better ? 'improved' : 'pass', causes: [] };
}

const BASELINE = 'baseline.';

function checkRule(
  { name, rule, severity, message, place }: RuleDemand,
  profile: Profile,
  baseline: Baseline | undefined,
): RuleCheck | Diagnostic {
  const before = profileOf(baseline);
  const values: Record<string, number> = {};
  const verdict = rule.holds((path) => {
    const ofBaseline = path.startsWith(BASELINE);
    const source = ofBaseline ? before : profile;
    const value =
      source === undefined
        ? undefined
        : gateMetric(ofBaseline ? path.slice(BASELINE.length) : path)?.value(source);
    if (value !== undefined) values[path] = value;
    return value;
  });
  const common = { kind: 'rule', name, demand: rule.expression, place, values } as const;
  if (isVerdict(verdict)) {
    if (verdict) return { ...common, status: 'pass', causes: [] };
    const metric = rule.names.map(gateMetric).find((found) => found !== undefined);
    return {
      ...common,
      ...(message === undefined ? {} : { message }),
      status: severity === 'warn' ? 'warn' : 'fail',
      ...(metric === undefined
        ? { causes: [] }
        : causesOf(metric, profile, before, Number.NEGATIVE_INFINITY)),
    };
  }
  const usesBaseline = rule.names.some((path) => path.startsWith(BASELINE));
  if (usesBaseline && baseline?.profile === 'new') return { ...common, status: 'new', causes: [] };
  if (usesBaseline && baseline === undefined) {
    return problem('CSP605', `the rule "${name}" needs a baseline`, NO_BASELINE, place);
  }
  return problem('CSP607', `the rule "${name}" says nothing: ${verdict.problem}`, verdict.fix, place);
}

const isVerdict = (verdict: boolean | object): verdict is boolean => typeof verdict === 'boolean';

/**
 * The layers behind a number that is too large: of a sum, those that grew; of a maximum, those above what is
 * allowed; where nothing grew, those with the most.
 */
function causesOf(
  metric: GateMetric,
  profile: Profile,
  baseline: Profile | undefined,
  most: number,
): Pick<CheckOutcome, 'causes' | 'causesBy' | 'inputs'> {
  const all = align(baseline?.layers ?? [], profile.layers).flatMap(([before, layer]) =>
    layer === undefined ? [] : causeOf(metric, profile, layer, before, baseline !== undefined),
  );
  const grown = metric.total === 'sum' ? all.filter(({ growth }) => growth !== undefined && growth > 0) : [];
  const causesBy = grown.length > 0 ? 'growth' : 'value';
  const amount = (cause: Cause): number => (causesBy === 'growth' ? (cause.growth as number) : cause.value);
  const causes = (grown.length > 0 ? grown : all)
    .filter(
      ({ value }) => value > 0 && (metric.total === 'sum' || value > most || metric.ofLayer === undefined),
    )
    .sort((a, b) => amount(b) - amount(a) || a.layer.index - b.layer.index)
    .slice(0, MOST_CAUSES);
  const [then, now] = [baseline === undefined ? undefined : inputsOf(baseline), inputsOf(profile)];
  return {
    causes,
    causesBy,
    ...(then === undefined || then === now ? {} : { inputs: { baseline: then, now } }),
  };
}

function causeOf(
  { unit, ofLayer }: GateMetric,
  { bottleneck }: Profile,
  layer: ProfileRow,
  before: ProfileRow | undefined,
  compared: boolean,
): Cause[] {
  const pair = {
    layer,
    ...(before === undefined ? {} : { before }),
    ...(compared ? { fate: fateOf(before, layer) } : {}),
  };
  if (ofLayer === undefined) {
    // The bottleneck's numbers belong to one layer.
    return layer.index === bottleneck?.layer ? [{ ...pair, value: bottleneck.flops, unit: 'FLOP' }] : [];
  }
  const value = ofLayer(layer);
  if (value === undefined) return [];
  const then = before === undefined ? undefined : ofLayer(before);
  return [
    { ...pair, value, unit, ...(compared ? { growth: then === undefined ? value : value - then } : {}) },
  ];
}

function fateOf(before: ProfileRow | undefined, layer: ProfileRow): NonNullable<Cause['fate']> {
  if (before === undefined) return 'added';
  const sameOperator = before.kind === layer.kind && before.detail === layer.detail;
  const sameOutputs = shapesOf(before.outputs) === shapesOf(layer.outputs);
  if (shapesOf(before.inputs) === shapesOf(layer.inputs))
    return sameOperator && sameOutputs ? 'same' : 'changed';
  return sameOperator || sameOutputs ? 'fed' : 'changed';
}

const shapesOf = (shapes: ProfileRow['outputs']): string => shapes.map((shape) => shape.join('x')).join();
