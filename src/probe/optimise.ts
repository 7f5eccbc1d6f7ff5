import { join } from 'node:path';
import type { AttributedKernel } from '../latency/kernels/kernel.ts';
import { attribute, type Attribution } from './attribute.ts';
import { ask } from './childProcess.ts';
import { kernelsOf } from './kernels.ts';
import type { ModelFile } from './messages.ts';
import { prepare, savedGraph, sourceModel, type ProbeModel, type SourceModel } from './prepare.ts';
import type { RuntimeGraph } from './runtimeGraph.ts';
import { inWorkshop, type RuntimeOptions, type Workshop } from './workshop.ts';

/** A model before and after the runtime has optimised it. */
export interface OptimisedModel {
  /** version of the runtime */
  readonly runtime: string;
  readonly source: SourceModel;
  readonly optimised: RuntimeGraph;
  readonly attribution: Attribution;
  /** the file to run */
  readonly file: ModelFile;
}

/**
 * Has the runtime optimise a model, and says which layers each kernel of the result works for.
 *
 * @param workshop its folder is the model's own
 */
export async function optimise(model: ProbeModel, workshop: Workshop): Promise<OptimisedModel> {
  const { folder, settings, seed, child } = workshop;
  const { name } = model.graph;
  const prepared = prepare(model, folder, seed);
  const [unoptimised, optimised] = [join(folder, 'source.onnx'), join(folder, 'optimised.onnx')];
  const { large } = prepared;
  const asWritten = { device: 'cpu', level: 'disabled', threads: 1 } as const;
  const { runtime } = await ask(
    { kind: 'save', model: prepared.path, saveTo: unoptimised, ...asWritten, large },
    name,
    child,
  );
  const source = sourceModel(prepared, unoptimised, model.graph);
  await ask({ kind: 'save', model: source.path, saveTo: optimised, ...settings, large }, name, child);
  const saved = savedGraph(optimised);
  return {
    runtime,
    source,
    optimised: saved,
    attribution: attribute(source.graph, source.layerOf, saved),
    // A graph with the nodes of a GPU is for that GPU's session only; it has no names of its own making.
    file: { path: source.path, ...(settings.device === 'cpu' ? { optimised } : {}) },
  };
}

/** What a runtime makes of a model, without running it. */
export interface RuntimeKernels {
  /** version of the runtime */
  readonly runtime: string;
  /** in order of execution */
  readonly kernels: readonly AttributedKernel[];
}

/**
 * The kernels that the runtime makes of a model: what a calibration of kernels predicts the time of.
 *
 * @throws ProfileError CSP401 what ONNX cannot express, CSP701 to CSP706 what goes wrong in onnxruntime
 */
export const runtimeKernels = (model: ProbeModel, options: RuntimeOptions = {}): Promise<RuntimeKernels> =>
  inWorkshop(options, async (workshop) => {
    const optimised = await optimise(model, workshop);
    return { runtime: optimised.runtime, kernels: attributedKernels(optimised) };
  });

/** The kernels of an optimised model, each with the layers that it works for. */
export function attributedKernels({
  optimised,
  source,
  attribution,
}: OptimisedModel): readonly AttributedKernel[] {
  return kernelsOf(optimised, source.graph, attribution).map((kernel, i) => {
    const { layers = [] } = attribution.kernels[i] ?? {};
    return { kernel, layers };
  });
}
