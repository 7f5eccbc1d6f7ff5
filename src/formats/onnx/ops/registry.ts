import type { Operator, Operators } from '../operator.ts';
import { ATTENTION, PREVIEW } from './attention.ts';
import { CONTROL } from './control.ts';
import { ELEMENTWISE } from './elementwise.ts';
import { FORMER } from './former.ts';
import { IMAGE } from './image.ts';
import { LINEAR } from './linear.ts';
import { MICROSOFT, UNOFFICIAL } from './microsoft.ts';
import { MOVE } from './move.ts';
import { NORMALIZE } from './normalize.ts';
import { PRODUCE } from './produce.ts';
import { QUANTIZE } from './quantize.ts';
import { RECURRENT } from './recurrent.ts';
import { REDUCE } from './reduce.ts';
import { SELECT } from './select.ts';
import { SEQUENCE } from './sequence.ts';
import { SIGNAL } from './signal.ts';
import { ML, TEXT } from './text.ts';
import { LOSS, TRAINING } from './training.ts';
import { WINDOW } from './window.ts';

/** Every ONNX operator that is known, by domain. A new one is its family's file and its name there. */
const DOMAINS: Readonly<Record<string, Operators>> = {
  '': {
    ...ATTENTION,
    ...CONTROL,
    ...ELEMENTWISE,
    ...FORMER,
    ...IMAGE,
    ...LINEAR,
    ...LOSS,
    ...MOVE,
    ...NORMALIZE,
    ...PRODUCE,
    ...QUANTIZE,
    ...RECURRENT,
    ...REDUCE,
    ...SELECT,
    ...SEQUENCE,
    ...SIGNAL,
    ...TEXT,
    ...UNOFFICIAL,
    ...WINDOW,
  },
  'ai.onnx.ml': ML,
  'ai.onnx.preview': PREVIEW,
  'ai.onnx.preview.training': TRAINING,
  'com.microsoft': MICROSOFT,
};

/** Domains that are written in two ways. */
export const domainOf = (domain: string | undefined): string =>
  domain === undefined || domain === 'ai.onnx' ? '' : domain;

const BY_NAME: ReadonlyMap<string, ReadonlyMap<string, Operator>> = new Map(
  Object.entries(DOMAINS).map(([domain, operators]) => [domain, new Map(Object.entries(operators))]),
);

export const operatorOf = (domain: string, op: string): Operator | undefined => BY_NAME.get(domain)?.get(op);
