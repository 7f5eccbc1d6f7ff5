import type { Rule } from '../analysis/gate/rule.ts';
import { ProfileError, problem } from '../diagnostics.ts';
import { isProblem } from '../ops/spec.ts';

/**
 * Conditions on the numbers of a design, in the words of a gate's rules: `flops <= 1 GFLOP and gamma > 0.2`.
 *
 * @param names the numbers that rows have; those of the bottleneck may be written `bottleneck.share`
 * @throws ProfileError CSP801 for what is no condition, or no number of these
 */
export async function constraintsOf(
  conditions: readonly string[],
  names: readonly string[],
): Promise<readonly Rule[]> {
  if (conditions.length === 0) return [];
  // The parser is a third of a megabyte, which few sweeps need.
  const { parseCondition } = await import('../analysis/gate/rule.ts');
  const dotted = names.flatMap((name) => {
    const [, rest] = /^bottleneck(.+)$/.exec(name) ?? [];
    return rest === undefined ? [name] : [name, `bottleneck.${rest.charAt(0).toLowerCase()}${rest.slice(1)}`];
  });
  return conditions.map((condition) => {
    const rule = parseCondition(condition, dotted);
    if (!isProblem(rule)) return rule;
    throw new ProfileError(problem('CSP801', rule.problem, rule.fix, { format: 'cli', argument: condition }));
  });
}
