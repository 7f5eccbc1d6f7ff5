import type { Advice } from '../analysis/explain/advice.ts';
import { formatPercent } from './format.ts';

/** `saves up to 12.3 % of the FLOPs`; nothing where that is not computed. */
export const savingText = ({ saves }: Advice): string =>
  saves === undefined ? '' : `saves up to ${formatPercent(saves.share)} of the ${saves.what}`;
