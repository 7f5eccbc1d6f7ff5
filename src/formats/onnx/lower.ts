import {
  type Diagnostic,
  excerpt,
  type Origin,
  ProfileError,
  problem,
  quoted,
  warning,
} from '../../diagnostics.ts';
import { GraphBuilder } from '../../graph/builder.ts';
import { type Graph, type TensorId, typesOf } from '../../graph/graph.ts';
import { type OpAttrs, type OpKind, specOf } from '../../ops/registry.ts';
import type { DType } from '../../ops/dtype.ts';
import type { ParamRole, Shape, TensorType } from '../../ops/spec.ts';
import { elements } from '../../units.ts';
import type { Emitter } from './emit.ts';
import type { GraphInput, Inferred, InferenceListener } from './infer.ts';
import type { Body, Cost, InferredNode, Node } from './node.ts';
import { within } from './ops/control.ts';
import { Ledger, sourcesOf } from './ledger.ts';
import type { Operator } from './operator.ts';
import { operatorOf } from './ops/registry.ts';
import { bound, type Extent, isKnown, knownShape, nameOf } from '../../ops/extent.ts';
import { type Constant, isSameShape, type Tensor, type Value } from './values.ts';

type Repeat = number | 'unknown';

/** Operators that make new numbers at every run, whatever their inputs. */
const RANDOM = /^(Random|Bernoulli|Multinomial)/;

const MOST_INTERNED = 8;

/** Content of more numbers than this is data, not part of what an operator does. */
const MOST_VALUES = 16;

const timesRepeated = (a: Repeat, b: Repeat): Repeat =>
  a === 'unknown' || b === 'unknown' ? 'unknown' : a * b;

interface LowererOptions {
  readonly name: string;
  readonly file: string;
  readonly isPart?: boolean;
}

/**
 * The graph of a model whose types are inferred: one layer per node of the file, in its order. Extents that
 * depend on the data are counted at their upper bound, and said to be.
 */
export class Lowerer implements InferenceListener {
  readonly builder: GraphBuilder;
  readonly #file: string;
  /** where each value is: a tensor that a node makes, or numbers that no input changes */
  readonly #activations = new Map<Value, TensorId>();
  readonly #fixed = new Map<Value, Constant>();
  readonly #plain = new Map<Constant, TensorId>();
  readonly #ledger = new Ledger();
  /** extents that depend on the data, with the bound that they are counted at */
  readonly #bounded = new Map<string, number>();
  readonly #unbounded = new Set<string>();
  readonly #attrs = new Map<OpKind, OpAttrs<OpKind>[]>();
  /** by what nodes that are alike have in common */
  readonly #alike = new WeakMap<object, { readonly kind: OpKind; readonly attrs: OpAttrs<OpKind> }>();
  /** nodes whose branch or number of runs the data decide, by name, and what is counted for them */
  readonly #bounds = new Map<string, string>();
  /** inputs that may decide it */
  readonly #deciders: string[] = [];
  /** loops of which nobody says how often they run */
  readonly #endless = new Set<string>();
  /** nodes of known operators whose operands have no shape */
  #hidden = 0;
  /** whether the types of the node at hand depend on data */
  #uncertain = false;

  /** whether values that nothing here makes are inputs: what a part of a graph reads of the rest */
  readonly #isPart: boolean;

  constructor({ name, file, isPart = false }: LowererOptions) {
    this.builder = new GraphBuilder({ name, source: file, format: 'onnx' });
    this.#file = file;
    this.#isPart = isPart;
  }

  /** What a body computes by itself, as far as its operators are known. */
  static costOf(body: Body, file: string): Cost {
    const lowerer = new Lowerer({ name: 'body', file, isPart: true });
    lowerer.builder.layer({ name: 'body', origin: { format: 'onnx', file } });
    for (const inner of body.nodes) lowerer.#lower(inner, 1, false);
    return costOf(lowerer.builder.build());
  }

  readonly input = ({ name, type }: GraphInput): void => {
    const concrete = this.#typeOf(type);
    if (mayDecide(type, concrete)) this.#deciders.push(name);
    if (concrete !== undefined) this.#activations.set(type, this.builder.input(name, concrete));
  };

  readonly node = (inferred: InferredNode): void => {
    this.#lower(inferred, 1, true);
  };

