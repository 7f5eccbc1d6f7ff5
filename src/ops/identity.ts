import { expectInputs, type OpSpec, type OpenType } from './spec.ts';

/** The input under another name: a route to one layer, dropout at inference. */
export const identity: OpSpec<Record<never, never>> = {
  summary: 'the input itself (dropout at inference, a reference to another layer)',
  attrs: {},
  infer: (inputs) => expectInputs(inputs, 1, 0) ?? [inputs[0] as OpenType],
  work: 'none',
  memory: 'view',
};
