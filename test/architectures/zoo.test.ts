import { describe, expect, test } from 'vitest';
import { buildNetwork, findNetwork, zoo } from '../../architectures/zoo.ts';
import { profile } from '../../src/analysis/profile.ts';
import { ProfileError } from '../../src/diagnostics.ts';
import { validate } from '../../src/graph/validate.ts';
import { elements } from '../../src/units.ts';
import { paperNumbers, prints } from './paper.ts';

const names = zoo().map(({ name }) => name);

describe('the zoo', () => {
  test('has one network per name, in lower case', () => {
    expect(new Set(names).size).toBe(names.length);
    for (const name of names) expect(name).toMatch(/^[a-z][a-z0-9-]*$/);
  });

  test('says of every network where it is from, and of every one that is not exact why', () => {
    for (const { name, source, reproduction, note } of zoo()) {
      expect([name, source]).not.toEqual([name, '']);
      if (reproduction !== 'exact') expect([name, typeof note]).toEqual([name, 'string']);
    }
  });

  test('has a network for every row of the paper', () => {
    const rows = new Set(
      zoo().flatMap(({ input, printed }) =>
        printed.map((row) =>
          [
            row.where,
            row.row,
            row.statedInput ?? row.input ?? (typeof input === 'number' ? input : input[0]),
          ].join('|'),
        ),
      ),
    );
    const missing = new Set(
      paperNumbers()
        .filter(({ where }) => /^(table \d|figure 8)$/.test(where))
        .map(({ where, model, input }) => [where, model, input].join('|'))
        .filter((row) => !rows.has(row)),
    );
    expect([...missing]).toEqual([]);
  });

  test.each(names)('%s is a valid graph whose cost is linear in the batch', (name) => {
    const graph = buildNetwork(name);
    expect(validate(graph)).toEqual([]);
    const one = profile(graph).totals;
    const three = profile(buildNetwork(name, { batch: 3 })).totals;
    for (const metric of ['flops', 'macs', 'cio', 'activationElements'] as const) {
      expect([metric, three[metric]]).toEqual([metric, 3 * (one[metric] as number)]);
    }
    expect([three.weights, three.params]).toEqual([one.weights, one.params]);
  });
});

describe("the paper's figure 8", () => {
  test.each([
    ['resnext50', 34_411_496],
    ['cspresnext50', 32_642_024],
  ])('%s moves %i elements', (name, elements) => {
    expect(profile(buildNetwork(name), { cio: 'cspnet' }).totals.cio).toBe(elements);
  });
});

describe("the paper's figure 7", () => {
  /** The costliest layers at 416, by index. */
  const largest = (name: string): { readonly flops: number; readonly layers: readonly number[] } => {
    const { layers } = profile(buildNetwork(name, { input: 416 }), { flops: 'darknet-2019' });
    const flops = Math.max(...layers.map((row) => row.flops as number));
    return { flops, layers: layers.filter((row) => row.flops === flops).map(({ index }) => index) };
  };
  // Multiply-accumulates by hand: a 3x3 convolution 640 to 128 on 26x26, a 1x1 one 512 to 512 on 26x26, and half
  // as many channels of the latter.
  const yolo = 2 * 9 * 640 * 128 * 26 ** 2;
  const prn = 2 * 512 * 512 * 26 ** 2;
  const efm = 2 * 384 * 384 * 26 ** 2;

  test('has its maxima', () => {
    expect(largest('peleenet-yolo')).toEqual({ flops: yolo, layers: [169] });
    expect(largest('peleenet-prn')).toEqual({ flops: prn, layers: [28, 58, 116] });
    expect(largest('csppeleenet-efm').flops).toBe(efm);
  });

  test.each([
    ['PeleeNet-PRN to CSPPeleeNet-EFM', prn],
    ['PeleeNet-YOLO to CSPPeleeNet-EFM', yolo],
  ])('%s lowers the largest layer as claimed', (model, from) => {
    const claim = paperNumbers().find((row) => row.where === 'figure 7' && row.model === model)?.printed;
    expect(prints(100 * (1 - efm / from), claim as string)).toBe(true);
  });
});

describe('a network of the literature has the parameters that its reference implementation has', () => {
  // torchvision: bias, scale and shift, no statistics
  test.each([
    ['resnet152-he', 60_192_808],
    ['efficientnet-b0-official', 5_288_548],
  ])('%s: %i', (name, expected) => {
    const learned = ['weight', 'bias', 'scale', 'shift'];
    const { tensors } = buildNetwork(name);
    const total = tensors.reduce(
      (sum, { role, type }) => sum + (learned.includes(role) ? elements(type.shape) : 0),
      0,
    );
    expect(total).toBe(expected);
  });
});

/** What the function throws, as diagnostics. */
function diagnosticsOf(action: () => unknown): ProfileError['diagnostics'] {
  try {
    action();
  } catch (error) {
    if (error instanceof ProfileError) return error.diagnostics;
    throw error;
  }
  throw new Error('nothing was thrown');
}

describe('a wrong request', () => {
  test.each([
    ['cspresnxt50', 'cspresnext50'],
    ['ResNet50', 'did you mean resnet50'],
    ['yolo4', 'did you mean yolov4'],
    ['qqqq', 'see `csp-profile list`'],
    ['__proto__', 'see `csp-profile list`'],
    ['', 'see `csp-profile list`'],
  ])('for "%s" gets a fix', (name, fix) => {
    expect(diagnosticsOf(() => findNetwork(name))).toMatchObject([
      {
        code: 'CSP801',
        message: `there is no network "${name}"`,
        fix: expect.stringContaining(fix) as string,
      },
    ]);
  });

  test.each([
    ['cspresnext50', 0],
    ['yolov3', 100],
    ['cspresnext50', 12.5],
    ['resnext50', -32],
  ] as const)('%s at %d is refused, with its place', (name, input) => {
    expect(diagnosticsOf(() => buildNetwork(name, { input }))[0]).toMatchObject({
      severity: 'error',
      origin: { format: 'zoo', architecture: name },
    });
  });

  test('need not be square', () => {
    expect(profile(buildNetwork('yolov4-tiny', { input: [320, 608] })).network.inputs[0]?.shape).toEqual([
      1, 3, 320, 608,
    ]);
  });
});
