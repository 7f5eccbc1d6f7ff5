/** No file that is read here nests deeper, */
const DEEPEST = 64;
/** and none has more entries: a network of 100,000 layers has a tenth. */
const MOST_ENTRIES = 2 ** 23;

const [QUOTE, BACKSLASH, COMMA] = [0x22, 0x5c, 0x2c];
const [OPEN_LIST, CLOSE_LIST, OPEN_OBJECT, CLOSE_OBJECT] = [0x5b, 0x5d, 0x7b, 0x7d];

/**
 * The value of a JSON text, a byte order mark before it passed over.
 *
 * @throws SyntaxError where it is no JSON, and before anything is made of it where it is nested too deep or too large
 */
export function parseJson(text: string): unknown {
  let [depth, entries] = [0, 0];
  for (let at = 0; at < text.length; at++) {
    switch (text.charCodeAt(at)) {
      case QUOTE:
        at = endOfString(text, at);
        break;
      case OPEN_LIST:
      case OPEN_OBJECT:
        if (++depth > DEEPEST)
          throw new SyntaxError(`nested more than ${String(DEEPEST)} deep at position ${String(at)}`);
        entries++;
        break;
      case CLOSE_LIST:
      case CLOSE_OBJECT:
        depth--;
        break;
      case COMMA:
        entries++;
        break;
    }
  }
  if (entries > MOST_ENTRIES) throw new SyntaxError(`more than ${String(MOST_ENTRIES)} entries`);
  return JSON.parse(text.charCodeAt(0) === 0xfeff ? text.slice(1) : text);
}

/** Where a string ends that begins here; the end of the text where it does not. */
function endOfString(text: string, start: number): number {
  for (let at = start + 1; ; at++) {
    at = text.indexOf('"', at);
    if (at === -1) return text.length;
    let escapes = 0;
    while (text.charCodeAt(at - 1 - escapes) === BACKSLASH) escapes++;
    if (escapes % 2 === 0) return at;
  }
}
