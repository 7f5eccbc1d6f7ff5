/**
 * Writes onnx-node-tests.csv: what ONNX's own tests of single operators state, one row each.
 *
 *   ONNX_REPO=PATH node test/tools/run.mjs test/oracle/onnxNodeTests.ts
 *
 * PATH is a checkout of github.com/onnx/onnx at v1.22.0. Small inputs keep their content, on which shapes may
 * depend. Left out are models of more than one node, those with graphs inside, and values that are no tensors.
 */
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { stringify } from 'csv-stringify/sync';
import { storedTensor } from '../../src/formats/onnx/constant.ts';
import { dtypeOf } from '../../src/formats/onnx/dtype.ts';
import { decode } from '../../src/formats/onnx/message.ts';
import { MODEL, TENSOR, type AttributeProto } from '../../src/formats/onnx/proto.ts';
import { WireReader } from '../../src/formats/onnx/wire.ts';
import { bytesSource } from '../../src/formats/byteSource.ts';

/** Content of more elements, or of other types, decides no shape. */
const FEW = 8;
const FOLLOWED = /^(int64|int32|float32|bool)$/;

const root = process.env['ONNX_REPO'] ?? '';
const folder = join(root, 'onnx/backend/test/data/node');
if (!existsSync(folder)) {
  process.stderr.write('set ONNX_REPO to a checkout of github.com/onnx/onnx at v1.22.0\n');
  process.exit(2);
}

/** `int64[2]=3|4`: type, shape, and the content where it is small. */
function described(file: string, content: boolean): string | undefined {
  const bytes = readFileSync(file);
  const source = bytesSource(bytes);
  const proto = decode(new WireReader(source, file), TENSOR, bytes.length);
  const dtype = dtypeOf(proto.dataType) ?? '?';
  const type = `${dtype}[${proto.dims.join(' ')}]`;
  if (!content || !FOLLOWED.test(dtype) || proto.dims.length > 1 || (proto.dims[0] ?? 1) > FEW) return type;
  const elements = storedTensor(proto, { source, name: file }, 'x').elements?.();
  return elements?.length === 0 || elements?.every((each) => typeof each === 'number') !== true
    ? type
    : `${type}=${elements.join('|')}`;
}

/** The attribute as JSON; integers are numbers, real ones stand in `{ f }`. */
function valueOf({ f, i, s, floats, ints, strings, t, g, graphs }: AttributeProto): unknown {
  if (t !== undefined || g !== undefined || [...graphs].length > 0) return undefined;
  if (f !== undefined) return { f };
  if (floats.length > 0) return { floats };
  return i ?? s ?? (strings.length > 0 ? strings : ints);
}

function rowOf(test: string): readonly string[] | undefined {
  const file = join(folder, test, 'model.onnx');
  const data = join(folder, test, 'test_data_set_0');
  if (!existsSync(file) || !existsSync(data)) return undefined;
  const bytes = readFileSync(file);
  const { graph, opsetImport } = decode(new WireReader(bytesSource(bytes), file), MODEL, bytes.length);
  const [node, ...others] = graph?.node ?? [];
  if (graph === undefined || node === undefined || others.length > 0) return undefined;
  const ports = [...graph.input, ...graph.output];
  if (ports.some(({ type }) => type?.tensorType === undefined)) return undefined;
  const attributes = node.attribute.map((each) => [each.name ?? '', valueOf(each)] as const);
  if (attributes.some(([, value]) => value === undefined)) return undefined;
  const { domain = '' } = node;
  const opset = opsetImport.find((each) => (each.domain ?? '') === domain)?.version;
  const inputs = node.input.map((name) => {
    const at = graph.input.findIndex((input) => input.name === name);
    return name === '' ? '_' : described(join(data, `input_${String(at)}.pb`), true);
  });
  const outputs = node.output.map((name) => {
    const at = graph.output.findIndex((output) => output.name === name);
    return at < 0 ? '_' : described(join(data, `output_${String(at)}.pb`), false);
  });
  return [
    test,
    domain === '' ? (node.opType ?? '') : `${domain}:${node.opType ?? ''}`,
    String(opset),
    inputs.join('; '),
    JSON.stringify(Object.fromEntries(attributes)),
    outputs.join('; '),
  ];
}

const rows = readdirSync(folder)
  .sort()
  .flatMap((test) => {
    const row = rowOf(test);
    return row === undefined ? [] : [row];
  });
writeFileSync(
  'test/oracle/onnx-node-tests.csv',
  stringify(rows, {
    header: true,
    columns: ['test', 'operator', 'opset', 'inputs', 'attributes', 'outputs'],
  }),
);
process.stdout.write(`${String(rows.length)} tests\n`);
