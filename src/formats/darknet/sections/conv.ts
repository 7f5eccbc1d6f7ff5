import type { TensorId } from '../../../graph/graph.ts';
import { dim, type Shape } from '../../../ops/spec.ts';
import { squareWindow, type Convolution, type Lowering } from '../lower.ts';
import { memo } from '../memo.ts';
import { flag, integer, optionalWhole, text, whole, type OptionValues } from '../options.ts';
import { section } from '../section.ts';

const convOptions = {
  filters: whole(1, 1),
  size: whole(1, 1),
  stride: whole(1, 1),
  stride_x: integer(-1),
  stride_y: integer(-1),
  dilation: whole(1, 1),
  pad: flag(),
  padding: whole(0, 0),
  groups: integer(1),
  activation: text('logistic'),
  batch_normalize: flag(),
  cbn: flag(),
  xnor: flag(),
  antialiasing: integer(0),
  share_index: optionalInteger(),
};

export const convolutional = section(
  convOptions,
  'binary bin_output assisted_excitation sway rotate stretch stretch_sway angle flipped dot grad_centr reverse ' +
    'coordconv stream wait_stream',
  (l, o) => {
    const input = l.map;
    const conv = convolutionOf(o);
    const result =
      o.share_index === undefined ? l.convolve(input, conv) : convolveShared(l, input, conv, o.share_index);
    return o.antialiasing === 0 ? result : blurred(l, result, o.antialiasing, ...stridesOf(o));
  },
);

const stridesOf = (o: OptionValues<typeof convOptions>): [number, number] => [
  o.stride_x < 1 ? o.stride : o.stride_x,
  o.stride_y < 1 ? o.stride : o.stride_y,
];

const convolutionOf = memo((o: OptionValues<typeof convOptions>): Convolution => {
  const [strideX, strideY] = o.antialiasing === 0 ? stridesOf(o) : [1, 1];
  return {
    filters: o.filters,
    size: o.size,
    strideX,
    strideY,
    dilation: o.size === 1 ? 1 : o.dilation,
    padding: o.pad ? Math.floor(o.size / 2) : o.padding,
    groups: o.xnor ? 1 : Math.max(o.groups, 1),
    binary: o.xnor,
    batchNormalize: o.batch_normalize || o.cbn,
    activation: o.activation,
  };
});

/** A whole number that is off where the option is missing. */
function optionalInteger() {
  return optionalWhole(-(2 ** 31 - 1));
}

/** The convolution with the parameters of another layer, which must be as many. */
function convolveShared(l: Lowering, input: TensorId, conv: Convolution, reference: number): TensorId {
  const shared = l.builder.nodesOf(l.layerOf(reference, 'share_index'));
  const other = shared.find((node) => node.kind === 'conv');
  const channels = dim(l.shapeOf(input), 1);
  const weights = other?.params[0];
  const own: Shape = [conv.filters, channels / conv.groups, conv.size, conv.size];
  const normalized = shared.some((node) => node.kind === 'batchNorm');
  if (
    weights === undefined ||
    l.shapeOf(weights).join() !== own.join() ||
    normalized !== conv.batchNormalize
  ) {
    l.fail(
      'CSP332',
      weights === undefined
        ? `share_index=${String(reference)} is no convolutional layer`
        : `weights of ${own.join('x')} cannot be shared with a layer of ${l.shapeOf(weights).join('x')}`,
      'share with a convolution of the same filters, size, groups, channels and batch_normalize',
    );
  }
  return l.convolve(input, conv, shared);
}

/** The low-pass filter that takes over the stride of an antialiased layer: 2x2 for antialiasing=2, else 3x3. */
export function blurred(
  l: Lowering,
  input: TensorId,
  antialiasing: number,
  strideX: number,
  strideY: number,
): TensorId {
  const size = antialiasing === 2 ? 2 : 3;
  const padding = antialiasing === 2 ? 0 : 1;
  return l.builder.add('blur', [input], squareWindow(size, strideX, strideY, 1, padding, 2 * padding));
}

export const local = section(
  {
    filters: whole(1, 1),
    size: whole(1, 1),
    stride: whole(1, 1),
    pad: whole(0, 0),
    activation: text('logistic'),
  },
  '',
  (l, o) => {
    // Any pad makes the output (w - 1) / stride + 1; the map begins behind `pad` zeros.
    const total = o.pad === 0 ? 0 : o.size - 1;
    const window = squareWindow(o.size, o.stride, o.stride, 1, Math.min(o.pad, total), total);
    return l.activate(
      l.builder.add('localConv', [l.map], { ...window, outChannels: o.filters }),
      o.activation,
    );
  },
);

export const connected = section(
  { output: whole(1, 1), batch_normalize: flag(), activation: text('logistic') },
  '',
  (l, o) => l.connect(l.input, o.output, o.batch_normalize, o.activation),
);

/** Options of the convolutions inside a recurrent layer. */
export const recurrentConvOptions = {
  size: whole(3, 1),
  stride: whole(1, 1),
  dilation: whole(1, 1),
  pad: flag(),
  padding: whole(0, 0),
  groups: integer(1),
  batch_normalize: flag(),
  xnor: flag(),
};

/** The convolution that a recurrent layer applies to its input and to its state. */
export const recurrentConv = (
  o: OptionValues<typeof recurrentConvOptions>,
  filters: number,
  activation: string,
): Convolution => ({
  filters,
  size: o.size,
  strideX: o.stride,
  strideY: o.stride,
  dilation: o.dilation,
  padding: o.pad ? Math.floor(o.size / 2) : o.padding,
  groups: o.xnor ? 1 : Math.max(o.groups, 1),
  binary: o.xnor,
  batchNormalize: o.batch_normalize,
  activation,
});
