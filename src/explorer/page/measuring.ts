import { ProfileError, problem } from '../../diagnostics.ts';
import { MEASURE_PROGRAM, RUNTIMES, type Where } from '../runtimes.ts';

/** What measures networks. */
export interface Measuring {
  /** the program of a worker */
  readonly program: Blob;
  /** onnxruntime-web: its module, and its WebAssembly */
  readonly runtime: { readonly module: Blob; readonly wasm: Blob };
}

/**
 * Loads what measures, when it is asked for.
 *
 * @throws ProfileError CSP701 where it is neither in the page nor beside it
 */
export async function measuring(where: Where): Promise<Measuring> {
  // A page that carries a runtime carries the one that has both.
  const [moduleName, wasmName] = RUNTIMES[isCarried(RUNTIMES.webgpu[0]) ? 'webgpu' : where];
  const [program, module, wasm] = await Promise.all([MEASURE_PROGRAM, moduleName, wasmName].map(fileOf));
  return {
    program: program as Blob,
    runtime: { module: (module as Blob).slice(0, Infinity, 'text/javascript'), wasm: wasm as Blob },
  };
}

/** Whether the runtime may be there: a page from a file loads nothing. */
export const canMeasure = (): boolean => location.protocol !== 'file:' || isCarried(MEASURE_PROGRAM);

const isCarried = (name: string): boolean => document.getElementById(name) !== null;

async function fileOf(name: string): Promise<Blob> {
  const carried = document.getElementById(name)?.textContent;
  if (carried !== undefined)
    return new Blob([Uint8Array.from(atob(carried), (character) => character.charCodeAt(0))]);
  const response = location.protocol === 'file:' ? undefined : await fetch(`runtime/${name}`);
  if (response?.ok === true) return response.blob();
  throw new ProfileError(
    problem(
      'CSP701',
      `onnxruntime-web is neither in this page nor beside it: ${name} is missing`,
      'npm install onnxruntime-web, and open the page with csp-profile open',
    ),
  );
}
