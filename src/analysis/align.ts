import type { ProfileRow } from './profile.ts';

export type Aligned = readonly [a: ProfileRow | undefined, b: ProfileRow | undefined];

/**
 * What makes two layers the same, from the strictest likeness to the loosest: the name that a person gave, then
 * the whole structure, then operator and width at another resolution, then the kind alone.
 */
const LIKENESSES: readonly ((row: ProfileRow) => string | undefined)[] = [
  (row) => (hasOwnName(row) ? `${row.kind} ${row.name.replace(QUANTISED, '')}` : undefined),
  (row) =>
    `${row.kind} ${String(row.detail)} ${String(row.weights)} ${shapes(row.inputs)} ${shapes(row.outputs)}`,
  (row) => `${row.kind} ${String(row.detail)} ${String(row.weights)}`,
  (row) => row.kind,
];

/** Maps and their extents in any order, those of 1 left out: how a format lays out its maps is no difference. */
const extents = (list: readonly (readonly number[])[]): string =>
  list
    .map((shape) =>
      shape
        .filter((extent) => extent !== 1)
        .sort((a, b) => a - b)
        .join('x'),
    )
    .sort()
    .join(' ');

/** What a layer is, whatever its place, and however its maps lie. */
const structure = (row: ProfileRow): string =>
  `${row.kind} ${String(row.detail)} ${String(row.weights)} ${extents(row.inputs)} ${extents(row.outputs)}`;

/** The same of what may stand elsewhere; a window of one axis is one of two axes in some formats. */
const place = (row: ProfileRow): string =>
  `${row.kind} ${String(row.weights)} ${String(row.macs)} ${extents(row.inputs)} ${extents(row.outputs)}`;

/** The same between formats: before the kinds count the maps and the work, for one operator may be several there. */
const BETWEEN_FORMATS: typeof LIKENESSES = [
  ...LIKENESSES.slice(0, 1),
  structure,
  (row) => `${extents(row.inputs)} ${extents(row.outputs)} ${String(row.weights)} ${String(row.macs)}`,
  ...LIKENESSES.slice(2),
];

/**
 * What quantisers put behind the name of a node that they replace, or of its result where it has none.
 *
 * @source onnxruntime 1.30 onnxruntime/python/tools/quantization: operators/*.py (`_quant`; a Gemm that is quantised
 *   when it runs becomes `_MatMul_quant`), quant_utils.py (`_quantized`), qdq_quantizer.py (an output of the network
 *   becomes `_QuantizeLinear_Input`), matmul_nbits_quantizer.py (`_Q4`, between QDQ `_matmul_Q4`),
 *   matmul_bnb4_quantizer.py (`_Bnb4`)
 */
const QUANTISED =
  /(?:(?:_MatMul)?(?:_quant|(?:_output)?_quantized)|_QuantizeLinear_Input|(?:_matmul)?_Q\d|_Bnb4)$/;

/** A name that only says where the layer stands (`conv12`) tells nothing across networks. */
const hasOwnName = ({ name, kind, index, origin }: ProfileRow): boolean =>
  kind === 'module' ||
  (!name.endsWith(String(index)) && (origin.index === undefined || !name.endsWith(String(origin.index))));

const shapes = (list: readonly (readonly number[])[]): string =>
  list.map((shape) => shape.join('x')).join(' ');

/** More cells than this in the table of the longest common subsequence are not worth their time. */
const MOST_CELLS = 2 ** 25;

/**
 * The layers of two networks side by side, each exactly once: in order, but for what stands elsewhere in another
 * format.
 *
 * Where several alignments are equally long the choice does not depend on which network comes first, so that
 * exchanging them exchanges the sides.
 *
 * @param options.betweenFormats the networks are of files that name and divide operators differently
 */
export function align(
  a: readonly ProfileRow[],
  b: readonly ProfileRow[],
  options: { readonly betweenFormats?: boolean } = {},
): readonly Aligned[] {
  const aligned = options.betweenFormats === true ? alignAnyOrder : alignInOrder;
  const [keyA, keyB] = [signature(a), signature(b)];
  if (keyA <= keyB) return aligned(a, b);
  return aligned(b, a).map(([rowB, rowA]): Aligned => [rowA, rowB]);
}

