import type { DesignEvaluator } from '../../sweep/evaluate.ts';
import type { Objective } from '../../sweep/front.ts';
import { objectivesOfRow } from '../../sweep/objectives.ts';
import { rowLine } from '../../sweep/row.ts';

/** Rows that were computed together. */
export interface Batch {
  /** of the designs, in the order asked */
  readonly positions: readonly number[];
  readonly lines: string;
  /** length of each line */
  readonly bytes: readonly number[];
  /** of all designs, one behind the other, to be minimised */
  readonly objectives: Float64Array;
  readonly failed: number;
  readonly infeasible: number;
}

/** The rows of the designs of these indices. */
export async function computeBatch(
  evaluator: DesignEvaluator,
  objectives: readonly Objective[],
  designs: readonly { readonly position: number; readonly index: number }[],
): Promise<Batch> {
  let lines = '';
  const bytes: number[] = [];
  const values = new Float64Array(designs.length * objectives.length);
  let [failed, infeasible] = [0, 0];
  for (const [i, { index }] of designs.entries()) {
    const row = await evaluator.row(index);
    const line = rowLine(row);
    lines += line;
    bytes.push(Buffer.byteLength(line));
    values.set(objectivesOfRow(row, objectives), i * objectives.length);
    if (row.error !== undefined) failed++;
    if (row.infeasible !== undefined) infeasible++;
  }
  const positions = designs.map(({ position }) => position);
  return { positions, lines, bytes, objectives: values, failed, infeasible };
}
