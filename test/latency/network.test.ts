import { describe, expect, it } from 'vitest';
import { buildNetwork } from '../../architectures/zoo.ts';
import type { Device } from '../../src/devices/device.ts';
import { energyTableById } from '../../src/devices/energyTable.ts';
import { DEVICES, deviceById } from '../../src/devices/registry.ts';
import { GraphBuilder } from '../../src/graph/builder.ts';
import { withDType, type Graph } from '../../src/graph/graph.ts';
import { graph } from '../../src/graph/network.ts';
import { fusedDramTraffic } from '../../src/latency/fusion.ts';
import { networkEnergy } from '../../src/latency/networkEnergy.ts';
import { networkLatency } from '../../src/latency/networkLatency.ts';
import { networkTraffic, networkTrafficCurve } from '../../src/latency/networkTraffic.ts';
import { networkUtilization } from '../../src/latency/networkUtilization.ts';
import { leastDramTraffic, trafficBounds } from '../../src/latency/traffic.ts';
import { square } from '../../src/ops/window.ts';
import { amount } from '../../src/units.ts';

const KIB = 1024;
const MIB = 1024 * KIB;

/** Two convolutions whose sum is pooled: 8 channels of 16 x 16. */
const small = (): Graph =>
  graph('small', (g) => {
    const x = g.input([1, 8, 16, 16]);
    const a = g.conv(x, { outChannels: 8, kernel: 3 });
    const b = g.conv(a, { outChannels: 8, kernel: 1 });
    return g.maxPool(g.concat([g.add([a, b]), x]), { kernel: 2 });
  });

/** The same operators, one layer each, as an ONNX file has them. */
function nodeByNode(): Graph {
  const builder = new GraphBuilder({ name: 'small', source: 'test', format: 'onnx' });
  const layer = (name: string): void =>
    builder.layer({ name, origin: { format: 'onnx', file: 'test', node: name } });
  const x = builder.input('x', { dtype: 'float32', shape: [1, 8, 16, 16] });
  const block = (input: typeof x, kernel: number): typeof x => {
    layer('conv');
    const conv = builder.add('conv', [input], {
      ...square(kernel, 1, (kernel - 1) / 2),
      outChannels: 8,
      groups: 1,
      bias: false,
    });
    layer('norm');
    const norm = builder.add('batchNorm', [conv], {});
    layer('relu');
    return builder.add('activation', [norm], { fn: 'relu' });
  };
  const a = block(x, 3);
  const b = block(a, 1);
  layer('add');
  const added = builder.add('add', [a, b], { align: 'exact' });
  layer('concat');
  const joined = builder.add('concat', [added, x], { axis: 1 });
  layer('pool');
  builder.output('y', builder.add('maxPool', [joined], { ...square(2, 2), rounding: 'floor' }));
  return builder.build();
}

const conv3 = {
  batch: 1,
  inputChannels: 8,
  outputChannels: 8,
  groups: 1,
  input: [16, 16],
  window: square(3, 1, 1),
};
const conv1 = { ...conv3, window: square(1) };
const MAP = 8 * 16 * 16 * 4;

