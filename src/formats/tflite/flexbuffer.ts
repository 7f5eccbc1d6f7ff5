/** Types of FlexBuffers that are read. */
const TYPE = { int: 1, uint: 2, map: 9, bool: 26 } as const;

/**
 * The whole numbers of a FlexBuffers map, by key: what custom operators have as options. Empty where the bytes are no
 * such map.
 *
 * @source google/flatbuffers, docs/source/internals.md (FlexBuffers)
 */
export function wholeNumbers(bytes: Uint8Array): ReadonlyMap<string, number> {
  const found = new Map<string, number>();
  const decoder = new TextDecoder();
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const unsigned = (at: number, width: number): number => {
    if (!(at >= 0 && at + width <= bytes.length)) return Number.NaN;
    if (width === 1) return view.getUint8(at);
    if (width === 2) return view.getUint16(at, true);
    return width === 4 ? view.getUint32(at, true) : Number(view.getBigUint64(at, true));
  };
  const rootWidth = unsigned(bytes.length - 1, 1);
  const rootType = unsigned(bytes.length - 2, 1);
  if (rootType >> 2 !== TYPE.map || ![1, 2, 4, 8].includes(rootWidth)) return found;
  const root = bytes.length - 2 - rootWidth;
  const values = root - unsigned(root, rootWidth);
  const width = 1 << (rootType & 3);
  const keyPlace = values - 3 * width;
  const keys = keyPlace - unsigned(keyPlace, width);
  const keyWidth = unsigned(values - 2 * width, width);
  const count = unsigned(values - width, width);
  if (!(values + count * (width + 1) <= bytes.length && [1, 2, 4, 8].includes(keyWidth))) return found;
  for (let i = 0; i < count; i++) {
    const at = keys + i * keyWidth;
    const start = at - unsigned(at, keyWidth);
    const end = bytes.indexOf(0, start);
    const type = unsigned(values + count * width + i, 1) >> 2;
    const isWhole = type === TYPE.int || type === TYPE.uint || type === TYPE.bool;
    if (!(start >= 0 && end >= start) || !isWhole) continue;
    found.set(decoder.decode(bytes.subarray(start, end)), unsigned(values + i * width, width));
  }
  return found;
}
