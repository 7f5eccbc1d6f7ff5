import { ProfileError, problem, type Origin } from '../diagnostics.ts';
import { formatShape, type Shape } from '../ops/spec.ts';
import type { Dim } from './graph.ts';

export const formatDims = (dims: readonly Dim[]): string =>
  formatShape(dims.map((dim) => (typeof dim === 'number' ? dim : dim.symbol)));

/**
 * Symbolic dimensions as numbers; the only place where a symbol becomes one.
 *
 * @throws ProfileError CSP101 naming every symbol that no binding covers, and the flag that would
 */
export function bind(
  input: string,
  dims: readonly Dim[],
  bindings: ReadonlyMap<string, number>,
  origin?: Origin,
): Shape {
  const unbound = new Set<string>();
  const shape = dims.map((dim) => {
    if (typeof dim === 'number') return dim;
    const value = bindings.get(dim.symbol);
    if (value === undefined) unbound.add(dim.symbol);
    return value ?? Number.NaN;
  });
  if (unbound.size > 0) {
    const flags = [...unbound].map((symbol) => `--bind ${symbol}=1`).join(' ');
    throw new ProfileError(
      problem(
        'CSP101',
        `input "${input}" is ${formatDims(dims)}: ${[...unbound].join(', ')} ${unbound.size === 1 ? 'has' : 'have'} no value`,
        `pass ${flags}, or the whole shape: --input ${input}:1x3x224x224`,
        origin,
      ),
    );
  }
  for (const extent of shape) {
    if (!Number.isSafeInteger(extent) || extent < 0) {
      throw new ProfileError(
        problem(
          'CSP102',
          `input "${input}" has the extent ${String(extent)}`,
          'use whole, positive extents',
          origin,
        ),
      );
    }
  }
  return shape;
}
