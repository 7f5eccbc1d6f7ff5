import type { Form } from '../../../src/latency/measured/fit.ts';
import type { Term } from '../../../src/latency/measured/terms.ts';
import { FACTS, csvRows } from './facts.ts';
import { readFileSync } from 'node:fs';

/** Of things in order, every second one, from the first on: what a form may be chosen on. */
export const everySecond = (names: readonly string[]): ReadonlySet<string> =>
  new Set([...new Set(names)].sort().filter((_, i) => i % 2 === 0));

/** Four ways to halve networks: by their places in order, and the other way round. */
export const SPLITS = [0, 1, 2, 3] as const;
export type Split = (typeof SPLITS)[number];

/** The networks that a form may be chosen on; it is judged by the others. */
export function chosenNetworks(names: readonly string[], split: Split): ReadonlySet<string> {
  const width = split < 2 ? 1 : 2;
  return new Set(
    [...new Set(names)].sort().filter((_, i) => Math.floor(i / width) % 2 === (split % 2 === 0 ? 0 : 1)),
  );
}

/** Kinds of runs with enough networks to halve. */
export const STRICT_KINDS = ['cpu1', 'cpu', 'gpu'] as const;
export type StrictKind = (typeof STRICT_KINDS)[number];

/** A form that was chosen on half of the networks and some of half of the devices. */
export interface StrictForm {
  readonly kind: StrictKind;
  readonly split: Split;
  readonly form: Form;
}

/** What `searchForms.ts` found. */
export const strictForms = (): readonly StrictForm[] =>
  csvRows(readFileSync(`${FACTS}/strict-forms.csv`, 'utf8')).map((row) => ({
    kind: row['kind'] as StrictKind,
    split: Number(row['split']) as Split,
    form: (row['form'] ?? '').split(' ') as Term[],
  }));
