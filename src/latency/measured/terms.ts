import { tensorOf, type Graph, type OpNode, type TensorId } from '../../graph/graph.ts';
import { elementsOf, workOf } from '../../graph/layers.ts';
import type { ActivationFunction } from '../../ops/activation.ts';
import { specOf } from '../../ops/registry.ts';
import { seenScores } from '../../ops/attention.ts';
import { taps } from '../../ops/window.ts';
import { elements } from '../../units.ts';
import { convGeometry, type ConvGeometry } from '../convLayer.ts';
import type { Demand } from '../demand.ts';
import { demandsOf, productOf } from '../operators.ts';

/**
 * What the time of a network on a processor is a sum of, with what one of each is. A network is an array with the
 * number of each, in this order.
 *
 * They follow what inference runtimes do on CPUs and GPUs: 3x3 convolutions of stride 1 go through Winograd's
 * transform, all others are products of matrices in blocks of channels (4 or 8 side by side), depthwise
 * convolutions and everything between move maps, fully connected layers read their weights once, and each kernel
 * costs its start.
 */
const TERMS = {
  /** Winograd F(4,3) products of 3x3 convolutions of stride 1: 36 for each tile of 4x4 results and pair of channels */
  winograd: 'product',
  /** the same where channels are no multiple of 4 */
  winogradOdd: 'product',
  /** the same where the fewer channels of both are less than 32 */
  winogradNarrow: 'product',
  /** numbers that the transform makes: 36 for each tile and channel, in and out */
  winogradTiles: 'number',
  /** weights as the transform keeps them: 36 for each pair of channels */
  winogradWeights: 'number',
  /** MACs of the other convolutions of more than 4 channels, and of products of matrices (3 times, see `ROWS`) */
  products: 'MAC',
  /** the same with output channels and positions rounded up to 8 */
  products8: 'MAC',
  /** the same with channels rounded up to 4 and positions to 8 */
  products4: 'MAC',
  /** of those the convolutions whose channels are no multiple of 4 */
  productsOdd: 'MAC',
  /** of those the windows of more than one position */
  productsWindow: 'MAC',
  /** of those the windows that move by more than one position */
  productsStrided: 'MAC',
  /** of those the 1x1 windows on maps of at most 49 positions */
  productsSmall: 'MAC',
  /** of those the 1x1 windows of at most 32 channels on one side */
  productsNarrow: 'MAC',
  /** of those the 1x1 windows with at most 32 input channels */
  productsShallow: 'MAC',
  /** of those the 1x1 windows with at most 32 output channels */
  productsThin: 'MAC',
  /** of those on maps of a single position */
  productsVector: 'MAC',
  /** weights of all convolutions that are products of matrices */
  productWeights: 'weight',
  /** numbers that windows of more than one position are unfolded to */
  unfolded: 'number',
  /** input elements of 1x1 convolutions */
  pointwiseInput: 'element',
  /** output elements of 1x1 convolutions */
  pointwiseOutput: 'element',
  /** output elements of convolutions of at most 4 channels: the first of a network */
  firstOutput: 'element',
  /** MACs of those */
  firstProducts: 'MAC',
  /** MACs of depthwise convolutions */
  depthwise: 'MAC',
  /** of those with windows larger than 3 */
  depthwiseLarge: 'MAC',
  /** input and output elements of depthwise convolutions */
  depthwiseElements: 'element',
  /** output elements of depthwise convolutions */
  depthwiseOutput: 'element',
  /** MACs of convolutions in groups that are not depthwise */
  groupedProducts: 'MAC',
  /** input and output elements of those */
  groupedElements: 'element',
  /** groups of those */
  groups: 'group',
  /** weights of fully connected layers on one vector */
  linearWeights: 'weight',
  /** elements that all kernels read and write, views and what is applied on the way left out */
  elements: 'element',
  /** the elements that they write */
  written: 'element',
  /** `elements` of kernels with more than 131,072 of them: 512 KiB */
  elements512KiB: 'element',
  /** `elements` of kernels with more than 524,288 of them: 2 MiB */
  elements2MiB: 'element',
  /** `elements` of kernels with more than 2,097,152 of them: 8 MiB */
  elements8MiB: 'element',
  /** results of exponentials: sigmoid, swish, softmax and their like; local response normalisation 3 for each */
  exponentials: 'element',
  /** results of sums and products of maps, element by element */
  elementwise: 'element',
  /** results of concatenation, slicing, shuffling, transposition, padding, resizing */
  moved: 'element',
  /** of those the concatenations */
  concatenated: 'element',
  /** of those the shuffles of channels */
  shuffled: 'element',
  /** positions under the windows of all poolings */
  pooled: 'element',
  /** input elements of global pooling and other reductions */
  reduced: 'element',
  /** input elements of operators whose cost is not known, such as the choice of boxes */
  unknownElements: 'element',
  /** convolutions, depthwise left out */
  convolutions: 'kernel',
  /** windows of more than one position that do not go through Winograd's transform */
  windowConvolutions: 'kernel',
  /** depthwise convolutions */
  depthwiseConvolutions: 'kernel',
  /** kernels that move data */
  moves: 'kernel',
  /** sums and products of maps */
  elementwiseKernels: 'kernel',
  /** poolings */
  poolings: 'kernel',
  /** all kernels */
  kernels: 'kernel',
  /** 1 for each network: what a start takes */
  starts: 'start',
} as const satisfies Record<
  string,
  'product' | 'MAC' | 'number' | 'weight' | 'element' | 'group' | 'kernel' | 'start'
