import { readdirSync, readFileSync, statSync } from 'node:fs';
import { extname, join } from 'node:path';
import { ENERGY_TABLES } from '../../src/devices/energyTable.ts';
import { DEVICES } from '../../src/devices/registry.ts';
import { readDevice, readEnergyTable } from '../../src/devices/validate.ts';
import { limitDemands, ruleDemands } from '../../src/analysis/gate/demands.ts';
import { readGateConfig } from '../../src/analysis/gate/readConfig.ts';
import { readMeasurement } from '../../src/analysis/measurement/read.ts';
import { profile } from '../../src/analysis/profile.ts';
import { readProfile } from '../../src/analysis/readProfile.ts';
import { ProfileError } from '../../src/diagnostics.ts';
import type { Written } from '../../src/formats/format.ts';
import { describeModel, readModel } from '../../src/formats/model.ts';
import { FORMATS } from '../../src/formats/registry.ts';
import { parseJson } from '../../src/json.ts';
import { CASE_GRAPHS } from '../formats/graphs.ts';
import { Lines } from '../formats/ncnn/param.ts';
import { flatBuffer, modelRoot } from '../formats/tflite/build.ts';
import { combining } from '../formats/tflite/model.ts';
import type { Choices } from './choices.ts';
import { mutateJson } from './json.ts';
import { mutateBytes, mutateProtobuf } from './protobuf.ts';
import { mutateText } from './text.ts';

/** Makes another input of one, with pieces of a second. */
export type Mutate = (bytes: Uint8Array, choices: Choices, other: Uint8Array) => Uint8Array;

/** What reads files of one kind. */
export interface Reader {
  readonly name: string;
  /** of files that begin a corpus */
  readonly extension: string;
  readonly seeds: () => Promise<readonly Uint8Array[]>;
  readonly mutate: Mutate;
  /** @throws ProfileError where the input is no such file: anything else is our fault */
  readonly read: (bytes: Uint8Array, choices: Choices) => Promise<void>;
}

const encode = (text: string): Uint8Array => new TextEncoder().encode(text);
const decode = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);

/** Worked cases of operators, written in a format. */
async function written(id: string): Promise<readonly Uint8Array[]> {
  const format = FORMATS.find((each) => each.id === id);
  const bytes: Uint8Array[] = [];
  for (const [, graph] of CASE_GRAPHS) {
    try {
      const made = await format?.write?.(graph, {});
      const whole = made && smallOf(made.content);
      if (whole !== undefined) bytes.push(whole);
    } catch (error) {
      // What the format cannot say.
      if (!(error instanceof ProfileError)) throw error;
    }
  }
  return bytes;
}

/** All bytes of a file that is not large: of others, the weights are not even made. */
function smallOf(content: Written['content']): Uint8Array | undefined {
  if (typeof content === 'string') return content.length < LARGEST_SEED ? encode(content) : undefined;
  const pieces: Uint8Array[] = [];
  let length = 0;
  for (const piece of content) {
    length += piece.length;
    if (length > LARGEST_SEED) return undefined;
    pieces.push(piece.slice());
  }
  return new Uint8Array(Buffer.concat(pieces));
}

function filesIn(folder: URL, extension: string): readonly Uint8Array[] {
  return readdirSync(folder)
    .filter((name) => name.endsWith(extension))
    .map((name) => new Uint8Array(readFileSync(new URL(name, folder))));
}

/** Files of a folder and of those in it, that are not large. */
export function seedsIn(folder: string, extension: string): readonly Uint8Array[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => extname(name) === extension && statSync(join(folder, name)).size < LARGEST_SEED)
    .map((name) => new Uint8Array(readFileSync(join(folder, name))));
}

const LARGEST_SEED = 40_000;

async function readAsModel(bytes: Uint8Array, file: string, choices: Choices): Promise<void> {
  if (choices.chance(0.2)) await describeModel(bytes, { file });
  const { graph } = await readModel(bytes, {
    file,
    onUnknown: choices.chance(0.8) ? 'opaque' : 'error',
    qdq: choices.chance(0.8) ? 'quantised' : 'literal',
    ...(choices.chance(0.1) ? { batch: choices.of([1, 2, 1000]) } : {}),
    ...(choices.chance(0.1)
      ? {
          extent: choices.of([
            [32, 32],
            [1, 65536],
          ] as const),
        }
      : {}),
  });
  profile(graph);
}

const model = (name: string, extension: string, seeds: Reader['seeds'], mutate: Mutate): Reader => ({
  name,
  extension,
  seeds,
  mutate,
  read: (bytes, choices) => readAsModel(bytes, `input${extension}`, choices),
});

const either =
  (share: number, one: Mutate, two: Mutate): Mutate =>
  (bytes, choices, other) => {
    if (choices.chance(share)) {
      try {
        return one(bytes, choices, other);
      } catch (error) {
        // A corpus holds inputs that are no JSON any more.
        if (!(error instanceof SyntaxError)) throw error;
      }
    }
    return two(bytes, choices, other);
  };

const trees = either(0.8, mutateJson, mutateText);

