import type { Sketch } from '../graph/builder.ts';
import type { TensorId } from '../graph/graph.ts';
import type { Inferred } from '../graph/inference.ts';
import { byteLength } from '../ops/dtype.ts';
import { specOf } from '../ops/registry.ts';
import { elements } from '../units.ts';

/**
 * The most bytes of activations that are alive while one node after the other runs, by the rules of
 * `activationBuffers`; undefined where a tensor has no size.
 *
 * @unit byte
 */
export function sketchedPeak(sketch: Sketch): number | undefined {
  const { tensors, operators, operands, results } = sketch;
  const count = operators.length;
  const lastRead = new Int32Array(tensors.length).fill(-1);
  for (let i = 0; i < count; i++) for (const id of operands[i] as readonly TensorId[]) lastRead[id] = i;
  for (const { tensor } of sketch.outputs()) lastRead[tensor] = count;

  // Of each buffer, its bytes and the first and last node that need it; of each tensor, one more than its buffer.
  const home = new Int32Array(tensors.length);
  const bytes: number[] = [];
  const from: number[] = [];
  const to: number[] = [];
  const place = (id: number, first: number, size: number): void => {
    bytes.push(size);
    from.push(Math.max(first, 0));
    to.push(Math.max(first, lastRead[id] as number));
    home[id] = bytes.length;
  };
  const join = (id: number, buffer: number): void => {
    home[id] = buffer;
    to[buffer - 1] = Math.max(to[buffer - 1] as number, lastRead[id] as number);
  };

  for (const { tensor } of sketch.inputs) {
    const type = tensors[tensor]?.type;
    const size = type && byteLength(type.dtype, elements(type.shape));
    if (size === undefined) return undefined;
    place(tensor, -1, size);
  }
  for (let i = 0; i < count; i++) {
    const { kind, bytes: sizes } = operators[i] as Inferred;
    const { memory } = specOf(kind);
    const read = operands[i] as readonly TensorId[];
    for (let k = 0; k < sizes.length; k++) {
      const id = (results[i] as number) + k;
      const size = sizes[k];
      if (size === undefined) return undefined;
      let over = 0;
      if (memory === 'view') over = read[0] === undefined ? 0 : (home[read[0]] as number);
      else if (memory === 'stream') {
        for (let j = 0; j < read.length && over === 0; j++) {
          const buffer = home[read[j] as TensorId] as number;
          if (buffer > 0 && bytes[buffer - 1] === size && to[buffer - 1] === i) over = buffer;
        }
      }
      if (over === 0) place(id, i, size);
      else join(id, over);
    }
  }
  const change = new Float64Array(count + 2);
  for (let k = 0; k < bytes.length; k++) {
    const size = bytes[k] as number;
    change[from[k] as number] = (change[from[k] as number] as number) + size;
    change[(to[k] as number) + 1] = (change[(to[k] as number) + 1] as number) - size;
  }
  let alive = 0;
  let peak: number | undefined;
  for (let i = 0; i < count; i++) {
    alive += change[i] as number;
    if (peak === undefined || alive > peak) peak = alive;
  }
  return peak;
}
