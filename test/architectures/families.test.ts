import { describe, expect, it } from 'vitest';
import type { Family, GivenValues } from '../../architectures/family.ts';
import type { Parameter, ParameterValue } from '../../architectures/parameter.ts';
import { scaleChannels } from '../../architectures/scale.ts';
import { buildFamily, buildNetwork, families, findFamily, zoo } from '../../architectures/zoo.ts';
import { profile, type Profile } from '../../src/analysis/profile.ts';
import { ProfileError } from '../../src/diagnostics.ts';
import type { Graph } from '../../src/graph/graph.ts';
import { validate } from '../../src/graph/validate.ts';
import { paperNumbers, prints } from './paper.ts';
import { account } from './torch.ts';

const ends = (parameter: Parameter): readonly ParameterValue[] =>
  parameter.kind === 'choice' ? parameter.choices : [parameter.least, parameter.most];

const totals = (name: string, values: GivenValues): Profile['totals'] =>
  profile(buildFamily(name, values), { flops: 'darknet-2019' }).totals;

/** The multiples of its step, of which a slider has stops. */
function stops(name: string, id: string): readonly number[] {
  const parameter = findFamily(name).family.parameters[id];
  if (parameter === undefined || parameter.kind === 'choice') throw new Error(`${name} has no number ${id}`);
  const { least, most, step } = parameter;
  const from = Math.ceil(least / step - 1e-9);
  const count = Math.floor(most / step + 1e-9) - from + 1;
  return Array.from({ length: count }, (_, i) => Number(((from + i) * step).toFixed(6)));
}

describe('the families', () => {
  it('have names that no network of another point has', () => {
    const names = families().map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
    for (const { name, input, family, parameters } of zoo()) {
      const found = findFamily(family).family;
      expect(found.networks.map((each) => each.name)).toContain(name);
      if (names.includes(name)) {
        expect([name, family, parameters, input]).toEqual([
          name,
          name,
          {},
          found.parameters['input']?.default,
        ]);
      }
    }
  });

  it('state of every parameter a default that it takes, and of every image its extent and batch', () => {
    for (const { name, parameters } of families()) {
      expect([name, Object.keys(parameters).slice(-2)]).toEqual([name, ['input', 'batch']]);
      for (const [id, parameter] of Object.entries(parameters)) {
        expect([name, id, /^[a-z][A-Za-z]*$/.test(id), parameter.title !== '']).toEqual([
          name,
          id,
          true,
          true,
        ]);
        if (parameter.kind === 'choice') expect(parameter.choices).toContain(parameter.default);
        else {
          expect(parameter.least).toBeLessThanOrEqual(parameter.default);
          expect(parameter.default).toBeLessThanOrEqual(parameter.most);
          expect(parameter.step).toBeGreaterThan(0);
        }
      }
    }
  });

  it.each(families().map((family) => [family.name, family] as const))(
    '%s is a valid graph at the ends of each parameter, and not the same graph',
    (name, { parameters }: Family) => {
      const structure = ({ nodes, tensors }: Graph): string =>
        JSON.stringify([nodes.map(({ attrs }) => attrs), tensors.map(({ type }) => type)]);
      const atDefault = structure(buildFamily(name));
      for (const [id, parameter] of Object.entries(parameters)) {
        for (const value of ends(parameter)) {
          const built = buildFamily(name, { [id]: value });
          expect([id, value, validate(built)]).toEqual([id, value, []]);
          if (value === parameter.default) expect(structure(built)).toBe(atDefault);
          else expect([id, value, structure(built) === atDefault]).toEqual([id, value, false]);
        }
      }
    },
    60_000,
  );

  it.each(families().map(({ name }) => name))(
    '%s is a valid graph at the extents that its step names',
    (name) => {
      for (const input of stops(name, 'input').slice(0, 4)) {
        expect([input, validate(buildFamily(name, { input }))]).toEqual([input, []]);
      }
    },
  );

  it.each(zoo().map((network) => [network.name, network] as const))(
    '%s is a point of one',
    (name, network) => {
      // The point is called after its parameters.
      const named = { ...buildNetwork(name), name };
      const values = { ...network.parameters, input: network.input };
      const point = { ...buildFamily(network.family, values), name };
      const withoutOrigin = (graph: object): string =>
        JSON.stringify(graph).replaceAll(/"(source|architecture)":"[^"]*"/g, '');
      expect(withoutOrigin(point)).toBe(withoutOrigin(named));
    },
  );
});

