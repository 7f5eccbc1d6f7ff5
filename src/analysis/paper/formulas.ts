import {
  isConstantNode,
  isOperatorNode,
  isParenthesisNode,
  isSymbolNode,
  parse,
  type MathNode,
} from 'mathjs';

/**
 * A formula of the paper, proven symbolically: its two sides differ by an expression that simplifies to 0.
 */
export interface Formula {
  readonly id: string;
  /** what the paper says */
  readonly statement: string;
  /** the identity whose difference must vanish */
  readonly identity: string;
  readonly source: string;
}

/**
 * The paper's formulas as identities of polynomials. A sum over layers is proven by induction over m: the
 * formula is 0 without layers, and each further layer adds what that layer reads and makes.
 */
export const FORMULAS: readonly Formula[] = [
  {
    id: 'dense block, no layers',
    statement: 'CIO of a dense block = c m + (m^2 + m) d / 2',
    identity: 'c*0 + (0^2+0)*d/2',
    source: 'arXiv 1911.11929, section 3.1: m layers of growth rate d on c channels, per position of the map',
  },
  {
    id: 'dense block, one more layer',
    statement: 'layer m reads c + (m - 1) d channels and makes d',
    identity: '(c*m + (m^2+m)*d/2) - (c*(m-1) + ((m-1)^2+(m-1))*d/2) - (c + (m-1)*d) - d',
    source: 'arXiv 1911.11929, section 3.1',
  },
  {
    id: 'partial dense block, no layers',
    statement: 'CIO of a partial dense block = (c m + (m^2 + m) d) / 2',
    identity: '(c*0 + (0^2+0)*d)/2',
    source: 'arXiv 1911.11929, section 3.1: half of the channels enter the block',
  },
  {
    id: 'partial dense block, one more layer',
    statement: 'layer m reads c / 2 + (m - 1) d channels and makes d',
    identity: '(c*m + (m^2+m)*d)/2 - (c*(m-1) + ((m-1)^2+(m-1))*d)/2 - (c/2 + (m-1)*d) - d',
    source: 'arXiv 1911.11929, section 3.1',
  },
  {
    id: 'half the input channels, at most half the CIO',
    statement: 'dense block - partial dense block = c m / 2',
    identity: '(c*m + (m^2+m)*d/2) - (c*m + (m^2+m)*d)/2 - c*m/2',
    source: 'the two formulas',
  },
  {
    id: 'lower bound of memory access cost',
    statement: 'hw (c1 + c2) + c1 c2 is least for given hw c1 c2 where c1 = c2: (c1 + c2)^2 >= 4 c1 c2',
    identity: '(c1+c2)^2 - 4*c1*c2 - (c1-c2)^2',
    source: 'arXiv 1807.11164, guideline G1; arXiv 1911.11929, section 3.2',
  },
];

export interface FormulaProof extends Formula {
  /** what the identity's difference simplifies to */
  readonly remainder: string;
  readonly holds: boolean;
}

/** Each formula with what is left of the difference of its sides. */
export function proveFormulas(): readonly FormulaProof[] {
  return FORMULAS.map((formula) => {
    const remainder = formatTerms(collect(parse(formula.identity)));
    return { ...formula, remainder, holds: remainder === '0' };
  });
}

/** A polynomial: coefficient by monomial, a monomial being its variables in order, `c m m`. */
type Terms = ReadonlyMap<string, number>;

/** An expression expanded, like terms together; mathjs itself leaves them apart where there are several variables. */
function collect(node: MathNode): Terms {
  if (isParenthesisNode(node)) return collect(node.content);
  if (isConstantNode(node)) return new Map([['', node.value]]);
  if (isSymbolNode(node)) return new Map([[node.name, 1]]);
  if (!isOperatorNode(node)) throw new RangeError(`${node.toString()} is no polynomial`);
  const [left, right] = node.args as [MathNode, MathNode?];
  if (right === undefined) return scaled(collect(left), node.fn === 'unaryMinus' ? -1 : 1);
  switch (node.fn) {
    case 'add':
      return sum(collect(left), collect(right));
    case 'subtract':
      return sum(collect(left), scaled(collect(right), -1));
    case 'multiply':
      return product(collect(left), collect(right));
    case 'divide':
      return scaled(collect(left), 1 / constantOf(collect(right)));
    case 'pow':
      return Array.from({ length: constantOf(collect(right)) }, () => collect(left)).reduce(
        product,
        new Map([['', 1]]),
      );
    default:
      throw new RangeError(`${node.toString()} is no polynomial`);
  }
}

function constantOf(terms: Terms): number {
  const value = terms.get('');
  if (value === undefined || terms.size !== 1) throw new RangeError('a number is expected');
  return value;
}

const scaled = (terms: Terms, factor: number): Terms =>
  new Map([...terms].map(([monomial, coefficient]) => [monomial, coefficient * factor]));

function sum(a: Terms, b: Terms): Terms {
  const result = new Map(a);
  for (const [monomial, coefficient] of b) {
    const before = result.get(monomial);
    const total = before === undefined ? coefficient : before + coefficient;
    if (total === 0) result.delete(monomial);
    else result.set(monomial, total);
  }
  return result;
}

function product(a: Terms, b: Terms): Terms {
  let result: Terms = new Map();
  for (const [x, p] of a) {
    for (const [y, q] of b) {
      const monomial = [...x.split(' '), ...y.split(' ')]
        .filter((name) => name !== '')
        .sort()
        .join(' ');
      result = sum(result, new Map([[monomial, p * q]]));
    }
  }
  return result;
}

const formatTerms = (terms: Terms): string => {
  const left = [...terms].filter(([, coefficient]) => coefficient !== 0);
  return left.length === 0
    ? '0'
    : left.map(([monomial, coefficient]) => `${String(coefficient)} ${monomial}`.trim()).join(' + ');
};

/** CIO per position of a dense block of `layers` layers of growth rate `growth` on `channels` channels. */
export const denseBlockCio = (channels: number, layers: number, growth: number): number =>
  channels * layers + ((layers ** 2 + layers) * growth) / 2;

/** The same with half of the channels entering the block. */
export const partialDenseBlockCio = (channels: number, layers: number, growth: number): number =>
  (channels * layers + (layers ** 2 + layers) * growth) / 2;
