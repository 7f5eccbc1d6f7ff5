import { expect, it } from 'vitest';
import { buildNetwork } from '../../architectures/zoo.ts';
import { compareDevices } from '../../src/analysis/device/compare.ts';
import { adaptedDevice } from '../../src/analysis/device/adapt.ts';
import type { TermCalibration } from '../../src/devices/device.ts';
import { measuredDevice, measuredDevices, measuredModels } from '../../src/devices/measured/load.ts';
import { isUseful } from '../../src/devices/measured/measured.ts';
import { readDevice } from '../../src/devices/validate.ts';
import { withDType } from '../../src/graph/graph.ts';
import { leftOutError } from '../../src/latency/measured/error.ts';
import { networkLatency } from '../../src/latency/networkLatency.ts';

const all = await measuredDevices();
const models = await measuredModels();
const calibration = async (name: string): Promise<TermCalibration> =>
  (await measuredDevice(name, { rough: true }))?.calibration as TermCalibration;

it('ships every device of the tables that can be fitted, at least 60 within 10 % and 74 within 15 %', () => {
  const best = all.map(({ runs }) => Math.min(...runs.map(({ median }) => median)));
  expect(all.length).toBeGreaterThanOrEqual(98);
  expect(best.filter((median) => median <= 0.1).length).toBeGreaterThanOrEqual(60);
  expect(best.filter((median) => median <= 0.15).length).toBeGreaterThanOrEqual(74);
});

it('states the error that its rows show', async () => {
  for (const { id, runs } of all) {
    for (const run of runs) {
      const { networks, leftOut, samples } = await calibration(`${id}/${run.id}`);
      expect(networks.length).toBe(samples);
      const { median, p90, factor } = leftOutError(
        networks.map(({ milliseconds, predicted }) => predicted / milliseconds),
      );
      // Ratios ship in thousandths.
      expect(Math.abs(median - leftOut.median)).toBeLessThan(0.002);
      expect(Math.abs(p90 - leftOut.p90)).toBeLessThan(0.005);
      expect(Math.abs(factor / leftOut.factor - 1)).toBeLessThan(0.002);
    }
  }
});

// Tencent/ncnn a4d2ea1d, benchmark/README.md, line 1966 and on: Raspberry Pi 5, one thread, least of ten, in milliseconds
it('carries measurements as they were printed', async () => {
  const { networks, runtime } = await calibration('raspberry-pi-5/cpu-1');
  const of = (name: string) => networks.find(({ network }) => network === name)?.milliseconds;
  expect(runtime).toMatchObject({ name: 'ncnn', backend: 'cpu', threads: 1, date: '2023-12-12' });
  expect([of('resnet50'), of('squeezenet')]).toEqual(PRINTED);
});
const PRINTED = [89.04, 11.77];

it('takes the CPU of a device that was measured in several ways, in floating point', async () => {
  expect((await measuredDevice('raspberry-pi-5'))?.id).toMatch(/^raspberry-pi-5\/cpu-/);
  for (const { runs } of all) {
    const [first] = runs;
    const backends = runs.map(({ runtime }) => runtime.backend);
    expect(first?.runtime.backend === 'vulkan' && backends.includes('cpu')).toBe(false);
    if (runs.some(({ id }) => id.startsWith('float'))) expect(first?.id).toMatch(/^float/);
  }
});

it('refuses a run that misses much, until it is asked for, and one that is not there', async () => {
  const device = all.find(({ runs }) => runs.some((run) => !isUseful(run)));
  const run = device?.runs.find((each) => !isUseful(each));
  const name = `${String(device?.id)}/${String(run?.id)}`;
  await expect(measuredDevice(name)).rejects.toThrow(/--rough/);
  expect((await measuredDevice(name, { rough: true }))?.id).toBe(name);
  await expect(measuredDevice('raspberry-pi-5/cpu-3')).rejects.toThrow('did you mean cpu-');
  expect(await measuredDevice('abacus')).toBeUndefined();
});

it('predicts without a floor, layer by layer, within a stated interval', async () => {
  const device = await measuredDevice('raspberry-pi-5/cpu-1');
  if (device === undefined) throw new Error('not there');
  const { floor, prediction, layers, unknown } = networkLatency(buildNetwork('peleenet'), device);
  const { leftOut } = device.calibration as TermCalibration;
  expect(floor).toBeUndefined();
  expect(unknown).toBe(0);
  const seconds = prediction?.seconds as number;
  expect((prediction?.high as number) / seconds).toBeCloseTo(leftOut.factor, 9);
  expect(seconds / (prediction?.low as number)).toBeCloseTo(leftOut.factor, 9);
  const sum = layers.reduce((total, { predicted = Number.NaN }) => total + predicted, 0);
  expect(sum / seconds).toBeCloseTo(1, 9);
  expect(prediction?.caveat).toBeUndefined();
});

