import { plain } from './format.ts';

/** A sentence in lines of at most `width` characters, broken at spaces, each safe where it begins a line. */
export function wrapped(text: string, width: number): readonly string[] {
  const lines = [''];
  for (const word of plain(text).split(' ')) {
    const last = lines.length - 1;
    const line = lines[last] as string;
    if (line === '') lines[last] = word;
    else if (line.length + 1 + word.length <= width) lines[last] = `${line} ${word}`;
    else lines.push(word);
  }
  return lines.map(plain);
}
