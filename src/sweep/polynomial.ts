/** A polynomial through points, and how far from it they are. */
export interface Polynomial {
  /** of x^0, x^1, ...: exact as numerator over denominator where the residual is 0 */
  readonly coefficients: readonly Fraction[];
  /** the largest distance of a point, as a share of its value: 0 where all points lie on it */
  readonly residual: number;
}

const MOST_DEGREES = 4;

/** A quotient of whole numbers in lowest terms; the denominator is positive. */
export interface Fraction {
  /** with the sign */
  readonly numerator: bigint;
  /** at least 1 */
  readonly denominator: bigint;
}

const ZERO: Fraction = { numerator: 0n, denominator: 1n };

function fraction(numerator: bigint, denominator: bigint): Fraction {
  let [a, b] = [numerator < 0n ? -numerator : numerator, denominator < 0n ? -denominator : denominator];
  while (b !== 0n) [a, b] = [b, a % b];
  const divisor = denominator < 0n ? -a : a;
  return divisor === 0n ? ZERO : { numerator: numerator / divisor, denominator: denominator / divisor };
}

const plus = (a: Fraction, b: Fraction): Fraction =>
  fraction(a.numerator * b.denominator + b.numerator * a.denominator, a.denominator * b.denominator);
const times = (a: Fraction, b: Fraction): Fraction =>
  fraction(a.numerator * b.numerator, a.denominator * b.denominator);

/**
 * The polynomial of the lowest degree, four at most, that whole numbers against whole numbers lie on, with at least one
 * point more than it needs: exact, in fractions. Where there is none, the parabola through the first, the middle and the
 * last point, and how far the others are from it. Undefined for fewer than three points.
 *
 * @param points by x, ascending
 */
export function polynomialThrough(
  points: readonly (readonly [x: number, y: number])[],
): Polynomial | undefined {
  if (points.length < 3 || !points.every(([x, y]) => Number.isSafeInteger(x) && Number.isSafeInteger(y)))
    return undefined;
  for (let degree = 0; degree <= Math.min(MOST_DEGREES, points.length - 2); degree++) {
    const coefficients = interpolated(points.slice(0, degree + 1));
    const fits = points.every(([x, y]) => {
      const value = valueAt(coefficients, x);
      return value.denominator === 1n && value.numerator === BigInt(y);
    });
    if (fits) return { coefficients, residual: 0 };
  }
  const chosen = [points[0], points[Math.floor(points.length / 2)], points.at(-1)].filter(
    (point) => point !== undefined,
  );
  const coefficients = interpolated(chosen);
  const residual = Math.max(
    ...points.map(([x, y]) => {
      const { numerator, denominator } = valueAt(coefficients, x);
      const distance = Math.abs(Number(numerator) / Number(denominator) - y);
      return distance === 0 ? 0 : distance / Math.abs(y);
    }),
  );
  return { coefficients, residual };
}

/** Newton's form by divided differences, multiplied out. */
function interpolated(points: readonly (readonly [number, number])[]): readonly Fraction[] {
  const xs = points.map(([x]) => BigInt(x));
  const differences = points.map(([, y]) => fraction(BigInt(y), 1n));
  for (let order = 1; order < points.length; order++) {
    for (let i = points.length - 1; i >= order; i--) {
      const [own, before] = [differences[i] as Fraction, differences[i - 1] as Fraction];
      const change = plus(own, times(before, { numerator: -1n, denominator: 1n }));
      differences[i] = times(change, fraction(1n, (xs[i] as bigint) - (xs[i - order] as bigint)));
    }
  }
  let coefficients: Fraction[] = [];
  for (let i = points.length - 1; i >= 0; i--) {
    // Times (x - x_i), plus the difference.
    const shifted = [ZERO, ...coefficients];
    const scaled = coefficients.map((each) =>
      times(each, { numerator: -(xs[i] as bigint), denominator: 1n }),
    );
    coefficients = shifted.map((each, k) => plus(each, scaled[k] ?? ZERO));
    coefficients[0] = plus(coefficients[0] ?? ZERO, differences[i] as Fraction);
  }
  while (coefficients.length > 1 && coefficients.at(-1)?.numerator === 0n) coefficients.pop();
  return coefficients;
}

const valueAt = (coefficients: readonly Fraction[], x: number): Fraction =>
  coefficients.reduceRight<Fraction>(
    (value, coefficient) => plus(times(value, { numerator: BigInt(x), denominator: 1n }), coefficient),
    ZERO,
  );

/** `12 seq^2 + 3072 seq + 5`, the highest power first. */
export function polynomialText({ coefficients, residual }: Polynomial, name: string): string {
  const number = ({ numerator, denominator }: Fraction): string => {
    const value = numerator < 0n ? -numerator : numerator;
    if (denominator === 1n) return String(value);
    return residual === 0
      ? `${value}/${denominator}`
      : String(Number((Number(value) / Number(denominator)).toPrecision(6)));
  };
  const terms = coefficients
    .map((coefficient, power) => ({ coefficient, power }))
    .filter(({ coefficient: { numerator } }) => numerator !== 0n)
    .reverse();
  if (terms.length === 0) return '0';
  return terms
    .map(({ coefficient, power }, i) => {
      const negative = coefficient.numerator < 0n;
      const sign = i === 0 ? (negative ? '-' : '') : negative ? ' - ' : ' + ';
      const factor = number(coefficient);
      const variable = power === 0 ? '' : power === 1 ? name : `${name}^${power}`;
      return sign + (variable === '' ? factor : factor === '1' ? variable : `${factor} ${variable}`);
    })
    .join('');
}
