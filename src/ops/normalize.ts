import { elements } from '../units.ts';
import { choice, flag, list, natural } from '../values.ts';
import {
  expectInputs,
  formatShape,
  withShape,
  type OpSpec,
  type TensorType,
  type Work,
  type OpenType,
} from './spec.ts';

/** Work of one element that is normalised, and of each group of elements that share a statistic. */
export const NORMALIZE_WORK = {
  /** (x - mean) / sqrt(variance + e): mean, deviation and its square, product with the inverse */
  layer: { each: { add: 3, mul: 2 }, group: { divide: 3, add: 1, transcendental: 1 } },
  /** the same over each map; scale and shift are per channel */
  instance: { each: { add: 3, mul: 2 }, group: { divide: 3, add: 1, transcendental: 1 } },
  /** the same over groups of channels; scale and shift are per channel */
  group: { each: { add: 3, mul: 2 }, group: { divide: 3, add: 1, transcendental: 1 } },
  /** x / sqrt(mean of squares + e) */
  rms: { each: { add: 1, mul: 2 }, group: { divide: 2, add: 1, transcendental: 1 } },
  /** x / norm */
  lp: { each: { add: 1, mul: 1, divide: 1 }, group: { transcendental: 1 } },
  /** x - max - log(sum(exp(x - max))) */
  logSoftmax: { each: { compare: 1, add: 3, transcendental: 1 }, group: { transcendental: 1 } },
  /** 1 where the largest is */
  hardmax: { each: { compare: 1 }, group: {} },
} as const satisfies Record<string, { readonly each: Work; readonly group: Work }>;

/** What `normalize` may compute: a name of its table of work. */
export type NormalizeFunction = keyof typeof NORMALIZE_WORK;

/** Attributes of `normalize`. */
export interface NormalizeAttrs {
  /** what is normalised by: which statistics are taken */
  readonly fn: NormalizeFunction;
  /** axes that share one statistic */
  readonly axes: readonly number[];
  /** groups of channels within those axes that have a statistic each (1 but for group normalisation) */
  readonly groups: number;
  /** the result is multiplied by a learned vector */
  readonly scale: boolean;
  /** a learned vector is added to the result */
  readonly shift: boolean;
}

/** Normalisation by statistics of the data itself, with a learned scale and shift. */
export const normalize: OpSpec<NormalizeAttrs> = {
  summary: 'layer, group, instance, RMS and L2 normalisation, log softmax',
  attrs: {
    fn: choice(Object.keys(NORMALIZE_WORK) as NormalizeFunction[]),
    axes: list(natural),
    groups: natural,
    scale: flag,
    shift: flag,
  },
  infer(inputs, attrs) {
    const bad = expectInputs(inputs, 1, 0);
    if (bad) return bad;
    const input = inputs[0] as OpenType;
    for (const axis of attrs.axes) {
      if (input.shape[axis] === undefined) {
        return {
          problem: `normalises axis ${String(axis)} of ${formatShape(input.shape)}`,
          fix: 'name axes that exist',
        };
      }
    }
    return [input];
  },
  params(inputs, attrs) {
    const input = inputs[0] as TensorType;
    const perChannel = attrs.fn === 'instance' || attrs.fn === 'group';
    const shape = (perChannel ? [1] : attrs.axes).map((axis) => input.shape[axis] ?? 1);
    const type = withShape(input, shape);
    return [
      ...(attrs.scale ? [{ role: 'scale', type } as const] : []),
      ...(attrs.shift ? [{ role: 'shift', type } as const] : []),
    ];
  },
  work(inputs, _outputs, attrs) {
    const { shape } = inputs[0] as TensorType;
    const count = elements(shape);
    const statistics = elements(shape.filter((_, axis) => !attrs.axes.includes(axis))) * attrs.groups;
    const { each, group }: { readonly each: Work; readonly group: Work } = NORMALIZE_WORK[attrs.fn];
    const of = (primitive: keyof Work): number =>
      count * (each[primitive] ?? 0) + statistics * (group[primitive] ?? 0);
    return {
      add: of('add') + (attrs.shift ? count : 0),
      mul: of('mul') + (attrs.scale ? count : 0),
      divide: of('divide'),
      compare: of('compare'),
      transcendental: of('transcendental'),
    };
  },
  memory: 'stream',
};