>;

/** Name of a term. */
export type Term = keyof typeof TERMS;

/** Names of the terms, in order. */
export const TERM_NAMES = Object.keys(TERMS) as readonly Term[];

/** How much of each term; a term without an entry is 0. */
export type Terms = Readonly<Partial<Record<Term, number>>>;

/** Channels from which on a 3x3 convolution goes through Winograd's transform. */
const WINOGRAD_CHANNELS = 8;
/** Edge of the square of results of one transform, and products for each. */
const [TILE, TILE_PRODUCTS] = [4, 36];
/** Most input channels of the first convolution of a network. */
const FIRST = 4;
/**
 * ncnn multiplies a matrix of several rows with stored weights (InnerProduct, MultiHeadAttention) row by row, which
 * takes about three times as long as the same MACs in a convolution.
 */
const ROWS = 3;
/** Functions that a convolution or fully connected layer applies as its results leave. */
const APPLIED: ReadonlySet<ActivationFunction> = new Set(['relu', 'relu6', 'leaky', 'prelu', 'hardTanh']);
const EXPONENTIAL: ReadonlySet<ActivationFunction> = new Set([
  'logistic',
  'swish',
  'mish',
  'tanh',
  'gelu',
  'softplus',
  'elu',
  'selu',
]);
const CACHES = [
  ['elements512KiB', 131_072],
  ['elements2MiB', 524_288],
  ['elements8MiB', 2_097_152],
] as const;
const NOTHING: Terms = {};

/**
 * The terms of every layer of a graph, in the order of `Graph.layers`; undefined where an operator's number of runs
 * is not known. Operators whose cost is not known count the elements that they read as `unknownElements`.
 *
 * @unit as `TERMS` says
 */
export function layerTerms(graph: Graph): readonly (Terms | undefined)[] {
  const applied = appliedByConvolutions(graph);
  const demands = demandsOf(graph);
  return graph.layers.map(({ first, last }) => {
    const total = new Counter();
    for (let i = first; i < last; i++) {
      const node = graph.nodes[i] as OpNode;
      if (node.repeat === 'unknown') return undefined;
      if (applied[i] === true) total.addApplied(graph, node);
      else total.add(graph, node, demands[i]);
    }
    return total.terms;
  });
}

/** The terms of all layers together, and of the start; undefined where one is not known. */
export const networkTerms = (graph: Graph): Terms | undefined => sumOfTerms(layerTerms(graph));

/** The terms of these layers together, and of the start; undefined where one is not known. */
function sumOfTerms(layers: readonly (Terms | undefined)[]): Terms | undefined {
  const total: Partial<Record<Term, number>> = { starts: 1 };
  for (const layer of layers) {
    if (layer === undefined) return undefined;
    for (const [term, count] of Object.entries(layer)) {
      const name = term as Term;
      total[name] = plus(total[name], count);
    }
  }
  return total;
}

