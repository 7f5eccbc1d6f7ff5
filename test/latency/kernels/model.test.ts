import { describe, expect, it } from 'vitest';
import { mulberry32 } from '../../../src/analysis/measurement/statistics.ts';
import { readDevice } from '../../../src/devices/validate.ts';
import { calibratedDevice } from '../../../src/latency/kernels/device.ts';
import { kernelCost } from '../../../src/latency/kernels/features.ts';
import type { Kernel } from '../../../src/latency/kernels/kernel.ts';
import { fitKernels, type MeasuredKernels } from '../../../src/latency/kernels/fitKernels.ts';
import { predictKernels } from '../../../src/latency/kernels/model.ts';

const random = mulberry32(7);
const between = (low: number, high: number): number => Math.round(low + (high - low) * random());

function pointwise(): Kernel {
  const [ins, outs, extent] = [16 * between(1, 32), 16 * between(1, 32), between(4, 40)];
  return {
    op: 'nchwc.Conv',
    inputs: [[1, ins, extent, extent]],
    weights: [[outs, ins, 1, 1]],
    outputs: [[1, outs, extent, extent]],
    window: { kernel: [1, 1], strides: [1, 1], dilations: [1, 1], pads: [0, 0, 0, 0], groups: 1 },
  };
}

function concat(): Kernel {
  const [ins, extent] = [between(8, 200), between(4, 40)];
  const half = [1, ins, extent, extent];
  return { op: 'Concat', inputs: [half, half], weights: [], outputs: [[1, 2 * ins, extent, extent]] };
}

/** A machine whose kernels take exactly this, in seconds. */
function truth(kernel: Kernel): number {
  const { kind, amounts } = kernelCost(kernel);
  const amount = (name: string): number => amounts[name] ?? Number.NaN;
  return kind === 'Concat'
    ? 2e-6 + 8e-11 * amount('inputs')
    : 4e-6 + 7e-12 * amount('macs') + 3e-10 * amount('steps') + 1e-10 * amount('weights');
}

/** Networks on that machine; a run takes 3 % longer than its kernels at their best. */
const networks = (count: number, disturbed = 0): readonly MeasuredKernels[] =>
  Array.from({ length: count }, (_, i) => {
    const kernels = Array.from({ length: 30 }, (__, k) => (k % 3 === 0 ? concat() : pointwise()));
    return {
      name: `network ${String(i)}`,
      kernels: kernels.map((kernel) => ({
        kernel,
        seconds: truth(kernel) * (random() < disturbed ? 1 + random() : 1),
      })),
      seconds: 1.03 * kernels.reduce((sum, kernel) => sum + truth(kernel), 0),
    };
  });

const truthOf = ({ kernels }: MeasuredKernels): number =>
  kernels.reduce((sum, { kernel }) => sum + (kernel === undefined ? 0 : truth(kernel)), 0);

const predictedBy = (model: Parameters<typeof predictKernels>[0], network: MeasuredKernels): number =>
  predictKernels(
    model,
    network.kernels.map(({ kernel }) => kernel),
  ).reduce((sum, kernel) => sum + (kernel?.seconds ?? Number.NaN), 0);

describe('a fit to kernels', () => {
  it('finds again what a machine takes that is of the form of the model', () => {
    const { model, errors } = fitKernels(networks(24));
    expect(model.scale).toBeCloseTo(1.03, 6);
    for (const network of networks(5))
      expect(predictedBy(model, network) / (1.03 * truthOf(network))).toBeCloseTo(1, 3);
    expect(Math.max(...errors.leftOut.map(Math.abs))).toBeLessThan(0.005);
    for (const { error } of Object.values(model.classes)) expect(error).toBeLessThan(0.05);
  });

  it('does not follow the kernels that something disturbed', () => {
    const { model } = fitKernels(networks(24, 0.15));
    for (const network of networks(5)) {
      const kernels = predictedBy({ ...model, scale: 1 }, network);
      expect(Math.abs(kernels / truthOf(network) - 1)).toBeLessThan(0.03);
    }
  });

  it('says of each kernel whether its class was measured', () => {
    const { model } = fitKernels(networks(8));
    const slice: Kernel = { op: 'Slice', inputs: [[1, 64, 20, 20]], weights: [], outputs: [[1, 32, 20, 20]] };
    const [own, other, unknown] = predictKernels(model, [concat(), slice, undefined]);
    expect(own).toMatchObject({ kind: 'Concat', measured: true });
    expect(other).toMatchObject({ kind: 'Slice', measured: false });
    expect(other?.seconds).toBeGreaterThan(0);
    expect(unknown).toBeUndefined();
  });

  it('expects less of the same kernels where a network stays in the caches', () => {
    const measured = networks(24).map((network) => {
      const bytes = network.kernels.reduce(
        (sum, { kernel }) => sum + 4 * (kernel?.weights.flat().reduce((a, b) => a * b, 1) ?? 0),
        0,
      );
      const cold = 1 + bytes / (bytes + 8 * 2 ** 20);
      return {
        ...network,
        seconds: cold * network.seconds,
        kernels: network.kernels.map((each) => ({ ...each, seconds: cold * each.seconds })),
      };
    });
    const { model } = fitKernels(measured);
    const one = concat();
    const alone = predictKernels(model, [one])[0]?.seconds ?? Number.NaN;
    const among = predictKernels(model, [one, ...Array.from({ length: 200 }, pointwise)])[0]?.seconds ?? 0;
    expect(among).toBeGreaterThan(1.2 * alone);
  });
});

describe('the device file of a calibration', () => {
  const made = calibratedDevice(networks(12), {
    id: 'my-machine',
    title: 'a machine',
    kind: 'cpu',
    runtime: { onnxruntime: '1.30.0', device: 'cpu', level: 'all', threads: 1 },
    secondsPerRun: 2e-5,
    date: '2026-01-31',
    conditions: 'quiet',
  });

  it('is one that can be read', () => {
    expect(readDevice(JSON.stringify(made), 'my-machine.json')).toEqual(made);
  });

  it('states the highest rates that kernels reached', () => {
    expect(made.peak.float32?.value).toBeGreaterThan(0);
    expect(made.peak.float32?.status).toBe('unverified');
    // A concatenation takes 8e-11 s for each element, which it reads and writes: 4 bytes each.
    expect(made.memory[0].bandwidth?.value).toBeLessThanOrEqual(8 / 8e-11);
  });

  it('states an interval in which nine tenths of the left-out networks lie', () => {
    expect(made.calibration?.error.unseen).toBeGreaterThanOrEqual(made.calibration?.error.leaveOneOut ?? 1);
    expect(made.calibration?.samples).toBe(12 * 30);
  });

  it.each([
    ['classes', [], 'calibration.classes: is [], not an object'],
    ['scale', 0, 'calibration.scale: is 0, not a positive number'],
    ['runtime', { device: 'cpu' }, 'calibration.runtime: has no "onnxruntime"'],
    ['secondsPer', {}, 'calibration.secondsPer: is no field of this object'],
  ])('is refused with %s wrong', (field, value, message) => {
    const wrong = { ...made, calibration: { ...made.calibration, [field]: value } };
    expect(() => readDevice(JSON.stringify(wrong), 'wrong.json')).toThrow(message);
  });
});
