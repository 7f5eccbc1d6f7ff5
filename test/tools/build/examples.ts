// Small files with what most networks are made of: the explorer's worker reads them before anybody gives it one.
import { flatBuffer, modelRoot, type OperatorDraft, type TensorDraft } from '../../formats/tflite/build.ts';
import { modelBytes, node, port, stored, type Attribute } from '../../formats/onnx/model.ts';
import type { NodeProto, TensorProto } from '../../../src/formats/onnx/proto.ts';

/** Blocks of each: a value that is the second of its sort is read in another way than the first. */
const BLOCKS = 2;

const CFG = `
[net]
width=8
height=8
channels=1
${`[convolutional]
batch_normalize=1
filters=1
size=3
pad=1
activation=leaky
[convolutional]
filters=1
size=1
activation=linear
[shortcut]
from=-2
activation=linear
[route]
layers=-1,-2
[maxpool]
size=2
stride=2
`.repeat(BLOCKS)}`;

/** A network as PyTorch's exporter writes it: constants and shapes are computed by nodes. */
class Exported {
  readonly nodes: NodeProto[] = [];
  readonly initializer: TensorProto[] = [];
  #next = 0;

  add(
    op: string,
    inputs: readonly string[],
    attributes: Readonly<Record<string, Attribute>> = {},
    at = '',
  ): string {
    const name = `/features/${at}${op}_${String(this.#next++)}`;
    const output = `${name}_output_0`;
    this.nodes.push(node(op, inputs, [output], attributes, { name }));
    return output;
  }

  /** Integers of an own node. */
  whole(...values: readonly number[]): string {
    return this.add('Constant', [], { value: { t: stored('', 'int64', [values.length], values) } });
  }

  scalar(value: number, dtype: 'int64' | 'float32' = 'int64'): string {
    return this.add('Constant', [], { value: { t: stored('', dtype, [], [value]) } });
  }

  weight(...dims: readonly number[]): string {
    const name = `features.${String(this.#next++)}.weight`;
    this.initializer.push(stored(name, 'float32', dims));
    return name;
  }

  conv(from: string, channels: number, filters: number, kernel: number): string {
    const bias = this.add('Identity', [this.weight(filters)]);
    return this.add('Conv', [from, this.weight(filters, channels, kernel, kernel), bias], {
      dilations: [1, 1],
      group: 1,
      kernel_shape: [kernel, kernel],
      pads: [kernel >> 1, kernel >> 1, kernel >> 1, kernel >> 1],
      strides: [1, 1],
    });
  }

  /** Maps of four channels. */
  convolutions(from: string): string {
    const normal = this.add(
      'BatchNormalization',
      [this.conv(from, 4, 4, 3), ...Array.from({ length: 4 }, () => this.weight(4))],
      { epsilon: { f: 1e-5 } },
    );
    const active = this.add('Relu', [normal]);
    const gate = this.add('Sigmoid', [this.conv(this.add('GlobalAveragePool', [active]), 4, 4, 1)]);
    const both = this.add('Concat', [this.add('Mul', [active, gate]), from], { axis: 1 });
    const sum = this.add('Add', [
      this.add('LeakyRelu', [this.conv(both, 8, 4, 1)], { alpha: { f: 0.1 } }),
      from,
    ]);
    const clipped = this.add('Clip', [sum, this.scalar(0, 'float32'), this.scalar(6, 'float32')]);
    const wide = this.add('MaxPool', [clipped], {
      kernel_shape: [3, 3],
      pads: [1, 1, 1, 1],
      strides: [1, 1],
    });
    return this.add('AveragePool', [wide], { kernel_shape: [1, 1], strides: [1, 1] });
  }

  linear(from: string, rows: number, columns: number): string {
    return this.add('Add', [this.add('MatMul', [from, this.weight(rows, columns)]), this.weight(columns)]);
  }

