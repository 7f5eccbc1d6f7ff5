/** The program of a worker thread of `csp-profile sweep`: it answers lists of designs with their rows. */
import { parentPort, workerData } from 'node:worker_threads';
import { ProfileError, type Diagnostic } from '../../diagnostics.ts';
import { computeBatch } from './batch.ts';
import { evaluatorOf, sweepOf } from './request.ts';
import type { Task, WorkerAnswer, WorkerStart } from './workers.ts';

const { args, cwd, env } = workerData as WorkerStart;
const silent = { write: () => undefined, isTTY: false, columns: undefined };
const sweep = sweepOf(args, { cwd, env, stdout: silent, stderr: silent });
const evaluator = sweep.then(evaluatorOf);

// One after the other: what designs have in common is looked up between two of them.
let before = Promise.resolve();
parentPort?.on('message', ({ designs }: Task) => {
  before = before.then(async () => parentPort?.postMessage(await answer(designs)));
});

async function answer(designs: Task['designs']): Promise<WorkerAnswer> {
  try {
    return { batch: await computeBatch(await evaluator, (await sweep).objectives, designs) };
  } catch (error) {
    if (!(error instanceof ProfileError)) throw error;
    return { diagnostics: error.diagnostics as [Diagnostic, ...Diagnostic[]] };
  }
}
