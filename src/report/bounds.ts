import type { Coverage } from '../analysis/profile.ts';

/** What of a network the data decide, and what was counted for it; nothing where that is nothing. */
export const boundsText = ({ bounds = [] }: Coverage): readonly string[] =>
  bounds.length === 0
    ? []
    : [
        `counted at a bound: ${bounds.slice(0, MOST).join('; ')}${bounds.length > MOST ? ` and ${String(bounds.length - MOST)} more` : ''}`,
      ];

const MOST = 5;
