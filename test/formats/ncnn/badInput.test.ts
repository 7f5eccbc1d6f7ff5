import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { profile } from '../../../src/analysis/profile.ts';
import { ProfileError } from '../../../src/diagnostics.ts';
import { readNcnn } from '../../../src/formats/ncnn/read.ts';
import { inputLine, paramText } from './param.ts';

/** The line that reading and profiling the file ends with. */
function complaint(source: string | Uint8Array): string {
  try {
    profile(readNcnn(source, { file: 'bad.param', onUnknown: 'opaque' }).graph);
  } catch (error) {
    if (error instanceof ProfileError) return error.message;
    throw error;
  }
  return 'none';
}

const INPUT = inputLine([3, 8, 8]);
const one = (type: string, params: string): string => paramText([INPUT, `${type} it 1 1 data out ${params}`]);
const CONV = 'Convolution "it": ';

describe('one line with file, line, what and fix', () => {
  it.each<[what: string, source: string | Uint8Array, line: string]>([
    ['an empty file', '', 'bad.param:1: is empty (fix: give a .param file) CSP361'],
    ['only white space', ' \n\n\t', 'bad.param:1: is empty (fix: give a .param file) CSP361'],
    [
      'no magic',
      '3 4\nInput data 0 1 data\n',
      'bad.param:1: begins with "3", a .param file with 7767517 (fix: give a .param file; one without the number is older than 2017: convert its model again) CSP361',
    ],
    [
      'a binary file',
      new Uint8Array([0xdd, 0x85, 0x76, 0, 1, 0, 0, 0]),
      'bad.param:1: is a binary .param.bin, which names no blobs (fix: give the .param text it was made of) CSP361',
    ],
    [
      'a file of pnnx',
      '7767517\n2 1\npnnx.Input in 0 1 0 #0=(1,3,8,8)f32\nnn.ReLU relu 1 1 0 1\n',
      'bad.param:3: "#0=(1,3,8,8)f32" is no parameter of ncnn (fix: write KEY=NUMBER; of the files that pnnx writes, give the one that ends in .ncnn.param) CSP362',
    ],
    [
      'nothing but the magic',
      '7767517\n',
      'bad.param:2: ends where the number of layers is due (fix: give the whole file) CSP362',
    ],
    [
      'no layers',
      '7767517\n0 0\n',
      'bad.param:2: the number of layers is "0" (fix: give a whole number from 1 to 2147483647) CSP362',
    ],
    [
      'as many layers as do not fit a number',
      '7767517\n99999999999 1\n',
      'bad.param:2: the number of layers is "99999999999" (fix: give a whole number from 1 to 2147483647) CSP362',
    ],
    [
      'more layers than there are',
      `7767517\n2147483647 1\n${INPUT}\n`,
      'bad.param:4: ends behind 1 of the 2147483647 layers that line 2 states (fix: give the whole file, or state the number of layers in line 2) CSP362',
    ],
    [
      'truncated in a layer',
      `7767517\n2 2\n${INPUT}\nReLU relu 1`,
      'bad.param:4 ReLU "relu": ends where the number of outputs is due (fix: give the whole file) CSP362',
    ],
    [
      'truncated in the names',
      `7767517\n2 2\n${INPUT}\nReLU relu 1 1 data`,
      'bad.param:4 ReLU "relu": ends where the name of an output is due (fix: give the whole file) CSP362',
    ],
    [
      'more inputs than there are',
      `7767517\n2 2\n${INPUT}\nReLU relu 2147483647 1 data out`,
      'bad.param:4 ReLU "relu": ends where the name of an input is due (fix: give the whole file) CSP362',
    ],
    [
      'negative inputs',
      `7767517\n2 2\n${INPUT}\nReLU relu -1 1 data out`,
      'bad.param:4 ReLU "relu": the number of inputs is "-1" (fix: give a whole number from 0 to 2147483647) CSP362',
    ],
    [
      'more blobs than stated',
      `7767517\n2 1\n${INPUT}\nReLU relu 1 1 data out`,
      'bad.param:4 ReLU "relu": makes more blobs than the 1 that line 2 states (fix: state the number of blobs in line 2) CSP362',
    ],
    [
      'a blob that is made twice',
      `7767517\n2 2\n${INPUT}\nReLU relu 1 1 data data`,
      'bad.param:4 ReLU "relu": makes the blob "data" that line 3 makes already (fix: give each blob a name of its own) CSP362',
    ],
    [
      'a name without end',
      `7767517\n2 2\n${INPUT}\nReLU ${'x'.repeat(300)} 1 1 data out`,
      'bad.param:4: the name of the layer has 300 characters (fix: ncnn reads names of up to 255: shorten it) CSP362',
    ],
    [
      'a key that does not exist',
      one('ReLU', '32=1'),
      'bad.param:4 ReLU "it": there is no parameter 32 (fix: use keys from 0 to 31) CSP362',
    ],
    [
      'a key without a value',
      one('ReLU', '0='),
      'bad.param:4 ReLU "it": parameter 0 is "" (fix: write a number) CSP362',
    ],
    [
      'a value that is no number',
      one('ReLU', '0=0x10'),
      'bad.param:4 ReLU "it": parameter 0 is "0x10" (fix: write a number) CSP362',
    ],
    [
      'a list of another length',
      one('Slice', '-23300=3,1,2'),
      'bad.param:4 Slice "it": parameter -23300 is "3,1,2" (fix: write how many numbers there are, and then the numbers) CSP362',
    ],
    [
      'a list for a number',
      one('Convolution', '-23300=1,8 1=3 6=216'),
      `bad.param:4 ${CONV}parameter 0 is no whole number (fix: write 0=N) CSP362`,
    ],
    [
      'a number for a list',
      one('Slice', '0=4'),
      'bad.param:4 Slice "it": parameter 0 is no list (fix: write -23300=1,N for a list of one number) CSP362',
    ],
    [
      'a fraction for a whole number',
      one('Convolution', '0=8.0 1=3 6=216'),
      `bad.param:4 ${CONV}parameter 0 is no whole number (fix: write 0=N) CSP362`,
    ],
    [
      'a whole number for a fraction',
      one('Interp', '0=1 1=2 2=2'),
      'bad.param:4 Interp "it": parameter 1 is no number with a decimal point (fix: write 1=1.0 or the like: ncnn takes it for an integer) CSP362',
    ],
    [
      'no channels',
      one('Convolution', '1=3 6=216'),
      `bad.param:4 ${CONV}parameter 0 is 0 (fix: write 0=N, at least 1) CSP362`,
    ],
    [
      'a stride of nothing',
      one('Convolution', '0=8 1=3 3=0 6=216'),
      `bad.param:4 ${CONV}parameter 3 is 0 (fix: write 3=N, at least 1) CSP362`,
    ],
    [
      'padding that is negative',
      one('Convolution', '0=8 1=3 4=-1 6=216'),
      `bad.param:4 ${CONV}the padding is -1, -1, -1, -1 (fix: give numbers from 0, or -233 on every side) CSP364`,
    ],
    [
      'weights of other channels',
      one('Convolution', '0=8 1=3 6=288'),
      `bad.param:4 ${CONV}parameter 6 states 288 weights, not those of a window of 3x3 from 3 channels to 8 (fix: give the layer the channels that it was trained for, or correct parameter 6) CSP364`,
    ],
    [
      'groups that do not divide',
      one('ConvolutionDepthWise', '0=8 1=3 6=216 7=2'),
      'bad.param:4 ConvolutionDepthWise "it": 2 groups do not divide 3 input channels and 8 output channels (fix: choose a number of groups that divides both) CSP201',
    ],
    [
      'a window larger than the map',
      one('Convolution', '0=8 1=11 6=2904'),
      `bad.param:4 ${CONV}the window of 11 does not fit the input extent 8 with padding 0 and 0 (fix: use a smaller kernel or dilation, more padding, or a larger input) CSP201`,
    ],
    [
      'features that do not fit',
      one('InnerProduct', '0=10 2=100'),
      'bad.param:4 InnerProduct "it": parameter 2 states 100 weights, not those of 10 outputs from 3x8x8 (fix: give the layer the features that it was trained for, or correct parameter 2) CSP364',
    ],
    [
      'an axis that does not exist',
      one('Softmax', '0=3 1=1'),
      'bad.param:4 Softmax "it": axis 3 does not exist in a blob of 3 dimensions (fix: name an axis from 0 to 2) CSP364',
    ],
    [
      'an axis of the old kind',
      one('Softmax', '0=1'),
      'bad.param:4 Softmax "it": counts its axis in the old way, which ncnn refuses (fix: convert the model again, or write 1=1 once the axis counts from the channels) CSP364',
    ],
    [
      'axes of the old kind',
      one('Reduction', '1=0 -23303=1,1'),
      'bad.param:4 Reduction "it": counts its axes with a batch, which ncnn refuses (fix: convert the model again, or write 5=1 once the axes count from the channels) CSP364',
    ],
    [
      'parts that do not lie inside',
      paramText([INPUT, 'Slice it 1 2 data a b -23300=2,2,2']),
      'bad.param:4 Slice "it": part 2 of 2 entries from 2 does not lie in 3x8x8 (fix: give parts that add up to the 3 entries of axis 0) CSP364',
    ],
    [
      'more outputs than it has',
      paramText([INPUT, 'ReLU it 1 2 data a b']),
      'bad.param:4 ReLU "it": makes 1 blob, not 2 (fix: name as many outputs as it has) CSP364',
    ],
    [
      'an input that is missing',
      paramText([INPUT, 'Eltwise it 1 1 data a 0=1']),
      'bad.param:4 Eltwise "it": has 1 inputs, input 2 is missing (fix: connect it to a blob) CSP364',
    ],
    [
      'a shape of other elements',
      one('Reshape', '0=7 1=-1'),
      'bad.param:4 Reshape "it": makes -1x7 of 3x8x8, which has 192 elements (fix: give a shape with as many elements, -1 once for what is left) CSP364',
    ],
    [
      'a map of too many dimensions',
      paramText([inputLine([3, 8, 8, 8]), 'Convolution it 1 1 data out 0=8 1=3 6=216']),
      `bad.param:4 ${CONV}input 1 is 3x8x8x8, of 4 dimensions (fix: give it a blob of 3) CSP364`,
    ],
    [
      'nothing that computes',
      paramText([INPUT]),
      'bad.param:1: no layer computes anything (fix: give the .param of a network) CSP362',
    ],
    [
      'a reader before the maker',
      paramText(['ReLU it 1 1 data out', INPUT]),
      'bad.param:3 ReLU "it": input "data" has no size (fix: give it one, such as --input data:1x3x224x224) CSP363',
    ],
    [
      'counts past what is exact',
      one('Interp', '0=1 3=2147483647 4=2147483647'),
      'bad.param:4 Interp "it": the mem access cannot be stated: 13835058042397262000 is past 2^53, where counts stop being exact (fix: check the extents of the layer) CSP202',
    ],
    [
      'names with control codes',
      paramText([INPUT, 'ReLU \u001b[31mred 1 2 data a \u202eb']),
      'bad.param:4 ReLU "\\u{1b}[31mred": makes 1 blob, not 2 (fix: name as many outputs as it has) CSP364',
    ],
  ])('%s', (_what, source, line) => {
    expect(complaint(source)).toBe(line);
  });
});

