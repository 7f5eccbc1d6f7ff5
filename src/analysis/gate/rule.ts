import {
  create,
  isAccessorNode,
  isConstantNode,
  isFunctionNode,
  isOperatorNode,
  isParenthesisNode,
  isRelationalNode,
  isSymbolNode,
  parseDependencies,
  type MathNode,
} from 'mathjs/number';
import { closest } from '../../closest.ts';
import { excerpt } from '../../diagnostics.ts';
import { isProblem, type Problem } from '../../ops/spec.ts';
import { GATE_METRICS, UNITS } from './metrics.ts';

/** The parser alone: a fifth of the library. */
const { parse } = create(parseDependencies ?? {});

/** Longer expressions, and deeper parentheses, are refused unread. */
const MOST_CHARACTERS = 500;
const MOST_PARENTHESES = 30;

/** Values by name: `flops`, `baseline.flops`, `bottleneck.share`. */
export type Names = (name: string) => number | undefined;

/** A condition on a network's numbers, checked node by node before anything is evaluated. */
export interface Rule {
  /** the condition, as it was written but for blanks */
  readonly expression: string;
  /** the names of metrics that it uses, in the order of their first use */
  readonly names: readonly string[];
  /** whether it holds, or why it says nothing */
  readonly holds: (names: Names) => boolean | Problem;
}

/** A checked part of an expression; its value is undefined where it is no finite number. */
type Term =
  | { readonly type: 'number'; readonly value: (names: Values) => number | undefined }
  | { readonly type: 'condition'; readonly value: (names: Values) => boolean | undefined };

type Values = ReadonlyMap<string, number>;

const OWN_NAMES: readonly string[] = [
  ...GATE_METRICS.map(({ id }) => id),
  ...['flops', 'share', 'maxOverMean'].map((name) => `bottleneck.${name}`),
];

/** Every name that a rule of a gate may use. */
const NAMES: readonly string[] = [...OWN_NAMES, ...OWN_NAMES.map((name) => `baseline.${name}`)];

/** What one of each unit is; single letters stay free for names. */
const UNIT_FACTORS: ReadonlyMap<string, number> = new Map(
  [...UNITS.values()].flatMap((units) => [...units].filter(([name]) => name.length > 1)),
);

type Arithmetic = readonly [arity: number, apply: (...values: number[]) => number];
type Comparison = (a: number, b: number) => boolean;
type Logic = readonly [arity: number, apply: (...values: boolean[]) => boolean];

/** Operators by mathjs' names. */
const ARITHMETIC: ReadonlyMap<string, Arithmetic> = new Map<string, Arithmetic>([
  ['add', [2, (a, b) => a + b]],
  ['subtract', [2, (a, b) => a - b]],
  ['multiply', [2, (a, b) => a * b]],
  ['divide', [2, (a, b) => a / b]],
  ['unaryMinus', [1, (a) => -a]],
  ['unaryPlus', [1, (a) => a]],
]);

const COMPARISONS: ReadonlyMap<string, Comparison> = new Map<string, Comparison>([
  ['smaller', (a, b) => a < b],
  ['smallerEq', (a, b) => a <= b],
  ['larger', (a, b) => a > b],
  ['largerEq', (a, b) => a >= b],
  ['equal', (a, b) => a === b],
  ['unequal', (a, b) => a !== b],
]);

const LOGIC: ReadonlyMap<string, Logic> = new Map<string, Logic>([
  ['and', [2, (a, b) => a && b]],
  ['or', [2, (a, b) => a || b]],
  ['not', [1, (a) => !a]],
]);

const ANY = -1;

const FUNCTIONS: ReadonlyMap<string, Arithmetic> = new Map<string, Arithmetic>([
  ['min', [ANY, Math.min]],
  ['max', [ANY, Math.max]],
  ['abs', [1, (a) => Math.abs(a)]],
]);

const ALLOWED =
  'use names of metrics, numbers with units, + - * /, comparisons, and, or, not, min, max, abs and parentheses';

/**
 * A rule from its text. Names of metrics, numbers (with units), arithmetic, comparison, and, or, not, min, max and
 * abs are all there is; anything else is refused with its place, and nothing is run but what was checked.
 */
export function parseRule(text: string): Rule | Problem {
  return parseCondition(text, NAMES);
}

