import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { infer } from '../../../src/formats/onnx/infer.ts';
import { readModelProto } from '../../../src/formats/onnx/read.ts';
import type { Value } from '../../../src/formats/onnx/values.ts';
import { evaluate, parseExpression } from '../../../src/graph/expression.ts';
import type { Extent } from '../../../src/ops/extent.ts';
import { bytesSource } from '../../../src/formats/byteSource.ts';
import type { TensorProto } from '../../../src/formats/onnx/proto.ts';
import type { DType } from '../../../src/ops/dtype.ts';
import { modelBytes, node, port, stored, type Attribute } from './model.ts';

interface NodeTest {
  readonly test: string;
  readonly operator: string;
  readonly opset: number;
  readonly inputs: readonly string[];
  readonly attributes: Readonly<Record<string, Attribute>>;
  readonly outputs: readonly string[];
}

/** The cells of a line of CSV, quotes doubled inside quotes. */
const cells = (line: string): string[] =>
  Array.from(line.matchAll(/(?:^|,)(?:"((?:[^"]|"")*)"|([^,"]*))/g), ([, quoted, plain]) =>
    quoted === undefined ? (plain ?? '') : quoted.replaceAll('""', '"'),
  );

const values = (cell: string): string[] => (cell === '' ? [] : cell.split('; '));

/** What ONNX's own tests of single operators state: made by test/oracle/onnxNodeTests.ts from release 1.22.0. */
const TESTS: readonly NodeTest[] = readFileSync(
  new URL('../../oracle/onnx-node-tests.csv', import.meta.url),
  'utf8',
)
  .trim()
  .split('\n')
  .slice(1)
  .map((line) => {
    const [test = '', operator = '', opset, inputs = '', attributes = '', outputs = ''] = cells(line);
    return {
      test,
      operator,
      opset: Number(opset),
      inputs: values(inputs),
      attributes: JSON.parse(attributes) as NodeTest['attributes'],
      outputs: values(outputs),
    };
  });

interface Typed {
  readonly dtype: DType;
  readonly dims: readonly number[];
  readonly content: readonly number[] | undefined;
}

function typed(text: string): Typed {
  const [, dtype = '', dims = '', content] = /^(\w+)\[([\d ]*)\](?:=(.*))?$/.exec(text) ?? [];
  return {
    dtype: dtype as DType,
    dims: dims === '' ? [] : dims.split(' ').map(Number),
    content: content?.split('|').map(Number),
  };
}

/**
 * Types of the outputs of the test's model, small inputs stored in it or given from outside, extents of what is given
 * as they are, or symbols that say what they are.
 */
function inferred(
  { operator, opset, inputs, attributes, outputs }: NodeTest,
  known: boolean,
  open = false,
): readonly Value[] {
  const [domain, op] = operator.includes(':') ? (operator.split(':') as [string, string]) : ['', operator];
  const names = inputs.map((input, i) => (input === '_' ? '' : `in${String(i)}`));
  const results = outputs.map((output, i) => (output === '_' ? '' : `out${String(i)}`));
  const initializer: TensorProto[] = [];
  const input = [];
  for (const [i, name] of names.entries()) {
    if (name === '') continue;
    const { dtype, dims, content } = typed(inputs[i]!);
    if (known && content !== undefined) initializer.push(stored(name, dtype, dims, content));
    else
      input.push(port(name, dtype, open && !(i > 0 && FIXED_KERNEL.includes(op)) ? dims.map(opened) : dims));
  }
  const source = bytesSource(
    modelBytes({
      opset,
      domains: domain === '' ? [] : [domain],
      node: [node(op, names, results, attributes, domain === '' ? {} : { domain })],
      input,
      initializer,
      output: results.filter((name) => name !== '').map((name) => ({ name, type: undefined })),
    }),
  );
  const model = readModelProto(source, 'x.onnx');
  if (model.graph === undefined) throw new TypeError('no graph');
  return infer(model, model.graph, {
    file: { source, name: 'x.onnx' },
    bindings: new Map(),
  }).results;
}

/** Operators that refuse a kernel of open extents. */
const FIXED_KERNEL: readonly string[] = ['ConvInteger', 'ConvTranspose'];

