import { describe, expect, it } from 'vitest';
import { GraphBuilder } from '../../src/graph/builder.ts';
import { resolutionStage, stageLikeMap } from '../../src/graph/stages.ts';
import { square } from '../../src/ops/window.ts';
import type { OpAttrs, OpKind } from '../../src/ops/registry.ts';
import type { TensorId } from '../../src/graph/graph.ts';

const IMAGE = [1, 3, 224, 224];

describe('the stage of a result', () => {
  it.each([
    [[1, 96, 56, 56], '1/4'],
    [[1, 96, 38, 38], '1/6'],
    [[1, 96, 1, 1], 'head'],
    [[1, 1000], 'head'],
    [[1, 3, 448, 448], '1/1'],
  ])('%j of a map is %s', (shape, stage) => {
    expect(resolutionStage(IMAGE, shape)).toBe(stage);
  });

  it.each([
    // channels in front of the positions, and behind them
    [[1, 96, 56, 56], '1/4'],
    [[1, 56, 56, 96], '1/4'],
    // windows that do not fit leave a position over
    [[1, 29, 29, 96], '1/8'],
    [[1, 1000], 'head'],
    [[1, 384, 1, 1], 'head'],
    // scores of attention, its heads, windows, tokens
    [[64, 3, 49, 49], undefined],
    [[64, 3, 32, 49], undefined],
    [[1, 8, 8, 7, 7, 96], undefined],
    [[1, 196, 768], undefined],
  ])('%j of something else is %s', (shape, stage) => {
    expect(stageLikeMap(IMAGE, shape)).toBe(stage);
  });

  it('is that of what it is made of where its extents say nothing', () => {
    const builder = new GraphBuilder({ name: 'windows', source: 'test', format: 'json' });
    const x = builder.input('image', { shape: IMAGE, dtype: 'float32' });
    let id = 0;
    const add = <K extends OpKind>(kind: K, inputs: readonly TensorId[], attrs: OpAttrs<K>): TensorId => {
      builder.layer({ name: String(id++), origin: { format: 'json', file: 'test' } });
      return builder.add(kind, inputs, attrs);
    };
    const patches = add('maxPool', [x], square(16, 16));
    const tokens = add('reshape', [patches], { shape: [1, 3, 196] });
    const turned = add('transpose', [tokens], { perm: [0, 2, 1] });
    const table = builder.constant('weight', { shape: [196, 3], dtype: 'float32' });
    const positions = add('reshape', [table], { shape: [1, 196, 3] });
    const sum = add('add', [turned, positions], { align: 'exact' });
    add('reshape', [sum], { shape: [196, 3, 1, 1] });
    expect(builder.build().layers.map(({ stage }) => stage)).toEqual([
      '1/16',
      '1/16',
      '1/16',
      '',
      '1/16',
      'head',
    ]);
  });
});