describe('networkTraffic', () => {
  it('adds up layers: convolutions by their tiles, streams once, concatenation and activation nothing', () => {
    const options = { bufferBytes: 4 * KIB };
    const { layers, total, bounds, unknown } = networkTraffic(small(), options);
    const first = leastDramTraffic(conv3, { ...options, dtypeBytes: 4 });
    const second = leastDramTraffic(conv1, { ...options, dtypeBytes: 4 });
    expect(layers.map((layer) => layer.dramBytes)).toEqual([
      first.total,
      second.total,
      3 * MAP,
      0,
      2 * MAP + (2 * MAP) / 4,
    ]);
    expect(layers[0]?.schedules).toEqual([first]);
    expect(layers[0]?.bounds).toEqual(trafficBounds(conv3, { ...options, dtypeBytes: 4 }));
    expect(total).toBe(layers.reduce((sum, layer) => sum + (layer.dramBytes ?? NaN), 0));
    expect(bounds.compulsory).toBeLessThanOrEqual(total);
    expect(bounds.noReuse).toBeGreaterThanOrEqual(total);
    expect(unknown).toBe(0);
  });

  it('does not depend on how a file cuts operators into layers', () => {
    const options = { bufferBytes: 4 * KIB };
    expect(networkTraffic(nodeByNode(), options).total).toBe(networkTraffic(small(), options).total);
    expect(networkTraffic(nodeByNode(), { ...options, fusion: 'pairs' }).total).toBe(
      networkTraffic(small(), { ...options, fusion: 'pairs' }).total,
    );
  });

  it('fuses what hands its map on: the chain is the one written by hand', () => {
    const options = { bufferBytes: 64 * KIB, fusion: 'stages' } as const;
    const { chains, layers, total } = networkTraffic(small(), options);
    const window = { kind: 'window', kernel: 3, stride: 1, dilation: 1, padding: 1 } as const;
    const point = { ...window, kernel: 1, padding: 0 };
    const map = { rows: 16, rowElements: 8 * 16 };
    const traffic = fusedDramTraffic(
      {
        batch: 1,
        tensors: [map, map, map, map],
        steps: [
          { operands: [{ tensor: 0, rows: window }], outputs: [1], weights: 576, filter: 72 },
          { operands: [{ tensor: 1, rows: point }], outputs: [2], weights: 64, filter: 8 },
          {
            operands: [
              { tensor: 1, rows: point },
              { tensor: 2, rows: point },
            ],
            outputs: [3],
            weights: 0,
            filter: 0,
          },
        ],
        results: [3],
      },
      { bufferBytes: 64 * KIB, dtypeBytes: 4 },
    );
    expect(chains).toHaveLength(1);
    expect(chains[0]).toMatchObject({ first: 0, last: 3, total: traffic?.total });
    const alone = layers.map((layer) => layer.dramBytes ?? NaN);
    const before = alone.slice(0, 4).reduce((sum, bytes) => sum + bytes, 0);
    expect(chains[0]?.saved).toBe(before - (traffic?.total ?? NaN));
    expect(total).toBe((traffic?.total ?? NaN) + (alone[4] ?? NaN));
    expect(layers.map((layer) => layer.chain)).toEqual([0, 0, 0, 0, undefined]);
  });

  it('moves less with every freedom: a larger buffer, pairs, whole stages', () => {
    const network = buildNetwork('csppeleenet');
    const total = (bufferBytes: number, fusion?: 'pairs' | 'stages'): number =>
      networkTraffic(network, fusion === undefined ? { bufferBytes } : { bufferBytes, fusion }).total;
    expect(total(MIB)).toBeLessThanOrEqual(total(128 * KIB));
    expect(total(MIB, 'pairs')).toBeLessThan(total(MIB));
    expect(total(MIB, 'stages')).toBeLessThan(total(MIB, 'pairs'));
  });

  it('halves bytes with half the element size and all that scales along', () => {
    const network = buildNetwork('cspresnet10');
    const half = withDType(network, 'float16');
    expect(2 * networkTraffic(half, { bufferBytes: 64 * KIB, psumBytes: 2 }).total).toBe(
      networkTraffic(network, { bufferBytes: 128 * KIB, psumBytes: 4 }).total,
    );
  });

  it('names the layer whose tiles do not fit', () => {
    expect(() => networkTraffic(nodeByNode(), { bufferBytes: 40 })).toThrow(
      /^test "conv": a buffer of 40 bytes does not hold the smallest tiles of this layer, which take 76 .* CSP502$/,
    );
  });

  it('leaves layers of unknown operators without a number and counts them', () => {
    const builder = new GraphBuilder({ name: 'odd', source: 'test', format: 'onnx' });
    const x = builder.input('x', { dtype: 'float32', shape: [1, 8, 4, 4] });
    builder.layer({ name: 'odd', origin: { format: 'onnx', file: 'test' } });
    const outputs = [{ dtype: 'float32', shape: [1, 8, 4, 4] }] as const;
    const odd = builder.add('opaque', [x], { op: 'Odd', outputs });
    builder.layer({ name: 'pool', origin: { format: 'onnx', file: 'test' } });
    builder.output('y', builder.add('maxPool', [odd], { ...square(2, 2), rounding: 'floor' }));
    const { layers, total, unknown } = networkTraffic(builder.build(), { bufferBytes: KIB });
    expect(layers.map((layer) => layer.dramBytes)).toEqual([undefined, 512 + 128]);
    expect([total, unknown]).toEqual([640, 1]);
  });
});

describe('networkTrafficCurve', () => {
  it('is networkTraffic at every size, and undefined where a layer does not fit', () => {
    const network = buildNetwork('cspresnext50');
    const sizes = [64, 16 * KIB, 108 * KIB, MIB, 64 * MIB];
    const curve = networkTrafficCurve(network, sizes);
    const [none, ...totals] = curve.totals;
    expect(none).toBeUndefined();
    expect(totals).toEqual(
      sizes.slice(1).map((bufferBytes) => networkTraffic(network, { bufferBytes }).total),
    );
    expect(curve.layers).toHaveLength(network.layers.length);
    const { bounds } = networkTraffic(network, { bufferBytes: 64 * MIB });
    expect(totals.at(-1)).toBe(bounds.compulsory);
  });
});

