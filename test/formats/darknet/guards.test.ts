import { expect, it } from 'vitest';
import { ProfileError } from '../../../src/diagnostics.ts';
import { Lowering } from '../../../src/formats/darknet/lower.ts';
import { upsample } from '../../../src/formats/darknet/sections/pool.ts';
import { GraphBuilder } from '../../../src/graph/builder.ts';

// Guards against what would bring Darknet down are asked themselves: no file holds it.

/** At the first layer of a network on a map. */
function atFirst(section: string): Lowering {
  const builder = new GraphBuilder({ name: 'net', source: 'net.cfg', format: 'darknet' });
  const map = builder.input('data', { dtype: 'float32', shape: [1, 3, 4, 4] });
  const lowering = new Lowering(builder, 'net.cfg', map, () => undefined);
  lowering.start(section, 5);
  return lowering;
}

function complaint(act: () => unknown): string {
  try {
    act();
  } catch (error) {
    if (error instanceof ProfileError) return error.message;
    throw error;
  }
  return 'none';
}

it('a layer is not its own input', () => {
  const lowering = atFirst('route');
  expect(complaint(() => lowering.layerOf(0, 'layers'))).toBe(
    'net.cfg:5 [route] #0: layers=0 is this layer itself (fix: there is no layer before this one to name) CSP328',
  );
  lowering.finish(lowering.input);
  lowering.start('shortcut', 7);
  expect(lowering.layerOf(0, 'from')).toBe(0);
  expect(lowering.layerOf(-1, 'from')).toBe(0);
  expect(complaint(() => lowering.layerOf(1, 'from'))).toBe(
    'net.cfg:7 [shortcut] #1: from=1 is this layer itself (fix: name a layer from 0 to 0, or count back from -1 to -1) CSP328',
  );
});

it('upsampling has a factor', () => {
  const lowering = atFirst('upsample');
  expect(complaint(() => upsample(lowering, { name: 'upsample', line: 5, body: 'stride=0\n' }))).toBe(
    'net.cfg:5 [upsample] #0: stride is 0 (fix: give the factor, negative to sum instead of repeat) CSP325',
  );
});
