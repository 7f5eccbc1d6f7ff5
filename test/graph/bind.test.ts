import { describe, expect, it } from 'vitest';
import { bindInputs, type StatedExtent, type WantedExtents } from '../../src/graph/bind.ts';

type Inputs = Readonly<Record<string, readonly StatedExtent[]>>;

interface Given extends Omit<WantedExtents, 'bindings' | 'inputs'> {
  readonly bind?: Readonly<Record<string, number>>;
  readonly shapes?: Readonly<Record<string, readonly number[]>>;
}

function bind(inputs: Inputs, { bind: bindings = {}, shapes = {}, ...wanted }: Given = {}) {
  return bindInputs(
    Object.entries(inputs).map(([name, extents]) => ({ name, extents })),
    { ...wanted, bindings: new Map(Object.entries(bindings)), inputs: new Map(Object.entries(shapes)) },
    { format: 'json', file: 'net' },
  );
}

const shapes = (inputs: Inputs, given?: Given): Readonly<Record<string, string>> =>
  Object.fromEntries([...bind(inputs, given).shapes].map(([name, shape]) => [name, shape.join('x')]));

const open = (inputs: Inputs, given?: Given): readonly string[] =>
  bind(inputs, given).open.map(({ symbol }) => symbol);

describe('symbols', () => {
  it('are one extent everywhere', () => {
    expect(shapes({ x: ['N', 3, 'H', 'H'], y: ['H', 'N'] }, { bind: { N: 2, H: 64 } })).toEqual({
      x: '2x3x64x64',
      y: '64x2',
    });
  });

  it('follow from a shape given to another input, whichever comes first', () => {
    const inputs = { b: [64, 'n'], a: ['n', 64] };
    expect(shapes(inputs, { shapes: { a: [8, 64] } })).toEqual({ a: '8x64', b: '64x8' });
    expect(shapes(inputs, { shapes: { b: [64, 8] } })).toEqual({ a: '8x64', b: '64x8' });
  });

  it('are named where they are open, once, with the place of nameless ones', () => {
    expect(open({ x: ['N', 3, undefined, 'H'], y: ['H'] })).toEqual(['N', 'x[2]', 'H']);
    expect(open({ x: [undefined, 3] }, { bind: { 'x[0]': 2 } })).toEqual([]);
  });

  it('are never two values', () => {
    const inputs = { a: ['n', 64], b: [64, 'n'] };
    expect(() => bind(inputs, { shapes: { a: [8, 64] }, bind: { n: 4 } })).toThrow(
      'n is 4 by --bind n=4 and 8 by --input a:8x64 (fix: give it one value) CSP102',
    );
    expect(() => bind(inputs, { shapes: { a: [8, 64], b: [64, 9] } })).toThrow(
      /n is 8 by --input a:8x64 and 9 by --input b:64x9/,
    );
    expect(() => bind(inputs, { batch: 2, bind: { n: 4 } })).toThrow(/4 by --bind n=4 and 2 by --batch 2/);
  });
});