/** The same over names of the caller's, which come in place of those of a gate. */
export function parseCondition(text: string, own: readonly string[]): Rule | Problem {
  const allowed: ReadonlySet<string> = new Set(own);
  const expression = text.trim().replace(/\s+/g, ' ');
  const refused = checkWords(expression, allowed);
  if (refused !== undefined) return refused;
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
  const term = check(tree, { names, allowed });
  if (isProblem(term)) return term;
  if (term.type !== 'condition') {
    return {
      problem: `"${excerpt(expression)}" is a number, no condition`,
      fix: 'compare it with a limit: <= 1.02',
    };
  }
  return {
    expression,
    names: [...names],
    holds(valueOf) {
      const values = new Map<string, number>();
      for (const name of names) {
        const value = valueOf(name);
        if (value === undefined) {
          return {
            problem: `${name} is not known`,
            fix: name.startsWith('baseline.') ? 'give the target a baseline' : 'use another metric',
          };
        }
        values.set(name, value);
      }
      return (
        term.value(values) ?? {
          problem: `"${excerpt(expression)}" divides by 0 or leaves the range of numbers`,
          fix: 'compare without a division: flops <= 1.02 * baseline.flops',
        }
      );
    },
  };
}

const WORD =
  /(?<space> )|(?<number>\d+(?:\.\d+)?(?:e[+-]?\d+)?)|(?<name>[a-z_][a-z_0-9]*(?:\.[a-z_][a-z_0-9]*)*)|<=|>=|==|!=|[-+*/()<>,]/iy;

/** What is wrong with the words of an expression, before anything tries to understand them. */
function checkWords(expression: string, allowed: ReadonlySet<string>): Problem | undefined {
  const at = (i: number): string => `at character ${String(i + 1)} of "${excerpt(expression)}"`;
  if (expression === '')
    return { problem: 'the expression is empty', fix: 'write a condition such as flops <= 8 GFLOP' };
  if (expression.length > MOST_CHARACTERS) {
    return {
      problem: `the expression ${at(MOST_CHARACTERS)} goes on to ${String(expression.length)} characters`,
      fix: `use at most ${String(MOST_CHARACTERS)}`,
    };
  }
  let depth = 0;
  for (let i = 0; i < expression.length; i = WORD.lastIndex) {
    WORD.lastIndex = i;
    const match = WORD.exec(expression);
    if (match === null) {
      const character = String.fromCodePoint(expression.codePointAt(i) as number);
      return { problem: `${at(i)}, "${character}" is not allowed in a rule`, fix: ALLOWED };
    }
    const [word] = match;
    if (word === '(' && ++depth > MOST_PARENTHESES) {
      return {
        problem: `${at(i)}, parentheses are too deep`,
        fix: `nest at most ${String(MOST_PARENTHESES)}`,
      };
    }
    if (word === ')') depth--;
    const name = match.groups?.['name'];
    if (
      name === undefined ||
      allowed.has(name) ||
      UNIT_FACTORS.has(name) ||
      FUNCTIONS.has(name) ||
      LOGIC.has(name)
    ) {
      continue;
    }
    const near = closest(name, [...allowed]);
    return {
      problem: `${at(i)}, there is no metric "${excerpt(name)}"`,
      fix:
        near.length > 0
          ? `did you mean ${near.join(' or ')}?`
          : `${ALLOWED}; metrics are ${ownOf(allowed).join(', ')}`,
    };
  }
  return undefined;
}

const refuse = (node: MathNode, why = 'is not allowed in a rule', fix = ALLOWED): Problem => ({
  problem: `"${excerpt(node.toString())}" ${why}`,
  fix,
});

/** The names that an expression may use, and those that it does. */
interface Uses {
  readonly allowed: ReadonlySet<string>;
  readonly names: Set<string>;
}

/** The names that people are told of: not each a second time for the baseline. */
const ownOf = (allowed: ReadonlySet<string>): readonly string[] =>
  [...allowed].filter((name) => !name.startsWith('baseline.'));

function check(node: MathNode, uses: Uses): Term | Problem {
  if (isParenthesisNode(node)) return check(node.content, uses);
  if (isConstantNode(node)) {
    const { value } = node;
    return typeof value === 'number' && Number.isFinite(value)
      ? { type: 'number', value: () => value }
      : refuse(node);
  }
  if (isSymbolNode(node) || isAccessorNode(node)) return checkName(node, uses);
  if (isRelationalNode(node)) return checkChain(node.conditionals, node.params, uses, node);
  if (isOperatorNode(node)) {
    const [left, right] = node.args as readonly MathNode[];
    // `8 GFLOP` multiplies; `flops cio` would as well.
    if (node.implicit && !(isNumber(left) && isUnit(right)))
      return refuse(node, 'has no operator between its parts');
    if (COMPARISONS.has(node.fn)) return checkChain([node.fn], node.args, uses, node);
    const logic = LOGIC.get(node.fn);
    return logic === undefined
      ? checkArithmetic(ARITHMETIC.get(node.fn), node.args, uses, node)
      : checkLogic(logic, node.args, uses, node);
  }
  if (isFunctionNode(node) && isSymbolNode(node.fn)) {
    return checkArithmetic(FUNCTIONS.get(node.fn.name), node.args, uses, node);
  }
  return refuse(node);
}

