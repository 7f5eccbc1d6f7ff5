#!/usr/bin/env bash
# onnxruntime-node 1.30.0, CPU provider: MultiHeadAttention (com.microsoft) with packed operands.
#
# Expected: a layout that the operator's schema describes (query of [batch, length, heads, 3, size] with key and value
# left out; key of [batch, length, heads, 2, size] with value left out) either runs, or is refused when the session is
# made, as other unsupported forms are.
# Seen: the session is made, and its outputs have their shapes; the first run fails with "not implemented for CPU". That
# a file loads does not say that it runs.
#
# Fails when a session is refused, or a run succeeds.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
ONNXRUNTIME_NODE_INSTALL=skip npm install --silent --no-audit --no-fund --ignore-scripts onnxruntime-node@1.30.0

cat > run.mjs <<'JS'
import { InferenceSession, Tensor } from 'onnxruntime-node';

// Protocol buffers by hand: a number, bytes.
const number = (field, n) => Buffer.from([field << 3, n]);
const bytes = (field, value) => {
  const body = Buffer.from(value);
  const length = body.length < 128 ? [body.length] : [(body.length % 128) | 128, body.length >> 7];
  return Buffer.concat([Buffer.from([(field << 3) | 2, ...length]), body]);
};
const all = (...parts) => Buffer.concat(parts.flat());
const value = (field, name, dims) =>
  bytes(field, all(bytes(1, name), bytes(2, bytes(1, all(number(1, 1), bytes(2, all(dims.map((d) => bytes(1, number(1, d))))))))));

const model = (inputs) =>
  all(
    number(1, 8),
    bytes(7, all(
      bytes(1, all(
        Object.keys(inputs).map((name) => bytes(1, name)), bytes(2, 'y'), bytes(4, 'MultiHeadAttention'),
        bytes(5, all(bytes(1, 'num_heads'), number(3, 2), Buffer.from([0xa0, 1, 2]))), bytes(7, 'com.microsoft'),
      )),
      bytes(2, 'g'),
      Object.entries(inputs).map(([name, dims]) => value(11, name, dims)),
      value(12, 'y', [1, 3, 8]),
    )),
    bytes(8, all(bytes(1, ''), number(2, 17))),
    bytes(8, all(bytes(1, 'com.microsoft'), number(2, 1))),
  );

let changed = false;
for (const [what, inputs] of [
  ['packed query, key and value', { q: [1, 3, 2, 3, 4] }],
  ['packed key and value', { q: [1, 3, 8], kv: [1, 3, 2, 2, 4] }],
]) {
  const session = await InferenceSession.create(model(inputs), { logSeverityLevel: 4 });
  const feeds = Object.fromEntries(Object.entries(inputs).map(([name, dims]) =>
    [name, new Tensor('float32', new Float32Array(dims.reduce((a, b) => a * b)), dims)]));
  const message = await session.run(feeds).then(() => 'runs', (error) => error.message);
  console.log(`${what}: loads, then ${message.replace(/.*Status Message: /, '')}`);
  changed ||= !message.includes('not implemented for CPU');
}
console.log(changed ? 'CHANGED' : 'as stated');
process.exit(changed ? 1 : 0);
JS
node run.mjs
