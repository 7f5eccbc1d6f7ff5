import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Ajv } from 'ajv';
import stringWidth from 'fast-string-width';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buildNetwork } from '../../architectures/zoo.ts';
import { HARDWARE_INFO, profile, type Profile } from '../../src/analysis/profile.ts';
import { readProfile } from '../../src/analysis/readProfile.ts';
import { deviceById } from '../../src/devices/registry.ts';
import { networkLatency } from '../../src/latency/networkLatency.ts';
import { networkTraffic } from '../../src/latency/networkTraffic.ts';
import { profileSchema } from '../../src/report/profileSchema.ts';
import { run } from './run.ts';

let cwd: string;
beforeAll(() => {
  cwd = mkdtempSync(join(tmpdir(), 'csp-profile-'));
});
afterAll(() => {
  rmSync(cwd, { recursive: true });
});

const validate = new Ajv({ strict: true, allErrors: true }).compile(profileSchema());

async function json(...args: readonly string[]): Promise<Profile> {
  const { stdout, code, stderr } = await run(['analyze', ...args, '--format', 'json'], { cwd });
  expect([code, stderr]).toEqual([0, args.includes('eyeriss') ? expect.stringContaining('int16') : '']);
  const value: unknown = JSON.parse(stdout);
  expect(validate(value), JSON.stringify(validate.errors)).toBe(true);
  return readProfile(value, 'profile.json');
}

/** A device file of a user's, two figures of which nobody vouches for. */
const figure = (value: number, unit: string) => ({ value, unit, status: 'unverified', note: 'a guess' });
const DEVICE = {
  schemaVersion: 1,
  id: 'mine',
  title: 'An ASIC of mine',
  kind: 'npu',
  peak: { float32: { ...figure(2 * 64 * 1e9, 'op/s'), dense: true } },
  memory: [
    { name: 'dram', bandwidth: figure(1e10, 'byte/s') },
    { name: 'sram', capacity: figure(262144, 'byte') },
  ],
  clock: figure(1e9, 'Hz'),
  array: { rows: figure(8, '1'), columns: figure(8, '1'), dataflow: 'ws' },
  overhead: { perLayer: figure(1e-6, 's') },
  staticPower: figure(0.5, 'W'),
  energy: 'horowitz45',
};
const CALIBRATION = {
  kind: 'features',
  secondsPer: { flops: 1e-11, bytes: 1e-10, inference: 1e-3 },
  dtype: 'float32',
  fittedOn: 'convolutions measured here',
  samples: 40,
  error: { fit: 0.02, leaveOneOut: 0.03, unseen: 0.05, note: 'quiet machine' },
  source: 'calibrate',
};

