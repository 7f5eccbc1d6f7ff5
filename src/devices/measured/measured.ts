import type { Device, MeasuredRuntime, TermCalibration, TermSample } from '../device.ts';

/** A device that somebody measured networks on, as the list has it. */
export interface MeasuredDevice {
  /** lower case letters, digits and hyphens */
  readonly id: string;
  /** as the source of the measurements prints it */
  readonly title: string;
  /** phone, sbc (single board), desktop, server, jetson, embedded, riscv, npu */
  readonly class: string;
  /** what was run on it: CPUs before GPUs, floating point before 8 bits, and then the one with the least error first */
  readonly runs: readonly MeasuredRun[];
}

/** One run of a benchmark over many networks. */
export interface MeasuredRun {
  /** what stands behind the device's id and a slash: `cpu-4`, `vulkan` */
  readonly id: string;
  /** networks that were measured */
  readonly samples: number;
  /** half of the networks are missed by less by a fit to the others; relative */
  readonly median: number;
  /** nine of ten are */
  readonly p90: number;
  /** what ran the networks */
  readonly runtime: MeasuredRuntime;
}

/** Above this median of left-out networks a model predicts only on request. */
const USEFUL = 0.25;

export const isUseful = ({ median }: { readonly median: number }): boolean => median <= USEFUL;

/** Whether networks ran with weights of 8 bits: `w8a8`. */
export const inEightBits = ({ precision }: MeasuredRuntime): boolean => precision.startsWith('w8');

/** Models of all runs, as they ship: numbers by position. */
export interface MeasuredModels {
  /** names of the terms of `networkTerms` that any model has */
  readonly terms: readonly string[];
  /** by the name of the table */
  readonly tables: Readonly<Record<string, MeasuredTable>>;
  /** by id of the device, a slash, and id of the run */
  readonly runs: Readonly<Record<string, PackedRun>>;
}

/** A device as it ships: what the list has of it, and the models of its runs. */
export interface MeasuredFile {
  /** as the list has it */
  readonly device: MeasuredDevice;
  /** by id of the run */
  readonly models: Readonly<Record<string, PackedRun>>;
}

/** What the models of all devices refer to. */
export type MeasuredTables = Pick<MeasuredModels, 'terms' | 'tables'>;

/** The models of these devices. */
export const modelsOf = (tables: MeasuredTables, files: readonly MeasuredFile[]): MeasuredModels => ({
  ...tables,
  runs: Object.fromEntries(
    files.flatMap(({ device, models }) =>
      Object.entries(models).map(([run, model]) => [`${device.id}/${run}`, model]),
    ),
  ),
});

/** The networks of a table of measurements. */
export interface MeasuredTable {
  /** names, as the source has them */
  readonly networks: readonly string[];
  /** of each network: tells one from another of the same name */
  readonly macs: readonly number[];
  /** kinds of operators that any of its networks has */
  readonly operators: readonly string[];
  /** the most that any of its networks has of each quantity: what is more was never measured */
  readonly most: Readonly<Record<string, number>>;
  /** publication that states the measurements */
  readonly source: string;
  /** what the source says of how it measured */
  readonly note: string;
}

/** The model of a run. */
export interface PackedRun {
  /** name of the table its networks are of */
  readonly table: string;
  /** place in the source of the table */
  readonly place: string;
  /** seconds for one of each term, by position in `terms`, times 1e12 */
  readonly picoseconds: readonly number[];
  /** median absolute relative error on its own samples */
  readonly fit: number;
  /** see `TermCalibration.leftOut` */
  readonly factor: number;
  /** milliseconds and predicted over measured in thousandths by network; null: not measured */
  readonly samples: readonly (readonly [milliseconds: number, ratio: number, leftOut?: string] | null)[];
}

/** The device with the model of one of its runs. */
export function unpacked(device: MeasuredDevice, run: MeasuredRun, models: MeasuredModels): Device {
  const packed = models.runs[`${device.id}/${run.id}`];
  const table = packed && models.tables[packed.table];
  if (packed === undefined || table === undefined) throw new RangeError(`no model of ${device.id}/${run.id}`);
  const secondsPer: Record<string, number> = {};
  for (const [i, value] of packed.picoseconds.entries()) {
    const term = models.terms[i];
    if (term !== undefined && value > 0) secondsPer[term] = Number((value / 1e12).toPrecision(6));
  }
  const { runtime, samples, median, p90 } = run;
  const calibration: TermCalibration = {
    kind: 'terms',
    dtype: inEightBits(runtime) ? 'int8' : 'float32',
    runtime,
    secondsPer,
    fittedOn: `networks of ${table.source}, ${packed.place}`,
    samples,
    error: {
      fit: packed.fit,
      leaveOneOut: median,
      unseen: packed.factor - 1,
      note: table.note,
    },
    leftOut: { median, p90, factor: packed.factor },
    range: { most: table.most, operators: table.operators },
    networks: packed.samples.flatMap((sample, i): readonly TermSample[] => {
      const network = table.networks[i];
      if (sample === null || network === undefined) return [];
      const [milliseconds, ratio, leftOut] = sample;
      return [
        {
          network,
          milliseconds,
          predicted: (milliseconds * ratio) / 1000,
          ...(leftOut === undefined ? {} : { leftOut }),
        },
      ];
    }),
    source: table.source,
  };
  return {
    schemaVersion: 1,
    id: `${device.id}/${run.id}`,
    title: device.title,
    kind: runtime.backend === 'vulkan' ? 'gpu' : runtime.backend,
    peak: {},
    memory: [{ name: 'dram' }],
    calibration,
  };
}