/** The extent as a symbol; one that is stretched stays a number, and so does none at all. */
const opened = (extent: number): number | string => (extent > 1 ? `d${String(extent)}` : extent);

/** What an extent over those symbols is; undefined where it is over others. */
function extentOf(extent: Extent): number | undefined {
  if (typeof extent === 'number') return extent;
  const expression = parseExpression(extent.symbol.replaceAll('/', '//'));
  return (
    expression && evaluate(expression, (name) => (/^d\d+$/.test(name) ? Number(name.slice(1)) : undefined))
  );
}

/** A result as the test has it; what is not known for sure is filled in from there, where it can be that. */
function asTested(value: Value, tested: Typed): string {
  if (value.kind !== 'tensor') return value.kind;
  const extent = (dim: Extent, axis: number): number => {
    if (typeof dim === 'number') return dim;
    const actual = tested.dims[axis] ?? NaN;
    return dim.atMost === undefined || actual <= dim.atMost ? actual : NaN;
  };
  return `${value.dtype ?? '?'}[${(value.shape ?? tested.dims).map(extent).join(' ')}]`;
}

const isKnown = (value: Value): boolean =>
  value.kind === 'tensor' && value.shape?.every((dim) => typeof dim === 'number') === true;

/** Operators whose result has as many entries as the data, or a file, say. */
const BY_DATA: readonly string[] = [
  'Compress',
  'ImageDecoder',
  'NonMaxSuppression',
  'NonZero',
  'StringNormalizer',
  'StringSplit',
  'Unique',
];

/** Operators of which not every extent follows from open ones, by an expression: windows, steps and scales divide. */
const OPEN: readonly string[] = [
  ...BY_DATA,
  'AveragePool',
  'CausalConvWithState',
  'Conv',
  'ConvInteger',
  'ConvTranspose',
  'DeformConv',
  'GatherND',
  'LpPool',
  'MaxPool',
  'MaxUnpool',
  'QLinearConv',
  'Range',
  'Resize',
  'Slice',
  'Split',
  'Upsample',
];

/** Whether the row has the content of every scalar: it has none of half precision. */
const hasScalars = ({ inputs }: NodeTest): boolean => inputs.every((input) => !input.endsWith('[]'));

describe("ONNX's own tests of operators", () => {
  it('are all there, as release 1.22.0 has them', () => {
    expect(TESTS).toHaveLength(1341);
    expect(new Set(TESTS.map(({ test }) => test)).size).toBe(TESTS.length);
  });

  const byOperator = new Map<string, NodeTest[]>();
  for (const each of TESTS) byOperator.set(each.operator, [...(byOperator.get(each.operator) ?? []), each]);

  it.each([...byOperator])('%s: outputs have the types that they have there', (operator, tests) => {
    for (const each of tests) {
      const expected = each.outputs.filter((output) => output !== '_');
      for (const known of [true, false]) {
        const found = inferred(each, known);
        expect(
          found.map((value, i) => asTested(value, typed(expected[i] ?? ''))),
          each.test,
        ).toEqual(expected);
        if (known && hasScalars(each) && !BY_DATA.includes(operator))
          expect(
            found.filter((value) => !isKnown(value)),
            each.test,
          ).toEqual([]);
      }
    }
  });

  it.each([...byOperator])('%s: what is said of results of open extents is so', (operator, tests) => {
    for (const each of tests) {
      const expected = each.outputs.filter((output) => output !== '_').map(typed);
      for (const known of [true, false]) {
        for (const [i, { dims }] of expected.entries()) {
          const value = inferred(each, known, true)[i];
          if (value?.kind !== 'tensor') throw new TypeError(each.test);
          const follows = known && !OPEN.includes(operator);
          const shape = value.shape ?? (follows ? undefined : dims);
          const found = shape?.map((extent, axis) => {
            if (typeof extent === 'object' && (extent.atMost ?? Infinity) < dims[axis]!) return NaN;
            return extentOf(extent) ?? (follows ? NaN : dims[axis]);
          });
          expect(found, each.test).toEqual(dims);
        }
      }
    }
  });
});
