import { excerpt, problem, ProfileError } from '../diagnostics.ts';
import type { DType } from '../ops/dtype.ts';

/** Capacity of a memory in bytes and the energy of one access. */
export type AccessPoint = readonly [bytes: number, energy: number];

/**
 * Energy of single operations, all in one unit. Tables of different technologies differ tenfold, so energies
 * from two of them are never added or compared.
 */
export interface EnergyTable {
  /** as options name it */
  readonly id: string;
  /** technology and voltage that it is for */
  readonly title: string;
  /** picojoule, or the energy of one MAC as the unit */
  readonly unit: 'pJ' | 'MAC';
  /** publication that states it */
  readonly source: string;
  /** one multiply-accumulate; an element type without an entry has no stated energy */
  readonly mac: Readonly<Partial<Record<DType, number>>>;
  /** accesses of the registers next to each multiplier: three operands read and one sum written per MAC */
  readonly registers?: {
    readonly perAccess: number;
    readonly accessBits: number;
    readonly accessesPerMac: number;
  };
  /** one access of an on-chip memory by its capacity; a power law between and beyond the points */
  readonly onChip: { readonly accessBits: number; readonly points: readonly [AccessPoint, ...AccessPoint[]] };
  /** one bit read from, or written to, DRAM */
  readonly dramPerBit: number;
}

/**
 * Absolute energies in 45 nm at 0.9 V. A MAC is its multiplication and its addition in the same element type.
 * DRAM is the low end of 1.3 to 2.6 nJ per 64 bit.
 */
const HOROWITZ_45: EnergyTable = {
  id: 'horowitz45',
  title: '45 nm, 0.9 V, absolute',
  unit: 'pJ',
  source: "M. Horowitz, Computing's energy problem, ISSCC 2014",
  mac: { int8: 0.2 + 0.03, uint8: 0.2 + 0.03, int32: 3.1 + 0.1, float16: 1.1 + 0.4, float32: 3.7 + 0.9 },
  onChip: {
    accessBits: 64,
    points: [
      [8 * 1024, 10],
      [32 * 1024, 20],
      [1024 * 1024, 100],
    ],
  },
  dramPerBit: 1300 / 64,
};

/**
 * Energies relative to one 16-bit MAC in 65 nm: for comparing accelerators, not for their consumption.
 * The paper states one buffer, of about 100 KiB, so that its energy stands for every size.
 */
const EYERISS_RELATIVE: EnergyTable = {
  id: 'eyeriss-relative',
  title: 'relative to one 16-bit MAC, 65 nm',
  unit: 'MAC',
  source: 'Y.-H. Chen, J. Emer, V. Sze, Eyeriss, ISCA 2016: registers 1, buffer 6, DRAM 200',
  mac: { int16: 1 },
  registers: { perAccess: 1, accessBits: 16, accessesPerMac: 4 },
  onChip: { accessBits: 16, points: [[100 * 1024, 6]] },
  dramPerBit: 200 / 16,
};

export const ENERGY_TABLES: readonly EnergyTable[] = [HOROWITZ_45, EYERISS_RELATIVE];

/**
 * The energy table that ships under this id.
 *
 * @throws ProfileError CSP510 if no energy table has this id
 */
export function energyTableById(id: string): EnergyTable {
  const found = ENERGY_TABLES.find((table) => table.id === id);
  if (found !== undefined) return found;
  throw new ProfileError(
    problem(
      'CSP510',
      `there is no energy table "${excerpt(id)}"`,
      `use one of ${ENERGY_TABLES.map((table) => table.id).join(', ')}`,
    ),
  );
}

/** The device's own energy table, the built-in one that it names, or undefined where it states none. */
export const energyTableOf = ({
  energy,
}: {
  readonly energy?: string | EnergyTable;
}): EnergyTable | undefined => (typeof energy === 'string' ? energyTableById(energy) : energy);
