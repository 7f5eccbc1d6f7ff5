import type { Profile } from '../analysis/profile.ts';
import { channelsSecond } from '../analysis/settings.ts';
import { plain } from './format.ts';

/** The networks' names; those that are alike with their input's extent, or their file's name, or its path, or else a number. */
export function uniqueLabels(networks: readonly Profile['network'][]): readonly string[] {
  const names = networks.map(({ name }) => plain(name));
  const sized = networks.map(({ inputs }, i) => {
    const extent = inputs[0] === undefined ? '' : channelsSecond(inputs[0]).slice(2).join('x');
    return extent === '' ? names[i] : `${String(names[i])}@${extent}`;
  });
  const sources = networks.map(({ source }) => plain(source));
  const files = sources.map((source) => source.replace(/^.*[\\/]/, ''));
  const labels: string[] = [];
  for (const i of names.keys()) {
    const unique = [names, sized, files, sources].find(
      (all) => all.indexOf(all[i]) === all.lastIndexOf(all[i]),
    );
    const label = String((unique ?? names)[i]);
    let free = label;
    for (let copy = 2; labels.includes(free); copy++) free = `${label} (${String(copy)})`;
    labels.push(free);
  }
  return labels;
}
