import { fork, type ChildProcess } from 'node:child_process';
import { freemem } from 'node:os';
import { fileURLToPath } from 'node:url';
import { ProfileError, excerpt, problem, type Diagnostic } from '../diagnostics.ts';
import { DEVICES, isMissingProvider } from './devices.ts';
import type { Answer, Message, Request } from './messages.ts';
import { TOO_MUCH_MEMORY, type Limits } from './watchdog.ts';

export interface ChildOptions {
  /** the program of the child */
  readonly program: URL;
  readonly limits: Limits;
  /** milliseconds that one step (loading, one run) may take */
  readonly stepMs: number;
  readonly signal: AbortSignal | undefined;
  /** hears how much of the request is done, 0 to 1 */
  readonly onProgress?: (done: number) => void;
  /** hears what it is doing, in words */
  readonly onStep?: (step: string) => void;
}

/** Why a run was given up: the caller's signal. */
export class Interrupted extends ProfileError {
  constructor() {
    super(problem('CSP709', 'interrupted', 'start it again'));
  }
}

/** What the runtime says against a model. */
export class Refused extends ProfileError {
  /** its words */
  readonly reason: string;

  constructor(diagnostic: Diagnostic, reason: string) {
    super(diagnostic);
    this.reason = reason;
  }
}

const KEPT_STDERR = 4000;
/** V8 needs little: tensors are outside its heap. Profiles of long networks are read as JSON. */
const HEAP_MEBIBYTES = 2048;

/**
 * The answer of a fresh process to one request. The process is gone when the promise settles.
 *
 * @param subject what is run, for messages
 * @throws ProfileError CSP701 onnxruntime is not there, CSP702 no such provider, CSP703 the model does not run,
 *   CSP704 it crashed, CSP705 it hung, CSP706 it took too much memory, CSP709 the signal
 */
export async function ask<R extends Request>(
  request: R,
  subject: string,
  options: ChildOptions,
): Promise<Answer<R>> {
  const { program, limits, stepMs, signal, onProgress, onStep } = options;
  if (signal?.aborted === true) throw new Interrupted();
  const child = fork(fileURLToPath(program), [JSON.stringify(limits), String(process.pid)], {
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    execArgv: [`--max-old-space-size=${String(HEAP_MEBIBYTES)}`],
    serialization: 'json',
    env: {
      ...process.env,
      // Otherwise onnxruntime reports its sessions to its makers, from a thread whose time would count.
      ORT_DISABLE_TELEMETRY: '1',
      TMPDIR: limits.folder,
    },
  });
  let stderr = '';
  child.stderr?.on('data', (chunk: Buffer) => {
    stderr = (stderr + chunk.toString()).slice(-KEPT_STDERR);
  });
  const kill = (): void => void child.kill('SIGKILL');
  // Whatever ends this process ends the child first.
  process.once('exit', kill);
  const over = new AbortController();
  try {
    return await new Promise<Answer<R>>((resolve, reject) => {
      let step = 'starting';
      let ended = false;
      const fail = (error: ProfileError): void => {
        ended = true;
        kill();
        reject(error);
      };
      const tooLong = (): void => {
        fail(hung(subject, step, stepMs));
      };
      let timer = setTimeout(tooLong, stepMs);
      signal?.addEventListener('abort', () => fail(new Interrupted()), { signal: over.signal });
      child.on('message', (message: Message) => {
        clearTimeout(timer);
        if (ended) return;
        timer = setTimeout(tooLong, stepMs);
        switch (message.kind) {
          case 'step':
            ({ step } = message);
            onStep?.(step);
            if (message.done !== undefined) onProgress?.(message.done);
            return;
          case 'failed':
            fail(new Refused(refused(request, subject, step, message), message.reason));
            return;
          case 'answer':
            ended = true;
            // The child answers what it was asked.
            resolve(message.answer as Answer<R>);
        }
      });
      child.on('error', (error) => {
        fail(
          new ProfileError(
            problem('CSP704', `no process can be started: ${error.message}`, 'free some memory'),
          ),
        );
      });
      child.on('close', (code, sent) => {
        clearTimeout(timer);
        if (!ended) reject(new ProfileError(crashed(subject, step, code, sent, stderr, limits)));
      });
      child.send(request);
    });
  } finally {
    over.abort();
    kill();
    await gone(child);
    process.removeListener('exit', kill);
  }
}

const gone = (child: ChildProcess): Promise<void> =>
  new Promise((resolve) => {
    if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) resolve();
    else child.once('exit', () => resolve());
  });

const about = (subject: string) => ({ format: 'cli', argument: subject }) as const;

const hung = (subject: string, step: string, stepMs: number): ProfileError =>
  new ProfileError(
    problem(
      'CSP705',
      `onnxruntime was still ${step} after ${String(stepMs / 1000)} s and was stopped`,
      'give it longer with --time-limit, or a smaller input',
      about(subject),
    ),
  );

function refused(
  request: Request,
  subject: string,
  step: string,
  { reason, code }: Extract<Message, { readonly kind: 'failed' }>,
): Diagnostic {
  if (code === 'missing') {
    return problem(
      'CSP701',
      'onnxruntime-node is not installed: it runs what probe measures',
      'npm install onnxruntime-node --onnxruntime-node-install=skip, beside csp-profile (without =skip it downloads CUDA as well)',
    );
  }
  const line = tidy(reason);
  if (code === 'native') {
    return problem(
      'CSP701',
      `onnxruntime-node does not load on this machine (${process.platform} ${process.arch}): ${line}`,
      'install it again, or on a system that it is built for',
    );
  }
  if (request.device !== 'cpu' && isMissingProvider(reason)) {
    const { title, needs } = DEVICES[request.device];
    return problem('CSP702', `${title} is not available here: ${line}`, needs);
  }
  return problem(
    'CSP703',
    `onnxruntime refuses the model while ${step}: ${line}`,
    'check the model with another program, or report how it was made',
    about(subject),
  );
}

/** What an error of onnxruntime says, without the place in its source. */
function tidy(reason: string): string {
  const text = reason
    .replace(/^\/onnxruntime_src\/.* was false\. /s, '')
    .replace(/^\/onnxruntime_src\/\S+:\d+ .*?\) /s, '')
    .replace(/\s+/g, ' ')
    .trim();
  return excerpt(text, 300);
}

function crashed(
  subject: string,
  step: string,
  code: number | null,
  signal: NodeJS.Signals | null,
  stderr: string,
  { memory }: Limits,
): Diagnostic {
  const gibibytes = (bytes: number): string => `${(bytes / 2 ** 30).toFixed(1)} GiB`;
  if (stderr.includes(TOO_MUCH_MEMORY)) {
    return problem(
      'CSP706',
      `it took more than ${gibibytes(memory)} of memory while ${step}`,
      'allow more with --memory-limit, or give it a smaller input or batch',
      about(subject),
    );
  }
  if (signal === 'SIGKILL' || /heap out of memory|bad_alloc/.test(stderr)) {
    return problem(
      'CSP706',
      `its process was killed while ${step}, most likely for want of memory (${gibibytes(freemem())} are free)`,
      'free memory, or give it a smaller input or batch',
      about(subject),
    );
  }
  const last = stderr.trim().split('\n').at(-1) ?? '';
  return problem(
    'CSP704',
    `onnxruntime crashed (${signal ?? `exit code ${String(code)}`}) while ${step}${last === '' ? '' : `: ${tidy(last)}`}`,
    'check the model with another program: the fault is in onnxruntime, or in its driver',
    about(subject),
  );
}
