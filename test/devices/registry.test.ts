import { describe, expect, it } from 'vitest';
import { figuresOf } from '../../src/devices/device.ts';
import { energyTableOf } from '../../src/devices/energyTable.ts';
import { deviceById, DEVICES } from '../../src/devices/registry.ts';
import { readDevice } from '../../src/devices/validate.ts';

describe('devices that ship', () => {
  it('pass the validation that a user file passes', () => {
    for (const device of DEVICES) expect(readDevice(JSON.stringify(device), device.id)).toEqual(device);
  });

  it('have ids of their own and cover those of the paper', () => {
    const ids = DEVICES.map((device) => device.id);
    expect(new Set(ids).size).toBe(ids.length);
    expect(ids).toEqual(
      expect.arrayContaining(['gtx1080ti', 'jetson-tx2', 'i9-9900k', 'eyeriss', 'h100-sxm']),
    );
  });

  it('name a source that can be looked up for every verified figure, and no memory as one', () => {
    for (const device of DEVICES) {
      for (const { path, figure } of figuresOf(device)) {
        if (figure.status !== 'verified') continue;
        expect(figure.source, `${device.id} ${path}`).toMatch(/^https?:\/\/|^github\.com\//);
        expect(figure.note ?? '', `${device.id} ${path}`).not.toContain('from memory');
      }
    }
  });

  it('agree with themselves: processing elements times clock make the stated peak', () => {
    for (const { id, array, clock, peak } of DEVICES) {
      if (array === undefined || clock === undefined) continue;
      const product = array.rows.value * array.columns.value * clock.value * 2;
      const stated = Object.values(peak).map((figure) => figure.value);
      expect(Math.abs(product / Math.max(...stated) - 1), id).toBeLessThan(0.02);
    }
  });

  it('resolve their energy tables', () => {
    expect(energyTableOf(deviceById('eyeriss'))?.id).toBe('eyeriss-relative');
    expect(energyTableOf(deviceById('gtx1080ti'))).toBeUndefined();
  });

  it('refuse an unknown id with the closest, or with all that exist', () => {
    expect(() => deviceById('gtx1080')).toThrow(
      'there is no device "gtx1080" (fix: did you mean gtx1080ti? a device file of your own ends in .json) CSP510',
    );
    expect(() => deviceById('abacus')).toThrow(
      /\(fix: use one of gtx1080ti, .*, tpu-v1, or the path of .*\) CSP510/,
    );
  });
});
