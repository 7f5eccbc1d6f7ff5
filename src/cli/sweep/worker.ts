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

parentPort?.on(
  'message',
  ({ designs }: Task) => void answer(designs).then((result) => parentPort?.postMessage(result)),
);

async function answer(designs: Task['designs']): Promise<WorkerAnswer> {
  try {
    return { batch: await computeBatch(await evaluator, (await sweep).objectives, designs) };
  } catch (error) {
    if (!(error instanceof ProfileError)) throw error;
    return { diagnostics: error.diagnostics as [Diagnostic, ...Diagnostic[]] };
  }
}
