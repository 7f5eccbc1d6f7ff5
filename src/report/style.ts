/** Terminal styles; plain text where there is no colour. */
export interface Styles {
  readonly bold: (text: string) => string;
  readonly dim: (text: string) => string;
  readonly accent: (text: string) => string;
  readonly warn: (text: string) => string;
  readonly good: (text: string) => string;
  readonly bad: (text: string) => string;
}

export const styles = (color: boolean): Styles => {
  const paint = (open: number, close: number) => (text: string) =>
    color && text !== '' ? `\u001b[${String(open)}m${text}\u001b[${String(close)}m` : text;
  return {
    bold: paint(1, 22),
    dim: paint(2, 22),
    accent: paint(36, 39),
    warn: paint(33, 39),
    good: paint(32, 39),
    bad: paint(31, 39),
  };
};

const EIGHTHS = ['', '▏', '▎', '▍', '▌', '▋', '▊', '▉'] as const;

/** A bar of `share` (0 to 1) of `width` characters, to an eighth of a character. */
export function unicodeBar(share: number, width: number): string {
  const eighths = Math.round(Math.min(Math.max(share, 0), 1) * width * 8);
  return '█'.repeat(Math.floor(eighths / 8)) + (EIGHTHS[eighths % 8] ?? '');
}
