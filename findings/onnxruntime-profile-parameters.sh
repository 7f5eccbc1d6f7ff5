#!/usr/bin/env bash
# onnxruntime-node 1.30.0, CPU provider: the profile's `parameter_size` and `input_type_shape` of a kernel.
#
# Expected: `parameter_size` is the bytes of the constant operands that a kernel reads, and `input_type_shape` lists all
# its operands, so that parameters, products and intensity can be taken from a profile.
# Seen: a MatMul whose weight was packed when the session was made has lost it: one operand instead of two, and
# `parameter_size` 0 instead of 8,192 bytes; with `session.disable_prepacking` both are there. A Gather of two rows
# counts its whole table (400,000 bytes for 800 read), in both cases. So the sum over kernels is neither what is stored
# nor what is read.
# What to do: take operands from the model, not from the profile.
#
# Fails when one of these figures changes.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
ONNXRUNTIME_NODE_INSTALL=skip npm install --silent --no-audit --no-fund --ignore-scripts onnxruntime-node@1.30.0

cat > run.mjs <<'JS'
import { readFileSync, readdirSync, rmSync } from 'node:fs';
import { InferenceSession, Tensor } from 'onnxruntime-node';

// Protocol buffers by hand: a number, bytes.
const varint = (n) => (n < 128 ? [n] : [(n % 128) | 128, ...varint(Math.floor(n / 128))]);
const number = (field, n) => Buffer.from([field << 3, ...varint(n)]);
const bytes = (field, value) => {
  const body = Buffer.from(value);
  return Buffer.concat([Buffer.from([(field << 3) | 2, ...varint(body.length)]), body]);
};
const all = (...parts) => Buffer.concat(parts.flat());
const node = (op, inputs, output) =>
  bytes(1, all(inputs.map((x) => bytes(1, x)), bytes(2, output), bytes(3, op), bytes(4, op)));
const value = (field, name, type, dims) =>
  bytes(field, all(bytes(1, name), bytes(2, bytes(1, all(number(1, type), bytes(2, all(dims.map((d) => bytes(1, number(1, d))))))))));
const weight = (name, dims) =>
  bytes(5, all(dims.map((d) => number(1, d)), number(2, 1), bytes(8, name),
    bytes(9, Buffer.from(new Float32Array(dims.reduce((a, b) => a * b)).buffer))));

// x[4,64] . w[64,32] and two rows of table[1000,100], followed by an operator each.
const model = all(
  number(1, 8),
  bytes(7, all(
    node('MatMul', ['x', 'w'], 'y'), node('Sin', ['y'], 'y2'),
    node('Gather', ['table', 'rows'], 'e'), node('Cos', ['e'], 'e2'),
    bytes(2, 'g'), weight('w', [64, 32]), weight('table', [1000, 100]),
    value(11, 'x', 1, [4, 64]), value(11, 'rows', 7, [2]),
    value(12, 'y2', 1, [4, 32]), value(12, 'e2', 1, [2, 100]),
  )),
  bytes(8, all(bytes(1, ''), number(2, 17))),
);

async function profiled(extra) {
  const session = await InferenceSession.create(model, { enableProfiling: true, profileFilePrefix: 'profile', logSeverityLevel: 4, extra });
  await session.run({
    x: new Tensor('float32', new Float32Array(256), [4, 64]),
    rows: new Tensor('int64', BigInt64Array.from([1n, 2n]), [2]),
  });
  session.endProfiling();
  const file = readdirSync('.').find((name) => name.startsWith('profile'));
  const events = JSON.parse(readFileSync(file, 'utf8'));
  rmSync(file);
  return ['MatMul', 'Gather'].map((op) => {
    const { args } = events.find((event) => event.args?.op_name === op && event.name.endsWith('_kernel_time'));
    return `${op}: ${args.input_type_shape.length} operands, parameter_size ${args.parameter_size}`;
  }).join('; ');
}

const seen = [await profiled({}), await profiled({ session: { disable_prepacking: '1' } })];
const stated = [
  'MatMul: 1 operands, parameter_size 0; Gather: 2 operands, parameter_size 400000',
  'MatMul: 2 operands, parameter_size 8192; Gather: 2 operands, parameter_size 400000',
];
seen.forEach((line, i) => console.log(`${i ? 'not packed' : 'as it is '}  ${line}`));
if (seen.join() !== stated.join()) {
  console.log('CHANGED');
  process.exit(1);
}
console.log('as stated');
JS
node run.mjs
