/**
 * Extents as exporters write them in terms of symbols: `past_sequence_length + 1`, `2*s0`, `floor(h/2)`,
 * `Max(1, s77//4)`.
 *
 * @source what torch.export (sympy), optimum and onnxruntime's symbolic shape inference put into dim_param
 */
export type Expression =
  | { readonly kind: 'number'; readonly value: number }
  | { readonly kind: 'symbol'; readonly name: string }
  | { readonly kind: 'call'; readonly fn: FunctionName; readonly operands: readonly Expression[] };

/** The value of a symbol; undefined where it has none. */
export type SymbolValues = (name: string) => number | undefined;

const rest = (a: number, b: number): number => a - b * Math.floor(a / b);

const FUNCTIONS = {
  add: (a, b = 0) => a + b,
  subtract: (a, b = 0) => a - b,
  multiply: (a, b = 1) => a * b,
  divide: (a, b = 1) => a / b,
  floorDivide: (a, b = 1) => Math.floor(a / b),
  ceilDivide: (a, b = 1) => Math.ceil(a / b),
  modulo: (a, b = 1) => rest(a, b),
  power: (a, b = 1) => a ** b,
  floor: (a) => Math.floor(a),
  ceil: (a) => Math.ceil(a),
  truncate: (a) => Math.trunc(a),
  absolute: (a) => Math.abs(a),
  max: (...all) => Math.max(...all),
  min: (...all) => Math.min(...all),
} as const satisfies Record<string, (first: number, ...others: number[]) => number>;

type FunctionName = keyof typeof FUNCTIONS;

/** Functions by the name that they are written with, in lower case, with their number of operands. */
const CALLS = new Map<string, readonly [FunctionName, least: number, most: number]>([
  ['floor', ['floor', 1, 1]],
  ['ceil', ['ceil', 1, 1]],
  ['ceiling', ['ceil', 1, 1]],
  ['ceiltoint', ['ceil', 1, 1]],
  ['floortoint', ['floor', 1, 1]],
  ['int', ['truncate', 1, 1]],
  ['trunc', ['truncate', 1, 1]],
  ['trunctoint', ['truncate', 1, 1]],
  ['abs', ['absolute', 1, 1]],
  ['max', ['max', 1, 64]],
  ['min', ['min', 1, 64]],
  ['mod', ['modulo', 2, 2]],
  ['pythonmod', ['modulo', 2, 2]],
  ['floordiv', ['floorDivide', 2, 2]],
  ['cleandiv', ['floorDivide', 2, 2]],
  ['inttruediv', ['divide', 2, 2]],
  ['ceildiv', ['ceilDivide', 2, 2]],
  ['pow', ['power', 2, 2]],
]);

const TOKEN = /\s*(?:([0-9]+(?:\.[0-9]+)?)|([\p{L}_][\p{L}\p{N}_.]*)|(\/\/|\*\*|[-+*/%(),]))/uy;

const LONGEST = 512;
const DEEPEST = 32;

/** Left to right, the lower ones bind less. */
const INFIX: readonly ReadonlyMap<string, FunctionName>[] = [
  new Map([
    ['+', 'add'],
    ['-', 'subtract'],
  ]),
  new Map([
    ['*', 'multiply'],
    ['/', 'divide'],
    ['//', 'floorDivide'],
    ['%', 'modulo'],
  ]),
];

/** The text as an expression; undefined where it is none, as of a name with signs in it. */
export function parseExpression(text: string): Expression | undefined {
  if (text.length > LONGEST) return undefined;
  const tokens = tokensOf(text);
  if (tokens === undefined) return undefined;
  let at = 0;
  let depth = 0;
  const result = infix(0);
  return at === tokens.length ? result : undefined;

  function infix(level: number): Expression | undefined {
    const operators = INFIX[level];
    if (operators === undefined) return signed();
    let left = infix(level + 1);
    while (left !== undefined) {
      const fn = operators.get(tokens?.[at] ?? '');
      if (fn === undefined) return left;
      at++;
      const right = infix(level + 1);
      left = right === undefined ? undefined : { kind: 'call', fn, operands: [left, right] };
    }
    return undefined;
  }

  function signed(): Expression | undefined {
    if (tokens?.[at] !== '-') return power();
    at++;
    const operand = nested(signed);
    return operand === undefined
      ? undefined
      : { kind: 'call', fn: 'multiply', operands: [{ kind: 'number', value: -1 }, operand] };
  }

  function power(): Expression | undefined {
    const base = atom();
    if (base === undefined || tokens?.[at] !== '**') return base;
    at++;
    const exponent = nested(signed);
    return exponent === undefined ? undefined : { kind: 'call', fn: 'power', operands: [base, exponent] };
  }

  function atom(): Expression | undefined {
    const token = tokens?.[at++];
    if (token === undefined) return undefined;
    if (/^[0-9]/.test(token)) return { kind: 'number', value: Number(token) };
    if (token === '(') {
      const inner = nested(() => infix(0));
      return tokens?.[at++] === ')' ? inner : undefined;
    }
    if (!/^[\p{L}_]/u.test(token)) return undefined;
    if (tokens?.[at] !== '(') return { kind: 'symbol', name: token };
    const call = CALLS.get(token.toLowerCase());
    at++;
    const operands = list();
    if (call === undefined || operands === undefined) return undefined;
    const [fn, least, most] = call;
    return operands.length < least || operands.length > most ? undefined : { kind: 'call', fn, operands };
  }

  /** What stands between the brackets of a call. */
  function list(): readonly Expression[] | undefined {
    const operands: Expression[] = [];
    for (;;) {
      const operand = nested(() => infix(0));
      if (operand === undefined) return undefined;
      operands.push(operand);
      const next = tokens?.[at++];
      if (next === ')') return operands;
      if (next !== ',') return undefined;
    }
  }

  function nested(inner: () => Expression | undefined): Expression | undefined {
    if (depth >= DEEPEST) return undefined;
    depth++;
    const found = inner();
    depth--;
    return found;
  }
}

