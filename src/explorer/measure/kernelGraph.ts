import type { RuntimeGraph, RuntimeNode } from '../../probe/runtimeGraph.ts';

/** A kernel as a profile names it. */
export interface NamedKernel {
  readonly node: string;
  readonly op: string;
}

/**
 * The graph that a runtime made of another one, as its profile shows it: a browser saves none. A kernel keeps the name
 * of one of the nodes that it does; behind it, it does those that have no kernel of their own and nothing else to wait
 * for, as runtimes fuse them.
 *
 * @param source the graph before optimisation
 * @param kernels of one run, in order of execution
 */
export function kernelGraph(source: RuntimeGraph, kernels: readonly NamedKernel[]): RuntimeGraph {
  const byName = new Map(source.nodes.map((node) => [node.name, node]));
  const named = kernels.map(({ node }) => sourceNode(node, byName));
  const running = new Set(named);
  const readers = readersOf(source);
  const made = new Set([...source.inputs, ...fixedValues(source)]);
  let before = source.inputs[0] ?? '';
  const nodes = kernels.map(({ node, op }, i): RuntimeNode => {
    const own = named[i];
    if (own === undefined)
      return {
        ...BETWEEN,
        name: node,
        op,
        inputs: [before],
        operands: [before],
        outputs: [`${node}:${String(i)}`],
      };
    for (const output of own.outputs) made.add(output);
    let last = own;
    for (
      let next = following(last, readers, running, made);
      next !== undefined;
      next = following(last, readers, running, made)
    ) {
      last = next;
      for (const output of last.outputs) made.add(output);
    }
    before = last.outputs[0] ?? before;
    return { ...own, name: node, op, outputs: last === own ? own.outputs : last.outputs };
  });
  return { ...source, nodes };
}

/** A node that no name of the source stands for: what the runtime puts between others. */
const BETWEEN: Omit<RuntimeNode, 'name' | 'op' | 'inputs' | 'operands' | 'outputs'> = {
  path: '',
  scope: '',
  label: '',
  within: undefined,
  branch: undefined,
  attributes: undefined,
  integers: new Map(),
  mode: undefined,
  activation: undefined,
};

/** Endings that runtimes put behind the name of the node that they go on from. */
const ENDINGS = [/_token_\d+$/, /\/\w+Fusion\/?$/, /_(?:nchwc|nhwc|NhwcFusedConv|transformed)$/i];

function sourceNode(name: string, byName: ReadonlyMap<string, RuntimeNode>): RuntimeNode | undefined {
  const exact = byName.get(name);
  if (exact !== undefined) return exact;
  let stem = name;
  for (const ending of ENDINGS) stem = stem.replace(ending, '');
  return byName.get(stem);
}

function readersOf({
  nodes,
  outputs,
}: RuntimeGraph): ReadonlyMap<string, readonly (RuntimeNode | 'output')[]> {
  const readers = new Map<string, (RuntimeNode | 'output')[]>();
  const add = (value: string, reader: RuntimeNode | 'output'): void => {
    const known = readers.get(value);
    if (known === undefined) readers.set(value, [reader]);
    else known.push(reader);
  };
  for (const node of nodes) for (const input of new Set(node.inputs)) add(input, node);
  for (const value of outputs) add(value, 'output');
  return readers;
}

/** The node that is done together with this one: the only reader of its result, all of whose operands are there. */
function following(
  { outputs }: RuntimeNode,
  readers: ReadonlyMap<string, readonly (RuntimeNode | 'output')[]>,
  running: ReadonlySet<RuntimeNode | undefined>,
  made: ReadonlySet<string>,
): RuntimeNode | undefined {
  const [value, ...others] = outputs;
  if (value === undefined || others.some((other) => (readers.get(other) ?? []).length > 0)) return undefined;
  const [reader, ...more] = readers.get(value) ?? [];
  if (reader === undefined || reader === 'output' || more.length > 0 || running.has(reader)) return undefined;
  return reader.inputs.every((input) => made.has(input)) ? reader : undefined;
}

/** What constants alone decide: it was computed when the model was loaded. */
function fixedValues({ nodes, constants }: RuntimeGraph): ReadonlySet<string> {
  const fixed = new Set(constants.keys());
  for (const { inputs, outputs } of nodes)
    if (inputs.every((input) => fixed.has(input))) for (const output of outputs) fixed.add(output);
  return fixed;
}
