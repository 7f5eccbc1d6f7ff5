import type { MeasuredKernel, MeasuredLayer, Measurement } from '../../analysis/measurement/measurement.ts';
import {
  apportion,
  bootstrapInterval,
  distribution,
  latencyQuantile,
} from '../../analysis/measurement/statistics.ts';
import { profile } from '../../analysis/profile.ts';
import { ProfileError, problem, warning, type Diagnostic } from '../../diagnostics.ts';
import type { Graph } from '../../graph/graph.ts';
import { DTYPES, byteLength } from '../../ops/dtype.ts';
import { CONVERSION, attributeImported } from './attribute.ts';
import type { ImportedFile, ImportedProfile, Importer } from './importer.ts';
import { IMPORTERS } from './registry.ts';

/** What is known of an imported profile beside its content. */
export interface ImportOptions {
  /** what it was measured on, for people: `Pixel 8, GPU` */
  readonly on?: string;
  /** of one run */
  readonly threads?: number;
}

/**
 * What another tool measured of a network, as a measurement of its layers.
 *
 * @param graph the network that it ran
 * @param files what it wrote: the profile, and what belongs to it
 * @throws ProfileError CSP723 where no tool is known that writes such a file, or it holds nothing to import
 */
export function importMeasurement(
  graph: Graph,
  files: readonly ImportedFile[],
  { on, threads }: ImportOptions = {},
): Measurement {
  const [name = ''] = files.map((file) => file.name);
  const importer = IMPORTERS.find(({ recognises }) => files.some(({ text }) => recognises(text)));
  if (importer === undefined) {
    const known = IMPORTERS.map(({ title, command }) => `${title} (${command})`).join('; ');
    throw refused(name, 'is no profile of a tool that is known', `import what one of these writes: ${known}`);
  }
  const own = files.toSorted(
    (a, b) => Number(importer.recognises(b.text)) - Number(importer.recognises(a.text)),
  );
  const imported = read(importer, own);
  const { kernels, provider, runsUs, runs } = imported;
  if (kernels.length === 0)
    throw refused(
      name,
      `is a profile of ${importer.title} without kernels`,
      `write it again: ${importer.command}`,
    );

  const costs = profile(graph, { flops: 'standard' });
  const owners = attributeImported(
    graph,
    costs.layers.map(({ kind }) => kind),
    costs.layers.map(({ flops }) => flops),
    kernels,
  );
  const kernelUs = kernels.reduce((sum, { us }) => sum + us, 0);
  const runNs = (runsUs ?? [kernelUs]).map((us) => Math.round(us * 1000));
  const ns = Math.max(Math.round(latencyQuantile(runNs)), 1);
  const unowned = kernels.reduce((sum, { us }, k) => sum + (owners[k]?.layers.length === 0 ? us : 0), 0);
  const parts = owners.flatMap(({ layers, fused }, k) =>
    layers.map(({ layer, part }) => ({ layer, kernel: k, fused, us: (kernels[k]?.us ?? Number.NaN) * part })),
  );
  const rest = Math.max(0, ns / 1000 - kernelUs) + unowned;
  const times = apportion(ns, [rest, ...parts.map(({ us }) => us)]);
  const byLayer = new Map<number, { kernels: MeasuredKernel[]; ns: number; reorderNs: number }>();
  for (const [i, { layer, kernel, fused }] of parts.entries()) {
    const time = times[i + 1] as number;
    const { op = '' } = kernels[kernel] ?? {};
    const known = byLayer.get(layer) ?? { kernels: [], ns: 0, reorderNs: 0 };
    byLayer.set(layer, known);
    known.ns += time;
    if (CONVERSION.test(op) && owners[kernel]?.by === 'neighbour') known.reorderNs += time;
    known.kernels.push({ op, provider, ns: time, ...(fused.length === 0 ? {} : { fused }) });
  }
  const into = new Map<number, number[]>();
  for (const { layers, fused } of owners)
    for (const layer of fused)
      into.set(layer, [...(into.get(layer) ?? []), ...layers.map((each) => each.layer)]);
  const dtype = DTYPES.find((each) => each === costs.network.inputs[0]?.dtype) ?? 'float32';
  const layers = costs.layers.map((row): MeasuredLayer => {
    const { index, kind, detail, stage, origin, flops, memoryAccessCost } = row;
    const bytes = memoryAccessCost === undefined ? undefined : byteLength(dtype, memoryAccessCost);
    const doneBy = into.get(index);
    return {
      index,
      name: row.name,
      kind,
      ...(detail === undefined ? {} : { detail }),
      stage,
      origin,
      ...(byLayer.get(index) ?? {
        ns: 0,
        reorderNs: 0,
        kernels: [],
        absent: doneBy === undefined ? { why: 'unseen', into: [] } : { why: 'fused', into: doneBy },
      }),
      ...(flops === undefined ? {} : { flops }),
      ...(bytes === undefined ? {} : { bytes }),
    };
  });
  const several = runNs.length > 1;
  return {
    environment: {
      importedFrom: { tool: importer.title, file: name },
      ...(on === undefined ? {} : { accelerator: on }),
      versions: {},
      date: new Date().toISOString().slice(0, 10),
    },
    settings: { device: provider, processes: 1, ...(threads === undefined ? {} : { threads }) },
    networks: [
      {
        network: costs.network,
        latency: {
          clock: 'wall',
          ns,
          ...(several
            ? {
                interval: bootstrapInterval([runNs.map((each) => [each])], (rounds) =>
                  latencyQuantile(rounds.map(([time]) => time as number)),
                ),
              }
            : {}),
          wall: distribution(runNs),
        },
        samples: [{ cpu: [], wall: runNs }],
        layers,
        executorNs: times[0] as number,
        profiling: { kernels: kernels.length, runs: runs ?? runNs.length },
      },
    ],
    ratios: [],
    warnings: warningsOf(name, imported, owners, kernelUs),
  };
}