  /** The graph, once all nodes are in. */
  finish(inferred: Inferred): {
    readonly graph: Graph;
    readonly warnings: readonly Diagnostic[];
  } {
    for (const [i, name] of inferred.outputs.entries()) {
      const value = inferred.results[i];
      const id = value === undefined ? undefined : this.#outputOf(value);
      if (id === undefined) this.builder.shapelessOutput(name);
      else this.builder.output(name, id);
    }
    this.#rest(inferred);
    return { graph: this.builder.build(), warnings: this.#warnings([...inferred.unopened]) };
  }

  /** What comes out: of what is stored, in the type and shape that the nodes behind make of it. */
  #outputOf(value: Value): TensorId | undefined {
    const id = this.tensorOf(value);
    const type = this.#typeOf(value);
    if (id === undefined || type === undefined || this.#activations.has(value)) return id;
    const own = this.builder.typeOf(id);
    if (own.dtype === type.dtype && isSameShape(own.shape, type.shape)) return id;
    return this.builder.constant('constant', type);
  }

  /** Parameters that no layer reads as its own are a last row, so that rows add up to what the file stores. */
  #rest(inferred: Inferred): void {
    const rest = this.#ledger.rest(inferred);
    if (rest.length === 0) return;
    this.builder.layer({ name: 'stored', stage: '', origin: { format: 'onnx', file: this.#file } });
    const params = rest.map(({ type, stored: about }) =>
      this.builder.constant('embedding', type, undefined, undefined, about),
    );
    this.builder.addAll('stored', [], { types: rest.map(({ type }) => type) }, { params });
  }

  /** Number of nodes that an operator which is not known hides. */
  get hidden(): number {
    return this.#hidden;
  }

  #warnings(unopened: readonly string[]): readonly Diagnostic[] {
    const origin: Origin = { format: 'onnx', file: this.#file };
    const warnings: Diagnostic[] = [];
    const listed = (entries: readonly string[], limit?: number): string =>
      entries
        .slice(0, 3)
        .map((entry) => excerpt(entry, limit))
        .join(', ') + (entries.length > 3 ? ` and ${String(entries.length - 3)} more` : '');
    if (this.#bounded.size > 0) {
      const [[first = ''] = []] = this.#bounded;
      warnings.push(
        warning(
          'CSP305',
          `extents that depend on the data are counted at their upper bound: ${listed([...this.#bounded].map(([symbol, most]) => `${symbol} at ${String(most)}`))}`,
          `give one a value: --bind ${quoted(`${first}=100`)}`,
          origin,
        ),
      );
    }
    if (this.#bounds.size > 0) {
      const [[first, how] = ['', '']] = this.#bounds;
      const each = [...this.#bounds].map(([name, bound]) => `${excerpt(name)} ${bound}`);
      warnings.push(
        warning(
          'CSP305',
          `what the data decide is counted at a bound: ${listed(each, Infinity)}`,
          how.includes(' branch')
            ? `give the input that decides a value (${this.#values()}), or choose: --branch ${quoted(`${first}=then`)}`
            : `give the input that decides a value: ${this.#values()}`,
          origin,
        ),
      );
    }
    if (this.#endless.size > 0) {
      warnings.push(
        warning(
          'CSP305',
          `how often these run is not known, what is in them is not counted: ${listed([...this.#endless])}`,
          `give the input that decides it a value: ${this.#values()}`,
          origin,
        ),
      );
    }
    if (this.#unbounded.size > 0 && unopened.length > 0) {
      warnings.push(
        warning(
          'CSP305',
          `shapes are stored in external data, which is never opened; what needs them is not counted: ${listed(unopened.map((name) => `"${name}"`))}`,
          'save the model with small tensors inside: onnx.save_model(model, "model.onnx", save_as_external_data=True, size_threshold=1024)',
          origin,
        ),
      );
    } else if (this.#unbounded.size > 0) {
      // What is made of others has no name that can be given.
      const first = [...this.#unbounded].find((symbol) => !symbol.startsWith('('));
      warnings.push(
        warning(
          'CSP305',
          `extents that depend on the data have no upper bound, what needs them is not counted: ${listed([...this.#unbounded])}`,
          first === undefined
            ? `give the input that decides them a value: ${this.#values()}`
            : `give one a value: --bind ${quoted(`${first}=100`)}`,
          origin,
        ),
      );
    }
    return warnings;
  }

  /** How to give a value to what may decide which branch runs, or how often. */
  #values(): string {
    const names = this.#deciders.length === 0 ? ['NAME'] : this.#deciders.slice(0, 3);
    return names.map((name) => `--value ${quoted(`${name}=V`)}`).join(' or ');
  }

  /** The extent, or its bound, which is noted; undefined where there is none. */
  counted(extent: Extent): number | undefined {
    if (isKnown(extent)) return extent;
    if (extent.atMost !== undefined) this.#atMost(extent.symbol, extent.atMost);
    return extent.atMost;
  }

  /** Notes an extent that is counted at its upper bound. */
  #atMost(symbol: string, most: number): void {
    this.#bounded.set(symbol, most);
    this.builder.bound(`${symbol} counted as ${String(most)}, the most that it can be`);
  }

  /** The type with every extent a number; undefined where one is unknown, or the value is no tensor. */
  #typeOf(value: Value | undefined): TensorType | undefined {
    if (value?.kind !== 'tensor') return undefined;
    const { dtype, shape } = value;
    const known = knownShape(shape);
    if (known !== undefined) return dtype === undefined ? undefined : { dtype, shape: known };
    this.#uncertain = true;
    if (dtype === undefined || shape === undefined) return undefined;
    const extents: number[] = [];
    for (const dim of shape) {
      const most = bound(dim);
      if (most === undefined) {
        if (!isKnown(dim)) this.#unbounded.add(dim.symbol);
        return undefined;
      }
      if (!isKnown(dim)) this.#atMost(dim.symbol, most);
      extents.push(most);
    }
    return { dtype, shape: extents };
  }

  /** The value as a tensor of our graph. */
  tensorOf(
    value: Value,
    role?: ParamRole,
    shape?: Shape,
    dtype?: DType,
    isScale = false,
  ): TensorId | undefined {
    let constant: Constant | undefined;
    if (isInitialiser(value)) constant = value;
    else {
      const made = this.#activations.get(value);
      if (made !== undefined) return made;
      constant = this.#fixed.get(value) ?? (value.kind === 'tensor' ? value.constant : undefined);
    }
    const type = this.#typeOf(value);
    if (constant === undefined && type !== undefined && this.#isPart) {
      const id = this.builder.input('', type);
      this.#activations.set(value, id);
      return id;
    }
    if (constant === undefined || type === undefined) return undefined;
    const before = role === undefined ? this.#plain.get(constant) : this.#ledger.parameterOf(constant);
    if (before !== undefined) return before;
    // A table is looked up as the numbers that its own stand for: the results are of their type.
    const kept = role === 'embedding' ? type.dtype : constant.dtype;
    const own = { dtype: dtype ?? kept, shape: shape ?? type.shape };
    const values = role === undefined ? contentOf(value, constant) : undefined;
    const stored =
      role === undefined
        ? undefined
        : isScale
          ? this.#ledger.takeScale(constant, own)
          : this.#ledger.take(constant, own);
    const id = this.builder.constant(role ?? 'constant', own, constant.name, values, stored);
    if (role === undefined) this.#plain.set(constant, id);
    else this.#ledger.setParameter(constant, id);
    return id;
  }

  #isFixed(value: Value): boolean {
    return (
      isInitialiser(value) ||
      this.#fixed.has(value) ||
      (value.kind === 'tensor' && value.constant !== undefined && !this.#activations.has(value))
    );
  }

  /** Whether no node of our graph makes the value and no file stores it. */
  #isNowhere(value: Tensor): boolean {
    if (this.#isPart) return false;
    return value.constant === undefined && !this.#activations.has(value) && !this.#fixed.has(value);
  }

  #lower(inferred: InferredNode, repeat: Repeat, asLayer: boolean): void {
    const { node, outputs } = inferred;
    const operator = operatorOf(node.domain, node.op);
    this.#uncertain = false;
    const isFolded = (operator !== undefined || node.inside !== undefined) && this.#fold(node, outputs);
    if (!isFolded) {
      if (asLayer) this.builder.layer({ name: node.label, origin: node.origin });
      this.#add(inferred, operator, repeat);
    }
    this.#ledger.reads(node);
  }

  #add(inferred: InferredNode, operator: Operator | undefined, repeat: Repeat): void {
    const { node, outputs } = inferred;
    const { inside } = node;
    if (inside?.whole === true) {
      if (inside.repeat === 'unknown') this.#endless.add(node.label);
      if (inside.bound !== undefined) {
        this.#bounds.set(node.label, inside.bound);
        this.builder.bound(`${node.label} ${inside.bound}`);
      }
      this.#inside(inferred, inside.bodies, timesRepeated(repeat, inside.repeat));
      return;
    }
    const emitter = this.#emitter(inferred, repeat);
    if (emitter === undefined || operator === undefined || operator.lower === within) {
      if (operator !== undefined && node.inputs.some(isHidden)) this.#hidden++;
      this.#opaque(inferred, repeat);
      return;
    }
    try {
      this.#made(outputs, operator.lower(emitter), node);
    } catch (error) {
      // Operands that are equal in every run may have different upper bounds.
      if (!(error instanceof ProfileError && this.#isUncertain())) throw error;
      this.#opaque(inferred, repeat);
    }
    if (inside !== undefined) for (const body of inside.bodies) this.#body(inferred, body, repeat);
  }

  #isUncertain(): boolean {
    return this.#uncertain;
  }

  /** A node that no input of the network reaches is stored data: every runtime computes it once. */
  #fold(node: Node, outputs: readonly Value[]): boolean {
    if (!this.#readsFixed(node) && !outputs.every(allKnown)) return false;
    for (const value of outputs) if (value.kind !== 'tensor' || this.#activations.has(value)) return false;
    for (let i = 0; i < outputs.length; i++) {
      const value = outputs[i];
      const name = node.proto.output[i];
      if (value?.kind !== 'tensor' || name === undefined || name === '') continue;
      const numbers = value.constant ?? this.#madeOf(node, value, name);
      if (numbers !== undefined) this.#fixed.set(value, numbers);
    }
    return true;
  }

  /** The numbers that a node makes of stored ones; undefined where their type is not known. */
  #madeOf(node: Node, value: Tensor, name: string): Constant | undefined {
    const type = this.#typeOf(value);
    if (type === undefined) return undefined;
    const sources = sourcesOf(node.inputs.map((input) => this.constantOf(input)));
    const initializer = sources.some((source) => source.initializer);
    return { dtype: type.dtype, shape: type.shape, name, initializer, sources };
  }

  /** Whether everything that the node reads is stored. Graphs inside see more than its inputs. */
  #readsFixed(node: Node): boolean {
    if (node.inside !== undefined) return false;
    for (const value of node.inputs) if (value !== undefined && !this.#isFixed(value)) return false;
    return (node.inputs.length > 0 || node.op === 'Constant') && !RANDOM.test(node.op);
  }

  #made(outputs: readonly Value[], results: readonly (TensorId | undefined)[], node: Node): void {
    for (let i = 0; i < results.length; i++) {
      const value = outputs[i];
      const id = results[i];
      if (node.proto.output[i] === '' || value === undefined || id === undefined) continue;
      this.#activations.set(value, id);
    }
  }

