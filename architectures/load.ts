import { type Found, familyIn } from './family.ts';
import { NAMES } from './names.ts';

/**
 * What `findFamily` finds, from the one file that has it: nothing else of the zoo is loaded.
 *
 * @throws ProfileError CSP801 for a name that the zoo does not have, with the closest ones
 */
export async function loadFamily(name: string): Promise<Found> {
  for (const [names, load] of NAMES) {
    if (!names.split(' ').includes(name)) continue;
    const found = familyIn(await load(), name);
    if (found !== undefined) return found;
  }
  const { findFamily } = await import('./zoo.ts');
  return findFamily(name);
}
