import { join } from 'node:path';
import type { AttributedKernel } from '../latency/kernels/kernel.ts';
import { attribute, type Attribution } from './attribute.ts';
import { ProfileError, problem, type Diagnostic } from '../diagnostics.ts';
import { ask, Refused } from './childProcess.ts';
import { kernelsOf } from './kernels.ts';
import type { InspectAnswer, ModelFile, OutputComparison } from './messages.ts';
import { outputScales } from './outputScale.ts';
import {
  prepare,
  savedGraph,
  sourceModel,
  type PreparedModel,
  type ProbeModel,
  type SourceModel,
} from './prepare.ts';
import type { RuntimeGraph } from './runtimeGraph.ts';
import { newerUses, newestTaken, versionsText, type Versions } from './stamp.ts';
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
  /** why that is not the user's own */
  readonly changed?: string;
  /** what of the network does not run */
  readonly warnings: readonly Diagnostic[];
  /** how its results differ from those of an unoptimised session; empty where none was asked for */
  readonly outputs: readonly OutputComparison[];
}

/**
 * Has the runtime optimise a model, and says which layers each kernel of the result works for.
 *
 * @param workshop its folder is the model's own
 * @param compare whether it is run as well, and its results compared
 */
export async function optimise(
  model: ProbeModel,
  workshop: Workshop,
  compare: boolean,
): Promise<OptimisedModel> {
  const { folder, settings, seed, child } = workshop;
  const { name } = model.graph;
  const [unoptimised, optimised] = [join(folder, 'source.onnx'), join(folder, 'optimised.onnx')];
  const inspect = ({ path, named, feeds, large, graph }: PreparedModel): Promise<InspectAnswer> =>
    ask(
      {
        kind: 'inspect',
        ...{ model: path, named, source: unoptimised, optimised, large, ...settings },
        ...(compare ? { compare: { feeds, seed, outputs: outputScales(graph) } } : {}),
      },
      name,
      child,
    );
  const [prepared, { runtime, outputs }] = await underTakenVersions(model, workshop, inspect);
  const source = sourceModel(prepared, unoptimised, model.graph);
  const saved = savedGraph(optimised);
  const { path, feeds, changed, warnings } = prepared;
  return {
    runtime,
    source,
    optimised: saved,
    attribution: attribute(source.graph, source.layerOf, saved),
    file: { path, feeds },
    ...(changed === undefined ? {} : { changed }),
    warnings,
    outputs,
  };
}

/**
 * Prepares a model and does something with it; once more under older versions where the runtime takes none as new as
 * its own, and the model uses nothing newer.
 *
 * @throws ProfileError CSP703 where it does
 */
async function underTakenVersions<T>(
  model: ProbeModel,
  { folder, seed }: Workshop,
  work: (prepared: PreparedModel) => Promise<T>,
): Promise<readonly [PreparedModel, T]> {
  let versions: Versions = {};
  for (;;) {
    const prepared = prepare(model, folder, seed, versions);
    try {
      return [prepared, await work(prepared)];
    } catch (error) {
      const taken = error instanceof Refused ? newestTaken(error.reason) : undefined;
      if (taken === undefined || Object.keys(taken).every((key) => key in versions)) throw error;
      const newer = newerUses(prepared.graph, prepared.versions, taken);
      if (newer.length > 0) {
        const message = `is of ${versionsText(prepared.versions)}; onnxruntime takes no more than ${versionsText(taken)}, and it uses ${newer.join(', ')}`;
        const fix = `export it again with ${versionsText(taken)}`;
        throw new ProfileError(
          problem('CSP703', message, fix, { format: 'onnx', file: model.file ?? model.graph.name }),
        );
      }
      versions = { ...versions, ...taken };
    }
  }
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
    const optimised = await optimise(model, workshop, false);
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
