import { fieldsOf, parsed, type Importer } from '../importer.ts';

/**
 * What trtexec writes with `--exportProfile`: the number of runs, then a mean and a median for each layer of the
 * engine, and beside it, with `--exportLayerInfo` and `--profilingVerbosity=detailed`, which layers of the model each
 * is made of.
 *
 * @source NVIDIA/TensorRT, samples/common/sampleReporting.cpp, Profiler::exportJSONProfile
 */
export const TENSORRT: Importer = {
  id: 'tensorrt',
  title: 'TensorRT trtexec',
  command:
    'trtexec --onnx=MODEL --separateProfileRun --dumpProfile --exportProfile=profile.json --exportLayerInfo=layers.json --profilingVerbosity=detailed',
  recognises: (text) => rowsIn(text) !== undefined,
  read(files) {
    const rows = files.map(({ text }) => rowsIn(text)).find((each) => each !== undefined) ?? [];
    const layers = new Map(files.flatMap(({ text }) => layersIn(text)));
    const runs = fieldsOf(rows[0])['count'];
    return {
      kernels: rows.flatMap((row) => {
        const { name, medianMs, averageMs } = fieldsOf(row);
        const ms = medianMs ?? averageMs;
        if (typeof name !== 'string' || typeof ms !== 'number') return [];
        const { made = [], op } = layers.get(name) ?? {};
        return [{ names: [...made, ...partsOf(name)], op: op ?? operatorOf(name), us: ms * 1000 }];
      }),
      provider: 'TensorRT',
      ...(typeof runs === 'number' ? { runs } : {}),
    };
  },
};

function rowsIn(text: string): readonly unknown[] | undefined {
  if (!/"averageMs"\s*:/.test(text.slice(0, 4000))) return undefined;
  const rows = parsed(text);
  return Array.isArray(rows) ? rows : undefined;
}

/** Of each layer of the engine, the layers of the model that its metadata names: `[ONNX Layer: conv1]`. */
function layersIn(
  text: string,
): readonly (readonly [string, { readonly made: readonly string[]; readonly op?: string }])[] {
  const { Layers } = fieldsOf(parsed(text));
  if (!Array.isArray(Layers)) return [];
  return Layers.flatMap((layer: unknown) => {
    const { Name, Metadata, LayerType } = fieldsOf(layer);
    if (typeof Name !== 'string') return [];
    const metadata = typeof Metadata === 'string' ? Metadata : '';
    const made = [...metadata.matchAll(/\[ONNX Layer: ([^\]\u001e]*)\]/g)].map(([, name = '']) => name);
    return [[Name, { made, ...(typeof LayerType === 'string' ? { op: LayerType } : {}) }] as const];
  });
}

/** Layers that a layer is made of: `conv1 + relu1`, `{ForeignNode[a...b]}`, `PWN(sigmoid1, mul1)`. */
function partsOf(name: string): readonly string[] {
  // Copies between formats name what they are between, and do nothing of it.
  if (/^Reformatting CopyNode/.test(name)) return [];
  return name
    .replace(/^\w+\((.*)\)$/, '$1')
    .split(/ \+ |, |\|\|/)
    .map((part) => part.replace(/^PWN\((.*)\)$/, '$1').trim())
    .filter((part) => part !== '');
}

const operatorOf = (name: string): string =>
  /^Reformatting CopyNode/.test(name) ? 'Reformat' : (/^(\w+)\(/.exec(name)?.[1] ?? 'layer');
