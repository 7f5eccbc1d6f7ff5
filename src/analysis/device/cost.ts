import type { EnergyPart } from '../../latency/energy.ts';
import type { Throughput } from '../../latency/networkLatency.ts';
import type { Bound } from '../../latency/roofline.ts';

export type { EnergyPart } from '../../latency/energy.ts';
export type { Throughput } from '../../latency/networkLatency.ts';

/** What a network costs on hardware: in a profile where a buffer or a device was asked for, and only there. */
export interface DeviceCost {
  /** bytes over DRAM; absent without a buffer and a device */
  readonly traffic?: TrafficCost;
  /** what the network is costed on; absent where only a buffer was named */
  readonly device?: DeviceUsed;
  /** seconds; absent without a device */
  readonly latency?: LatencyCost;
  /** absent without a table that states the element types */
  readonly energy?: EnergyCost;
  /** absent where the device has no array of processing elements */
  readonly utilization?: UtilizationCost;
}

/** Bytes over DRAM, of the network. */
export interface TrafficCost {
  /** absent: the device states no buffer, and every operand moves once */
  readonly bufferBytes?: number;
  /** the next tiles load meanwhile, so that tiles get half of the buffer */
  readonly doubleBuffering: boolean;
  /** rows that neighbouring tiles share stay on chip */
  readonly haloReuse: boolean;
  /** layers that exchange maps on chip; absent: none */
  readonly fusion?: 'pairs' | 'stages';
  /** bytes of the schedule that moves the least */
  readonly dramBytes: number;
  /** every operand once, over the layers one by one */
  readonly compulsory: number;
  /** no tiling of single layers needs less */
  readonly lowerBound: number;
  /** two operands per MAC from DRAM, results once */
  readonly noReuse: number;
  /** partial sums through DRAM as well */
  readonly noReuseSpilled: number;
  /** consecutive layers that exchange maps on chip */
  readonly chains: readonly {
    /** indices of the first and the last layer */
    readonly first: number;
    readonly last: number;
    readonly dramBytes: number;
    /** bytes that the layers would move more, one by one */
    readonly saved: number;
    /** stripes that each image is cut into */
    readonly stripes: number;
  }[];
  /** layers without a number: the totals are too low by theirs */
  readonly unknown: number;
}

/** The device that a profile is for. */
export interface DeviceUsed {
  /** as in `DEVICES`, or in a device file */
  readonly id: string;
  /** what people call it */
  readonly title: string;
  /** sort of hardware */
  readonly kind: 'cpu' | 'gpu' | 'npu';
  /** element type that the peak is for */
  readonly dtype: string;
  /** dense, for this element type; 2 per MAC; absent where the device is known by measurements alone */
  readonly peakFlopsPerSecond?: number;
  /** of the DRAM; absent where the device states none */
  readonly bytesPerSecond?: number;
  /** places of the figures that the cost rests on and that no source confirms */
  readonly unverified: readonly string[];
  /** what is left out because the device states no figure for it */
  readonly notStated: readonly string[];
}

/** How long an inference takes: at least, and as the device's calibration expects. */
export interface LatencyCost {
  /** images per inference */
  readonly batch: number;
  /** the roofline: no layer-by-layer run on this device is faster; no prediction; absent without a stated peak */
  readonly floor?: Throughput;
  /** what the device's calibration expects */
  readonly prediction?: Throughput & {
    /** seconds: the interval of a network unlike those that the calibration was fitted on */
    readonly low: number;
    readonly high: number;
    readonly fittedOn: string;
    readonly samples: number;
    /** mean absolute relative errors: as fitted, each sample left out, a network unlike the samples */
    readonly error: { readonly fit: number; readonly leaveOneOut: number; readonly unseen: number };
    readonly note: string;
    /** of a model of measured networks; absent for others */
    readonly measured?: {
      /** what ran them, in words: the prediction holds for nothing else */
      readonly runtime: string;
      /** relative: half of the networks are missed by less by a fit that has not seen them, nine of ten */
      readonly median: number;
      readonly p90: number;
      /** in what the network is unlike all of them, in words; absent: in nothing that counts */
      readonly outside?: string;
    };
  };
  /** layer that takes the longest: predicted, or else by the floor */
  readonly bottleneck?: { readonly layer: number; readonly seconds: number; readonly share: number };
  /** seconds of the floor by what binds the layers */
  readonly boundSeconds: Readonly<Record<Bound, number>>;
  /** layers without a time: the totals are too low by theirs */
  readonly unknown: number;
}

/** Energy of one inference, by cause, in the unit of one table. */
export interface EnergyCost {
  /** id of the table, what it is for and where it is from */
  readonly table: string;
  /** technology and voltage that the table is for */
  readonly title: string;
  /** publication that states the table */
  readonly source: string;
  /** picojoule, or the energy of one MAC */
  readonly unit: 'pJ' | 'MAC';
  /** sum of the parts, in `unit` */
  readonly total: number;
  /** by cause, in `unit`; a cause that nothing states is absent */
  readonly parts: Readonly<Partial<Record<EnergyPart, number>>>;
  /** parts that nothing states: the total is too low by them */
  readonly notCounted: readonly EnergyPart[];
}

/** How much of the device's array works, and what idles. */
export interface UtilizationCost {
  /** processing elements along one side of the array */
  readonly rows: number;
  /** processing elements along the other side */
  readonly columns: number;
  /** what stays in the processing elements: outputs, weights, inputs, or rows of each */
  readonly dataflow: 'os' | 'ws' | 'is' | 'rs';
  /** layer after layer */
  readonly cycles: number;
  /** MACs / (cycles * processing elements) */
  readonly utilization: number;
  /** cycles of a network of the same MACs that keeps every processing element busy */
  readonly idealCycles: number;
  /** the layers as a pipeline, an array for each: the longest sets the pace */
  readonly pipeline: {
    /** layer that takes the most cycles */
    readonly layer: number;
    readonly cycles: number;
    /** cycles if the same work were spread evenly over the layers */
    readonly balancedCycles: number;
  };
}