function tokensOf(text: string): readonly string[] | undefined {
  const tokens: string[] = [];
  const trimmed = text.trim();
  TOKEN.lastIndex = 0;
  while (TOKEN.lastIndex < trimmed.length) {
    const match = TOKEN.exec(trimmed);
    if (match === null) return undefined;
    tokens.push(match[0].trim());
  }
  return tokens.length === 0 ? undefined : tokens;
}

/** Every symbol that the expression reads, once. */
export function symbolsOf(expression: Expression, found = new Set<string>()): ReadonlySet<string> {
  if (expression.kind === 'symbol') found.add(expression.name);
  if (expression.kind === 'call') for (const operand of expression.operands) symbolsOf(operand, found);
  return found;
}

/** The value, which may be no whole number; undefined where a symbol has none. */
export function evaluate(expression: Expression, valueOf: SymbolValues): number | undefined {
  if (expression.kind === 'number') return expression.value;
  if (expression.kind === 'symbol') return valueOf(expression.name);
  const operands: number[] = [];
  for (const operand of expression.operands) {
    const value = evaluate(operand, valueOf);
    if (value === undefined) return undefined;
    operands.push(value);
  }
  const [first = Number.NaN, ...others] = operands;
  const fn: (a: number, ...b: number[]) => number = FUNCTIONS[expression.fn];
  return fn(first, ...others);
}

/** constant + factor * symbol */
interface Linear {
  readonly constant: number;
  readonly factor: number;
  readonly symbol: string | undefined;
}

/** The expression as one that is linear in a single symbol without a value; undefined where it is not. */
function linear(expression: Expression, valueOf: SymbolValues): Linear | undefined {
  const known = evaluate(expression, valueOf);
  if (known !== undefined) return { constant: known, factor: 0, symbol: undefined };
  if (expression.kind === 'symbol') return { constant: 0, factor: 1, symbol: expression.name };
  if (expression.kind === 'number') return undefined;
  const [a, b] = expression.operands.map((operand) => linear(operand, valueOf));
  if (a === undefined || b === undefined) return undefined;
  switch (expression.fn) {
    case 'add':
    case 'subtract': {
      if (a.symbol !== undefined && b.symbol !== undefined && a.symbol !== b.symbol) return undefined;
      const sign = expression.fn === 'add' ? 1 : -1;
      return {
        constant: a.constant + sign * b.constant,
        factor: a.factor + sign * b.factor,
        symbol: a.symbol ?? b.symbol,
      };
    }
    case 'multiply': {
      const [fixed, open] = a.symbol === undefined ? [a, b] : [b, a];
      return fixed.symbol === undefined ? scaled(open, fixed.constant) : undefined;
    }
    case 'divide':
      return b.symbol === undefined && b.constant !== 0 ? scaled(a, 1 / b.constant) : undefined;
    default:
      return undefined;
  }
}

const scaled = ({ constant, factor, symbol }: Linear, by: number): Linear => ({
  constant: constant * by,
  factor: factor * by,
  symbol,
});

/**
 * The one symbol without a value, and the one it must have for the expression to be `value`; undefined where there
 * are several, or the expression is not linear in it.
 */
export function solve(
  expression: Expression,
  value: number,
  valueOf: SymbolValues,
): { readonly symbol: string; readonly value: number } | undefined {
  const found = linear(expression, valueOf);
  if (found?.symbol === undefined || found.factor === 0) return undefined;
  const { symbol } = found;
  // Divisions leave errors of rounding; extents are whole numbers.
  const solution = Math.round((value - found.constant) / found.factor);
  const back = evaluate(expression, (name) => (name === symbol ? solution : valueOf(name)));
  return back === value ? { symbol, value: solution } : undefined;
}
