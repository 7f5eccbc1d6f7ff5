import type { Node } from '../node.ts';
import type { Operator, Operators } from '../operator.ts';
import { dtypeOf } from '../dtype.ts';
import { valueOfType } from '../types.ts';
import { bound, type Extent, isKnown, plus } from '../../../ops/extent.ts';
import { filled, join, type Sequence, tensor, UNKNOWN, type Value } from '../values.ts';
import { moved } from './move.ts';

const sequence = (items: readonly Value[], otherwise: Value = UNKNOWN): Sequence => ({
  kind: 'sequence',
  element: items.length === 0 ? otherwise : items.reduce(join),
  items,
});

function sequenceOf(node: Node, index: number): Sequence {
  const value = node.value(index);
  if (value.kind === 'sequence') return value;
  if (value.kind === 'unknown') return { kind: 'sequence', element: UNKNOWN, items: undefined };
  return node.fail(`takes a sequence, not a ${value.kind}, as input ${String(index + 1)}`);
}

/** A position that an operand holds, counted from the front; undefined where it is not known. */
function position(
  node: Node,
  index: number,
  length: number | undefined,
  otherwise: number,
): number | undefined {
  if (!node.has(index)) return otherwise;
  const at = node.numbers(index)?.[0];
  if (at === undefined || length === undefined) return undefined;
  const counted = at < 0 ? at + length : at;
  if (counted < 0 || counted > length) node.fail(`names position ${String(at)} of ${String(length)}`);
  return counted;
}

/** SequenceAt may take any item: those that differ are only as certain as their join. */
const at: Operator = {
  infer(node) {
    const { items, element } = sequenceOf(node, 0);
    const index = position(node, 1, items?.length, 0);
    if (index === undefined) return [element];
    return [
      items?.[index] ??
        (items === undefined
          ? element
          : node.fail(`names position ${String(index)} of ${String(items.length)}`)),
    ];
  },
  lower: moved,
};

const insert: Operator = {
  infer(node) {
    const { items, element } = sequenceOf(node, 0);
    const value = node.value(1);
    const index = position(node, 2, items?.length, items?.length ?? 0);
    if (items !== undefined && index !== undefined) return [sequence(items.toSpliced(index, 0, value))];
    return [
      {
        kind: 'sequence',
        element: element.kind === 'unknown' ? value : join(element, value),
        items: undefined,
      },
    ];
  },
  lower: moved,
};

const erase: Operator = {
  infer(node) {
    const { items, element } = sequenceOf(node, 0);
    const index = position(node, 1, items?.length, (items?.length ?? 1) - 1);
    return [
      items !== undefined && index !== undefined
        ? sequence(items.toSpliced(index, 1), element)
        : { kind: 'sequence', element, items: undefined },
    ];
  },
  lower: moved,
};

const length: Operator = {
  infer(node) {
    const { items } = sequenceOf(node, 0);
    return [filled('int64', [], items === undefined ? undefined : [items.length])];
  },
  lower: moved,
};

const splitToSequence: Operator = {
  infer(node) {
    const input = node.shape(0);
    const axis = node.axis(node.int('axis', 0), input.length);
    const extent = input[axis] ?? 1;
    const keep = node.has(1) || node.int('keepdims', 1) === 1;
    const sizes = node.has(1)
      ? splitSizes(node, extent)
      : isKnown(extent) && extent <= MOST_PARTS
        ? Array.from({ length: extent }, () => 1)
        : undefined;
    const part = (size: Extent): Value =>
      node.like(
        0,
        input.flatMap((dim, i) => (i === axis ? (keep ? [size] : []) : [dim])),
      );
    if (sizes !== undefined && sizes.length <= MOST_PARTS) return [sequence(sizes.map(part), part(0))];
    return [
      {
        kind: 'sequence',
        element: part(node.has(1) ? node.unknown(0, axis, bound(extent)) : 1),
        items: undefined,
      },
    ];
  },
  lower: moved,
};

