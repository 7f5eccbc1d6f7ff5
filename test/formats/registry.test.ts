import { describe, expect, it } from 'vitest';
import { buildNetwork } from '../../architectures/zoo.ts';
import { profile } from '../../src/analysis/profile.ts';
import { readProfile } from '../../src/analysis/readProfile.ts';
import { formatOrigin, type Origin } from '../../src/diagnostics.ts';
import { bytesSource, headOf } from '../../src/formats/byteSource.ts';
import { writeModel } from '../../src/formats/model.ts';
import { ORIGIN, ORIGIN_IDS } from '../../src/formats/origin.ts';
import { FORMATS, VIEWER_FORMATS, formatByName } from '../../src/formats/registry.ts';
import { FLOP_CONVENTIONS } from '../../src/metrics/conventions/flops.ts';
import { allBytes } from './bytes.ts';

describe('the list of formats', () => {
  it('has each id and each ending once', () => {
    const ids = [...FORMATS, ...VIEWER_FORMATS].map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
    const extensions = FORMATS.flatMap((format) => format.extensions);
    expect(new Set(extensions).size).toBe(extensions.length);
    for (const extension of extensions) expect(extension).toMatch(/^\.[a-z0-9.]+$/);
  });

  it.each(FORMATS.map((format) => [format.id, format] as const))(
    '%s expects a FLOP convention that there is',
    (_, { flops }) => {
      expect(FLOP_CONVENTIONS.map(({ id }) => id)).toContain(flops);
    },
  );

  it('counts as the users of each format expect', () => {
    const graph = buildNetwork('resnet10');
    const expected = {
      darknet: 'darknet',
      zoo: 'darknet',
      json: 'darknet',
      module: 'darknet',
      onnx: 'standard',
    };
    for (const [format, flops] of Object.entries(expected))
      expect(profile({ ...graph, format }).conventions.flops).toBe(flops);
    expect(() => profile({ ...graph, format: 'keras' })).toThrow(/"keras".*CSP103$/);
    expect(profile({ ...graph, format: 'keras' }, { flops: 'full' }).conventions.flops).toBe('full');
  });

  it('tells a file by its name, whatever its case', () => {
    expect(formatByName('a/B.ONNX')?.id).toBe('onnx');
    expect(formatByName('cfg')).toBeUndefined();
  });

  it.each(FORMATS.filter((format) => format.write !== undefined).map(({ id }) => [id] as const))(
    'what is written as %s is recognised as that and nothing else',
    async (id) => {
      const { content } = await writeModel(buildNetwork('resnet10'), id, { weights: 'zero' });
      const head = headOf(bytesSource(allBytes(content)));
      const like = FORMATS.filter(({ recognises }) => recognises?.(head) === true);
      expect(like.map((format) => format.id)).toEqual([id]);
    },
  );

  it('writes nothing in a format that is only read', async () => {
    await expect(writeModel(buildNetwork('resnet10'), 'zoo')).rejects.toThrow(
      /darknet, onnx, json\) CSP404$/,
    );
  });
});

describe('a place', () => {
  it.each<[string, Origin]>([
    [
      'a.cfg:12 [convolutional] #3',
      { format: 'darknet', file: 'a.cfg', line: 12, section: 'convolutional', index: 3 },
    ],
    ['a.onnx Conv "stem"', { format: 'onnx', file: 'a.onnx', op: 'Conv', node: 'stem' }],
    ['resnet50 stem', { format: 'zoo', architecture: 'resnet50', scope: 'stem' }],
    ['a.json:2 layers[3]', { format: 'json', file: 'a.json', line: 2, path: 'layers[3]' }],
    ['--flops', { format: 'cli', argument: '--flops' }],
    ['', { format: 'cli' }],
  ])('is printed as %s', (text, origin) => {
    expect(formatOrigin(origin)).toBe(text);
    expect(ORIGIN.mismatch(origin)).toBeUndefined();
  });

  it('in JSON has what its format has, and nothing else', () => {
    expect(ORIGIN.mismatch({ format: 'darknet', file: 'a.cfg' })).toEqual({
      path: '.line',
      problem: 'is missing',
    });
    expect(ORIGIN.mismatch({ format: 'onnx', file: 'a.onnx', line: 3 })?.path).toBe('.line');
    expect(ORIGIN.mismatch({ format: 'zoo', architecture: 3 })?.path).toBe('.architecture');
    expect(ORIGIN.mismatch({ format: 'keras' })).toEqual({
      path: '.format',
      problem: `must be one of ${ORIGIN_IDS.join(', ')}`,
    });
  });

  it('of an unknown format is refused in a saved profile', () => {
    const saved = {
      schemaVersion: 1,
      tool: { name: 'x', version: '1' },
      ...profile(buildNetwork('resnet10')),
    };
    expect(readProfile(JSON.parse(JSON.stringify(saved)), 'p.json').network.format).toBe('zoo');
    const other = { ...saved, network: { ...saved.network, format: 'keras' } };
    expect(() => readProfile(JSON.parse(JSON.stringify(other)), 'p.json')).toThrow(
      /network\.format: must be one of/,
    );
  });
});
