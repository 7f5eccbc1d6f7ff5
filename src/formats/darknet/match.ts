import { tensorOf, type Graph, type Layer, type OpNode, type TensorId } from '../../graph/graph.ts';
import type { OpKind } from '../../ops/registry.ts';
import { dim, type Shape } from '../../ops/spec.ts';
import type { YoloAttrs } from '../../ops/yolo.ts';
import type { SlidingWindow } from '../../ops/window.ts';
import { ACTIVATIONS } from './lower.ts';
import { WEIGHTS_NORMALIZATIONS, WEIGHTS_TYPES } from './sections/merge.ts';
import { UNSTATED } from './sections/output.ts';

/** A section to be written. */
export interface Draft {
  readonly name: string;
  readonly options: readonly (readonly [key: string, value: string])[];
}

/** A section that says what some nodes do. */
export interface Match {
  /** what the layer before it must have made, unless the section names what it reads */
  readonly input: TensorId | undefined;
  /** the node behind the last one that the section stands for */
  readonly end: number;
  /**
   * @param references how the section names the layers that made these tensors
   * @param sharer index of the layer that has these parameters already, if one has
   */
  readonly draft: (
    references: (tensors: readonly TensorId[]) => string,
    sharer: (params: readonly TensorId[]) => number | undefined,
  ) => Draft;
}

type Options = Readonly<Record<string, string | number | boolean | undefined>>;

/** Name and options, without those that are undefined or false. */
function draftOf(name: string, options: Options): Draft {
  const written: [string, string][] = [];
  for (const [key, value] of Object.entries(options)) {
    if (value !== undefined && value !== false) written.push([key, value === true ? '1' : String(value)]);
  }
  return { name, options: written };
}

/**
 * The section for the nodes that begin at `at`, within their layer; undefined where there is none. What it is
 * not certain of, such as parameters, the reader judges afterwards.
 */
export function sectionAt(graph: Graph, at: number, layer: Layer): Match | undefined {
  const chain = new Chain(graph, at, layer.last);
  return recurrent(graph, at, layer) ?? simple(chain, layer);
}

/** Nodes one behind the other, each reading what the one before made. */
class Chain {
  readonly graph: Graph;
  readonly first: OpNode;
  #end: number;
  readonly #limit: number;
  readonly #sources = new Map<TensorId, TensorId>();

  constructor(graph: Graph, at: number, limit: number) {
    this.graph = graph;
    this.#limit = limit;
    // Features that are read as a map are reshaped by the reader, too.
    let first = at;
    for (; first + 1 < limit; first++) {
      const { kind, inputs, outputs } = graph.nodes[first] as OpNode;
      const [from, to] = [inputs[0], outputs[0]];
      if (kind !== 'reshape' || from === undefined || to === undefined) break;
      this.#sources.set(to, from);
    }
    this.first = graph.nodes[first] as OpNode;
    this.#end = first + 1;
  }

  /** What the section reads without naming it. */
  get input(): TensorId | undefined {
    const [input] = this.first.inputs;
    return input === undefined ? undefined : this.source(input);
  }

  /** The tensor, or what the reader would reshape to get it. */
  readonly source = (tensor: TensorId): TensorId => this.#sources.get(tensor) ?? tensor;

  get end(): number {
    return this.#end;
  }

