declare const unit: unique symbol;

/**
 * A number with its unit in the type: the same units add (through `sum`), different units do not assign.
 * `a + b` loses the unit on purpose, so that every total goes through `sum`.
 */
export type Quantity<U extends string> = number & { readonly [unit]: U };

/** A number of tensor elements. */
export type Elements = Quantity<'element'>;
/** A number of bytes. */
export type Bytes = Quantity<'byte'>;
/** A number of multiply-accumulates. */
export type Macs = Quantity<'MAC'>;
/** A number of floating-point operations, by some convention. */
export type Flops = Quantity<'FLOP'>;
/** A time. */
export type Seconds = Quantity<'s'>;
/** in the unit of one energy table: picojoule, or the energy of one MAC */
export type Energies = Quantity<'energy'>;

/** Thrown where a count cannot be stated exactly: past 2^53, negative, or not a number. */
export class QuantityError extends RangeError {
  override readonly name = 'QuantityError';
}

/**
 * The number as a quantity.
 *
 * @throws QuantityError unless finite, not negative and, from 2^53 on, never (a rounded count is no count)
 */
export function quantity<U extends string>(value: number): Quantity<U> {
  if (!(value >= 0 && value <= Number.MAX_SAFE_INTEGER)) {
    throw new QuantityError(
      value > Number.MAX_SAFE_INTEGER
        ? `${String(value)} is past 2^53, where counts stop being exact`
        : `${String(value)} is not a count`,
    );
  }
  return value as Quantity<U>;
}

/**
 * The number as a quantity that a model gives and that need be no whole number: a time, an energy, a ratio.
 *
 * @throws QuantityError unless finite and not negative
 */
export function amount<U extends string>(value: number): Quantity<U> {
  if (!(value >= 0 && value < Infinity)) throw new QuantityError(`${String(value)} is no amount`);
  return value as Quantity<U>;
}

/** The exact sum of quantities of one unit. */
export function sum<U extends string>(values: Iterable<Quantity<U>>): Quantity<U> {
  let total = 0;
  for (const value of values) total += value;
  return quantity<U>(total);
}

/** The product of the dimensions: elements of a tensor of this shape (1 for a scalar). */
export function elements(shape: readonly number[]): number {
  let product = 1;
  // By index: this runs for every tensor and metric, and an iterator per call is what it would cost.
  for (let axis = 0; axis < shape.length; axis++) product *= shape[axis] as number;
  // So many that they have no number, none of them: none.
  return Number.isNaN(product) && shape.includes(0) ? 0 : product;
}
