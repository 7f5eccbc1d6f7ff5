import { BUILTINS } from '../../../src/formats/tflite/schema.ts';

/** A field of a table, by its type in the schema. */
export type Field =
  | { readonly i8: number }
  | { readonly i32: number }
  | { readonly u64: number }
  | { readonly i64: number }
  | { readonly text: string }
  | { readonly i32s: readonly number[] }
  | { readonly i64s: readonly number[] }
  | { readonly bytes: Uint8Array }
  | { readonly table: Fields }
  | { readonly tables: readonly Fields[] };

/** Fields of a table by their number in the schema. */
export type Fields = Readonly<Record<number, Field>>;

/** Writes tables one behind the other, so that every offset leads forward. */
class Writer {
  #bytes = new DataView(new ArrayBuffer(1 << 12));
  length = 0;

  room(count: number): number {
    const at = (this.length + 3) & ~3;
    if (at + count > this.#bytes.byteLength) {
      const larger = new Uint8Array(2 * (at + count));
      larger.set(new Uint8Array(this.#bytes.buffer));
      this.#bytes = new DataView(larger.buffer);
    }
    this.length = at + count;
    return at;
  }

  i32(at: number, value: number): void {
    this.#bytes.setInt32(at, value, true);
  }

  table(fields: Fields): number {
    const last = Math.max(-1, ...Object.keys(fields).map(Number));
    const vtable = this.room(4 + 2 * (last + 1));
    const table = this.room(4 + 8 * (last + 1));
    this.#bytes.setUint16(vtable, 4 + 2 * (last + 1), true);
    this.#bytes.setUint16(vtable + 2, 4 + 8 * (last + 1), true);
    this.i32(table, table - vtable);
    for (const [key, field] of Object.entries(fields)) {
      const at = table + 4 + 8 * Number(key);
      this.#bytes.setUint16(vtable + 4 + 2 * Number(key), 4 + 8 * Number(key), true);
      if ('i8' in field) this.#bytes.setInt8(at, field.i8);
      else if ('i32' in field) this.i32(at, field.i32);
      else if ('i64' in field) this.#bytes.setBigInt64(at, BigInt(field.i64), true);
      else if ('u64' in field) this.#bytes.setBigUint64(at, BigInt(field.u64), true);
      else this.i32(at, this.#reference(field) - at);
    }
    return table;
  }

  #reference(
    field: Exclude<Field, { i8: number } | { i32: number } | { i64: number } | { u64: number }>,
  ): number {
    if ('table' in field) return this.table(field.table);
    if ('tables' in field) {
      const vector = this.#vector(field.tables.length, 4);
      field.tables.forEach((table, i) => {
        const at = vector + 4 + 4 * i;
        this.i32(at, this.table(table) - at);
      });
      return vector;
    }
    if ('i32s' in field) {
      const vector = this.#vector(field.i32s.length, 4);
      field.i32s.forEach((value, i) => {
        this.i32(vector + 4 + 4 * i, value);
      });
      return vector;
    }
    if ('i64s' in field) {
      const vector = this.#vector(field.i64s.length, 8);
      field.i64s.forEach((value, i) => {
        this.#bytes.setBigInt64(vector + 4 + 8 * i, BigInt(value), true);
      });
      return vector;
    }
    const bytes = 'text' in field ? new TextEncoder().encode(field.text) : field.bytes;
    const vector = this.#vector(bytes.length, 1);
    new Uint8Array(this.#bytes.buffer).set(bytes, vector + 4);
    return vector;
  }

  #vector(count: number, width: number): number {
    const at = this.room(4 + count * width);
    this.i32(at, count);
    return at;
  }

  finish(): Uint8Array {
    return new Uint8Array(this.#bytes.buffer, 0, this.length);
  }
}

/** The bytes of a FlatBuffers file with this root. */
export function flatBuffer(root: Fields, identifier = 'TFL3'): Uint8Array {
  const writer = new Writer();
  const head = writer.room(8);
  const at = writer.table(root);
  const bytes = writer.finish();
  new DataView(bytes.buffer).setInt32(head, at - head, true);
  bytes.set(new TextEncoder().encode(identifier), 4);
  return bytes;
}

const TYPES = {
  float32: 0,
  float16: 1,
  int32: 2,
  uint8: 3,
  int64: 4,
  bool: 6,
  int16: 7,
  int8: 9,
  complex64: 8,
  resource: 13,
  int4: 17,
} as const;

export interface TensorDraft {
  readonly name?: string;
  readonly shape: readonly number[];
  readonly type?: keyof typeof TYPES;
  /** whole numbers of 32 bits that it holds */
  readonly values?: readonly number[];
  /** with -1 where an extent is open */
  readonly signature?: readonly number[];
  readonly isVariable?: boolean;
  /** indices of the tensors with the scales and zero points of its blocks */
  readonly blocks?: readonly [scales: number, zeroPoints: number];
}

export interface OperatorDraft {
  /** a builtin operator, or the name of a custom one */
  readonly op: string;
  readonly inputs: readonly number[];
  readonly outputs: readonly number[];
  /** member of the union of options, and its fields */
  readonly options?: readonly [member: number, fields: Fields];
  readonly options2?: readonly [member: number, fields: Fields];
  readonly custom?: Uint8Array;
}

export interface SubgraphDraft {
  readonly tensors: readonly TensorDraft[];
  readonly operators: readonly OperatorDraft[];
  readonly inputs: readonly number[];
  readonly outputs: readonly number[];
}

export interface SignatureDraft {
  readonly key: string;
  readonly subgraph?: number;
  readonly inputs: Readonly<Record<string, number>>;
  readonly outputs: Readonly<Record<string, number>>;
}

const bytesOf = (values: readonly number[]): Uint8Array => new Uint8Array(new Int32Array(values).buffer);

/** The root table of a model; the first subgraph is the network. */
export function modelRoot(
  subgraphs: readonly SubgraphDraft[],
  signatures: readonly SignatureDraft[] = [],
): Fields {
  const names = [...new Set(subgraphs.flatMap(({ operators }) => operators.map(({ op }) => op)))];
  const contents: (readonly number[])[] = [];
  const tensor = (
    { name, shape, type = 'float32', values, signature, isVariable, blocks }: TensorDraft,
    i: number,
  ): Fields => ({
    0: { i32s: shape },
    1: { i8: TYPES[type] },
    2: { i32: values === undefined ? 0 : contents.push(values) },
    3: { text: name ?? `t${String(i)}` },
    ...(blocks === undefined
      ? {}
      : { 4: { table: { 4: { i8: 2 }, 5: { table: { 0: { i32: blocks[0] }, 1: { i32: blocks[1] } } } } } }),
    5: { i8: isVariable === true ? 1 : 0 },
    ...(signature === undefined ? {} : { 7: { i32s: signature } }),
  });
  const operator = ({ op, inputs, outputs, options, options2, custom }: OperatorDraft): Fields => ({
    0: { i32: names.indexOf(op) },
    1: { i32s: inputs },
    2: { i32s: outputs },
    ...(options === undefined ? {} : { 3: { i8: options[0] }, 4: { table: options[1] } }),
    ...(custom === undefined ? {} : { 5: { bytes: custom } }),
    ...(options2 === undefined ? {} : { 11: { i8: options2[0] }, 12: { table: options2[1] } }),
  });
  const graphs = subgraphs.map(({ tensors, operators, inputs, outputs }, i): Fields => ({
    0: { tables: tensors.map(tensor) },
    1: { i32s: inputs },
    2: { i32s: outputs },
    3: { tables: operators.map(operator) },
    4: { text: `graph${String(i)}` },
  }));
  const map = (entries: Readonly<Record<string, number>>): Field => ({
    tables: Object.entries(entries).map(([name, index]) => ({ 0: { text: name }, 1: { i32: index } })),
  });
  return {
    0: { i32: 3 },
    1: {
      tables: names.map((name): Fields => {
        const code = BUILTINS.indexOf(name);
        return code === -1
          ? { 0: { i8: 32 }, 1: { text: name }, 3: { i32: 32 } }
          : { 0: { i8: Math.min(code, 127) }, 3: { i32: code } };
      }),
    },
    2: { tables: graphs },
    4: { tables: [{}, ...contents.map((values): Fields => ({ 0: { bytes: bytesOf(values) } }))] },
    ...(signatures.length === 0
      ? {}
      : {
          7: {
            tables: signatures.map(({ key, subgraph = 0, inputs, outputs }): Fields => ({
              0: map(inputs),
              1: map(outputs),
              2: { text: key },
              4: { i32: subgraph },
            })),
          },
        }),
  };
}
