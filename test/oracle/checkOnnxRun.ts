/**
 * Shape and type of every value of ONNX models, inferred, against what onnxruntime makes of random inputs.
 *
 *   node test/tools/run.mjs test/oracle/checkOnnxRun.ts FILE...
 *
 * Extents that depend on the data must be within their inferred bound.
 */
import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { infer } from '../../src/formats/onnx/infer.ts';
import { emptyMessage, encode } from '../../src/formats/onnx/message.ts';
import { GRAPH, MODEL } from '../../src/formats/onnx/proto.ts';
import { readModelProto } from '../../src/formats/onnx/read.ts';
import type { Value } from '../../src/formats/onnx/values.ts';
import { isKnown } from '../../src/ops/extent.ts';
import { bytesSource } from '../../src/formats/byteSource.ts';

/** The part of onnxruntime-node's interface that is used here: the package is optional, and so are its types. */
interface Runtime {
  readonly InferenceSession: {
    create(
      model: Uint8Array,
      options: Readonly<Record<string, unknown>>,
    ): Promise<{
      run(feeds: Readonly<Record<string, RuntimeTensor>>): Promise<Readonly<Record<string, RuntimeTensor>>>;
      release(): Promise<void>;
    }>;
  };
  readonly Tensor: new (type: 'float32', data: Float32Array, dims: readonly number[]) => RuntimeTensor;
}

interface RuntimeTensor {
  readonly type: string;
  readonly dims: readonly number[];
}

// Not a literal, so that the compiler does not look for the package.
const packageName: string = 'onnxruntime-node';
const runtime = await (import(packageName) as Promise<{ readonly default: Runtime }>).then(
  (module) => module.default,
  () => undefined,
);
if (runtime === undefined || process.argv.length < 3) {
  process.stderr.write('install onnxruntime-node, and name at least one file\n');
  process.exit(2);
}
let wrong = 0;
for (const file of process.argv.slice(2)) {
  const bytes = readFileSync(file);
  const source = bytesSource(bytes);
  const model = readModelProto(source, file);
  const { graph } = model;
  if (graph === undefined) throw new TypeError(`${file} has no graph`);
  const values = new Map<string, Value>();
  const feeds: Record<string, RuntimeTensor> = {};
  infer(
    model,
    graph,
    {
      file: { source, name: file },
      bindings: new Map(),
    },
    {
      input({ name, type }) {
        if (type.kind !== 'tensor' || type.dtype !== 'float32') throw new TypeError(`${name} is no image`);
        if (type.shape?.every(isKnown) !== true)
          throw new TypeError(`the input ${name} of ${file} has an extent without a value`);
        const dims = type.shape.map(Number);
        const count = dims.reduce((a, b) => a * b, 1);
        feeds[name] = new runtime.Tensor('float32', Float32Array.from({ length: count }, Math.random), dims);
      },
      node({ node, outputs }) {
        for (const [i, name] of node.proto.output.entries()) {
          const value = outputs[i];
          if (name !== '' && value !== undefined) values.set(name, value);
        }
      },
    },
  );
  // Protobuf merges what is appended: every value becomes an output.
  const declared = new Set(graph.output.map(({ name }) => name));
  const output = [...values.keys()]
    .filter((name) => !declared.has(name))
    .map((name) => ({ name, type: undefined }));
  const more = Object.assign(emptyMessage(MODEL), { graph: Object.assign(emptyMessage(GRAPH), { output }) });
  const session = await runtime.InferenceSession.create(
    Buffer.concat([bytes, encode(MODEL, more).finish()]),
    {
      graphOptimizationLevel: 'disabled',
      logSeverityLevel: 3,
    },
  );
  const results = await session.run(feeds);
  const tally = { values: 0, exact: 0, bounded: 0, unknown: 0, wrong: 0 };
  for (const [name, value] of values) {
    const made = results[name];
    if (made === undefined) continue;
    tally.values++;
    if (value.kind !== 'tensor' || value.shape === undefined) {
      tally.unknown++;
      continue;
    }
    const { dtype, shape } = value;
    const fits =
      dtype === made.type &&
      shape.length === made.dims.length &&
      shape.every((dim, axis) => {
        const extent = made.dims[axis] ?? Number.NaN;
        return typeof dim === 'number' ? dim === extent : dim.atMost === undefined || extent <= dim.atMost;
      });
    if (!fits) {
      tally.wrong++;
      const text = shape
        .map((dim) => (typeof dim === 'number' ? String(dim) : `<=${String(dim.atMost)}`))
        .join(',');
      process.stdout.write(
        `  ${name}: inferred ${String(dtype)}[${text}], made ${made.type}[${made.dims.join(',')}]\n`,
      );
    } else if (shape.every((dim) => typeof dim === 'number')) tally.exact++;
    else if (shape.every((dim) => typeof dim === 'number' || dim.atMost !== undefined)) tally.bounded++;
    else tally.unknown++;
  }
  await session.release();
  wrong += tally.wrong;
  process.stdout.write(`${basename(file)} ${JSON.stringify(tally)}\n`);
}
process.exitCode = wrong === 0 ? 0 : 1;
