import { describe, expect, it } from 'vitest';
import { inDeviceType, withDeviceCost } from '../../src/analysis/device/withDeviceCost.ts';
import { profile } from '../../src/analysis/profile.ts';
import { unverified } from '../../src/devices/device.ts';
import { energyTableById } from '../../src/devices/energyTable.ts';
import { deviceById } from '../../src/devices/registry.ts';
import type { Graph } from '../../src/graph/graph.ts';
import { graph as network } from '../../src/graph/network.ts';
import type { Energy } from '../../src/latency/energy.ts';
import { networkEnergy } from '../../src/latency/networkEnergy.ts';
import { networkLatency } from '../../src/latency/networkLatency.ts';
import { networkTraffic, type NetworkTrafficOptions } from '../../src/latency/networkTraffic.ts';
import { arrayOf, networkUtilization } from '../../src/latency/networkUtilization.ts';
import { NetworkHardware, statedBuffer } from '../../src/metrics/hardware.ts';
import { peakActivationBytes } from '../../src/metrics/counts.ts';
import { layerViews } from '../../src/graph/layers.ts';
import { CIO_CONVENTIONS } from '../../src/metrics/conventions/cio.ts';
import { FLOP_CONVENTIONS } from '../../src/metrics/conventions/flops.ts';
import { HARDWARE_METRICS } from '../../src/metrics/registry.ts';

const graph: Graph = network('residual', (g) => {
  const x = g.conv(g.input([1, 3, 32, 32]), { outChannels: 32, kernel: 3, stride: 2 });
  const y = g.conv(g.conv(x, { outChannels: 48, kernel: 3 }), {
    outChannels: 32,
    kernel: 3,
    activation: 'linear',
  });
  const z = g.maxPool(g.add([x, y], { activation: 'relu' }), { kernel: 2 });
  g.conv(g.globalPool(z), { outChannels: 10, batchNorm: false, activation: 'linear' });
});
const eyeriss = deviceById('eyeriss');
const table = energyTableById('horowitz45');
const relative = energyTableById('eyeriss-relative');
type Columns = Readonly<
  Partial<Record<'energy' | 'energyArithmetic' | 'energyRegisters' | 'energyOnChip' | 'energyDram', number>>
>;
type Numbers<E extends Energy> = {
  readonly total: number;
  readonly parts: Readonly<Partial<Record<keyof E['parts'], number>>>;
};
const BUFFER = 1 << 13;

describe('peak activations', () => {
  const peak = (...live: readonly (number | undefined)[]) => {
    const [view] = layerViews(graph);
    return peakActivationBytes.measure(
      { ...view!, layer: { ...view!.layer, first: 1, last: 1 + live.length } },
      { graph, flops: FLOP_CONVENTIONS[0]!, cio: CIO_CONVENTIONS[0]!, liveBytes: [900, ...live, 900] },
    );
  };

  it('are the most that is alive while the layer runs, and unknown where one of its nodes is', () => {
    expect([peak(5, 3), peak(3, 5), peak(4, 4)]).toEqual([5, 5, 4]);
    expect([peak(5, undefined, 7), peak(undefined, 7), peak()]).toEqual([undefined, undefined, undefined]);
  });
});

describe('the file', () => {
  it('has the bytes that it has, where a device stores it as it is', () => {
    expect(profile({ ...graph, fileBytes: 7 }).totals.fileBytes).toBe(7);
    expect(profile(graph).totals).not.toHaveProperty('fileBytes');
  });
});