const isUnit = (node: MathNode | undefined): boolean =>
  node !== undefined && isSymbolNode(node) && UNIT_FACTORS.has(node.name);

/** `8`, `1 / 2` */
const isNumber = (node: MathNode | undefined): boolean =>
  node !== undefined && (isConstantNode(node) || (isOperatorNode(node) && node.args.every(isConstantNode)));

/** `baseline.flops` as one text; undefined for what is no chain of names. */
function pathOf(node: MathNode): string | undefined {
  if (isSymbolNode(node)) return node.name;
  if (!isAccessorNode(node) || node.name === '') return undefined;
  const base = pathOf(node.object);
  return base === undefined ? undefined : `${base}.${node.name}`;
}

function checkName(node: MathNode, uses: Uses): Term | Problem {
  const path = pathOf(node);
  if (path === undefined) return refuse(node);
  const factor = UNIT_FACTORS.get(path);
  if (factor !== undefined) return { type: 'number', value: () => factor };
  if (!uses.allowed.has(path)) return refuse(node, 'is no metric', `use ${ownOf(uses.allowed).join(', ')}`);
  uses.names.add(path);
  return { type: 'number', value: (values) => values.get(path) };
}

/** The values of all terms, or undefined where one has none. */
function every<V>(
  terms: readonly { readonly value: (values: Values) => V | undefined }[],
  values: Values,
): readonly V[] | undefined {
  const results: V[] = [];
  for (const term of terms) {
    const result = term.value(values);
    if (result === undefined) return undefined;
    results.push(result);
  }
  return results;
}

function checkArithmetic(
  operation: Arithmetic | undefined,
  args: readonly MathNode[],
  uses: Uses,
  node: MathNode,
): Term | Problem {
  const [arity, apply] = operation ?? [];
  if (arity === undefined || apply === undefined) return refuse(node);
  const operands = checkAll('number', arity, args, uses, node);
  if (isProblem(operands)) return operands;
  return {
    type: 'number',
    value(values) {
      const known = every(operands, values);
      const result = known === undefined ? undefined : apply(...known);
      return Number.isFinite(result) ? result : undefined;
    },
  };
}

function checkLogic(
  [arity, apply]: Logic,
  args: readonly MathNode[],
  uses: Uses,
  node: MathNode,
): Term | Problem {
  const operands = checkAll('condition', arity, args, uses, node);
  if (isProblem(operands)) return operands;
  return {
    type: 'condition',
    value(values) {
      const known = every(operands, values);
      return known === undefined ? undefined : apply(...known);
    },
  };
}

/** Comparisons one behind the other, `a < b <= c`: every neighbouring pair must hold. */
function checkChain(
  comparisons: readonly string[],
  args: readonly MathNode[],
  uses: Uses,
  node: MathNode,
): Term | Problem {
  const operands = checkAll('number', comparisons.length + 1, args, uses, node);
  if (isProblem(operands)) return operands;
  return {
    type: 'condition',
    value: (values) =>
      every(operands, values)?.every(
        (right, i, all) =>
          i === 0 || COMPARISONS.get(comparisons[i - 1] as string)?.(all[i - 1] as number, right) === true,
      ),
  };
}

/** The operands, all of one type. */
function checkAll<T extends Term['type']>(
  type: T,
  arity: number,
  args: readonly MathNode[],
  uses: Uses,
  node: MathNode,
): readonly Extract<Term, { readonly type: T }>[] | Problem {
  if (args.length === 0 || (arity !== ANY && args.length !== arity)) {
    return refuse(node, `has ${String(args.length)} operand${args.length === 1 ? '' : 's'}`, ALLOWED);
  }
  const terms: Extract<Term, { readonly type: T }>[] = [];
  for (const arg of args) {
    const term = check(arg, uses);
    if (isProblem(term)) return term;
    if (!hasType(term, type)) {
      return type === 'number'
        ? refuse(
            arg,
            `is a condition inside "${excerpt(node.toString())}"`,
            'join conditions with and, or, not',
          )
        : refuse(arg, `is a number inside "${excerpt(node.toString())}"`, 'compare it with something first');
    }
    terms.push(term);
  }
  return terms;
}

const hasType = <T extends Term['type']>(term: Term, type: T): term is Extract<Term, { readonly type: T }> =>
  term.type === type;
