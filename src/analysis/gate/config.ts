import { closest } from '../../closest.ts';
import {
  choice,
  either,
  fields,
  flag,
  integer,
  list,
  map,
  natural,
  number,
  optional,
  primitive,
  text,
  type Mismatch,
  type ValueType,
} from '../../values.ts';
import { MEASURED_METRICS, measuredMetric } from './measured.ts';
import { GATE_METRICS, gateMetric } from './metrics.ts';

/** Version of the configuration; it changes when a property changes its name or meaning. */
export const CONFIG_VERSION = 1;

/** `csp-profile.config.*` as it is written. */
export interface GateConfig {
  /** for editors: where the schema is */
  readonly $schema?: string;
  /** of the configuration: only 1 is read */
  readonly schemaVersion: number;
  /** what is guarded */
  readonly targets: readonly TargetConfig[];
}

/** Limits of metrics, and rules. */
export interface Demands {
  /** metric -> the most that passes: an amount (`8 GFLOP`), or a change against the baseline (`+2%`) */
  readonly limits?: Readonly<Record<string, string | number>>;
  /** conditions that must hold */
  readonly rules?: readonly RuleConfig[];
}

/** Networks, and what is demanded of each. */
export interface TargetConfig extends Demands {
  /** built-in network, file, or pattern of files, with `@EXTENT` */
  readonly model: string;
  /** profile as JSON, model, `git:REF` or `git:REF:PATH`; `{name}` stands for the model's name */
  readonly baseline?: string;
  /** id of the FLOP convention; absent: that of the format */
  readonly flops?: string;
  /** id of the CIO convention; absent: `cspnet` */
  readonly cio?: string;
  /** images at once; absent: the model's own, or 1 */
  readonly batch?: number;
  /** element type of activations and weights; absent: the model's own */
  readonly dtype?: string;
  /** what the network is costed on: an id, or a file; `buffer` and `fusion` as `analyze` takes them */
  readonly device?: string;
  /** on-chip buffer, with its unit: `108KiB` */
  readonly buffer?: string;
  /** layers that exchange maps on chip: `pairs` or `stages` */
  readonly fusion?: string;
  /** whole shapes of inputs, by name: `{ data: 1x3x224x224 }`, or `[1, 3, 224, 224]`; or as options take them */
  readonly input?: Readonly<Record<string, string | readonly number[]>> | readonly string[];
  /** extents of symbolic dimensions, by symbol: `{ N: 1 }`; or as options take them: `[N=1]` */
  readonly bind?: Readonly<Record<string, number>> | readonly string[];
  /** contents of small inputs, by name: `{ sr: 16000 }`, `{ size: [1, 3, 8, 8] }` */
  readonly value?: Readonly<Record<string, InputContent | readonly InputContent[]>>;
  /** branches of nodes whose condition is not known, by the name of the node; absent: the one with more MACs */
  readonly branch?: Readonly<Record<string, 'then' | 'else'>>;
  /** what unknown operators make, by name: `{ my.domain.Op: same-shape }`, results like their first inputs */
  readonly assume?: Readonly<Record<string, 'same-shape'>>;
  /** how measured numbers are come by */
  readonly measure?: MeasureConfig;
}

/** One element of an input: a number, or the answer that a condition takes. */
export type InputContent = number | boolean;

/** Limits of measured numbers: what measures them, and what it means that one is not kept. */
export interface MeasureConfig {
  /** network measured in turns with the model: measuredRatio is over its latency */
  readonly reference?: string;
  /** what `probe --format json` wrote; absent: measured now */
  readonly file?: string;
  /** of a limit that is not kept; by default `warn` */
  readonly severity?: 'error' | 'warn';
  /** as `probe` takes them, where it is measured now */
  readonly device?: string;
  /** threads of the runtime; absent: 1 */
  readonly threads?: number;
  /** seconds that it may take */
  readonly budget?: number;
}

/** A condition over metrics that a network must meet. */
export interface RuleConfig {
  /** what reports call it */
  readonly name: string;
  /** `flops / baseline.flops <= 1.02` */
  readonly expr: string;
  /** of a rule that does not hold; by default error */
  readonly severity?: 'error' | 'warn';
  /** what it means that it does not hold */
  readonly message?: string;
}

const limits: ValueType<Readonly<Record<string, string | number>>> = {
  mismatch(value): Mismatch | undefined {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) {
      return { path: '', problem: 'must be an object of metrics' };
    }
    for (const [name, limit] of Object.entries(value)) {
      const path = `.${name}`;
      if (gateMetric(name) === undefined && measuredMetric(name) === undefined) {
        const ids = [...GATE_METRICS, ...MEASURED_METRICS].map(({ id }) => id);
        const near = closest(name, ids);
        return {
          path,
          problem:
            near.length > 0
              ? `is no metric; did you mean ${near.join(' or ')}?`
              : `is none of ${ids.join(', ')}`,
        };
      }
      if (typeof limit !== 'string' && (typeof limit !== 'number' || !Number.isFinite(limit))) {
        return { path, problem: 'must be a text such as "+2%", or a number' };
      }
    }
    return undefined;
  },
};

const rule = fields<RuleConfig>({
  name: text,
  expr: text,
  severity: optional(choice(['error', 'warn'])),
  message: optional(text),
});

const measure = fields<MeasureConfig>({
  reference: optional(text),
  file: optional(text),
  severity: optional(choice(['error', 'warn'])),
  device: optional(text),
  threads: optional(integer),
  budget: optional(integer),
});

const SHAPE = /^[0-9]+(x[0-9]+)*$/;

const shape = either(
  primitive<string>(
    'a shape, such as 1x3x224x224',
    (value) => typeof value === 'string' && SHAPE.test(value),
  ),
  list(natural),
);

const element: ValueType<InputContent> = either(number, flag);
const content = either(element, list(element));

const demands = { limits: optional(limits), rules: optional(list(rule)) };

/** What demands must be. */
export const DEMANDS: ValueType<Demands> = fields<Demands>(demands);

/** What a configuration must be. */
export const GATE_CONFIG: ValueType<GateConfig> = fields<GateConfig>({
  $schema: optional(text),
  schemaVersion: choiceOf(CONFIG_VERSION),
  targets: list(
    fields<TargetConfig>({
      model: text,
      baseline: optional(text),
      flops: optional(text),
      cio: optional(text),
      batch: optional(integer),
      dtype: optional(text),
      device: optional(text),
      buffer: optional(text),
      fusion: optional(text),
      input: optional(either(map(shape, '{ data: 1x3x224x224 }'), list(text))),
      bind: optional(either(map(natural, '{ N: 1 }'), list(text))),
      value: optional(map(content, '{ sr: 16000 }')),
      branch: optional(map(choice(['then', 'else']), '{ If_12: then }')),
      assume: optional(map(choice(['same-shape']), '{ my.domain.Op: same-shape }')),
      ...demands,
      measure: optional(measure),
    }),
  ),
});

function choiceOf(version: number): ValueType<number> {
  return {
    mismatch: (value) =>
      value === version
        ? undefined
        : { path: '', problem: `must be ${String(version)}, which this tool reads` },
  };
}