const CONFIG = {
  schemaVersion: 1,
  targets: [
    {
      model: 'cspresnext50@256',
      baseline: 'baselines/cspresnext50.json',
      limits: { flops: '8 GFLOP', cio: '+0%', peakActivationBytes: '16 MiB and +1%', bottleneckShare: '10%' },
      rules: [
        { name: 'balanced', expr: 'bottleneck.maxOverMean <= 6', severity: 'warn', message: 'one layer' },
        { name: 'no worse', expr: 'max(flops, 2 * cio) / baseline.flops <= 1.02 or not (macs > 1)' },
      ],
    },
    {
      model: 'b.onnx',
      bind: { N: 1 },
      input: { x: '1x3x8x8' },
      value: { s: 3 },
      device: 'eyeriss',
      buffer: '1MiB',
    },
  ],
};

const ncnnSeeds = (): readonly Uint8Array[] => {
  const lines = new Lines();
  const x = lines.input([3, 32, 32]);
  const conv = lines.add('Convolution', [x], '0=8 1=3 4=1 5=1 6=216');
  const pool = lines.add('Pooling', [lines.add('ReLU', [conv])], '0=0 1=2 2=2');
  const depthwise = lines.add('ConvolutionDepthWise', [pool], '0=8 1=3 4=1 5=1 6=72 7=8');
  const sum = lines.add('BinaryOp', [pool, depthwise], '0=0');
  const joined = lines.add('Concat', [sum, lines.add('Interp', [pool], '0=1 1=1.0 2=1.0')], '0=0');
  lines.add('Softmax', [lines.add('InnerProduct', [joined], '0=10 1=1 2=40960')], '0=0');
  return [encode(lines.text)];
};

const tfliteSeeds = (): readonly Uint8Array[] => [
  flatBuffer(modelRoot([combining('ADD', 'MUL', 'SUB')])),
  flatBuffer(
    modelRoot(
      [
        {
          tensors: [
            { shape: [1, 8, 8, 3] },
            { shape: [4, 3, 3, 3], values: [1] },
            { shape: [1, 8, 8, 4] },
            { shape: [2], values: [1, 256] },
            { shape: [1, 256] },
          ],
          operators: [
            {
              op: 'CONV_2D',
              inputs: [0, 1, -1],
              outputs: [2],
              options: [1, { 1: { i32: 1 }, 2: { i32: 1 } }],
            },
            { op: 'RESHAPE', inputs: [2, 3], outputs: [4] },
            { op: 'CustomThing', inputs: [4], outputs: [4], custom: encode('abc') },
          ],
          inputs: [0],
          outputs: [4],
        },
        combining('ADD'),
      ],
      [{ key: 'serve', inputs: { x: 0 }, outputs: { y: 4 } }],
    ),
  ),
];

const reports = new URL('../../reports/measured/', import.meta.url);
const fixtures = new URL('../formats/darknet/fixtures/', import.meta.url);

/** Every reader of files. */
export const READERS: readonly Reader[] = [
  model('onnx', '.onnx', () => written('onnx'), mutateProtobuf),
  model(
    'darknet',
    '.cfg',
    async () => [...filesIn(fixtures, '.cfg'), ...(await written('darknet'))],
    mutateText,
  ),
  model('json', '.json', () => written('json'), trees),
  model('tflite', '.tflite', () => Promise.resolve(tfliteSeeds()), mutateBytes),
  model('ncnn', '.param', () => Promise.resolve(ncnnSeeds()), mutateText),
  {
    name: 'device',
    extension: '.device.json',
    seeds: () => Promise.resolve([...DEVICES, ...ENERGY_TABLES].map((each) => encode(JSON.stringify(each)))),
    mutate: trees,
    read: (bytes, choices) => {
      const read = choices.chance(0.8) ? readDevice : readEnergyTable;
      read(decode(bytes), 'input.json');
      return Promise.resolve();
    },
  },
  {
    name: 'configuration',
    extension: '.yaml',
    seeds: () => Promise.resolve([encode(JSON.stringify(CONFIG, undefined, 1))]),
    mutate: either(0.5, mutateJson, mutateText),
    async read(bytes, choices) {
      const { config, place } = await readGateConfig(decode(bytes), choices.of(['c.yaml', 'c.json']));
      for (const { rules, limits } of config.targets) {
        limitDemands(limits, place, []);
        for (const { rule } of await ruleDemands(rules, place, []))
          rule.holds((name) => (name.length % 3 === 0 ? undefined : name.length));
      }
    },
  },
  {
    name: 'measurement',
    extension: '.json',
    seeds: () => Promise.resolve(filesIn(reports, '.json').filter(({ length }) => length < LARGEST_SEED)),
    mutate: trees,
    read: (bytes) => readTree(bytes, readMeasurement),
  },
  {
    name: 'profile',
    extension: '.json',
    seeds: () =>
      Promise.resolve(CASE_GRAPHS.slice(0, 60).map(([, graph]) => encode(JSON.stringify(profile(graph))))),
    mutate: trees,
    read: (bytes) => readTree(bytes, readProfile),
  },
];

/** JSON of a file, which the command line reads so, and what is made of it. */
function readTree(bytes: Uint8Array, read: (value: unknown, file: string) => unknown): Promise<void> {
  let value: unknown;
  try {
    value = parseJson(decode(bytes));
  } catch (error) {
    if (error instanceof SyntaxError) return Promise.resolve();
    throw error;
  }
  read(value, 'input.json');
  return Promise.resolve();
}
