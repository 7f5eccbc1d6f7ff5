import { hardwareTotals, inDeviceType, widestType } from '../analysis/device/withDeviceCost.ts';
import type { Rule } from '../analysis/gate/rule.ts';
import { conventionsOf, type ProfileOptions } from '../analysis/profile.ts';
import type { ArrayDataflow, Device, UnverifiedFigure } from '../devices/device.ts';
import { ProfileError, formatDiagnostic, problem, type Diagnostic } from '../diagnostics.ts';
import { GraphBuilder } from '../graph/builder.ts';
import { withDType, type Graph } from '../graph/graph.ts';
import { Inference } from '../graph/inference.ts';
import type { HardwareOptions } from '../metrics/hardware.ts';
import { HARDWARE_METRICS } from '../metrics/registry.ts';
import type { DType } from '../ops/dtype.ts';
import { ShapeMemo } from '../latency/shapeMemo.ts';
import { NetworkCounter, type KnownLayers, type NetworkCounts } from './counts.ts';
import { isLayerwise, LayerHardware } from './layerHardware.ts';
import type { DesignRow, Values } from './row.ts';
import type { AxisKind, AxisValue, DesignSpace } from './space.ts';

/** Where the networks of a sweep come from. */
export interface NetworkSource {
  /**
   * The network at these values, by the names of the axes: built with the inference, or read.
   *
   * @throws ProfileError where there is none
   */
  readonly network: (
    values: Values,
    inference: Inference,
  ) => GraphBuilder | Graph | Promise<GraphBuilder | Graph>;
  /** the arguments of `csp-profile analyze` that give the same network */
  readonly command: (values: Values) => string;
}

/** What a sweep says of each design. */
export interface SweepSettings extends ProfileOptions {
  /** names of the numbers: ids of metrics, or `bottleneck.share` */
  readonly metrics: readonly string[];
  /** what a design has to keep */
  readonly constraints?: readonly Rule[];
  /** by the values of the axis `device` */
  readonly devices?: ReadonlyMap<string, Device>;
  /** how layers use the buffer, and the energies of operations */
  readonly hardware?: Omit<HardwareOptions, 'device' | 'bufferBytes' | 'kernels'>;
  /** further numbers of a design, such as a measured accuracy */
  readonly joined?: (values: Values) => Values;
  /** what the rows depend on, in short */
  readonly fingerprint: string;
}

/** Numbers of a row that are no totals of the profile. */
const OF_COUNTS: Readonly<Record<string, (counts: NetworkCounts) => number | undefined>> = {
  uncountedOperators: ({ uncountedOperators }) => uncountedOperators,
  bottleneckFlops: ({ bottleneck }) => bottleneck?.flops,
  bottleneckShare: ({ bottleneck }) => bottleneck?.share,
  bottleneckMaxOverMean: ({ bottleneck }) => bottleneck?.maxOverMean,
};

/** Computes the rows of a sweep, one design after the other: what designs have in common once. */
export class DesignEvaluator {
  readonly #space: DesignSpace;
  readonly #source: NetworkSource;
  readonly #settings: SweepSettings;
  readonly #hardwareMetrics: readonly (typeof HARDWARE_METRICS)[number][];
  /** by element type */
  readonly #counters = new Map<DType, NetworkCounter>();
  readonly #memo = new ShapeMemo();
  /** how many designs after each other are of one network */
  readonly #perNetwork: number;
  readonly #devices = new Map<string, Device>();
  /** by device and buffer */
  readonly #hardware = new Map<Device | undefined, Map<AxisValue | undefined, HardwareSetting>>();
  #last: { readonly network: number; readonly byType: Map<DType, Built> } | undefined;

  constructor(space: DesignSpace, source: NetworkSource, settings: SweepSettings) {
    this.#space = space;
    this.#source = source;
    this.#settings = settings;
    this.#hardwareMetrics = HARDWARE_METRICS.filter(({ id }) => settings.metrics.includes(id));
    this.#perNetwork = space.axes
      .filter(({ kind }) => HARDWARE_AXES.has(kind))
      .reduce((product, { values }) => product * values.length, 1);
  }

