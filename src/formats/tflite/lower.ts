import { type Diagnostic, excerpt, problem, quoted, warning } from '../../diagnostics.ts';
import { GraphBuilder } from '../../graph/builder.ts';
import { typesOf, type TensorId } from '../../graph/graph.ts';
import { specOf } from '../../ops/registry.ts';
import type { Shape, TensorType } from '../../ops/spec.ts';
import { elements } from '../../units.ts';
import { MOST_VALUES } from './content.ts';
import type { ModelFile, StoredOperator, StoredTensor, Subgraph } from './model.ts';
import { Indeterminate, Operation, type Results } from './operation.ts';
import { isKept, tripsOf } from './loop.ts';
import { MOVE } from './ops/move.ts';
import { insideOf, ruleOf, type Inside, type RuleBook } from './rule.ts';
import { channelsSecond, toLast, type Content, type Storage, type Value } from './value.ts';

type Repeat = number | 'unknown';

/** A subgraph that is being lowered, where it is called. */
interface Frame {
  readonly subgraph: Subgraph;
  readonly values: Map<number, Value>;
  readonly repeat: Repeat;
  /** before the names of its layers */
  readonly scope: string;
  readonly outer: Frame | undefined;
}

/** What is asked of the whole model, and what is found out about it. */
export class Findings {
  /** extents that depend on the data, by symbol, and that the user gave */
  readonly bindings: ReadonlyMap<string, number>;
  readonly asked = new Set<string>();
  readonly unknown = new Map<string, { count: number; first: string }>();
  /** extents that only a run can tell, without which the cost of an operator is not known */
  readonly indeterminate = new Set<string>();
  /** extents that depend on the data, with the bound that they are counted at */
  readonly bounded = new Map<string, number>();
  readonly branches: string[] = [];
  readonly misstated: string[] = [];
  /** operators of called subgraphs that were lowered so far, once for each call */
  called = 0;

  constructor(bindings: ReadonlyMap<string, number>) {
    this.bindings = bindings;
  }

  bound(symbol: string): number | undefined {
    this.asked.add(symbol);
    return this.bindings.get(symbol);
  }
}

/** Operators that calls of subgraphs may make in all: each call of a subgraph makes them again. */
const MOST_CALLED = 1 << 15;
const DEEPEST = 64;

/** A channel axis is told apart from others in maps of images and volumes. */
export const isMap = ({ length }: Shape): boolean => length === 4 || length === 5;

