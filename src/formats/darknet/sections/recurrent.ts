import type { TensorId } from '../../../graph/graph.ts';
import { dim, type Shape } from '../../../ops/spec.ts';
import { CHANNELS, IDENTITY, type Convolution, type Lowering } from '../lower.ts';
import { flag, integer, text, whole } from '../options.ts';
import { section } from '../section.ts';
import { recurrentConv, recurrentConvOptions } from './conv.ts';

/*
 * One step of each recurrent layer: what enters it from the step before is a constant of the graph.
 * Darknet counts no FLOPs for rnn, gru and lstm; for crnn those of its convolutions, for conv_lstm those and
 * its gates.
 */

const sum = (l: Lowering, ...tensors: readonly TensorId[]): TensorId =>
  l.builder.add('elementwise', tensors, { fn: 'add', dtype: 'float32' });

const product = (l: Lowering, ...tensors: readonly TensorId[]): TensorId =>
  l.builder.add('elementwise', tensors, { fn: 'mul', dtype: 'float32' });

const batchOf = (l: Lowering): number => dim(l.shapeOf(l.input), 0);

export const rnn = section(
  {
    output: whole(1, 1),
    hidden: whole(1, 1),
    activation: text('logistic'),
    batch_normalize: flag(),
    logistic: integer(0),
    shortcut: flag(),
  },
  '',
  (l, o) => {
    const before = l.state([batchOf(l), o.hidden]);
    const ofInput = l.connect(l.input, o.hidden, o.batch_normalize, o.activation);
    const selfActivation = o.logistic === 2 ? 'loggy' : o.logistic === 1 ? 'logistic' : o.activation;
    const ofState = l.connect(before, o.hidden, o.batch_normalize, selfActivation);
    const state = o.shortcut ? sum(l, before, ofInput, ofState) : sum(l, ofInput, ofState);
    return l.connect(state, o.output, o.batch_normalize, o.activation);
  },
);

const gatedOptions = { output: whole(1, 1), batch_normalize: flag() };

export const gru = section(gatedOptions, '', (l, o) => {
  const before = l.state([batchOf(l), o.output]);
  const one = l.builder.constant('constant', { dtype: 'float32', shape: [1] }, 'one');
  const project = (tensor: TensorId): TensorId => l.connect(tensor, o.output, o.batch_normalize, 'linear');
  const logistic = (...tensors: readonly TensorId[]): TensorId => l.activate(sum(l, ...tensors), 'logistic');
  const update = logistic(project(l.input), project(before));
  const reset = logistic(project(l.input), project(before));
  const candidate = logistic(project(l.input), project(product(l, reset, before)));
  return sum(l, product(l, update, before), product(l, sum(l, one, update), candidate));
});

export const lstm = section(gatedOptions, '', (l, o) => {
  const shape = [batchOf(l), o.output];
  const [before, cell] = [l.state(shape), l.state(shape)];
  const gate = (activation: string): TensorId => {
    const ofState = l.connect(before, o.output, o.batch_normalize, 'linear');
    const ofInput = l.connect(l.input, o.output, o.batch_normalize, 'linear');
    return l.activate(sum(l, ofState, ofInput), activation);
  };
  const [forget, write, value, output] = ['logistic', 'logistic', 'tanh', 'logistic'].map(gate) as [
    TensorId,
    TensorId,
    TensorId,
    TensorId,
  ];
  const after = sum(l, product(l, forget, cell), product(l, write, value));
  return product(l, output, l.activate(after, 'tanh'));
});

export const crnn = section(
  {
    ...recurrentConvOptions,
    output: whole(1, 1),
    hidden: whole(1, 1),
    activation: text('logistic'),
    shortcut: flag(),
  },
  '',
  (l, o) => {
    const conv = (filters: number): Convolution => recurrentConv(o, filters, o.activation);
    const input = l.map;
    const ofInput = l.convolve(input, conv(o.hidden));
    const shape = keepsExtent(l, input, ofInput);
    const before = l.state(shape);
    const ofState = l.convolve(before, conv(o.hidden));
    const state = o.shortcut ? sum(l, before, ofInput, ofState) : sum(l, ofInput, ofState);
    return l.convolve(state, conv(o.output));
  },
);

export const convLstm = section(
  {
    ...recurrentConvOptions,
    output: whole(1, 1),
    activation: text('linear'),
    lstm_activation: text('tanh'),
    peephole: flag(),
    bottleneck: flag(),
  },
  'state_constrain shortcut time_normalizer',
  (l, o) => {
    const conv = recurrentConv(o, o.output, o.activation);
    const input = l.map;
    const [batch, channels, height, width] = l.shapeOf(input) as [number, number, number, number];
    if (o.bottleneck && channels !== o.output) {
      l.fail(
        'CSP337',
        `bottleneck=1 with ${String(channels)} channels in and ${String(o.output)} out`,
        'make them equal',
      );
    }
    const shape = [batch, o.output, height, width];
    const [before, cell] = [l.state(shape), l.state(shape)];
    // The bottleneck reads state and input together, once for all gates; Darknet counts the sum with nothing.
    const source = o.bottleneck
      ? l.activate(l.convolve(l.builder.add('concat', [before, input], CHANNELS), conv), o.lstm_activation)
      : input;
    const nothing = o.bottleneck ? l.state(shape) : undefined;
    const terms = (peep: TensorId | undefined): readonly TensorId[] => [
      nothing ?? l.convolve(before, conv),
      l.convolve(source, conv),
      ...(o.peephole && peep !== undefined ? [l.convolve(peep, conv)] : []),
    ];
    const gate = (peep: TensorId): TensorId => l.builder.add('gate', terms(peep), {});
    const forget = gate(cell);
    keepsExtent(l, input, forget);
    const write = gate(cell);
    const value = l.activate(sum(l, ...terms(undefined)), o.lstm_activation);
    const after = sum(l, product(l, forget, cell), product(l, write, value));
    return product(l, gate(after), l.activate(after, o.lstm_activation));
  },
);

/** Shape of the result, whose extents must be those of the input: the state is fed back. */
function keepsExtent(l: Lowering, input: TensorId, result: TensorId): Shape {
  const [from, to] = [l.shapeOf(input), l.shapeOf(result)];
  if (from[2] !== to[2] || from[3] !== to[3]) {
    l.fail(
      'CSP337',
      `the recurrent convolution makes ${to.slice(2).join('x')} out of ${from.slice(2).join('x')}`,
      'keep the extent: stride=1 and pad=1 with an odd size',
    );
  }
  return to;
}

/** The last frames of a sequence, one behind the other. */
export const history = section({ history_size: whole(4, 1) }, '', (l, o) => {
  const map = l.map;
  const [batch, channels, height, width] = l.shapeOf(map) as [number, number, number, number];
  if (o.history_size === 1) return l.builder.add('identity', [map], IDENTITY);
  const before = l.state([batch, channels * (o.history_size - 1), height, width]);
  return l.builder.add('concat', [before, map], CHANNELS);
});
