import type { Agreement } from '../analysis/measurement/measurement.ts';
import { ProfileError, problem, warning, type Diagnostic } from '../diagnostics.ts';
import { ROUNDING } from './compare.ts';
import type { OutputComparison } from './messages.ts';
import type { Coarseness } from './outputScale.ts';

/** Whether a network computed what it should, and what is to be said about it. */
export interface Verdict {
  readonly agreement: Agreement;
  readonly warnings: readonly Diagnostic[];
}

/** Relative error that rounding to half precision explains. */
const HALF = 2e-2;
/** Largest relative error that rounding explains, by element type of the output. */
const LIMITS: Readonly<Record<string, number>> = { float64: ROUNDING, float32: ROUNDING, float16: HALF };

/** Steps of quantisation that rounding explains: another order of summing moves a value over the edge of a step. */
const STEPS = 1;
const STEP_ROUNDING = 0.01;
/** Noise over signal that steps on the way explain, where those of the output are unknown or more than one. */
const NOISE = 0.1;

/**
 * The verdict on the outputs of a network.
 *
 * @throws ProfileError CSP707 where one is wrong
 */
export function agreementOf(
  name: string,
  outputs: readonly OutputComparison[],
  { quantised, half }: Coarseness,
): Verdict {
  const about = { format: 'cli', argument: name } as const;
  const warnings: Diagnostic[] = [];
  let [relativeError, limit, compared] = [0, 0, 0];
  let rounding: Agreement['rounding'];
  for (const output of outputs) {
    if (output.problem === 'reference not finite') {
      warnings.push(
        warning(
          'CSP711',
          `output "${output.name}" is not finite without any optimisation: whether the measured session computes the same is not known`,
          'use a model with trained weights to have it compared',
          about,
        ),
      );
      continue;
    }
    const own = LIMITS[output.dtype];
    const allowed = own === undefined ? 0 : half ? HALF : own;
    const error = own === undefined ? output.differing : output.relativeError;
    if (output.problem !== undefined || error > allowed) {
      if (output.problem !== undefined || !quantised || !isRounding(output))
        throw new ProfileError(
          problem(
            'CSP707',
            `output "${output.name}" ${difference(output)} that of an unoptimised session on the CPU: the time of a wrong result is none`,
            'use a lower --level or another device; the fault is in onnxruntime or its driver',
            about,
          ),
        );
      const { differing, noise, steps } = output;
      rounding = {
        differing: Math.max(differing, rounding?.differing ?? differing),
        noise: Math.max(noise, rounding?.noise ?? noise),
        ...(steps === undefined ? {} : { steps: Math.max(steps, rounding?.steps ?? steps) }),
      };
    }
    compared++;
    relativeError = Math.max(relativeError, error);
    limit = Math.max(limit, allowed);
  }
  if (rounding !== undefined)
    warnings.push(
      warning(
        'CSP722',
        `outputs differ from those of an unoptimised session by rounding to quantised values: ${roundingText(rounding)}`,
        'nothing, unless the accuracy of the network suffers: compare that on real data',
        about,
      ),
    );
  return {
    agreement: { relativeError, limit, outputs: compared, ...(rounding === undefined ? {} : { rounding }) },
    warnings,
  };
}

const isRounding = ({ steps, noise }: OutputComparison): boolean =>
  (steps !== undefined && steps <= STEPS + STEP_ROUNDING) || noise <= NOISE;

const difference = ({ problem: what, relativeError, noise, steps }: OutputComparison): string => {
  if (what === 'shape') return 'has another shape than';
  if (what !== undefined) return 'is not finite, unlike';
  const inSteps = steps === undefined ? '' : `, ${steps.toFixed(0)} steps of its quantisation,`;
  return `differs by ${relativeError.toExponential(1)} of its largest value${inSteps} (noise over signal ${noise.toExponential(1)}) from`;
};

const roundingText = ({ differing, noise, steps }: NonNullable<Agreement['rounding']>): string =>
  `${(100 * differing).toPrecision(2)} % of the values, ${steps === undefined ? '' : `at most ${steps.toFixed(0)} ${Math.round(steps) === 1 ? 'step' : 'steps'}, `}noise over signal ${noise.toExponential(1)}`;
