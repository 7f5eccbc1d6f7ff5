import { describe, expect, it } from 'vitest';
import type { Device } from '../../../src/devices/device.ts';
import { calibratedDevice, calibrationVerdict } from '../../../src/latency/kernels/device.ts';
import type { Kernel } from '../../../src/latency/kernels/kernel.ts';

const square = (channels: number, extent: number) => [1, channels, extent, extent];

const pointwise = (channels: number): Kernel => ({
  op: 'Conv',
  inputs: [square(channels, 10)],
  weights: [[channels, channels, 1, 1]],
  outputs: [square(channels, 10)],
  window: { kernel: [1, 1], strides: [1, 1], dilations: [1, 1], pads: [0, 0, 0, 0], groups: 1 },
});
const moved = (op: string, elements: number): Kernel => ({
  op,
  inputs: [[elements / 2]],
  weights: [],
  outputs: [[elements / 2]],
});

type Timed = readonly [kernel: Kernel | undefined, seconds: number];

/** The device of networks of 16 and 32 channels, which do 3.2e9 MAC/s, with these kernels beside. */
function deviceOf(...beside: readonly Timed[]): Device {
  const kernels: readonly Timed[] = [...[16, 32, 16, 32].map(plain), ...beside];
  const network = (name: string) => ({
    name,
    kernels: kernels.map(([kernel, seconds]) => ({ kernel, seconds })),
    seconds: 1,
  });
  return calibratedDevice(['a', 'b', 'c'].map(network), {
    id: 'made',
    title: 'Made',
    kind: 'cpu',
    runtime: { onnxruntime: '1.30.0', device: 'cpu', level: 'all', threads: 1 },
    secondsPerRun: 0,
    date: '2025-01-01',
    conditions: 'quiet',
  });
}
const plain = (channels: number): Timed => [pointwise(channels), (channels ** 2 * 100) / 3.2e9];

const peakOf = ({ peak }: Device) => JSON.stringify(peak.float32);
const bandwidthOf = ({ memory }: Device) => memory[0].bandwidth;

describe('a machine that was measured', () => {
  it('has as its peak the most that a convolution reached, two operations to a multiply-accumulate', () => {
    expect(peakOf(deviceOf())).toContain('"value":6400000000');
    // Twice as fast; products of matrices and what is not known say nothing.
    const fast: Timed = [pointwise(16), (16 ** 2 * 100) / 6.4e9];
    const product: Kernel = { op: 'MatMul', inputs: [[9, 9]], weights: [[9, 9]], outputs: [[9, 9]] };
    expect(peakOf(deviceOf(fast, [product, 1e-12], [undefined, 1e-12]))).toContain('"value":12800000000');
  });

  it('has as its bandwidth the most at which a kernel moved 4 MB or more', () => {
    expect(bandwidthOf(deviceOf())).toBeUndefined();
    expect(bandwidthOf(deviceOf([moved('Transpose', 999_998), 1e-3]))).toBeUndefined();
    const most = deviceOf(
      [moved('Transpose', 1e6), 1e-3],
      [moved('Concat', 4e6), 8e-3],
      // Views move nothing, and what fits in a cache says nothing of the memory.
      ...['Flatten', 'Reshape', 'Squeeze', 'Unsqueeze', 'Identity'].map((op): Timed => [
        moved(op, 1e6),
        1e-6,
      ]),
      [moved('Transpose', 1000), 1e-9],
    );
    expect(bandwidthOf(most)).toMatchObject({ value: 4e9, unit: 'byte/s' });
    expect(bandwidthOf(most)?.note).toContain('4 MB or more');
  });

  it('says from how many kernels that is, how well they are met, and which are too few for themselves', () => {
    const { calibration, id, title, kind } = deviceOf([moved('Transpose', 1000), 1e-3]);
    expect([id, title, kind]).toEqual(['made', 'Made', 'cpu']);
    if (calibration?.kind !== 'kernels') throw new TypeError('calibrated by kernels');
    expect(calibration.samples).toBe(15);
    expect(calibration.fittedOn).toBe('15 kernels of 3 made-up networks, measured on 2025-01-01: quiet');
    expect(calibration.error.note).toMatch(
      /^(?:good|fair|poor).*; too few kernels for a class of their own, so that others stand in: .*Transpose/,
    );
  });
});

describe('the verdict', () => {
  const among = (share: number, large: number, small: number): readonly number[] =>
    Array.from({ length: 40 }, (_, i) => (i < 40 * share ? small : large) * (i % 2 === 0 ? 1 : -1));

  it.each([
    ['every error small', among(1, 0, 0.04), 'good'],
    ['a mean of 5 %', [0.05], 'good'],
    ['a mean above that', [0.051], 'fair'],
    ['nine tenths within a tenth', among(0.9, 0.11, 0.01), 'good'],
    ['fewer', among(0.875, 0.11, 0.01), 'fair'],
    ['a mean of 8 %', [-0.08], 'fair'],
    ['a mean above 8 %', [0.081], 'poor'],
    ['three quarters within a tenth', among(0.75, 0.11, 0.01), 'fair'],
    ['fewer than these', among(0.725, 0.11, 0.01), 'poor'],
    ['a tenth is within', among(0.6, 0.1, 0.01), 'good'],
  ] as const)('%s', (_, errors, verdict) => {
    expect(calibrationVerdict(errors)).toBe(verdict);
  });
});
