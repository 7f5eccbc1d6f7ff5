import { FILES, findFamily } from '../../architectures/zoo.ts';
import type { Family } from '../../architectures/family.ts';
import type { Generator } from './generate.ts';

/** The list of a file is called after it: `PELEE_DETECTORS` of peleeDetectors.ts. */
const listOf = (file: string): string => file.replace(/[A-Z]/g, '_$&').toUpperCase();

/** The names of a file's networks and families, each once. */
const namesIn = (families: readonly Family[]): readonly string[] =>
  [...new Set(families.flatMap(({ name, networks }) => [...networks.map((each) => each.name), name]))].filter(
    (name) => families.includes(findFamily(name).family),
  );

/** The index of the zoo by which a command loads the one file that it needs. */
export const zooNames: Generator = () => {
  const lines = Object.entries(FILES).map(
    ([file, families]) =>
      `  ['${namesIn(families).join(' ')}', async () => (await import('./${file}.ts')).${listOf(file)}],`,
  );
  const text = [
    '// Written by `npm run generate`; do not edit.',
    "import type { Family } from './family.ts';",
    '',
    '/** Names of networks and families, and what loads the file that has them. */',
    'export const NAMES: readonly (readonly [names: string, load: () => Promise<readonly Family[]>])[] = [',
    ...lines,
    '];',
  ];
  return new Map([['architectures/names.ts', `${text.join('\n')}\n`]]);
};
