import { NUMBERS, WORDS, type Choices } from './choices.ts';

/** Changes lines, words and numbers of a text; now and then a byte of it. */
export function mutateText(bytes: Uint8Array, choices: Choices, other: Uint8Array): Uint8Array {
  let text = Buffer.from(bytes).toString('latin1');
  for (let left = 1 + choices.below(4); left > 0; left--) text = changed(text, choices, other);
  return new Uint8Array(Buffer.from(text, 'latin1'));
}

function changed(text: string, choices: Choices, other: Uint8Array): string {
  const lines = text.split('\n');
  const line = choices.below(lines.length);
  switch (choices.below(11)) {
    case 0:
      return replaced(text, /-?\d+(?:\.\d+)?/g, choices, () => String(choices.of(NUMBERS)));
    case 1:
      return replaced(text, /[A-Za-z_][\w.]*/g, choices, () => choices.of(WORDS));
    case 2: {
      const names = text.match(/[A-Za-z_][\w.]*/g) ?? [''];
      return replaced(text, /[A-Za-z_][\w.]*/g, choices, () => choices.of(names));
    }
    case 3:
      return lines.toSpliced(line, 1).join('\n');
    case 4:
      return lines.toSpliced(line, 0, choices.of(lines)).join('\n');
    case 5:
      return lines
        .toSpliced(line, 0, choices.of(Buffer.from(other).toString('latin1').split('\n')))
        .join('\n');
    case 6:
      return lines.with(line, choices.of(lines)).join('\n');
    case 7:
      return choices.chance(0.2) ? text.slice(0, choices.below(text.length)) : text;
    case 8: {
      const at = choices.below(text.length + 1);
      return text.slice(0, at) + choices.of(WORDS) + text.slice(at + choices.below(5));
    }
    case 9: {
      const at = choices.below(text.length + 1);
      return text.slice(0, at) + String.fromCharCode(choices.below(256)) + text.slice(at + 1);
    }
    default:
      return replaced(text, /-?\d+/g, choices, (found) => String(near(Number(found), choices)));
  }
}

function replaced(text: string, what: RegExp, choices: Choices, by: (found: string) => string): string {
  const found = [...text.matchAll(what)];
  if (found.length === 0) return text;
  const { 0: word, index } = choices.of(found);
  return text.slice(0, index) + by(word) + text.slice(index + word.length);
}

/** A number that is not far from another. */
export const near = (value: number, choices: Choices): number =>
  choices.of([value + 1, value - 1, -value, value * 2, value * 1000, Math.floor(value / 2), value / 3]);
