import stringWidth from 'fast-string-width';

/** Terminal columns that the widest of these texts takes. */
export function columnWidth(texts: readonly string[]): number {
  let widest = 0;
  for (const text of texts) widest = Math.max(widest, stringWidth(text));
  return widest;
}

export function padCell(text: string, width: number, align: 'left' | 'right'): string {
  const space = ' '.repeat(Math.max(0, width - stringWidth(text)));
  return align === 'right' ? space + text : text + space;
}

/** The text cut to `width` terminal columns, an ellipsis for what is gone. */
export function shorten(text: string, width: number): string {
  if (stringWidth(text) <= width) return text;
  let kept = '';
  for (const character of text) {
    if (stringWidth(kept + character) > width - 1) break;
    kept += character;
  }
  return `${kept}…`;
}
