/** One class of the histogram: how many layers compute this much. */
export interface HistogramBin {
  /** FLOPs, included */
  readonly from: number;
  /** FLOPs, excluded but for the last bin */
  readonly to: number;
  /** how many layers compute this much */
  readonly layers: number;
}

/** The computational bottleneck: the costliest layer, and how evenly the work is spread. */
export interface Bottleneck {
  /** index of the layer with the most FLOPs */
  readonly layer: number;
  /** FLOPs of that layer, by the profile's convention */
  readonly flops: number;
  /** of the network's FLOPs, 0 to 1 */
  readonly share: number;
  /** its FLOPs over the mean of the layers that compute */
  readonly maxOverMean: number;
  /** layers that compute, by FLOPs, in ten bins of equal width from 0 to the maximum */
  readonly histogram: readonly HistogramBin[];
}

const BINS = 10;

/** What of a layer's row the bottleneck depends on. */
interface Costed {
  readonly index: number;
  readonly flops?: number;
}

/**
 * The bottleneck among rows; undefined where no layer computes anything.
 *
 * @source arXiv 1911.11929, figure 7: the horizontal line is the maximum
 */
export function bottleneckOf(rows: readonly Costed[]): Bottleneck | undefined {
  const flops = new Float64Array(rows.length);
  for (let i = 0; i < flops.length; i++) flops[i] = (rows[i] as Costed).flops ?? Number.NaN;
  const found = bottleneckAmong(flops);
  return found && { ...found, layer: (rows[found.layer] as Costed).index };
}

/** The same of FLOPs by layer, not a number where they are not known. */
export function bottleneckAmong(flops: Float64Array): Bottleneck | undefined {
  let layer = -1;
  let maximum = 0;
  let total = 0;
  let computing = 0;
  for (let i = 0; i < flops.length; i++) {
    const own = flops[i] as number;
    if (!(own > 0)) continue;
    total += own;
    computing++;
    if (own > maximum) {
      maximum = own;
      layer = i;
    }
  }
  if (layer === -1) return undefined;
  const counts = new Array<number>(BINS).fill(0);
  for (let i = 0; i < flops.length; i++) {
    const own = flops[i] as number;
    if (!(own > 0)) continue;
    const bin = Math.min(BINS - 1, Math.floor((own * BINS) / maximum));
    counts[bin] = (counts[bin] as number) + 1;
  }
  return {
    layer,
    flops: maximum,
    share: maximum / total,
    maxOverMean: (maximum * computing) / total,
    histogram: counts.map((layers, i) => ({
      from: (maximum * i) / BINS,
      to: (maximum * (i + 1)) / BINS,
      layers,
    })),
  };
}
