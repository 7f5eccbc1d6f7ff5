import type { TensorId } from '../../graph/graph.ts';
import type { Section } from './cfg.ts';
import type { Lowering } from './lower.ts';
import { memo } from './memo.ts';
import { OptionTable, type OptionTypes, type OptionValues } from './options.ts';

/** How a section of some name becomes nodes of the graph. */
export type LowerSection = (lowering: Lowering, section: Section) => TensorId;

/** Texts of sections that their options are remembered for: long networks repeat few. */
const MEMO_SIZE = 1024;

/**
 * A kind of section.
 *
 * @param types options that decide shapes or costs
 * @param others names of further options that Darknet knows, with blanks between them
 * @param lower adds the nodes of one section and returns what it makes; sections of the same text get the same
 * options object
 */
export function section<T extends OptionTypes>(
  types: T,
  others: string,
  lower: (lowering: Lowering, options: OptionValues<T>) => TensorId,
): LowerSection {
  const table = new OptionTable(types, others);
  const memoOf = memo<Lowering, Map<string, OptionValues<T>>>(() => new Map());
  return (lowering, source) => {
    const seen = memoOf(lowering);
    let options = seen.get(source.body);
    if (options === undefined) {
      options = table.read(source, lowering.origin, lowering.complain);
      if (seen.size === MEMO_SIZE) seen.clear();
      seen.set(source.body, options);
    }
    return lower(lowering, options);
  };
}