  /** The next node, if it is of one of these kinds and reads the one before; `beyond`: even in the next layer. */
  take<K extends OpKind>(beyond: boolean, ...kinds: readonly K[]): NodeOf<K> | undefined {
    const last = this.graph.nodes[this.#end - 1] as OpNode;
    const node = this.#end < this.#limit || beyond ? this.graph.nodes[this.#end] : undefined;
    if (node === undefined || !isOf(node, kinds) || node.inputs[0] !== last.outputs[0]) return undefined;
    this.#end++;
    return node;
  }

  shapeOf(tensor: TensorId | undefined): Shape {
    return tensor === undefined ? [] : tensorOf(this.graph, tensor).type.shape;
  }

  match(name: string, options: Options): Match {
    return { input: this.input, end: this.end, draft: () => draftOf(name, options) };
  }
}

type NodeOf<K extends OpKind> = OpNode & { readonly kind: K };

const isOf = <K extends OpKind>(node: OpNode, kinds: readonly K[]): node is NodeOf<K> =>
  (kinds as readonly OpKind[]).includes(node.kind);

const NAMES: ReadonlyMap<string, string> = new Map(
  [...ACTIVATIONS].reverse().map(([name, fn]) => [fn, name]),
);

/** Darknet's name of an activation that ends a layer, or `linear` where none does. */
function activationOf(node: OpNode<'activation' | 'softmax'> | undefined): string {
  if (node === undefined) return 'linear';
  return node.kind === 'softmax' ? 'normalize_channels_softmax' : (NAMES.get(node.attrs.fn) ?? node.attrs.fn);
}

/** Sections that stand for one operator and what follows it in its layer. */
function simple(chain: Chain, layer: Layer): Match | undefined {
  const { first } = chain;
  switch (first.kind) {
    case 'conv':
      return convolutional(chain, first);
    case 'linear':
      return connected(chain, first);
    case 'localConv': {
      const window = square(first.attrs);
      const activation = activationOf(chain.take(false, 'activation', 'softmax'));
      return (
        window &&
        chain.match('local', {
          filters: first.attrs.outChannels,
          size: window.size,
          stride: window.strideX,
          pad: window.begin > 0 || window.total > 0 ? Math.max(window.begin, 1) : undefined,
          activation,
        })
      );
    }
    case 'maxPool':
      return pool(chain, 'maxpool', first.attrs);
    case 'avgPool':
      return pool(chain, 'local_avgpool', first.attrs);
    case 'globalPool':
      return first.attrs.mode === 'average' ? chain.match('avgpool', {}) : undefined;
    case 'maxout':
      return chain.match('maxpool', { maxpool_depth: 1, stride: 1, out_channels: first.attrs.outChannels });
    case 'add':
    case 'weightedAdd':
      return shortcut(chain, first);
    case 'mul':
      return product(chain, first);
    case 'identity':
      return identity(chain, first, layer);
    case 'concat':
    case 'slice':
      return route(chain, layer) ?? crop(chain);
    case 'upsample':
      return chain.match('upsample', { stride: first.attrs.factor });
    case 'sumPool':
      return chain.match('upsample', { stride: -first.attrs.factor });
    case 'reorg':
      return chain.match(first.attrs.order, { stride: first.attrs.block, reverse: first.attrs.inverse });
    case 'lrn':
      return chain.match('normalization', { size: first.attrs.size });
    case 'batchNorm':
      return chain.match('batchnorm', {});
    case 'softmax':
      return chain.match('softmax', { groups: 1 });
    case 'activation':
      return chain.match('activation', { activation: activationOf(first) });
    case 'yolo':
      return chain.match('yolo', yoloOptions(first.attrs));
    case 'gaussianYolo':
      return chain.match('Gaussian_yolo', yoloOptions(first.attrs));
    case 'region': {
      const { classes, anchors, coords, softmax, priors } = first.attrs;
      return chain.match('region', {
        anchors: priorsText(anchors, priors),
        classes,
        num: anchors,
        coords,
        softmax,
      });
    }
    default:
      return undefined;
  }
}

const yoloOptions = ({
  classes,
  anchors,
  priors,
  priorCount = anchors,
  mask = Array.from({ length: anchors }, (_, i) => i),
  scale,
  newCoords,
}: YoloAttrs): Options => ({
  mask: mask.join(','),
  anchors: priorsText(priorCount, priors),
  classes,
  num: priorCount,
  scale_x_y: scale,
  new_coords: newCoords,
});

/** Boxes; where none are stated those that Darknet takes then, since others that read its files refuse to go without. */
const priorsText = (count: number, priors: readonly number[] | undefined): string =>
  (priors ?? Array.from({ length: 2 * count }, () => UNSTATED)).join(',');

interface SquareWindow {
  readonly size: number;
  readonly strideX: number;
  readonly strideY: number;
  readonly dilation: number;
  readonly begin: number;
  readonly total: number;
}

/** A window with the same kernel, dilation and padding on both axes. */
function square({ kernel, stride, dilation, padding, rounding }: SlidingWindow): SquareWindow | undefined {
  const [size, strideY, strideX, along, begin, end] = [
    kernel[0],
    stride[0],
    stride[1],
    dilation[0],
    padding.begin[0],
    padding.end[0],
  ];
  return size !== undefined &&
    strideY !== undefined &&
    strideX !== undefined &&
    along !== undefined &&
    begin !== undefined &&
    end !== undefined &&
    kernel.length === 2 &&
    kernel[1] === size &&
    dilation[1] === along &&
    padding.begin[1] === begin &&
    padding.end[1] === end &&
    rounding === 'floor'
    ? { size, strideX, strideY, dilation: along, begin, total: begin + end }
    : undefined;
}

const strides = (strideX: number, strideY: number): Options =>
  strideX === strideY ? { stride: strideX } : { stride_x: strideX, stride_y: strideY };

/** Stride and kind of the filter that takes over a layer's stride, or the layer's own stride. */
function antialiasing(chain: Chain, window: SquareWindow): Options | undefined {
  const blur = chain.take(false, 'blur');
  if (blur === undefined) return strides(window.strideX, window.strideY);
  const filter = square(blur.attrs);
  return filter && { ...strides(filter.strideX, filter.strideY), antialiasing: filter.size === 2 ? 2 : 1 };
}

/** Padding before dilation, as pad=1 or padding=N; undefined where it is none that Darknet could mean. */
function padding({ size, dilation, total }: SquareWindow): Options | undefined {
  const each = (total - (dilation - 1) * (size - 1)) / 2;
  if (!Number.isInteger(each) || each < 0) return undefined;
  return each === Math.floor(size / 2) ? { pad: 1 } : { padding: each };
}

function convolutional(chain: Chain, conv: OpNode<'conv'>): Match | undefined {
  const { outChannels, groups, bias, binary } = conv.attrs;
  const window = square(conv.attrs);
  // A convolution that waits for its normalisation may find it in the next layer.
  const normalized = bias ? undefined : chain.take(true, 'batchNorm');
  const activation = activationOf(chain.take(false, 'activation', 'softmax'));
  const pads = window && padding(window);
  const steps = window && antialiasing(chain, window);
  if ((!bias && normalized === undefined) || !pads || !steps) return undefined;
  return {
    input: chain.input,
    end: chain.end,
    draft: (_, sharer) =>
      draftOf('convolutional', {
        batch_normalize: normalized !== undefined,
        filters: outChannels,
        size: window.size,
        ...steps,
        dilation: window.dilation === 1 ? undefined : window.dilation,
        ...pads,
        groups: groups === 1 ? undefined : groups,
        xnor: binary,
        share_index: sharer(conv.params),
        activation,
      }),
  };
}

function connected(chain: Chain, linear: OpNode<'linear'>): Match | undefined {
  const { bias } = linear.attrs;
  const normalized = bias ? undefined : chain.take(true, 'batchNorm');
  const activation = activationOf(chain.take(false, 'activation', 'softmax'));
  if (!bias && normalized === undefined) return undefined;
  return chain.match('connected', {
    output: linear.attrs.outFeatures,
    batch_normalize: normalized !== undefined,
    activation,
  });
}

function pool(chain: Chain, name: string, attrs: SlidingWindow): Match | undefined {
  const window = square(attrs);
  const steps = window && antialiasing(chain, window);
  return steps && chain.match(name, { size: window.size, ...steps, padding: window.total });
}

function shortcut(chain: Chain, sum: OpNode<'add' | 'weightedAdd'>): Match {
  const activation = activationOf(chain.take(false, 'activation', 'softmax'));
  const weights =
    sum.kind === 'add'
      ? {}
      : {
          weights_type: keyOf(WEIGHTS_TYPES, sum.attrs.per),
          weights_normalization: keyOf(WEIGHTS_NORMALIZATIONS, sum.attrs.normalize),
        };
  return {
    input: chain.input,
    end: chain.end,
    draft: (references) =>
      draftOf('shortcut', {
        from: references(sum.inputs.slice(1).map(chain.source)),
        activation,
        ...weights,
      }),
  };
}

const keyOf = <V>(names: ReadonlyMap<string, V>, value: V): string | undefined =>
  [...names].find(([, each]) => each === value)?.[0];

/** The map that is scaled is named, the scale is what the layer before made. */
function product(chain: Chain, mul: OpNode<'mul'>): Match {
  const activation = activationOf(chain.take(false, 'activation', 'softmax'));
  const [map, scale] = mul.inputs as [TensorId, TensorId];
  const [whole, part] = [chain.shapeOf(map), chain.shapeOf(scale)];
  const perChannel = part[2] === 1 && part[3] === 1;
  const name = whole.join() === part.join() && !perChannel ? 'sam' : 'scale_channels';
  return {
    input: chain.source(scale),
    end: chain.end,
    draft: (references) =>
      draftOf(name, {
        from: references([chain.source(map)]),
        scale_wh: name === 'scale_channels' && !perChannel,
        activation: activation === 'linear' ? undefined : activation,
      }),
  };
}

/** Sections that hand on what they read. */
const PASSING: readonly (string | undefined)[] = ['dropout', 'cost', 'empty'];

function identity(chain: Chain, node: OpNode<'identity'>, { origin }: Layer): Match {
  const [source] = node.inputs as [TensorId];
  if (tensorOf(chain.graph, source).role !== 'activation') {
    const [, filters, atoms] = chain.shapeOf(source);
    return { input: undefined, end: chain.end, draft: () => draftOf('implicit', { filters, atoms }) };
  }
  if (origin.format === 'darknet' && PASSING.includes(origin.section)) {
    return chain.match(origin.section as string, {});
  }
  return {
    input: undefined,
    end: chain.end,
    draft: (references) => draftOf('route', { layers: references([chain.source(source)]) }),
  };
}

/** A concatenation of channels, of all or of the same group of every map, or one group alone. */
function route({ graph, end, source: sourceOf }: Chain, layer: Layer): Match | undefined {
  const sources = new Map<TensorId, TensorId>();
  let groups: Options = {};
  let at = end - 1;
  for (; at < layer.last; at++) {
    const node = graph.nodes[at] as OpNode;
    if (node.kind === 'concat') {
      if (node.attrs.axis !== 1) return undefined;
      at++;
      return named(node.inputs.map((id) => sources.get(id) ?? id));
    }
    const [source, result] = [node.inputs[0], node.outputs[0]];
    if (node.kind !== 'slice' || node.attrs.axis !== 1 || source === undefined || result === undefined) break;
    const width = node.attrs.end - node.attrs.start;
    const channels = dim(tensorOf(graph, source).type.shape, 1);
    if (channels % width !== 0 || node.attrs.start % width !== 0) return undefined;
    groups = { groups: channels / width, group_id: node.attrs.start / width };
    sources.set(result, source);
  }
  at = end;
  return sources.size === 0 ? undefined : named([[...sources.values()][0] as TensorId]);

  function named(tensors: readonly TensorId[]): Match {
    return {
      input: undefined,
      end: at,
      draft: (references) => draftOf('route', { layers: references(tensors.map(sourceOf)), ...groups }),
    };
  }
}

/** The middle rows and columns. */
function crop(chain: Chain): Match | undefined {
  const { first } = chain;
  const columns = chain.take(false, 'slice');
  if (first.kind !== 'slice' || columns === undefined) return undefined;
  return chain.match('crop', {
    crop_height: first.attrs.end - first.attrs.start,
    crop_width: columns.attrs.end - columns.attrs.start,
  });
}

/** Sections that keep a state: their layer reads a constant, which is how they are known. */
function recurrent(graph: Graph, at: number, layer: Layer): Match | undefined {
  if (at !== layer.first) return undefined;
  const nodes = graph.nodes.slice(layer.first, layer.last);
  const isState = (id: TensorId | undefined): boolean =>
    id !== undefined && tensorOf(graph, id).role === 'constant';
  if (!nodes.some(({ inputs }) => inputs.some(isState))) return undefined;
  const made = new Set(nodes.flatMap(({ outputs }) => outputs));
  const input = nodes
    .flatMap(({ inputs }) => inputs)
    .find((id) => tensorOf(graph, id).role === 'activation' && !made.has(id));
  const options = optionsOfRecurrent(nodes, isState);
  if (options !== undefined) return { input, end: layer.last, draft: () => options };
  const concat = nodes.find(({ kind }) => kind === 'concat');
  const [map, all] = [concat?.inputs[1], concat?.outputs[0]];
  if (map === undefined || all === undefined) return undefined;
  const [channels, total] = [map, all].map((id) => dim(tensorOf(graph, id).type.shape, 1)) as [
    number,
    number,
  ];
  return { input, end: layer.last, draft: () => draftOf('history', { history_size: total / channels }) };
}

function optionsOfRecurrent(
  nodes: readonly OpNode[],
  isState: (id: TensorId | undefined) => boolean,
): Draft | undefined {
  const of = <K extends OpKind>(kind: K): readonly NodeOf<K>[] => nodes.filter((node) => isOf(node, [kind]));
  /** the activation that ends the projection which begins with this node */
  const after = (node: OpNode): string => {
    const next = nodes.slice(nodes.indexOf(node) + 1).find(({ kind }) => kind !== 'batchNorm');
    return activationOf(next?.kind === 'activation' ? next : undefined);
  };
  const normalized = of('batchNorm').length > 0;
  const linears = of('linear');
  const convs = of('conv');
  const last = linears.at(-1) ?? convs.at(-1);
  const shortcut = of('elementwise').some(({ inputs }) => inputs.length === 3 && isState(inputs[0]));
  const [first, self] = linears;
  if (first !== undefined && self !== undefined && last?.kind === 'linear') {
    const output = last.attrs.outFeatures;
    if (linears.length === 8) return draftOf('lstm', { output, batch_normalize: normalized });
    if (linears.length === 6) return draftOf('gru', { output, batch_normalize: normalized });
    const activation = after(first);
    const own = after(self);
    return draftOf('rnn', {
      output,
      hidden: first.attrs.outFeatures,
      batch_normalize: normalized,
      activation,
      logistic: own === activation ? undefined : own === 'loggy' ? 2 : 1,
      shortcut,
    });
  }
  const [conv] = convs;
  const window = conv && square(conv.attrs);
  const pads = window && padding(window);
  if (conv === undefined || !pads || last?.kind !== 'conv') return undefined;
  const shared = {
    size: window.size,
    ...strides(window.strideX, window.strideY),
    dilation: window.dilation === 1 ? undefined : window.dilation,
    ...pads,
    groups: conv.attrs.groups === 1 ? undefined : conv.attrs.groups,
    batch_normalize: normalized,
    xnor: conv.attrs.binary,
    output: last.attrs.outChannels,
    // The bottleneck's own convolution has one activation more than the others.
    activation: after(convs[1] ?? conv),
  };
  const [gate] = of('gate');
  if (gate === undefined) return draftOf('crnn', { ...shared, hidden: conv.attrs.outChannels, shortcut });
  return draftOf('conv_lstm', {
    ...shared,
    peephole: gate.inputs.length === 3,
    bottleneck: of('concat').length > 0,
    lstm_activation: activationOf(of('activation').at(-1)),
  });
}
