import { bottleneckAmong } from '../analysis/bottleneck.ts';
import { conventionsOf, profile, totalsOf, type Profile, type ProfileOptions } from '../analysis/profile.ts';
import { ProfileError } from '../diagnostics.ts';
import type { GraphBuilder, Sketch } from '../graph/builder.ts';
import type { Graph } from '../graph/graph.ts';
import { Inference } from '../graph/inference.ts';
import type { DType } from '../ops/dtype.ts';
import { combined } from '../metrics/metric.ts';
import { COUNTS, type MetricId } from '../metrics/registry.ts';
import { QuantityError } from '../units.ts';
import { LAYER_COUNTS, LayerMemo } from './layerCounts.ts';
import { sketchedPeak } from './liveness.ts';

/** The numbers of a profile that a design is compared by. */
export interface NetworkCounts extends Pick<Profile, 'totals' | 'bottleneck'> {
  /** operators whose cost is not known: every total is too low by what they cost */
  readonly uncountedOperators: number;
}

/** The layers of a network, those that are alike known by one number. */
export interface KnownLayers {
  /** the network that was counted */
  readonly sketch: Sketch;
  /** by layer; the same number in every network of this memo and generation */
  readonly kinds: Int32Array;
  /** that numbers the kinds */
  readonly memo: LayerMemo;
  /** of the inference, with which numbers begin anew */
  readonly generation: number;
}

/** What is counted, and of which networks. */
export interface CounterOptions extends ProfileOptions {
  /** what is wanted; absent: all counts but those that need the network's objects */
  readonly metrics?: ReadonlySet<string>;
  /** the element type that stands for float32 in networks built with the counter's inference */
  readonly float32?: DType;
  /** operators, types and attributes that are kept for further networks, before all are forgotten */
  readonly remembered?: number;
}

/** More of them make no sweep faster, and fill the memory for longer. */
const MOST_INFERRED = 1 << 13;

/** Counts that need the network's objects: computed for those who ask for them only. */
const NEED_GRAPH: ReadonlySet<MetricId> = new Set(['arenaBytes', 'fileBytes']);

/** Counts networks that are alike, one after the other: as `profile` does, but what layers have in common once. */
export class NetworkCounter {
  /** that the networks are built with */
  readonly inference: Inference;
  readonly #options: ProfileOptions;
  readonly #metrics: ReadonlySet<string>;
  /** what is counted of each layer, and of these the positions in `COUNTS` */
  readonly #layerCounts: typeof LAYER_COUNTS;
  readonly #positions: readonly number[];
  /** by counting rules: those of files differ by their formats */
  readonly #memos = new Map<string, LayerMemo>();
  #last: KnownLayers | undefined;

  constructor(options: CounterOptions = {}) {
    const { metrics, float32, remembered = MOST_INFERRED } = options;
    this.inference = new Inference(remembered, float32);
    this.#options = options;
    this.#metrics = metrics ?? new Set(COUNTS.flatMap(({ id }) => (NEED_GRAPH.has(id) ? [] : [id])));
    // The bottleneck is a layer of most FLOPs.
    this.#layerCounts = LAYER_COUNTS.filter(({ id }) => id === 'flops' || this.#metrics.has(id));
    this.#positions = this.#layerCounts.map((metric) => COUNTS.indexOf(metric));
  }

  /** Those of the network that was counted last; undefined where it was counted as a whole. */
  get layers(): KnownLayers | undefined {
    return this.#last;
  }

  /**
   * What the network costs that was built here, best with this counter's `inference`.
   *
   * @throws ProfileError as `profile` does
   */
  count(builder: GraphBuilder): NetworkCounts {
    this.#last = undefined;
    const sketch = builder.inference === this.inference && !this.#needsGraph() ? builder.sketch() : undefined;
    if (sketch === undefined) return this.countGraph(builder.build());
    try {
      return this.#countSketch(sketch);
    } catch (error) {
      // Which layer passes 2^53 only the profile says.
      if (error instanceof QuantityError || error instanceof ProfileError) this.countGraph(builder.build());
      throw error;
    }
  }

  /**
   * The same of a graph that was not built here.
   *
   * @throws ProfileError as `profile` does
   */
  countGraph(graph: Graph): NetworkCounts {
    const { totals, bottleneck, coverage } = profile(graph, this.#options);
    const uncountedOperators = coverage.uncounted.reduce((sum, { count }) => sum + count, 0);
    return { totals, bottleneck, uncountedOperators };
  }

  #needsGraph(): boolean {
    for (const id of NEED_GRAPH) if (this.#metrics.has(id)) return true;
    return false;
  }

  #countSketch(sketch: Sketch): NetworkCounts {
    const { flops, cio } = conventionsOf(sketch, this.#options);
    const key = `${flops.id} ${cio.id}`;
    let memo = this.#memos.get(key);
    if (memo === undefined) this.#memos.set(key, (memo = new LayerMemo({ flops, cio }, this.#layerCounts)));
    const { generation } = this.inference;
    const kinds = memo.of(sketch, generation);
    this.#last = { sketch, kinds, memo, generation };
    const { numbers, width } = memo;
    const own = new Float64Array(width).fill(kinds.length === 0 ? 0 : Number.NaN);
    const work = new Float64Array(kinds.length);
    for (let index = 0; index < kinds.length; index++) {
      const begin = (kinds[index] as number) * width;
      for (let i = 0; i < width; i++) {
        const value = numbers[begin + i] as number;
        if (!Number.isNaN(value))
          own[i] = combined(this.#layerCounts[i]?.total ?? 'sum', own[i] as number, value);
      }
      work[index] = numbers[begin + FLOPS] as number;
    }
    const sums = new Float64Array(COUNTS.length).fill(Number.NaN);
    for (let i = 0; i < this.#positions.length; i++) sums[this.#positions[i] as number] = own[i] as number;
    if (this.#metrics.has('peakActivationBytes'))
      sums[PEAK] = kinds.length === 0 ? 0 : (sketchedPeak(sketch) ?? Number.NaN);
    return {
      totals: totalsOf(kinds.length, sums),
      bottleneck: bottleneckAmong(work),
      uncountedOperators: own[width - 1] as number,
    };
  }
}

const PEAK = COUNTS.findIndex(({ id }) => id === 'peakActivationBytes');
/** Of what is counted of a layer, the first. */
const FLOPS = 0;