  /** A node whose cost is not known: an unknown operator, or extents that have no bound. */
  #opaque({ node, outputs }: InferredNode, repeat: Repeat): void {
    const operands = node.inputs.flatMap((value) => {
      const role = isLearned(this.constantOf(value)) ? 'weight' : undefined;
      const id = value === undefined ? undefined : this.tensorOf(value, role);
      return id === undefined ? [] : [id];
    });
    const known = outputs.filter(
      (value, i) => (node.proto.output[i] ?? '') !== '' && this.#typeOf(value) !== undefined,
    );
    const types = known.flatMap((value) => this.#typeOf(value) ?? []);
    const results = this.builder.addAll(
      'opaque',
      operands,
      { op: node.qualified, outputs: types },
      { repeat },
    );
    for (const [i, value] of known.entries()) {
      const id = results[i];
      if (id !== undefined) this.#activations.set(value, id);
    }
  }

  /** A branch, a loop or a function: its nodes in the place of the node itself. */
  #inside(inferred: InferredNode, bodies: readonly Body[], repeat: Repeat): void {
    const { node, outputs } = inferred;
    // A function is what its call names; what runs in a branch or a loop are layers of their own.
    const isControl = operatorOf(node.domain, node.op)?.lower === within;
    for (const body of bodies) this.#body(inferred, body, repeat, isControl && !this.#isPart);
    if (isControl && !this.#isPart) this.builder.layer({ name: node.label, origin: node.origin });
    const results = bodies.flatMap(({ results: all }) => all);
    const sources = results.flatMap((value) => {
      const id = this.tensorOf(value);
      return id === undefined ? [] : [id];
    });
    const collected = outputs.filter(
      (value, i) =>
        (node.proto.output[i] ?? '') !== '' && !this.#activations.has(value) && !this.#isFixed(value),
    );
    this.#collect(
      collected,
      sources.length > 0 ? sources : this.#operands(node),
      `${node.op} results`,
      repeat,
    );
  }

  #operands(node: Node): readonly TensorId[] {
    return node.inputs.flatMap((value) => {
      const id = value === undefined ? undefined : this.tensorOf(value);
      return id === undefined ? [] : [id];
    });
  }

  #body({ node }: InferredNode, body: Body, repeat: Repeat, asLayers = false): void {
    const fresh = body.inputs.filter((value) => !this.#activations.has(value) && !this.#isFixed(value));
    this.#collect(fresh, this.#operands(node), `${node.op} operands`, repeat);
    for (const inner of body.nodes) this.#lower(inner, repeat, asLayers);
  }

  /** Values that are parts, stacks or new forms of others: moved, not computed. */
  #collect(values: readonly Value[], sources: readonly TensorId[], op: string, repeat: Repeat): void {
    const typed = [...new Set(values)].flatMap((value) => {
      const type = this.#typeOf(value);
      return type === undefined ? [] : [{ value, type }];
    });
    if (typed.length === 0) return;
    const attrs = { op, outputs: typed.map(({ type }) => type) };
    const ids = this.builder.addAll('rearrange', sources, attrs, { repeat });
    for (const [i, { value }] of typed.entries()) {
      const id = ids[i];
      if (id !== undefined) this.#activations.set(value, id);
    }
  }

  /** What the node's lowering sees; undefined where a tensor that it reads or makes has no known type. */
  #emitter({ node, outputs, alike }: InferredNode, repeat: Repeat): Emitter | undefined {
    const inputs = new Array<TensorType | undefined>(node.inputs.length);
    const results = new Array<TensorType | undefined>(node.outputs);
    for (let i = 0; i < inputs.length; i++) inputs[i] = this.#typeOf(node.inputs[i]);
    for (let i = 0; i < results.length; i++)
      results[i] = node.proto.output[i] === '' ? undefined : this.#typeOf(outputs[i]);
    for (let i = 0; i < inputs.length; i++) {
      const value = node.inputs[i];
      if (value?.kind === 'unknown') return undefined;
      if (value?.kind === 'tensor' && (inputs[i] === undefined || this.#isNowhere(value))) return undefined;
    }
    for (let i = 0; i < results.length; i++) {
      const value = outputs[i];
      if (node.proto.output[i] === '' || value === undefined) continue;
      if (value.kind === 'unknown' || (value.kind === 'tensor' && results[i] === undefined)) return undefined;
    }
    return new NodeEmitter(this, node, inputs, results, repeat, alike);
  }

  /**
   * The attributes, or equal ones of a node not long ago: long networks repeat themselves, and the builder
   * knows an object again.
   */
  interned<K extends OpKind>(kind: K, attrs: OpAttrs<K>): OpAttrs<K> {
    let recent = this.#attrs.get(kind);
    if (recent === undefined) this.#attrs.set(kind, (recent = []));
    if (recent.includes(attrs)) return attrs;
    // The list is of this kind, so what is equal has its attributes.
    const known = recent.find((other) => isSame(other, attrs));
    if (known !== undefined) return known as OpAttrs<K>;
    if (recent.length === MOST_INTERNED) recent.shift();
    recent.push(attrs);
    return attrs;
  }

  /** The attributes of nodes that are alike, made once. */
  shared<K extends OpKind>(alike: object, kind: K, make: () => OpAttrs<K>): OpAttrs<K> {
    const known = this.#alike.get(alike);
    // Kind and attributes stay a pair; the compiler cannot follow that through the union.
    if (known?.kind === kind) return known.attrs as OpAttrs<K>;
    const attrs = this.interned(kind, make());
    this.#alike.set(alike, { kind, attrs });
    return attrs;
  }

  /** The stored numbers that an input stands for; undefined for what a node makes. */
  constantOf(value: Value | undefined): Constant | undefined {
    if (value === undefined) return undefined;
    if (isInitialiser(value)) return value;
    if (this.#activations.has(value)) return undefined;
    return this.#fixed.get(value) ?? (value.kind === 'tensor' ? value.constant : undefined);
  }
}

class NodeEmitter implements Emitter {
  readonly node: Node;
  readonly inputs: readonly (TensorType | undefined)[];
  readonly outputs: readonly (TensorType | undefined)[];
  readonly #lowerer: Lowerer;
  readonly #repeat: Repeat;
  readonly #alike: object | undefined;

  constructor(
    lowerer: Lowerer,
    node: Node,
    inputs: readonly (TensorType | undefined)[],
    outputs: readonly (TensorType | undefined)[],
    repeat: Repeat,
    alike: object | undefined,
  ) {
    this.#lowerer = lowerer;
    this.node = node;
    this.inputs = inputs;
    this.outputs = outputs;
    this.#repeat = repeat;
    this.#alike = alike;
  }

  get bounded(): Node {
    const { node } = this;
    const isCertain = node.inputs.every(
      (value) => value?.kind !== 'tensor' || knownShape(value.shape) !== undefined,
    );
    return isCertain ? node : node.withTypes(this.inputs);
  }

  input(index: number): TensorType {
    return this.inputs[index] ?? this.node.fail(`has no tensor as input ${String(index + 1)}`);
  }

  output(index: number): TensorType {
    return this.outputs[index] ?? this.node.fail(`has no tensor as output ${String(index + 1)}`);
  }

  isConstant(index: number): boolean {
    return this.#lowerer.constantOf(this.node.inputs[index]) !== undefined;
  }

  counted(extent: Extent): number {
    return (
      this.#lowerer.counted(extent) ?? this.node.fail(`has an extent "${nameOf(extent)}" without a bound`)
    );
  }

  operand(index: number, role?: ParamRole, shape?: Shape, dtype?: DType): TensorId {
    const id = this.#lowerer.tensorOf(this.node.value(index), role, shape, dtype);
    return id ?? this.node.fail(`has no tensor as input ${String(index + 1)}`);
  }

  storage(index: number, role: 'scale' | 'shift', shape?: Shape, dtype?: DType): TensorId {
    const id = this.#lowerer.tensorOf(this.node.value(index), role, shape, dtype, true);
    return id ?? this.node.fail(`has no tensor as input ${String(index + 1)}`);
  }

  learned(index: number, role: ParamRole): TensorId {
    const constant = this.#lowerer.constantOf(this.node.inputs[index]);
    return isLearned(constant) ? this.operand(index, role) : this.operand(index);
  }

  operands(role?: ParamRole): readonly TensorId[] {
    const ids: TensorId[] = [];
    for (let index = 0; index < this.inputs.length; index++) {
      if (this.inputs[index] === undefined) continue;
      ids.push(role === undefined ? this.operand(index) : this.learned(index, role));
    }
    return ids.slice();
  }

  attrs<K extends OpKind>(kind: K, make: () => OpAttrs<K>): OpAttrs<K> {
    return this.#alike === undefined ? make() : this.#lowerer.shared(this.#alike, kind, make);
  }

  add<K extends OpKind>(
    kind: K,
    operands: readonly TensorId[],
    attrs: OpAttrs<K>,
    params: readonly TensorId[] = NO_PARAMS,
  ): readonly TensorId[] {
    return this.#lowerer.builder.addAll(kind, operands, this.#lowerer.interned(kind, attrs), {
      params,
      repeat: this.#repeat,
    });
  }
}

