import type { OpKind } from '../../../ops/registry.ts';
import type { Draft } from '../writeDraft.ts';
import type { Expressed, Form, Operands } from '../writer.ts';
import { ATTENTION_FORMS } from './attention.write.ts';
import { CONTROL_FORMS } from './control.write.ts';
import { DETECT_FORMS } from './detect.write.ts';
import { ELEMENTWISE_FORMS } from './elementwise.write.ts';
import { IMAGE_FORMS } from './image.write.ts';
import { LINEAR_FORMS } from './linear.write.ts';
import { MOVE_FORMS } from './move.write.ts';
import { NORMALIZE_FORMS } from './normalize.write.ts';
import { PRODUCE_FORMS } from './produce.write.ts';
import { RECURRENT_FORMS } from './recurrent.write.ts';
import { REDUCE_FORMS } from './reduce.write.ts';
import { SELECT_FORMS } from './select.write.ts';
import { SIGNAL_FORMS } from './signal.write.ts';
import { WINDOW_FORMS } from './window.write.ts';

/**
 * How each kind is said in ONNX, or why it is not: the compiler asks for every kind. The families are those of the
 * readers beside them; they are apart so that a file is read without loading what writes one. What does not change
 * the cost (the slope of a leaky ReLU, an epsilon, a scale) is not in the graph, and written as it usually is.
 */
export const FORMS = {
  ...ATTENTION_FORMS,
  ...CONTROL_FORMS,
  ...DETECT_FORMS,
  ...ELEMENTWISE_FORMS,
  ...IMAGE_FORMS,
  ...LINEAR_FORMS,
  ...MOVE_FORMS,
  ...NORMALIZE_FORMS,
  ...PRODUCE_FORMS,
  ...RECURRENT_FORMS,
  ...REDUCE_FORMS,
  ...SELECT_FORMS,
  ...SIGNAL_FORMS,
  ...WINDOW_FORMS,
} satisfies { readonly [K in OpKind]: Form<K> };

const formOf = <K extends OpKind>(kind: K): Form<K> => (FORMS as { readonly [P in OpKind]: Form<P> })[kind];

/** The ONNX form of a node of any kind. */
export function express<K extends OpKind>(on: Draft, kind: K, node: Operands<K>): Expressed {
  const form = formOf(kind);
  if (typeof form === 'function') return form(on, node);
  const { noForm, fix } = form;
  return { problem: typeof noForm === 'string' ? noForm : noForm(node.attrs), fix };
}
