import { elementsOf, layerViews, workOf, type LayerView } from '../../graph/layers.ts';
import { CIO_CONVENTIONS } from '../../metrics/conventions/cio.ts';
import { FLOP_CONVENTIONS, type FlopConvention, type FlopWeights } from '../../metrics/conventions/flops.ts';
import { cio } from '../../metrics/cio.ts';
import { FLOP_SIZES, flopWeights, flops } from '../../metrics/flops.ts';
import type { MetricContext } from '../../metrics/metric.ts';
import { tensorOf, type Graph, type OpNode, type TensorId } from '../../graph/graph.ts';
import type { ParamRole } from '../../ops/spec.ts';

/** What a convention weighs: a primitive, or the elements that an operator reads or makes. */
export type FlopTerm = keyof FlopWeights;

/** The FLOPs of a graph by one convention. */
export interface ConventionTotal {
  /** of the convention, as options name it */
  readonly id: string;
  /** what it counts, in a few words */
  readonly title: string;
  /** tool or publication whose rules it states */
  readonly source: string;
  /** FLOPs */
  readonly total: number;
  /** operators that the tool counts by a rule which the convention cannot state; not in the total */
  readonly unstated: readonly { readonly kind: string; readonly count: number }[];
}

/** Everything of one sort that one kind of operator does, and what the two conventions count for each. */
export interface Difference {
  /** kind of operator, with the function of activations */
  readonly kind: string;
  /** the primitive, or the elements */
  readonly counted: FlopTerm;
  /** how many of them there are */
  readonly times: number;
  /** FLOPs that the base counts for each */
  readonly base: number;
  /** FLOPs that the convention counts for each */
  readonly each: number;
  /** times * (each - base) */
  readonly change: number;
}

/** Why a convention gives another total than the base. */
export interface Reconciliation {
  /** its id */
  readonly convention: string;
  /** FLOPs by the convention */
  readonly total: number;
  /** id of the convention that it is compared with */
  readonly base: string;
  /** FLOPs by the base */
  readonly baseTotal: number;
  /** largest first; their changes sum to total - baseTotal, less the residual */
  readonly differences: readonly Difference[];
  /** what the differences leave unexplained: total - baseTotal - their sum */
  readonly residual: number;
}

interface Item {
  readonly kind: string;
  readonly counted: FlopTerm;
  times: number;
  /** FLOPs for each, by convention */
  readonly each: readonly number[];
}

/**
 * The totals that every convention gives, and each one's differences from the base by kind of operator and
 * primitive. Layers with an operator that cannot be counted are left out of both.
 */
export function reconcile(
  graph: Graph,
  baseId: string,
): { readonly totals: readonly ConventionTotal[]; readonly reconciliations: readonly Reconciliation[] } {
  const views = [...layerViews(graph)].filter(({ nodes }) =>
    nodes.every((node) => workOf(graph, node) !== undefined),
  );
  const totals = FLOP_CONVENTIONS.map((convention): ConventionTotal => {
    const { id, title, source } = convention;
    return {
      id,
      title,
      source,
      total: totalOf(graph, views, convention),
      unstated: unstatedOf(views, convention),
    };
  });
  const items = itemsOf(graph, views);
  const baseIndex = FLOP_CONVENTIONS.findIndex(({ id }) => id === baseId);
  const base = totals[baseIndex];
  if (base === undefined) return { totals, reconciliations: [] };
  return {
    totals,
    reconciliations: totals.flatMap(({ id, total }, i): Reconciliation[] => {
      if (i === baseIndex) return [];
      const differences = items
        .map(({ kind, counted, times, each }): Difference => {
          const [from, to] = [each[baseIndex] as number, each[i] as number];
          return { kind, counted, times, base: from, each: to, change: times * (to - from) };
        })
        .filter(({ change }) => change !== 0)
        .sort((a, b) => Math.abs(b.change) - Math.abs(a.change));
      const explained = differences.reduce((sum, { change }) => sum + change, 0);
      return [
        {
          convention: id,
          total,
          base: baseId,
          baseTotal: base.total,
          differences,
          residual: total - base.total - explained,
        },
      ];
    }),
  };
}

