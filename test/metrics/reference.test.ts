import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { reference } from '../tools/reference.ts';

it('says in the reference what each metric and convention is', async () => {
  const path = 'reports/reference/metrics.md';
  const pages = await reference();
  expect(pages.get(path)).toBe(readFileSync(path, 'utf8'));
});
