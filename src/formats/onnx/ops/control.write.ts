import type { TensorId } from '../../../graph/graph.ts';
import type { DType } from '../../../ops/dtype.ts';
import type { Shape, TensorType } from '../../../ops/spec.ts';
import { elements } from '../../../units.ts';
import { dataTypeOf } from '../dtype.ts';
import { emptyMessage } from '../message.ts';
import { GRAPH } from '../proto.ts';
import { graph, int, valueInfo, type Draft } from '../writeDraft.ts';
import { isWritable } from '../writeWeights.ts';
import { isFloat, type Forms, type Inexpressible, type Operands } from '../writer.ts';
import { reshape, sliced } from './move.write.ts';

/** What goes into and comes out of the graphs inside a node. */
const isCarried = (op: string): boolean => /^\S+ (?:operands|results)$/.test(op);

interface Source {
  readonly value: string;
  readonly type: TensorType;
}

/**
 * Values that go into a branch or loop or come out of it: of the operand that is most alike, as much as is needed.
 * Stored operands are taken only where there are no others: what a loop carries on changes, and a runtime would
 * compute all that follows from stored numbers while it loads.
 */
function carried(
  on: Draft,
  { inputs, types, outputs }: Pick<Operands<'rearrange'>, 'inputs' | 'types' | 'outputs'>,
): readonly string[] {
  const all = inputs
    .map((value, i): Source => ({ value, type: types[i] as TensorType }))
    .filter(({ type }) => elements(type.shape) > 0);
  const changing = all.filter(({ value }) => !on.isFixed(value));
  const sources = changing.length > 0 ? changing : all;
  return outputs.map((wanted, o) => {
    const alike = sources.filter(({ type }) => isSame(type, wanted));
    const typed = sources.filter(({ type }) => type.dtype === wanted.dtype);
    const source =
      alike[o % Math.max(1, alike.length)] ??
      typed.find(({ type }) => elements(type.shape) === elements(wanted.shape)) ??
      typed[0] ??
      sources[0];
    if (source === undefined) return zeros(on, wanted);
    const { value, type } = source;
    return converted(on, fitted(on, value, type.shape, wanted.shape), type.dtype, wanted.dtype);
  });
}

const isSame = (a: TensorType, b: TensorType): boolean =>
  a.dtype === b.dtype && a.shape.length === b.shape.length && a.shape.every((n, i) => n === b.shape[i]);

const zeros = (on: Draft, { dtype, shape }: TensorType): string =>
  on.op('Expand', [on.numbers(dtype, [0]), on.integers(shape)]);

/** Another element type, without arithmetic. Whole numbers may be indices: 0 is one everywhere. */
function converted(on: Draft, value: string, from: DType, to: DType): string {
  if (from === to) return value;
  const cast = (each: string, dtype: DType): string => on.op('Cast', [each], { to: int(dataTypeOf(dtype)) });
  if (to === 'bool' || isFloat(to)) return cast(value, to);
  return cast(on.op('And', [cast(value, 'bool'), on.numbers('bool', [0])]), to);
}

/** The numbers of a value, repeated and cut to the number that is needed. */
function fitted(on: Draft, value: string, from: Shape, to: Shape): string {
  const [have, need] = [elements(from), elements(to)];
  if (from.join() === to.join()) return on.op('Identity', [value]);
  if (have === need) return reshape(on, value, to);
  const times = Math.ceil(need / have);
  const row = reshape(on, value, [1, have]);
  const many = times > 1 ? on.op('Expand', [row, on.integers([times, have])]) : row;
  const flat = times > 1 ? reshape(on, many, [times * have]) : reshape(on, many, [have]);
  const cut = times * have === need ? flat : sliced(on, flat, [{ axis: 0, start: 0, end: need }]);
  return reshape(on, cut, to);
}

/** A value that nodes inside a loop make and others read. */
export interface Seen {
  readonly id: TensorId;
  readonly type: TensorType;
}

/**
 * Nodes that run several times, as the body of a Loop: unrolled, a file would grow with the count, and a runtime
 * would not pay for the iterations. Each one reads what stands before the loop, and the last one's results are seen
 * behind it.
 *
 * @returns why it cannot be written
 */
export function repeated(
  on: Draft,
  times: number | 'unknown',
  seen: readonly Seen[],
  write: () => void,
): Inexpressible | undefined {
  const unwritable = seen.map(({ type }) => type.dtype).find((dtype) => !isWritable(dtype));
  if (times === 'unknown' || unwritable !== undefined) {
    write();
    return unrepeatable(times, unwritable);
  }
  const [iteration, condition] = [on.fresh('iteration'), on.fresh('condition')];
  const before = seen.map(() => on.fresh('before'));
  let goesOn = '';
  let after: readonly string[] = [];
  const node = on.body((made) => {
    write();
    goesOn = on.op('Identity', [condition]);
    const values = seen.map(({ id }) => on.value(id));
    after = values.map((value, i) =>
      made(value) && values.indexOf(value) === i ? value : on.op('Identity', [value]),
    );
  });
  const flag: TensorType = { dtype: 'bool', shape: [] };
  const ports = (names: readonly string[]) => names.map((name, i) => valueInfo(name, (seen[i] as Seen).type));
  const body = {
    ...emptyMessage(GRAPH),
    name: 'body',
    node,
    input: [
      valueInfo(iteration, { dtype: 'int64', shape: [] }),
      valueInfo(condition, flag),
      ...ports(before),
    ],
    output: [valueInfo(goesOn, flag), ...ports(after)],
  };
  const first = seen.map(({ type }) => zeros(on, type));
  const values = on.ops('Loop', [on.numbers('int64', [times]), '', ...first], seen.length, {
    body: graph(body),
  });
  seen.forEach(({ id }, i) => on.define(id, values[i] as string));
  return undefined;
}

const unrepeatable = (times: number | 'unknown', unwritable: DType | undefined): Inexpressible =>
  times === 'unknown' || unwritable === undefined
    ? {
        problem: 'a loop that runs an unknown number of times is not written',
        fix: 'give the input that decides how often a value: --value NAME=N',
      }
    : { problem: `a loop that makes ${unwritable} is not written`, fix: 'write a network without it' };

export const CONTROL_FORMS = {
  opaque: {
    noForm: ({ op }) => `what the operator "${op}" does is not known`,
    fix: 'write a network of known operators only',
  },
  // What nothing reads is no part of a model.
  stored: () => [],
  rearrange: (on, node) =>
    isCarried(node.attrs.op)
      ? carried(on, node)
      : { problem: `what "${node.attrs.op}" moves where is not known`, fix: 'write a network without it' },
} satisfies Forms;
