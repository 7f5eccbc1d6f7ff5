import type { Objective } from './front.ts';
import type { DesignRow } from './row.ts';

/**
 * The objectives of a design, all to be minimised; not numbers where the design failed, breaks a constraint, or has no
 * such number: it is then on no front.
 */
export function objectivesOfRow(row: DesignRow, objectives: readonly Objective[]): readonly number[] {
  const fit = row.error === undefined && row.infeasible === undefined;
  return objectives.map(({ name, direction }) => {
    const value = fit ? row[name] : undefined;
    if (typeof value !== 'number') return Number.NaN;
    return direction === 'min' ? value : -value;
  });
}
