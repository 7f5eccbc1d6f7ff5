import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { build } from 'esbuild';
import { afterAll, beforeAll } from 'vitest';
import { ask, type ChildOptions } from '../../src/probe/childProcess.ts';
import type { OptimisationLevel } from '../../src/probe/messages.ts';
import { prepare, savedGraph, sourceModel, type ProbeModel } from '../../src/probe/prepare.ts';
import type { RuntimeGraph } from '../../src/probe/runtimeGraph.ts';

/** The program of the probe's children, bundled from the source, and folders that go when the tests are through. */
export interface Workshop {
  readonly folder: () => string;
  readonly program: () => URL;
  /** a program of one's own in the place of the child's */
  readonly fake: (source: string) => URL;
}

export function workshop(): Workshop {
  let root = '';
  let program: URL | undefined;
  beforeAll(async () => {
    // Inside the project, so that the child finds onnxruntime.
    mkdirSync('temp', { recursive: true });
    root = mkdtempSync(resolve('temp', 'probe-'));
    const outfile = join(root, 'child.mjs');
    await build({
      entryPoints: ['src/probe/child.ts'],
      outfile,
      bundle: true,
      platform: 'node',
      format: 'esm',
      packages: 'external',
      logLevel: 'warning',
    });
    program = pathToFileURL(outfile);
  });
  afterAll(() => {
    rmSync(root, { recursive: true, force: true });
  });
  return {
    folder: () => mkdtempSync(join(root, 'run-')),
    program: () => program!,
    fake(source) {
      const file = join(mkdtempSync(join(root, 'fake-')), 'child.mjs');
      writeFileSync(file, source);
      return pathToFileURL(file);
    },
  };
}

export const childOptions = (program: URL, folder: string): ChildOptions => ({
  program,
  limits: { memory: 4 * 2 ** 30, folder },
  stepMs: 600_000,
  signal: undefined,
});

/** A model as onnxruntime sees it before optimisation, and after that of each level. */
export async function graphsOf<L extends OptimisationLevel>(
  model: ProbeModel,
  levels: readonly L[],
  shop: Workshop,
) {
  const folder = shop.folder();
  const options = childOptions(shop.program(), folder);
  const prepared = prepare(model, folder, 1);
  const { path, named } = prepared;
  const [unoptimised, saved] = [join(folder, 'source.onnx'), join(folder, 'optimised.onnx')];
  const optimised = new Map<L, RuntimeGraph>();
  for (const level of levels) {
    const files = { model: path, named, source: unoptimised, optimised: saved, large: false };
    await ask({ kind: 'inspect', ...files, device: 'cpu', level, threads: 1 }, 'model', options);
    optimised.set(level, savedGraph(saved));
  }
  const source = sourceModel(prepared, unoptimised, model.graph);
  return { source, optimised };
}