describe("the paper's table 1", () => {
  const printed = new Map(
    paperNumbers()
      .filter(({ where, column }) => where === 'table 1' && column === 'bflops')
      .map((row) => [row.model, row.printed]),
  );
  const rows = { first: 'CSP fusion-first', last: 'CSP fusion-last', both: 'CSPPeleeNet' };

  it.each(
    Object.entries(rows).flatMap(([fusion, row]) =>
      [0.25, 0.5, 0.75].map((gamma) => [fusion, gamma, row] as const),
    ),
  )('is nine points of csppeleenet: fusion %s, gamma %d', (fusion, gamma, row) => {
    const { flops } = totals('csppeleenet', { fusion, gamma });
    const text = printed.get(`${row} gamma=${String(gamma)}`);
    expect([text, prints((flops as number) / 1e9, text as string)]).toEqual([text, true]);
  });
});

describe('a point of a family has the parameters that others publish for it', () => {
  const he = { style: 'he', classifier: 'linear' };
  // torchvision's own counts: weights, bias, scale and shift
  it.each([
    ['resnet', { ...he, depth: 18 }, 11_689_512],
    ['resnet', { ...he, depth: 34 }, 21_797_672],
    ['resnet', { ...he, depth: 50 }, 25_557_032],
    ['resnet', { ...he, depth: 101 }, 44_549_160],
    ['resnet', { ...he, bottleneck: 128, cardinality: 32 }, 25_028_904],
    ['resnet', { ...he, depth: 101, bottleneck: 256, cardinality: 32 }, 88_791_336],
    ['resnet', { ...he, bottleneck: 128 }, 68_883_240],
    ['densenet', { blocks: '6-12-24-16' }, 7_978_856],
    ['densenet', { blocks: '6-12-32-32' }, 14_149_480],
    ['densenet', { blocks: '6-12-36-24', growth: 48 }, 28_681_000],
    ['densenet', {}, 20_013_928],
    ['vgg', { depth: 11 }, 132_863_336],
    ['vgg', { depth: 13 }, 133_047_848],
    ['vgg', { depth: 16 }, 138_357_544],
    ['vgg', { depth: 19 }, 143_667_240],
    ['efficientnet', { depth: 1.1 }, 7_794_184],
    ['efficientnet', { width: 1.1, depth: 1.2 }, 9_109_994],
    ['efficientnet', { width: 1.2, depth: 1.4 }, 12_233_232],
    ['efficientnet', { width: 1.4, depth: 1.8 }, 19_341_616],
    ['efficientnet', { width: 1.6, depth: 2.2 }, 30_389_784],
    ['efficientnet', { width: 1.8, depth: 2.6 }, 43_040_704],
    ['efficientnet', { width: 2, depth: 3.1 }, 66_347_960],
  ])('%s %o: %i', (name, values, trainable) => {
    expect(account(buildFamily(name, values)).trainable).toBe(trainable);
  });

  // tensorflow/models, research/slim/nets/mobilenet/README.md, in millions
  it.each([
    [0.35, '1.66'],
    [0.5, '1.95'],
    [0.75, '2.61'],
    [1, '3.47'],
    [1.3, '5.34'],
    [1.4, '6.06'],
  ])('mobilenet-v2 width %d: %s M', (width, millions) => {
    const { weights } = account(buildFamily('mobilenet-v2', { width }));
    expect([weights, prints(weights / 1e6, millions)]).toEqual([weights, true]);
  });
});

describe('cost', () => {
  it.each([
    ['csppeleenet', { fusion: 'both' }],
    ['csppeleenet', { fusion: 'first' }],
    ['csppeleenet', { fusion: 'last' }],
    ['csppeleenet', { width: 0.25 }],
    ['cspresnet', {}],
    ['cspresnext50', {}],
    ['cspdarknet53', {}],
    ['csppeleenet-detector', {}],
  ])('of %s %o falls with gamma', (name, values) => {
    let before = Infinity;
    for (const gamma of stops(name, 'gamma')) {
      const { flops } = totals(name, { ...values, gamma });
      // So narrow that two gammas are the same channels.
      if ('width' in values) expect(flops).toBeLessThanOrEqual(before);
      else expect(flops).toBeLessThan(before);
      before = flops as number;
    }
  });

  it.each([
    ['width', 'peleenet'],
    ['width', 'csppeleenet'],
    ['width', 'csppeleenet-first'],
    ['width', 'csppeleenet-last'],
    ['width', 'mobilenet-v2'],
    ['width', 'cspmobilenet-v2'],
    ['width', 'resnet50'],
    ['width', 'cspresnext50'],
    ['width', 'cspdarknet53'],
    ['width', 'darknet53'],
    ['width', 'darknet-reference'],
    ['width', 'efficientnet'],
    ['depth', 'peleenet'],
    ['depth', 'csppeleenet'],
    ['depth', 'cspresnet'],
    ['depth', 'darknet53'],
    ['growth', 'csppeleenet'],
    ['growth', 'densenet'],
    ['expansion', 'mobilenet-v2'],
    ['multiplier', 'hardnet'],
  ])('rises with the %s of %s', (id, name) => {
    const all = stops(name, id).filter((_, i, { length }) => length < 20 || i % 5 === 0);
    const costs = all.map((value) => totals(name, { [id]: value }));
    for (const metric of ['flops', 'weights'] as const) {
      const values = costs.map((cost) => cost[metric] as number);
      expect(values).toEqual([...values].sort((a, b) => a - b));
      expect(new Set(values).size).toBeGreaterThan(all.length / 3);
    }
  });

  it('has the classes in the last layer alone', () => {
    const few = totals('csppeleenet', { classes: 10 });
    const many = totals('csppeleenet', { classes: 1000 });
    expect((many.weights as number) - (few.weights as number)).toBe(990 * 640);
  });
});

