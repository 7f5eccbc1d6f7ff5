import type { GraphProto } from '../proto.ts';
import { ProfileError } from '../../../diagnostics.ts';
import type { Body, Branch, Cost, Node } from '../node.ts';
import type { Operator, Operators } from '../operator.ts';
import type { Lowering } from '../emit.ts';
import { bound, type Extent, isKnown, knownShape, sameExtent } from '../../../ops/extent.ts';
import { elements } from '../../../units.ts';
import { filled, join, type Tensor, tensor, type Value } from '../values.ts';

/** The nodes inside are lowered in the place of the node itself. */
export const within: Lowering = (emit) => emit.node.fail('has no graph inside');

const BRANCHES: readonly Branch[] = ['then', 'else'];

const conditional: Operator = {
  infer(node) {
    const condition = node.numbers(0)?.[0];
    const known = condition === undefined ? undefined : condition === 0 ? 'else' : 'then';
    const chosen = known ?? node.surroundings.branches.get(node.label);
    const { branch, body, bound } = chosen === undefined ? costlier(node) : taken(node, chosen);
    for (const other of BRANCHES) if (other !== branch) node.surroundings.skip(node.graph(`${other}_branch`));
    node.inside = { bodies: [body], repeat: 1, whole: true, ...(bound === undefined ? {} : { bound }) };
    return body.results;
  },
  lower: within,
};

interface Taken {
  readonly branch: Branch;
  readonly body: Body;
  readonly bound?: string;
}

const taken = (node: Node, branch: Branch): Taken => ({
  branch,
  body: node.body(node.graph(`${branch}_branch`), []),
});

/** The branch with more MACs: which one runs, the data decide. One that does not fit these inputs cannot run. */
function costlier(node: Node): Taken {
  const tried = BRANCHES.map((branch) => attempt(() => taken(node, branch)));
  const fitting = tried.filter((each): each is Taken => !(each instanceof ProfileError));
  const [first, second] = fitting;
  if (first === undefined)
    throw tried.find((each) => each instanceof ProfileError) ?? node.fail('has no branch');
  if (second === undefined) {
    const other = first.branch === 'then' ? 'else' : 'then';
    node.surroundings.unfit.add(node.label);
    return {
      ...first,
      bound: `counted as its ${first.branch} branch, since its ${other} branch does not fit`,
    };
  }
  const [a, b] = [first, second].map(({ body }) => node.surroundings.costOf(body)) as [Cost, Cost];
  const [less, more] = [b.macs - a.macs, b.others - a.others];
  const isSecond = less > 0 || (less === 0 && (more > 0 || (more === 0 && madeBy(second) > madeBy(first))));
  const { branch, body } = isSecond ? second : first;
  const why = less === 0 ? 'which has as many MACs as the other' : 'the one with more MACs';
  return { branch, body, bound: `counted as its ${branch} branch, ${why}` };
}

/** Elements of what a branch gives, as far as they are known: one that computes no more may still hold more. */
function madeBy({ body }: Taken): number {
  let total = 0;
  for (const value of body.results) {
    const type = value.kind === 'optional' ? (value.present === false ? undefined : value.element) : value;
    if (type?.kind === 'tensor') total += elements(knownShape(type.shape) ?? []);
  }
  return total;
}

function attempt<T>(make: () => T): T | ProfileError {
  try {
    return make();
  } catch (error) {
    if (error instanceof ProfileError) return error;
    throw error;
  }
}

/** Joined extents get a symbol that the user can bind. */
function named(node: Node, output: number, value: Value): Value {
  if (value.kind !== 'tensor' || value.shape?.every(isKnown) !== false) return value;
  return {
    ...value,
    shape: value.shape.map((dim, axis) => (isKnown(dim) ? dim : node.unknown(output, axis, dim.atMost))),
  };
}

/** Iterations that are followed one by one where the types change from one to the next. */
const UNROLLED = 128;

const withoutContent = (value: Value): Value =>
  value.kind === 'tensor'
    ? tensor(value.dtype, value.shape)
    : value.kind === 'sequence'
      ? { ...value, items: undefined }
      : value;

function sameType(a: Value, b: Value): boolean {
  if (a.kind !== b.kind) return false;
  if (a.kind === 'tensor' && b.kind === 'tensor') {
    const [p, q] = [a.shape, b.shape];
    return (
      a.dtype === b.dtype &&
      (p === undefined || q === undefined
        ? p === q
        : p.length === q.length && p.every((dim, i) => sameExtent(dim, q[i] ?? dim)))
    );
  }
  if (a.kind === 'sequence' && b.kind === 'sequence') return sameType(a.element, b.element);
  if (a.kind === 'optional' && b.kind === 'optional') return sameType(a.element, b.element);
  return true;
}