describe('expressions', () => {
  const decoder = {
    ids: ['batch_size', 'sequence_length'],
    mask: ['batch_size', 'past_sequence_length + sequence_length'],
    past: ['batch_size', 8, 'past_sequence_length', 64],
  };

  it('follow from their symbols', () => {
    const given = { bind: { batch_size: 1, sequence_length: 3, past_sequence_length: 13 } };
    expect(shapes(decoder, given)).toEqual({ ids: '1x3', mask: '1x16', past: '1x8x13x64' });
  });

  it('give the one symbol that is missing, where they are linear in it', () => {
    expect(shapes(decoder, { shapes: { ids: [1, 3], mask: [1, 16] } })).toMatchObject({ past: '1x8x13x64' });
    expect(shapes({ x: ['2*s0'], y: ['s0'] }, { shapes: { x: [8] } })).toEqual({ x: '8', y: '4' });
    expect(shapes({ x: ['(s0 - 1)/2'], y: ['s0'] }, { shapes: { x: [8] } })).toEqual({ x: '8', y: '17' });
    // Two extents floor to 8: which, nobody said.
    expect(open({ x: ['floor(h/2)'], y: ['h'] }, { shapes: { x: [8] } })).toEqual(['h']);
  });

  it('take a value of their own', () => {
    expect(shapes({ x: ['n + 1'], y: ['n'] }, { bind: { 'n + 1': 5 } })).toEqual({ x: '5', y: '4' });
  });

  it('are never two values, negative or broken', () => {
    expect(() => bind(decoder, { shapes: { ids: [1, 3], mask: [1, 16], past: [1, 8, 12, 64] } })).toThrow(
      /past_sequence_length is 13 by --input mask:1x16 and 12 by --input past:1x8x12x64/,
    );
    expect(() => bind(decoder, { shapes: { ids: [1, 17], mask: [1, 16] } })).toThrow(
      /past_sequence_length would be -1 by --input mask:1x16/,
    );
    expect(() => bind({ x: ['n/2'], y: ['n'] }, { bind: { n: 5 } })).toThrow(/n\/2 is 2.5 by --bind n=5/);
    expect(() => bind({ x: ['n'] }, { bind: { n: 1.5 } })).toThrow(/the extent 1.5/);
  });

  it('are no names with a sign in them', () => {
    expect(open({ x: ['batch-size', 'N/A'] })).toEqual(['batch-size', 'N/A']);
    expect(open({ x: ['n-m'], y: ['n', 'm'] })).toEqual(['n', 'm']);
  });
});

describe('--batch', () => {
  it('is the symbol of that name, in front or not', () => {
    const inputs = { x: ['batch', 'samples'], state: [2, 'batch', 64] };
    expect(shapes(inputs, { batch: 4, bind: { samples: 512 } })).toEqual({ x: '4x512', state: '2x4x64' });
    expect(open({ x: ['seq', 'batch_size', 8] }, { batch: 4 })).toEqual(['seq']);
  });

  it('is what the inputs leave open in front where none has that name', () => {
    expect(shapes({ x: ['N', 3], y: [undefined, 2] }, { batch: 4 })).toEqual({ x: '4x3', y: '4x2' });
  });

  it('is refused where the model fixes another', () => {
    expect(shapes({ x: [1, 3] }, { batch: 1 })).toEqual({ x: '1x3' });
    expect(() => bind({ x: [1, 3] }, { batch: 4 })).toThrow(/"x" is 1x3, not 4x3/);
  });
});

describe('@EXTENT', () => {
  it('is height and width where the channels are first or last, and the batch is then 1', () => {
    const extent = [20, 30] as const;
    expect(shapes({ x: ['N', 3, 'H', 'W'] }, { extent })).toEqual({ x: '1x3x20x30' });
    expect(shapes({ x: [undefined, undefined, undefined, 3] }, { extent })).toEqual({ x: '1x20x30x3' });
    expect(shapes({ x: ['N', 3, 'H', 'W'] }, { extent, batch: 2 })).toEqual({ x: '2x3x20x30' });
    expect(shapes({ x: ['N', 3, 'H', 'W'] }, { extent, bind: { N: 5 } })).toEqual({ x: '5x3x20x30' });
  });

  it('is refused where the model fixes another', () => {
    expect(() => bind({ x: [1, 3, 8, 8] }, { extent: [8, 9] })).toThrow(/1x3x8x8, not 1x3x8x9.*CSP102/);
  });
});

describe('a given shape', () => {
  it('keeps rank and extents that the model fixes', () => {
    expect(() => bind({ x: ['N', 3] }, { shapes: { x: [1, 4] } })).toThrow(/Nx3, not 1x4/);
    expect(() => bind({ x: ['N', 3] }, { shapes: { x: [1, 3, 1] } })).toThrow(/Nx3, not 1x3x1/);
    expect(() => bind({ x: [-3] })).toThrow(/the extent -3/);
  });
});
