import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv } from 'ajv';
import { describe, expect, it } from 'vitest';
import { buildNetwork } from '../../architectures/zoo.ts';
import { readMeasurement } from '../../src/analysis/measurement/read.ts';
import type { Measurement, NetworkMeasurement } from '../../src/analysis/measurement/measurement.ts';
import { fromOnnx } from '../../src/formats/onnx/read.ts';
import { toBytes, writeOnnx } from '../../src/formats/onnx/write.ts';
import { bytesSource } from '../../src/formats/byteSource.ts';
import { writeJson } from '../../src/formats/json/write.ts';
import { graph } from '../../src/graph/network.ts';
import { OPTIMISATION_LEVELS } from '../../src/probe/messages.ts';
import { probe, type ProbeOptions } from '../../src/probe/probe.ts';
import { measurementSchema } from '../../src/report/measurement/schema.ts';
import { renderProbe } from '../../src/report/measurement/measurement.ts';
import { workshop } from './child.ts';

const shop = workshop();

/** As little measuring as gives every figure. */
const quick = (options: ProbeOptions = {}): ProbeOptions => ({
  program: shop.program(),
  processes: 2,
  runs: 3,
  warmup: 1,
  budget: 1,
  ...options,
});

const sumOf = ({ layers, executorNs }: NetworkMeasurement): number =>
  layers.reduce((sum, { ns }) => sum + ns, executorNs!);

/** A convolution that does nearly all of the work, between two small ones. */
const heavy = graph('heavy', (g) => {
  const x = g.conv(g.input([1, 3, 64, 64]), { outChannels: 64, kernel: 1, name: 'light' });
  const y = g.conv(x, { outChannels: 256, kernel: 7, name: 'heavy' });
  g.conv(y, { outChannels: 4, kernel: 1, name: 'last' });
});

describe('a measurement', () => {
  it.each(OPTIMISATION_LEVELS)('attributes all of the latency at level %s, exactly', async (level) => {
    const { networks, settings } = await probe([{ graph: heavy }], quick({ level }));
    const [measured] = networks as [NetworkMeasurement];
    expect(settings).toMatchObject({ device: 'cpu', level, processes: 2 });
    expect(sumOf(measured)).toBe(measured.latency.ns);
    for (const { kernels, ns } of measured.layers)
      expect(kernels.reduce((sum, kernel) => sum + kernel.ns, 0)).toBe(ns);
    // 98.6 % of the FLOPs: whatever the machine does, this one takes longest.
    const [longest] = [...measured.layers].sort((a, b) => b.ns - a.ns);
    expect(longest?.name).toBe('heavy');
    expect(longest!.ns).toBeGreaterThan(measured.latency.ns / 2);
    expect(measured.agreement).toMatchObject({ outputs: 1, limit: 1e-4 });
    expect(measured.agreement!.relativeError).toBeLessThan(1e-4);
  });

  it('keeps the runs that its statistics are of', async () => {
    const { networks } = await probe([{ graph: heavy }], quick());
    const [{ samples, latency }] = networks as [NetworkMeasurement];
    expect(samples.map(({ cpu, wall }) => [cpu.length, wall.length])).toEqual([
      [3, 3],
      [3, 3],
    ]);
    expect(latency.cpu!.n).toBe(6);
    expect(latency.cpu!.min).toBe(Math.min(...samples.flatMap(({ cpu }) => cpu)));
    expect(latency.interval![0]).toBeLessThanOrEqual(latency.ns);
    expect(latency.interval![1]).toBeGreaterThanOrEqual(latency.ns);
  });

  it('compares networks within each process', async () => {
    const models = ['yolov3-tiny', 'yolov3-tiny-prn'].map((name) => ({
      graph: buildNetwork(name, { input: 96 }),
    }));
    const { networks, ratios } = await probe(models, quick());
    expect(networks.map(({ network }) => network.name)).toEqual(['yolov3-tiny', 'yolov3-tiny-prn']);
    expect(ratios).toHaveLength(1);
    expect(ratios[0]).toMatchObject({ network: 1, reference: 0 });
    expect(ratios[0]?.processes).toHaveLength(2);
  });

  it("runs a user's own file with its own weights, and finds its nodes", async () => {
    const file = join(shop.folder(), 'mine.onnx');
    const bytes = toBytes(writeOnnx(buildNetwork('peleenet', { input: 64 })).file);
    writeFileSync(file, bytes);
    const { graph: mine } = fromOnnx(bytesSource(bytes), { file: 'mine.onnx' });
    const { networks } = await probe([{ graph: mine, file }], quick());
    const [measured] = networks as [NetworkMeasurement];
    expect(sumOf(measured)).toBe(measured.latency.ns);
    expect(measured.layers).toHaveLength(mine.layers.length);
    const working = measured.layers.filter(({ kernels }) => kernels.length > 0);
    for (const { kind } of working) expect(kind).not.toBe('identity');
    // Batch normalisation is folded into the convolution before it.
    const normalised = measured.layers.filter(({ kind }) => kind === 'batchNorm');
    expect(normalised.length).toBeGreaterThan(100);
    for (const { index, absent } of normalised) expect(absent).toEqual({ why: 'fused', into: [index - 1] });
  });

  it('is written as JSON by the published schema, and read back as it was', async () => {
    const measurement = await probe(
      [{ graph: heavy }, { graph: buildNetwork('yolov3-tiny-prn', { input: 96 }) }],
      quick(),
    );
    const tool = { name: 'csp-profile', version: '0' };
    const text = renderProbe('json', measurement, { width: 80, top: 'all', tool });
    const parsed: unknown = JSON.parse(text);
    const validate = new Ajv({ strict: true, allErrors: true }).compile(measurementSchema());
    expect(validate(parsed), JSON.stringify(validate.errors)).toBe(true);
    expect(readMeasurement(parsed, 'x.json')).toEqual(measurement);
    expect(() => readMeasurement({ ...(parsed as Measurement), settings: 1 }, 'x.json')).toThrow(
      /x\.json \.settings.*CSP305/,
    );
    const csv = renderProbe('csv', measurement, { width: 80, top: 'all', tool }).trim().split('\n');
    expect(csv).toHaveLength(1 + measurement.networks.reduce((sum, { layers }) => sum + layers.length, 0));
    for (const width of [80, 120]) {
      const table = renderProbe('table', measurement, { width, top: 5, tool });
      expect(Math.max(...table.split('\n').map((line) => line.length))).toBeLessThanOrEqual(width);
    }
    expect(renderProbe('markdown', measurement, { width: 80, top: 5, tool })).toContain(
      '## Relative to the first network',
    );
  });
});

