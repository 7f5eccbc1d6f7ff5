import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The root of the repository. */
export const root = fileURLToPath(new URL('../../..', import.meta.url));

/** The oldest Node that runs what is built. */
export const nodeTarget = 'node20.19';

const { version } = JSON.parse(readFileSync(resolve(root, 'package.json'), 'utf8'));

/**
 * The files of onnxruntime-web by where they run networks: a module, and its WebAssembly. That of the CPU alone is
 * faster there, and half as large.
 */
export const RUNTIMES = {
  webgpu: ['ort.webgpu.bundle.min.mjs', 'ort-wasm-simd-threaded.asyncify.wasm'],
  wasm: ['ort.wasm.bundle.min.mjs', 'ort-wasm-simd-threaded.wasm'],
};

/** Compile-time constants, of which vitest.config.ts gives the same to the tests. */
export const define = {
  CSP_PROFILE_VERSION: JSON.stringify(version),
  CSP_PROFILE_REPORT_PAGE: '"./report.html"',
  CSP_PROFILE_SWEEP_PAGE: '"./sweep.html"',
  CSP_PROFILE_EXPLORER_PAGE: '"./explorer.html"',
  CSP_PROFILE_MEASURE_PROGRAM: '"./explorer-measure.js"',
  CSP_PROFILE_RUNTIMES: JSON.stringify(RUNTIMES),
};
