import type { Primitive, Work } from '../../src/ops/spec.ts';

/**
 * Arithmetic that counts itself: a formula written with it gives its value and, beside it, the work that it takes.
 * A choice between two values is a comparison; a change of sign and rounding to a whole number are none.
 */
export interface Arithmetic {
  readonly add: (a: number, b: number) => number;
  readonly sub: (a: number, b: number) => number;
  readonly mul: (a: number, b: number) => number;
  readonly div: (a: number, b: number) => number;
  readonly max: (a: number, b: number) => number;
  readonly min: (a: number, b: number) => number;
  readonly abs: (x: number) => number;
  readonly greater: (a: number, b: number) => boolean;
  readonly less: (a: number, b: number) => boolean;
  readonly equal: (a: number, b: number) => boolean;
  /** exp, log, tanh, ... of a number */
  readonly call: (f: (x: number) => number, x: number) => number;
  /** of all, an accumulator that starts at 0 taking in one after the other */
  readonly sum: (all: readonly number[]) => number;
  /** of all, an accumulator that starts at minus infinity taking in one after the other */
  readonly maximum: (all: readonly number[]) => number;
}

export type Formula = (on: Arithmetic) => unknown;

/** The work that a formula does, and its value. */
export function trace<V>(formula: (on: Arithmetic) => V): { readonly work: Work; readonly value: V } {
  const work: Partial<Record<Primitive, number>> = {};
  const counting =
    <A extends unknown[], R>(primitive: Primitive, f: (...args: A) => R) =>
    (...args: A): R => {
      work[primitive] = (work[primitive] ?? 0) + 1;
      return f(...args);
    };
  const add = counting('add', (a: number, b: number) => a + b);
  const max = counting('compare', (a: number, b: number) => Math.max(a, b));
  const value = formula({
    add,
    sub: counting('add', (a, b) => a - b),
    mul: counting('mul', (a, b) => a * b),
    div: counting('divide', (a, b) => a / b),
    max,
    min: counting('compare', (a, b) => Math.min(a, b)),
    abs: counting('compare', Math.abs),
    greater: counting('compare', (a, b) => a > b),
    less: counting('compare', (a, b) => a < b),
    equal: counting('compare', (a, b) => a === b),
    call: counting('transcendental', (f, x) => f(x)),
    sum: (all) => all.reduce(add, 0),
    maximum: (all) => all.reduce(max, -Infinity),
  });
  return { work, value };
}

/** What a formula does, so many times. */
export function times(count: number, formula: Formula): Work {
  const once = Object.entries(trace(formula).work) as [Primitive, number][];
  return Object.fromEntries(once.map(([primitive, each]) => [primitive, each * count]));
}

/** Numbers on every side of the bends of the functions that are in use. */
const PLACES = [-5, -3.5, -0.5, 0, 0.5, 1.5, 2.5, 3.5, 5, 7];

/** What a formula of one number does at most, so many times: the costliest of its branches. */
export function atMost(count: number, formula: (on: Arithmetic, x: number) => unknown): Work {
  const work: Partial<Record<Primitive, number>> = {};
  for (const x of PLACES) {
    for (const [primitive, each] of Object.entries(times(count, (on) => formula(on, x))) as [
      Primitive,
      number,
    ][]) {
      work[primitive] = Math.max(work[primitive] ?? 0, each);
    }
  }
  return work;
}

/** So many numbers, none like another. */
export const numbers = (count: number): readonly number[] =>
  Array.from({ length: count }, (_, i) => ((i * 7) % count) + 0.5);

/** The work of several steps together. */
export function together(...steps: readonly Work[]): Work {
  const sum: Partial<Record<Primitive, number>> = {};
  for (const step of steps)
    for (const [primitive, count] of Object.entries(step) as [Primitive, number][])
      sum[primitive] = (sum[primitive] ?? 0) + count;
  return sum;
}
