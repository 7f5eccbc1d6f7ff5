import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { buildNetwork } from '../../architectures/zoo.ts';
import { diff, type Diff } from '../../src/analysis/diff.ts';
import { areUnlike, comparable, grouped } from '../../src/analysis/grouping.ts';
import { profile } from '../../src/analysis/profile.ts';
import { bytesSource } from '../../src/formats/byteSource.ts';
import { fromDarknet } from '../../src/formats/darknet/read.ts';
import { writeDarknet } from '../../src/formats/darknet/write.ts';
import { readNcnn } from '../../src/formats/ncnn/read.ts';
import { fromOnnx } from '../../src/formats/onnx/read.ts';
import { toBytes, writeOnnx } from '../../src/formats/onnx/write.ts';
import type { Graph } from '../../src/graph/graph.ts';
import { inputLine, paramText } from '../formats/ncnn/param.ts';

/** The graph as an ONNX file holds it, its weights elsewhere. */
function exported(graph: Graph, rename: (name: string) => string = (name) => name): Graph {
  const { file } = writeOnnx(graph, { weights: 'zero', dataFile: 'unread' });
  const read = fromOnnx(bytesSource(toBytes(file)), { file: 'exported.onnx' }).graph;
  return {
    ...read,
    layers: read.layers.map((layer) => ({
      ...layer,
      name: rename(layer.name),
      origin: { ...layer.origin, node: rename(layer.origin.node ?? '') },
    })),
  };
}

const compare = (a: Graph, b: Graph, as: (graph: Graph) => Graph = comparable): Diff => {
  const [left, right] = [a, b].map((graph) => profile(as(graph), { flops: 'darknet' }));
  return diff(left!, right!);
};

/** What is left of a difference: totals, and layers with what changes. */
const left = ({ totals, layers }: Diff) => [
  Object.entries(totals).filter(([, { change }]) => change !== 0),
  layers.map(({ a, b, changes }) => [a?.name, b?.name, Object.keys(changes)]),
];

describe('a network and its own ONNX file differ in nothing', () => {
  it.each([
    'cspresnext50',
    'resnet50',
    'cspresnet50',
    'darknet53',
    'cspdarknet53',
    'vgg16',
    'yolov3',
    'yolov3-tiny',
    'yolov4',
    'yolov4-tiny',
    'peleenet',
    'csppeleenet',
    'mobilenet-v2',
    'efficientnet-b0-official',
    'densenet201',
  ])('%s', (name) => {
    const graph = buildNetwork(name);
    expect(left(compare(graph, exported(graph)))).toEqual([[], []]);
  });

  it.each(['broadcast', 'contrastive', 'layout', 'yolo'])('the Darknet file %s.cfg', (name) => {
    const file = new URL(`../formats/darknet/fixtures/${name}.cfg`, import.meta.url);
    const graph = fromDarknet(readFileSync(file), { file: `${name}.cfg` });
    expect(left(compare(graph, exported(graph)))).toEqual([[], []]);
  });

  it('and so it does as a .cfg', () => {
    const graph = fromDarknet(writeDarknet(buildNetwork('yolov4-tiny')), { file: 'yolov4-tiny.cfg' });
    expect(left(compare(graph, exported(graph)))).toEqual([[], []]);
  });

  it('where the names of the file say nothing of layers', () => {
    // Without names only operators that each become one are told apart by structure: swish is two.
    for (const name of ['cspresnet50', 'efficientnet-b0-official', 'mobilenet-v2', 'vgg16']) {
      const graph = buildNetwork(name);
      const anonymous = exported(graph, (text) => `n${text.replace(/\W/g, '')}`);
      const { totals, layers } = compare(graph, anonymous);
      for (const id of ['macs', 'weights', 'params', 'flops', 'cio'] as const)
        expect(totals[id]?.change).toBe(0);
      // Darknet's addition of maps of different width is a border and a sum in ONNX.
      expect(
        layers
          .filter(({ a }) => a?.kind !== 'add')
          .filter(({ b }) => !['add', 'pad'].includes(b?.kind ?? '')),
      ).toEqual([]);
    }
  });
});

