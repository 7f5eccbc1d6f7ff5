import type { TermCalibration } from '../../devices/device.ts';
import type { Graph } from '../../graph/graph.ts';
import type { DType } from '../../ops/dtype.ts';
import { workOf } from '../../graph/layers.ts';
import { amount, type Seconds } from '../../units.ts';
import { predictTime } from './fit.ts';
import { layerTerms, type Term, type Terms } from './terms.ts';

/** What a calibration by terms says of a graph, layer by layer. */
export interface TermPrediction {
  readonly calibration: TermCalibration;
  /** seconds, by position; undefined where an operator is not known */
  readonly layers: readonly (Seconds | undefined)[];
  /** seconds of an inference beside its layers */
  readonly beside: Seconds;
  /** in what the network is unlike all that were measured */
  readonly caveat?: string;
}

/**
 * Seconds of every layer, with what of the network lies outside of what was measured.
 *
 * @param dtype that the network computes in
 */
export function termPrediction(calibration: TermCalibration, graph: Graph, dtype: DType): TermPrediction {
  const { secondsPer } = calibration;
  const terms = layerTerms(graph);
  const layers = terms.map((each) => each && amount<'s'>(predictTime(secondsPer, each)));
  const caveats = [
    ...(calibration.dtype === 'int8' && dtype === 'float32'
      ? [
          `the network is ${dtype}, and what was measured ran as ${calibration.runtime.precision}: the time is that of the network once it is quantised`,
        ]
      : []),
    ...outside(calibration, graph, terms),
  ];
  return {
    calibration,
    layers,
    beside: amount(predictTime(secondsPer, { starts: 1 })),
    ...(caveats.length === 0 ? {} : { caveat: caveats.join('; ') }),
  };
}

const WORDS: Readonly<Record<string, string>> = {
  macs: 'MACs',
  elements: 'elements moved',
  linearWeights: 'weights of fully connected layers',
  kernels: 'kernels',
};

/** Operators that only name, hold or hand on what lies there. */
const FREE = new Set(['identity', 'reshape', 'stored', 'fill', 'batchNorm']);

/** In what the graph goes beyond the networks that were measured. */
function outside(
  { range, runtime }: TermCalibration,
  graph: Graph,
  layers: readonly (Terms | undefined)[],
): readonly string[] {
  const larger = Object.entries(range.most).flatMap(([name, most]) => {
    const own = name === 'macs' ? macsOf(graph) : totalOf(layers, name as Term);
    const word = WORDS[name];
    return own !== undefined && word !== undefined && own > most
      ? [`${(own / most).toFixed(1)} times the ${word} of any network that was measured`]
      : [];
  });
  const known = new Set(range.operators);
  const strange = [...new Set(graph.nodes.map(({ kind }) => kind))].filter(
    (kind) => !known.has(kind) && !FREE.has(kind),
  );
  return [
    ...larger,
    ...(strange.length === 0 ? [] : [`operators that no measured network has: ${strange.join(', ')}`]),
    ...(batchOf(graph) > 1 ? [`${runtime.name} was measured with one image at a time`] : []),
  ];
}

/** The term over all layers; undefined where one of them is not known, or none has it. */
function totalOf(layers: readonly (Terms | undefined)[], term: Term): number | undefined {
  let total: number | undefined;
  for (const layer of layers) {
    if (layer === undefined) return undefined;
    const own = layer[term];
    if (own !== undefined) total = total === undefined ? own : total + own;
  }
  return total;
}

/** Multiply-accumulates of the operators whose cost is known. */
export function macsOf(graph: Graph): number {
  let macs = 0;
  for (const node of graph.nodes) {
    const own = workOf(graph, node)?.mac;
    if (own !== undefined) macs += own;
  }
  return macs;
}

function batchOf(graph: Graph): number {
  const [input] = graph.inputs;
  const batch = input === undefined ? undefined : graph.tensors[input.tensor]?.type.shape[0];
  return batch ?? 1;
}
