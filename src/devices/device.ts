import type { DType } from '../ops/dtype.ts';
import type { EnergyTable } from './energyTable.ts';

/** Units that figures of a device come in; an operation is a multiplication or an addition, so 2 per MAC. */
export type FigureUnit = 'op/s' | 'byte' | 'byte/s' | 'Hz' | 's' | 'W' | '1';

/** A number of a device with where it comes from. */
export type Figure<U extends FigureUnit = FigureUnit> = VerifiedFigure<U> | UnverifiedFigure<U>;

/** Read in the named source, or computed from numbers read there (the note says how). */
export interface VerifiedFigure<U extends FigureUnit = FigureUnit> {
  /** in `unit` */
  readonly value: number;
  /** SI without prefixes; 1 for a number of things */
  readonly unit: U;
  /** somebody read it there */
  readonly status: 'verified';
  /** URL, or repository, commit and path */
  readonly source: string;
  /** day on which the source was read, YYYY-MM-DD */
  readonly retrieved: string;
  /** how it was computed, or what it holds for */
  readonly note?: string;
}

/** Not seen in a source that deserves trust; the note says what it rests on. */
export interface UnverifiedFigure<U extends FigureUnit = FigureUnit> {
  /** in `unit` */
  readonly value: number;
  /** SI without prefixes; 1 for a number of things */
  readonly unit: U;
  /** nobody has read it in a source that deserves trust */
  readonly status: 'unverified';
  /** what it rests on */
  readonly note: string;
  /** where it was seen */
  readonly source?: string;
  /** day on which the source was read, YYYY-MM-DD */
  readonly retrieved?: string;
}

/** Peak arithmetic without the doubling that structured sparsity would give. */
export type PeakFigure = Figure<'op/s'> & { readonly dense: true };

/** A memory of a device. */
export interface MemoryLevel {
  /** such as `dram`, `l2`, `sram` */
  readonly name: string;
  /** in bytes; absent where no source states it */
  readonly capacity?: Figure<'byte'>;
  /** both directions together */
  readonly bandwidth?: Figure<'byte/s'>;
}

/** Which operand stays in the processing elements: outputs, weights, inputs, or rows of each (Eyeriss). */
export type ArrayDataflow = 'os' | 'ws' | 'is' | 'rs';

/** An array of processing elements, and what stays in them. */
export interface ProcessingArray {
  /** processing elements along one side */
  readonly rows: Figure<'1'>;
  /** processing elements along the other side */
  readonly columns: Figure<'1'>;
  /** what stays in the processing elements */
  readonly dataflow: ArrayDataflow;
}

/** What a calibration multiplies; totals over the network, float32. */
export type CalibrationFeature =
  /** FLOPs of convolutions and max pooling (convention darknet-2019) */
  | 'flops'
  /** bytes of inputs, outputs and weights of every layer */
  | 'bytes'
  /** products that one output element sums one after the other, summed over the convolutions: k k C / groups */
  | 'reductionDepth'
  /** boxes that the detection heads predict */
  | 'boxes'
  /** 1 for each inference */
  | 'inference';

/** A network that was measured for a calibration. */
export interface CalibrationNetwork {
  /** name in the zoo, or of a file */
  readonly network: string;
  /** height of the input */
  readonly input: number;
  /** networks of a group are alike, and left out together */
  readonly group: string;
  /** as measured, at batch 1 */
  readonly framesPerSecond: number;
}

/** A latency model fitted to measurements. It holds for what it was fitted on; `error` says how far it missed there. */
export type Calibration = FeatureCalibration | KernelCalibration | TermCalibration;

/** Seconds = sum of seconds-per-unit times feature, of the network as it was written. */
export interface FeatureCalibration extends CalibrationOrigin {
  /** tells it from a calibration by kernels */
  readonly kind: 'features';
  /** seconds for each unit of a feature; absent: it does not count */
  readonly secondsPer: Readonly<Partial<Record<CalibrationFeature, number>>>;
  /** the samples, where they are whole networks: enough to fit it again */
  readonly networks?: readonly CalibrationNetwork[];
}

