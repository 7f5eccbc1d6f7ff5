import type { Graph } from '../../graph/graph.ts';
import type { ImportedKernel } from './importer.ts';

/** Whose work a kernel of an imported profile is. */
export interface ImportedOwner {
  /** layers, by index, with their parts of its time, which sum to 1; empty where none was found */
  readonly layers: readonly { readonly layer: number; readonly part: number }[];
  /** layers whose work it does beside that */
  readonly fused: readonly number[];
  /** how they were found */
  readonly by: 'name' | 'order' | 'neighbour' | undefined;
}

/** Kinds of layers that the operators of every tool have words for. */
const WORDS: readonly (readonly [RegExp, RegExp])[] = [
  [/conv/i, /conv/i],
  [/fully.?connected|gemm|matmul|inner.?product|linear|dense/i, /^(linear|matmul)$/i],
  [/pool|^mean$|reduce/i, /pool|reduce/i],
  [/concat/i, /concat/i],
  [/add|eltwise|elementwise|binaryop|sum/i, /^(add|sum|elementwise)$/i],
  [/mul|scale/i, /^(mul|elementwise|scale)$/i],
  [/softmax/i, /softmax/i],
  [
    /relu|sigmoid|logistic|tanh|swish|mish|gelu|elu|pwn|pointwise|clip|act/i,
    /activation|relu|logistic|swish|mish/i,
  ],
  [/resize|interp|upsample/i, /resize|upsample/i],
  [/reshape|flatten|squeeze|permute|transpose|shuffle/i, /reshape|transpose|permute|shuffle/i],
  [/slice|split|crop/i, /slice|split/i],
  [/pad/i, /pad/i],
  [/norm/i, /norm/i],
];

/** Kinds whose arithmetic decides whose a kernel is. */
const HEAVY = /conv|^(linear|matmul|recurrent|attention)$/i;

/**
 * Finds the layers that the kernels of a profile do: by the names that a tool gives them, which are those of nodes, of
 * layers, or of what they make; what is left lies between two that were found, and is one of the layers there, of the
 * same kind, in order. What only changes formats belongs to the layer behind it.
 */
export function attributeImported(
  graph: Graph,
  kinds: readonly string[],
  flops: readonly (number | undefined)[],
  kernels: readonly ImportedKernel[],
): readonly ImportedOwner[] {
  const byName = layersByName(graph);
  const named = kernels.map(({ names }) => [...new Set(names.flatMap((name) => byName.get(name) ?? []))]);
  const taken = new Set(named.flat());
  const makers = makersOf(graph);
  const isHeavy = (layer: number): boolean => HEAVY.test(kinds[layer] ?? '');
  const found: (readonly number[])[] = named.map((layers, k) => {
    const [first] = layers;
    if (first === undefined || !ARITHMETIC.test(kernels[k]?.op ?? '') || layers.some(isHeavy)) return layers;
    // It is called by what it makes: by the function that it applies, or by the sum.
    const path = pathBack(first, makers, isHeavy, taken);
    for (const layer of path) taken.add(layer);
    return [...path, ...layers];
  });
  const owners: ImportedOwner[] = found.map((layers) => ownerOf(layers, kinds, flops, 'name'));
  for (const [k, { op }] of kernels.entries()) {
    if (owners[k]?.by !== undefined) continue;
    const words = WORDS.filter(([tool]) => tool.test(op)).map(([, own]) => own);
    const before = lastOf(found.slice(0, k));
    const behind = firstOf(found.slice(k + 1)) ?? graph.layers.length;
    const layer = graph.layers.findIndex(
      ({ index }) =>
        index > before &&
        index < behind &&
        !taken.has(index) &&
        words.some((own) => own.test(kinds[index] ?? '')),
    );
    if (layer < 0) continue;
    taken.add(layer);
    found[k] = [layer];
    owners[k] = ownerOf([layer], kinds, flops, 'order');
  }
  return owners.map((owner, k) => {
    if (owner.by !== undefined || !CONVERSION.test(kernels[k]?.op ?? '')) return owner;
    const next = owners.slice(k + 1).find(({ layers }) => layers.length > 0);
    return next === undefined ? owner : { layers: next.layers, fused: [], by: 'neighbour' };
  });
}

