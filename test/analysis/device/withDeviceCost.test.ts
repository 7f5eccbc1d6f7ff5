import { Ajv } from 'ajv';
import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import { buildNetwork } from '../../../architectures/zoo.ts';
import { inDeviceType, statesEnergy, withDeviceCost } from '../../../src/analysis/device/withDeviceCost.ts';
import { HARDWARE_INFO, profile, type Profile } from '../../../src/analysis/profile.ts';
import { readProfile } from '../../../src/analysis/readProfile.ts';
import { ENERGY_TABLES } from '../../../src/devices/energyTable.ts';
import { energyTableById } from '../../../src/devices/energyTable.ts';
import { DEVICES, deviceById } from '../../../src/devices/registry.ts';
import { GraphBuilder } from '../../../src/graph/builder.ts';
import { withDType, type Graph } from '../../../src/graph/graph.ts';
import { square } from '../../../src/ops/window.ts';
import { deviceExtension } from '../../../src/report/device/extension.ts';
import { renderJson } from '../../../src/report/json.ts';
import { profileSchema } from '../../../src/report/profileSchema.ts';

const NETWORKS = ['resnet10', 'mobilenet-v2', 'yolov3-tiny', 'csppeleenet'] as const;
const graphs = new Map(NETWORKS.map((name) => [name, buildNetwork(name, { input: 96 })]));
const validate = new Ajv({ strict: true, allErrors: true }).compile(profileSchema());

const written = (value: Profile): Profile => {
  const text = renderJson(value, {
    width: 80,
    color: false,
    top: 'all',
    tool: { name: 'test', version: '0' },
  });
  const parsed: unknown = JSON.parse(text);
  expect(validate(parsed), JSON.stringify(validate.errors)).toBe(true);
  return readProfile(parsed, 'profile.json');
};

const sum = (values: readonly (number | undefined)[]): number =>
  values.reduce<number>((total, value) => (value === undefined ? total : total + value), 0);

test('on any device and under any buffer: totals are those of the layers, in bounds, and survive JSON', () => {
  fc.assert(
    fc.property(
      fc.constantFrom(...NETWORKS),
      fc.option(fc.constantFrom(...DEVICES), { nil: undefined }),
      fc.option(fc.integer({ min: 8, max: 24 }), { nil: undefined }),
      fc.boolean(),
      fc.boolean(),
      fc.option(fc.constantFrom(...ENERGY_TABLES), { nil: undefined }),
      (name, device, exponent, doubleBuffering, haloReuse, table) => {
        const graph =
          device === undefined ? graphs.get(name) : inDeviceType(graphs.get(name) as Graph, device);
        if (graph === undefined) return;
        const base = profile(graph);
        const energy = table !== undefined && statesEnergy(table, graph) ? table : undefined;
        const cost = withDeviceCost(graph, base, {
          doubleBuffering,
          haloReuse,
          ...(device === undefined ? {} : { device }),
          ...(exponent === undefined ? {} : { bufferBytes: 2 ** (exponent + 8) }),
          ...(energy === undefined ? {} : { energy }),
        });
        const { totals, layers, latency, traffic, utilization } = cost;
        expect(sum(layers.map(({ dramBytes }) => dramBytes))).toBe(totals.dramBytes);
        for (const { dramBytes = NaN, dramBytesCompulsory = NaN, dramBytesNoReuse = NaN } of layers) {
          expect(dramBytes).toBeGreaterThanOrEqual(dramBytesCompulsory);
          expect(dramBytesCompulsory).toBeLessThanOrEqual(dramBytesNoReuse);
        }
        expect(traffic?.dramBytes).toBeGreaterThanOrEqual(traffic?.lowerBound as number);
        if (latency !== undefined) {
          expect(sum(layers.map(({ floorSeconds }) => floorSeconds))).toBeCloseTo(latency.floor!.seconds, 12);
          expect(sum(Object.values(latency.boundSeconds))).toBeCloseTo(latency.floor!.seconds, 12);
          expect(latency.prediction === undefined).toBe(device?.calibration === undefined);
        }
        if (latency?.prediction !== undefined) {
          const { seconds, low, high } = latency.prediction;
          const { calibration } = device ?? {};
          const once = calibration?.kind === 'features' ? (calibration.secondsPer.inference ?? 0) : 0;
          expect(sum(layers.map(({ predictedSeconds }) => predictedSeconds)) + once).toBeCloseTo(seconds, 12);
          expect(low).toBeLessThan(seconds);
          expect(high).toBeGreaterThan(seconds);
        }
        if (utilization !== undefined) {
          expect(sum(layers.map(({ cycles }) => cycles))).toBe(utilization.cycles);
          expect(utilization.pipeline.cycles).toBe(Math.max(...layers.map(({ cycles = 0 }) => cycles)));
          expect(utilization.pipeline.balancedCycles).toBeLessThanOrEqual(utilization.pipeline.cycles);
        }
        if (cost.energy !== undefined) {
          const { idle = 0 } = cost.energy.parts;
          const ofLayers = sum(layers.map((row) => row.energy)) + idle;
          expect(Math.abs(ofLayers / cost.energy.total - 1)).toBeLessThan(1e-9);
        }
        // What the profile was is as it was, and all of it can be written, read and shown.
        const ids = new Set<string>([...HARDWARE_INFO.map(({ id }) => id), 'bound']);
        const stripped = layers.map((row) =>
          Object.fromEntries(Object.entries(row).filter(([id]) => !ids.has(id))),
        );
        expect(stripped).toEqual(base.layers);
        expect(written(cost)).toEqual(cost);
        const { columns, layout, summary } = deviceExtension(cost) ?? {};
        expect([...(layout?.priority ?? [])].sort()).toEqual([...(layout?.places ?? [])].sort());
        expect(summary?.length).toBeGreaterThan(0);
        for (const row of layers)
          for (const column of columns ?? []) expect(column.text(row, cost)).not.toContain('NaN');
        expect(JSON.stringify(summary)).not.toMatch(/NaN|undefined|Infinity/);
      },
    ),
    { numRuns: 60 },
  );
});

