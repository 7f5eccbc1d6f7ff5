import type { Diagnostic } from '../diagnostics.ts';
import type { Measurement } from '../analysis/measurement/measurement.ts';
import type { BlobLike } from '../formats/model.ts';
import type { ModelDescription } from '../formats/format.ts';
import type { PageData } from '../report/html/render.ts';
import type { Catalogue } from './catalogue.ts';
import type { SlotResult } from './explore.ts';
import type { Settings, Wanted } from './state.ts';
import type { Table5 } from './table5.ts';

/** A file that `csp-profile open` serves, read there by ranges. */
export interface Served {
  readonly url: string;
  /** bytes */
  readonly size: number;
}

/** A file that a person gave, with a number by which the worker knows it again: it gets another object each time. */
export interface Given {
  readonly number: number;
  readonly file: BlobLike;
}

/** A network as the page hands it over. */
export interface SentSlot {
  readonly id: number;
  readonly wanted: Wanted;
  readonly source?: Given | Served;
}

/** The first numbers of a network, or what is wrong with it. */
export interface SlotNumbers extends Pick<SlotResult, 'id' | 'diagnostics'> {
  readonly totals?: NonNullable<SlotResult['profile']>['totals'];
}

/** What the networks show beside their numbers. */
export interface Shown {
  readonly descriptions: readonly (readonly [id: number, description: ModelDescription])[];
  /** absent: there is nothing to show */
  readonly page?: PageData;
}

/** What the page asks of its worker, by kind: what it sends, and what it gets. */
export interface Questions {
  readonly catalogue: { readonly ask: object; readonly answer: Catalogue };
  /** the numbers come first, as an answer that is not the last */
  readonly explore: {
    readonly ask: {
      readonly slots: readonly SentSlot[];
      readonly settings: Settings;
      readonly measurement?: Measurement;
    };
    readonly answer: Shown;
  };
  /** the profile of one network, as `csp-profile analyze --format json` writes it */
  readonly json: {
    readonly ask: { readonly slot: SentSlot; readonly settings: Settings };
    readonly answer: string;
  };
  /** limits that these networks keep */
  readonly gate: {
    readonly ask: { readonly slots: readonly SentSlot[]; readonly settings: Settings };
    readonly answer: string;
  };
  /** the detectors of the paper's table 5 */
  readonly detectors: { readonly ask: object; readonly answer: readonly Wanted[] };
  /** that table beside a measurement; undefined where it is of other networks */
  readonly table5: {
    readonly ask: { readonly measurement: Measurement };
    readonly answer: Table5 | undefined;
  };
  /** the measurement in a JSON file; undefined where it holds something else */
  readonly measurement: {
    readonly ask: { readonly file: BlobLike; readonly name: string };
    readonly answer: Measurement | undefined;
  };
}

export type Kind = keyof Questions;

/** A question with its number. */
export type Question = {
  [K in Kind]: { readonly id: number; readonly kind: K; readonly ask: Questions[K]['ask'] };
}[Kind];

/** An answer, or why there is none. */
export type Answer =
  | { readonly id: number; readonly answer: Questions[Kind]['answer'] }
  | { readonly id: number; readonly numbers: readonly SlotNumbers[] }
  | { readonly id: number; readonly diagnostics: readonly Diagnostic[] }
  | { readonly id: number; readonly fault: string };
