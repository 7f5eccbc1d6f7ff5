import type { Measurement } from '../analysis/measurement/measurement.ts';
import { measuredSpeeds, orderAgreements } from '../analysis/measurement/paper.ts';
import { ProfileError } from '../diagnostics.ts';
import { tensorOf } from '../graph/graph.ts';
import { table5, table5In } from '../library/table5.ts';
import { DASH } from '../report/columns.ts';
import { formatSeconds } from '../report/device/format.ts';
import { SPEED_COLUMN_DEVICES } from '../report/speed.ts';
import type { Wanted } from './state.ts';

/** Table 5 of the paper beside what was measured here, as text. */
export interface Table5 {
  readonly titles: readonly string[];
  readonly rows: readonly (readonly string[])[];
  /** how well each printed column and this device agree on the order */
  readonly order: readonly string[];
}

/** The detectors of table 5, at its size. */
export const detectors = (): readonly Wanted[] =>
  table5().map(({ network, graph }) => {
    const [, , height = 0, width = 0] =
      graph.inputs[0] === undefined ? [] : tensorOf(graph, graph.inputs[0].tensor).type.shape;
    return { kind: 'zoo', name: network, parameters: { input: height === width ? height : [height, width] } };
  });

/** Speeds relative to the first detector, printed and measured; undefined where the measurement is of other networks. */
export function table5Beside(measurement: Measurement): Table5 | undefined {
  try {
    const { measurement: own, printed } = table5In(measurement);
    const speeds = measuredSpeeds(own, printed);
    const columns = [...new Set(speeds.flatMap((row) => Object.keys(row.printed)))];
    return {
      titles: ['network', 'time here', 'speed here', ...columns.map(titleOf)],
      rows: speeds.map(({ row, measured, speed, printed: beside }) => [
        row,
        formatSeconds(measured.latency.ns / 1e9),
        speed.toFixed(2),
        ...columns.map((column) => beside[column]?.toFixed(2) ?? DASH),
      ]),
      order: orderAgreements(speeds).map(
        ({ column, tau, networks }) =>
          `${titleOf(column)}: Kendall’s tau ${tau.toFixed(2)} over ${String(networks)} networks`,
      ),
    };
  } catch (error) {
    if (error instanceof ProfileError) return undefined;
    throw error;
  }
}

const titleOf = (column: string): string => SPEED_COLUMN_DEVICES[column] ?? column;