  /** The row of a design; what is wrong with it is in the row. */
  async row(index: number): Promise<DesignRow> {
    const values = this.#space.valuesAt(index);
    const design = this.#source.command(values);
    const about = { index, design, sweep: this.#settings.fingerprint, ...values };
    try {
      const numbers = Object.assign(await this.#numbers(index, values), this.#settings.joined?.(values));
      const infeasible = this.#settings.constraints && this.#broken({ ...values, ...numbers });
      const row = Object.assign({}, about, numbers);
      return infeasible === undefined ? row : Object.assign(row, { infeasible });
    } catch (error) {
      if (!(error instanceof ProfileError)) throw error;
      return { ...about, error: formatDiagnostic(error.diagnostics[0] as Diagnostic) };
    }
  }

  /**
   * The order of the axes, the slowest first, in which designs one after the other have the most in common: an axis that
   * changes many operators of a network changes seldom.
   */
  async sharingOrder(): Promise<readonly number[]> {
    const { axes } = this.#space;
    const inference = new Inference(Infinity);
    const first = axes.map(() => 0);
    const added: number[] = [];
    for (const [axis, { kind, values }] of [{ kind: 'model' as const, values: [''] }, ...axes].entries()) {
      const positions = first.map((position, i) => (i === axis - 1 ? values.length - 1 : position));
      const before = inference.operators;
      try {
        if (!HARDWARE_AXES.has(kind))
          await this.#source.network(this.#space.valuesAt(this.#space.indexOf(positions)), inference);
      } catch (error) {
        // Which designs there are not, their rows will say.
        if (!(error instanceof ProfileError)) throw error;
      }
      if (axis > 0) added.push(inference.operators - before);
    }
    return [...axes.keys()].sort((a, b) => (added[b] as number) - (added[a] as number) || a - b);
  }

  async #numbers(index: number, values: Values): Promise<Record<string, number | undefined>> {
    const { devices, metrics } = this.#settings;
    const device = this.#deviceOf(devices?.get(String(values['device'])), values['array']);
    const built = await this.#built(Math.floor(index / this.#perNetwork), values, device);
    const numbers: Record<string, number | undefined> = {};
    for (const name of metrics) {
      const ofCounts = Object.hasOwn(OF_COUNTS, name) ? OF_COUNTS[name] : undefined;
      numbers[name] = ofCounts ? ofCounts(built.counts) : built.counts.totals[name as 'layers'];
    }
    const { buffer } = values;
    if (device === undefined && buffer === undefined) return numbers;
    const hardware = this.#hardwareOf(device, buffer);
    const { layers } = built;
    const known = layers && hardware.layerwise?.totals(layers, conventionsOf(layers.sketch, this.#settings));
    return Object.assign(numbers, known ?? this.#whole(built.graph(), hardware.options));
  }

  #whole(graph: Graph, options: HardwareOptions) {
    const { flops, cio } = conventionsOf(graph, this.#settings);
    return hardwareTotals(graph, { flops: flops.id, cio: cio.id }, options, this.#hardwareMetrics);
  }

  #hardwareOf(device: Device | undefined, buffer: AxisValue | undefined): HardwareSetting {
    let byBuffer = this.#hardware.get(device);
    if (byBuffer === undefined)
      this.#hardware.set(device, (byBuffer = new Map<AxisValue | undefined, HardwareSetting>()));
    let setting = byBuffer.get(buffer);
    if (setting === undefined) {
      const options = {
        ...this.#settings.hardware,
        memo: this.#memo,
        ...(device === undefined ? {} : { device }),
        ...(typeof buffer === 'number' ? { bufferBytes: buffer } : {}),
      };
      const metrics = this.#hardwareMetrics;
      setting = isLayerwise(options, metrics)
        ? { options, layerwise: new LayerHardware(options, metrics) }
        : { options };
      byBuffer.set(buffer, setting);
    }
    return setting;
  }

  /** The network, in an element type that the device computes in; kept for the designs that follow. */
  async #built(network: number, values: Values, device: Device | undefined): Promise<Built> {
    const asked = values['dtype'];
    const wanted =
      typeof asked === 'string'
        ? (asked as DType)
        : device === undefined || device.peak.float32 !== undefined
          ? 'float32'
          : (widestType(device) ?? 'float32');
    if (this.#last?.network !== network) this.#last = { network, byType: new Map() };
    const { byType } = this.#last;
    let built = byType.get(wanted);
    if (built === undefined) {
      let counter = this.#counters.get(wanted);
      if (counter === undefined) {
        const { metrics, flops, cio } = this.#settings;
        counter = new NetworkCounter({
          ...(flops === undefined ? {} : { flops }),
          ...(cio === undefined ? {} : { cio }),
          metrics: new Set(metrics),
          float32: wanted,
        });
        this.#counters.set(wanted, counter);
      }
      counter.inference.trim();
      const made = await this.#source.network(values, counter.inference);
      built =
        made instanceof GraphBuilder ? builtOf(made, counter) : readOf(made, counter, wanted, asked, device);
      byType.set(wanted, built);
    }
    return built;
  }

  #deviceOf(device: Device | undefined, array: AxisValue | undefined): Device | undefined {
    if (device === undefined || typeof array !== 'string') return device;
    const key = `${device.id} ${array}`;
    let changed = this.#devices.get(key);
    if (changed === undefined) this.#devices.set(key, (changed = withArray(device, array)));
    return changed;
  }

  #broken(values: Values): string | undefined {
    for (const rule of this.#settings.constraints ?? []) {
      const holds = rule.holds((name) => {
        const value = values[name] ?? values[camelCased(name)];
        return typeof value === 'number' ? value : undefined;
      });
      if (typeof holds === 'object') return `${rule.expression}: ${holds.problem}`;
      if (!holds) return rule.expression;
    }
    return undefined;
  }
}

/** A device and a buffer, and how networks are costed on them. */
interface HardwareSetting {
  readonly options: HardwareOptions;
  /** absent where networks are costed as a whole */
  readonly layerwise?: LayerHardware;
}

/** A network that was counted. */
interface Built {
  readonly counts: NetworkCounts;
  /** absent where it was counted as a whole */
  readonly layers?: KnownLayers | undefined;
  readonly graph: () => Graph;
}

function builtOf(builder: GraphBuilder, counter: NetworkCounter): Built {
  let graph: Graph | undefined;
  const counts = counter.count(builder);
  return { counts, layers: counter.layers, graph: () => (graph ??= builder.build()) };
}

function readOf(
  read: Graph,
  counter: NetworkCounter,
  wanted: DType,
  asked: AxisValue | undefined,
  device: Device | undefined,
): Built {
  const graph =
    asked !== undefined ? withDType(read, wanted) : device === undefined ? read : inDeviceType(read, device);
  return { counts: counter.countGraph(graph), graph: () => graph };
}

/** `bottleneck.share` as rows have it: `bottleneckShare`. */
export const camelCased = (name: string): string =>
  name.replace(/\.(.)/, (_, first: string) => first.toUpperCase());

const HARDWARE_AXES: ReadonlySet<AxisKind> = new Set(['device', 'array', 'buffer']);

/** The device with an array of other extents: `32x16`, or `32x16:ws` with another dataflow. */
function withArray(device: Device, text: string): Device {
  const [, rows = '', columns = '', dataflow = device.array?.dataflow] =
    /^([0-9]+)x([0-9]+)(?::(ws|os|is|rs))?$/.exec(text) ?? [];
  if (dataflow === undefined || Number(rows) < 1 || Number(columns) < 1) {
    throw new ProfileError(
      problem(
        'CSP810',
        `${text} is no array of ${device.id}`,
        'write its rows, columns and dataflow (os, ws, is or rs): 32x32:ws',
      ),
    );
  }
  const figure = (value: string): UnverifiedFigure<'1'> => ({
    value: Number(value),
    unit: '1',
    status: 'unverified',
    note: 'an axis of the sweep',
  });
  return {
    ...device,
    array: { rows: figure(rows), columns: figure(columns), dataflow: dataflow as ArrayDataflow },
  };
}