it('finds nothing between a network and its ncnn file but what ncnn adds', () => {
  const lines = [inputLine([3, 224, 224])];
  let [blob, from, map] = ['data', 3, 0];
  const add = (type: string, params: string): void => {
    const next = `${type}${String(++map)}`;
    lines.push(`${type} ${next} 1 1 ${blob} ${next} ${params}`);
    blob = next;
  };
  for (const [channels, times] of [
    [64, 2],
    [128, 2],
    [256, 3],
    [512, 3],
    [512, 3],
  ] as const) {
    for (let i = 0; i < times; i++) {
      add('Convolution', `0=${String(channels)} 1=3 4=1 5=1 6=${String(channels * from * 9)} 9=1`);
      from = channels;
    }
    add('Pooling', '1=2 2=2');
  }
  for (const [features, inner, activation] of [
    [4096, 25088, 1],
    [4096, 4096, 1],
    [1000, 4096, 0],
  ] as const) {
    add('InnerProduct', `0=${String(features)} 1=1 2=${String(features * inner)} 9=${String(activation)}`);
  }
  add('Softmax', '');
  const { graph } = readNcnn(paramText(lines), { file: 'vgg16.param' });
  const found = compare(buildNetwork('vgg16'), graph);
  expect(found.layers.map(({ a, b }) => [a?.kind, b?.kind])).toEqual([[undefined, 'softmax']]);
  expect([found.totals.macs?.change, found.totals.params?.change]).toEqual([0, 0]);
});

it('folds batch normalisation, and counts the maps of a network the same however they are laid out', () => {
  const graph = buildNetwork('darknet53');
  const { file } = writeOnnx(graph, { weights: 'zero', dataFile: 'unread', batchNorm: 'fold' });
  const folded = fromOnnx(bytesSource(toBytes(file)), { file: 'folded.onnx' }).graph;
  const [totals, layers] = left(compare(graph, folded));
  // Which of equal blocks is placed first is a matter of their order, and the plan follows it.
  expect([totals?.filter(([id]) => id !== 'arenaBytes'), layers]).toEqual([[], []]);
  const last = (profiled: Graph): Graph => ({
    ...profiled,
    tensors: profiled.tensors.map((tensor) => {
      const [batch, channels, ...spatial] = tensor.type.shape;
      if (spatial.length !== 2 || tensor.role !== 'activation') return tensor;
      return { ...tensor, type: { ...tensor.type, shape: [batch!, ...spatial, channels!] } };
    }),
  });
  const [a, b] = [graph, graph].map((each) => profile(comparable(each)));
  const rows = profile(comparable(last(graph)), { flops: 'standard' }).layers;
  const laidOut = {
    ...b!,
    network: { ...b!.network, format: 'tflite' },
    layers: b!.layers.map((row, i) => ({
      ...row,
      name: `t${row.name}`,
      inputs: rows[i]!.inputs,
      outputs: rows[i]!.outputs,
    })),
  };
  expect(diff(a!, laidOut).layers).toEqual([]);
});

it('compares as the files have it where one grouping is not asked for', () => {
  const graph = buildNetwork('yolov4-tiny');
  const found = compare(graph, exported(graph), (each) => grouped(each, 'layer'));
  expect(found.totals.memoryAccessCost?.relative).toBeGreaterThan(0.8);
});

it('calls formats unlike where one has layers and the other operators', () => {
  expect(
    [
      ['darknet', 'onnx'],
      ['zoo', 'ncnn'],
      ['onnx', 'ncnn'],
      ['zoo', 'darknet'],
      ['onnx', 'onnx'],
    ].map(([a = '', b = '']) => areUnlike(a, b)),
  ).toEqual([true, true, true, false, false]);
});
