import { excerpt, type Diagnostic, ProfileError, problem, warning } from '../../diagnostics.ts';
import { List } from '../../list.ts';
import { placeOf } from '../../graph/bind.ts';
import { AlikeNodes, resultOf } from './alike.ts';
import { storedTensor, storedTensors, type TensorFile } from './constant.ts';
import { dtypeOf } from './dtype.ts';
import {
  type Body,
  type Branch,
  type Cost,
  formatDims,
  Indeterminate,
  type InferredNode,
  Node,
  type Surroundings,
  unknownOutputs,
} from './node.ts';
import { domainOf, operatorOf } from './ops/registry.ts';
import { changed, type Messages } from './message.ts';
import { Names } from './names.ts';
import {
  NODE,
  type AttributeProto,
  type FunctionProto,
  type GraphProto,
  type ModelProto,
  type NodeProto,
  type OperatorSetIdProto,
  type SparseTensorProto,
  type TensorProto,
  type TypeProto,
  type ValueInfoProto,
} from './proto.ts';
import { valueOfType } from './types.ts';
import { type Extent, isKnown, multiply } from '../../ops/extent.ts';
import { type Constant, filled, type Tensor, tensor, UNKNOWN, type Value } from './values.ts';

/** An input that a graph asks of its caller. */
export interface GraphInput {
  readonly name: string;
  readonly type: Value;
}

export interface Inferred {
  readonly inputs: readonly GraphInput[];
  /** names of the outputs, whose values are the results */
  readonly outputs: readonly string[];
  readonly results: readonly Value[];
  /** operators that nobody knows, with how often and where they first occur */
  readonly unknown: ReadonlyMap<string, { readonly count: number; readonly first: Node }>;
  readonly warnings: readonly Diagnostic[];
  /** the initialisers of each graph, those of branches that do not run included */
  readonly stored: Iterable<readonly StoredValue[]>;
  /** tensors whose numbers were asked for and are in another file */
  readonly unopened: ReadonlySet<string>;
  /** nodes of which only one branch fits these inputs, and which runs is not known */
  readonly unfit: ReadonlySet<string>;
  /** names of what branches that do not run read */
  readonly skipped: ReadonlySet<string>;
  /** what nodes of branches that do not run store, as far as others there learn it */
  readonly unused: ReadonlySet<StoredValue>;
}

/** An initialiser. */
export type StoredValue = Tensor & { readonly constant: Constant };

/** Hears of the graph as it is walked, so that nothing of a long one needs to be kept. */
export interface InferenceListener {
  readonly input?: (input: GraphInput) => void;
  readonly node?: (node: InferredNode) => void;
}

export interface InferOptions {
  readonly file: TensorFile;
  /** the initialisers of the model's graph, where they were read before */
  readonly stored?: readonly StoredValue[] | undefined;
  readonly bindings: ReadonlyMap<string, number>;
  /** the extent that a symbol or an expression of the file stands for */
  readonly extentOf?: ((text: string) => number | undefined) | undefined;
  /** shapes of the model's inputs, by name */
  readonly shapes?: ReadonlyMap<string, readonly number[]> | undefined;
  /** contents of inputs that the user gave, by name */
  readonly values?: ReadonlyMap<string, readonly number[]> | undefined;
  /** branches that the user chose, by the label of the node */
  readonly branches?: ReadonlyMap<string, Branch> | undefined;
  /** what a body costs; absent: nothing is known, and the first branch is taken */
  readonly costOf?: ((body: Body) => Cost) | undefined;
  /** operators that are not known whose results are like their first inputs, by name */
  readonly assume?: ReadonlyMap<string, 'same-shape'> | undefined;
}

/** Nodes inside functions and graphs that one file may make of itself. */
const MOST_EXPANDED = 100_000;
/** Functions and graphs inside each other. */
const DEEPEST = 64;
/** `value_info` contradictions that are told one by one. */
const MOST_WARNINGS = 5;

