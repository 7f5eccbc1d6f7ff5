import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import stringWidth from 'fast-string-width';
import { figuresOf, type TermCalibration } from '../../src/devices/device.ts';
import { DEVICES, deviceById } from '../../src/devices/registry.ts';
import { readDevice } from '../../src/devices/validate.ts';
import { run } from './run.ts';

describe('devices', () => {
  it('lists every device, and marks what no source confirms', async () => {
    const { stdout } = await run(['devices'], { columns: 120, isTTY: true, env: { NO_COLOR: '1' } });
    const all = stdout.trimEnd().split('\n');
    const lines = all.slice(2, 2 + DEVICES.length);
    expect(lines.map((line) => line.split(' ')[0])).toEqual(DEVICES.map(({ id }) => id));
    for (const [i, { peak }] of DEVICES.entries()) {
      const first = peak.float32 ?? peak.int8;
      if (first?.status === 'unverified') expect(lines[i]).toMatch(/op\/s \?/);
    }
    for (const line of all) expect(stringWidth(line)).toBeLessThanOrEqual(120);
  });

  it('gives exact values to programs', async () => {
    const { stdout } = await run(['devices', '--format', 'json']);
    const { devices } = JSON.parse(stdout) as { devices: { rows: Record<string, unknown>[] } };
    expect(devices.rows.find(({ id }) => id === 'gtx1080ti')).toEqual({
      id: 'gtx1080ti',
      kind: 'gpu',
      float32: 3584 * 2 * 1.582e9,
      bandwidth: 484e9,
      buffer: 2816 * 1024,
      calibrated: 'yes',
      verified: '7/7',
      title: 'NVIDIA GeForce GTX 1080 Ti',
    });
  });

  it.each(DEVICES.map(({ id }) => id))('shows where each figure of %s is from', async (id) => {
    const { stdout, code } = await run(['devices', 'show', id], { columns: 100 });
    expect(code).toBe(0);
    const text = stdout.replace(/\n {2}/g, ' ');
    for (const { path, figure } of figuresOf(deviceById(id))) {
      expect(stdout).toMatch(new RegExp(`^${path.replaceAll('.', '\\.')} .* ${figure.status}`, 'm'));
      if (figure.source !== undefined) expect(text).toContain(figure.source);
    }
  });

  it.each(DEVICES.map(({ id }) => id))('writes %s as a device file that is read again', async (id) => {
    const { stdout } = await run(['devices', 'show', id, '--format', 'file']);
    expect(readDevice(stdout, 'my-asic.json')).toEqual(deviceById(id));
  });

  it('shows the calibration with its error', async () => {
    const { stdout } = await run(['devices', 'show', 'gtx1080ti', '--format', 'json']);
    const { calibration, device } = JSON.parse(stdout) as {
      calibration: { sentences: string[] };
      device: { rows: { path: string; value: number; status: string }[] };
    };
    expect(calibration.sentences.join(' ')).toContain('23.7 % is the interval for others');
    expect(device.rows.map(({ path }) => path)).toEqual(
      figuresOf(deviceById('gtx1080ti')).map(({ path }) => path),
    );
  });

  it('searches names, classes and runtimes', async () => {
    const found = async (word: string): Promise<readonly string[]> => {
      const { stdout } = await run(['devices', '--search', word, '--format', 'json']);
      const sections = JSON.parse(stdout) as Record<string, { rows: { id: string }[] }>;
      return Object.values(sections).flatMap(({ rows }) => rows.map(({ id }) => id));
    };
    expect(await found('raspberry pi 5')).toEqual(['rpi5', 'raspberry-pi-5', 'raspberry-pi-5-overclocked']);
    expect(await found('phones')).toContain('kirin970');
    expect(await found('Mali-G720')).toEqual(['orion-o6']);
  });

  it('shows what was measured on a device, and how far each network is missed', async () => {
    const { stdout } = await run(['devices', 'show', 'raspberry-pi-5/cpu-1'], { columns: 120 });
    expect(stdout).toMatch(/^cpu-4 +27 /m);
    expect(stdout).toMatch(/^vulkan +27 /m);
    expect(stdout).toMatch(/^resnet50 +89\.04 ms .*[+-][\d.]+ %/m);
    expect(stdout).toContain('1 thread');
    const file = await run(['devices', 'show', 'raspberry-pi-5/cpu-1', '--format', 'file']);
    expect(readDevice(file.stdout, 'pi.json').calibration?.kind).toBe('terms');
  });

  it('compares a network on all measured devices, the fastest first', async () => {
    const { stdout } = await run(['devices', 'compare', 'resnet10', '--format', 'json']);
    const { compare } = JSON.parse(stdout) as { compare: { rows: { device: string; seconds: number }[] } };
    expect(compare.rows.length).toBeGreaterThan(90);
    const times = compare.rows.map(({ seconds }) => seconds);
    expect(times).toEqual([...times].sort((a, b) => a - b));
    const pis = await run(['devices', 'compare', 'resnet10', '--search', 'raspberry']);
    expect(pis.stdout).toMatch(/raspberry-pi-zero-2w\/cpu-1 +sbc .*█/);
    expect(pis.stdout).not.toContain('rtx');
  });

  it('names the runtime of a prediction, its error and what lies outside', async () => {
    const { stdout } = await run(['analyze', 'yolov4', '--device', 'raspberry-pi-5/cpu-1'], { columns: 200 });
    expect(stdout).toMatch(/^runtime +ncnn, CPU, 1 thread.*measured by 2023-12-12: for nothing else/m);
    expect(stdout).toMatch(/^measured +27 networks of .*half of those left out are missed by less than/m);
    expect(stdout).toMatch(/^outside +[\d.]+ times the MACs of any network/m);
    expect(stdout).not.toMatch(/^floor/m);
  });

  it.each([
    [['devices', 'show'], 'no device is named'],
    [['devices', 'compare'], 'no network is named'],
    [['devices', '--search', 'abacus'], 'no device has "abacus"'],
    [['analyze', 'resnet10', '--device', 'raspberry-pi-5/gpu'], 'was not measured as "gpu"'],
    [['analyze', 'resnet10', '--device', 'tesla-v100'], '--rough'],
    [['analyze', 'resnet10', '--device', 'raspbery-pi-5'], 'did you mean raspberry-pi-5'],
  ])('says how to go on: %j', async (args, message) => {
    const { code, stdout, stderr } = await run(args);
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toContain(message);
  });

  it.each([
    [['show'], 'no device is named'],
    [['show', 'gtx1080'], 'did you mean gtx1080ti'],
    [['list'], '"list" is nothing that devices does'],
    [['show', 'none.json'], 'there is no such file'],
  ])('refuses %j', async (args, message) => {
    const { code, stdout, stderr } = await run(['devices', ...args]);
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toContain(message);
  });
});

