import type { Rule } from '../lower.ts';
import { DETECTION_AND_SIGNAL } from './detect.ts';
import { ELEMENTWISE } from './elementwise.ts';
import { MOVEMENT } from './move.ts';
import { NORMALIZATION } from './normalize.ts';
import { REDUCTION } from './reduce.ts';
import { SEQUENCE } from './sequence.ts';
import { WINDOWS } from './window.ts';

/**
 * Every layer that computes or moves data, by its type. Input, MemoryData, Split and Noop make no layer: they name
 * what is there.
 *
 * @source src/CMakeLists.txt of Tencent/ncnn: the layers that it registers
 */
export const RULES: ReadonlyMap<string, Rule> = new Map(
  Object.entries({
    ...DETECTION_AND_SIGNAL,
    ...ELEMENTWISE,
    ...MOVEMENT,
    ...NORMALIZATION,
    ...REDUCTION,
    ...SEQUENCE,
    ...WINDOWS,
  }),
);
