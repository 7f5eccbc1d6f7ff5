import { excerpt, ProfileError, problem, type Origin } from '../../diagnostics.ts';
import type { DType } from '../../ops/dtype.ts';
import type { Shape } from '../../ops/spec.ts';
import type { ByteSource } from '../byteSource.ts';
import { FlatBuffer, Table, type Tables } from './flatbuffer.ts';
import {
  BUFFER,
  BUILTINS,
  CUSTOM,
  MODEL,
  OPERATOR,
  OPERATOR_CODE,
  SIGNATURE,
  SUBGRAPH,
  TENSOR,
  TENSOR_MAP,
  TENSOR_TYPES,
  BLOCKWISE,
  BLOCKWISE_MEMBER,
  QUANTIZATION,
} from './schema.ts';

/** A tensor as the file has it. */
export interface StoredTensor {
  readonly index: number;
  readonly name: string;
  readonly shape: Shape;
  /** axes whose extent the file leaves open; `shape` says what the converter assumed */
  readonly free: readonly number[];
  /** undefined: a handle to something that is no tensor */
  readonly dtype: DType | undefined;
  readonly buffer: number;
  /** keeps its content from one run to the next */
  readonly isVariable: boolean;
  /** where numbers that are quantised in blocks have their scales and zero points: indices of tensors, -1 for none */
  readonly blocks: () => { readonly scales: number; readonly zeroPoints: number } | undefined;
}

/** What an operator is called. */
export interface OperatorName {
  /** name in the schema, or that of a custom operator */
  readonly name: string;
  readonly isCustom: boolean;
}

/** An operator as the file has it. */
export interface StoredOperator extends OperatorName {
  /** indices of tensors; -1: left out */
  readonly inputs: readonly number[];
  readonly outputs: readonly number[];
  readonly table: Table;
}

/** A subgraph as the file has it: its operators are in execution order. */
export interface Subgraph {
  readonly index: number;
  readonly name: string;
  readonly inputs: readonly number[];
  readonly outputs: readonly number[];
  readonly operators: readonly StoredOperator[];
  readonly tensor: (index: number) => StoredTensor;
  /** index of the operator that makes a tensor; -1: none */
  readonly maker: (tensor: number) => number;
}

/** Names that a caller uses for the inputs and outputs of a subgraph, by index of the tensor. */
export interface Signature {
  readonly key: string;
  readonly subgraph: number;
  readonly inputs: ReadonlyMap<number, string>;
  readonly outputs: ReadonlyMap<number, string>;
}

const MOST_TENSORS = 1 << 19;
const MOST_OPERATORS = 1 << 17;
const HIGHEST_RANK = 64;

/** A TensorFlow Lite file; what is asked for is read, and nothing else. */
export class ModelFile {
  readonly file: string;
  readonly signatures: readonly Signature[];
  /** the operators that it is made of, each once */
  readonly operatorNames: readonly OperatorName[];
  readonly #source: ByteSource;
  readonly #subgraphs: Tables;
  readonly #buffers: Tables;
  readonly #read = new Map<number, Subgraph>();

  /** @throws ProfileError CSP301 where the file is not well-formed, CSP303 where it is no model */
  constructor(source: ByteSource, file: string) {
    this.file = file;
    this.#source = source;
    if (source.size === 0) throw this.#notAModel('is empty');
    const buffer = new FlatBuffer(source, file);
    if (source.size < 8 || String.fromCharCode(...buffer.bytes(4, 4)) !== 'TFL3') {
      throw this.#notAModel('does not begin as one (no "TFL3" at byte 4)');
    }
    const root = new Table(buffer, buffer.follow(0));
    this.#subgraphs = root.tables(MODEL.subgraphs);
    this.#buffers = root.tables(MODEL.buffers);
    if (this.#subgraphs.length === 0) throw this.#notAModel('holds no subgraph');
    this.operatorNames = listOf(root.tables(MODEL.operatorCodes), operatorCode);
    this.signatures = listOf(root.tables(MODEL.signatures), signature);
  }

  #notAModel(what: string): ProfileError {
    return new ProfileError(
      problem(
        'CSP303',
        `${what}: no TensorFlow Lite model`,
        'give a model that TensorFlow Lite can load',
        this.origin,
      ),
    );
  }

  get origin(): Origin {
    return { format: 'tflite', file: this.file };
  }

  /** bytes of the file */
  get size(): number {
    return this.#source.size;
  }

  get subgraphCount(): number {
    return this.#subgraphs.length;
  }

  /** @throws ProfileError CSP302 where there is none of this index, or it makes no sense */
  subgraph(index: number): Subgraph {
    let subgraph = this.#read.get(index);
    if (subgraph === undefined) {
      if (!(index >= 0 && index < this.subgraphCount)) {
        return this.fail(`there is no subgraph ${String(index)}, but ${String(this.subgraphCount)} of them`);
      }
      subgraph = this.#subgraph(index, this.#subgraphs.at(index));
      this.#read.set(index, subgraph);
    }
    return subgraph;
  }

