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

  /** The objectives of which some design has a number: by the others none is chosen. All where no design fits. */
  get deciding(): readonly Objective[] {
    if (this.designs === this.failed + this.infeasible) return this.#objectives;
    const width = this.#objectives.length;
    return this.#objectives.filter((_, k) => {
      for (let i = k; i < this.values.length; i += width) if (!Number.isNaN(this.values[i])) return true;
      return false;
    });
  }

  /** Positions of the designs that no other beats by what decides; undefined where nothing does. */
  front(): ReadonlySet<number> | undefined {
    const width = this.#objectives.length;
    const kept = this.deciding.map((objective) => this.#objectives.indexOf(objective));
    if (kept.length === 0) return undefined;
    if (kept.length === width) return new Set(paretoFront(this.values, width));
    const values = new Float64Array((this.values.length / width) * kept.length);
    for (let i = 0; i < values.length; i++)
      values[i] = this.values[
        Math.floor(i / kept.length) * width + (kept[i % kept.length] as number)
      ] as number;
    return new Set(paretoFront(values, kept.length));
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