/** Operators of tools that do what heavy layers are about. */
const ARITHMETIC = /conv|gemm|matmul|fully.?connected|inner.?product/i;

/** Layers between a heavy one and what follows it in the same kernel, at most. */
const LONGEST = 6;

/** The nearest heavy layer before this one that no other kernel is called by, and what lies between. */
function pathBack(
  from: number,
  makers: ReadonlyMap<number, readonly number[]>,
  isHeavy: (layer: number) => boolean,
  taken: ReadonlySet<number>,
): readonly number[] {
  let paths: readonly (readonly number[])[] = [[from]];
  for (let step = 0; step < LONGEST; step++) {
    paths = paths.flatMap((path) =>
      (makers.get(path[0] as number) ?? []).flatMap((maker) => (taken.has(maker) ? [] : [[maker, ...path]])),
    );
    const reached = paths.find(([first]) => first !== undefined && isHeavy(first));
    if (reached !== undefined) return reached.slice(0, -1);
  }
  return [];
}

/** The layers that make what each layer reads. */
function makersOf({ layers, nodes }: Graph): ReadonlyMap<number, readonly number[]> {
  const byTensor = new Map<number, number>();
  const makers = new Map<number, readonly number[]>();
  for (const { index, first, last } of layers) {
    const own = nodes.slice(first, last);
    const read = own.flatMap(({ inputs }) => inputs.flatMap((id) => byTensor.get(id) ?? []));
    makers.set(index, [...new Set(read)]);
    for (const { outputs } of own) for (const id of outputs) byTensor.set(id, index);
  }
  return makers;
}

/** Operators that only change how data lies in memory, or in how many bits. */
export const CONVERSION =
  /^(reformat|reorder(input|output)|cast|copy|memcpy\w*|(de)?quantize(linear)?|transpose|packing)$/i;

const lastOf = (lists: readonly (readonly number[])[]): number =>
  Math.max(-1, ...(lists.findLast((list) => list.length > 0) ?? []));

const firstOf = (lists: readonly (readonly number[])[]): number | undefined => {
  const next = lists.find((list) => list.length > 0);
  return next === undefined ? undefined : Math.min(...next);
};

/** By the name of the node, of the layer, and of what it makes. */
function layersByName({ layers, nodes, tensors }: Graph): ReadonlyMap<string, number> {
  const byName = new Map<string, number>();
  const add = (name: string | undefined, layer: number): void => {
    if (name !== undefined && name !== '' && !byName.has(name)) byName.set(name, layer);
  };
  for (const { index, origin } of layers) add(origin.node, index);
  for (const { index, name } of layers) add(name, index);
  for (const { index, first, last } of layers)
    for (const { outputs } of nodes.slice(first, last))
      for (const id of outputs) add(tensors[id]?.name, index);
  return byName;
}

function ownerOf(
  layers: readonly number[],
  kinds: readonly string[],
  flops: readonly (number | undefined)[],
  by: 'name' | 'order',
): ImportedOwner {
  if (layers.length === 0) return { layers: [], fused: [], by: undefined };
  const heavy = layers.filter((layer) => HEAVY.test(kinds[layer] ?? ''));
  const about = heavy.length > 0 ? heavy : layers;
  const costs = about.map((layer) => flops[layer]);
  const whole = costs.reduce<number>((sum, cost) => sum + (cost === undefined ? Number.NaN : cost), 0);
  return {
    layers: about.map((layer, i) => ({
      layer,
      // Where the work of one is not known, they share evenly.
      part: whole > 0 ? (costs[i] as number) / whole : 1 / about.length,
    })),
    fused: layers.filter((layer) => !about.includes(layer)),
    by,
  };
}
