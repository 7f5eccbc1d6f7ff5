import type { StoredOperator, Subgraph } from './model.ts';

/** The subgraphs of a loop, and the whole numbers that are known before it runs. */
export interface Loop {
  readonly condition: Subgraph;
  readonly body: Subgraph;
  /** what goes into the loop at this place, where that is one known number */
  readonly start: (index: number) => number | undefined;
  /** the one number that a tensor of a subgraph holds, where it is stored */
  readonly stored: (subgraph: Subgraph, tensor: number) => number | undefined;
}

/** How many conditions a condition joins at most. */
const DEEPEST = 8;

/** Whether each iteration gets what the one before got at this place. */
export const isKept = ({ inputs, outputs }: Subgraph, index: number): boolean =>
  inputs[index] === outputs[index];

/**
 * How often a loop runs that counts up by a stored step to a known limit, or until one of several such counts is at
 * its limit; undefined for any other loop.
 */
export function tripsOf(loop: Loop): number | undefined {
  const { condition } = loop;
  const joined = (tensor: number | undefined, depth: number): number | undefined => {
    const test = tensor === undefined ? undefined : makerOf(condition, tensor);
    if (test === undefined || depth > DEEPEST) return undefined;
    if (test.name !== 'LOGICAL_AND') return counted(loop, test);
    const [first, second] = test.inputs.map((each) => joined(each, depth + 1));
    return first === undefined || second === undefined ? undefined : Math.min(first, second);
  };
  return joined(condition.outputs[0], 0);
}

const makerOf = (subgraph: Subgraph, tensor: number): StoredOperator | undefined =>
  subgraph.operators[subgraph.maker(tensor)];

function counted({ condition, body, start, stored }: Loop, test: StoredOperator): number | undefined {
  const past = test.name === 'LESS' ? 0 : test.name === 'LESS_EQUAL' ? 1 : undefined;
  const [left = -1, right = -1] = test.inputs;
  const place = condition.inputs.indexOf(left);
  const next = makerOf(body, body.outputs[place] ?? -1);
  if (past === undefined || place === -1 || next?.name !== 'ADD') return undefined;
  const others = next.inputs.filter((tensor) => tensor !== body.inputs[place]);
  const step = others.length === 1 ? stored(body, others[0] as number) : undefined;
  const given = condition.inputs.indexOf(right);
  const limit = given === -1 ? stored(condition, right) : isKept(body, given) ? start(given) : undefined;
  const first = start(place);
  if (first === undefined || limit === undefined || step === undefined || step <= 0) return undefined;
  return Math.max(0, Math.ceil((limit + past - first) / step));
}
