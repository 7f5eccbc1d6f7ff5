/** What is wrong with a value from outside: where in it (`.padding.begin[1]`), and what is wrong there. */
export interface Mismatch {
  /** `.padding.begin[1]`; empty: the value itself */
  readonly path: string;
  /** what is wrong there */
  readonly problem: string;
}

declare const checked: unique symbol;

/** A check of a value from outside, such as parsed JSON; what passes is a `V`. */
export interface ValueType<V> {
  /** the first thing that is wrong; undefined where the value is a `V` */
  readonly mismatch: (value: unknown) => Mismatch | undefined;
  /** a property with this check may be absent */
  readonly optional?: true;
  /** all values there are, where they can be listed */
  readonly values?: readonly V[];
  /** never there: tells the compiler what passes */
  readonly [checked]?: V;
}

/** A check of a property that may be absent. */
export interface OptionalType<V> extends ValueType<V> {
  /** it may */
  readonly optional: true;
}

/** A check for every property of `A`; optional properties have optional checks. */
export type FieldTypes<A> = {
  readonly [K in keyof A]-?: Record<never, never> extends Pick<A, K>
    ? OptionalType<Exclude<A[K], undefined>>
    : ValueType<A[K]>;
};

/** Whether the value is a `V`. */
export const conforms = <V>(type: ValueType<V>, value: unknown): value is V =>
  type.mismatch(value) === undefined;

/** A check that values of one kind pass, by what they are called. */
export const primitive = <V>(expected: string, accepts: (value: unknown) => boolean): ValueType<V> => ({
  mismatch: (value) => (accepts(value) ? undefined : { path: '', problem: `must be ${expected}` }),
});

export const number = primitive<number>(
  'a number',
  (value) => typeof value === 'number' && Number.isFinite(value),
);
export const integer = primitive<number>('a whole number', Number.isSafeInteger);
export const natural = primitive<number>(
  'a whole number, 0 or more',
  (value) => Number.isSafeInteger(value) && (value as number) >= 0,
);
export const flag: ValueType<boolean> = {
  ...primitive<boolean>('true or false', (value) => typeof value === 'boolean'),
  values: [true, false],
};
export const text = primitive<string>('a text', (value) => typeof value === 'string');

/** One of some texts. */
export const choice = <const V extends string>(values: readonly V[]): ValueType<V> => ({
  ...primitive(
    values.length > 30 ? 'a name that is known here' : `one of ${values.join(', ')}`,
    (value) => typeof value === 'string' && (values as readonly string[]).includes(value),
  ),
  values,
});

export const optional = <V>(type: ValueType<V>): OptionalType<V> => ({ ...type, optional: true });

export const list = <V>(of: ValueType<V>): ValueType<readonly V[]> => ({
  mismatch(value) {
    if (!Array.isArray(value)) return { path: '', problem: 'must be a list' };
    for (const [i, entry] of value.entries()) {
      const wrong = of.mismatch(entry);
      if (wrong !== undefined) return { path: `[${String(i)}]${wrong.path}`, problem: wrong.problem };
    }
    return undefined;
  },
});

/** What either check passes; what passes neither is wrong as the first says. */
export const either = <V, W>(one: ValueType<V>, other: ValueType<W>): ValueType<V | W> => ({
  mismatch: (value) => (conforms(other, value) ? undefined : one.mismatch(value)),
});

/** An object whose properties are names from outside, each with a value of this kind. */
export const map = <V>(of: ValueType<V>, example: string): ValueType<Readonly<Record<string, V>>> => ({
  mismatch(value) {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) {
      return { path: '', problem: `must be an object, such as ${example}` };
    }
    for (const [name, entry] of Object.entries(value)) {
      const wrong = of.mismatch(entry);
      if (wrong !== undefined) return { path: `.${name}${wrong.path}`, problem: wrong.problem };
    }
    return undefined;
  },
});

/** An object with these properties and no others. */
export function fields<A>(types: FieldTypes<A>): ValueType<A> {
  const known = new Map(Object.entries<ValueType<unknown>>(types));
  return {
    mismatch(value) {
      if (typeof value !== 'object' || value === null || Array.isArray(value)) {
        return { path: '', problem: 'must be an object' };
      }
      const entries = new Map<string, unknown>(Object.entries(value));
      for (const name of entries.keys()) {
        if (!known.has(name))
          return { path: `.${name}`, problem: `is none of ${[...known.keys()].join(', ')}` };
      }
      for (const [name, type] of known) {
        if (!entries.has(name)) {
          if (type.optional === true) continue;
          return { path: `.${name}`, problem: 'is missing' };
        }
        const wrong = type.mismatch(entries.get(name));
        if (wrong !== undefined) return { path: `.${name}${wrong.path}`, problem: wrong.problem };
      }
      return undefined;
    },
  };
}