function totalOf(graph: Graph, views: readonly LayerView[], convention: FlopConvention): number {
  const context = contextOf(graph, convention);
  let total = 0;
  for (const view of views) {
    const value = flops.measure(view, context);
    if (value !== undefined) total += value;
  }
  return total;
}

const contextOf = (graph: Graph, convention: FlopConvention): MetricContext => ({
  graph,
  flops: convention,
  cio: CIO_CONVENTIONS[0] as (typeof CIO_CONVENTIONS)[number],
  liveBytes: [],
});

function unstatedOf(
  views: readonly LayerView[],
  { unstated = [] }: FlopConvention,
): ConventionTotal['unstated'] {
  const counts = new Map<string, number>();
  for (const { nodes } of views) {
    for (const { kind } of nodes) {
      if (!unstated.includes(kind)) continue;
      const before = counts.get(kind);
      counts.set(kind, before === undefined ? 1 : before + 1);
    }
  }
  return [...counts].map(([kind, count]) => ({ kind, count }));
}

/** What is done in all, by kind of operator and primitive, with what each convention counts for one. */
function itemsOf(graph: Graph, views: readonly LayerView[]): readonly Item[] {
  const items = new Map<string, Item>();
  for (const { nodes } of views) {
    for (const node of nodes) {
      const kind = node.kind === 'activation' ? `activation ${node.attrs.fn}` : node.kind;
      const weights = FLOP_CONVENTIONS.map((convention) => flopWeights(convention, node));
      for (const [counted, times] of countsOf(graph, node)) {
        const key = `${kind} ${counted}`;
        const item = items.get(key);
        if (item !== undefined) item.times += times;
        else items.set(key, { kind, counted, times, each: weights.map((each) => weightOf(each, counted)) });
      }
    }
  }
  return [...items.values()];
}

/** A convention that says nothing about something counts nothing for it. */
function weightOf(weights: FlopWeights | undefined, counted: FlopTerm): number {
  const weight = weights?.[counted];
  return weight === undefined ? 0 : weight;
}

function countsOf(graph: Graph, node: OpNode): readonly (readonly [FlopTerm, number])[] {
  const runs = node.repeat === 'unknown' || node.repeat === undefined ? 1 : node.repeat;
  return [
    ...(Object.entries(workOf(graph, node) as object) as [FlopTerm, number][]),
    ...Object.entries(FLOP_SIZES).map(
      ([size, sizeOf]) => [size as FlopTerm, sizeOf(graph, node) * runs] as const,
    ),
  ];
}

/** Elements of the parameters by role, shared ones once: what tools include in "parameters" differs by role. */
export function parametersByRole(
  graph: Graph,
): readonly { readonly role: ParamRole; readonly elements: number }[] {
  const elements = new Map<ParamRole, number>();
  const seen = new Set<TensorId>();
  for (const { inputs, params } of graph.nodes) {
    for (const id of [...inputs, ...params]) {
      const { role } = tensorOf(graph, id);
      if (role === 'activation' || role === 'constant' || seen.has(id)) continue;
      seen.add(id);
      const before = elements.get(role);
      const own = elementsOf(graph, [id]);
      elements.set(role, before === undefined ? own : before + own);
    }
  }
  return [...elements].map(([role, count]) => ({ role, elements: count }));
}

/** The convolutional input/output by every convention. */
export function cioTotals(
  graph: Graph,
): readonly { readonly id: string; readonly title: string; readonly total: number }[] {
  const views = [...layerViews(graph)];
  return CIO_CONVENTIONS.map((convention) => {
    const context = { ...contextOf(graph, FLOP_CONVENTIONS[0] as FlopConvention), cio: convention };
    let total = 0;
    for (const view of views) {
      const value = cio.measure(view, context);
      if (value !== undefined) total += value;
    }
    return { id: convention.id, title: convention.title, total };
  });
}
