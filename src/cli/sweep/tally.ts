import { paretoFront, type Objective } from '../../sweep/front.ts';
import { objectivesOfRow } from '../../sweep/objectives.ts';
import type { DesignRow } from '../../sweep/row.ts';
import type { Batch } from './batch.ts';

/** What is kept of rows while they are computed: a few numbers of each. */
export class Tally {
  readonly #objectives: readonly Objective[];
  /** of all designs by position, one behind the other, to be minimised */
  readonly values: Float64Array;
  designs = 0;
  failed = 0;
  infeasible = 0;

  constructor(capacity: number, objectives: readonly Objective[]) {
    this.#objectives = objectives;
    this.values = new Float64Array(capacity * objectives.length).fill(Number.NaN);
  }

  addRow(row: DesignRow, position: number): void {
    this.values.set(objectivesOfRow(row, this.#objectives), position * this.#objectives.length);
    this.#count(1, row.error === undefined ? 0 : 1, row.infeasible === undefined ? 0 : 1);
  }

  addBatch({ positions, objectives, failed, infeasible }: Batch): void {
    const width = this.#objectives.length;
    positions.forEach((position, i) => {
      this.values.set(objectives.subarray(i * width, (i + 1) * width), position * width);
    });
    this.#count(positions.length, failed, infeasible);
  }

  #count(designs: number, failed: number, infeasible: number): void {
    this.designs += designs;
    this.failed += failed;
    this.infeasible += infeasible;
  }

  /** Positions of the designs that no other beats; undefined without objectives. */
  front(): ReadonlySet<number> | undefined {
    const { length } = this.#objectives;
    return length === 0 ? undefined : new Set(paretoFront(this.values, length));
  }
}

/** The lines of rows with whether each is on the front. */
export function* markedLines(
  lines: Iterable<string>,
  order: Iterable<number>,
  front: ReadonlySet<number>,
): Generator<string> {
  const positions = order[Symbol.iterator]();
  for (const line of lines) {
    const position = positions.next().value as number;
    yield `${line.slice(0, -1)},"front":${String(front.has(position))}}`;
  }
}
