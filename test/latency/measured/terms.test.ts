import { describe, expect, it } from 'vitest';
import { readNcnn } from '../../../src/formats/ncnn/read.ts';
import { layerTerms, networkTerms, type Terms } from '../../../src/latency/measured/terms.ts';
import { inputLine, paramText } from '../../formats/ncnn/param.ts';
import { buildNetwork } from '../../../architectures/zoo.ts';

const termsOf = (input: readonly number[], ...layers: readonly string[]): Terms =>
  networkTerms(
    readNcnn(paramText([inputLine(input, 'in'), ...layers]), { file: 'net.param' }).graph,
  ) as Terms;

const conv = (params: string): string => `Convolution conv 1 1 in out ${params}`;

describe('terms of one layer, by hand', () => {
  it('3x3, stride 1: Winograd F(4,3) over tiles of 4x4', () => {
    // 16 channels to 30 on 10x9: 3 x 3 tiles
    const terms = termsOf([16, 10, 9], conv('0=30 1=3 4=1 6=4320'));
    const products = 36 * 16 * 30 * 9;
    expect(terms).toMatchObject({
      winograd: products,
      winogradOdd: products,
      winogradNarrow: products,
      winogradTiles: 36 * 9 * (16 + 30),
      winogradWeights: 36 * 16 * 30,
      convolutions: 1,
      elements: 16 * 90 + 30 * 90,
      written: 30 * 90,
      kernels: 1,
      starts: 1,
    });
    expect(terms.products).toBeUndefined();
  });

  it.each([
    ['stride 2', '0=32 1=3 3=2 4=1 6=4608', 5 * 5],
    ['dilation 2', '0=32 1=3 2=2 4=2 6=4608', 100],
    ['5x5', '0=32 1=5 4=2 6=12800', 100],
  ])('%s is a product of matrices', (_, params, pixels) => {
    const area = params.includes('1=5') ? 25 : 9;
    const terms = termsOf([16, 10, 10], conv(params));
    expect(terms.winograd).toBeUndefined();
    expect(terms).toMatchObject({
      products: 16 * 32 * area * pixels,
      productsWindow: 16 * 32 * area * pixels,
      products8: 16 * 32 * area * Math.ceil(pixels / 8) * 8,
      unfolded: area * 16 * pixels,
      productWeights: 16 * 32 * area,
      windowConvolutions: 1,
    });
    expect(terms.productsStrided).toBe(params.includes('3=2') ? terms.products : undefined);
  });

  it('1x1 with channels that are no multiple of 4, on a small map', () => {
    const macs = 10 * 18 * 49;
    expect(termsOf([10, 7, 7], conv('0=18 1=1 6=180'))).toMatchObject({
      products: macs,
      productsOdd: macs,
      productsSmall: macs,
      productsNarrow: macs,
      productsShallow: macs,
      productsThin: macs,
      products4: 12 * 20 * 56,
      products8: 10 * 24 * 56,
      pointwiseInput: 490,
      pointwiseOutput: 18 * 49,
    });
  });

  it('the first convolution reads three channels', () => {
    const terms = termsOf([3, 8, 8], conv('0=16 1=3 3=2 4=1 6=432'));
    expect(terms).toMatchObject({ firstOutput: 16 * 16, firstProducts: 3 * 16 * 9 * 16, convolutions: 1 });
    expect(terms.products).toBeUndefined();
  });

  it('depthwise 5x5, and groups', () => {
    expect(termsOf([8, 6, 6], 'ConvolutionDepthWise c 1 1 in out 0=8 1=5 4=2 6=200 7=8')).toMatchObject({
      depthwise: 8 * 25 * 36,
      depthwiseLarge: 8 * 25 * 36,
      depthwiseElements: 2 * 288,
      depthwiseOutput: 288,
      depthwiseConvolutions: 1,
    });
    expect(termsOf([8, 6, 6], 'ConvolutionDepthWise c 1 1 in out 0=16 1=1 6=64 7=2')).toMatchObject({
      groups: 2,
      groupedProducts: 4 * 16 * 36,
      groupedElements: 24 * 36,
      products: 4 * 16 * 36,
    });
  });

  it('a fully connected layer reads its weights; rows of vectors count three times', () => {
    expect(termsOf([24], 'InnerProduct f 1 1 in out 0=10 1=1 2=240')).toMatchObject({ linearWeights: 240 });
    expect(termsOf([5, 24], 'InnerProduct f 1 1 in out 0=10 1=1 2=240')).toMatchObject({
      products: 3 * 5 * 240,
    });
  });

  it('what is applied as results leave moves nothing; a sigmoid is computed', () => {
    const alone = termsOf([16, 4, 4], conv('0=16 1=1 6=256'));
    expect(termsOf([16, 4, 4], conv('0=16 1=1 6=256 9=1'))).toEqual(alone);
    const apart = termsOf([16, 4, 4], 'Convolution conv 1 1 in y 0=16 1=1 6=256', 'ReLU r 1 1 y out');
    expect(apart).toEqual(alone);
    const swish = termsOf([16, 4, 4], 'Convolution conv 1 1 in y 0=16 1=1 6=256', 'Swish r 1 1 y out');
    expect(swish).toEqual({
      ...alone,
      elements: (alone.elements as number) + 512,
      written: (alone.written as number) + 256,
      exponentials: 256,
      kernels: 2,
    });
  });

  it('pooling, moving, summing', () => {
    expect(termsOf([8, 8, 8], 'Pooling p 1 1 in out 0=0 1=3 2=2 5=1')).toMatchObject({
      pooled: 9 * 8 * 9,
      poolings: 1,
    });
    expect(termsOf([8, 8, 8], 'ShuffleChannel s 1 1 in out 0=2')).toMatchObject({
      shuffled: 512,
      moved: 512,
      moves: 1,
    });
    expect(termsOf([8, 8, 8], 'Split s 1 2 in a b', 'Eltwise e 2 1 a b out 0=1')).toMatchObject({
      elementwise: 512,
      elementwiseKernels: 1,
      elements: 3 * 512,
    });
    expect(termsOf([8, 8, 8], 'Split s 1 2 in a b', 'Concat e 2 1 a b out 0=0')).toMatchObject({
      concatenated: 1024,
      moved: 1024,
    });
    expect(termsOf([8, 8, 8], 'LRN l 1 1 in out')).toMatchObject({ exponentials: 3 * 512 });
  });

  it('counts maps that leave a cache', () => {
    const terms = termsOf([8, 100, 100], 'ReLU r 1 1 in out');
    expect(terms).toMatchObject({ elements: 160_000, elements512KiB: 160_000 });
    expect(terms.elements2MiB).toBeUndefined();
  });
});

it('layers sum to the network, but for its start', () => {
  const graph = buildNetwork('csppeleenet');
  const { starts, ...total } = networkTerms(graph) as Terms;
  const sum: Record<string, number> = {};
  for (const layer of layerTerms(graph))
    for (const [term, count] of Object.entries(layer as Terms)) sum[term] = (sum[term] ?? 0) + count;
  expect(sum).toEqual(total);
  expect(starts).toBe(1);
});