/** Whether the value is what the file stores as it is: no node makes it, and large files have very many. */
const isInitialiser = (value: Value): value is Tensor & Constant =>
  value.kind === 'tensor' && value.constant === (value as Value | Constant) && value.constant.initializer;

/** Whether stored numbers are parameters where nothing more is known of them: an initialiser of real numbers. */
const isLearned = (constant: Constant | undefined): boolean =>
  constant?.initializer === true &&
  constant.dtype.includes('float') &&
  constant.shape.some((extent) => extent !== 1);

/** Whether not even the rank of a value is known. */
const isHidden = (value: Value | undefined): boolean =>
  value?.kind === 'unknown' || (value?.kind === 'tensor' && value.shape === undefined);

const NO_PARAMS: readonly TensorId[] = [];

/** The numbers of a small constant that is stored as it is read, not cast or rearranged. */
function contentOf(value: Value, constant: Constant): readonly number[] | undefined {
  if (value.kind !== 'tensor') return undefined;
  if (value.constant !== undefined && value.constant !== (value as Value | Constant)) return undefined;
  if (constant.shape.reduce((a, b) => a * b, 1) > MOST_VALUES) return undefined;
  const values = value.elements?.();
  const isExact = constant.dtype.includes('float') ? Number.isFinite : Number.isSafeInteger;
  return values?.every((each) => isKnown(each) && isExact(each)) === true
    ? values.filter(isKnown)
    : undefined;
}