/** Operators whose constants are parameters, also where a node stores them. */
const LEARNING = /Conv|Gemm|MatMul|LSTM|GRU|RNN|Normalization$|PRelu/;
/** Operators that make weights of what is stored: what they read, in another form or order. */
const REARRANGING =
  /^(Constant|Identity|Cast|Concat|DequantizeLinear|Reshape|Slice|Split|Squeeze|Transpose|Unsqueeze)$/;

/** Values by name, seen through to the graphs outside. */
class Scope {
  readonly #names = new Names();
  readonly #values = new List<Value>();
  /** behind the value that was read last: files store tensors mostly in the order in which nodes read them */
  #next = 0;
  readonly #outer: Scope | undefined;

  constructor(outer?: Scope) {
    this.#outer = outer;
  }

  /** Whether another graph around this one is seen from it. */
  get isInside(): boolean {
    return this.#outer !== undefined;
  }

  /** Whether this graph itself has the value. */
  has(name: string): boolean {
    return this.#names.indexOf(name) !== undefined;
  }

  get(name: string): Value | undefined {
    // Two comparisons find most names, sooner than the table does.
    const last = this.#names.length - 1;
    if (this.#names.at(last) === name) return this.#values.at(last);
    let index = this.#next;
    if (this.#names.at(index) !== name) {
      const found = this.#names.indexOf(name);
      if (found === undefined) return this.#outer?.get(name);
      index = found;
    }
    this.#next = index + 1;
    return this.#values.at(index);
  }

  /** Adds a value; false, and nothing is added, if this graph has one of that name already. */
  add(name: string, value: Value): boolean {
    if (!this.#names.add(name)) return false;
    this.#values.push(value);
    return true;
  }

  /** Adds a value, in the place of one that has its name. */
  set(name: string, value: Value): void {
    const index = this.#names.indexOf(name);
    if (index === undefined) this.add(name, value);
    else this.#values.set(index, value);
  }
}

/** A node and its place in the file. */
interface IndexedNode {
  readonly proto: NodeProto;
  readonly index: number;
}

interface Waiting {
  /** the value that the node waits for */
  readonly name: string;
  readonly node: IndexedNode;
}

/** Nodes that stand before the one whose result they read. */
class WaitingNodes {
  readonly #byName = new Map<string, IndexedNode[]>();

  get size(): number {
    return this.#byName.size;
  }

  add(name: string, node: IndexedNode): void {
    const others = this.#byName.get(name);
    if (others === undefined) this.#byName.set(name, [node]);
    else others.push(node);
  }

  /** Those that waited for the value, which exists now. */
  take(name: string): readonly IndexedNode[] {
    const nodes = this.#byName.get(name) ?? [];
    this.#byName.delete(name);
    return nodes;
  }

  all(): readonly Waiting[] {
    return [...this.#byName].flatMap(([name, nodes]) => nodes.map((node) => ({ name, node })));
  }
}

/** Thrown by a graph inside a node that reads a value which the graphs around it have not made. */
class MissingValue extends Error {
  override readonly name = 'MissingValue';
  readonly value: string;

  constructor(value: string) {
    super(`"${value}" is not made yet`);
    this.value = value;
  }
}

/** What surrounds the nodes of one graph or function. */
interface Context {
  readonly scope: Scope;
  readonly opsets: ReadonlyMap<string, number>;
  /** labels of the nodes that this is inside of, each with a slash behind it */
  readonly path: string;
  /** what the nodes see of it */
  readonly surroundings: Surroundings;
  readonly depth: number;
  /** what the file states of values by name, for what unknown operators make */
  readonly stated: () => ReadonlyMap<string, ValueInfoProto>;
}

/**
 * Types of every value of a model, from its inputs' types and its initialisers.
 *
 * @throws ProfileError CSP3xx for what is no graph, CSP201 where operands do not fit
 */
export function infer(
  model: ModelProto,
  graph: GraphProto,
  options: InferOptions,
  listener: InferenceListener = {},
): Inferred {
  return new Inference(model, options).run(graph, listener);
}

/** The initialisers of a graph. */
export function storedIn(graph: GraphProto, file: TensorFile): readonly StoredValue[] {
  const stored: StoredValue[] = storedTensors(graph.initializer, file);
  for (const proto of graph.sparseInitializer) stored.push(sparseTensor(proto, file));
  return stored;
}

/** Results of the type of the first input, as far as that is known. */
function likeFirst(node: Node): readonly Value[] {
  const [first = UNKNOWN] = node.inputs;
  return node.proto.output.map(() => (first.kind === 'tensor' ? tensor(first.dtype, first.shape) : UNKNOWN));
}

class Inference {
  readonly #options: InferOptions;
  readonly #functions = new Map<string, FunctionProto>();
  readonly #opsets: ReadonlyMap<string, number>;
  readonly #unknown = new Map<string, { count: number; readonly first: Node }>();
  readonly #warnings: Diagnostic[] = [];
  readonly #calls: string[] = [];
  readonly #alike = new AlikeNodes();
  readonly #stored = new Map<GraphProto, readonly StoredValue[]>();
  readonly #unopened = new Set<string>();
  readonly #unfit = new Set<string>();
  readonly #skipped = new Set<string>();
  readonly #unused = new Set<StoredValue>();
  /** tensors that nodes inside other nodes store, by their place in the file */
  readonly #constants = new Map<number, StoredValue>();
  #contradictions = 0;
  /** nodes that stood before what they read */
  #moved = 0;
  #expanded = 0;

  constructor(model: ModelProto, options: InferOptions) {
    this.#options = options;
    this.#opsets = opsetsOf(model.opsetImport);
    if (model.graph !== undefined && options.stored !== undefined)
      this.#stored.set(model.graph, options.stored);
    for (const [domain, version] of this.#opsets) {
      // Custom domains count from 0 in some files.
      if (version >= (domain === '' ? 1 : 0)) continue;
      this.#fail(
        `imports version ${String(version)} of ${domain === '' ? 'the default operators' : excerpt(domain)}`,
        'give opset_import a version that exists',
      );
    }
    for (const fn of model.functions) {
      const key = functionKey(fn.domain, fn.name, fn.overload);
      if (this.#functions.has(key)) this.#fail(`has two functions "${excerpt(key)}"`, 'keep one of them');
      this.#functions.set(key, fn);
    }
  }

  #fail(message: string, fix: string): never {
    throw new ProfileError(
      problem('CSP303', message, fix, { format: 'onnx', file: this.#options.file.name }),
    );
  }

  #refuseGrowth(): never {
    this.#fail(
      `grows past ${String(MOST_EXPANDED)} nodes as functions and loops are expanded`,
      'check the model: its functions call each other too often',
    );
  }

  /** Nodes that these become as functions are expanded, themselves not counted; `sizes` holds those of functions. */
  #grownBy(nodes: Iterable<NodeProto>, sizes: Map<string, number>, depth = 0): number {
    let count = 0;
    // What is nested deeper is refused where it is called.
    if (depth > DEEPEST) return count;
    for (const { domain, opType, overload } of nodes) {
      const key = functionKey(domain, opType, overload);
      const fn = this.#functions.get(key);
      if (fn === undefined) continue;
      let size = sizes.get(key);
      if (size === undefined) {
        // What calls itself is refused where it is called.
        sizes.set(key, 0);
        size = [...fn.node].length + this.#grownBy(fn.node, sizes, depth + 1);
        sizes.set(key, size);
      }
      count += size;
    }
    return count;
  }

  run(graph: GraphProto, listener: InferenceListener): Inferred {
    if (this.#functions.size > 0 && this.#grownBy(graph.node, new Map()) > MOST_EXPANDED)
      this.#refuseGrowth();
    const scope = new Scope();
    this.#initializers(graph, scope);
    const asked = new Set<string>();
    const inputs: GraphInput[] = [];
    for (const info of graph.input) {
      const name = info.name ?? '';
      if (scope.has(name) && !asked.has(name)) continue;
      if (name === '' || scope.has(name))
        this.#fail(`has two inputs "${excerpt(name)}"`, 'name each input once');
      const type = this.#inputType(name, info.type);
      asked.add(name);
      scope.add(name, type);
      inputs.push({ name, type });
      listener.input?.({ name, type });
    }
    const context = this.#context(
      { scope, opsets: this.#opsets, path: '', depth: 0, stated: statedIn(graph) },
      undefined,
    );
    for (const node of this.#nodes(graph.node, context)) listener.node?.(node);
    for (const info of graph.valueInfo) this.#check(info.name ?? '', info.type, scope);
    const outputs = graph.output.map(({ name }) => name ?? '');
    const results = outputs.map(
      (name) =>
        scope.get(name) ??
        this.#fail(`has the output "${excerpt(name)}", which nothing makes`, 'remove it, or make it'),
    );
    for (const info of graph.output) this.#check(info.name ?? '', info.type, scope);
    if (this.#moved > 0) {
      this.#warnings.push(
        warning(
          'CSP310',
          `${String(this.#moved)} node${this.#moved === 1 ? ' stands before one whose result it reads' : 's stand before those whose results they read'}: sorted, as runtimes do`,
          'nothing to do; checkers want the nodes in order',
          { format: 'onnx', file: this.#options.file.name },
        ),
      );
    }
    if (this.#contradictions > MOST_WARNINGS) {
      this.#warnings.push(
        warning(
          'CSP306',
          `${String(this.#contradictions - MOST_WARNINGS)} more stated shapes are contradicted by the operators`,
          'run shape inference again where the model is made',
          { format: 'onnx', file: this.#options.file.name },
        ),
      );
    }
    return {
      inputs,
      outputs,
      results,
      unknown: this.#unknown,
      warnings: this.#warnings,
      stored: this.#stored.values(),
      unopened: this.#unopened,
      unfit: this.#unfit,
      skipped: this.#skipped,
      unused: this.#unused,
    };
  }

  #context(
    fields: Omit<Context, 'surroundings'>,
    attributes: ReadonlyMap<string, AttributeProto> | undefined,
  ): Context {
    const context: Context = {
      ...fields,
      surroundings: {
        file: this.#options.file,
        attributes,
        bindings: this.#options.bindings,
        body: (owner, graph, values) => this.#graph(owner, graph, values, context),
        skip: (graph) => {
          this.#skip(graph);
        },
        costOf: this.#options.costOf ?? (() => ({ macs: 0, others: 0 })),
        branches: this.#options.branches ?? new Map(),
        constant: (proto, name) =>
          fields.depth === 0 ? storedTensor(proto, this.#options.file, name) : this.#constant(proto, name),
        unopened: this.#unopened,
        unfit: this.#unfit,
      },
    };
    return context;
  }

  #inputType(name: string, type: TypeProto | undefined): Value {
    // The extents of a tensor are among the shapes; those of the items of a sequence have a name as well.
    const value = valueOfType(
      type,
      (dim, axis) => {
        if (typeof dim === 'number') return dim;
        const symbol = dim?.symbol ?? placeOf(name, axis);
        return this.#options.bindings.get(symbol) ?? { symbol, atMost: undefined };
      },
      { file: this.#options.file.name, name },
    );
    if (value.kind !== 'tensor') return value;
    const shape = this.#options.shapes?.get(name) ?? value.shape;
    const content = this.#options.values?.get(name);
    if (content === undefined) return tensor(value.dtype, shape);
    const size = shape?.reduce<Extent>(multiply, 1);
    if (size === content.length && shape !== undefined) return filled(value.dtype, shape, content);
    throw new ProfileError(
      problem(
        'CSP102',
        `input "${excerpt(name)}" is ${formatDims(shape ?? [])}, not ${String(content.length)} value${content.length === 1 ? '' : 's'}`,
        'give as many values as it has elements, row by row, with commas between them',
        { format: 'onnx', file: this.#options.file.name },
      ),
    );
  }

  /** Sets the initialisers of a graph in its scope. */
  #initializers(graph: GraphProto, scope: Scope): void {
    for (const tensor of this.#storedIn(graph)) {
      const { name } = tensor.constant;
      if (!scope.add(name, tensor))
        this.#fail(`has two initialisers "${excerpt(name)}"`, 'export the model again');
    }
  }

  /** The initialisers of a graph, which are the same however often it runs. */
  #storedIn(graph: GraphProto): Iterable<StoredValue> {
    const before = this.#stored.get(graph);
    if (before !== undefined) return before;
    const stored = storedIn(graph, this.#options.file);
    this.#stored.set(graph, stored);
    return stored;
  }

  /** What a graph that does not run stores and reads, and the graphs inside it. */
  #skip(graph: GraphProto, outside: ReadonlyMap<string, readonly StoredValue[]> = new Map()): void {
    this.#storedIn(graph);
    /** what each value is made of, where nothing but stored numbers make it */
    const made = new Map(outside);
    for (const { opType = '', name = '', input, output, attribute } of graph.node) {
      for (const each of input) this.#skipped.add(each);
      const sources = input.flatMap((each) => made.get(each) ?? []);
      for (const { g, t } of attribute) {
        if (g !== undefined) this.#skip(g, made);
        if (t !== undefined && opType === 'Constant') sources.push(this.#constant(t, name));
      }
      if (sources.length === 0) continue;
      if (LEARNING.test(opType)) for (const each of sources) this.#unused.add(each);
      else if (REARRANGING.test(opType)) for (const each of output) made.set(each, sources);
    }
  }

  /** What a node stores: the same tensor, however often the graph around the node runs. */
  #constant(proto: TensorProto, name: string): StoredValue {
    const place = [proto.rawData, proto.floatData].find((data) => data !== undefined);
    const at = place === undefined || place instanceof Uint8Array ? undefined : place[0]?.offset;
    const before = at === undefined ? undefined : this.#constants.get(at);
    if (before !== undefined) return before;
    const value = storedTensor(proto, this.#options.file, name);
    if (at !== undefined) this.#constants.set(at, value);
    return value;
  }

  /**
   * Types of everything that these nodes make, in the order of the file; a node that stands before one whose result
   * it reads waits for that one, as in runtimes.
   */
  *#nodes(protos: Messages<NodeProto>, context: Context): Generator<InferredNode> {
    const waiting = new WaitingNodes();
    let index = 0;
    for (const proto of protos) {
      const entry = { proto, index: index++ };
      const made = this.#unlessMissing(entry, context);
      if (typeof made === 'string') waiting.add(made, entry);
      else {
        yield made;
        if (waiting.size > 0) yield* this.#waitedFor(proto, waiting, context);
      }
    }
    if (waiting.size > 0) this.#unresolved(waiting.all(), protos, context);
  }

  /** Those that waited for a node, as far as all that they read exists now. */
  *#waitedFor({ output }: NodeProto, waiting: WaitingNodes, context: Context): Generator<InferredNode> {
    const ready: IndexedNode[] = [];
    const add = (names: readonly string[]): void => {
      for (const name of names) ready.push(...waiting.take(name));
      // The last one is next: the first of the file.
      ready.sort((a, b) => b.index - a.index);
    };
    add(output);
    for (let next = ready.pop(); next !== undefined; next = ready.pop()) {
      const made = this.#unlessMissing(next, context);
      if (typeof made === 'string') {
        waiting.add(made, next);
        continue;
      }
      yield made;
      if (context.depth === 0) this.#moved++;
      add(next.proto.output);
    }
  }

  /** The node with its types, or the name of a value that it reads and that nothing has made yet. */
  #unlessMissing({ proto, index }: IndexedNode, context: Context): InferredNode | string {
    const { scope } = context;
    const inputs: (Value | undefined)[] = new Array<Value | undefined>(proto.input.length);
    for (let i = 0; i < inputs.length; i++) {
      const name = proto.input[i] ?? '';
      inputs[i] = name === '' ? undefined : scope.get(name);
      if (inputs[i] === undefined && name !== '') return name;
    }
    if (context.depth > 0 && ++this.#expanded > MOST_EXPANDED) this.#refuseGrowth();
    try {
      return this.#node(proto, index, inputs, context);
    } catch (error) {
      // A graph inside reads what this one has not made yet.
      if (error instanceof MissingValue) return error.value;
      throw error;
    }
  }

  #node(
    proto: NodeProto,
    index: number,
    inputs: readonly (Value | undefined)[],
    context: Context,
  ): InferredNode {
    const domain = domainOf(proto.domain);
    const opset = context.opsets.get(domain);
    const label = context.path + labelOf(proto, index);
    const node = new Node(proto, domain, opset ?? 0, inputs, label, context.surroundings);
    const inferred = this.#outputs(node, opset, context);
    let i = 0;
    for (const name of proto.output) {
      const value = inferred.outputs[i++] ?? tensor(undefined, undefined);
      if (name !== '' && !context.scope.add(name, value)) this.#twice(node, name);
    }
    return inferred;
  }

