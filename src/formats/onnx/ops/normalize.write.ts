import type { DType } from '../../../ops/dtype.ts';
import type { OpAttrs } from '../../../ops/registry.ts';
import { dim, type Shape } from '../../../ops/spec.ts';
import { elements } from '../../../units.ts';
import { float, int, type Attributes, type Draft } from '../writeDraft.ts';
import { only, type Expressed, type Forms, type Operands } from '../writer.ts';
import { reshape } from './move.write.ts';
import { ofFloats } from './quantize.write.ts';
import { reduced } from './reduce.write.ts';

/** The epsilon of ONNX's own normalisations. */
const EPSILON = 1e-5;

/** The operator of ONNX that normalises so, with the parameters as they are, if this opset has one. */
function onnxForm(
  on: Draft,
  { fn, axes, groups, scale, shift }: OpAttrs<'normalize'>,
  shape: Shape,
): readonly [opType: string, attributes: Attributes] | undefined {
  const trailing = axes.every((axis, i) => axis === shape.length - axes.length + i);
  const epsilon = float(EPSILON);
  const axis = int(axes[0] ?? 0);
  const isWhole = scale && shift && trailing;
  if (fn === 'layer' && trailing && scale && on.opset >= 17) return ['LayerNormalization', { axis, epsilon }];
  if (fn === 'rms' && trailing && scale && !shift && on.opset >= 23)
    return ['RMSNormalization', { axis, epsilon }];
  if (fn === 'instance' && isWhole && axes[0] === 2 && shape.length > 2)
    return ['InstanceNormalization', { epsilon }];
  if (fn === 'group' && isWhole && axes[0] === 1 && on.opset >= 21) {
    return ['GroupNormalization', { num_groups: int(groups), epsilon }];
  }
  return undefined;
}

function normalize(on: Draft, { attrs, inputs, params, types, param }: Operands<'normalize'>): Expressed {
  const [x, { dtype, shape }] = only(inputs, types);
  const { fn, axes } = attrs;
  const perChannel = fn === 'instance' || fn === 'group';
  const [first = 0] = perChannel ? [1] : axes;
  const along = shape
    .map((each, axis) => ((perChannel ? axis === 1 : axes.includes(axis)) ? each : 1))
    .slice(first);
  const scaled = attrs.scale
    ? (value: string) => on.op('Mul', [value, param(0, along)])
    : (value: string) => value;
  const shifted = attrs.shift
    ? (value: string) => on.op('Add', [scaled(value), param(params.length - 1, along)])
    : scaled;
  const ownForm = onnxForm(on, attrs, shape);
  if (ownForm !== undefined) {
    const [opType, attributes] = ownForm;
    return on.op(opType, [x, ...params.map((_, i) => param(i))], attributes);
  }
  switch (fn) {
    case 'logSoftmax':
      return shifted(on.op('LogSoftmax', [x], { axis: int(first) }));
    case 'hardmax':
      return shifted(on.op('Hardmax', [x], { axis: int(first) }));
    case 'lp':
      return shifted(on.op('Div', [x, reduced(on, 'ReduceL2', x, axes, true)]));
    case 'rms':
      return shifted(on.op('Div', [x, root(on, x, axes, dtype)]));
    case 'layer':
    case 'instance':
      return shifted(standardized(on, x, axes, dtype));
    case 'group': {
      const batch = dim(shape, 0);
      const grouped = reshape(on, x, [batch, attrs.groups, elements(shape) / (batch * attrs.groups)]);
      return shifted(reshape(on, standardized(on, grouped, [2], dtype), shape));
    }
  }
}

/** Square root of the mean of squares, kept from zero. */
const root = (on: Draft, x: string, axes: readonly number[], dtype: DType): string => {
  const squares = reduced(on, 'ReduceMean', on.op('Mul', [x, x]), axes, true);
  return on.op('Sqrt', [on.op('Add', [squares, on.numbers(dtype, [EPSILON])])]);
};

/** The values less their mean, over their deviation. */
function standardized(on: Draft, x: string, axes: readonly number[], dtype: DType): string {
  const deviation = on.op('Sub', [x, reduced(on, 'ReduceMean', x, axes, true)]);
  return on.op('Div', [deviation, root(on, deviation, axes, dtype)]);
}

export const NORMALIZE_FORMS = {
  batchNorm: ofFloats('batchNorm', (on, { inputs, params, param }) =>
    on.op('BatchNormalization', [...inputs, ...params.map((_, i) => param(i))], {
      epsilon: float(EPSILON),
    }),
  ),
  lrn: ofFloats('lrn', (on, { attrs, inputs }) =>
    // Darknet's defaults; ONNX divides alpha by the size, Darknet does not.
    on.op('LRN', inputs, {
      size: int(attrs.size),
      alpha: float(0.0001 * attrs.size),
      beta: float(0.75),
      bias: float(1),
    }),
  ),
  normalize: ofFloats('normalize', normalize),
  softmax: ofFloats('softmax', (on, { attrs, inputs }) =>
    on.op('Softmax', inputs, { axis: int(attrs.axis) }),
  ),
} satisfies Forms;