/** Nodes that a convolution or fully connected layer before them applies to its results, which nobody else reads. */
function appliedByConvolutions(graph: Graph): readonly boolean[] {
  const readers = new Uint32Array(graph.tensors.length);
  for (const node of graph.nodes) for (const id of node.inputs) readers[id] = (readers[id] as number) + 1;
  for (const { tensor } of graph.outputs) readers[tensor] = (readers[tensor] as number) + 1;
  const open = new Uint8Array(graph.tensors.length);
  return graph.nodes.map((node) => {
    const [input] = node.inputs;
    const applies = node.kind === 'batchNorm' || (node.kind === 'activation' && APPLIED.has(node.attrs.fn));
    const applied = applies && input !== undefined && open[input] === 1 && readers[input] === 1;
    if (applied || node.kind === 'conv' || node.kind === 'linear' || node.kind === 'convTranspose')
      for (const id of node.outputs) open[id] = 1;
    return applied;
  });
}

/** Sums the terms of nodes. */
class Counter {
  readonly #terms: Partial<Record<Term, number>> = {};
  #runs = 1;

  get terms(): Terms {
    return Object.keys(this.#terms).length === 0 ? NOTHING : this.#terms;
  }

  #count(term: Term, count: number): void {
    if (count > 0) this.#terms[term] = plus(this.#terms[term], count * this.#runs);
  }

  /** What is applied on the way moves nothing; an exponential is computed all the same. */
  addApplied(graph: Graph, node: OpNode): void {
    this.#runs = runsOf(node);
    this.#exponentials(graph, node);
  }