/** Whether two values of plain data are equal. */
function isSame(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false;
  if (Array.isArray(a) || Array.isArray(b)) {
    return Array.isArray(a) && Array.isArray(b) && isSameList(a, b);
  }
  const [p, q] = [a as Readonly<Record<string, unknown>>, b as Readonly<Record<string, unknown>>];
  for (const key in p) if (!isSame(p[key], q[key])) return false;
  for (const key in q) if (!(key in p)) return false;
  return true;
}

function isSameList(a: readonly unknown[], b: readonly unknown[]): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (!isSame(a[i], b[i])) return false;
  return true;
}

function allKnown(value: Value): boolean {
  const elements = value.kind === 'tensor' ? value.elements?.() : undefined;
  if (elements === undefined) return false;
  // Masks of attention are followed too: a plain loop over their many numbers is the fastest.
  for (let i = 0; i < elements.length; i++) if (!isKnown(elements[i])) return false;
  return true;
}

/** MACs of a graph, and everything else that it computes; operators that are not known count as nothing. */
function costOf(graph: Graph): Cost {
  let macs = 0;
  let others = 0;
  for (const { kind, attrs, inputs, outputs, repeat = 1 } of graph.nodes) {
    const { work } = specOf(kind);
    if (typeof work !== 'function' || repeat === 'unknown') continue;
    const { mac = 0, binaryMac = 0, ...rest } = work(typesOf(graph, inputs), typesOf(graph, outputs), attrs);
    macs += (mac + binaryMac) * repeat;
    for (const count of Object.values(rest)) others += count * repeat;
  }
  return { macs, others };
}