  #twice(node: Node, name: string): never {
    throw new ProfileError(
      problem(
        'CSP304',
        `makes "${excerpt(name)}", which exists already`,
        'name each value once',
        node.origin,
      ),
    );
  }

  /** Nodes that read what nothing makes, or what is made of their own results. */
  #unresolved(waiting: readonly Waiting[], protos: Messages<NodeProto>, context: Context): never {
    const made = new Set<string>();
    for (const { output } of protos) for (const name of output) made.add(name);
    const lost = waiting.find(({ name }) => !made.has(name));
    const { name, node } =
      lost ?? waiting[0] ?? this.#fail('has nodes that wait for nothing', 'sort the nodes');
    // A graph outside may make it later.
    if (lost !== undefined && context.scope.isInside) throw new MissingValue(name);
    const { proto, index } = node;
    const label = context.path + labelOf(proto, index);
    throw new ProfileError(
      problem(
        'CSP304',
        lost !== undefined
          ? `reads "${excerpt(name)}", which nothing makes`
          : proto.output.includes(name)
            ? `reads its own result "${excerpt(name)}"`
            : `reads "${excerpt(name)}", which is made from its own result: a cycle`,
        lost !== undefined ? 'add the tensor, or export the model again' : 'break the cycle',
        { format: 'onnx', file: this.#options.file.name, node: label, op: proto.opType ?? '' },
      ),
    );
  }

  #outputs(node: Node, opset: number | undefined, context: Context): InferredNode {
    const fn =
      this.#functions.size === 0
        ? undefined
        : this.#functions.get(functionKey(node.domain, node.op, node.proto.overload));
    if (fn !== undefined) return { node, outputs: this.#call(node, fn, context) };
    // A domain that is not imported is the newest where the file is sloppy about it, as runtimes have it.
    const operator = operatorOf(node.domain, node.op);
    if (operator === undefined) {
      const name = node.qualified;
      const seen = this.#unknown.get(name);
      if (seen === undefined) this.#unknown.set(name, { count: 1, first: node });
      else seen.count++;
      const outputs =
        this.#options.assume?.get(name) === undefined ? this.#stated(node, context) : likeFirst(node);
      return { node, outputs };
    }
    if (opset === undefined && node.domain === '') {
      throw new ProfileError(
        problem(
          'CSP303',
          'uses the default operators, of which the file imports no version',
          'add an opset_import',
          node.origin,
        ),
      );
    }
    const before = this.#alike.find(operator, node);
    if (before !== undefined) return { node, outputs: [resultOf(before)], alike: before };
    try {
      const outputs = operator.infer(node);
      return { node, outputs, alike: this.#alike.remember(operator, node, outputs) };
    } catch (error) {
      if (error instanceof Indeterminate) return { node, outputs: unknownOutputs(node) };
      throw error;
    }
  }

  /** What the file says of the results of an operator that is not known. */
  #stated(node: Node, context: Context): readonly Value[] {
    const stated = context.stated();
    return node.proto.output.map((name, output) =>
      valueOfType(
        stated.get(name)?.type,
        (dim, axis) => {
          if (typeof dim === 'number') return dim;
          return (
            (dim === undefined ? undefined : this.#options.extentOf?.(dim.symbol)) ??
            node.unknown(output, axis, undefined)
          );
        },
        { file: this.#options.file.name, name },
      ),
    );
  }

  /** A graph attribute, with its inputs and what its own scope sees. */
  #graph(owner: Node, graph: GraphProto, values: readonly Value[], context: Context): Body {
    if (context.depth >= DEEPEST)
      this.#fail(`nests graphs deeper than ${String(DEEPEST)}`, 'flatten the model');
    const scope = new Scope(context.scope);
    this.#initializers(graph, scope);
    const names = graph.input.map(({ name }) => name ?? '');
    if (names.length !== values.length) {
      owner.fail(`gives ${String(values.length)} inputs to a graph that takes ${String(names.length)}`);
    }
    for (const [i, name] of names.entries()) {
      const value = values[i];
      if (value !== undefined) scope.set(name, value);
    }
    const inner = {
      ...context,
      scope,
      path: `${owner.label}/`,
      depth: context.depth + 1,
      stated: statedIn(graph),
    };
    const nodes = [...this.#nodes(graph.node, this.#context(inner, context.surroundings.attributes))];
    const outputs = graph.output.map(({ name }) => name ?? '');
    const results = outputs.map(
      (name) => scope.get(name) ?? owner.fail(`has a graph whose output "${excerpt(name)}" nothing makes`),
    );
    return { nodes, inputs: values, results };
  }

  /** A call of a function of the model. */
  #call(node: Node, fn: FunctionProto, context: Context): readonly Value[] {
    const key = functionKey(fn.domain, fn.name, fn.overload);
    if (this.#calls.includes(key))
      node.fail(`the function calls itself: ${[...this.#calls, key].join(' > ')}`, 'break the recursion');
    if (this.#calls.length >= DEEPEST || context.depth >= DEEPEST)
      node.fail(`nests functions deeper than ${String(DEEPEST)}`);
    if (node.inputs.length > fn.input.length) {
      node.fail(`gives ${String(node.inputs.length)} inputs to a function of ${String(fn.input.length)}`);
    }
    const scope = new Scope();
    for (const [i, name] of fn.input.entries()) {
      const value = node.inputs[i];
      // An input that the call leaves out exists in the function as one that is left out.
      if (value !== undefined) scope.set(name, value);
    }
    const absent = new Set(fn.input.filter((name) => !scope.has(name)));
    const attributes = new Map<string, AttributeProto>();
    for (const attribute of fn.attributeProto) attributes.set(attribute.name ?? '', attribute);
    for (const attribute of node.proto.attribute) {
      const resolved = node.raw(attribute.name ?? '');
      if (resolved !== undefined) attributes.set(attribute.name ?? '', resolved);
    }
    const imports = opsetsOf(fn.opsetImport);
    this.#calls.push(key);
    const body = absent.size === 0 ? fn.node : [...fn.node].map((inner) => withoutInputs(inner, absent));
    const inner = {
      scope,
      opsets: imports.size > 0 ? imports : context.opsets,
      path: `${node.label}/`,
      depth: context.depth + 1,
      stated: () => new Map(),
    };
    const nodes = [...this.#nodes(body, this.#context(inner, attributes))];
    this.#calls.pop();
    const results = fn.output.map(
      (name) => scope.get(name) ?? node.fail(`the function's output "${excerpt(name)}" is made by nothing`),
    );
    node.inside = {
      bodies: [{ nodes, inputs: node.inputs.filter((value) => value !== undefined), results }],
      repeat: 1,
      whole: true,
    };
    return results;
  }

  /** What the file says of a value against what its operators make of it. */
  #check(name: string, type: TypeProto | undefined, scope: Scope): void {
    const value = scope.get(name);
    if (value === undefined) return;
    const stated = valueOfType(
      type,
      (dim, axis) =>
        typeof dim === 'number' ? dim : { symbol: dim?.symbol ?? `?${String(axis)}`, atMost: undefined },
      { file: this.#options.file.name, name },
    );
    if (stated.kind !== 'tensor' || value.kind !== 'tensor') return;
    const [said, found] = [stated.shape, value.shape];
    const contradicted =
      (stated.dtype !== undefined && value.dtype !== undefined && stated.dtype !== value.dtype) ||
      (said !== undefined &&
        found !== undefined &&
        (said.length !== found.length ||
          said.some((dim, i) => isKnown(dim) && isKnown(found[i]) && dim !== found[i])));
    if (!contradicted || ++this.#contradictions > MOST_WARNINGS) return;
    this.#warnings.push(
      warning(
        'CSP306',
        `the file states ${stated.dtype ?? '?'}${formatDims(said ?? [])} for "${excerpt(name)}", its operators make ${value.dtype ?? '?'}${formatDims(found ?? [])}`,
        'run shape inference again where the model is made; the operators are believed',
        { format: 'onnx', file: this.#options.file.name },
      ),
    );
  }
}

function statedIn(graph: GraphProto): () => ReadonlyMap<string, ValueInfoProto> {
  let map: ReadonlyMap<string, ValueInfoProto> | undefined;
  return () =>
    (map ??= new Map([...graph.valueInfo, ...graph.output].map((info) => [info.name ?? '', info])));
}

/** How a node is called: its name, or what it makes first. */
export const labelOf = (proto: NodeProto, index: number): string =>
  named(proto.name) ?? proto.output.find((name) => name !== '') ?? `${proto.opType ?? ''}_${String(index)}`;

/** The name, if there is one. */
const named = (name: string | undefined): string | undefined => (name === '' ? undefined : name);

const functionKey = (
  domain: string | undefined,
  name: string | undefined,
  overload: string | undefined,
): string =>
  `${domainOf(domain)}.${name ?? ''}${overload === undefined || overload === '' ? '' : `:${overload}`}`;

const opsetsOf = (imports: readonly OperatorSetIdProto[]): ReadonlyMap<string, number> =>
  new Map(imports.map(({ domain, version }) => [domainOf(domain), version ?? 1]));

const withoutInputs = (proto: NodeProto, absent: ReadonlySet<string>): NodeProto =>
  proto.input.some((name) => absent.has(name))
    ? changed(NODE, proto, { input: proto.input.map((name) => (absent.has(name) ? '' : name)) })
    : proto;

function sparseTensor(proto: SparseTensorProto, file: TensorFile): StoredValue {
  const values: TensorProto | undefined = proto.values;
  const dtype = dtypeOf(values?.dataType);
  const name = values?.name ?? '';
  const type = tensor(dtype, proto.dims);
  if (dtype === undefined) {
    throw new ProfileError(
      problem('CSP302', `the sparse tensor "${excerpt(name)}" has no data type`, 'export the model again', {
        format: 'onnx',
        file: file.name,
      }),
    );
  }
  return { ...type, constant: { name, dtype, shape: proto.dims, initializer: true } };
}