const refused = (file: string, message: string, fix: string): ProfileError =>
  new ProfileError(problem('CSP723', message, fix, { format: 'cli', argument: file }));

function read(importer: Importer, files: readonly ImportedFile[]): ImportedProfile {
  try {
    return importer.read(files);
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    throw refused(files[0]?.name ?? '', error.message, `write it again: ${importer.command}`);
  }
}

const MOST_NAMED = 5;

/** What was matched by less than names, and what was not. */
function warningsOf(
  file: string,
  { kernels }: ImportedProfile,
  owners: ReturnType<typeof attributeImported>,
  kernelUs: number,
): readonly Diagnostic[] {
  const about = { format: 'cli', argument: file } as const;
  const by = (how: (typeof owners)[number]['by']) => kernels.filter((_, k) => owners[k]?.by === how);
  const [unmatched, ordered] = [by(undefined), by('order')];
  const share = (some: typeof kernels): string => {
    const us = some.reduce((sum, kernel) => sum + kernel.us, 0);
    return `${String(some.length)} of ${String(kernels.length)} kernels (${((100 * us) / kernelUs).toFixed(1)} % of their time)`;
  };
  const named = (some: typeof kernels): string =>
    [...some]
      .sort((a, b) => b.us - a.us)
      .slice(0, MOST_NAMED)
      .map(({ names, op }) => `${op} "${names[0] ?? ''}"`)
      .join(', ');
  return [
    ...(unmatched.length === 0
      ? []
      : [
          warning(
            'CSP724',
            `${share(unmatched)} belong to no layer, and count as the executor's: ${named(unmatched)}`,
            'name the very file that was measured, or have the tool write the names of its layers',
            about,
          ),
        ]),
    ...(ordered.length === 0
      ? []
      : [
          warning(
            'CSP725',
            `${share(ordered)} were matched by their kind and order, not by name: ${named(ordered)}`,
            'check the longest of them against the model',
            about,
          ),
        ]),
  ];
}
