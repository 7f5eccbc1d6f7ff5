import { excerpt, ProfileError, problem, type Origin } from '../diagnostics.ts';
import type { Shape } from '../ops/spec.ts';
import { evaluate, parseExpression, solve, symbolsOf, type Expression } from './expression.ts';

/** An extent as a file states it: a number, a symbol or an expression over symbols, or nothing at all. */
export type StatedExtent = number | string | undefined;

/** An input as a file states it: extents may be symbols or expressions over them. */
export interface StatedInput {
  /** as the file has it */
  readonly name: string;
  /** undefined: not even the rank is stated */
  readonly extents: readonly StatedExtent[] | undefined;
}

/** What the user gave to the extents that a file leaves open. */
export interface WantedExtents {
  /** by symbol, by expression, or by place: `x[0]` */
  readonly bindings?: ReadonlyMap<string, number> | undefined;
  /** whole shapes, by input */
  readonly inputs?: ReadonlyMap<string, readonly number[]> | undefined;
  /** height and width of every image that leaves them open; a batch that is open as well is then 1 */
  readonly extent?: readonly [number, number] | undefined;
  /** extent of the first axis of every input */
  readonly batch?: number | undefined;
}

/** An open extent of an input: what `--bind` calls it. */
export interface OpenExtent {
  /** as the file has it */
  readonly symbol: string;
  /** that states it */
  readonly input: StatedInput;
  /** of the input, outermost 0 */
  readonly axis: number;
}

/** Inputs whose extents are numbers. */
export interface BoundInputs {
  /** by input; an input with open extents, or of unknown rank, has none */
  readonly shapes: ReadonlyMap<string, Shape>;
  /** each symbol once, where it stands first */
  readonly open: readonly OpenExtent[];
  /** the extent that a symbol or an expression stands for; undefined while it is open */
  readonly extentOf: (text: string) => number | undefined;
  /** every symbol and place that the inputs name */
  readonly symbols: ReadonlySet<string>;
}

/** How an extent without a name is called. */
export const placeOf = (input: string, axis: number): string => `${input}[${String(axis)}]`;

export const formatExtents = (extents: readonly StatedExtent[]): string =>
  extents.length === 0 ? 'scalar' : extents.map((extent) => extent ?? '?').join('x');

/** Two names with a sign between them and no space are as likely one name: `batch-size`, `N/A`. */
const HYPHENATED = /^[\p{L}_][\p{L}\p{N}_.]*(?:[-/][\p{L}\p{N}_.]+)+$/u;

interface Known {
  readonly value: number;
  /** the flag that says so */
  readonly by: string;
}

/** One thing that must hold: a stated extent, and what the user wants it to be. */
interface Equation extends Known {
  readonly text: string;
}

/**
 * The shapes of a model's inputs: each symbol is one extent everywhere, expressions follow from their symbols, and a
 * symbol follows from an expression that is linear in it. This is the only place where a symbol becomes a number.
 *
 * @throws ProfileError CSP102 where what is wanted contradicts the file or itself, naming both
 */
export function bindInputs(
  inputs: readonly StatedInput[],
  wanted: WantedExtents,
  origin: Origin,
): BoundInputs {
  const binder = new Binder(inputs, wanted, origin);
  return binder.result();
}

class Binder {
  readonly #inputs: readonly StatedInput[];
  readonly #wanted: WantedExtents;
  readonly #origin: Origin;
  readonly #values = new Map<string, Known>();
  readonly #expressions = new Map<string, Expression | undefined>();
  /** names that stand somewhere as a symbol of their own */
  readonly #plain = new Set<string>();

  constructor(inputs: readonly StatedInput[], wanted: WantedExtents, origin: Origin) {
    this.#inputs = inputs;
    this.#wanted = wanted;
    this.#origin = origin;
    for (const name of wanted.bindings?.keys() ?? []) this.#plain.add(name);
    for (const { extents = [] } of inputs)
      for (const extent of extents) if (typeof extent === 'string') this.#plain.add(extent);
  }

