import stringWidth from 'fast-string-width';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { commonPath, shortenMiddle, textWidth } from '../../src/report/cells.ts';

describe('names', () => {
  it('keep their ends where they are too long', () => {
    expect(shortenMiddle('block_1_expand/Conv2D', 40)).toBe('block_1_expand/Conv2D');
    expect(shortenMiddle('StatefulPartitionedCall/net/block_1/Conv2D', 20)).toBe('Statef…lock_1/Conv2D');
    for (const width of [2, 9, 20])
      expect(stringWidth(shortenMiddle('日本語の名前/層', width))).toBeLessThanOrEqual(width);
  });

  it('lose the path that all of them begin with', () => {
    expect(commonPath(['a/b/conv1', 'a/b/conv2', 'a/b/c/d'])).toBe('a/b/');
    expect(commonPath(['model.layers.0.q', 'model.layers.0.k'])).toBe('model.layers.0.');
    expect(commonPath(['conv1', 'conv2'])).toBe('');
    expect(commonPath(['a/b'])).toBe('');
  });
});

describe('widths', () => {
  it('of texts that need no table are what the table of widths says', () => {
    const characters = Array.from(' aZ~0.\u00a0\u00ad·×µéÿ–—…▀▏▌█▟');
    const narrow = fc.string({ unit: fc.constantFrom(...characters) });
    fc.assert(
      fc.property(narrow, (text) => {
        expect(textWidth(text)).toBe(stringWidth(text));
      }),
    );
    for (let code = 0x20; code < 0x2600; code++) {
      const character = String.fromCodePoint(code);
      expect(textWidth(character), code.toString(16)).toBe(stringWidth(character));
    }
    expect(textWidth('日本')).toBe(4);
  });
});