/** A convolution between operators of which nobody knows what they cost. */
function withUnknown(): Graph {
  const builder = new GraphBuilder({ name: 'unknown', source: 'test', format: 'onnx' });
  const layer = (name: string): void =>
    builder.layer({ name, origin: { format: 'onnx', file: 'test', node: name } });
  const x = builder.input('x', { dtype: 'float32', shape: [1, 8, 16, 16] });
  layer('mystery');
  const y = builder.add('opaque', [x], {
    op: 'Mystery',
    outputs: [{ dtype: 'float32', shape: [1, 8, 16, 16] }],
  });
  layer('conv');
  builder.output(
    'z',
    builder.add('conv', [y], { ...square(3, 1, 1), outChannels: 8, groups: 1, bias: false }),
  );
  return builder.build();
}

describe('what is not known', () => {
  it('is absent and counted as such, never 0', () => {
    const graph = withUnknown();
    const cost = withDeviceCost(graph, profile(graph), {
      device: deviceById('gtx1080ti'),
      energy: energyTableById('horowitz45'),
    });
    const [mystery, conv] = cost.layers;
    for (const { id } of HARDWARE_INFO) expect(mystery).not.toHaveProperty(id);
    expect(conv?.dramBytes).toBe(4 * (2 * 8 * 256 + 8 * 8 * 9));
    expect([cost.traffic?.unknown, cost.latency?.unknown]).toEqual([1, 1]);
    expect(cost.latency).not.toHaveProperty('prediction');
    expect(written(cost)).toEqual(cost);
  });
});

describe('inDeviceType', () => {
  it('casts float32 where the device computes in something else, and nothing but float32', () => {
    const graph = buildNetwork('resnet10', { input: 64 });
    const dtype = (of: Graph) => of.tensors[0]?.type.dtype;
    expect(dtype(inDeviceType(graph, deviceById('gtx1080ti')))).toBe('float32');
    expect(dtype(inDeviceType(graph, deviceById('eyeriss')))).toBe('int16');
    expect(dtype(inDeviceType(graph, deviceById('coral-edgetpu')))).toBe('int8');
    expect(dtype(inDeviceType(withDType(graph, 'float16'), deviceById('eyeriss')))).toBe('float16');
  });
});