/**
 * Seconds of each kernel that a runtime makes of the network, by the kernel's class: what `calibrate` measures.
 * A prediction needs the graph as that runtime optimises it.
 */
export interface KernelCalibration extends CalibrationOrigin {
  /** tells it from a calibration by features */
  readonly kind: 'kernels';
  /** how the kernels were run, and are to be run for the prediction to hold */
  readonly runtime: {
    readonly onnxruntime: string;
    readonly device: string;
    readonly level: string;
    readonly threads: number;
  };
  /** seconds per unit of each amount, by class of kernels; src/latency/kernels says what the amounts are */
  readonly classes: Readonly<Record<string, CalibratedClass>>;
  /** bytes of weights and maps of a network of which half is still in a cache when it is needed again */
  readonly cacheBytes: number;
  /** latency over the sum of the least times of its kernels */
  readonly scale: number;
  /** what a run takes outside of its kernels */
  readonly secondsPerRun: number;
}

/**
 * Seconds = sum of seconds-per-unit times term, of the network as a runtime runs it that was measured over many networks:
 * src/latency/measured/terms.ts says what the terms are.
 */
export interface TermCalibration extends CalibrationOrigin {
  /** tells it from the other calibrations */
  readonly kind: 'terms';
  /** what ran the networks: the prediction holds for nothing else */
  readonly runtime: MeasuredRuntime;
  /** seconds for each unit of a term; absent: it does not count */
  readonly secondsPer: Readonly<Record<string, number>>;
  /** how far it misses networks that it has not seen */
  readonly leftOut: {
    /** relative: half of them are missed by less, nine of ten */
    readonly median: number;
    readonly p90: number;
    /** four of five lie between predicted / factor and predicted * factor */
    readonly factor: number;
  };
  /** what the networks were like: beyond it a prediction is a guess, and says so */
  readonly range: {
    /** the most that a network has of an amount: a term, or `macs` */
    readonly most: Readonly<Record<string, number>>;
    /** kinds of operators that some network has */
    readonly operators: readonly string[];
  };
  /** what was measured, and what the model says of each network without having seen it */
  readonly networks: readonly TermSample[];
}

/** A network of a run. */
export interface TermSample {
  /** its name in the benchmark */
  readonly network: string;
  /** as measured: the least of the run's repetitions, where it states that */
  readonly milliseconds: number;
  /** by a fit to the other networks */
  readonly predicted: number;
  /** the fit passed over it, because of this */
  readonly leftOut?: string;
}

/** What ran networks that were measured. */
export interface MeasuredRuntime {
  /** such as `ncnn` */
  readonly name: string;
  /** as stated with the measurement */
  readonly version?: string;
  /** no later than this day, YYYY-MM-DD */
  readonly date?: string;
  /** what computed */
  readonly backend: 'cpu' | 'vulkan' | 'npu' | 'gpu';
  /** the GPU, where a device has several parts */
  readonly chip?: string;
  /** of the CPU */
  readonly threads?: number;
  /** element types that it computed in, as far as the source says */
  readonly precision: string;
}

/** What ran the networks, in words. */
export const runtimeText = ({
  name,
  version,
  date,
  backend,
  chip,
  threads,
  precision,
}: MeasuredRuntime): string =>
  [
    version === undefined ? name : `${name} (${version})`,
    { cpu: 'CPU', vulkan: 'Vulkan', npu: 'NPU', gpu: 'GPU' }[backend],
    ...(chip === undefined ? [] : [chip]),
    ...(threads === undefined ? [] : [`${String(threads)} thread${threads === 1 ? '' : 's'}`]),
    precision,
    ...(date === undefined ? [] : [`measured by ${date}`]),
  ].join(', ');

/** A class of kernels: seconds per unit of each amount, the kernels it was fitted on, and how far it misses others. */
export interface CalibratedClass {
  /** seconds for each unit of an amount */
  readonly secondsPer: Readonly<Record<string, number>>;
  /** kernels that it was fitted on */
  readonly samples: number;
  /** sum of absolute errors over sum of times, of kernels that were left out of the fit */
  readonly error: number;
}

