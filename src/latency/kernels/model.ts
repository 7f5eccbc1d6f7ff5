import type { AttributedKernel, Kernel } from './kernel.ts';
import { kernelCost, type KernelAmounts, type KernelCost } from './features.ts';
import type { CalibratedClass } from '../../devices/device.ts';
import { elements } from '../../units.ts';

/** What kernels take, class by class, and what a run takes beside them. */
export interface KernelModel {
  /** seconds per unit of each amount, by class of kernels */
  readonly classes: Readonly<Record<string, CalibratedClass>>;
  /** bytes of weights and maps of a network of which half is found in a cache when it is needed again */
  readonly cacheBytes: number;
  /** latency over the sum of the least times of the kernels */
  readonly scale: number;
}

/** Parts of a kernel's time that are longer in a network that does not stay in the caches. */
const COLD = ['kernels', 'inputs', 'outputs', 'weights'] as const;
const FLOAT32 = 4;

/** The kernels of a network, taken apart once. */
export interface Costs {
  readonly kernels: readonly (KernelCost | undefined)[];
  /** bytes that a run goes through */
  readonly footprint: number;
}

/** The kernels of a network, for `predictCosts`. */
export const costsOf = (kernels: readonly (Kernel | undefined)[]): Costs => ({
  kernels: kernels.map((kernel) => kernel && kernelCost(kernel)),
  footprint: footprintOf(kernels),
});

/** The amounts of a kernel, and what of them is cold in this network. */
export function withCold({ amounts }: KernelCost, { footprint }: Costs, cacheBytes: number): KernelAmounts {
  const cold = footprint / (footprint + cacheBytes);
  const all: Record<string, number> = { ...amounts };
  for (const part of COLD) all[`${part}Cold`] = cold * (amounts[part] as number);
  return all;
}

/** Bytes that a run goes through: all weights, and the maps of the kernel that has most. */
function footprintOf(kernels: readonly (Kernel | undefined)[]): number {
  let [weights, maps] = [0, 0];
  for (const kernel of kernels) {
    if (kernel === undefined) continue;
    const count = (shapes: Kernel['inputs']): number =>
      shapes.reduce((sum, shape) => sum + elements(shape), 0);
    weights += count(kernel.weights);
    maps = Math.max(maps, count(kernel.inputs) + count(kernel.outputs));
  }
  return FLOAT32 * (weights + maps);
}

/** What the model expects of a kernel: undefined where nothing is known of it. */
export interface PredictedKernel {
  /** in a run of the whole network */
  readonly seconds: number;
  /** class of the kernel */
  readonly kind: string;
  /** false: its class was not measured, and its family stands in for it */
  readonly measured: boolean;
}

/** Seconds of each kernel of a network in a run of the whole: their sum is the latency. */
export const predictKernels = (
  model: KernelModel,
  kernels: readonly (Kernel | undefined)[],
): readonly (PredictedKernel | undefined)[] => predictCosts(model, costsOf(kernels));

/** The same of kernels that were taken apart before. */
export function predictCosts(
  { classes, cacheBytes, scale }: KernelModel,
  costs: Costs,
): readonly (PredictedKernel | undefined)[] {
  return costs.kernels.map((cost) => {
    if (cost === undefined) return undefined;
    const own = classes[cost.kind];
    const found = own ?? classes[cost.family];
    if (found === undefined) return undefined;
    const seconds = scale * secondsOf(found, withCold(cost, costs, cacheBytes));
    return { seconds, kind: cost.kind, measured: own !== undefined };
  });
}

/** What the model expects of a network, spread over the layers that its kernels work for. */
export interface PredictedLayers {
  /** seconds by index of the layer; one without kernels takes none and is not in it */
  readonly byLayer: ReadonlyMap<number, number>;
  /** of all kernels */
  readonly seconds: number;
  /** classes that were not measured, for which their family stands in */
  readonly standIns: ReadonlySet<string>;
  /** kernels of which nothing is known: they count as no time */
  readonly unknown: number;
}

/** Seconds of each layer of a network in a run of the whole. */
export function predictLayers(model: KernelModel, kernels: readonly AttributedKernel[]): PredictedLayers {
  const predicted = predictKernels(
    model,
    kernels.map(({ kernel }) => kernel),
  );
  const byLayer = new Map<number, number>();
  const standIns = new Set<string>();
  let [seconds, unknown] = [0, 0];
  for (const [k, { layers }] of kernels.entries()) {
    const found = predicted[k];
    if (found === undefined) {
      unknown++;
      continue;
    }
    if (!found.measured) standIns.add(found.kind);
    seconds += found.seconds;
    for (const { layer, part } of layers) {
      const own = part * found.seconds;
      const before = byLayer.get(layer);
      byLayer.set(layer, before === undefined ? own : before + own);
    }
  }
  return { byLayer, seconds, standIns, unknown };
}

/** The sum over the amounts. */
export function secondsOf(
  { secondsPer }: Pick<CalibratedClass, 'secondsPer'>,
  amounts: KernelAmounts,
): number {
  let seconds = 0;
  for (const [name, per] of Object.entries(secondsPer)) seconds += per * amountOf(amounts, name);
  return seconds;
}

/** An amount that a kernel of its family does not have is none. */
export const amountOf = (amounts: KernelAmounts, name: string): number => {
  const amount = amounts[name];
  return amount === undefined ? 0 : amount;
};
