import type { Architecture } from '../../architectures/architecture.ts';
import { PAPER_MEASUREMENTS, type MeasuredColumn } from '../../architectures/paper.ts';
import { zoo } from '../../architectures/zoo.ts';
import type { Profile } from '../analysis/profile.ts';
import type { AccuracyTable, PublishedPoint } from '../report/html/model.ts';

/** The tables whose rows are comparable with each other, and what they measure. */
const TABLES: readonly (readonly [where: string, column: MeasuredColumn, measure: string])[] = [
  ['table 3', 'top1', 'Top-1 accuracy on ImageNet'],
  ['table 4', 'ap', 'AP on COCO'],
];

/** Printed accuracy and cost of the networks of the zoo, for each table that has a network among these. */
export const accuracyTables =
  (profiles: readonly Profile[]) =>
  (labels: readonly string[]): readonly AccuracyTable[] =>
    TABLES.flatMap(([where, column, measure]) => {
      const points = zoo().flatMap((architecture) => pointsOf(architecture, where, column, profiles, labels));
      return points.some(({ network }) => network !== undefined) ? [{ where, measure, points }] : [];
    });

function pointsOf(
  { name, title, input, printed }: Architecture,
  where: string,
  column: MeasuredColumn,
  profiles: readonly Profile[],
  labels: readonly string[],
): readonly PublishedPoint[] {
  return printed.flatMap((row, i): PublishedPoint[] => {
    // The first row of an extent: a second one is the same network with other training or more crops.
    if (printed.findIndex((each) => each.where === row.where && each.input === row.input) !== i) return [];
    const height = row.input ?? (typeof input === 'number' ? input : input[0]);
    const measured = PAPER_MEASUREMENTS.find(
      (each) =>
        each.where === where && each.where === row.where && each.row === row.row && each.input === height,
    )?.printed[column];
    const { bflops } = row.values;
    if (measured === undefined || bflops === undefined) return [];
    const own = profiles.findIndex(
      ({ network: { format, name: of, inputs } }) =>
        format === 'zoo' && of === name && inputs[0]?.shape[2] === height,
    );
    const network = labels[own];
    return [
      {
        name: title,
        input: height,
        gflops: Number(bflops),
        accuracy: Number(measured),
        ...(network === undefined ? {} : { network }),
      },
    ];
  });
}