describe('networkLatency', () => {
  const figure = <U extends string>(value: number, unit: U) =>
    ({ value, unit, status: 'unverified', note: 'made up' }) as const;
  const device: Device = {
    schemaVersion: 1,
    id: 'made-up',
    title: 'Made up',
    kind: 'npu',
    peak: { float32: { ...figure(1e9, 'op/s'), dense: true } },
    memory: [
      { name: 'dram', bandwidth: figure(1e8, 'byte/s') },
      { name: 'sram', capacity: figure(4 * KIB, 'byte') },
    ],
    overhead: { perLayer: figure(1e-4, 's'), perInference: figure(1e-3, 's') },
  };

  it('is max(compute, memory) + overhead, layer by layer, with the bound named', () => {
    const network = small();
    const traffic = networkTraffic(network, { bufferBytes: 4 * KIB });
    const { layers, floor, boundSeconds, slowest, notStated, prediction, bufferBytes } = networkLatency(
      network,
      device,
    );
    const bytes = traffic.layers.map((layer) => layer.dramBytes ?? NaN);
    const compute = [2 * 8 * 8 * 9 * 256, 2 * 8 * 8 * 256, 0, 0, 0].map((flops) => flops / 1e9);
    layers.forEach((layer, i) => {
      const memory = (bytes[i] ?? NaN) / 1e8;
      const busy = Math.max(compute[i] ?? NaN, memory);
      expect(layer.floor?.seconds).toBeCloseTo(i === 3 ? 0 : busy + 1e-4, 12);
      expect(layer.floor?.memorySeconds).toBeCloseTo(memory, 12);
      expect(layer.floor?.computeSeconds).toBeCloseTo(compute[i] ?? NaN, 12);
    });
    expect(layers.map((layer) => layer.floor?.bound)).toEqual([
      'compute',
      'memory',
      'memory',
      undefined,
      'memory',
    ]);
    const total = layers.reduce((sum, layer) => sum + (layer.floor?.seconds ?? NaN), 1e-3);
    expect(floor!.seconds).toBeCloseTo(total, 12);
    expect(floor!.framesPerSecond).toBeCloseTo(1 / total, 6);
    expect(floor!.flopsPerSecond * total).toBeCloseTo(
      1e9 * (compute[0] ?? NaN) + 1e9 * (compute[1] ?? NaN),
      3,
    );
    expect(boundSeconds.compute).toBe(layers[0]?.floor?.seconds);
    expect(boundSeconds.memory).toBeCloseTo(total - 1e-3 - boundSeconds.compute, 12);
    expect(slowest).not.toContain(3);
    expect([bufferBytes, notStated, prediction]).toEqual([4 * KIB, [], undefined]);
  });

  it('takes cycles of the array where the device has one', () => {
    const clock = figure(1e6, 'Hz');
    const array = { rows: figure(4, '1'), columns: figure(4, '1'), dataflow: 'ws' } as const;
    const { layers, unverified } = networkLatency(small(), { ...device, clock, array });
    const cycles = networkUtilization(small(), { rows: 4, columns: 4, dataflow: 'ws' }).layers.map(
      (layer) => layer.cycles,
    );
    expect(layers.slice(0, 2).map((layer) => layer.floor?.computeSeconds)).toEqual(
      cycles.map((count) => count / 1e6),
    );
    expect(layers[0]?.floor?.bound).toBe('compute');
    expect(unverified).toContain('array.rows');
  });

  it('predicts the printed frames per second of YOLOv3 on GTX 1080 Ti, above the floor', () => {
    const { prediction, floor, unverified } = networkLatency(
      buildNetwork('yolov3', { input: 416 }),
      deviceById('gtx1080ti'),
    );
    expect(prediction?.framesPerSecond).toBeCloseTo(46, -0.5);
    expect(prediction?.seconds).toBeGreaterThan(2 * floor!.seconds);
    expect(prediction?.low).toBeLessThan(1 / 46);
    expect(prediction?.high).toBeGreaterThan(1 / 46);
    expect(unverified).toEqual([]);
  });

  it('makes no prediction for another element type, and refuses one without a peak', () => {
    const half = withDType(small(), 'float16');
    expect(networkLatency(half, deviceById('jetson-tx2')).prediction).toBeUndefined();
    expect(() => networkLatency(half, deviceById('gtx1080ti'))).toThrow(
      'gtx1080ti states no peak for float16 (fix: choose the element type float32, or state the peak in a device file) CSP504',
    );
  });

  it('takes unsigned numbers of 8 bits for signed ones where the device states the peak of these alone', () => {
    const [signed, unsigned] = (['int8', 'uint8'] as const).map((dtype) =>
      networkLatency(withDType(small(), dtype), deviceById('ethos-u55-256')),
    );
    expect(unsigned?.floor!.seconds).toBe(signed?.floor!.seconds);
    expect(() => networkLatency(withDType(small(), 'uint8'), deviceById('gtx1080ti'))).toThrow('CSP504');
  });

  it('says what a device does not state', () => {
    const { schemaVersion, id, title, kind, peak } = device;
    const bare: Device = { schemaVersion, id, title, kind, peak, memory: [{ name: 'dram' }] };
    const { notStated, layers, bufferBytes } = networkLatency(small(), bare);
    expect([notStated, bufferBytes]).toEqual([['bandwidth', 'buffer', 'overhead'], undefined]);
    expect(layers.map((layer) => layer.floor?.bound)).toEqual([
      'compute',
      'compute',
      undefined,
      undefined,
      undefined,
    ]);
  });

  it('costs a network on every device that ships, in an element type that it states', () => {
    const network = buildNetwork('cspresnext50');
    for (const each of DEVICES) {
      for (const dtype of ['float32', 'int8', 'int16'] as const) {
        if (each.peak[dtype] === undefined) continue;
        const { floor } = networkLatency(dtype === 'float32' ? network : withDType(network, dtype), each);
        expect(floor!.peakShare, each.id).toBeLessThanOrEqual(1.0001);
        expect(floor!.seconds, each.id).toBeGreaterThan(0);
      }
    }
  });
});

