/** The worker that measures: it loads onnxruntime-web, runs networks, and says how long their layers take. */
import type { Environment, Measurement } from '../../analysis/measurement/measurement.ts';
import { ProfileError, type Diagnostic } from '../../diagnostics.ts';
import type { Graph } from '../../graph/graph.ts';
import type { MeasureAnswer } from '../../probe/messages.ts';
import { Explorer } from '../explore.ts';
import { Runner, type BrowserRuntime, type RunSettings } from '../measure/runner.ts';
import type { Where } from '../runtimes.ts';
import type { SentSlot } from '../messages.ts';
import type { Settings } from '../state.ts';
import { slotOf } from './sent.ts';

/** What the page asks: once of each worker. */
export interface MeasureQuestion {
  readonly slots: readonly SentSlot[];
  readonly settings: Settings;
  readonly run: RunSettings;
  /** onnxruntime-web: its module, and its WebAssembly */
  readonly runtime: { readonly module: Blob; readonly wasm: Blob };
  /** what workers before this one measured */
  readonly before: readonly MeasureAnswer[];
}

/** What it hears. */
export type MeasureReply =
  | { readonly kind: 'doing'; readonly doing: string; readonly done?: number }
  | { readonly kind: 'measured'; readonly times: readonly MeasureAnswer[]; readonly measurement: Measurement }
  | { readonly kind: 'failed'; readonly diagnostics: readonly Diagnostic[] }
  | { readonly kind: 'fault'; readonly fault: string };

/** What the runtime prints: it keeps the function that it finds when it starts. */
const log: string[] = [];
console.log = (...parts: readonly unknown[]) => {
  log.push(parts.join(' '));
};

addEventListener('message', ({ data }: MessageEvent<MeasureQuestion>) => void respond(data));

const send = (reply: MeasureReply): void => {
  postMessage(reply);
};

async function respond(question: MeasureQuestion): Promise<void> {
  try {
    send({ kind: 'measured', ...(await measure(question)) });
  } catch (error) {
    if (error instanceof ProfileError) send({ kind: 'failed', diagnostics: error.diagnostics });
    else send({ kind: 'fault', fault: error instanceof Error ? error.message : String(error) });
  }
}

async function measure({ slots, settings, run, runtime, before }: MeasureQuestion) {
  const graphs: Graph[] = [];
  const explorer = new Explorer(new Map(), () => Promise.reject(new TypeError('nothing is drawn here')));
  for (const slot of slots) graphs.push(await explorer.graph(slotOf(slot), settings));
  send({ kind: 'doing', doing: 'loading onnxruntime-web' });
  // Its threads start from the same address.
  const ort = (await import(URL.createObjectURL(runtime.module))) as BrowserRuntime & {
    readonly env: { readonly wasm: { numThreads: number; wasmBinary: ArrayBuffer } };
  };
  ort.env.wasm.numThreads = run.threads;
  ort.env.wasm.wasmBinary = await runtime.wasm.arrayBuffer();
  const runner = new Runner(ort, run, log, (doing, done) =>
    send({ kind: 'doing', doing, ...(done === undefined ? {} : { done }) }),
  );
  return runner.measure(graphs, before, await environment(ort, run.where));
}

interface Adapter {
  readonly info: { readonly vendor: string; readonly architecture: string; readonly description: string };
}

/** What browsers have beside what the standard library of the compiler knows. */
interface NavigatorWithMore {
  readonly gpu?: { requestAdapter(): Promise<Adapter | null> };
  readonly userAgentData?: {
    readonly platform: string;
    readonly brands: readonly { readonly brand: string; readonly version: string }[];
  };
}

/** What a browser tells of itself and of the machine: not the processor, and not its memory. */
async function environment(ort: BrowserRuntime, where: Where): Promise<Environment> {
  const own: NavigatorWithMore & WorkerNavigatorLike = navigator;
  const { gpu, userAgentData, hardwareConcurrency, userAgent } = own;
  const info = where === 'webgpu' ? (await gpu?.requestAdapter())?.info : undefined;
  const [, browser = userAgent] =
    /((?:Firefox|Edg|Chrome|Version)\/[\d.]+)(?!.*(?:Edg|Chrome)\/)/.exec(userAgent) ?? [];
  return {
    cpu: {
      model: 'a processor that the browser does not name',
      logicalCores: hardwareConcurrency,
      flags: [],
    },
    ...(info === undefined
      ? {}
      : {
          accelerator: [info.vendor, info.architecture, info.description]
            .filter((word) => word !== '')
            .join(' '),
        }),
    os: userAgentData?.platform ?? /\(([^;)]+)/.exec(userAgent)?.[1] ?? userAgent,
    versions: { browser, onnxruntime: ort.env.versions.web ?? ort.env.versions.common },
    isolated: crossOriginIsolated,
    date: new Date().toISOString().slice(0, 10),
  };
}

interface WorkerNavigatorLike {
  readonly hardwareConcurrency: number;
  readonly userAgent: string;
}
