import { ProfileError, problem } from '../diagnostics.ts';

/** What an axis varies: which model, its parameters or symbols, or what it runs on. */
export type AxisKind =
  'model' | 'extent' | 'batch' | 'parameter' | 'symbol' | 'dtype' | 'device' | 'array' | 'buffer';

/** A value of an axis: bytes of a buffer, an extent (`224`, `224x320`), a name. */
export type AxisValue = string | number;

/** One thing that designs differ in, and the values that it takes. */
export interface Axis {
  /** what rows call it: `gamma`, `input`, `device` */
  readonly name: string;
  /** what it varies */
  readonly kind: AxisKind;
  /** no two are equal */
  readonly values: readonly [AxisValue, ...AxisValue[]];
}

/**
 * The order of axes, the slowest first. Designs of one extent have the most layers in common, and those of one
 * network that differ in hardware only, all.
 */
const ORDER: readonly AxisKind[] = [
  'model',
  'dtype',
  'batch',
  'extent',
  'symbol',
  'parameter',
  'device',
  'array',
  'buffer',
];

/** All combinations of the values of some axes. Each is known by its index: the last axis changes with every one. */
export class DesignSpace {
  /** in the order of their values in an index */
  readonly axes: readonly Axis[];
  /** number of designs */
  readonly size: number;

  /** @throws ProfileError CSP810 for two axes of one name, no axis, or 2^53 designs */
  constructor(axes: readonly Axis[]) {
    this.axes = [...axes].sort((a, b) => ORDER.indexOf(a.kind) - ORDER.indexOf(b.kind));
    this.size = axes.reduce((product, { values }) => product * values.length, 1);
    const names = axes.map(({ name }) => name);
    const twice = names.find((name, i) => names.indexOf(name) !== i);
    if (twice !== undefined)
      throw new ProfileError(problem('CSP810', `${twice} is an axis twice`, 'give all its values at once'));
    if (this.size > Number.MAX_SAFE_INTEGER) {
      throw new ProfileError(
        problem('CSP810', 'the axes have more than 2^53 combinations', 'take fewer values of some axis'),
      );
    }
  }

  /** For each axis, the position of its value in the design of this index. */
  positionsAt(index: number): number[] {
    const positions = new Array<number>(this.axes.length);
    let rest = index;
    for (let axis = this.axes.length - 1; axis >= 0; axis--) {
      const { length } = (this.axes[axis] as Axis).values;
      positions[axis] = rest % length;
      rest = Math.floor(rest / length);
    }
    return positions;
  }

  /** The index of the design with these positions, one for each axis. */
  indexOf(positions: readonly number[]): number {
    return this.axes.reduce(
      (index, { values }, axis) => index * values.length + (positions[axis] as number),
      0,
    );
  }

  /** The index that a design would have if the axes came in another order, by their positions in this one. */
  indexIn(order: readonly number[], index: number): number {
    const positions = this.positionsAt(index);
    return order.reduce(
      (sum, axis) => sum * (this.axes[axis] as Axis).values.length + (positions[axis] as number),
      0,
    );
  }

  /** The values of the design of this index, by the names of the axes. */
  valuesAt(index: number): Readonly<Record<string, AxisValue>> {
    const positions = this.positionsAt(index);
    const values: Record<string, AxisValue> = {};
    this.axes.forEach((axis, i) => {
      values[axis.name] = axis.values[positions[i] as number] as AxisValue;
    });
    return values;
  }

  /** The index of the design with these values; undefined where an axis does not take its value. */
  indexWith(values: Readonly<Record<string, unknown>>): number | undefined {
    const positions = this.axes.map((axis) => axis.values.indexOf(values[axis.name] as AxisValue));
    return positions.includes(-1) ? undefined : this.indexOf(positions);
  }
}
