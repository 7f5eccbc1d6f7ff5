import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { GivenValues } from '../../architectures/family.ts';
import { findFamily } from '../../architectures/zoo.ts';
import { hardwareTotals } from '../../src/analysis/device/withDeviceCost.ts';
import { conventionsOf } from '../../src/analysis/profile.ts';
import type { Device } from '../../src/devices/device.ts';
import { deviceById } from '../../src/devices/registry.ts';
import { ShapeMemo } from '../../src/latency/shapeMemo.ts';
import type { DType } from '../../src/ops/dtype.ts';
import type { HardwareOptions } from '../../src/metrics/hardware.ts';
import { HARDWARE_METRICS } from '../../src/metrics/registry.ts';
import { NetworkCounter } from '../../src/sweep/counts.ts';
import { isLayerwise, LayerHardware } from '../../src/sweep/layerHardware.ts';

const METRICS = HARDWARE_METRICS.filter(({ needs }) => !needs.includes('energy'));

/** Layer by layer, and as a whole: one network after the other, on one hardware. */
function both(settings: HardwareOptions, float32: DType = 'float32', metrics = METRICS) {
  const counter = new NetworkCounter({ float32 });
  const hardware = new LayerHardware({ ...settings, memo: new ShapeMemo() }, metrics);
  expect(isLayerwise(settings, metrics)).toBe(true);
  return (name: string, values: GivenValues = {}) => {
    const { family, network } = findFamily(name);
    const { builder } = family.assemble(values, network, counter.inference);
    counter.count(builder);
    const { layers } = counter;
    if (layers === undefined) throw new Error(`${name} was counted as a whole`);
    const graph = builder.build();
    const { flops, cio } = conventionsOf(graph, {});
    return {
      layerwise: hardware.totals(layers, { flops, cio }),
      whole: () => hardwareTotals(graph, { flops: flops.id, cio: cio.id }, settings, metrics),
    };
  };
}

/** With a calibration of features; with an array and without a calibration; without a device. */
const HARDWARE: readonly (readonly [string, HardwareOptions, DType])[] = [
  ['jetson-tx2 and a buffer', { device: deviceById('jetson-tx2'), bufferBytes: 2 ** 20 }, 'float32'],
  ['eyeriss', { device: deviceById('eyeriss') }, 'int16'],
  ['a buffer', { bufferBytes: 2 ** 18, doubleBuffering: true }, 'float32'],
];

/** With additions, slices, poolings of all kinds, normalisation as layers of their own, groups, gates and detections. */
const NETWORKS = [
  'resnext50',
  'densenet201-elastic',
  'mobilenet-v2',
  'efficientnet-b0',
  'yolov3-tiny',
  'hardnet68',
];

describe('what layers cost on hardware', () => {
  it.each(HARDWARE)('adds up to what networks cost on %s', (_, settings, float32) => {
    const costs = both(settings, float32);
    for (const name of NETWORKS) {
      const { layerwise, whole } = costs(name, { input: 96 });
      expect(layerwise, name).toBeDefined();
      expect(layerwise, name).toEqual(whole());
    }
  });

  it.each(HARDWARE)('is that of any point of a family on %s', (_, settings, float32) => {
    const costs = both(settings, float32);
    const point = fc.record({
      gamma: fc.constantFrom(0.25, 0.5, 0.75),
      fusion: fc.constantFrom('both', 'first', 'last'),
      width: fc.constantFrom(0.5, 1),
      attention: fc.constantFrom('none', 'squeeze'),
      activation: fc.constantFrom('relu', 'swish'),
      input: fc.constantFrom(64, 96),
    });
    fc.assert(
      fc.property(point, (values) => {
        const { layerwise, whole } = costs('csppeleenet', values);
        expect(layerwise).toEqual(whole());
      }),
      { numRuns: 12 },
    );
  });

  it('holds the time that is predicted to the floor, asked for or not', () => {
    const { calibration, ...device } = deviceById('jetson-tx2');
    if (calibration?.kind !== 'features') throw new Error('no calibration of features');
    const secondsPer = Object.fromEntries(Object.keys(calibration.secondsPer).map((id) => [id, 0]));
    const hopeful = { ...device, calibration: { ...calibration, secondsPer } } as Device;
    const predicted = METRICS.filter(({ id }) => id === 'predictedSeconds');
    const { layerwise, whole } = both({ device: hopeful }, 'float32', predicted)('peleenet');
    expect(layerwise).toEqual(whole());
    expect(layerwise?.predictedSeconds).toBeGreaterThan(0);
  });

  it('is left to the network where a buffer is too small, or a device states no peak', () => {
    for (const [settings, code] of [
      [{ bufferBytes: 64 }, /CSP502/],
      [{ device: deviceById('eyeriss') }, /CSP504/],
    ] as const) {
      const { layerwise, whole } = both(settings)('peleenet');
      expect(layerwise).toBeUndefined();
      expect(whole).toThrow(code);
    }
  });

  it('is not that of fused layers, of energies, or of calibrations over whole networks', () => {
    expect(isLayerwise({ bufferBytes: 1, fusion: 'pairs' }, METRICS)).toBe(false);
    expect(isLayerwise({ bufferBytes: 1 }, HARDWARE_METRICS)).toBe(false);
    const { calibration, ...device } = deviceById('jetson-tx2');
    expect(isLayerwise({ device: { ...device, calibration } as Device }, METRICS)).toBe(true);
    const kernels = { ...calibration, kind: 'kernels' };
    expect(isLayerwise({ device: { ...device, calibration: kernels } as Device }, METRICS)).toBe(false);
  });
});
