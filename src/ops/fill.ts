import { choice, list, natural, number } from '../values.ts';
import { DTYPES, type DType } from './dtype.ts';
import { expectInputs, type OpCase, type OpSpec, type Shape } from './spec.ts';

export interface FillAttrs {
  readonly dtype: DType;
  readonly shape: Shape;
  readonly value: number;
}

/** One value everywhere: the mask of a dropout that drops nothing. */
export const fill: OpSpec<FillAttrs> = {
  summary: 'one value everywhere',
  attrs: { dtype: choice(DTYPES), shape: list(natural), value: number },
  infer: (inputs, { dtype, shape }) => expectInputs(inputs, 0, 0) ?? [{ dtype, shape }],
  work: 'none',
  memory: 'kernel',
};

export const cases: readonly OpCase<FillAttrs>[] = [
  {
    name: 'a mask of ones',
    inputs: [],
    attrs: { dtype: 'bool', shape: [2, 3], value: 1 },
    outputs: [[2, 3]],
    work: {},
    source: 'ONNX Dropout: its mask is true wherever it lets through',
  },
  {
    name: 'a scalar',
    inputs: [],
    attrs: { dtype: 'float32', shape: [], value: 0.5 },
    outputs: [[]],
    work: {},
    source: 'by definition',
  },
];
