#!/usr/bin/env bash
# onnxruntime-node 1.30.0, CPU provider, default optimisation level.
#
# Expected: sessions made from the same bytes with the same options have the same kernels under the same names, so that
# a profile of one session can be read with the optimised model that another one saved.
# Seen: the ReorderOutput nodes, which the layout optimiser puts behind blocked convolutions, get names
# (`ReorderOutput`, `ReorderOutput_token_13`, ...) that are dealt out in another order from session to session, in one
# process. `ReorderOutput_token_13` follows conv0 in one session and conv5 in the next: who joins a profile to a saved
# model by names books time on wrong layers. Structure and number of nodes are the same.
# What to do: profile the very session that saved the model (or load the saved model, with optimisation off).
#
# Fails when 40 sessions agree. On x86-64, where convolutions are blocked.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
ONNXRUNTIME_NODE_INSTALL=skip npm install --silent --no-audit --no-fund --ignore-scripts onnxruntime-node@1.30.0

cat > run.mjs <<'JS'
import { readFileSync } from 'node:fs';
import { InferenceSession } from 'onnxruntime-node';

// Protocol buffers by hand: a number, bytes.
const varint = (n) => (n < 128 ? [n] : [(n % 128) | 128, ...varint(Math.floor(n / 128))]);
const number = (field, n) => Buffer.from([field << 3, ...varint(n)]);
const bytes = (field, value) => {
  const body = Buffer.from(value);
  return Buffer.concat([Buffer.from([(field << 3) | 2, ...varint(body.length)]), body]);
};
const all = (...parts) => Buffer.concat(parts.flat());

const channels = 16;
const node = (op, name, inputs, output, ...attributes) =>
  bytes(1, all(inputs.map((x) => bytes(1, x)), bytes(2, output), bytes(3, name), bytes(4, op), attributes));
const value = (field, name) => {
  const dims = [1, channels, 8, 8].map((d) => bytes(1, number(1, d)));
  return bytes(field, all(bytes(1, name), bytes(2, bytes(1, all(number(1, 1), bytes(2, all(dims)))))));
};
const weight = (name) =>
  bytes(5, all([channels, channels, 1, 1].map((d) => number(1, d)), number(2, 1), bytes(8, name),
    bytes(9, Buffer.from(new Float32Array(channels * channels).fill(0.01).buffer))));

// Six convolutions of one map, each followed by an operator that has no blocked form.
const branches = [0, 1, 2, 3, 4, 5];
const graph = all(
  branches.map((i) => node('Conv', `conv${i}`, ['x', `w${i}`], `c${i}`)),
  branches.map((i) => node('Sin', `sin${i}`, [`c${i}`], `y${i}`)),
  bytes(2, 'g'),
  branches.map((i) => weight(`w${i}`)),
  value(11, 'x'),
  branches.map((i) => value(12, `y${i}`)),
);
const model = all(number(1, 8), bytes(7, graph), bytes(8, all(bytes(1, ''), number(2, 17))));

const orders = new Map();
for (let session = 0; session < 40; session++) {
  await InferenceSession.create(model, { optimizedModelFilePath: 'optimised.onnx', logSeverityLevel: 4 });
  const saved = readFileSync('optimised.onnx').toString('latin1');
  // A node's bytes: its input, its output, its name.
  const names = [...saved.matchAll(/(reorder[\w]*).{2}(c\d).{2}(ReorderOutput\w*)"/gs)].map(([, , map, name]) => `${map}: ${name}`);
  if (names.length !== 6) throw new Error(`${names.length} ReorderOutput nodes, not 6`);
  const order = names.sort().join(', ');
  orders.set(order, (orders.get(order) ?? 0) + 1);
}
for (const [order, times] of orders) console.log(`${times} times  ${order}`);
if (orders.size === 1) {
  console.log('CHANGED: 40 sessions agree');
  process.exit(1);
}
console.log(`as stated: ${orders.size} assignments of names in 40 sessions of one model`);
JS
node run.mjs
