import anyWidth from 'fast-string-width';

/** Characters that take one column each: Latin ones, dashes, the ellipsis, the blocks that bars are made of. */
const NARROW = /^[ -~\u00a0-\u00ff\u2013\u2014\u2026\u2580-\u259f]*$/;

/** Terminal columns that a text takes. */
export const textWidth = (text: string): number => (NARROW.test(text) ? text.length : anyWidth(text));

/** Terminal columns that the widest of these texts takes. */
export function columnWidth(texts: readonly string[]): number {
  let widest = 0;
  for (const text of texts) widest = Math.max(widest, textWidth(text));
  return widest;
}

export function padCell(text: string, width: number, align: 'left' | 'right'): string {
  const space = ' '.repeat(Math.max(0, width - textWidth(text)));
  return align === 'right' ? space + text : text + space;
}

/** The text cut to `width` terminal columns, an ellipsis for what is gone. */
export function shorten(text: string, width: number): string {
  if (textWidth(text) <= width) return text;
  let kept = '';
  for (const character of text) {
    if (textWidth(kept + character) > width - 1) break;
    kept += character;
  }
  return `${kept}…`;
}

/** The text cut to `width` terminal columns in its middle: what tells names apart stands at their ends. */
export function shortenMiddle(text: string, width: number): string {
  if (textWidth(text) <= width) return text;
  const characters = Array.from(text);
  const head = Math.floor((width - 1) / 3);
  let tail = '';
  let start = '';
  for (const character of characters.reverse()) {
    if (textWidth(character + tail) > width - 1 - head) break;
    tail = character + tail;
  }
  for (const character of characters.reverse()) {
    if (textWidth(start + character) > head) break;
    start += character;
  }
  return `${start}…${tail}`;
}

/** What all of these names begin with, up to a slash or a dot: it tells none from another. */
export function commonPath(names: readonly string[]): string {
  const [first = ''] = names;
  if (names.length < 2) return '';
  let length = first.length;
  for (let i = 1; i < names.length && length > 0; i++) {
    const name = names[i] as string;
    let same = 0;
    while (same < length && name.charCodeAt(same) === first.charCodeAt(same)) same++;
    length = same;
  }
  const common = first.slice(0, length);
  return common.slice(0, Math.max(common.lastIndexOf('/'), common.lastIndexOf('.')) + 1);
}
