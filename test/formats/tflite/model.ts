import { bytesSource, type ByteSource } from '../../../src/formats/byteSource.ts';
import type { ReadOptions } from '../../../src/formats/format.ts';
import { ModelFile } from '../../../src/formats/tflite/model.ts';
import { ALL_RULES } from '../../../src/formats/tflite/ops/registry.ts';
import { readModel } from '../../../src/formats/tflite/read.ts';
import {
  flatBuffer,
  modelRoot,
  type OperatorDraft,
  type SignatureDraft,
  type SubgraphDraft,
  type TensorDraft,
} from './build.ts';

export type Read = ReturnType<typeof readModel>;

/** What is read of a source. */
export const readSource = (source: ByteSource, options: Partial<ReadOptions> = {}): Read =>
  readModel(new ModelFile(source, 'm.tflite'), { file: 'm.tflite', ...options }, ALL_RULES);

/** What is read of a file. */
export const readBytes = (bytes: Uint8Array, options: Partial<ReadOptions> = {}): Read =>
  readSource(bytesSource(bytes), options);

/** What is read of a model of these subgraphs. */
export const read = (
  subgraphs: readonly SubgraphDraft[],
  options: Partial<ReadOptions> = {},
  signatures: readonly SignatureDraft[] = [],
): Read => readBytes(flatBuffer(modelRoot(subgraphs, signatures)), options);

/**
 * What is read of one operator: its data inputs are inputs of the network, and tensors with `values` or a name that
 * begins with `w` are stored.
 */
export function readOne(
  op: string,
  inputs: readonly (TensorDraft | undefined)[],
  outputs: readonly TensorDraft[],
  about: Pick<OperatorDraft, 'options' | 'options2' | 'custom'> = {},
  options: Partial<ReadOptions> = {},
  bodies: readonly SubgraphDraft[] = [],
): Read {
  const given = inputs.flatMap((draft) => draft ?? []);
  const tensors = [...given, ...outputs];
  const isStored = ({ name, values, isVariable }: TensorDraft): boolean =>
    values !== undefined || isVariable === true || name?.startsWith('w') === true;
  let next = 0;
  const places = inputs.map((draft) => (draft === undefined ? -1 : next++));
  return read(
    [
      {
        tensors,
        operators: [{ op, inputs: places, outputs: outputs.map((_, i) => given.length + i), ...about }],
        inputs: given.flatMap((draft, i) => (isStored(draft) ? [] : [i])),
        outputs: outputs.map((_, i) => given.length + i),
      },
      ...bodies,
    ],
    options,
  );
}

/** A subgraph that makes one scalar of two by these operators, one after the other; of none, its second. */
export const combining = (...ops: readonly string[]): SubgraphDraft => ({
  tensors: Array.from({ length: 2 + ops.length }, () => ({ shape: [] })),
  operators: ops.map((op, i) => ({ op, inputs: [i === 0 ? 0 : i + 1, 1], outputs: [i + 2] })),
  inputs: [0, 1],
  outputs: [1 + ops.length],
});