/** A carried value that stays certain from one iteration to the next; extents that change lose their bound. */
function widened(before: Value, after: Value): Value {
  const result = join(before, after);
  if (result.kind !== 'tensor' || before.kind !== 'tensor') return result;
  const from = before.shape;
  return {
    ...result,
    shape: result.shape?.map((dim, i) =>
      isKnown(dim) || sameExtent(dim, from?.[i] ?? dim)
        ? dim
        : { symbol: `(${dim.symbol}…)`, atMost: undefined },
    ),
  };
}

/** The body with carried values of types that hold in every iteration. */
function steady(
  node: Node,
  graph: GraphProto,
  initial: readonly Value[],
  inputs: (carried: readonly Value[]) => readonly Value[],
  carriedResults: (body: Body) => readonly Value[],
): { readonly body: Body; readonly carried: readonly Value[]; readonly stable: boolean } {
  let carried = initial.map(withoutContent);
  let stable = true;
  for (let round = 0; ; round++) {
    const body = node.body(graph, inputs(carried));
    const next = carriedResults(body);
    if (round > 8 || carried.every((value, i) => sameType(value, next[i] ?? value))) {
      return { body, carried, stable };
    }
    stable = false;
    const joined = carried.map((value, i) => widened(value, next[i] ?? value));
    if (joined.every((value, i) => sameType(value, carried[i] ?? value))) return { body, carried, stable };
    carried = joined;
  }
}

const known = (value: Value | undefined): boolean =>
  value?.kind === 'tensor'
    ? value.shape?.every(isKnown) === true
    : value !== undefined && value.kind !== 'unknown';

/** Old files have the number of the run, or the condition, as a list of one: runtimes feed it as it is declared. */
function declaredShape(graph: GraphProto, input: number): readonly number[] {
  const dims = graph.input[input]?.type?.tensorType?.shape?.dim;
  return dims?.length === 1 ? [1] : [];
}

const goingOn = (graph: GraphProto): Tensor => filled('bool', declaredShape(graph, 1), [1]);

const loop: Operator = {
  infer(node) {
    const graph = node.graph('body');
    const limit = node.has(0) ? node.elements(0)?.[0] : Infinity;
    const go = node.has(1) ? node.numbers(1)?.[0] : 1;
    const initial = node.inputs.slice(2).map((_, i) => node.value(i + 2));
    const count = initial.length;
    const { body, carried, stable } = steady(
      node,
      graph,
      initial,
      (values) => [tensor('int64', declaredShape(graph, 0)), goingOn(graph), ...values],
      ({ results }) => results.slice(1, 1 + count),
    );
    const goesOn = conditionOf(body);
    const trips =
      go === 0 || limit === 0
        ? 0
        : goesOn === 0 && go === 1
          ? 1
          : goesOn === 1 && go === 1
            ? limit
            : undefined;
    const scanned = body.results.slice(1 + count);
    const exact = isKnown(trips) && trips !== Infinity;
    if (exact && trips === 0) {
      node.inside = { bodies: [], repeat: 0, whole: true };
      return [...initial, ...scanned.map((value) => stacked(value, 0, 0))];
    }
    if (!(exact && stable && carried.every(known) && scanned.every(known))) {
      const unrolled = unroll(node, graph, initial, limit, go);
      if (unrolled !== undefined) return unrolled;
    }
    const most = mostTrips(limit);
    node.inside =
      exact || most === undefined
        ? { bodies: [body], repeat: exact ? trips : 'unknown', whole: true }
        : {
            bodies: [body],
            repeat: most,
            whole: true,
            bound: `counted at its maximum of ${String(most)} runs`,
          };
    const length = (output: number): Extent =>
      exact ? trips : trips !== undefined && !isKnown(trips) ? trips : node.unknown(output, 0, most);
    return [
      ...carried.map((value, i) => named(node, i, value)),
      ...scanned.map((value, i) => stacked(value, 0, length(count + i))),
    ];
  },
  lower: within,
};

function mostTrips(limit: Extent | undefined): number | undefined {
  const most = limit === undefined ? undefined : bound(limit);
  return most === Infinity ? undefined : most;
}

function conditionOf(body: Body): number | undefined {
  const [condition] = body.results;
  const value = condition?.kind === 'tensor' ? condition.elements?.()?.[0] : undefined;
  return isKnown(value) ? value : undefined;
}