it('says what no measured network has', async () => {
  const device = await measuredDevice('raspberry-pi-5/cpu-1');
  if (device === undefined) throw new Error('not there');
  const caveat = (name: string) => networkLatency(buildNetwork(name), device).prediction?.caveat;
  expect(caveat('yolov4')).toMatch(/times the MACs of any network/);
  expect(caveat('csppeleenet-efm')).toContain('operators that no measured network has: maxout');
});

it('ranks all useful devices, the fastest first', () => {
  const graph = buildNetwork('cspresnext50');
  const ranked = compareDevices(graph, all, models);
  expect(ranked.length).toBe(all.filter(({ runs }) => runs.some(isUseful)).length);
  expect(ranked.map(({ seconds }) => seconds)).toEqual(
    ranked.map(({ seconds }) => seconds).sort((a, b) => a - b),
  );
  const runs = all.flatMap((device) => device.runs);
  expect(compareDevices(graph, all, models, { allRuns: true, rough: true }).length).toBe(runs.length);
});

it('makes a device file of three measured networks, which reads again and states its own error', () => {
  const times = { 'mobilenet-v2': 40, resnet50: 310, 'yolov3-tiny': 190 };
  const own = {
    id: 'mine',
    title: 'Mine',
    runtime: { name: 'ncnn', backend: 'cpu', threads: 1, precision: 'as measured' },
    source: 'm.csv',
  } as const;
  const measured = Object.entries(times).map(([network, milliseconds]) => ({
    network,
    graph: buildNetwork(network),
    milliseconds,
  }));
  const device = adaptedDevice(measured, own, all, models);
  expect(readDevice(JSON.stringify(device), 'mine.json')).toEqual(device);
  const { leftOut, networks } = device.calibration as TermCalibration;
  expect(leftOutError(networks.map(({ milliseconds, predicted }) => predicted / milliseconds)).median).toBe(
    leftOut.median,
  );
  expect(() => adaptedDevice(measured.slice(1), own, all, models)).toThrow('too few');
});

it('a device twice as slow in everything has a model twice as slow', () => {
  const names = ['mobilenet-v2', 'resnet50', 'peleenet', 'vgg16'];
  const pi = all.find(({ id }) => id === 'raspberry-pi-5');
  if (pi === undefined) throw new Error('not there');
  const run = compareDevices(buildNetwork('resnet50'), [pi], models)[0];
  const measured = names.map((network) => {
    const graph = buildNetwork(network);
    return {
      network,
      graph,
      milliseconds: 2000 * (compareDevices(graph, [pi], models)[0]?.seconds as number),
    };
  });
  const device = adaptedDevice(
    measured,
    {
      id: 'slow',
      title: 'Slow',
      runtime: { name: 'ncnn', backend: 'cpu', threads: 1, precision: 'any' },
      source: 'x',
    },
    [pi],
    models,
  );
  const seconds = networkLatency(buildNetwork('resnet50'), device).prediction?.seconds as number;
  // Coefficients of a device file have four digits.
  expect(seconds / (run?.seconds as number)).toBeCloseTo(2, 1);
});

it('says what it does not know of other precisions', async () => {
  const graph = buildNetwork('mobilenet-v2');
  const quantised = withDType(graph, 'int8');
  const float = await measuredDevice('raspberry-pi-5/cpu-1');
  const eight = await measuredDevice('snapdragon-npu-8gen3/w8a8-tflite');
  if (float === undefined || eight === undefined) throw new Error('not there');
  expect(() => networkLatency(quantised, float)).toThrow(
    "raspberry-pi-5/cpu-1 was measured in other numbers (float16 where the hardware has it, float32 elsewhere) than this network's int8 (fix: give the network in real numbers, or a run in 8 bits: csp-profile devices --search w8a8)",
  );
  expect(networkLatency(graph, float).prediction?.caveat).toBeUndefined();
  expect(networkLatency(graph, eight).prediction?.caveat).toMatch(/once it is quantised/);
  expect(networkLatency(quantised, eight).prediction?.caveat).toBeUndefined();
  const runs = compareDevices(quantised, all, models, { allRuns: true, rough: true });
  expect(runs.length).toBeGreaterThan(12);
  expect(runs.every(({ id }) => id.includes('/w8'))).toBe(true);
});
