import { describe, expect, it } from 'vitest';
import { energyTableById } from '../../src/devices/energyTable.ts';
import { convGeometry, linearLayer, type ConvLayer } from '../../src/latency/convLayer.ts';
import { accessEnergy, energyOf } from '../../src/latency/energy.ts';
import { square } from '../../src/ops/window.ts';
import { amount } from '../../src/units.ts';

const horowitz = energyTableById('horowitz45');
const eyeriss = energyTableById('eyeriss-relative');

describe('eyeriss-relative', () => {
  const conv = (
    c: number,
    m: number,
    size: number,
    k: number,
    stride = 1,
    padding = 0,
    groups = 1,
  ): ConvLayer => ({
    batch: 16,
    inputChannels: c,
    outputChannels: m,
    groups,
    input: [size, size],
    window: square(k, stride, padding),
  });

  /** Columns ALU and RF of nn_dataflow's test of Eyeriss, ISCA 2016, figure 10; 10^9 MACs, 16 images. */
  const printed: readonly [layer: string, shape: ConvLayer, alu: string, registers: string][] = [
    ['conv1', conv(3, 96, 227, 11, 4), '1.69', '6.75'],
    ['conv2', conv(96, 256, 27, 5, 1, 2, 2), '3.58', '14.33'],
    ['conv3', conv(256, 384, 13, 3, 1, 1), '2.39', '9.57'],
    ['conv4', conv(384, 384, 13, 3, 1, 1, 2), '1.79', '7.18'],
    ['conv5', conv(384, 256, 13, 3, 1, 1, 2), '1.20', '4.78'],
    ['fc1', linearLayer(9216, 4096, 16), '0.60', '2.42'],
    ['fc2', linearLayer(4096, 4096, 16), '0.27', '1.07'],
    ['fc3', linearLayer(4096, 1000, 16), '0.07', '0.26'],
  ];

  it('equals the printed energy of arithmetic and registers of AlexNet', () => {
    for (const [layer, shape, alu, registers] of printed) {
      const { parts, unit } = energyOf({ macs: convGeometry(shape).macs, dtype: 'int16' }, eyeriss);
      expect(((parts.arithmetic ?? NaN) / 1e9).toFixed(2), layer).toBe(alu);
      expect(((parts.registers ?? NaN) / 1e9).toFixed(2), layer).toBe(registers);
      expect(unit).toBe('MAC');
    }
  });

  it('weighs a 16-bit word 200 from DRAM and 6 from a buffer of any size', () => {
    const demand = {
      macs: 0,
      dtype: 'int16',
      dramBytes: 20,
      onChip: { accessedBits: 160, capacityBytes: 1e6 },
    } as const;
    expect(energyOf(demand, eyeriss).parts).toEqual({ arithmetic: 0, registers: 0, dram: 2000, onChip: 60 });
  });

  it('has no idle energy, which is absolute', () => {
    const demand = { macs: 10, dtype: 'int16', idle: { watts: 1, seconds: amount<'s'>(1) } } as const;
    expect(energyOf(demand, eyeriss)).toEqual({
      unit: 'MAC',
      parts: { arithmetic: 10, registers: 40 },
      total: 50,
    });
  });
});

describe('horowitz45', () => {
  it('adds what ISSCC 2014 states for one multiplication and one addition', () => {
    const perMac = (dtype: 'int8' | 'float16' | 'float32'): number =>
      energyOf({ macs: 1_000_000, dtype }, horowitz).total / 1_000_000;
    expect(perMac('int8')).toBeCloseTo(0.23, 12);
    expect(perMac('float16')).toBeCloseTo(1.5, 12);
    expect(perMac('float32')).toBeCloseTo(4.6, 12);
  });

  it('passes through the stated memories and follows a power law between and beyond them', () => {
    const KIB = 1024;
    expect([8, 32, 1024].map((kib) => accessEnergy(horowitz, kib * KIB))).toEqual([
      10,
      expect.closeTo(20, 9),
      expect.closeTo(100, 9),
    ]);
    expect(accessEnergy(horowitz, 2 * KIB)).toBeCloseTo(5, 9);
    expect(accessEnergy(horowitz, 16 * KIB)).toBeCloseTo(10 * Math.SQRT2, 9);
    expect(accessEnergy(horowitz, 32 * 1024 * KIB)).toBeCloseTo(500, 9);
  });

  it('sums arithmetic, on-chip accesses, DRAM and idle power', () => {
    const energy = energyOf(
      {
        macs: 100,
        dtype: 'int8',
        dramBytes: 8,
        onChip: { accessedBits: 640, capacityBytes: 8192 },
        idle: { watts: 2, seconds: amount<'s'>(3e-12) },
      },
      horowitz,
    );
    expect(energy.parts.arithmetic).toBeCloseTo(23, 9);
    expect(energy.parts.onChip).toBe(100);
    expect(energy.parts.dram).toBe(1300);
    expect(energy.parts.idle).toBeCloseTo(6, 9);
    expect(energy.total).toBeCloseTo(1429, 9);
  });

  it('refuses an element type that it does not state, and says which it does', () => {
    expect(() => energyOf({ macs: 1, dtype: 'bfloat16' }, horowitz)).toThrow(
      'energy table "horowitz45" states no MAC in bfloat16 (fix: use another table, or one of the element types int8, uint8, int32, float16, float32) CSP505',
    );
  });
});
