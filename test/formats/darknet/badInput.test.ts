import { describe, expect, it } from 'vitest';
import { profile } from '../../../src/analysis/profile.ts';
import { ProfileError } from '../../../src/diagnostics.ts';
import { readDarknet } from '../../../src/formats/darknet/read.ts';

/** The one line that reading and profiling the file ends with. */
function complaint(source: string | Uint8Array): string {
  try {
    profile(readDarknet(source, { file: 'bad.cfg' }).graph);
  } catch (error) {
    if (error instanceof ProfileError) return error.message;
    throw error;
  }
  return 'none';
}

const NET = '[net]\nwidth=32\nheight=32\nchannels=3\n';
const conv = (options: string): string => `${NET}[convolutional]\n${options}\n`;
const two = (section: string): string => `${conv('filters=8\nsize=3\npad=1')}${section}\n`;

describe('one line with file, line, what and fix', () => {
  it.each([
    [
      'an empty file',
      '',
      'bad.cfg:1: the file does not begin with a [net] section (fix: put [net] with width, height and channels first) CSP323',
    ],
    [
      'only a comment',
      '# nothing\n',
      'bad.cfg:1: the file does not begin with a [net] section (fix: put [net] with width, height and channels first) CSP323',
    ],
    [
      'no [net]',
      '\n[convolutional]\nfilters=3\n',
      'bad.cfg:2: the file does not begin with a [net] section (fix: put [net] with width, height and channels first) CSP323',
    ],
    [
      'options before [net]',
      'width=3\n[net]\n',
      'bad.cfg:1: the file does not begin with a [net] section (fix: put [net] with width, height and channels first) CSP323',
    ],
    [
      'no layers',
      NET,
      'bad.cfg:1 [net]: there is no layer behind [net] (fix: add one, such as [convolutional]) CSP323',
    ],
    [
      'truncated in a section name',
      `${NET}[convol`,
      'bad.cfg:5: "[convol" does not end in "]" (fix: write a section name alone, as [name]) CSP322',
    ],
    [
      'truncated in a key',
      conv('filters=8\nsi'),
      'bad.cfg:7 [convolutional] #0: "si" is neither a [section], key=value nor a # comment (fix: write key=value, or put a # before it) CSP322',
    ],
    [
      'truncated in a value',
      conv('filters='),
      'bad.cfg:6 [convolutional] #0: "filters=" is neither a [section], key=value nor a # comment (fix: write a key and a value around the "=") CSP322',
    ],
    [
      'width=0',
      '[net]\nwidth=0\nheight=8\nchannels=3\n[softmax]\n',
      'bad.cfg:1 [net]: the input has no extent: width is 0 or missing (fix: give [net] width, height and channels, or inputs for a network on vectors) CSP339',
    ],
    [
      'negative width',
      '[net]\nwidth=-8\nheight=8\nchannels=3\n[softmax]\n',
      'bad.cfg:2 [net]: width is "-8" (fix: give a whole number from 0 to 2147483647) CSP325',
    ],
    [
      'negative filters',
      conv('filters=-8'),
      'bad.cfg:6 [convolutional] #0: filters is "-8" (fix: give a whole number from 1 to 2147483647) CSP325',
    ],
    [
      'filters=0',
      conv('filters=0'),
      'bad.cfg:6 [convolutional] #0: filters is "0" (fix: give a whole number from 1 to 2147483647) CSP325',
    ],
    [
      'filters that are no number',
      conv('filters=many'),
      'bad.cfg:6 [convolutional] #0: filters is "many" (fix: give a whole number from 1 to 2147483647) CSP325',
    ],
    [
      'filters past 2^31',
      conv('filters=99999999999'),
      'bad.cfg:6 [convolutional] #0: filters is "99999999999" (fix: give a whole number from 1 to 2147483647) CSP325',
    ],
    [
      'more boxes than a list can hold',
      '[net]\nwidth=8\nheight=8\nchannels=3\n[yolo]\nnum=100000000\nanchors=1,2\n',
      'bad.cfg:6 [yolo] #0: num is "100000000" (fix: give a whole number from 1 to 10000) CSP325',
    ],
    [
      'negative stride',
      conv('stride=-1'),
      'bad.cfg:6 [convolutional] #0: stride is "-1" (fix: give a whole number from 1 to 2147483647) CSP325',
    ],
    [
      'groups that do not divide',
      conv('filters=8\ngroups=2'),
      'bad.cfg:5 [convolutional] #0: 2 groups do not divide 3 input channels and 8 output channels (fix: choose a number of groups that divides both) CSP201',
    ],
    [
      'route groups that do not divide',
      two('[route]\nlayers=-1\ngroups=3'),
      'bad.cfg:9 [route] #1: 3 groups do not divide 8 channels (fix: choose groups that divide the channels of every routed layer) CSP333',
    ],
    [
      'a group that does not exist',
      two('[route]\nlayers=-1\ngroups=2\ngroup_id=2'),
      'bad.cfg:9 [route] #1: group_id is 2 of 2 groups (fix: count group_id from 0) CSP333',
    ],
    [
      'a route forward',
      two('[route]\nlayers=7'),
      'bad.cfg:9 [route] #1: layers=7 is a later layer (fix: name a layer from 0 to 0, or count back from -1 to -1) CSP328',
    ],
    [
      'a route before the start',
      two('[route]\nlayers=-2'),
      'bad.cfg:9 [route] #1: layers=-2 is before the first layer (fix: name a layer from 0 to 0, or count back from -1 to -1) CSP328',
    ],
    [
      'a route from the first layer',
      `${NET}[route]\nlayers=-1\n`,
      'bad.cfg:5 [route] #0: layers=-1 is before the first layer (fix: there is no layer before this one to name) CSP328',
    ],
    [
      'a route to nothing',
      two('[route]'),
      'bad.cfg:9 [route] #1: layers is missing (fix: add layers=-1, or another layer) CSP329',
    ],
    [
      'a route with a gap',
      two('[route]\nlayers=-1,,-1'),
      'bad.cfg:10 [route] #1: layers is "-1,,-1" (fix: give whole numbers with commas between them) CSP325',
    ],
    [
      'a shortcut forward',
      two('[shortcut]\nfrom=7'),
      'bad.cfg:9 [shortcut] #1: from=7 is a later layer (fix: name a layer from 0 to 0, or count back from -1 to -1) CSP328',
    ],
    [
      'a shortcut out of range',
      two('[shortcut]\nfrom=-9'),
      'bad.cfg:9 [shortcut] #1: from=-9 is before the first layer (fix: name a layer from 0 to 0, or count back from -1 to -1) CSP328',
    ],
    [
      'weights of an unknown kind',
      two('[shortcut]\nfrom=-1\nweights_type=per_pixel'),
      'bad.cfg:9 [shortcut] #1: weights_type is "per_pixel" (fix: use none, per_feature or per_channel) CSP334',
    ],
    [
      'weights that nothing normalises',
      two('[shortcut]\nfrom=-1\nweights_type=per_feature'),
      'bad.cfg:9 [shortcut] #1: weights_normalization is "none" (fix: use relu or softmax: Darknet refuses weights without one) CSP334',
    ],
    [
      'a scale that is a map',
      two('[scale_channels]\nfrom=-1'),
      'bad.cfg:9 [scale_channels] #1: a map of 1x8x32x32 is no scale per channel (fix: put an [avgpool] before it, or set scale_wh=1) CSP335',
    ],
    [
      'attention of another shape',
      two('[maxpool]\nsize=2\nstride=2\n[sam]\nfrom=-2'),
      'bad.cfg:12 [sam] #2: cannot multiply 1x8x32x32 by 1x8x16x16 (fix: give both maps the same shape, or use [scale_channels]) CSP335',
    ],
    [
      'a yolo that does not fit',
      two('[yolo]\nclasses=80\nnum=3'),
      'bad.cfg:9 [yolo] #1: 3 anchors of 80 classes need 255 channels, the map has 8 (fix: set filters=255 in the convolution before it) CSP201',
    ],
    [
      'a detection that does not fit',
      two('[detection]'),
      'bad.cfg:9 [detection] #1: 7x7 cells need 147 numbers, the layer before has 8192 (fix: set output=147 there, or correct side, num, coords and classes) CSP336',
    ],
    [
      'softmax groups that do not divide',
      two('[softmax]\ngroups=3'),
      'bad.cfg:9 [softmax] #1: 3 groups do not divide 8192 inputs (fix: choose groups that do) CSP333',
    ],
    [
      'parameters that cannot be shared',
      two('[convolutional]\nfilters=8\nsize=3\nshare_index=-1\nbatch_normalize=1'),
      'bad.cfg:9 [convolutional] #1: weights of 8x8x3x3 cannot be shared with a layer of 8x3x3x3 (fix: share with a convolution of the same filters, size, groups, channels and batch_normalize) CSP332',
    ],
    [
      'parameters of no convolution',
      two('[dropout]\n[convolutional]\nshare_index=-1'),
      'bad.cfg:10 [convolutional] #2: share_index=-1 is no convolutional layer (fix: share with a convolution of the same filters, size, groups, channels and batch_normalize) CSP332',
    ],
    [
      'a recurrent layer that shrinks its state',
      two('[crnn]\nstride=2\npad=1'),
      'bad.cfg:9 [crnn] #1: the recurrent convolution makes 16x16 out of 32x32 (fix: keep the extent: stride=1 and pad=1 with an odd size) CSP337',
    ],
    [
      'a bottleneck that does not fit',
      two('[conv_lstm]\noutput=4\npad=1\nbottleneck=1'),
      'bad.cfg:9 [conv_lstm] #1: bottleneck=1 with 8 channels in and 4 out (fix: make them equal) CSP337',
    ],
    [
      'a map where there is a vector',
      '[net]\ninputs=100\n[convolutional]\n',
      'bad.cfg:3 [convolutional] #0: the layer needs a map, the network reads a vector (fix: give [net] width, height and channels) CSP330',
    ],
    [
      'a window larger than the map',
      conv('size=33'),
      'bad.cfg:5 [convolutional] #0: the window of 33 does not fit the input extent 32 with padding 0 and 0 (fix: use a smaller kernel or dilation, more padding, or a larger input) CSP201',
    ],
    [
      'a crop larger than the map',
      `${NET}[crop]\ncrop_width=8\ncrop_height=64\n`,
      'bad.cfg:5 [crop] #0: entries -16 to 48 of axis 2 do not exist in 1x3x32x32 (fix: take a part that lies inside the map) CSP201',
    ],
    [
      'unknown sections, all of them',
      `${conv('filters=2')}[convolutoinal]\n[swish]\n[swish]\n[net]\n`,
      'bad.cfg:7: unknown sections [convolutoinal] (line 7), [swish] (lines 8, 9), [net] (line 10) (fix: correct the name (Darknet knows convolutional, maxpool, route, shortcut, yolo and others), or pass --on-unknown opaque to go on without their cost) CSP338',
    ],
    [
      '__proto__ as a section',
      `${NET}[__proto__]\n`,
      'bad.cfg:5: unknown section [__proto__] (line 5) (fix: correct the name (Darknet knows convolutional, maxpool, route, shortcut, yolo and others), or pass --on-unknown opaque to go on without their cost) CSP338',
    ],
    [
      'escape codes in a name',
      `${NET}[\u001b[31mred\u0007]\n`,
      'bad.cfg:5: unknown section [\\u{1b}[31mred\\u{7}] (line 5) (fix: correct the name (Darknet knows convolutional, maxpool, route, shortcut, yolo and others), or pass --on-unknown opaque to go on without their cost) CSP338',
    ],
    [
      'escape codes in a value',
      conv('filters=\u001b]0;title\u0007'),
      'bad.cfg:6 [convolutional] #0: filters is "\\u{1b}]0;title\\u{7}" (fix: give a whole number from 1 to 2147483647) CSP325',
    ],
    [
      'NUL bytes',
      `${NET}[conv\0]\n`,
      'bad.cfg:5: the file holds NUL bytes: it is no text, or UTF-16 (fix: save it as UTF-8) CSP321',
    ],
    [
      'UTF-16',
      new Uint8Array([0xff, 0xfe, 0x5b, 0, 0x6e, 0]),
      'bad.cfg:1: the file is UTF-16 (fix: save it as UTF-8) CSP321',
    ],
    [
      'UTF-16, big end first',
      new Uint8Array([0xfe, 0xff, 0, 0x5b, 0, 0x6e]),
      'bad.cfg:1: the file is UTF-16 (fix: save it as UTF-8) CSP321',
    ],
  ])('%s', (_, source, expected) => {
    expect(complaint(source)).toBe(expected);
  });

  it('counts past 2^53', () => {
    expect(complaint(`${conv('filters=2000000000')}[convolutional]\nfilters=2000000000\n`)).toMatch(
      /^bad\.cfg:7 \[convolutional\] #1: the [\w ]+ cannot be stated: [\d.e+]+ is past 2\^53, .* CSP202$/,
    );
  });

  it('a line of 100 kB, quoted in part', () => {
    const line = 'x'.repeat(100_000);
    expect(complaint(conv(line))).toMatch(/^bad\.cfg:6 \[convolutional\] #0: "x{59}…" is neither/);
    expect(complaint(conv(`filters=${'9'.repeat(100_000)}`))).toMatch(
      /^bad\.cfg:6 .*: filters is "9{59}…" \(fix: /,
    );
    expect(complaint(`${NET}[${line}]\n`).length).toBeLessThan(250);
    expect(complaint(conv(`filters=2\n${line}=1`))).toBe('none');
  });

  it('a quarter of a million sections', () => {
    expect(complaint(NET + '[dropout]\n'.repeat(250_001))).toBe(
      'bad.cfg:250004: more than 250000 sections (fix: check that this is the file you meant: no network is that deep) CSP324',
    );
  });
});

describe('keys that JavaScript knows', () => {
  it('are options that Darknet does not know', () => {
    for (const key of ['__proto__', 'constructor', 'toString', 'hasOwnProperty']) {
      const { graph, diagnostics } = readDarknet(conv(`filters=8\n${key}=1`));
      expect(diagnostics).toEqual([]);
      expect(profile(graph).layers[0]?.outputs).toEqual([[1, 8, 32, 32]]);
    }
  });
});
