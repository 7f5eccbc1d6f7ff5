/**
 * The process that runs onnxruntime: it answers the requests of its parent one by one. What can crash, hang or
 * take all memory does so here.
 */
import { Worker, isMainThread, workerData } from 'node:worker_threads';
import type { Message, Request } from './messages.ts';
import { inspect, measure, type Step } from './session.ts';
import { removeFolder, watch, type Limits } from './watchdog.ts';

if (isMainThread) serve(JSON.parse(process.argv[2] ?? '{}') as Limits, Number(process.argv[3]));
else watch(...(workerData as [Limits, number]));

/** @param parent id of the process that asks; it may be gone before this one is ready */
function serve(limits: Limits, parent: number): void {
  new Worker(new URL(import.meta.url), { workerData: [limits, parent] });
  const end = (): void => {
    removeFolder(limits);
    process.exit();
  };
  process.on('disconnect', end);
  if (!process.connected) end();
  process.on('message', (request: Request) => void respond(request));
}

async function respond(request: Request): Promise<void> {
  try {
    await send({ kind: 'answer', answer: await answer(request) });
  } catch (error) {
    await send({ kind: 'failed', ...failure(error) });
  }
}

async function answer(request: Request) {
  const ort = await import('onnxruntime-node');
  switch (request.kind) {
    case 'inspect':
      return inspect(ort, request, step);
    case 'measure':
      return measure(ort, request, step);
  }
}

const QUIET_MS = 100;
let spoke = Number.NEGATIVE_INFINITY;

/** Progress within a step is told now and then, so that telling takes no time. */
const step: Step = async (what, done) => {
  const now = performance.now();
  if (done !== undefined && now - spoke < QUIET_MS) return;
  spoke = now;
  await send({ kind: 'step', step: what, ...(done === undefined ? {} : { done }) });
};

const send = (message: Message): Promise<void> =>
  new Promise((sent) => {
    if (process.send === undefined) sent();
    else process.send(message, undefined, undefined, () => sent());
  });

function failure(error: unknown): { readonly reason: string; readonly code?: 'missing' | 'native' } {
  const reason = error instanceof Error ? error.message : String(error);
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  if (code === 'ERR_MODULE_NOT_FOUND') return { reason, code: 'missing' };
  return code === 'MODULE_NOT_FOUND' || code === 'ERR_DLOPEN_FAILED'
    ? { reason, code: 'native' }
    : { reason };
}
