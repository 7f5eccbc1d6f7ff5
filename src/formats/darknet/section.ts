import type { TensorId } from '../../graph/graph.ts';
import type { Section } from './cfg.ts';
import type { Lowering } from './lower.ts';
import { OptionTable, type OptionTypes, type OptionValues } from './options.ts';

/** How a section of some name becomes nodes of the graph. */
export type LowerSection = (lowering: Lowering, section: Section) => TensorId;

/**
 * A kind of section.
 *
 * @param types options that decide shapes or costs
 * @param others names of further options that Darknet knows, with blanks between them
 * @param lower adds the nodes of one section and returns what it makes
 */
export function section<T extends OptionTypes>(
  types: T,
  others: string,
  lower: (lowering: Lowering, options: OptionValues<T>) => TensorId,
): LowerSection {
  const table = new OptionTable(types, others);
  return (lowering, source) => lower(lowering, table.read(source, lowering.origin, lowering.complain));
}
