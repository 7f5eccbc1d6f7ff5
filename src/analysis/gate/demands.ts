import { ProfileError, problem, type Diagnostic, type Origin } from '../../diagnostics.ts';
import { isProblem } from '../../ops/spec.ts';
import type { Profile } from '../profile.ts';
import { DEMANDS, type Demands, type RuleConfig } from './config.ts';
import { gate, type LimitDemand, type RuleDemand } from './gate.ts';
import type { Check } from './result.ts';
import { parseLimit } from './limit.ts';
import { measuredMetric } from './measured.ts';
import { gateMetric } from './metrics.ts';

/** Where a demand is written: `.limits.flops`, `.rules[0].expr`. */
type Place = (path: string) => Origin;

/** The limits of what is counted; what is wrong with others goes to `wrong`. */
export function limitDemands(
  limits: Demands['limits'] = {},
  at: Place,
  wrong: Diagnostic[],
): readonly LimitDemand[] {
  return Object.entries(limits).flatMap(([name, written]) => {
    const place = at(`.limits.${name}`);
    const metric = gateMetric(name);
    if (metric === undefined) return [];
    const limit = parseLimit(written, metric);
    if (!isProblem(limit)) return [{ metric, limit, place }];
    wrong.push(problem('CSP603', limit.problem, limit.fix, place));
    return [];
  });
}

/** The rules; what is wrong with others goes to `wrong`. They need a parser, which plain limits never load. */
export async function ruleDemands(
  rules: readonly RuleConfig[] = [],
  at: Place,
  wrong: Diagnostic[],
): Promise<readonly RuleDemand[]> {
  if (rules.length === 0) return [];
  const { parseRule } = await import('./rule.ts');
  return rules.flatMap(({ name, expr, severity = 'error', message }, i) => {
    const place = at(`.rules[${String(i)}].expr`);
    const rule = parseRule(expr);
    if (!isProblem(rule))
      return [{ name, rule, severity, place, ...(message === undefined ? {} : { message }) }];
    wrong.push(problem('CSP604', `rule "${name}": ${rule.problem}`, rule.fix, place));
    return [];
  });
}

/**
 * Whether a network keeps limits and rules, as `csp-profile gate` decides it: an outcome for each, with the layers
 * behind those that are not kept. Limits such as `+2%`, and rules that name `baseline.`, are against the baseline.
 *
 * @throws ProfileError CSP602 for what is no demand, CSP603 for limits, CSP604 for rules, CSP605 where the baseline is
 *   missing or counted by other conventions, CSP607 where a number is not known
 */
export async function checkDemands(
  profile: Profile,
  demands: Demands,
  baseline?: Profile,
): Promise<readonly Check[]> {
  const at: Place = (path) => ({ format: 'cli', argument: path.slice(1) });
  const mismatch = DEMANDS.mismatch(demands);
  if (mismatch !== undefined) {
    throw new ProfileError(problem('CSP602', mismatch.problem, 'mend the demand', at(mismatch.path)));
  }
  const wrong = Object.keys(demands.limits ?? {})
    .filter((name) => measuredMetric(name) !== undefined)
    .map((name) =>
      problem('CSP603', 'a profile is not measured', 'use csp-profile gate', at(`.limits.${name}`)),
    );
  const limits = limitDemands(demands.limits, at, wrong);
  const rules = await ruleDemands(demands.rules, at, wrong);
  const [first, ...others] = wrong;
  if (first !== undefined) throw new ProfileError(first, ...others);
  const { name } = profile.network;
  const { checks } = gate(
    { model: name, limits, rules, measured: [], place: at(`.${name}`) },
    profile,
    baseline && { name: baseline.network.name, profile: baseline, updatable: false },
  );
  return checks;
}