  result(): BoundInputs {
    this.#solve(this.#equations());
    const shapes = new Map<string, Shape>();
    const open: OpenExtent[] = [];
    const symbols = new Set<string>();
    for (const input of this.#inputs) {
      const given = this.#wanted.inputs?.get(input.name);
      const shape = (input.extents ?? given)?.map((stated, axis) => {
        if (typeof stated === 'number') return this.#whole(input, stated);
        const text = stated ?? placeOf(input.name, axis);
        symbols.add(text);
        const value = given?.[axis] ?? this.#extentOf(text);
        const missing = value === undefined ? this.#missing(text) : [];
        for (const symbol of [...this.#symbolsOf(text)]) symbols.add(symbol);
        for (const symbol of missing)
          if (!open.some((other) => other.symbol === symbol)) open.push({ symbol, input, axis });
        return value === undefined ? undefined : this.#whole(input, value);
      });
      if (shape?.every((extent) => extent !== undefined) === true) shapes.set(input.name, shape);
    }
    return { shapes, open, symbols, extentOf: (text) => this.#extentOf(text) };
  }

  /** The text as an expression; a name with signs in it is a symbol. */
  #expressionOf(text: string): Expression | undefined {
    if (!this.#expressions.has(text)) {
      const parsed = parseExpression(text);
      const isName =
        parsed === undefined ||
        (HYPHENATED.test(text) && ![...symbolsOf(parsed)].every((name) => this.#plain.has(name)));
      this.#expressions.set(text, isName ? undefined : parsed);
    }
    return this.#expressions.get(text);
  }

  #symbolsOf(text: string): ReadonlySet<string> {
    const expression = this.#expressionOf(text);
    return expression === undefined ? new Set([text]) : symbolsOf(expression);
  }

  readonly #valueOf = (name: string): number | undefined => this.#values.get(name)?.value;

  #missing(text: string): readonly string[] {
    return [...this.#symbolsOf(text)].filter((name) => this.#valueOf(name) === undefined);
  }

  #extentOf(text: string): number | undefined {
    const direct = this.#valueOf(text);
    if (direct !== undefined) return direct;
    const expression = this.#expressionOf(text);
    const value = expression === undefined ? undefined : evaluate(expression, this.#valueOf);
    if (value === undefined) return undefined;
    if (Number.isSafeInteger(value) && value >= 0) return value;
    const from = [...this.#symbolsOf(text)].map((name) => this.#values.get(name)?.by).join(', ');
    throw this.#contradiction(
      `the extent ${excerpt(text)} is ${String(value)} by ${from}`,
      'choose values that make it a whole number, 0 or more',
    );
  }

  #whole(input: StatedInput, extent: number): number {
    if (Number.isSafeInteger(extent) && extent >= 0) return extent;
    throw this.#contradiction(
      `input "${input.name}" has the extent ${String(extent)}`,
      'use whole, positive extents',
    );
  }

  #contradiction(message: string, fix: string): ProfileError {
    return new ProfileError(problem('CSP102', message, fix, this.#origin));
  }

  #equations(): readonly Equation[] {
    const { bindings = new Map<string, number>(), inputs, batch, extent } = this.#wanted;
    const equations: Equation[] = [];
    for (const [text, value] of bindings)
      equations.push({ text, value, by: `--bind ${text}=${String(value)}` });
    for (const input of this.#inputs) {
      const given = inputs?.get(input.name);
      if (given !== undefined && input.extents !== undefined)
        equations.push(...this.#given(input, input.extents, given));
      else if (extent !== undefined) equations.push(...this.#image(input, extent));
    }
    // A batch that the size of an image leaves open is 1, unless something else says what it is.
    if (batch !== undefined) equations.push(...this.#batch(batch));
    else if (extent !== undefined) {
      this.#solve(equations);
      for (const text of this.#batchExtents())
        if (this.#extentOf(text) === undefined) equations.push({ text, value: 1, by: '@' });
    }
    return equations;
  }

  /** A whole shape that the user gave. */
  #given(
    input: StatedInput,
    extents: readonly StatedExtent[],
    given: readonly number[],
  ): readonly Equation[] {
    this.#fits(input, extents, given);
    const by = `--input ${input.name}:${given.join('x')}`;
    return extents.flatMap((stated, axis) =>
      typeof stated === 'number'
        ? []
        : [{ text: stated ?? placeOf(input.name, axis), value: given[axis] ?? Number.NaN, by }],
    );
  }

  #fits(input: StatedInput, extents: readonly StatedExtent[], given: readonly StatedExtent[]): void {
    const fits =
      given.length === extents.length &&
      extents.every((stated, axis) => typeof stated !== 'number' || stated === given[axis]);
    if (fits) return;
    throw this.#contradiction(
      `input "${input.name}" is ${formatExtents(extents)}, not ${formatExtents(given)}`,
      'keep the extents that the model fixes',
    );
  }

  /** Height and width of an input that is an image. */
  #image(input: StatedInput, [height, width]: readonly [number, number]): readonly Equation[] {
    const { name, extents } = input;
    if (extents?.length !== 4) return [];
    const at = isChannelsLast(extents) ? 1 : 2;
    this.#fits(
      input,
      extents,
      extents.map((stated, axis) =>
        typeof stated !== 'number' ? stated : axis === at ? height : axis === at + 1 ? width : stated,
      ),
    );
    const by = `@${String(height)}x${String(width)}`;
    return [height, width].flatMap((value, i) => {
      const stated = extents[at + i];
      return typeof stated === 'number' ? [] : [{ text: stated ?? placeOf(name, at + i), value, by }];
    });
  }

  #batch(batch: number): readonly Equation[] {
    const open = this.#batchExtents();
    if (open.length === 0) {
      for (const input of this.#inputs) {
        const [first, ...others] = input.extents ?? [];
        if (typeof first === 'number') this.#fits(input, [first, ...others], [batch, ...others]);
      }
    }
    return open.map((text) => ({ text, value: batch, by: `--batch ${String(batch)}` }));
  }

