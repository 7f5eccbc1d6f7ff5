import { closest } from '../src/closest.ts';
import { ProfileError, problem, type Origin } from '../src/diagnostics.ts';

/** A number that a family of networks is built with. */
export interface NumberParameter {
  /** `integer`: whole; `extent`: whole, one number for a square image or [height, width] */
  readonly kind: 'number' | 'integer' | 'extent';
  /** what it is, for people, lower case */
  readonly title: string;
  /** the least value that is taken, in `unit` */
  readonly least: number;
  /** the greatest value that is taken, in `unit` */
  readonly most: number;
  /** sliders and sweeps take multiples of it; other values between least and most are as good */
  readonly step: number;
  /** in `unit` */
  readonly default: number;
  /** `pixels`; absent: a plain number */
  readonly unit?: string;
}

/** One of a few forms of a family. */
export interface ChoiceParameter<Choice extends string | number = string | number> {
  /** one of `choices` */
  readonly kind: 'choice';
  /** what it is, for people, lower case */
  readonly title: string;
  /** all values that it takes */
  readonly choices: readonly Choice[];
  /** one of `choices` */
  readonly default: Choice;
}

/** What a family of networks is built with. */
export type Parameter = NumberParameter | ChoiceParameter;

/** Parameters by id, in the order in which people read them. */
export type Parameters = Readonly<Record<string, Parameter>>;

/** Pixels: one number for a square image, or [height, width]. */
export type ImageExtent = number | readonly [number, number];

/** A number, a choice, or the extent of an image. */
export type ParameterValue = string | ImageExtent;

/** Values by id of the parameter. */
export type ParameterValues = Readonly<Record<string, ParameterValue>>;

/** The values that the layers of a family with these parameters are built with. */
export type ValuesOf<P extends Parameters> = {
  readonly [Id in keyof P]: P[Id] extends ChoiceParameter<infer Choice> ? Choice : number;
};

/** One of these, the first unless told otherwise. */
export const choice = <const Choice extends string | number>(
  title: string,
  choices: readonly Choice[],
  byDefault: NoInfer<Choice> = choices[0] as Choice,
): ChoiceParameter<Choice> => ({ kind: 'choice', title, choices, default: byDefault });

/** A whole number. */
export const integer = (title: string, range: Omit<NumberParameter, 'kind' | 'title'>): NumberParameter => ({
  kind: 'integer',
  title,
  ...range,
});

/** A factor of what a network has at 1. */
const factor = (title: string): NumberParameter => ({
  kind: 'number',
  title,
  least: 0.25,
  most: 4,
  step: 0.05,
  default: 1,
});

/** Share of the channels that bypasses a cross-stage partial stage. */
export const GAMMA: NumberParameter = {
  kind: 'number',
  title: 'share of the channels that bypasses each stage',
  least: 0.05,
  most: 0.95,
  step: 0.05,
  default: 0.5,
};

export const WIDTH = factor('factor of the channels');
export const DEPTH = factor('factor of the layers of each stage, rounded up');

export const CLASSES = integer('classes', { least: 1, most: 100_000, step: 1, default: 1000 });

/** Classes that a detector tells apart, background included. */
export const DETECTED_CLASSES = integer('classes, background included', {
  least: 2,
  most: 100_000,
  step: 1,
  default: 81,
});

/** Activation of the layers that name none. */
export const activation = (byDefault: 'relu' | 'relu6' | 'leaky' | 'swish' | 'mish') =>
  choice('activation', ['relu', 'relu6', 'leaky', 'swish', 'mish'], byDefault);

/** What every network of images has. */
export const imageParameters = (input: number, least: number, step: number): Parameters => ({
  input: {
    kind: 'extent',
    title: 'extent of the image, HEIGHTxWIDTH unless square',
    least,
    most: 16_384,
    step,
    default: input,
    unit: 'pixels',
  },
  batch: integer('images at once', { least: 1, most: 65_536, step: 1, default: 1 }),
});

/** What a parameter may be: `0.05 to 0.95`, `first, last`. */
export const valuesText = (parameter: Parameter): string =>
  parameter.kind === 'choice'
    ? parameter.choices.join(', ')
    : `${String(parameter.least)} to ${String(parameter.most)}`;

const NOUNS = {
  choice: 'one of',
  number: 'a number from',
  integer: 'a whole number from',
  extent: 'a whole number from',
};

/** `320x416`, `0.5`: a value as the command line takes it. */
export const valueText = (value: ParameterValue): string =>
  typeof value === 'object' ? value.join('x') : String(value);

/**
 * What is given, completed by what is not.
 *
 * @param base what takes the place of the defaults
 * @throws ProfileError CSP801 for a parameter that is not there, CSP802 for a value that it does not take
 */
export function complete(
  parameters: Parameters,
  base: ParameterValues,
  given: Readonly<Record<string, ParameterValue | undefined>>,
  origin: Origin,
): ParameterValues {
  for (const id of Object.keys(given)) {
    if (Object.hasOwn(parameters, id)) continue;
    const ids = Object.keys(parameters);
    const [similar] = closest(id, ids);
    const has = `there ${ids.length === 1 ? 'is' : 'are'} ${ids.join(', ')}`;
    const fix = similar === undefined ? has : `did you mean ${similar}? ${has}`;
    throw new ProfileError(problem('CSP801', `there is no parameter "${id}"`, fix, origin));
  }
  return Object.fromEntries(
    Object.entries(parameters).map(([id, parameter]) => {
      const wanted = given[id] ?? base[id] ?? parameter.default;
      const value = accepted(parameter, wanted);
      if (value !== undefined) return [id, value];
      const fix = `use ${NOUNS[parameter.kind]} ${valuesText(parameter)}`;
      throw new ProfileError(problem('CSP802', `the ${id} is ${valueText(wanted)}`, fix, origin));
    }),
  );
}

function accepted(parameter: Parameter, value: ParameterValue): ParameterValue | undefined {
  if (parameter.kind === 'choice') return parameter.choices.find((each) => each === value);
  const { kind, least, most } = parameter;
  const fits = (each: string | number): boolean =>
    typeof each === 'number' &&
    each >= least &&
    each <= most &&
    (kind === 'number' || Number.isInteger(each));
  if (typeof value === 'object') {
    return kind === 'extent' && value.every(fits) ? value : undefined;
  }
  return fits(value) ? value : undefined;
}
