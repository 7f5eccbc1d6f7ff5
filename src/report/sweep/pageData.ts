import { METRIC_INFO } from '../../analysis/profile.ts';
import type { Objective } from '../../sweep/front.ts';
import { ROW_NAMES, type DesignRow } from '../../sweep/row.ts';

/** A column of all designs. */
export type PageColumn =
  | {
      readonly name: string;
      readonly title: string;
      /** of the numbers: byte, s, FLOP … */
      readonly unit: string;
      /** by design; null where it is not known */
      readonly numbers: readonly (number | null)[];
    }
  | {
      readonly name: string;
      readonly title: string;
      readonly choices: readonly string[];
      /** by design, position of its choice; -1 where it has none */
      readonly picked: readonly number[];
    };

/** What the page of a sweep is given. */
export interface SweepPageData {
  /** by design, the arguments of `csp-profile analyze` */
  readonly designs: readonly string[];
  readonly columns: readonly PageColumn[];
  readonly objectives: readonly Objective[];
  /** positions of the designs that no other beats */
  readonly front: readonly number[];
  /** positions of the designs that break a constraint */
  readonly infeasible: readonly number[];
  readonly failed: number;
  /** by position of a design, files that were written of it, relative to the page */
  readonly files: Readonly<Record<string, readonly string[]>>;
}

/** The designs that have numbers, column by column; a column in which nothing differs is left out. */
export function sweepPageData(
  rows: Iterable<DesignRow>,
  axes: readonly string[],
  objectives: readonly Objective[],
  files: SweepPageData['files'] = {},
): SweepPageData {
  const designs: string[] = [];
  const front: number[] = [];
  const infeasible: number[] = [];
  const values = new Map<string, (string | number | undefined)[]>();
  let failed = 0;
  for (const row of rows) {
    if (row.error !== undefined) {
      failed++;
      continue;
    }
    const position = designs.length;
    designs.push(row.design);
    if (row.front === true) front.push(position);
    if (row.infeasible !== undefined) infeasible.push(position);
    for (const [name, value] of Object.entries(row)) {
      if (ROW_NAMES.includes(name) || typeof value === 'boolean') continue;
      let own = values.get(name);
      if (own === undefined) values.set(name, (own = []));
      own[position] = value;
    }
  }
  const names = [...values.keys()];
  const first = [...new Set([...objectives.map(({ name }) => name), ...axes])].filter((name) =>
    values.has(name),
  );
  const columns = [...first, ...names.filter((name) => !first.includes(name))].flatMap((name) => {
    const own = Array.from({ length: designs.length }, (_, i) => values.get(name)?.[i]);
    return new Set(own).size > 1 || objectives.some((objective) => objective.name === name)
      ? [columnOf(name, own)]
      : [];
  });
  return { designs, columns, objectives, front, infeasible, failed, files };
}

const BOTTLENECK: ReadonlyMap<string, string> = new Map([
  ['bottleneckFlops', 'largest layer'],
  ['bottleneckShare', 'share of the largest'],
  ['bottleneckMaxOverMean', 'largest over mean'],
]);

function columnOf(name: string, values: readonly (string | number | undefined)[]): PageColumn {
  const info = METRIC_INFO.find(({ id }) => id === name);
  const title = info?.label ?? BOTTLENECK.get(name) ?? name;
  if (values.every((value) => value === undefined || typeof value === 'number')) {
    const unit = info?.unit ?? (name === 'buffer' ? 'byte' : name === 'bottleneckFlops' ? 'FLOP' : '1');
    return { name, title, unit, numbers: values.map((value) => value ?? null) };
  }
  const texts = values.map((value) => (value === undefined ? undefined : String(value)));
  const choices = [...new Set(texts.filter((text) => text !== undefined))];
  return {
    name,
    title,
    choices,
    picked: texts.map((text) => (text === undefined ? -1 : choices.indexOf(text))),
  };
}
