import { buildNetwork } from '../../architectures/zoo.ts';
import type { Measurement } from '../analysis/measurement/measurement.ts';
import type { Profile } from '../analysis/profile.ts';
import { ProfileError } from '../diagnostics.ts';
import { writeOnnx } from '../formats/onnx/write.ts';
import type { Graph } from '../graph/graph.ts';
import { probe } from '../probe/index.ts';
import type { Section } from '../report/document.ts';
import { measuredLayers, measuredTable } from '../report/measurement/paper.ts';
import type { Args } from './command.ts';
import type { Io } from './io.ts';
import { writeWarnings } from './output.ts';
import { figure7, figure8 } from '../library/paper.ts';
import { table5, table5In } from '../library/table5.ts';
import { interruptible, probeOptions, progress } from './probing.ts';

/** Parts of the paper whose networks are measured. */
export const MEASURABLE = ['table5', 'figure7', 'figure8'] as const;

/** Table 5 of the paper beside what was measured before, elsewhere or in a browser. */
export function measuredBefore(measurement: Measurement): readonly Section[] {
  const found = table5In(measurement);
  const sections = measuredTable(found.measurement, found.printed, 'Table 5');
  return found.left.length === 0
    ? sections
    : [
        ...sections,
        {
          id: 'notMeasured',
          title: 'Table 5: not measured',
          sentences: found.left.map((row) => `${row} is not in the measurement`),
        },
      ];
}

/** A part of the paper, measured on this machine; undefined where the user ended it. */
export async function measuredSections(
  part: (typeof MEASURABLE)[number],
  args: Args,
  io: Io,
): Promise<readonly Section[] | undefined> {
  const measure = async (graphs: readonly Graph[]) => {
    const models = graphs.map((graph) => ({ graph }));
    const measurement = await interruptible((signal) =>
      probe(models, { ...probeOptions(args), ...progress(args, io), signal }),
    );
    if (measurement !== undefined) writeWarnings(measurement.warnings, args, io);
    return measurement;
  };
  if (part === 'table5') {
    const rows = table5().map((row) => ({ ...row, refused: refusal(row.graph) }));
    const printed = rows.filter(({ refused }) => refused === undefined);
    const measurement = await measure(printed.map(({ graph }) => graph));
    if (measurement === undefined) return undefined;
    const left = rows.flatMap(({ row, refused }) =>
      refused === undefined ? [] : [`${row} is not measured: ${refused}`],
    );
    const sections = measuredTable(measurement, printed, 'Table 5');
    return left.length === 0
      ? sections
      : [...sections, { id: 'notMeasured', title: 'Table 5: not measured', sentences: left }];
  }
  const costs = part === 'figure7' ? figure7() : figure8();
  const measurement = await measure(costs.map(graphOf));
  return measurement && measuredLayers(measurement, costs);
}

const graphOf = ({ network }: Profile): Graph => {
  const [, , height = 0, width = 0] = network.inputs[0]?.shape ?? [];
  return buildNetwork(network.name, { input: [height, width] });
};

/** Why a network cannot be run, if it cannot. */
function refusal(graph: Graph): string | undefined {
  try {
    writeOnnx(graph);
    return undefined;
  } catch (error) {
    if (error instanceof ProfileError) return error.diagnostics.map(({ message }) => message).join('; ');
    throw error;
  }
}