/** The graph of a model: one layer per operator, in the order of the file; those of subgraphs where they are called. */
export class Lowerer {
  readonly builder: GraphBuilder;
  readonly #model: ModelFile;
  readonly #findings: Findings;
  readonly #rules: RuleBook;
  /** what operators tell of extents that are counted at a bound */
  readonly #onBound = (symbol: string, most: number): void => {
    this.#findings.asked.add(symbol);
    this.builder.bound(`${symbol} at ${String(most)}`);
    this.#findings.bounded.set(symbol, most);
  };
  readonly #body = (subgraph: number): readonly string[] =>
    this.#model.subgraph(subgraph).operators.map(({ name }) => name);
  readonly #constants = new Map<Subgraph, Map<number, Value>>();
  /** whether inputs have other extents than the file's: so have the tensors behind them */
  readonly #resized: boolean;

  constructor(
    builder: GraphBuilder,
    model: ModelFile,
    rules: RuleBook,
    findings: Findings,
    resized: boolean,
  ) {
    this.builder = builder;
    this.#model = model;
    this.#rules = rules;
    this.#findings = findings;
    this.#resized = resized;
  }

  /** Adds an input of the network, whose shape is that of the file or of the user. */
  input(name: string, { dtype, shape }: TensorType, asMap: boolean): Value {
    const first = asMap && isMap(shape);
    const type = { dtype, shape: first ? channelsSecond(shape) : shape };
    return computed(shape, type, this.builder.input(name, type, { channelsLast: first }), first);
  }

  /** The operators of a subgraph with these inputs; its results. */
  run(
    subgraph: Subgraph,
    inputs: readonly Value[],
    outer?: { readonly frame: Frame; readonly scope: string; readonly repeat: Repeat },
  ): readonly Value[] {
    if (inputs.length !== subgraph.inputs.length) {
      this.#model.fail(
        `subgraph ${String(subgraph.index)} takes ${String(subgraph.inputs.length)} inputs, not ${String(inputs.length)}`,
      );
    }
    let depth = 0;
    for (let frame = outer?.frame; frame !== undefined; frame = frame.outer) {
      if (frame.subgraph === subgraph) this.#model.fail(`subgraph ${String(subgraph.index)} calls itself`);
      if (++depth > DEEPEST) this.#model.fail('subgraphs call each other too deep');
    }
    const frame: Frame = {
      subgraph,
      values: new Map(subgraph.inputs.map((tensor, i) => [tensor, inputs[i] as Value])),
      repeat: outer?.repeat ?? 1,
      scope: outer?.scope ?? '',
      outer: outer?.frame,
    };
    for (const operator of subgraph.operators) this.#operator(frame, operator);
    return subgraph.outputs.map((tensor) => this.#value(frame, tensor));
  }

  /** The result as a tensor of our graph; undefined for what is none. */
  outputId(value: Value): TensorId | undefined {
    const id = value.channelsFirst ?? value.stored;
    if (id !== undefined || value.dtype === undefined) return id;
    const dtype = value.storage?.dtype ?? value.dtype;
    return this.builder.constant('constant', { dtype, shape: value.shape }, value.storage?.name);
  }

  #value(frame: Frame, tensor: number): Value {
    const made = frame.values.get(tensor);
    if (made !== undefined) return made;
    const { subgraph } = frame;
    if (subgraph.maker(tensor) !== -1) {
      this.#model.fail(`tensor "${excerpt(subgraph.tensor(tensor).name)}" is read before it is made`);
    }
    let constants = this.#constants.get(subgraph);
    if (constants === undefined) this.#constants.set(subgraph, (constants = new Map<number, Value>()));
    let value = constants.get(tensor);
    if (value === undefined)
      constants.set(tensor, (value = this.#constant(subgraph.tensor(tensor), subgraph)));
    return value;
  }

  /** What no operator makes is stored; what a run leaves for the next one is neither stored nor made. */
  #constant({ name, shape, dtype, buffer, isVariable, blocks }: StoredTensor, { tensor }: Subgraph): Value {
    const base = {
      shape,
      dtype,
      stored: undefined,
      channelsFirst: undefined,
      constants: new Map<string, TensorId>(),
    };
    if (dtype === undefined) return base;
    if (isVariable) return { ...base, stored: this.builder.constant('constant', { dtype, shape }, name) };
    let content: readonly number[] | undefined;
    let isRead = false;
    return {
      ...base,
      storage: {
        name,
        dtype,
        content: () => {
          if (!isRead) content = this.#numbers(buffer, { dtype, shape });
          isRead = true;
          return content;
        },
        blocks() {
          const { scales = -1, zeroPoints = -1 } = blocks() ?? {};
          if (scales === -1) return undefined;
          return { scales: tensor(scales), ...(zeroPoints === -1 ? {} : { zeroPoints: tensor(zeroPoints) }) };
        },
      },
    };
  }

  #numbers(buffer: number, { dtype, shape }: TensorType): readonly number[] | undefined {
    const width = dtype === 'int32' ? 4 : dtype === 'int64' ? 8 : dtype === 'bool' ? 1 : undefined;
    const count = elements(shape);
    if (width === undefined || !(count <= MOST_VALUES)) return undefined;
    const bytes = count === 0 ? new DataView(new ArrayBuffer(0)) : this.#model.content(buffer, count * width);
    return (
      bytes &&
      Array.from({ length: count }, (_, i) =>
        width === 4
          ? bytes.getInt32(4 * i, true)
          : width === 1
            ? bytes.getUint8(i)
            : Number(bytes.getBigInt64(8 * i, true)),
      )
    );
  }

  #operator(frame: Frame, operator: StoredOperator): void {
    const { subgraph, scope, repeat } = frame;
    if (frame.outer !== undefined && ++this.#findings.called > MOST_CALLED) {
      this.#model.fail(`subgraphs call each other more than ${String(MOST_CALLED)} times`);
    }
    const inputs = operator.inputs.map((tensor) => (tensor === -1 ? undefined : this.#value(frame, tensor)));
    const stored = operator.outputs.map((tensor) => subgraph.tensor(tensor));
    const layer = scope + (stored[0]?.name ?? operator.name);
    const outputs = stored.map((output) => this.#bound(output));
    const op = new Operation(this.builder, operator, inputs, outputs, {
      layer,
      file: this.#model.file,
      repeat,
      onBound: this.#onBound,
      body: this.#body,
    });
    const known = this.#evaluated(op) ?? this.#folded(op);
    if (known !== undefined) {
      this.#set(frame, operator, known);
      return;
    }
    const inside = insideOf(this.#rules, op);
    if (inside !== undefined) {
      const results = this.#inside(frame, op, layer, inside);
      if (results !== undefined) {
        if (results.length !== outputs.length)
          op.fail(`makes ${String(outputs.length)} outputs of ${String(results.length)} results`);
        this.#set(frame, operator, results);
        return;
      }
    }
    const uncertain = inputs.some((value) => value?.uncertain === true);
    const { results, isCertain } = uncertain
      ? { results: this.#indeterminate(op), isCertain: false }
      : this.#lowered(op);
    this.#set(
      frame,
      operator,
      outputs.map((output, i) => this.#result(output, results[i], isCertain)),
    );
  }

  #set({ values }: Frame, { outputs }: StoredOperator, results: readonly Value[]): void {
    for (let i = 0; i < outputs.length; i++) {
      const value = results[i];
      if (value !== undefined) values.set(outputs[i] as number, value);
    }
  }

  /** An output with those of its free extents that the user gave. */
  #bound(output: StoredTensor): StoredTensor {
    if (output.free.length === 0 || this.#findings.bindings.size === 0) return output;
    const given = new Map(
      output.free.flatMap((axis) => {
        const symbol = `${output.name}[${String(axis)}]`;
        const extent = this.#findings.bindings.has(symbol) ? this.#findings.bound(symbol) : undefined;
        return extent === undefined ? [] : [[axis, extent] as const];
      }),
    );
    return {
      ...output,
      shape: output.shape.map((extent, axis) => given.get(axis) ?? extent),
      free: output.free.filter((axis) => !given.has(axis)),
    };
  }

  /** Whole numbers that follow from shapes and stored numbers: no run computes them. */
  #evaluated(op: Operation): readonly Value[] | undefined {
    const evaluate = ruleOf(this.#rules, op.operator)?.evaluate;
    const isWhole = ({ dtype }: StoredTensor): boolean => dtype !== undefined && /^(u?int|bool)/.test(dtype);
    if (evaluate === undefined || !op.outputs.every(isWhole)) return undefined;
    const contents = evaluate(op);
    const isKnown = (content: Content | undefined): boolean =>
      content?.values.every((value) => Number.isSafeInteger(value)) === true;
    if (contents.length !== op.outputs.length || !contents.every(isKnown)) return undefined;
    return contents.map((content, i) => ({
      shape: content?.shape ?? [],
      content: content?.values ?? [],
      dtype: op.outputs[i]?.dtype,
      stored: undefined,
      channelsFirst: undefined,
      constants: new Map<string, TensorId>(),
    }));
  }

  /** What is made of stored numbers alone is stored data: every runtime computes it once. */
  #folded(op: Operation): readonly Value[] | undefined {
    const { inputs, outputs } = op;
    const rule = ruleOf(this.#rules, op.operator);
    if (rule === undefined || rule.varies === true || inputs.length === 0) return undefined;
    let largest: { readonly value: Value; readonly storage: Storage } | undefined;
    for (const value of inputs) {
      if (value === undefined) continue;
      if (value.storage === undefined && value.content === undefined) return undefined;
      if (
        value.storage !== undefined &&
        (largest === undefined || elements(value.shape) > elements(largest.value.shape))
      ) {
        largest = { value, storage: value.storage };
      }
    }
    if (
      largest === undefined ||
      !outputs.every(({ free, dtype }) => free.length === 0 && dtype !== undefined)
    ) {
      return undefined;
    }
    const { value, storage } = largest;
    return outputs.map(({ shape, dtype, name }) => {
      const isSame = elements(shape) === elements(value.shape) || op.name === 'DENSIFY';
      return {
        shape,
        dtype,
        storage: {
          name: isSame ? storage.name : name,
          dtype: isSame ? storage.dtype : (dtype ?? storage.dtype),
          content: () => undefined,
        },
        stored: undefined,
        channelsFirst: undefined,
        constants: new Map<string, TensorId>(),
      };
    });
  }

  #lowered(op: Operation): { readonly results: Results; readonly isCertain: boolean } {
    try {
      const results = ruleOf(this.#rules, op.operator)?.lower(op);
      return results === undefined ? this.#unknown(op) : { results, isCertain: true };
    } catch (error) {
      if (!(error instanceof Indeterminate)) throw error;
      const isCertain = op.outputs.every(({ free }) => free.length === 0);
      if (isCertain && Object.hasOwn(MOVE, op.name)) return { results: op.stated(), isCertain };
      return { results: this.#indeterminate(op), isCertain };
    }
  }

  #unknown(op: Operation): { readonly results: Results; readonly isCertain: boolean } {
    const before = this.#findings.unknown.get(op.name);
    if (before === undefined) this.#findings.unknown.set(op.name, { count: 1, first: op.origin.node ?? '' });
    else before.count++;
    return {
      results: op.opaque(),
      isCertain: op.outputs.every(({ free }) => free.length === 0 || !this.#resized),
    };
  }

  #indeterminate(op: Operation): Results {
    for (const { name, free } of op.outputs) {
      for (const axis of free) this.#findings.indeterminate.add(`${name}[${String(axis)}]`);
    }
    for (const symbol of this.#findings.indeterminate) this.#findings.asked.add(symbol);
    return op.opaque();
  }

  /** A result of our graph as a value of the file. */
  #result(output: StoredTensor, id: TensorId | undefined, isCertain: boolean): Value {
    if (id === undefined) {
      return {
        shape: [],
        dtype: undefined,
        stored: undefined,
        channelsFirst: undefined,
        constants: new Map<string, TensorId>(),
      };
    }
    const type = this.builder.typeOf(id);
    const first = this.builder.isChannelsLast(id);
    const shape = first ? toLast(type.shape.length).map((axis) => type.shape[axis] as number) : type.shape;
    if (
      isCertain &&
      !this.#resized &&
      output.shape.length > 0 &&
      output.free.length === 0 &&
      shape.join() !== output.shape.join()
    ) {
      this.#findings.misstated.push(`${output.name} is ${shape.join('x')}, not ${output.shape.join('x')}`);
    }
    const value = computed(shape, type, id, first);
    return isCertain ? value : { ...value, uncertain: true };
  }

  #inside(frame: Frame, op: Operation, layer: string, inside: Inside): readonly Value[] | undefined {
    const inputs = op.inputs
      .slice(inside.from)
      .map((value, i) => value ?? op.fail(`has no input ${String(i + 1)}`));
    const body = (index: number | undefined, repeat: Repeat): readonly Value[] =>
      index === undefined
        ? op.fail('has no subgraph')
        : this.run(this.#model.subgraph(index), inputs, { frame, scope: `${layer}/`, repeat });
    switch (inside.run) {
      case 'once':
        return body(inside.subgraphs[0], frame.repeat);
      case 'loop':
        return this.#loop(frame, layer, inside.subgraphs, inputs);
      case 'one of them': {
        const chosen = this.#branch(frame, op, layer, inside.subgraphs, inputs);
        return chosen === undefined ? undefined : body(chosen, frame.repeat);
      }
    }
  }

  #loop(
    frame: Frame,
    layer: string,
    [first = -1, second = -1]: readonly number[],
    inputs: readonly Value[],
  ): readonly Value[] {
    const [condition, body] = [this.#model.subgraph(first), this.#model.subgraph(second)];
    const single = (values: readonly number[] | undefined): number | undefined =>
      values?.length === 1 ? values[0] : undefined;
    const trips = tripsOf({
      condition,
      body,
      start: (index) => single(inputs[index]?.content ?? inputs[index]?.storage?.content()),
      stored: (subgraph, tensor) =>
        subgraph.inputs.includes(tensor) || subgraph.maker(tensor) !== -1
          ? undefined
          : single(this.#constant(subgraph.tensor(tensor), subgraph).storage?.content()),
    });
    // What an iteration leaves for the next one is not what is known of the first.
    const values = inputs.map((value, i) => (isKept(body, i) ? value : this.#changing(value)));
    const times = (count: number): Repeat => {
      const all = frame.repeat === 'unknown' ? Number.NaN : frame.repeat * count;
      return Number.isSafeInteger(all) ? all : 'unknown';
    };
    const run = (subgraph: Subgraph, repeat: Repeat): readonly Value[] =>
      this.run(subgraph, values, { frame, scope: `${layer}/`, repeat });
    run(condition, trips === undefined ? 'unknown' : times(trips + 1));
    return trips === 0 ? inputs : run(body, trips === undefined ? 'unknown' : times(trips));
  }

  /** A value of which only its type stays the same. */
  #changing(value: Value): Value {
    const { dtype, shape, storage, content } = value;
    if (dtype === undefined || (storage === undefined && content === undefined)) return value;
    const stored = this.builder.constant('constant', { dtype, shape }, storage?.name);
    return { shape, dtype, stored, channelsFirst: undefined, constants: new Map<string, TensorId>() };
  }

  /** The branch that computes most; undefined where that is not known. */
  #branch(
    frame: Frame,
    op: Operation,
    layer: string,
    branches: readonly number[],
    inputs: readonly Value[],
  ): number | undefined {
    const choice = op.known(0)?.[0];
    if (choice !== undefined) return branches[choice];
    const costs = branches.map((index) => this.#macsOf(frame, index, inputs));
    const known = costs.flatMap((cost) => cost ?? []);
    if (known.length !== costs.length || known.length === 0) return undefined;
    this.#findings.branches.push(layer);
    this.builder.bound(`${layer} as the branch with the most MACs`);
    return branches[known.indexOf(Math.max(...known))];
  }

  /** MACs of a subgraph by itself; undefined where they are not known. */
  #macsOf(frame: Frame, index: number, inputs: readonly Value[]): number | undefined {
    const builder = new GraphBuilder({ name: '', source: '', format: 'tflite' });
    const findings = new Findings(this.#findings.bindings);
    findings.called = this.#findings.called;
    const alone = new Lowerer(builder, this.#model, this.#rules, findings, this.#resized);
    const values = inputs.map((value) =>
      value.dtype === undefined || value.storage !== undefined || value.content !== undefined
        ? { ...value, constants: new Map<string, TensorId>() }
        : alone.input('', { dtype: value.dtype, shape: value.shape }, false),
    );
    alone.run(this.#model.subgraph(index), values, { frame, scope: '', repeat: 1 });
    this.#findings.called = findings.called;
    let macs = 0;
    const graph = builder.build();
    for (const node of graph.nodes) {
      const { work } = specOf(node.kind);
      const { repeat = 1 } = node;
      if (work === 'none') continue;
      if (work === 'unknown' || repeat === 'unknown') return undefined;
      const { mac = 0 } = work(typesOf(graph, node.inputs), typesOf(graph, node.outputs), node.attrs);
      macs += mac * repeat;
    }
    return macs;
  }
}

const computed = (shape: Shape, { dtype }: TensorType, id: TensorId, channelsFirst: boolean): Value => ({
  shape,
  dtype,
  stored: channelsFirst ? undefined : id,
  channelsFirst: channelsFirst ? id : undefined,
  constants: new Map<string, TensorId>(),
});

/** Operators that stand for a network that was compiled for a device. */
const COMPILED = /edgetpu|ethos|delegate|dispatch|qnn|neuron|npu|hexagon|^vsi/i;

/** Every operator that is not known, in one message. */
export function unknownOperators(
  { unknown }: Findings,
  { without }: RuleBook,
  file: string,
): Diagnostic | undefined {
  if (unknown.size === 0) return undefined;
  const names = [...unknown].map(([name, { count, first }]) => {
    const why = Object.hasOwn(without, name) ? `: ${String(without[name])}` : '';
    return `${excerpt(name)} (${String(count)}, first at "${excerpt(first)}"${why})`;
  });
  const shown =
    names.slice(0, 20).join(', ') + (names.length > 20 ? ` and ${String(names.length - 20)} more` : '');
  const compiled = [...unknown.keys()].some((name) => COMPILED.test(name))
    ? '; a part that was compiled for a device hides a network, and its share is unknown'
    : '';
  return problem(
    'CSP307',
    `${String(names.length)} operator${names.length === 1 ? ' is' : 's are'} not known: ${shown}${compiled}`,
    'pass --on-unknown opaque to go on without their cost',
    { format: 'tflite', file },
  );
}

const MOST_LISTED = 3;

const listed = (entries: readonly string[]): string =>
  entries
    .slice(0, MOST_LISTED)
    .map((entry) => excerpt(entry))
    .join(', ') + (entries.length > MOST_LISTED ? ` and ${String(entries.length - MOST_LISTED)} more` : '');

/** What was counted in another sense than a run may show. */
export function remarks(findings: Findings, file: string): readonly Diagnostic[] {
  const { indeterminate, bounded, branches, misstated } = findings;
  const warnings: Diagnostic[] = [];
  const remark = (entries: readonly string[], what: string, fix: string): void => {
    if (entries.length > 0) {
      warnings.push(warning('CSP305', `${what}: ${listed(entries)}`, fix, { format: 'tflite', file }));
    }
  };
  const [firstBound = ''] = bounded.keys();
  remark(
    [...bounded].map(([symbol, most]) => `${symbol} at ${String(most)}`),
    'extents that depend on the data are counted at their upper bound',
    `give one a value: --bind ${quoted(`${firstBound}=100`)}`,
  );
  const extents = [...indeterminate];
  remark(
    extents,
    'extents that depend on the data are not known, what needs them is not counted',
    `give one a value: --bind ${quoted(`${extents[0] ?? ''}=100`)}`,
  );
  remark(
    branches,
    'branches that the data chooses are counted as the one with the most MACs',
    'nothing to do, unless the cheap branch is the usual one',
  );
  remark(
    misstated,
    'the file states other shapes than its operators make, which are counted',
    'convert the model again',
  );
  return warnings;
}
