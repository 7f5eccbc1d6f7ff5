import type { Origin } from '../../diagnostics.ts';
import type { Profile, ProfileRow } from '../profile.ts';

/**
 * pass, fail: as it says; warn: a demand of that severity does not hold; improved: further below the baseline than the
 * limit lets it be above; new: not checked, because the network has no baseline yet.
 */
export type Status = 'pass' | 'fail' | 'warn' | 'improved' | 'new';

/** What every outcome says. */
export interface CheckOutcome {
  /** whether it holds */
  readonly status: Status;
  /** where the configuration demands it */
  readonly place: Origin;
  /** the layers behind a demand that is not met, largest growth or value first */
  readonly causes: readonly Cause[];
  /** what orders the causes: how much they grew, or how large they are */
  readonly causesBy?: 'growth' | 'value';
  /** what goes in, where that is a cause by itself */
  readonly inputs?: { readonly baseline: string; readonly now: string };
}

/** The outcome of a limit. */
export interface LimitCheck extends CheckOutcome {
  /** tells it from a rule */
  readonly kind: 'limit';
  /** id of the metric */
  readonly name: string;
  /** of the numbers here: FLOP, element, byte, second ... */
  readonly unit: string;
  /** what the network has */
  readonly value: number;
  /** what it is compared with; absent where the limit is an amount */
  readonly baseline?: number;
  /** 95 % confidence interval of a measured value, which fails where all of it is too large */
  readonly interval?: readonly [low: number, high: number];
  /** network, measured in the same run, that the value is relative to */
  readonly reference?: string;
  /** the largest value that would have passed */
  readonly allowed?: number;
  /** as the configuration says it */
  readonly demand: string;
}

/** The outcome of a rule. */
export interface RuleCheck extends CheckOutcome {
  /** tells it from a limit */
  readonly kind: 'rule';
  /** as the configuration calls it */
  readonly name: string;
  /** as the configuration says it */
  readonly demand: string;
  /** what it means that it does not hold, in the words of the configuration */
  readonly message?: string;
  /** the numbers that the expression names */
  readonly values: Readonly<Record<string, number>>;
}

/** The outcome of one limit or rule. */
export type Check = LimitCheck | RuleCheck;

/** A layer behind a demand that is not met. */
export interface Cause {
  /** the layer as it is now */
  readonly layer: ProfileRow;
  /** the layer as the baseline has it */
  readonly before?: ProfileRow;
  /** of the metric that the demand is about */
  readonly value: number;
  /** of the value */
  readonly unit: string;
  /** the value less that of the baseline; absent without a baseline */
  readonly growth?: number;
  /** what happened to the layer: nothing, only what it reads changed, it changed itself, the baseline has no such */
  readonly fate?: 'same' | 'fed' | 'changed' | 'added';
}

export interface GateResult {
  readonly model: string;
  readonly network: Profile['network'];
  readonly conventions: Profile['conventions'];
  /** what of the network was counted; every value is too low where some of it was not */
  readonly coverage: Profile['coverage'];
  /** what the network was compared with, as the configuration names it */
  readonly baseline?: string;
  /** whether `gate --update` writes that baseline */
  readonly updatable: boolean;
  readonly checks: readonly Check[];
}

/** Whether anything is not kept that must be. */
export const hasFailed = (results: readonly GateResult[]): boolean =>
  results.some(({ checks }) => checks.some(({ status }) => status === 'fail'));
