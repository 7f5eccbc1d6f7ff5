import type { EnergyTable } from '../devices/energyTable.ts';
import { problem, ProfileError } from '../diagnostics.ts';
import type { DType } from '../ops/dtype.ts';
import { amount, type Energies, type Seconds } from '../units.ts';

/** What a layer does that takes energy. Parts that are absent are not known and not counted. */
export interface EnergyDemand {
  readonly macs: number;
  /** element type of the operands */
  readonly dtype: DType;
  readonly dramBytes?: number;
  readonly onChip?: { readonly accessedBits: number; readonly capacityBytes: number };
  /** power drawn in any case, for as long as the layer runs */
  readonly idle?: { readonly watts: number; readonly seconds: Seconds };
}

/** What energy is spent on. */
export type EnergyPart = 'arithmetic' | 'registers' | 'onChip' | 'dram' | 'idle';

/** Energy by cause, in the unit of one table; parts without an entry are not counted in `total`. */
export interface Energy {
  /** of the table */
  readonly unit: EnergyTable['unit'];
  /** by cause; absent where nothing of the kind happens, or the table states no figure */
  readonly parts: Readonly<Partial<Record<EnergyPart, Energies>>>;
  /** of the parts that are there */
  readonly total: Energies;
}

/**
 * E = MACs e_mac + register accesses e_register + on-chip accesses e(capacity) + DRAM bits e_bit + P t.
 *
 * @unit   that of the table: pJ, or the energy of one MAC
 * @throws ProfileError CSP505 if the table states no MAC of this element type
 * @source tables and their sources in devices/energyTable.ts
 */
export function energyOf(demand: EnergyDemand, table: EnergyTable): Energy {
  const { macs, dtype, dramBytes, onChip, idle } = demand;
  const perMac = macs === 0 ? 0 : table.mac[dtype];
  if (perMac === undefined) {
    throw new ProfileError(
      problem(
        'CSP505',
        `energy table "${table.id}" states no MAC in ${dtype}`,
        `use another table, or one of the element types ${Object.keys(table.mac).join(', ')}`,
      ),
    );
  }
  const parts: Partial<Record<EnergyPart, Energies>> = { arithmetic: amount(macs * perMac) };
  if (table.registers !== undefined)
    parts.registers = amount(macs * table.registers.accessesPerMac * table.registers.perAccess);
  if (onChip !== undefined) {
    const accesses = onChip.accessedBits / table.onChip.accessBits;
    parts.onChip = amount(accesses * accessEnergy(table, onChip.capacityBytes));
  }
  if (dramBytes !== undefined) parts.dram = amount(dramBytes * 8 * table.dramPerBit);
  if (idle !== undefined && table.unit === 'pJ') parts.idle = idleEnergy(idle);
  return { unit: table.unit, parts, total: sumOf(parts) };
}

/** Energy of a power drawn in any case, in picojoule. */
export const idleEnergy = ({ watts, seconds }: NonNullable<EnergyDemand['idle']>): Energies =>
  amount(watts * seconds * 1e12);

/** Energy of all parts together. */
export const sumOf = (parts: Energy['parts']): Energies =>
  amount(Object.values(parts).reduce((sum, part) => sum + part, 0));

/**
 * Energy of one access of an on-chip memory of this capacity: a power law through the table's points, which
 * continues beyond the first and the last; one point stands for every capacity.
 */
export function accessEnergy({ onChip: { points } }: EnergyTable, capacityBytes: number): number {
  let [low, high = low] = points;
  for (const next of points.slice(2)) {
    if (capacityBytes > high[0]) [low, high] = [high, next];
  }
  if (low === high) return low[1];
  const exponent = Math.log(high[1] / low[1]) / Math.log(high[0] / low[0]);
  return low[1] * (capacityBytes / low[0]) ** exponent;
}