const threeLayers = graph('three', (g) => {
  const x = g.conv(g.input([1, 3, 32, 32]), { outChannels: 8, kernel: 3 });
  g.conv(g.maxPool(x, { kernel: 2 }), { outChannels: 16, kernel: 3 });
});

describe('WebGPU', () => {
  const folder = '/usr/lib/chromium';
  const icd = `${folder}/vk_swiftshader_icd.json`;

  it.skipIf(!existsSync(icd))(
    'tells GPU times of every kernel (on SwiftShader, which comes with Chromium)',
    () => {
      const tiny = join(shop.folder(), 'tiny.json');
      writeFileSync(tiny, writeJson(threeLayers));
      const { status, stdout, stderr } = spawnSync(
        process.execPath,
        [
          'dist/cli.cjs',
          'probe',
          tiny,
          '--device',
          'webgpu',
          '--runs',
          '2',
          '--processes',
          '1',
          '--format',
          'json',
        ],
        { encoding: 'utf8', env: { ...process.env, VK_ICD_FILENAMES: icd, LD_LIBRARY_PATH: folder } },
      );
      expect({ status, stderr: stderr.replace(/^csp-profile: warning.*\n/gm, '') }).toEqual({
        status: 0,
        stderr: '',
      });
      const { networks, environment } = readMeasurement(JSON.parse(stdout), 'webgpu');
      const [measured] = networks as [NetworkMeasurement];
      expect(environment.accelerator).toBe('Vulkan through vk_swiftshader_icd');
      expect(measured.latency.clock).toBe('wall');
      expect(sumOf(measured)).toBe(measured.latency.ns);
      const providers = new Set(
        measured.layers.flatMap(({ kernels }) => kernels.map(({ provider }) => provider)),
      );
      expect([...providers]).toEqual(['WebGpuExecutionProvider']);
      for (const { ns } of measured.layers) expect(ns).toBeGreaterThan(0);
    },
  );
});

it('the bundle holds the program of the children', () => {
  expect(readFileSync('dist/probe-child.js', 'utf8')).toContain('onnxruntime-node');
});