describe('analyze --device', () => {
  it('adds time, traffic and energy to the profile, and nothing else changes', async () => {
    const printed = await json('cspresnext50', '--device', 'jetson-tx2');
    const graph = buildNetwork('cspresnext50');
    const bare = profile(graph);
    const device = deviceById('jetson-tx2');
    const { prediction, floor, layers } = networkLatency(graph, device);
    expect(printed.latency?.prediction?.seconds).toBe(prediction?.seconds);
    expect(printed.latency?.floor).toEqual(floor);
    expect(printed.device).toMatchObject({
      id: 'jetson-tx2',
      dtype: 'float32',
      unverified: [],
    });
    expect(printed.layers.map((row) => row.predictedSeconds)).toEqual(layers.map((layer) => layer.predicted));
    expect(printed.layers.map((row) => row.bound)).toEqual(layers.map((layer) => layer.floor?.bound));
    const ids = new Set<string>([...HARDWARE_INFO.map(({ id }) => id), 'bound']);
    const without = <Row extends object>(row: Row) =>
      Object.fromEntries(Object.entries(row).filter(([name]) => !ids.has(name)));
    expect(printed.layers.map(without)).toEqual(bare.layers);
    expect(without(printed.totals)).toEqual(bare.totals);
  });

  it('leaves all of it out where nobody asked', async () => {
    const printed = await json('resnet10');
    for (const key of ['device', 'latency', 'traffic', 'energy', 'utilization'])
      expect(printed).not.toHaveProperty(key);
    for (const { id } of HARDWARE_INFO) expect(printed.totals).not.toHaveProperty(id);
  });

  it('leaves out what the device does not state: absent, not zero', async () => {
    const { latency, device, layers, utilization, energy } = await json('resnet10', '--device', 'eyeriss');
    expect(device).toMatchObject({ dtype: 'int16', notStated: ['bandwidth', 'overhead'] });
    expect(latency).not.toHaveProperty('prediction');
    expect(energy).toMatchObject({ unit: 'MAC', notCounted: ['onChip', 'idle'] });
    for (const row of layers) {
      expect(row).not.toHaveProperty('predictedSeconds');
      expect(row).not.toHaveProperty('energyOnChip');
      if (row.macs === undefined) expect(row).not.toHaveProperty('utilization');
    }
    expect(utilization?.cycles).toBe(
      layers.reduce((sum, { cycles }) => (cycles === undefined ? sum : sum + cycles), 0),
    );
  });

  it("costs it on a device file of the user's, and predicts with an interval where that is calibrated", async () => {
    writeFileSync(join(cwd, 'mine.json'), JSON.stringify(DEVICE));
    const floor = await json('resnet10', '--device', './mine.json');
    expect(floor.latency).not.toHaveProperty('prediction');
    expect(floor.device?.unverified).toEqual([
      'array.rows',
      'array.columns',
      'clock',
      'memory.dram.bandwidth',
      'memory.sram.capacity',
      'overhead.perLayer',
    ]);
    expect(floor.energy?.parts.idle).toBeCloseTo(0.5e12 * (floor.latency?.floor?.seconds ?? NaN), 3);
    writeFileSync(join(cwd, 'calibrated.json'), JSON.stringify({ ...DEVICE, calibration: CALIBRATION }));
    const { latency, energy } = await json('resnet10', '--device', 'calibrated.json');
    const { seconds = NaN, low, high } = latency?.prediction ?? {};
    expect([low, high]).toEqual([seconds * 0.95, seconds * 1.05]);
    expect(energy?.parts.idle).toBeCloseTo(0.5e12 * seconds, 3);
    const { stdout } = await run(['analyze', 'resnet10', '--device', 'calibrated.json'], { cwd });
    expect(stdout).toContain('on 40 samples: convolutions measured here; off by 2.0 % on them');
  });

  it.each([80, 120, 160])('shows the layers by time in %i columns, the floor as a floor', async (columns) => {
    const { stdout } = await run(['analyze', 'yolov3-tiny', '--device', 'gtx1080ti'], { columns });
    for (const line of stdout.split('\n')) expect(stringWidth(line)).toBeLessThanOrEqual(columns);
    const { layers } = networkLatency(buildNetwork('yolov3-tiny'), deviceById('gtx1080ti'));
    const [slowest] = [...layers].sort((a, b) => (b.predicted as number) - (a.predicted as number));
    expect(/^ *(\d+) {2}conv/m.exec(stdout)?.[1]).toBe(String(slowest?.index));
    const text = stdout.replace(/\s+/g, ' ');
    expect(text).toMatch(/time 3\.0\d\d ms \(2\.3\d+ ms to 3\.7\d+ ms\), 329 fps/);
    expect(text).toContain('no run layer by layer is faster; not a prediction');
    expect(text).toContain(`bottleneck #${String(slowest?.index)} `);
  });

  it('names what no source confirms, and the array that idles', async () => {
    const { stdout, stderr } = await run(['analyze', 'peleenet-prn', '--device', 'tpu-v1'], {
      columns: 200,
    });
    expect(stderr).toContain('tpu-v1 states no peak for float32: the network is costed in int8');
    expect(stdout).toMatch(/^unverified {2}clock, memory\.dram\.bandwidth/m);
    expect(stdout).toMatch(/^array +256x256, weight-stationary: \d+\.\d % idle/m);
    expect(stdout).toMatch(/^pipeline +an array for each layer waits for #\d+/m);
  });

  it('says it in every format', async () => {
    const args = ['analyze', 'resnet10', '--device', 'jetson-tx2'];
    const csv = (await run([...args, '--format', 'csv'])).stdout.split('\n');
    for (const id of [
      'dramBytes',
      'dramBytesCompulsory',
      'floorSeconds',
      'predictedSeconds',
      'energy',
      'bound',
      'timeShare',
    ])
      expect(csv[0]?.split(',')).toContain(id);
    const markdown = (await run([...args, '--format', 'markdown'])).stdout;
    expect(markdown).toContain('- floor: ');
    expect(markdown).toMatch(/\| time \| share \|/);
    const chosen = (
      await run([...args, '--format', 'csv', '--columns', 'index,dramBytes', '--sort', 'dramBytes'])
    ).stdout;
    const bytes = chosen
      .trimEnd()
      .split('\n')
      .slice(1)
      .map((line) => Number(line.split(',')[1]));
    expect(bytes).toEqual([...bytes].sort((a, b) => b - a));
  });

  it.each([
    [
      ['--device', 'jetson-tx'],
      'there is no device "jetson-tx" (fix: did you mean jetson-tx2 or jetson-tx2-nx?',
    ],
    [['--device', 'gtx1080ti', '--dtype', 'int8'], 'gtx1080ti states no peak for int8'],
    [['--device', 'absent.json'], 'absent.json: there is no such file'],
    [['--device', 'eyeriss', '--energy', 'horowitz45'], 'energy table "horowitz45" states no MAC in int16'],
    [['--buffer', '16 bytes'], '--buffer is "16 bytes" (fix: give whole bytes, such as 108KiB'],
    [
      ['--buffer', '12'],
      'resnet10 conv0: a buffer of 12 bytes does not hold the smallest tiles of this layer',
    ],
    [['--buffer', '64KiB', '--fusion', 'all'], '--fusion is "all" (fix: use one of pairs, stages)'],
    [['--halo-reuse'], 'these options need a buffer'],
    [['--columns', 'dramBytes'], '--device and --buffer add others'],
  ])('refuses %j', async (args, message) => {
    const { code, stdout, stderr } = await run(['analyze', 'resnet10', ...args], { cwd });
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toContain(message);
    expect(stderr.trimEnd().split('\n')).toHaveLength(1);
  });
});

describe('analyze --buffer', () => {
  it('gives DRAM traffic without a device', async () => {
    const printed = await json('resnet10', '--buffer', '108KiB');
    const traffic = networkTraffic(buildNetwork('resnet10'), { bufferBytes: 108 * 1024 });
    expect(printed.totals.dramBytes).toBe(traffic.total);
    expect(printed.traffic).toMatchObject({
      bufferBytes: 110592,
      dramBytes: traffic.total,
      ...traffic.bounds,
      chains: [],
    });
    expect(printed).not.toHaveProperty('latency');
    expect(printed.layers.map((row) => row.dramBytes)).toEqual(
      traffic.layers.map((layer) => layer.dramBytes),
    );
    for (const { dramBytes, dramBytesCompulsory, dramBytesNoReuse } of printed.layers) {
      expect(dramBytes).toBeGreaterThanOrEqual(dramBytesCompulsory as number);
      expect(dramBytes).toBeLessThanOrEqual(dramBytesNoReuse as number);
    }
  });

  it('moves less with halo reuse and fusion, more with half the buffer', async () => {
    const bytes = async (...flags: readonly string[]) =>
      (await json('cspresnext50@128', ...flags)).totals.dramBytes as number;
    const small = ['--buffer', '64KiB'];
    const large = ['--buffer', '1MiB'];
    expect(await bytes(...small, '--halo-reuse')).toBeLessThan(await bytes(...small));
    expect(await bytes(...small, '--double-buffering')).toBe(await bytes('--buffer', '32KiB'));
    expect(await bytes(...large, '--fusion', 'pairs')).toBeLessThan(await bytes(...large));
    expect(await bytes(...large, '--fusion', 'stages')).toBeLessThan(
      await bytes(...large, '--fusion', 'pairs'),
    );
  });

  it("gives energy by a table of the user's", async () => {
    const table = {
      id: 'mine',
      title: 'a node of mine',
      unit: 'pJ',
      source: 'measured',
      mac: { float32: 2 },
      onChip: { accessBits: 32, points: [[65536, 5]] },
      dramPerBit: 10,
    };
    writeFileSync(join(cwd, 'energy.json'), JSON.stringify(table));
    const { energy, totals } = await json('resnet10', '--buffer', '1MiB', '--energy', 'energy.json');
    expect(energy).toMatchObject({
      table: 'mine',
      parts: { arithmetic: 2 * (totals.macs as number), dram: 80 * (totals.dramBytes as number) },
    });
  });

  it('gives energy where a table is named', async () => {
    const { energy, totals } = await json('resnet10', '--buffer', '1MiB', '--energy', 'horowitz45');
    expect(energy?.parts.arithmetic).toBeCloseTo(4.6 * (totals.macs as number), 0);
    expect(energy?.parts.dram).toBe(((totals.dramBytes as number) * 8 * 1300) / 64);
    expect(energy?.notCounted).toEqual(['registers', 'onChip', 'idle']);
  });
});

describe('diff --device', () => {
  it('compares time and traffic, never energies', async () => {
    const { stdout, code } = await run([
      'diff',
      'resnext50',
      'cspresnext50',
      '--device',
      'gtx1080ti',
      '--format',
      'json',
    ]);
    expect(code).toBe(0);
    const { totals, stages } = JSON.parse(stdout) as {
      totals: Record<string, { a: number; b: number }>;
      stages: { changes: Record<string, { change: number }> }[];
    };
    const seconds = (name: string) =>
      networkLatency(buildNetwork(name), deviceById('gtx1080ti')).prediction?.seconds;
    expect(totals['predictedSeconds']).toMatchObject({ a: seconds('resnext50'), b: seconds('cspresnext50') });
    expect(Object.keys(totals).filter((id) => id.startsWith('energy'))).toEqual([]);
    const changed = stages.reduce((sum, { changes }) => sum + (changes['predictedSeconds']?.change ?? 0), 0);
    const { a = NaN, b = NaN } = totals['predictedSeconds'] ?? {};
    expect(changed).toBeCloseTo(b - a, 12);
  });

  it('shows them in their units', async () => {
    const { stdout } = await run([
      'diff',
      'resnext50',
      'cspresnext50',
      '--device',
      'gtx1080ti',
      '--metrics',
      'predictedSeconds',
    ]);
    expect(stdout).toMatch(/^time +5\.632 ms +5\.187 ms +-44\d\.\d µs +-7\.9 %/m);
  });
});

it('says in one line that a count passes 2^53, wherever hardware meets it', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'csp-profile-test-'));
  try {
    // 2^51 elements are counted, but not their bytes.
    writeFileSync(
      join(folder, 'huge.mjs'),
      "export default (g) => { g.activation(g.input([1, 1, 2 ** 26, 2 ** 25]), 'logistic'); };",
    );
    for (const words of [
      'analyze huge.mjs --device jetson-tx2',
      'analyze huge.mjs --buffer 1MiB',
      'traffic huge.mjs',
    ]) {
      const { code, stdout, stderr } = await run(words.split(' '), { cwd: folder });
      expect({ words, code, stdout }).toEqual({ words, code: 2, stdout: '' });
      expect(stderr).toMatch(/past 2\^53.*CSP202\n$/);
    }
    const swept = await run(
      ['sweep', 'huge.mjs', '--device', 'jetson-tx2', '--metrics', 'dramBytes', '-o', '-', '--quiet'],
      { cwd: folder },
    );
    expect(swept.stdout).toMatch(/"error":".*past 2\^53.*CSP202"/);
    expect(swept.code).toBe(1);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