/** Follows every iteration; undefined where there are too many or the condition is not known. */
function unroll(
  node: Node,
  graph: GraphProto,
  initial: readonly Value[],
  limit: Extent | undefined,
  go: number | undefined,
): readonly Value[] | undefined {
  if (!isKnown(limit) || go === undefined) return undefined;
  const bodies: Body[] = [];
  let carried = initial;
  let goesOn: number | undefined = go;
  while (goesOn === 1 && bodies.length < limit) {
    if (bodies.length >= UNROLLED) return undefined;
    const body = node.body(graph, [
      filled('int64', declaredShape(graph, 0), [bodies.length]),
      goingOn(graph),
      ...carried,
    ]);
    bodies.push(body);
    carried = body.results.slice(1, 1 + initial.length);
    goesOn = conditionOf(body);
    if (goesOn === undefined) return undefined;
  }
  node.inside = { bodies, repeat: 1, whole: true };
  const scans = bodies.map(({ results }) => results.slice(1 + initial.length));
  const [first = []] = scans;
  return [
    ...carried,
    ...first.map((value, i) =>
      stacked(
        scans.reduce((all, scan) => join(all, scan[i] ?? all), value),
        0,
        scans.length,
      ),
    ),
  ];
}

/** What results of this kind make when the iterations' are stacked along an axis. */
function stacked(value: Value, axis: number, length: Extent): Tensor {
  if (value.kind !== 'tensor') return tensor(undefined, undefined);
  const { dtype, shape } = value;
  if (shape === undefined) return tensor(dtype, undefined);
  const at = axis < 0 ? axis + shape.length + 1 : axis;
  return tensor(dtype, [...shape.slice(0, at), length, ...shape.slice(at)]);
}

const scan: Operator = {
  infer(node) {
    const graph = node.graph('body');
    const old = node.opset < 9;
    const inputs = node.inputs.slice(old ? 1 : 0).map((_, i) => node.value(i + (old ? 1 : 0)));
    const scanned = node.int('num_scan_inputs') ?? node.fail('has no attribute "num_scan_inputs"');
    const states = inputs.length - scanned;
    if (states < 0) node.fail(`has ${String(scanned)} scan inputs and ${String(inputs.length)} inputs`);
    const axes = old ? inputs.map(() => 1) : node.ints('scan_input_axes');
    const outputAxes = node.ints('scan_output_axes');
    let trips: Extent | undefined;
    let batch: Extent | undefined;
    const elements = inputs.slice(states).map((value, i) => {
      if (value.kind !== 'tensor' || value.shape === undefined) return value;
      const { shape } = value;
      const axis = node.axis(axes?.[i] ?? 0, shape.length);
      trips = isKnown(trips) ? trips : shape[axis];
      if (old) batch = shape[0];
      return tensor(
        value.dtype,
        shape.filter((_, at) => at !== axis && !(old && at === 0)),
      );
    });
    const initial = inputs.slice(0, states).map((value) => {
      if (!old || value.kind !== 'tensor') return value;
      return tensor(value.dtype, value.shape?.slice(1));
    });
    const { body, carried } = steady(
      node,
      graph,
      initial,
      (values) => [...values, ...elements],
      ({ results }) => results.slice(0, states),
    );
    const repeat =
      isKnown(trips) && (batch === undefined || isKnown(batch)) ? trips * (batch ?? 1) : 'unknown';
    node.inside = { bodies: [body], repeat, whole: true };
    const whole = (value: Value): Value => (old && batch !== undefined ? stacked(value, 0, batch) : value);
    return [
      ...carried.map(whole),
      ...body.results
        .slice(states)
        .map((value, i) =>
          whole(stacked(value, outputAxes?.[i] ?? 0, trips ?? node.unknown(states + i, 0, undefined))),
        ),
    ];
  },
  lower: within,
};

const sequenceMap: Operator = {
  infer(node) {
    const graph = node.graph('body');
    const [first] = node.inputs;
    const items = first?.kind === 'sequence' ? first.items : undefined;
    const at = (value: Value, i: number | undefined): Value =>
      value.kind !== 'sequence' ? value : ((i === undefined ? undefined : value.items?.[i]) ?? value.element);
    const values = node.inputs.map((_, i) => node.value(i));
    if (items !== undefined && items.length <= UNROLLED) {
      const bodies = items.map((_, i) =>
        node.body(
          graph,
          values.map((value) => at(value, i)),
        ),
      );
      node.inside = { bodies, repeat: 1, whole: true };
      return node.proto.output.map((_, output): Value => {
        const results = bodies.map(({ results: all }) => all[output] ?? tensor(undefined, undefined));
        const [head = tensor(undefined, undefined)] = results;
        return { kind: 'sequence', element: results.reduce(join, head), items: results };
      });
    }
    const body = node.body(
      graph,
      values.map((value) => at(value, undefined)),
    );
    node.inside = { bodies: [body], repeat: items?.length ?? 'unknown', whole: true };
    return body.results.map((element): Value => ({ kind: 'sequence', element, items: undefined }));
  },
  lower: within,
};

export const CONTROL: Operators = { If: conditional, Loop: loop, Scan: scan, SequenceMap: sequenceMap };