/** Elements of an input that a person still types. */
const FEW = 8;

/** Whether conditions and counts may come from an input: it holds a few whole numbers or truth values. */
const mayDecide = (value: Value, type: TensorType | undefined): boolean =>
  type !== undefined &&
  value.kind === 'tensor' &&
  value.elements === undefined &&
  /^(?:bool|u?int\d+)$/.test(type.dtype) &&
  elements(type.shape) <= FEW;

/** Every operator that is not known, in one message, with how many nodes have no shape because of them. */
export function unknownOperators(
  unknown: Inferred['unknown'],
  hidden: number,
  file: string,
): Diagnostic | undefined {
  if (unknown.size === 0) return undefined;
  const names = [...unknown].map(
    ([name, { count, first }]) => `${excerpt(name)} (${String(count)}, first at "${excerpt(first.label)}")`,
  );
  const shown =
    names.slice(0, 20).join(', ') + (names.length > 20 ? ` and ${String(names.length - 20)} more` : '');
  const [first = ''] = unknown.keys();
  const behind =
    hidden === 0 ? '' : `; ${String(hidden)} layer${hidden === 1 ? '' : 's'} behind have no shape`;
  const assume =
    hidden === 0 ? '' : `, and --assume ${quoted(`${first}=same-shape`)} if results are like first inputs`;
  return problem(
    'CSP307',
    `${String(names.length)} operator${names.length === 1 ? ' is' : 's are'} not known: ${shown}${behind}`,
    `pass --on-unknown opaque to go on without their cost${assume}`,
    { format: 'onnx', file },
  );
}