  layerNorm(from: string): string {
    const centred = this.add('Sub', [from, this.add('ReduceMean', [from], { axes: [-1] })]);
    const square = this.add('Pow', [centred, this.scalar(2, 'float32')]);
    const variance = this.add('ReduceMean', [square], { axes: [-1] });
    const deviation = this.add('Sqrt', [this.add('Add', [variance, this.scalar(1e-5, 'float32')])]);
    const scaled = this.add('Mul', [this.add('Div', [centred, deviation]), this.weight(4)]);
    return this.add('Add', [scaled, this.weight(4)]);
  }

  /** An extent, as the exporter asks for it. */
  extent(of: string, axis: number): string {
    return this.add('Gather', [this.add('Shape', [of]), this.scalar(axis)], { axis: 0 });
  }

  listed(...extents: readonly string[]): string {
    const lists = extents.map((each) => this.add('Unsqueeze', [each, this.whole(0)]));
    return this.add('Concat', lists, { axis: 0 });
  }

  /** Attention in windows that are shifted, of maps of 8 times 8 with their four channels last. */
  attention(from: string): string {
    const normal = this.layerNorm(from);
    const padded = this.add('Pad', [normal, this.whole(0, 0, 0, 0, 0, 0, 0, 0)]);
    const rows = this.extent(padded, 1);
    const half = this.add('Div', [rows, this.scalar(2)]);
    const rolled = ['first', 'second'].map((_, i) =>
      this.add('Slice', [
        padded,
        i === 0 ? this.whole(4) : this.whole(0),
        this.add('Unsqueeze', [i === 0 ? rows : half, this.whole(0)]),
        this.whole(1),
        this.whole(1),
      ]),
    );
    const moved = this.add('Concat', rolled, { axis: 1 });
    const [images, four] = [this.extent(moved, 0), this.scalar(4)];
    const [down, across] = [1, 2].map((axis) =>
      this.add('Div', [this.add('Cast', [this.extent(moved, axis)], { to: 7 }), four]),
    ) as [string, string];
    const split = this.add('Reshape', [
      moved,
      this.listed(images, down, four, across, four, this.extent(moved, 3)),
    ]);
    const windows = this.add('Transpose', [split], { perm: [0, 1, 3, 2, 4, 5] });
    const number = this.add('Mul', [this.add('Mul', [images, down]), across]);
    const tokens = this.add('Reshape', [windows, this.listed(number, this.scalar(16), this.scalar(4))]);
    const heads = this.listed(number, this.scalar(16), this.scalar(3), this.scalar(2), this.scalar(2));
    const maps = this.add('Transpose', [this.add('Reshape', [this.linear(tokens, 4, 12), heads])], {
      perm: [2, 0, 3, 1, 4],
    });
    const [q, k, v] = [0, 1, 2].map((i) => this.add('Gather', [maps, this.scalar(i)], { axis: 0 })) as [
      string,
      string,
      string,
    ];
    const scores = this.add('MatMul', [
      this.add('Mul', [q, this.scalar(0.7, 'float32')]),
      this.add('Transpose', [k], { perm: [0, 1, 3, 2] }),
    ]);
    const shape = this.add('Shape', [scores]);
    const none = this.add('ConstantOfShape', [this.whole(4)], {
      value: { t: stored('', 'int64', [1], [-1]) },
    });
    const wanted = this.add('Where', [this.add('Equal', [shape, none]), this.whole(1, 1, 1, 1), shape]);
    const mask = this.add('Expand', [this.scalar(0, 'float32'), wanted]);
    const one = this.add('Range', [this.scalar(0), this.scalar(1), this.scalar(1)]);
    const place = this.add('Unsqueeze', [this.add('Mod', [one, number]), this.whole(1)]);
    const shifted = this.add('ScatterND', [
      mask,
      place,
      this.add('Slice', [mask, this.whole(0), this.whole(1), this.whole(0), this.whole(1)]),
    ]);
    const weights = this.add('Softmax', [this.add('Add', [scores, shifted])], { axis: -1 });
    const mixed = this.add('Transpose', [this.add('MatMul', [weights, v])], { perm: [0, 2, 1, 3] });
    const merged = this.linear(this.add('Reshape', [mixed, this.whole(-1, 16, 4)]), 4, 4);
    const joined = this.add('Reshape', [
      merged,
      this.listed(images, down, across, four, four, this.scalar(4)),
    ]);
    const ordered = this.add('Transpose', [joined], { perm: [0, 1, 3, 2, 4, 5] });
    const back = this.add('Reshape', [ordered, this.add('Shape', [from])]);
    const sum = this.add('Add', [from, back]);
    const inner = this.linear(this.layerNorm(sum), 4, 8);
    const erf = this.add('Add', [
      this.add('Erf', [this.add('Div', [inner, this.scalar(1.414, 'float32')])]),
      this.scalar(1, 'float32'),
    ]);
    const gelu = this.add('Mul', [this.add('Mul', [inner, erf]), this.scalar(0.5, 'float32')]);
    return this.add('Add', [sum, this.linear(gelu, 8, 4)]);
  }
}

