import { describe, expect, it } from 'vitest';
import stringWidth from 'fast-string-width';
import { figuresOf } from '../../src/devices/device.ts';
import { DEVICES, deviceById } from '../../src/devices/registry.ts';
import { readDevice } from '../../src/devices/validate.ts';
import { run } from './run.ts';

describe('devices', () => {
  it('lists every device, and marks what no source confirms', async () => {
    const { stdout } = await run(['devices'], { columns: 120 });
    const lines = stdout.trimEnd().split('\n').slice(1);
    expect(lines.map((line) => line.split(' ')[0])).toEqual(DEVICES.map(({ id }) => id));
    for (const [i, { peak }] of DEVICES.entries()) {
      const first = peak.float32 ?? peak.int8;
      if (first?.status === 'unverified') expect(lines[i]).toMatch(/op\/s \?/);
    }
    for (const line of lines) expect(stringWidth(line)).toBeLessThanOrEqual(120);
  });

  it('gives exact values to programs', async () => {
    const { stdout } = await run(['devices', '--format', 'json']);
    const records = JSON.parse(stdout) as Record<string, unknown>[];
    expect(records.find(({ id }) => id === 'gtx1080ti')).toEqual({
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