describe('calibrate --from', () => {
  const MEASURED = fileURLToPath(new URL('../../reports/measured/', import.meta.url));
  const calibrated = async (...from: readonly string[]) => {
    const cwd = mkdtempSync(join(tmpdir(), 'csp-profile-'));
    try {
      writeFileSync(
        join(cwd, 'own.csv'),
        'network,milliseconds\nresnet50,88\nmobilenet-v2,11\ndarknet53,400\n',
      );
      const measurement = JSON.parse(readFileSync(join(MEASURED, 'peleenext.json'), 'utf8')) as {
        readonly networks: readonly { readonly network: { inputs: readonly { name: string }[] } }[];
      };
      for (const { network } of measurement.networks)
        network.inputs = network.inputs.map((input) => ({ ...input, name: 'x' }));
      writeFileSync(join(cwd, 'other.json'), JSON.stringify(measurement));
      const { code, stderr } = await run(
        ['calibrate', ...from.flatMap((file) => ['--from', file]), '-o', 'my-board.json'],
        { cwd },
      );
      const made =
        code === 0
          ? readDevice(readFileSync(join(cwd, 'my-board.json'), 'utf8'), 'my-board.json')
          : undefined;
      return { stderr, calibration: made?.calibration as TermCalibration | undefined };
    } finally {
      rmSync(cwd, { recursive: true });
    }
  };

  it('takes what probe writes, with what ran it', async () => {
    const { calibration } = await calibrated(
      join(MEASURED, 'peleenext.json'),
      join(MEASURED, 'cspmobilenet-v2.json'),
    );
    expect(calibration?.runtime).toMatchObject({
      name: 'onnxruntime',
      version: '1.30.0',
      backend: 'cpu',
      threads: 1,
    });
    expect(calibration?.networks.map(({ network, milliseconds }) => [network, milliseconds])).toEqual([
      ['peleenet', 5.930435],
      ['peleenext', 6.782636],
      ['mobilenet-v2', 4.3535935],
      ['cspmobilenet-v2', 7.541388],
    ]);
  });

  it('takes CSV', async () => {
    const { calibration } = await calibrated('own.csv');
    expect(calibration?.networks.map(({ milliseconds }) => milliseconds)).toEqual([88, 11, 400]);
  });

  it('refuses a network that is no longer what was measured', async () => {
    const { stderr, calibration } = await calibrated('other.json');
    expect(calibration).toBeUndefined();
    expect(stderr).toBe(
      'csp-profile: peleenet@224x224 reads input 1x3x224x224, and was measured with x 1x3x224x224 (fix: measure it again: csp-profile probe) CSP516\n',
    );
  });
});