describe('channels', () => {
  it.each([
    // By hand: nearest multiple of 8, or the next where that is more than a tenth fewer.
    [24, 1.4, 32],
    [32, 0.35, 16],
    [16, 0.35, 8],
    [24, 0.35, 8],
    [96, 0.35, 32],
    [30, 1, 30],
  ])('%i times %d are %i', (channels, factor, expected) => {
    expect(scaleChannels(channels, factor)).toBe(expected);
  });
});

describe('a point', () => {
  it('is named by what differs from where it starts, in the order of the parameters', () => {
    const nameOf = (name: string, values: GivenValues) => buildFamily(name, values).name;
    expect(nameOf('csppeleenet', { width: 2, gamma: 0.25 })).toBe('csppeleenet:gamma=0.25,width=2');
    expect(nameOf('csppeleenet', { gamma: 0.5, input: 320, batch: 2 })).toBe('csppeleenet');
    expect(nameOf('csppeleenet-g25', { gamma: 0.25 })).toBe('csppeleenet-g25');
    expect(nameOf('csppeleenet-g25', { gamma: 0.5 })).toBe('csppeleenet-g25:gamma=0.5');
    expect(nameOf('resnet', { depth: 18, width: undefined })).toBe('resnet:depth=18');
  });

  it('starts from the network that is named: its parameters and its extent', () => {
    const { inputs } = profile(buildFamily('yolov3-spp', {})).network;
    expect(inputs[0]?.shape).toEqual([1, 3, 608, 608]);
    expect(totals('cspresnext50', { gamma: 0.25, batch: 2 }).weights).toBe(
      totals('cspresnet', { bottleneck: 128, cardinality: 32, outChannels: 256, gamma: 0.25 }).weights,
    );
  });

  it('has an image of the extents given, height first', () => {
    const { inputs } = profile(buildFamily('csppeleenet', { input: [224, 320], batch: 4 })).network;
    expect(inputs[0]?.shape).toEqual([4, 3, 224, 320]);
  });

  it.each([
    ['csppelenet', {}, 'CSP801', 'there is no network "csppelenet"', 'did you mean csppeleenet'],
    ['csppeleenet', { gama: 0.5 }, 'CSP801', 'there is no parameter "gama"', 'did you mean gamma?'],
    ['csppeleenet', { toString: 1 }, 'CSP801', 'there is no parameter "toString"', 'there are gamma, fusion'],
    ['csppeleenet', { gamma: 0.96 }, 'CSP802', 'the gamma is 0.96', 'use a number from 0.05 to 0.95'],
    ['csppeleenet', { gamma: 0.04 }, 'CSP802', 'the gamma is 0.04', 'use a number from 0.05 to 0.95'],
    ['csppeleenet', { gamma: Number.NaN }, 'CSP802', 'the gamma is NaN', 'use a number from'],
    ['csppeleenet', { gamma: '0.5' }, 'CSP802', 'the gamma is 0.5', 'use a number from'],
    ['csppeleenet', { gamma: [0.5, 0.5] }, 'CSP802', 'the gamma is 0.5x0.5', 'use a number from'],
    ['csppeleenet', { growth: 32.5 }, 'CSP802', 'the growth is 32.5', 'use a whole number from 4 to 96'],
    ['csppeleenet', { fusion: 'middle' }, 'CSP802', 'the fusion is middle', 'use one of both, first, last'],
    ['resnet', { depth: 51 }, 'CSP802', 'the depth is 51', 'use one of 10, 18, 34, 50, 101, 152'],
    ['resnet', { input: [224, 0] }, 'CSP802', 'the input is 224x0', 'use a whole number from 1 to 16384'],
    ['resnet', { batch: 0 }, 'CSP802', 'the batch is 0', 'use a whole number from 1 to 65536'],
  ] as const)('%s %o is refused', (name, values, code, message, fix) => {
    let diagnostics: unknown;
    try {
      buildFamily(name, values);
    } catch (error) {
      if (!(error instanceof ProfileError)) throw error;
      ({ diagnostics } = error);
    }
    expect(diagnostics).toMatchObject([{ code, message, fix: expect.stringContaining(fix) as string }]);
  });
});