  #subgraph(index: number, table: Table): Subgraph {
    const tensors = table.tables(SUBGRAPH.tensors);
    const operators = table.tables(SUBGRAPH.operators);
    if (tensors.length > MOST_TENSORS) this.fail(`${String(tensors.length)} tensors in a subgraph`);
    if (operators.length > MOST_OPERATORS) this.fail(`${String(operators.length)} operators in a subgraph`);
    const known = new Array<StoredTensor | undefined>(tensors.length);
    const makers = new Int32Array(tensors.length).fill(-1);
    const indices = (stated: readonly number[] = [], least = 0): readonly number[] => {
      for (const tensor of stated) {
        if (!(tensor >= least && tensor < tensors.length)) {
          this.fail(`there is no tensor ${String(tensor)}, but ${String(tensors.length)} of them`);
        }
      }
      return stated;
    };
    const read = listOf(operators, (operator, i): StoredOperator => {
      const code = operator.u32(OPERATOR.code);
      const about = this.operatorNames[code] ?? this.fail(`there is no operator code ${String(code)}`);
      const outputs = indices(operator.i32s(OPERATOR.outputs));
      for (const tensor of outputs) {
        if (makers[tensor] !== -1) this.fail(`tensor ${String(tensor)} is made twice`);
        makers[tensor] = i;
      }
      return { ...about, inputs: indices(operator.i32s(OPERATOR.inputs), -1), outputs, table: operator };
    });
    return {
      index,
      name: table.text(SUBGRAPH.name) ?? '',
      inputs: indices(table.i32s(SUBGRAPH.inputs)),
      outputs: indices(table.i32s(SUBGRAPH.outputs)),
      operators: read,
      tensor: (tensor) => (known[tensor] ??= this.#tensor(tensor, tensors.at(tensor), indices)),
      maker: (tensor) => makers[tensor] ?? -1,
    };
  }

  #tensor(
    index: number,
    table: Table,
    indices: (list: readonly number[], least: number) => readonly number[],
  ): StoredTensor {
    const name = table.text(TENSOR.name) ?? `tensor ${String(index)}`;
    const shape = table.i32s(TENSOR.shape) ?? [];
    const signature = table.i32s(TENSOR.signature) ?? [];
    if (shape.length > HIGHEST_RANK || shape.some((extent) => extent < 0)) {
      this.fail(`tensor "${excerpt(name)}" has the shape ${shape.slice(0, 8).join('x')}`);
    }
    const type = table.i8(TENSOR.type);
    if (!(type >= 0 && type < TENSOR_TYPES.length)) {
      this.fail(`tensor "${excerpt(name)}" has the element type ${String(type)}, which is not known`);
    }
    return {
      index,
      name,
      shape,
      free:
        signature.length === shape.length
          ? signature.flatMap((extent, axis) => (extent === -1 ? [axis] : []))
          : [],
      dtype: TENSOR_TYPES[type],
      buffer: table.u32(TENSOR.buffer),
      isVariable: table.u8(TENSOR.isVariable) !== 0,
      blocks() {
        const quantization = table.table(TENSOR.quantization);
        if (quantization?.u8(QUANTIZATION.detailsType) !== BLOCKWISE_MEMBER) return undefined;
        const details = quantization.table(QUANTIZATION.details);
        if (details === undefined) return undefined;
        const stated = [details.i32(BLOCKWISE.scales), details.i32(BLOCKWISE.zeroPoints)];
        const [scales = -1, zeroPoints = -1] = indices(stated, -1);
        return { scales, zeroPoints };
      },
    };
  }

  /** The first `most` bytes of a buffer, in the FlatBuffer or behind it; undefined where it has not as many. */
  content(buffer: number, bytes: number): DataView | undefined {
    if (buffer >= this.#buffers.length) return undefined;
    const table = this.#buffers.at(buffer);
    const offset = table.u64(BUFFER.offset);
    const range =
      offset > 1 ? { position: offset, length: table.u64(BUFFER.size) } : table.range(BUFFER.data);
    if (range === undefined || range.length < bytes || range.position + bytes > this.#source.size) {
      return undefined;
    }
    const content = this.#source.read(range.position, bytes);
    return new DataView(content.buffer, content.byteOffset, content.length);
  }

  /** @throws ProfileError CSP302 always */
  fail(what: string): never {
    throw new ProfileError(
      problem('CSP302', `no valid model: ${what}`, 'convert the model again', this.origin),
    );
  }
}

function listOf<T>(tables: Tables, read: (table: Table, index: number) => T): readonly T[] {
  const list: T[] = [];
  for (let i = 0; i < tables.length; i++) list.push(read(tables.at(i), i));
  return list;
}

/** Old files have the code in a signed byte; newer ones in a field of its own, and the byte as far as it goes. */
function operatorCode(table: Table): OperatorName {
  const code = Math.max(table.i8(OPERATOR_CODE.oldCode), table.i32(OPERATOR_CODE.code));
  if (code === CUSTOM) return { name: table.text(OPERATOR_CODE.custom) ?? 'CUSTOM', isCustom: true };
  return { name: BUILTINS[code] ?? `operator ${String(code)}`, isCustom: false };
}

function signature(table: Table): Signature {
  const names = (field: number): ReadonlyMap<number, string> =>
    new Map(
      listOf(table.tables(field), (entry) => [
        entry.u32(TENSOR_MAP.tensor),
        entry.text(TENSOR_MAP.name) ?? '',
      ]),
    );
  return {
    key: table.text(SIGNATURE.key) ?? '',
    subgraph: table.u32(SIGNATURE.subgraph),
    inputs: names(SIGNATURE.inputs),
    outputs: names(SIGNATURE.outputs),
  };
}
