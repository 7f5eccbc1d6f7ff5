import { convGeometry, type ConvLayer } from '../../src/latency/convLayer.ts';
import type { TrafficOptions } from '../../src/latency/traffic.ts';

type Interval = readonly [from: number, to: number];

/**
 * The least traffic by brute force: every tile size, every loop order, each walked iteration by iteration
 * with one tile of each operand on chip; what is not there is loaded, unfinished sums are written and read back.
 */
export function bruteForceTraffic(layer: ConvLayer, options: Required<TrafficOptions>): number | undefined {
  const { batch, groups, groupInputs, groupOutputs, input, output, window, taps } = convGeometry(layer);
  const [outH = NaN, outW = NaN] = output;
  const { dtypeBytes, psumBytes, haloReuse } = options;
  const bytesOf =
    typeof dtypeBytes === 'number'
      ? { input: dtypeBytes, weights: dtypeBytes, output: dtypeBytes }
      : dtypeBytes;
  const size = options.doubleBuffering ? options.bufferBytes / 2 : options.bufferBytes;

  const tileWindow = (axis: number, first: number, end: number): Interval => {
    const [k, s, d, p, extent] = [
      window.kernel[axis] ?? NaN,
      window.stride[axis] ?? NaN,
      window.dilation[axis] ?? NaN,
      window.padding.begin[axis] ?? NaN,
      input[axis] ?? NaN,
    ];
    const from = Math.max(0, first * s - p);
    return [from, Math.max(from, Math.min(extent, (end - 1) * s - p + (k - 1) * d + 1))];
  };
  const cut = (extent: number, tile: number): Interval[] => {
    const pieces: Interval[] = [];
    for (let first = 0; first < extent; first += tile) pieces.push([first, Math.min(extent, first + tile)]);
    return pieces;
  };
  const length = ([from, to]: Interval): number => to - from;
  const upTo = (n: number): number[] => Array.from({ length: n }, (_, i) => i + 1);

  let least: number | undefined;
  for (const Tn of upTo(batch))
    for (const Th of upTo(outH))
      for (const Tw of upTo(outW)) {
        const images = cut(batch, Tn);
        const rows = cut(outH, Th).map((piece) => ({ piece, window: tileWindow(0, ...piece) }));
        const columns = cut(outW, Tw).map((piece) => ({ piece, window: tileWindow(1, ...piece) }));
        const positions = (columnsInside: boolean): { n: number; h: number; w: number }[] =>
          images.flatMap((_, n) =>
            columnsInside
              ? rows.flatMap((_r, h) => columns.map((_c, w) => ({ n, h, w })))
              : columns.flatMap((_c, w) => rows.map((_r, h) => ({ n, h, w }))),
          );
        const span =
          Tn *
          Math.max(...rows.map((row) => length(row.window))) *
          Math.max(...columns.map((c) => length(c.window)));
        for (const Tm of upTo(groupOutputs))
          for (const Tc of upTo(groupInputs)) {
            const sumBytes = Tc >= groupInputs ? bytesOf.output : psumBytes;
            const operands = Tc * span * bytesOf.input + Tm * Tc * taps * bytesOf.weights;
            if (operands + Tm * Tn * Th * Tw * sumBytes > size) continue;
            for (const order of ['mcx', 'mxc', 'cmx', 'cxm', 'xmc', 'xcm']) {
              for (const columnsInside of haloReuse ? [true, false] : [true]) {
                const total = walk(
                  order,
                  positions(columnsInside),
                  cut(groupOutputs, Tm),
                  cut(groupInputs, Tc),
                );
                if (least === undefined || total < least) least = total;
              }
            }

            function walk(
              order: string,
              xs: { n: number; h: number; w: number }[],
              ms: Interval[],
              cs: Interval[],
            ): number {
              let bytes = 0;
              let held: { x: (typeof xs)[number]; c: number } | undefined;
              let weightTile = '';
              let sumTile: string | undefined;
              const progress = new Map<string, number>();
              const sumElements = new Map<string, number>();
              const extents: Record<string, number> = { m: ms.length, c: cs.length, x: xs.length };
              const [outer = '', middle = '', inner = ''] = order;
              const at: Record<string, number> = {};
              const leave = (): void => {
                if (sumTile === undefined) return;
                const done = (progress.get(sumTile) ?? NaN) === groupInputs;
                bytes += (sumElements.get(sumTile) ?? NaN) * (done ? bytesOf.output : psumBytes);
              };
              for (
                at[outer] = 0;
                (at[outer] ?? NaN) < (extents[outer] ?? NaN);
                at[outer] = (at[outer] ?? NaN) + 1
              )
                for (
                  at[middle] = 0;
                  (at[middle] ?? NaN) < (extents[middle] ?? NaN);
                  at[middle] = (at[middle] ?? NaN) + 1
                )
                  for (
                    at[inner] = 0;
                    (at[inner] ?? NaN) < (extents[inner] ?? NaN);
                    at[inner] = (at[inner] ?? NaN) + 1
                  ) {
                    const c = at['c'] ?? NaN;
                    const m = at['m'] ?? NaN;
                    const x = xs[at['x'] ?? NaN];
                    const channels = cs[c];
                    const filters = ms[m];
                    if (x === undefined || channels === undefined || filters === undefined)
                      throw new Error('walked off');
                    const image = images[x.n];
                    const row = rows[x.h];
                    const column = columns[x.w];
                    if (image === undefined || row === undefined || column === undefined)
                      throw new Error('walked off');

                    if (held?.x !== x || held.c !== c) {
                      let height = length(row.window);
                      let width = length(column.window);
                      if (haloReuse && held?.c === c && held.x.n === x.n) {
                        const fresh = (now: Interval, before: Interval | undefined): number =>
                          Math.max(0, now[1] - Math.max(now[0], before?.[1] ?? 0));
                        if (held.x.h === x.h && held.x.w + 1 === x.w)
                          width = fresh(column.window, columns[held.x.w]?.window);
                        if (held.x.w === x.w && held.x.h + 1 === x.h)
                          height = fresh(row.window, rows[held.x.h]?.window);
                      }
                      bytes += length(image) * height * width * length(channels) * bytesOf.input;
                      held = { x, c };
                    }
                    if (weightTile !== `${String(m)},${String(c)}`) {
                      bytes += length(filters) * length(channels) * taps * bytesOf.weights;
                      weightTile = `${String(m)},${String(c)}`;
                    }
                    const tile = `${String(m)},${String(x.n)},${String(x.h)},${String(x.w)}`;
                    if (tile !== sumTile) {
                      leave();
                      sumTile = tile;
                      const count =
                        length(filters) * length(image) * length(row.piece) * length(column.piece);
                      sumElements.set(tile, count);
                      if (progress.has(tile)) bytes += count * psumBytes;
                      else progress.set(tile, 0);
                    }
                    progress.set(tile, (progress.get(tile) ?? NaN) + length(channels));
                  }
              leave();
              return bytes;
            }
          }
      }
  return least === undefined ? undefined : least * groups;
}