const alignInOrder = (a: readonly ProfileRow[], b: readonly ProfileRow[]): readonly Aligned[] =>
  alignFrom(LIKENESSES, a, b);

/** Converters put the branches of a network in an order of their own: what is left over is paired across it. */
function alignAnyOrder(a: readonly ProfileRow[], b: readonly ProfileRow[]): readonly Aligned[] {
  const pairs = alignFrom(BETWEEN_FORMATS, a, b);
  const left = new Map<string, ProfileRow[]>();
  for (const [rowA, rowB] of pairs) {
    if (rowA !== undefined || rowB === undefined) continue;
    const key = place(rowB);
    const list = left.get(key);
    if (list === undefined) left.set(key, [rowB]);
    else list.push(rowB);
  }
  const moved = new Set<ProfileRow>();
  const found = pairs.map(([rowA, rowB]): Aligned => {
    const other = rowA === undefined || rowB !== undefined ? undefined : left.get(place(rowA))?.shift();
    if (other !== undefined) moved.add(other);
    return [rowA, rowB ?? other];
  });
  return found.filter(([rowA, rowB]) => rowA !== undefined || rowB === undefined || !moved.has(rowB));
}

const signature = (rows: readonly ProfileRow[]): string =>
  rows.map((row) => `${row.name} ${String(LIKENESSES[1]?.(row))}`).join('\n');

/** Layers alike are fixed points; what lies between them is aligned by the next, looser likeness. */
function alignFrom(
  [likeness, ...looser]: typeof LIKENESSES,
  a: readonly ProfileRow[],
  b: readonly ProfileRow[],
): readonly Aligned[] {
  if (likeness === undefined || a.length === 0 || b.length === 0) {
    return [...a.map((row): Aligned => [row, undefined]), ...b.map((row): Aligned => [undefined, row])];
  }
  const result: Aligned[] = [];
  let [fromA, fromB] = [0, 0];
  const gap = (toA: number, toB: number): void => {
    for (const pair of alignFrom(looser, a.slice(fromA, toA), b.slice(fromB, toB))) result.push(pair);
  };
  for (const [i, j] of commonSubsequence(a.map(likeness), b.map(likeness))) {
    gap(i, j);
    result.push([a[i], b[j]]);
    [fromA, fromB] = [i + 1, j + 1];
  }
  gap(a.length, b.length);
  return result;
}

type Keys = readonly (string | undefined)[];

/** Index pairs of the longest common subsequence; entries without a key are like none. */
function commonSubsequence(a: Keys, b: Keys): (readonly [number, number])[] {
  const alike = (i: number, j: number): boolean => a[i] !== undefined && a[i] === b[j];
  let start = 0;
  while (start < a.length && start < b.length && alike(start, start)) start++;
  let end = 0;
  while (end < a.length - start && end < b.length - start && alike(a.length - 1 - end, b.length - 1 - end)) {
    end++;
  }
  const head = Array.from({ length: start }, (_, i) => [i, i] as const);
  const tail = Array.from({ length: end }, (_, i) => [a.length - end + i, b.length - end + i] as const);
  return [...head, ...middle(start, a.length - end, b.length - end, alike), ...tail];
}

/** The part between a common start and a common end, by the classic table of lengths. */
function middle(
  start: number,
  endA: number,
  endB: number,
  alike: (i: number, j: number) => boolean,
): (readonly [number, number])[] {
  const [rows, columns] = [endA - start, endB - start];
  if (rows * columns === 0 || rows * columns > MOST_CELLS) return [];
  const width = columns + 1;
  const lengths = new Uint32Array((rows + 1) * width);
  const at = (i: number, j: number): number => lengths[i * width + j] as number;
  for (let i = rows - 1; i >= 0; i--) {
    for (let j = columns - 1; j >= 0; j--) {
      lengths[i * width + j] = alike(start + i, start + j)
        ? at(i + 1, j + 1) + 1
        : Math.max(at(i + 1, j), at(i, j + 1));
    }
  }
  const pairs: (readonly [number, number])[] = [];
  for (let [i, j] = [0, 0]; i < rows && j < columns;) {
    if (alike(start + i, start + j)) pairs.push([start + i++, start + j++]);
    else if (at(i + 1, j) >= at(i, j + 1)) i++;
    else j++;
  }
  return pairs;
}
