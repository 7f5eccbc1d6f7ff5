import { dim, type TensorType } from '../../../ops/spec.ts';
import { dataTypeOf } from '../dtype.ts';
import { int, type Draft } from '../writeDraft.ts';
import { dtypesOf, ofTypes, only, type Forms } from '../writer.ts';

export const wholeIndices = (on: Draft, indices: string, type: TensorType | undefined): string =>
  type?.dtype === 'int64' || type?.dtype === 'int32'
    ? indices
    : on.op('Cast', [indices], { to: int(dataTypeOf('int64')) });

export const SELECT_FORMS = {
  gather: (on, { attrs, inputs: [data = '', indices = ''], types }) =>
    on.op('Gather', [data, wholeIndices(on, indices, types[1])], { axis: int(attrs.axis) }),
  gatherND: (on, { attrs, inputs: [data = '', indices = ''], types }) =>
    on.op('GatherND', [data, wholeIndices(on, indices, types[1])], { batch_dims: int(attrs.batchDims) }),
  nonMaxSuppression(on, node) {
    const {
      inputs: [boxes = '', scores = ''],
      types,
      outputs,
    } = node;
    if (types.some(({ dtype }) => dtype !== 'float32'))
      return ofTypes('nonMaxSuppression', dtypesOf(on, node));
    const [batch = 1, classes = 1] = types[1]?.shape ?? [];
    const most = dim((outputs[0] as TensorType).shape, 0) / (batch * classes);
    // As it is counted: boxes suppress each other where they overlap by more than all of them, which is never.
    return on.op('NonMaxSuppression', [
      boxes,
      scores,
      on.integers([Math.floor(most)]),
      on.numbers('float32', [1], [1]),
    ]);
  },
  sort(on, { attrs, inputs, types, outputs }) {
    if (attrs.op !== 'TopK') {
      return { problem: `"${attrs.op}" is not written`, fix: 'write a network without it' };
    }
    const [x, { shape }] = only(inputs, types);
    const kept = attrs.kept ?? dim(shape, attrs.axis);
    return on.ops('TopK', [x, on.integers([kept])], 2, { axis: int(attrs.axis) }).slice(0, outputs.length);
  },
} satisfies Forms;
