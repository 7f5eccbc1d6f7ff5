/** Where networks run in a browser. */
export type Where = 'webgpu' | 'wasm';

/** Put in by the build: the files of onnxruntime-web that each of them takes. */
declare const CSP_PROFILE_RUNTIMES: Readonly<Record<Where, readonly [module: string, wasm: string]>>;

/** The files of onnxruntime-web that run networks: a module, and its WebAssembly. */
export const RUNTIMES = CSP_PROFILE_RUNTIMES;

/** What the page calls the program that measures, which the build makes. */
export const MEASURE_PROGRAM = 'measure.js';
