/** The chunks that an output of esbuild loads when it starts. */
export const staticImports = (output) =>
  output.imports
    .filter(({ kind, external }) => kind === 'import-statement' && !external)
    .map(({ path }) => path);

/** Packages too heavy to load at every start. */
const heavy = /node_modules\/(vega|vega-lite|vega-interpreter|mathjs|yaml|onnxruntime-\w+|csv-stringify)\//;

/** Throws where `entry` loads a heavy package without an import() between. */
export function assertLight(outputs, entry) {
  const loaded = [entry];
  for (const file of loaded)
    loaded.push(...staticImports(outputs[file]).filter((next) => !loaded.includes(next)));
  for (const file of loaded) {
    const input = Object.keys(outputs[file].inputs).find((path) => heavy.test(path));
    if (input !== undefined)
      throw new Error(`${entry} loads ${input} at start (fix: put its user behind import())`);
  }
}