  add(graph: Graph, node: OpNode, demand: Demand | undefined): void {
    this.#runs = runsOf(node);
    if (isFree(node)) return;
    let ins = 0;
    for (let i = 0; i < node.inputs.length; i++) {
      const { role, type } = tensorOf(graph, node.inputs[i] as TensorId);
      if (role === 'activation') ins += elements(type.shape);
    }
    const outs = elementsOf(graph, node.outputs);
    this.#count('kernels', 1);
    this.#count('elements', ins + outs);
    this.#count('written', outs);
    for (const [term, least] of CACHES) if (ins + outs > least) this.#count(term, ins + outs);
    // Layers of equal shape are one object there, of which the geometry is known.
    const product = demand?.kind === 'tiled' ? demand.layer : productOf(graph, node);
    if (product !== undefined) {
      const geometry = convGeometry(product);
      if (node.kind !== 'conv') this.#matrixProduct(geometry, node.kind === 'linear');
      else this.#convolution(geometry);
      return;
    }
    this.#exponentials(graph, node);
    const products = workOf(graph, node)?.mac;
    switch (node.kind) {
      case 'convTranspose':
        if (products === undefined) return;
        this.#count('convolutions', 1);
        this.#products(products);
        break;
      case 'attention':
        this.#products(
          ROWS * node.attrs.heads * seenScores(node.attrs) * (node.attrs.size + node.attrs.valueSize),
        );
        break;
      case 'maxPool':
      case 'avgPool':
        this.#count('pooled', taps(node.attrs) * outs);
        this.#count('poolings', 1);
        break;
      case 'globalPool':
      case 'reduce':
        this.#count('reduced', ins);
        break;
      case 'add':
      case 'mul':
      case 'weightedAdd':
      case 'elementwise':
        this.#count('elementwise', outs);
        this.#count('elementwiseKernels', 1);
        break;
      case 'concat':
        this.#count('concatenated', outs);
        this.#moves(outs);
        break;
      case 'channelShuffle':
        this.#count('shuffled', outs);
        this.#moves(outs);
        break;
      case 'split':
      case 'slice':
      case 'stridedSlice':
      case 'transpose':
      case 'pad':
      case 'resize':
      case 'upsample':
      case 'reorg':
      case 'rearrange':
        this.#moves(outs);
        break;
      case 'opaque':
      case 'nonMaxSuppression':
        this.#count('unknownElements', ins);
        break;
      default:
    }
  }

  #moves(elementsMoved: number): void {
    this.#count('moved', elementsMoved);
    this.#count('moves', 1);
  }

  #products(macs: number): void {
    for (const term of ['products', 'products4', 'products8'] as const) this.#count(term, macs);
  }

  #matrixProduct({ macs, batch, input, inputChannels, outputChannels }: ConvGeometry, stored: boolean): void {
    if (stored && batch === 1 && elements(input) === 1) {
      this.#count('linearWeights', inputChannels * outputChannels);
      return;
    }
    if (stored) this.#count('convolutions', 1);
    this.#products(ROWS * macs);
  }

  #convolution(geometry: ConvGeometry): void {
    const { batch, inputChannels, outputChannels, groups, groupInputs, groupOutputs, input, output } =
      geometry;
    const { window, macs, pixels } = geometry;
    const area = geometry.taps;
    const ins = batch * inputChannels * elements(input);
    const outs = outputChannels * pixels;
    const strided = window.stride.some((step) => step > 1);
    if (groups > 1 && groupInputs === 1 && groupOutputs === 1) {
      this.#count('depthwise', macs);
      if (window.kernel.some((extent) => extent > 3)) this.#count('depthwiseLarge', macs);
      this.#count('depthwiseElements', ins + outs);
      this.#count('depthwiseOutput', outs);
      this.#count('depthwiseConvolutions', 1);
      return;
    }
    this.#count('convolutions', 1);
    if (groups > 1) {
      this.#count('groups', groups);
      this.#count('groupedProducts', macs);
      this.#count('groupedElements', ins + outs);
    }
    if (inputChannels <= FIRST) {
      this.#count('firstOutput', outs);
      this.#count('firstProducts', macs);
      return;
    }
    const odd = groupInputs % 4 !== 0 || groupOutputs % 4 !== 0;
    const square = window.kernel.length === 2 && window.kernel.every((extent) => extent === 3);
    if (
      square &&
      !strided &&
      window.dilation.every((step) => step === 1) &&
      groupInputs >= WINOGRAD_CHANNELS &&
      groupOutputs >= WINOGRAD_CHANNELS
    ) {
      const tiles = batch * output.reduce((count, extent) => count * Math.ceil(extent / TILE), 1);
      const pairs = groupInputs * outputChannels;
      const products = TILE_PRODUCTS * pairs * tiles;
      this.#count('winograd', products);
      if (odd) this.#count('winogradOdd', products);
      if (Math.min(groupInputs, groupOutputs) < 32) this.#count('winogradNarrow', products);
      this.#count('winogradTiles', TILE_PRODUCTS * tiles * (inputChannels + outputChannels));
      this.#count('winogradWeights', TILE_PRODUCTS * pairs);
      return;
    }
    const depth = groupInputs * area;
    this.#count('products', macs);
    this.#count('products8', groups * rounded(groupOutputs, 8) * rounded(pixels, 8) * depth);
    this.#count(
      'products4',
      groups * rounded(groupOutputs, 4) * rounded(pixels, 8) * rounded(groupInputs, 4) * area,
    );
    if (odd) this.#count('productsOdd', macs);
    this.#count('productWeights', outputChannels * depth);
    if (area > 1) {
      this.#count('productsWindow', macs);
      if (strided) this.#count('productsStrided', macs);
      this.#count('unfolded', area * inputChannels * pixels);
      this.#count('windowConvolutions', 1);
      return;
    }
    this.#count('pointwiseInput', ins);
    this.#count('pointwiseOutput', outs);
    if (pixels === 1) this.#count('productsVector', macs);
    else if (pixels <= 49) this.#count('productsSmall', macs);
    if (Math.min(inputChannels, outputChannels) <= 32) this.#count('productsNarrow', macs);
    if (inputChannels <= 32) this.#count('productsShallow', macs);
    if (outputChannels <= 32) this.#count('productsThin', macs);
  }

  #exponentials(graph: Graph, node: OpNode): void {
    const outs = (): number => elementsOf(graph, node.outputs);
    if (node.kind === 'softmax' || node.kind === 'normalize') this.#count('exponentials', outs());
    else if (node.kind === 'lrn') this.#count('exponentials', 3 * outs());
    else if (node.kind === 'attention')
      this.#count('exponentials', node.attrs.heads * seenScores(node.attrs));
    else if (node.kind === 'activation' && EXPONENTIAL.has(node.attrs.fn))
      this.#count('exponentials', outs());
  }
}

/** Views hand on what lies there already; runtimes copy what they cut out. */
const isFree = ({ kind }: OpNode): boolean =>
  kind === 'fill' || (specOf(kind).memory === 'view' && kind !== 'slice' && kind !== 'stridedSlice');

const plus = (before: number | undefined, count: number): number =>
  before === undefined ? count : before + count;

const rounded = (count: number, block: number): number => Math.ceil(count / block) * block;

const runsOf = ({ repeat = 1 }: OpNode): number => (repeat === 'unknown' ? Number.NaN : repeat);