/** More parts than these are not told apart. */
const MOST_PARTS = 4096;

/** One number: parts of that size, the last perhaps smaller; a list: the sizes. */
function splitSizes(node: Node, extent: Extent): readonly number[] | undefined {
  const given = node.numbers(1);
  if (given === undefined || !isKnown(extent))
    return given !== undefined && node.shape(1).length === 1 ? given : undefined;
  if (node.shape(1).length === 1) {
    if (given.reduce((a, b) => a + b, 0) !== extent)
      node.fail(`cannot split ${String(extent)} into ${given.join(' + ')}`);
    return given;
  }
  const [size = 1] = given;
  if (size < 1) node.fail(`splits into parts of ${String(size)}`);
  const parts = Math.ceil(extent / size);
  return parts > MOST_PARTS
    ? undefined
    : Array.from({ length: parts }, (_, i) => Math.min(size, extent - i * size));
}

const concatFromSequence: Operator = {
  infer(node) {
    const { items, element } = sequenceOf(node, 0);
    const fresh = node.int('new_axis', 0) === 1;
    const given = node.int('axis') ?? node.fail('has no attribute "axis"');
    const [first = element] = items ?? [];
    if (first.kind !== 'tensor' || first.shape === undefined) {
      return [tensor(first.kind === 'tensor' ? first.dtype : undefined, undefined)];
    }
    const { shape } = first;
    const axis = node.axis(given, shape.length + (fresh ? 1 : 0));
    const common = element.kind === 'tensor' ? (element.shape ?? shape) : shape;
    const total = fresh
      ? items?.length
      : items?.reduce<Extent | undefined>((sum, item) => {
          const dim = item.kind === 'tensor' ? item.shape?.[axis] : undefined;
          return sum === undefined || dim === undefined ? undefined : plus(sum, dim);
        }, 0);
    const extent = total ?? node.unknown(0, axis, undefined);
    return [
      tensor(
        first.dtype,
        fresh
          ? [...common.slice(0, axis), extent, ...common.slice(axis)]
          : common.map((dim, i) => (i === axis ? extent : dim)),
      ),
    ];
  },
  lower: moved,
};

const optional: Operator = {
  infer(node) {
    const held = node.inputs[0];
    if (held !== undefined) return [{ kind: 'optional', element: held, present: true }];
    const type = node.raw('type')?.tp;
    const element = valueOfType(
      type,
      (stated, axis) => (typeof stated === 'number' ? stated : node.unknown(0, axis, undefined)),
      {
        file: node.surroundings.file.name,
        name: node.label,
      },
    );
    return [{ kind: 'optional', element, present: false }];
  },
  lower: moved,
};

const getElement: Operator = {
  infer(node) {
    const value = node.value(0);
    if (value.kind !== 'optional') return [value];
    if (value.present === false) node.fail('takes the element of an optional that holds none');
    return [value.element];
  },
  lower: moved,
};

const hasElement: Operator = {
  infer(node) {
    const value = node.inputs[0];
    const there = value === undefined ? false : value.kind === 'optional' ? value.present : true;
    return [filled('bool', [], there === undefined ? undefined : [Number(there)])];
  },
  lower: moved,
};

export const SEQUENCE: Operators = {
  ConcatFromSequence: concatFromSequence,
  Optional: optional,
  OptionalGetElement: getElement,
  OptionalHasElement: hasElement,
  SequenceAt: at,
  SequenceConstruct: { infer: (node) => [sequence(node.inputs.map((_, i) => node.value(i)))], lower: moved },
  SequenceEmpty: {
    infer: (node) => [sequence([], tensor(dtypeOf(node.int('dtype', 1)), undefined))],
    lower: moved,
  },
  SequenceErase: erase,
  SequenceInsert: insert,
  SequenceLength: length,
  SplitToSequence: splitToSequence,
};
