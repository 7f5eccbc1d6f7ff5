import type { Graph } from '../graph/graph.ts';
import type { OutputScale } from './messages.ts';
import type { RuntimeGraph, RuntimeNode } from './runtimeGraph.ts';

/** Operators whose results are values of their operands, elsewhere. */
const MOVES =
  /^(Identity|Reshape|Flatten|Squeeze|Unsqueeze|Dropout|Transpose|Slice|Gather|GatherElements|GatherND|Concat|Split|Expand|Tile|DepthToSpace|SpaceToDepth|MaxPool)$/;

/** Operators whose results lie between -1 and 1: near 0 they are as coarse as anywhere, whatever the largest is. */
const BOUNDED = /^(Sigmoid|HardSigmoid|Softmax|Tanh|Softsign|Erf)$/;

/** Operators that compute with quantised values. */
const QUANTISED = /^(QuantizeLinear|DequantizeLinear|DynamicQuantizeLinear|QLinear\w+|QGemm|\w+Integer\w*)$/;

/** What a network rounds its values to on the way to its outputs. */
export interface Coarseness {
  /** quantised values: runtimes round to few bits in their own ways */
  readonly quantised: boolean;
  /** half precision: optimisation takes conversions away, and the rounding that they do */
  readonly half: boolean;
}

/** By how much results may differ although they are right. */
export const coarsenessOf = ({ tensors }: Graph, { nodes }: RuntimeGraph): Coarseness => ({
  quantised: nodes.some(({ op }) => QUANTISED.test(op)),
  half: tensors.some(({ role, type }) => role === 'activation' && type.dtype === 'float16'),
});

/** On what scale the outputs of a model are to be compared. */
export function outputScales({ nodes, outputs, scalars }: RuntimeGraph): readonly OutputScale[] {
  const makers = new Map(nodes.flatMap((node) => node.outputs.map((value) => [value, node] as const)));
  return outputs.map((name) => {
    const sources = sourcesOf(name, makers);
    const [only, ...others] = sources;
    const single = others.length === 0 ? only : undefined;
    const step = single === undefined ? undefined : stepOf(single, scalars);
    return {
      name,
      ...(single?.op === 'Softmax' ? { logarithm: true } : {}),
      ...(sources.some(({ op }) => BOUNDED.test(op)) ? { bound: 1 } : {}),
      ...(step === undefined ? {} : { step }),
    };
  });
}

/** Whole numbers are as far apart as they are; what is made of them, by the scale. */
function stepOf({ op, operands }: RuntimeNode, scalars: RuntimeGraph['scalars']): number | undefined {
  if (op === 'QuantizeLinear') return 1;
  return op === 'DequantizeLinear' ? scalars.get(operands[1] ?? '') : undefined;
}

/** The nodes that compute what a value holds. */
function sourcesOf(value: string, makers: ReadonlyMap<string, RuntimeNode>): readonly RuntimeNode[] {
  const found = new Set<RuntimeNode>();
  const seen = new Set<RuntimeNode>();
  const waiting = [value];
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    const maker = makers.get(next);
    if (maker === undefined || seen.has(maker)) continue;
    seen.add(maker);
    if (!MOVES.test(maker.op)) found.add(maker);
    else waiting.push(...(maker.op === 'Concat' ? maker.operands : maker.operands.slice(0, 1)));
  }
  return [...found];
}
