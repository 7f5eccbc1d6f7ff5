import { excerpt, type Diagnostic, ProfileError, problem, warning } from '../../diagnostics.ts';
import { placeOf } from '../../graph/bind.ts';
import { AlikeNodes, resultOf } from './alike.ts';
import { storedTensor, type TensorFile } from './constant.ts';
import { dtypeOf } from './dtype.ts';
import {
  type Body,
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
import { type Dim, filled, isKnown, multiply, tensor, type Value } from './values.ts';

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
}

/** Hears of the graph as it is walked, so that nothing of a long one needs to be kept. */
export interface InferenceListener {
  readonly input?: (input: GraphInput) => void;
  readonly node?: (node: InferredNode) => void;
}

export interface InferOptions {
  readonly file: TensorFile;
  readonly bindings: ReadonlyMap<string, number>;
  /** the extent that a symbol or an expression of the file stands for */
  readonly extentOf?: ((text: string) => number | undefined) | undefined;
  /** shapes of the model's inputs, by name */
  readonly shapes?: ReadonlyMap<string, readonly number[]> | undefined;
  /** contents of inputs that the user gave, by name */
  readonly values?: ReadonlyMap<string, readonly number[]> | undefined;
}

/** Nodes inside functions and graphs that one file may make of itself. */
const MOST_EXPANDED = 100_000;
/** Functions and graphs inside each other. */
const DEEPEST = 64;
/** `value_info` contradictions that are told one by one. */
const MOST_WARNINGS = 5;

/** Values by name, seen through to the graphs outside. */
class Scope {
  readonly #names = new Names();
  readonly #values: Value[] = [];
  /** behind the value that was read last: files store tensors mostly in the order in which nodes read them */
  #next = 0;
  readonly #outer: Scope | undefined;

  constructor(outer?: Scope) {
    this.#outer = outer;
  }

  /** Whether this graph itself has the value. */
  has(name: string): boolean {
    return this.#names.indexOf(name) !== undefined;
  }

  get(name: string): Value | undefined {
    // Two comparisons find most names, sooner than the table does.
    const last = this.#names.length - 1;
    if (this.#names.at(last) === name) return this.#values[last];
    let index = this.#next;
    if (this.#names.at(index) !== name) {
      const found = this.#names.indexOf(name);
      if (found === undefined) return this.#outer?.get(name);
      index = found;
    }
    this.#next = index + 1;
    return this.#values[index];
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
    else this.#values[index] = value;
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

class Inference {
  readonly #options: InferOptions;
  readonly #functions = new Map<string, FunctionProto>();
  readonly #opsets: ReadonlyMap<string, number>;
  readonly #unknown = new Map<string, { count: number; readonly first: Node }>();
  readonly #warnings: Diagnostic[] = [];
  readonly #calls: string[] = [];
  readonly #alike = new AlikeNodes();
  #contradictions = 0;
  #expanded = 0;

  constructor(model: ModelProto, options: InferOptions) {
    this.#options = options;
    this.#opsets = opsetsOf(model.opsetImport);
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

  run(graph: GraphProto, listener: InferenceListener): Inferred {
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
      },
    };
    return context;
  }

  #inputType(name: string, type: TypeProto | undefined): Value {
    // Items of a sequence have extents of their own, which no flag can name.
    const value = valueOfType(
      type,
      (dim, axis) =>
        typeof dim === 'number' ? dim : { symbol: dim?.symbol ?? placeOf(name, axis), atMost: undefined },
      { file: this.#options.file.name, name },
    );
    if (value.kind !== 'tensor') return value;
    const shape = this.#options.shapes?.get(name) ?? value.shape;
    const content = this.#options.values?.get(name);
    if (content === undefined) return tensor(value.dtype, shape);
    const size = shape?.reduce<Dim>(multiply, 1);
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
    const add = (name: string, value: Value): void => {
      if (!scope.add(name, value)) {
        this.#fail(`has two initialisers "${excerpt(name)}"`, 'export the model again');
      }
    };
    for (const proto of graph.initializer) {
      const name = proto.name ?? '';
      add(name, storedTensor(proto, this.#options.file, name, true));
    }
    for (const proto of graph.sparseInitializer) {
      add(proto.values?.name ?? '', sparseTensor(proto, this.#options.file));
    }
  }

  /** Types of everything that these nodes make, in the order of the file. */
  *#nodes(protos: Messages<NodeProto>, context: Context): Generator<InferredNode> {
    let index = 0;
    for (const proto of protos) {
      if (context.depth > 0 && ++this.#expanded > MOST_EXPANDED) {
        this.#fail(
          `grows past ${String(MOST_EXPANDED)} nodes as functions and loops are expanded`,
          'check the model: its functions call each other too often',
        );
      }
      yield this.#node(proto, index++, protos, context);
    }
  }

  #node(proto: NodeProto, index: number, protos: Messages<NodeProto>, context: Context): InferredNode {
    const domain = domainOf(proto.domain);
    const op = proto.opType ?? '';
    const label = named(proto.name) ?? proto.output.find((name) => name !== '') ?? `${op}_${String(index)}`;
    const opset = context.opsets.get(domain);
    const { scope } = context;
    const inputs = proto.input.map((name) => (name === '' ? undefined : scope.get(name)));
    const node = new Node(proto, domain, opset ?? 0, inputs, context.path + label, context.surroundings);
    for (let i = 0; i < inputs.length; i++) {
      const name = proto.input[i] ?? '';
      if (inputs[i] === undefined && name !== '') this.#unresolved(node, name, index, protos);
    }
    const inferred = this.#outputs(node, opset, context);
    let i = 0;
    for (const name of proto.output) {
      const value = inferred.outputs[i++] ?? tensor(undefined, undefined);
      if (name !== '' && !scope.add(name, value)) this.#twice(node, name);
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

  /** An input that nothing before the node has made. */
  #unresolved(node: Node, name: string, index: number, protos: Messages<NodeProto>): never {
    const later = [...protos].findIndex((other, i) => i >= index && other.output.includes(name));
    throw new ProfileError(
      problem(
        'CSP304',
        later < 0
          ? `reads "${excerpt(name)}", which nothing makes`
          : later === index
            ? `reads its own result "${excerpt(name)}"`
            : `reads "${excerpt(name)}", which only a later node makes (a cycle, or nodes out of order)`,
        later < 0 ? 'add the tensor, or export the model again' : 'sort the nodes, and break cycles',
        node.origin,
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
      return { node, outputs: this.#stated(node, context) };
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

function sparseTensor(proto: SparseTensorProto, file: TensorFile): Value {
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