it('reads hostile counts in no time', () => {
  const started = process.cpuUsage();
  const huge = 2147483647;
  for (const params of [
    `0=${String(huge)} 1=${String(huge)} 6=1`,
    `1=${String(huge)} 2=1 3=${String(huge)}`,
    `0=0 1=${String(huge)}`,
    `-23300=1,${String(huge)}`,
    `0=${String(huge)} 1=${String(huge)} 2=${String(huge)} 11=${String(huge)}`,
  ]) {
    for (const type of [
      'Convolution',
      'Pooling',
      'Tile',
      'Slice',
      'Reshape',
      'Padding',
      'Spectrogram',
      'SPP',
      'Permute',
    ]) {
      complaint(one(type, params));
    }
  }
  const splits = Array.from(
    { length: 20_000 },
    (_, i) => `Split s${String(i)} 1 2 x${String(i)} y${String(i)} x${String(i + 1)}`,
  );
  expect(complaint(paramText([inputLine([3], 'x0'), ...splits, 'ReLU relu 1 1 x20000 out']))).toBe('none');
  const { user, system } = process.cpuUsage(started);
  expect((user + system) / 1e6).toBeLessThan(4);
});

it('ends with a graph or one line, whatever is changed in a file', () => {
  const text = paramText([
    INPUT,
    'Convolution conv 1 1 data a 0=8 1=3 4=1 5=1 6=216 9=2 -23310=1,0.1 -23330=4,3,8,8,8',
    'Split split 1 2 a b c',
    'Pooling pool 1 1 b d 1=3 2=2',
    'Interp up 1 1 d e 0=1 1=2.0 2=2.0',
    'Concat concat 2 1 c e f 0=0',
    'Slice slice 1 2 f g h -23300=2,-233,-233',
    'Permute permute 1 1 g i 0=3',
    'Reshape reshape 1 1 i j 0=64 1=-1',
    'Gemm gemm 1 1 j k 3=1 5=1 6=1 8=7 9=64 10=4',
    'DetectionOutput boxes 2 1 k h l 0=21',
  ]);
  const bytes = [...new TextEncoder().encode(text)];
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.nat(bytes.length - 1), fc.nat(2), fc.integer({ min: 0, max: 255 })), {
        maxLength: 6,
      }),
      (changes) => {
        const changed = [...bytes];
        for (const [at, how, byte] of changes) {
          if (how === 0) changed[at] = byte;
          else if (how === 1) changed.splice(at, 1 + (byte % 16));
          else changed.splice(at, 0, ...changed.slice(byte, byte + 12));
        }
        for (const line of complaint(new Uint8Array(changed)).split('\n'))
          expect(line).toMatch(/^none$|CSP\d{3}$/);
      },
    ),
    { numRuns: 300 },
  );
});