describe('hardware', () => {
  it('has nothing of what is not named, and a buffer that holds everything', () => {
    const none = new NetworkHardware(graph, {});
    expect([none.device, none.array, none.energy]).toEqual([undefined, undefined, undefined]);
    expect(none.buffer).toEqual(networkTraffic(graph, { bufferBytes: Number.MAX_SAFE_INTEGER }));
    expect(new NetworkHardware(graph, { device: deviceById('gtx1080ti') }).array).toBeUndefined();
  });

  it.each<readonly [Partial<NetworkTrafficOptions>, number]>([
    [{ doubleBuffering: true }, BUFFER],
    [{ haloReuse: true }, BUFFER],
    [{ fusion: 'pairs' }, 16 * BUFFER],
    [{ fusion: 'stages' }, 16 * BUFFER],
  ])('hands on %o', (options, bufferBytes) => {
    const { buffer } = new NetworkHardware(graph, { ...options, bufferBytes });
    expect(buffer).toEqual(networkTraffic(graph, { ...options, bufferBytes }));
    expect(buffer).not.toEqual(networkTraffic(graph, { bufferBytes }));
  });

  it('is computed once, when first asked for', () => {
    const all = new NetworkHardware(inDeviceType(graph, eyeriss), { device: eyeriss, energy: relative });
    expect(all.buffer).toBe(all.buffer);
    expect(all.device).toBe(all.device);
    expect(all.array).toBe(all.array);
    expect(all.energy).toBe(all.energy);
  });

  it('takes the buffer that is named before the one of the device', () => {
    expect(statedBuffer({})).toBeUndefined();
    expect(statedBuffer({ bufferBytes: 5, device: eyeriss })).toBe(5);
    // arXiv 1612.07625: a global buffer of 108 kB
    expect(statedBuffer({ device: eyeriss })).toBe(108 * 1024);
  });

  it('costs the network on the device, with the buffer that is named', () => {
    const device = deviceById('gtx1080ti');
    const found = new NetworkHardware(graph, { device, bufferBytes: BUFFER });
    const traffic = networkTraffic(graph, { bufferBytes: BUFFER });
    expect(found.device).toEqual(networkLatency(graph, device, { bufferBytes: BUFFER, traffic }));
  });

  it('idles for as long as an inference takes', () => {
    const device = { ...deviceById('gtx1080ti'), staticPower: unverified(10, 'W', 'made') };
    const { energy } = new NetworkHardware(graph, { device, energy: table });
    const { device: latency } = new NetworkHardware(graph, { device });
    const seconds = latency?.prediction?.seconds ?? latency?.floor?.seconds ?? NaN;
    const without = new NetworkHardware(graph, {
      energy: table,
      bufferBytes: statedBuffer({ device }) ?? NaN,
    });
    // Joules in the unit of the table: picojoules.
    expect(energy?.parts.idle).toBeCloseTo(10 * seconds * 1e12, 0);
    expect(without.energy?.parts).not.toHaveProperty('idle');
  });
});