function onnx(): Uint8Array {
  const made = new Exported();
  let maps = 'input';
  for (let i = 0; i < BLOCKS; i++) maps = made.convolutions(maps);
  maps = made.add('Transpose', [maps], { perm: [0, 2, 3, 1] });
  for (let i = 0; i < BLOCKS; i++) maps = made.attention(maps);
  const pooled = made.add('GlobalAveragePool', [made.add('Transpose', [maps], { perm: [0, 3, 1, 2] })]);
  const flat = made.add('Flatten', [pooled], { axis: 1 });
  const result = made.add('Gemm', [flat, made.weight(10, 4), made.weight(10)], { transB: 1 });
  return modelBytes({
    node: made.nodes,
    initializer: made.initializer,
    input: [port('input', 'float32', [1, 4, 8, 8])],
    output: [port(result, 'float32', [1, 10])],
  });
}

function tflite(): Uint8Array {
  const tensors: TensorDraft[] = [{ shape: [1, 8, 8, 4], type: 'int8' }];
  const operators: OperatorDraft[] = [];
  const tensor = (shape: readonly number[], more: Partial<TensorDraft> = {}): number =>
    tensors.push({ shape, type: 'int8', ...more }) - 1;
  let last = 0;
  const add = (
    op: string,
    shape: readonly number[],
    others: readonly number[],
    options?: OperatorDraft['options'],
  ): void => {
    const made = tensor(shape);
    operators.push({
      op,
      inputs: [last, ...others],
      outputs: [made],
      ...(options === undefined ? {} : { options }),
    });
    last = made;
  };
  const biases = (channels: number): number => tensor([channels], { type: 'int32' });
  const step = { 1: { i32: 1 }, 2: { i32: 1 } };
  for (let i = 0; i < BLOCKS; i++) {
    const before = last;
    add('CONV_2D', [1, 8, 8, 8], [tensor([8, 1, 1, 4]), biases(8)], [1, { 0: { i8: 0 }, ...step }]);
    add(
      'DEPTHWISE_CONV_2D',
      [1, 8, 8, 8],
      [tensor([1, 3, 3, 8]), biases(8)],
      [2, { 0: { i8: 0 }, ...step, 3: { i32: 1 } }],
    );
    add('CONV_2D', [1, 8, 8, 4], [tensor([4, 1, 1, 8]), biases(4)], [1, { 0: { i8: 0 }, ...step }]);
    add('ADD', [1, 8, 8, 4], [before]);
  }
  add('AVERAGE_POOL_2D', [1, 1, 1, 4], [], [5, { 0: { i8: 1 }, ...step, 3: { i32: 8 }, 4: { i32: 8 } }]);
  add('RESHAPE', [1, 4], [tensor([2], { type: 'int32', values: [1, -1] })]);
  add('FULLY_CONNECTED', [1, 10], [tensor([10, 4]), biases(10)]);
  add('SOFTMAX', [1, 10], []);
  return flatBuffer(modelRoot([{ tensors, operators, inputs: [0], outputs: [last] }]));
}

/** Their bytes in base64, by name. */
export const examples = (): Readonly<Record<string, string>> =>
  Object.fromEntries(
    Object.entries({
      'example.onnx': onnx(),
      'example.tflite': tflite(),
      'example.cfg': new TextEncoder().encode(CFG),
    }).map(([name, bytes]) => [name, Buffer.from(bytes).toString('base64')]),
  );
