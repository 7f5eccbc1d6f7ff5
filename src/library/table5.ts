import type { Measurement } from '../analysis/measurement/measurement.ts';
import type { PrintedNetwork } from '../analysis/measurement/paper.ts';
import { latencyRatio } from '../analysis/measurement/ratio.ts';
import { ProfileError, problem } from '../diagnostics.ts';
import { tensorOf, type Graph } from '../graph/graph.ts';
import { publishedRows } from './paper.ts';

/** The network of the paper that speeds are relative to. */
const REFERENCE = 'yolov3-tiny';

/** A detector of table 5, with the speeds that are printed for it. */
export interface PrintedDetector extends PrintedNetwork {
  /** of the zoo */
  readonly network: string;
  readonly graph: Graph;
}

/** The detectors of table 5; the one that speeds are relative to comes first. */
export const table5 = (): readonly PrintedDetector[] =>
  publishedRows('table 5')
    .map(({ row, network, graph, measured }) => ({ row, network, graph, speeds: onlySpeeds(measured) }))
    .sort((a, b) => Number(b.network === REFERENCE) - Number(a.network === REFERENCE));

const onlySpeeds = (measured: Readonly<Record<string, string>>): Readonly<Record<string, string>> =>
  Object.fromEntries(Object.entries(measured).filter(([column]) => column.startsWith('fps')));

/**
 * What a measurement has of table 5, in its order, and what is printed for that.
 *
 * @throws ProfileError CSP801 where it lacks the network that speeds are relative to, or any other
 */
export function table5In(measurement: Measurement): {
  readonly measurement: Measurement;
  readonly printed: readonly PrintedDetector[];
  /** rows that were not measured */
  readonly left: readonly string[];
} {
  const shapeOf = (shapes: readonly (readonly number[])[]): string =>
    shapes.map((shape) => shape.join('x')).join();
  const rows = table5().map((printed) => {
    const { graph } = printed;
    const shape = shapeOf(graph.inputs.map(({ tensor }) => tensorOf(graph, tensor).type.shape));
    const found = measurement.networks.find(
      ({ network }) =>
        network.name === printed.network && shapeOf(network.inputs.map((input) => input.shape)) === shape,
    );
    return { printed, found };
  });
  const there = rows.flatMap(({ printed, found }) => (found === undefined ? [] : [{ printed, found }]));
  if (there[0]?.printed.network !== REFERENCE || there.length < 2) {
    throw new ProfileError(
      problem(
        'CSP801',
        `the measurement does not have ${REFERENCE} and another network of table 5`,
        'measure them together: csp-profile probe yolov3-tiny csppeleenet-efm --format json, or reproduce table5 --measure',
      ),
    );
  }
  const networks = there.map(({ found }) => found);
  return {
    measurement: {
      ...measurement,
      networks,
      ratios: networks.slice(1).map((_, i) => latencyRatio(networks, i + 1, 0)),
    },
    printed: there.map(({ printed }) => printed),
    left: rows.flatMap(({ printed, found }) => (found === undefined ? printed.row : [])),
  };
}