describe('metrics of hardware', () => {
  const net = inDeviceType(graph, eyeriss);
  const options = { device: eyeriss, bufferBytes: BUFFER };
  const { layers, totals } = withDeviceCost(net, profile(net), options);
  const traffic = networkTraffic(net, { bufferBytes: BUFFER });
  const latency = networkLatency(net, eyeriss, { bufferBytes: BUFFER, traffic });
  const array = arrayOf(eyeriss);
  if (array === undefined) throw new TypeError('eyeriss has an array');
  const use = networkUtilization(net, array);

  it('are what the models say of each layer', () => {
    layers.forEach((row, i) => {
      const { dramBytes, bounds } = traffic.layers[i] ?? {};
      const { floor, predicted, peakShare } = latency.layers[i] ?? {};
      const used = use.layers.find(({ index }) => index === i);
      expect(row).toMatchObject(
        Object.fromEntries(
          Object.entries({
            dramBytes,
            dramBytesCompulsory: bounds?.compulsory,
            dramBytesNoReuse: bounds?.noReuse,
            floorSeconds: floor?.seconds,
            predictedSeconds: predicted,
            peakShare,
            cycles: used?.cycles,
            utilization: used?.utilization,
          }).filter(([, value]) => value !== undefined),
        ),
      );
    });
  });

  it.each(HARDWARE_METRICS.map((metric) => [metric.id, metric] as const))(
    '%s needs what it reads, and reads nothing else',
    (_, metric) => {
      const all = new NetworkHardware(net, { ...options, energy: relative });
      const { buffer, device, array: used, energy } = all;
      if (device === undefined || used === undefined || energy === undefined) throw new TypeError('named');
      const read = new Set<string>();
      const noted = <T>(key: string, value: T): T => {
        read.add(key);
        return value;
      };
      const hardware = {
        get buffer() {
          return noted('buffer', buffer);
        },
        get device() {
          return noted('device', device);
        },
        get array() {
          return noted('array', used);
        },
        get energy() {
          return noted('energy', energy);
        },
      };
      const context = {
        graph: net,
        flops: FLOP_CONVENTIONS[0]!,
        cio: CIO_CONVENTIONS[0]!,
        liveBytes: [],
      };
      for (const view of layerViews(net)) metric.measure(view, hardware, context);
      metric.ofNetwork?.(hardware);
      expect([...read]).toEqual(metric.needs);
    },
  );

  it('are unknown of a layer that the model leaves out', () => {
    const all = new NetworkHardware(net, { ...options, energy: relative });
    const { buffer, device, array: used, energy } = all;
    if (device === undefined || used === undefined || energy === undefined) throw new TypeError('named');
    const none = {
      buffer: { ...buffer, layers: [] },
      device: { ...device, layers: [] },
      array: { ...used, byIndex: new Map() },
      energy: { ...energy, layers: [] },
    };
    const [view] = layerViews(net);
    const context = { graph: net, flops: FLOP_CONVENTIONS[0]!, cio: CIO_CONVENTIONS[0]!, liveBytes: [] };
    for (const metric of HARDWARE_METRICS)
      expect(metric.measure(view!, none, context), metric.id).toBeUndefined();
  });

  it('and of the network', () => {
    expect(totals).toMatchObject({
      dramBytes: traffic.total,
      floorSeconds: latency.floor?.seconds,
      cycles: use.cycles,
    });
  });

  // Registers stand in one table, and a systolic array that fills its buffer goes with the other.
  it.each([
    ['eyeriss', relative, ['arithmetic', 'registers', 'dram']],
    ['tpu-v1', table, ['arithmetic', 'onChip', 'dram']],
  ])('are energies by part, of the layer and of the network: %s', (id, energies, stated) => {
    const device = deviceById(id);
    const own = inDeviceType(graph, device);
    const cost = withDeviceCost(own, profile(own), { device, energy: energies, bufferBytes: BUFFER });
    const shape = arrayOf(device);
    const found = networkEnergy(own, energies, {
      traffic: networkTraffic(own, { bufferBytes: BUFFER }),
      ...(shape === undefined || shape.dataflow === 'rs'
        ? {}
        : { array: { ...shape, dataflow: shape.dataflow } }),
    });
    expect(Object.keys(found.parts).filter((part) => part !== 'idle')).toEqual(stated);
    const columns = ({ total, parts }: Numbers<Energy>) => ({
      energy: total,
      energyArithmetic: parts.arithmetic,
      energyRegisters: parts.registers,
      energyOnChip: parts.onChip,
      energyDram: parts.dram,
    });
    const shown = ({ energy, energyArithmetic, energyRegisters, energyOnChip, energyDram }: Columns) => ({
      energy,
      energyArithmetic,
      energyRegisters,
      energyOnChip,
      energyDram,
    });
    cost.layers.forEach((row, i) => {
      const { energy } = found.layers[i] ?? {};
      if (energy !== undefined) expect(shown(row)).toEqual(columns(energy));
    });
    const { total, parts } = cost.energy!;
    expect(shown(cost.totals)).toEqual(columns({ total, parts }));
    expect(total - (parts.idle ?? 0)).toBeCloseTo(found.total, 3);
  });
});