/** Where a calibration is from. */
export interface CalibrationOrigin {
  /** element type of the networks */
  readonly dtype: DType;
  /** the measurements, in words */
  readonly fittedOn: string;
  /** how many measurements */
  readonly samples: number;
  /** relative: 0.1 is 10 % */
  readonly error: {
    /** mean absolute relative error of the fit on its own samples */
    readonly fit: number;
    /** the same, each sample predicted without itself */
    readonly leaveOneOut: number;
    /** expected relative error for a network unlike those fitted on: the half-width of the stated interval */
    readonly unseen: number;
    readonly note: string;
  };
  /** publication, or machine and day */
  readonly source: string;
}

/** Hardware that networks are costed on: every number with its source. */
export interface Device {
  /** of the device file; it changes when a field changes its name or meaning */
  readonly schemaVersion: 1;
  /** lower case letters, digits and hyphens */
  readonly id: string;
  /** what people call it */
  readonly title: string;
  /** sort of hardware */
  readonly kind: 'cpu' | 'gpu' | 'npu';
  /** peak arithmetic by element type; a type without an entry has no stated peak */
  readonly peak: Readonly<Partial<Record<DType, PeakFigure>>>;
  /**
   * From the memory that whole tensors lie in (DRAM, as a rule) inwards; the second level is the buffer that
   * tiles of a layer share.
   */
  readonly memory: readonly [MemoryLevel, ...MemoryLevel[]];
  /** under load, as the maker states it */
  readonly clock?: Figure<'Hz'>;
  /** streaming multiprocessors or cores */
  readonly processors?: Figure<'1'>;
  /** absent where it has no array of processing elements, or its shape is not stated */
  readonly array?: ProcessingArray;
  /** what passes beside arithmetic and transfers, for each layer and for each inference */
  readonly overhead?: {
    readonly perLayer?: Figure<'s'>;
    readonly perInference?: Figure<'s'>;
  };
  /** board or module power limit */
  readonly power?: Figure<'W'>;
  /** drawn whether or not the device computes */
  readonly staticPower?: Figure<'W'>;
  /** id of a built-in energy table, or a table of its own */
  readonly energy?: string | EnergyTable;
  /** a model of what was measured on it; absent: its floor is all that is known */
  readonly calibration?: Calibration;
}

/** Where and when figures were read; files of devices name each source once. */
export interface Source {
  readonly source: string;
  readonly retrieved: string;
}

export const verified = <U extends FigureUnit>(
  value: number,
  unit: U,
  source: Source,
  note?: string,
): VerifiedFigure<U> => ({
  value,
  unit,
  status: 'verified',
  ...source,
  ...(note === undefined ? {} : { note }),
});

export const unverified = <U extends FigureUnit>(
  value: number,
  unit: U,
  note: string,
  source?: Source,
): UnverifiedFigure<U> => ({ value, unit, status: 'unverified', note, ...source });

/** A figure of peak arithmetic that is known to leave sparsity out. */
export const dense = (figure: Figure<'op/s'>): PeakFigure => ({ ...figure, dense: true });

/** The buffer that tiles of a layer share: the level next to main memory. */
export const bufferOf = (device: Device): MemoryLevel | undefined => device.memory[1];

/** Every figure of the device with its place, in the order of the file. */
export function figuresOf(device: Device): readonly { readonly path: string; readonly figure: Figure }[] {
  const found: { path: string; figure: Figure }[] = [];
  const add = (path: string, figure: Figure | undefined): void => {
    if (figure !== undefined) found.push({ path, figure });
  };
  for (const [dtype, figure] of Object.entries(device.peak)) add(`peak.${dtype}`, figure);
  for (const level of device.memory) {
    add(`memory.${level.name}.capacity`, level.capacity);
    add(`memory.${level.name}.bandwidth`, level.bandwidth);
  }
  add('clock', device.clock);
  add('processors', device.processors);
  add('array.rows', device.array?.rows);
  add('array.columns', device.array?.columns);
  add('overhead.perLayer', device.overhead?.perLayer);
  add('overhead.perInference', device.overhead?.perInference);
  add('power', device.power);
  add('staticPower', device.staticPower);
  return found;
}
