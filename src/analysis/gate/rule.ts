import {
  isConstantNode,
  isFunctionNode,
  isOperatorNode,
  isParenthesisNode,
  isRelationalNode,
  isSymbolNode,
  isAccessorNode,
  isIndexNode,
  parse,
  type MathNode,
} from 'mathjs';
import { excerpt } from '../../diagnostics.ts';
import { isProblem, type Problem } from '../../ops/spec.ts';
import { GATE_METRICS, UNITS } from './metrics.ts';

/** Longer expressions than this are refused unread. */
const MOST_CHARACTERS = 500;

/** Values by name: `flops`, `baseline.flops`, `bottleneck.share`. */
export type Names = (name: string) => number | undefined;

/** A condition on a network's numbers, checked node by node before anything is evaluated. */
export interface Rule {
  readonly expression: string;
  /** the names of metrics that it uses */
  readonly names: readonly string[];
  /** whether it holds, or why it says nothing */
  readonly holds: (names: Names) => boolean | Problem;
}

type Value = number | boolean;
type Evaluate = (names: Names) => Value | Problem;

const BOTTLENECK = ['flops', 'share', 'maxOverMean'] as const;

/** Every name that a rule may use. */
export const RULE_NAMES: readonly string[] = (() => {
  const own = [...GATE_METRICS.map(({ id }) => id), ...BOTTLENECK.map((name) => `bottleneck.${name}`)];
  return [...own, ...own.map((name) => `baseline.${name}`)];
})();

const UNIT_FACTORS: ReadonlyMap<string, number> = new Map(
  Object.values(UNITS).flatMap((units) => [...units].filter(([name]) => /^[A-Za-z]{2,}$/.test(name))),
);

/**
 * A rule from its text. Names of metrics, numbers (with units), arithmetic, comparison, and, or, not, min, max
 * and abs are all there is; anything else is refused with its place, and nothing is ever run but this.
 */
export function parseRule(expression: string): Rule | Problem {
  if (expression.length > MOST_CHARACTERS) {
    return { problem: `the expression has ${String(expression.length)} characters`, fix: `use at most ${String(MOST_CHARACTERS)}` };
  }
  let tree: MathNode;
  try {
    tree = parse(expression);
  } catch (error) {
    return {
      problem: `"${excerpt(expression)}" is no expression: ${error instanceof Error ? error.message : String(error)}`,
      fix: 'write a comparison such as flops / baseline.flops <= 1.02',
    };
  }
  const names = new Set<string>();
  const evaluate = compile(tree, names);
  if (isProblem(evaluate)) return evaluate;
  return {
    expression,
    names: [...names],
    holds(values) {
      const result = evaluate(values);
      if (typeof result === 'boolean' || typeof result === 'object') return result;
      return { problem: `"${excerpt(expression)}" gives the number ${String(result)}`, fix: 'compare it with a limit: <= 1.02' };
    },
  };
}

const refuse = (node: MathNode): Problem => ({
  problem: `"${excerpt(node.toString())}" is not allowed in a rule`,
  fix: 'use names of metrics, numbers, + - * /, comparisons, and, or, not, min, max and abs',
});

function compile(node: MathNode, names: Set<string>): Evaluate | Problem {
  if (isParenthesisNode(node)) return compile(node.content, names);
  if (isConstantNode(node)) {
    const { value } = node;
    return typeof value === 'number' && Number.isFinite(value) ? () => value : refuse(node);
  }
  if (isSymbolNode(node) || isAccessorNode(node)) return compileName(node, names);
  if (isRelationalNode(node)) return compileChain(node.conditionals, node.params, names, node);
  if (isOperatorNode(node)) return compileOperation(OPERATORS, node.fn, node.args, names, node);
  if (isFunctionNode(node) && isSymbolNode(node.fn)) return compileOperation(FUNCTIONS, node.fn.name, node.args, names, node);
  return refuse(node);
}

/** `baseline.flops` as one text; undefined for what is no chain of names. */
function pathOf(node: MathNode): string | undefined {
  if (isSymbolNode(node)) return node.name;
  if (!isAccessorNode(node) || !isIndexNode(node.index)) return undefined;
  const [key] = node.index.dimensions;
  const base = pathOf(node.object);
  return base !== undefined && key !== undefined && isConstantNode(key) && typeof key.value === 'string'
    ? `${base}.${key.value}`
    : undefined;
}

