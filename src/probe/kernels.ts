import type { Kernel, KernelWindow } from '../latency/kernels/kernel.ts';
import type { Shape } from '../ops/spec.ts';
import type { Attribution } from './attribute.ts';
import type { RuntimeGraph, RuntimeNode } from './runtimeGraph.ts';

/**
 * The kernels of an optimised graph, one for each node; undefined where an extent is not known.
 *
 * @param source the graph before optimisation: it knows the extents of values that the optimiser has renamed
 */
export function kernelsOf(
  optimised: RuntimeGraph,
  source: RuntimeGraph,
  { values }: Attribution,
): readonly (Kernel | undefined)[] {
  const known = new Map<string, Shape>(optimised.shapes);
  const shapeOf = (value: string): Shape | undefined =>
    known.get(value) ?? source.shapes.get(values.get(value) ?? value);
  return optimised.nodes.map((node) => {
    const computed = node.inputs.filter((value) => !optimised.constants.has(value));
    const inputs = computed.map(shapeOf);
    // Inside of functions nothing states extents: their nodes work element by element, as a rule.
    const largest = inputs.reduce(
      (a, b) => (a === undefined || (b !== undefined && size(b) > size(a)) ? b : a),
      undefined,
    );
    const outputs = node.outputs.map((value) => {
      const shape = shapeOf(value) ?? largest;
      if (shape !== undefined) known.set(value, shape);
      return shape;
    });
    const weights = node.inputs.flatMap((value) =>
      optimised.constants.has(value) ? [optimised.shapes.get(value) ?? []] : [],
    );
    if (!isComplete(inputs) || !isComplete(outputs)) return undefined;
    const window = windowOf(node);
    const { activation, mode } = node;
    return {
      op: node.op,
      inputs,
      weights,
      outputs,
      ...(window === undefined ? {} : { window }),
      ...(activation === undefined ? {} : { activation }),
      ...(mode === undefined ? {} : { mode }),
    };
  });
}

const size = (shape: Shape): number => shape.reduce((product, extent) => product * extent, 1);

const isComplete = (shapes: readonly (Shape | undefined)[]): shapes is readonly Shape[] =>
  shapes.every((shape) => shape !== undefined);

function windowOf({ integers }: RuntimeNode): KernelWindow | undefined {
  const kernel = integers.get('kernel_shape');
  if (kernel === undefined) return undefined;
  const ones = kernel.map(() => 1);
  return {
    kernel,
    strides: integers.get('strides') ?? ones,
    dilations: integers.get('dilations') ?? ones,
    pads: integers.get('pads') ?? [...ones, ...ones].map(() => 0),
    groups: integers.get('group')?.[0] ?? 1,
  };
}
