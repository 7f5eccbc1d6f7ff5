import { describe, expect, it } from 'vitest';
import { buildNetwork } from '../../architectures/zoo.ts';
import { profile } from '../../src/analysis/profile.ts';
import { readProfile } from '../../src/analysis/readProfile.ts';
import { graph } from '../../src/graph/network.ts';
import { renderJson } from '../../src/report/json.ts';

describe('the peak of the activation memory', () => {
  it('names what a residual block holds at once', () => {
    // 8x8 maps of float32: x 4 KiB, y 1 KiB, z 4 KiB; when the last conv of the branch runs, x waits for the add, which writes the output over it.
    const { peak } = profile(
      graph('residual', (g) => {
        const x = g.conv(g.input([1, 3, 8, 8]), { outChannels: 16, kernel: 3, name: 'x' });
        const y = g.conv(x, { outChannels: 4, name: 'y' });
        const z = g.conv(y, { outChannels: 16, kernel: 3, name: 'z' });
        g.add([x, z], { name: 'sum' });
      }),
    );
    expect(peak?.layer).toBe(2);
    expect(peak?.bytes).toBe(4096 + 1024 + 4096);
    expect(peak?.tensors).toEqual([
      { name: 'x', shape: [1, 16, 8, 8], dtype: 'float32', bytes: 4096, from: 0 },
      { name: 'z', shape: [1, 16, 8, 8], dtype: 'float32', bytes: 4096, from: 2, to: 3 },
      { name: 'y', shape: [1, 4, 8, 8], dtype: 'float32', bytes: 1024, from: 1, to: 2 },
    ]);
  });

  it.each(['cspresnext50', 'densenet201', 'csppeleenet-efm'])(
    'is the total of %s, made of the tensors that it lists',
    (name) => {
      const { peak, totals, layers } = profile(buildNetwork(name));
      expect(peak?.bytes).toBe(totals.peakActivationBytes);
      expect(peak?.tensors.reduce((sum, { bytes }) => sum + bytes, 0)).toBe(peak?.bytes);
      expect(layers[peak?.layer ?? -1]?.peakActivationBytes).toBe(peak?.bytes);
    },
  );

  it('survives the JSON of a profile', () => {
    const original = profile(buildNetwork('cspresnext50'));
    const json = renderJson(original, {
      width: 80,
      color: false,
      top: 'all',
      tool: { name: 't', version: '1' },
    });
    expect(readProfile(JSON.parse(json), 'p.json')).toEqual(original);
  });
});
