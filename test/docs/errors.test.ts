import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';

it('every code of the source is among the documented ones, and no other', () => {
  const files = ['src', 'architectures'].flatMap((folder) =>
    readdirSync(folder, { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.ts'))
      .map((name) => readFileSync(join(folder, name), 'utf8')),
  );
  const used = new Set(
    files.flatMap((text) => text.match(/'CSP\d{3}'/g) ?? []).map((text) => text.slice(1, -1)),
  );
  const documented = readFileSync('reports/guide/errors.md', 'utf8').match(/(?<=^### )CSP\d{3}$/gm) ?? [];
  expect(documented.length).toBeGreaterThan(30);
  expect([...used].sort()).toEqual(documented);
});