  /** The symbols that are called batch, wherever they stand; without one, what the inputs leave open in front. */
  #batchExtents(): readonly string[] {
    const named = [...this.#plain].filter(
      (text) => isBatch(text) && this.#expressionOf(text)?.kind !== 'call' && this.#stands(text),
    );
    const front = this.#inputs.flatMap(({ name, extents }) => {
      if (extents === undefined || extents.length === 0) return [];
      const [first] = extents;
      if (first === undefined) return [placeOf(name, 0)];
      return typeof first === 'number' || named.length > 0 || this.#expressionOf(first)?.kind === 'call'
        ? []
        : [first];
    });
    return [...new Set([...named, ...front])];
  }

  #stands(text: string): boolean {
    return this.#inputs.some(({ extents }) => extents?.includes(text) === true);
  }

  /** Gives symbols their values until no equation gives another. */
  #solve(equations: readonly Equation[]): void {
    let waiting = equations;
    for (;;) {
      const left = waiting.filter((equation) => !this.#settle(equation));
      if (left.length === waiting.length || left.length === 0) return;
      waiting = left;
    }
  }

  /** Whether nothing more follows from the equation. */
  #settle({ text, value, by }: Equation): boolean {
    const expression = this.#expressionOf(text);
    const before = this.#values.get(text);
    if (before !== undefined) {
      if (before.value !== value) throw this.#twice(text, before, { value, by });
      return true;
    }
    if (expression === undefined || expression.kind === 'symbol') {
      this.#values.set(text, { value, by });
      return true;
    }
    const found = evaluate(expression, this.#valueOf);
    if (found !== undefined) {
      if (found === value) return true;
      const from = [...symbolsOf(expression)].map((name) => this.#values.get(name)?.by).join(', ');
      throw this.#twice(text, { value: found, by: from }, { value, by });
    }
    const solved = solve(expression, value, this.#valueOf);
    if (solved === undefined) return false;
    if (solved.value < 0) {
      throw this.#contradiction(
        `${excerpt(solved.symbol)} would be ${String(solved.value)} by ${by}`,
        `give ${excerpt(text)} a larger extent`,
      );
    }
    this.#values.set(solved.symbol, { value: solved.value, by });
    return true;
  }

  #twice(text: string, a: Known, b: Known): ProfileError {
    return this.#contradiction(
      `${excerpt(text)} is ${String(a.value)} by ${a.by} and ${String(b.value)} by ${b.by}`,
      'give it one value',
    );
  }
}

/** Whether a symbol is what exporters call a batch. */
export const isBatch = (symbol: string): boolean => /^(b|bs|bsz)$|batch/i.test(symbol);

/** Whether an input of four dimensions states few channels last and none in the second place. */
export function isChannelsLast(extents: readonly StatedExtent[]): boolean {
  const few = (extent: StatedExtent): boolean => typeof extent === 'number' && extent <= 4;
  return extents.length === 4 && few(extents[3]) && !few(extents[1]);
}