describe('networkEnergy', () => {
  const horowitz = energyTableById('horowitz45');

  it('adds arithmetic, accesses of the buffer, DRAM and idle power', () => {
    const network = small();
    const traffic = networkTraffic(network, { bufferBytes: 8 * KIB });
    const array = { rows: 8, columns: 8, dataflow: 'os' } as const;
    const energy = networkEnergy(network, horowitz, {
      traffic,
      array,
      idle: { watts: 0.5, seconds: amount<'s'>(1e-6) },
    });
    const macs = 256 * 64 * 10;
    // Output-stationary 8 x 8: one fold per 8 positions, weights read for each, results written once.
    const words = 256 * 72 + 576 * 32 + 2048 + 256 * 8 + 64 * 32 + 2048;
    expect(energy.parts.arithmetic).toBeCloseTo(4.6 * macs, 3);
    expect(energy.parts.onChip).toBeCloseTo((words * 32 * 10) / 64, 3);
    expect(energy.parts.dram).toBe((traffic.total * 8 * 1300) / 64);
    expect(energy.parts.idle).toBeCloseTo(0.5e6, 3);
    expect(energy.notCounted).toEqual(['registers']);
    const ofLayers = energy.layers.reduce((sum, layer) => sum + (layer.energy?.total ?? NaN), 0);
    expect(energy.total).toBeCloseTo(ofLayers + 0.5e6, 3);
    expect(energy.total).toBeCloseTo(
      Object.values(energy.parts).reduce((sum, part) => sum + part, 0),
      3,
    );
  });

  it('says what it does not count', () => {
    const traffic = networkTraffic(small(), { bufferBytes: 8 * KIB });
    expect(networkEnergy(small(), horowitz, { traffic }).notCounted).toEqual(['registers', 'onChip', 'idle']);
  });

  it('counts the DRAM bytes of chains, not of their layers', () => {
    const traffic = networkTraffic(small(), { bufferBytes: 64 * KIB, fusion: 'pairs' });
    expect(traffic.chains.length).toBeGreaterThan(0);
    expect(networkEnergy(small(), horowitz, { traffic }).parts.dram).toBe((traffic.total * 8 * 1300) / 64);
  });
});

describe('networkUtilization', () => {
  it('shows which layers leave an array idle', () => {
    const { layers, cycles, macs, utilization } = networkUtilization(buildNetwork('mobilenet-v2'), {
      rows: 128,
      columns: 128,
      dataflow: 'os',
    });
    expect(cycles).toBe(layers.reduce((sum, layer) => sum + layer.cycles, 0));
    expect(utilization).toBeCloseTo(macs / (cycles * 128 * 128), 12);
    // Depthwise layers use one column of the array.
    expect(Math.min(...layers.map((layer) => layer.utilization))).toBeLessThan(1 / 128);
    for (const layer of layers) expect(layer.cycles).toBeGreaterThanOrEqual(layer.idealCycles);
  });
});
