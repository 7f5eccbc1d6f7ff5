/** Compile-time constants: name -> expression. */
export const define: Readonly<Record<string, string>>;

/** The files of onnxruntime-web by where they run networks: a module, and its WebAssembly. */
export const RUNTIMES: Readonly<Record<'webgpu' | 'wasm', readonly [module: string, wasm: string]>>;