function compileName(node: MathNode, names: Set<string>): Evaluate | Problem {
  const path = pathOf(node);
  if (path === undefined) return refuse(node);
  const unit = UNIT_FACTORS.get(path);
  if (unit !== undefined) return () => unit;
  if (!RULE_NAMES.includes(path)) {
    return {
      problem: `there is no metric "${excerpt(path)}"`,
      fix: `use ${GATE_METRICS.map(({ id }) => id).join(', ')}, bottleneck.share, bottleneck.maxOverMean, or baseline. and one of them`,
    };
  }
  names.add(path);
  return (values) =>
    values(path) ?? {
      problem: `${path} is not known`,
      fix: path.startsWith('baseline.') ? 'give the target a baseline' : 'check what the network does not count',
    };
}

type Operation = (values: readonly Value[]) => Value | undefined;

const numbers =
  (apply: (...values: number[]) => Value): Operation =>
  (values) =>
    values.every((value) => typeof value === 'number') ? apply(...(values as number[])) : undefined;

const booleans =
  (apply: (...values: boolean[]) => boolean): Operation =>
  (values) =>
    values.every((value) => typeof value === 'boolean') ? apply(...(values as boolean[])) : undefined;

const compare = (apply: (a: number, b: number) => boolean): Operation => numbers((a, b) => apply(a as number, b as number));

/** Operators by mathjs' names, with the number of operands. */
const OPERATORS: ReadonlyMap<string, readonly [arity: number, Operation]> = new Map([
  ['add', [2, numbers((a, b) => (a as number) + (b as number))]],
  ['subtract', [2, numbers((a, b) => (a as number) - (b as number))]],
  ['multiply', [2, numbers((a, b) => (a as number) * (b as number))]],
  ['divide', [2, numbers((a, b) => (a as number) / (b as number))]],
  ['unaryMinus', [1, numbers((a) => -(a as number))]],
  ['unaryPlus', [1, numbers((a) => a as number)]],
  ['smaller', [2, compare((a, b) => a < b)]],
  ['smallerEq', [2, compare((a, b) => a <= b)]],
  ['larger', [2, compare((a, b) => a > b)]],
  ['largerEq', [2, compare((a, b) => a >= b)]],
  ['equal', [2, compare((a, b) => a === b)]],
  ['unequal', [2, compare((a, b) => a !== b)]],
  ['and', [2, booleans((a, b) => a === true && b === true)]],
  ['or', [2, booleans((a, b) => a === true || b === true)]],
  ['not', [1, booleans((a) => a !== true)]],
]);

const ANY = -1;

const FUNCTIONS: ReadonlyMap<string, readonly [arity: number, Operation]> = new Map([
  ['min', [ANY, numbers((...values) => Math.min(...values))]],
  ['max', [ANY, numbers((...values) => Math.max(...values))]],
  ['abs', [1, numbers((a) => Math.abs(a as number))]],
]);

function compileOperation(
  table: ReadonlyMap<string, readonly [arity: number, Operation]>,
  name: string,
  args: readonly MathNode[],
  names: Set<string>,
  node: MathNode,
): Evaluate | Problem {
  const [arity, apply] = table.get(name) ?? [];
  if (arity === undefined || apply === undefined || args.length === 0 || (arity !== ANY && args.length !== arity)) {
    return refuse(node);
  }
  const operands: Evaluate[] = [];
  for (const arg of args) {
    const operand = compile(arg, names);
    if (isProblem(operand)) return operand;
    operands.push(operand);
  }
  return (values) => {
    const results: Value[] = [];
    for (const operand of operands) {
      const result = operand(values);
      if (typeof result === 'object') return result;
      results.push(result);
    }
    const result = apply(results);
    if (result === undefined) {
      return {
        problem: `"${excerpt(node.toString())}" mixes numbers and conditions`,
        fix: 'compare numbers with each other, and join conditions with and, or',
      };
    }
    return typeof result === 'number' && !Number.isFinite(result)
      ? { problem: `"${excerpt(node.toString())}" is ${String(result)}`, fix: 'divide by something that is not 0' }
      : result;
  };
}

/** `a < b <= c`: every neighbouring pair must hold. */
function compileChain(
  conditionals: readonly string[],
  params: readonly MathNode[],
  names: Set<string>,
  node: MathNode,
): Evaluate | Problem {
  const pairs: Evaluate[] = [];
  for (const [i, name] of conditionals.entries()) {
    const [left, right] = [params[i], params[i + 1]];
    if (left === undefined || right === undefined) return refuse(node);
    const pair = compileOperation(OPERATORS, name, [left, right], names, node);
    if (isProblem(pair)) return pair;
    pairs.push(pair);
  }
  return (values) => {
    for (const pair of pairs) {
      const result = pair(values);
      if (result !== true) return result;
    }
    return true;
  };
}
