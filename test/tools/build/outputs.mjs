/** The chunks that an output of esbuild loads when it starts. */
export const staticImports = (output) =>
  output.imports
    .filter(({ kind, external }) => kind === 'import-statement' && !external)
    .map(({ path }) => path);

/** Packages too heavy to load at every start. */
const heavy = /node_modules\/(vega|vega-lite|vega-interpreter|mathjs|yaml|onnxruntime-\w+|csv-stringify)\//;

/** An output and all that loads with it; with `later`, what it loads by import() as well. */
function loadedWith(outputs, entry, later = false) {
  const loaded = [entry];
  const next = (file) =>
    later
      ? outputs[file].imports.filter(({ external }) => !external).map(({ path }) => path)
      : staticImports(outputs[file]);
  for (const file of loaded) loaded.push(...next(file).filter((path) => !loaded.includes(path)));
  return loaded;
}

/** Throws where `entry` loads a heavy package without an import() between. */
export function assertLight(outputs, entry) {
  for (const file of loadedWith(outputs, entry)) {
    const input = Object.keys(outputs[file].inputs).find((path) => heavy.test(path));
    if (input !== undefined)
      throw new Error(`${entry} loads ${input} at start (fix: put its user behind import())`);
  }
}

/** Throws where `entry`, or what it loads when it is asked for, is not for browsers. */
export function assertPortable(outputs, entry) {
  for (const file of loadedWith(outputs, entry, true)) {
    const found = outputs[file].imports.find(({ external }) => external);
    if (found !== undefined)
      throw new Error(
        `${entry} needs ${found.path}, by ${file} (fix: move its user to src/probe or src/cli)`,
      );
  }
}
